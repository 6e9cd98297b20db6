package io.cairn.engine.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

import io.cairn.engine.config.ConfigurationBuilder;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.replay.DigestList;
import io.cairn.engine.replay.LogReplay;
import io.cairn.engine.replay.LogReplayContext;
import io.cairn.wal.io.StorageIo;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * Applies a stored log once more and shows the digests of the state, alone or beside those of another run. One thread.
 */
final class WalReplay {
    private static final int LOOK_ENTRIES = 1 << 14;
    private static final long PROGRESS_NS = 1_000_000_000L;

    private final StorageIo io;
    private final Options options;
    private final CairnCommand root;
    private final List<Taken> digests = new ArrayList<>();
    private final NavigableMap<Long, Long> given = new TreeMap<>();
    private Taken firstDifference;
    private int comparedCount;

    /** A digest of this run. */
    private record Taken(long index, long term, long digest) {
        private String hex() {
            return WalReplay.hex(digest);
        }
    }

    WalReplay(final StorageIo io, final Options options, final CairnCommand root) {
        this.io = io;
        this.options = options;
        this.root = root;
    }

    /** What to replay. */
    static final class Options {
        @Option(names = "--machine", paramLabel = "CLASS",
            description = "State machine to apply the entries to: a class that implements io.cairn.fsm.StateMachine, or a Supplier of one "
                + "(default: the key-value machine that is built in).")
        private String machine;

        @Option(names = "--class-path", paramLabel = "JARS", description = "Where that class is: jars and directories, separated as in Java.")
        private String classPath;

        @Option(names = "--from-snapshot", paramLabel = "WHICH", defaultValue = "earliest",
            description = "Snapshot to start from: earliest (the oldest that the log continues; none where the log begins at entry 1), latest, "
                + "INDEX (the newest at or below it), or none (default: ${DEFAULT-VALUE}). One that is damaged is passed over.")
        private String fromSnapshot;

        @Option(names = "--to", paramLabel = "INDEX", description = "Last entry to apply, or 'committed': the last one that is known to be "
            + "committed, whatever else is in a member's log (default: the last of the log).")
        private String to;

        @Option(names = "--every", paramLabel = "N", description = "Show the digest at every index that N divides (default: at the end only).")
        private long every;

        @Option(names = "--compare", paramLabel = "FILE",
            description = "Compare with the digests in FILE: the output of another replay, of kv digest, cluster digest or cluster status. "
                + "The first index that differs is named, with exit code 1.")
        private Path compare;

        @Option(names = "--profile", paramLabel = "NAME", description = "Configuration profile of the node (see cairn profile list).")
        private String profile;

        @Option(names = "--config", paramLabel = "FILE", description = "Its properties file, on top of the profile.")
        private Path config;

        @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Value on top of everything else; repeatable.")
        private Map<String, String> values;

        private long from(final CommandSpec spec) {
            return switch (fromSnapshot) {
                case "earliest" -> LogReplayContext.FROM_EARLIEST;
                case "latest" -> LogReplayContext.FROM_LATEST;
                case "none" -> LogReplayContext.FROM_NOTHING;
                default -> index(spec, "--from-snapshot", fromSnapshot, "earliest, latest, none or an index from 1");
            };
        }

        private boolean isToCommitted() {
            return "committed".equals(to);
        }

        private long to(final CommandSpec spec) {
            return null == to || isToCommitted() ? Long.MAX_VALUE : index(spec, "--to", to, "committed or an index from 1");
        }

        private static long index(final CommandSpec spec, final String option, final String text, final String what) {
            if (!text.matches("[1-9]\\d{0,17}")) {
                throw new ParameterException(spec.commandLine(), option + "=" + text + ": it takes " + what);
            }
            return Long.parseLong(text);
        }

        private EffectiveConfiguration configuration() {
            final ConfigurationBuilder builder = EffectiveConfiguration.builder();
            if (null != profile) {
                builder.profile(profile);
            }
            if (null != config) {
                builder.file(config);
            }
            if (null != values) {
                values.forEach(builder::set);
            }
            return builder.conclude();
        }
    }

    void run(final Path dir, final CommandSpec spec) throws IOException {
        final long to = options.to(spec);
        final LogReplayContext context = new LogReplayContext().storageIo(io).dataDirectory(dir).from(options.from(spec)).to(to);
        if (options.every < 0 || null != spec.commandLine().getParseResult().matchedOption("--every") && 0 == options.every) {
            throw new ParameterException(spec.commandLine(), "--every=" + options.every + " is out of bounds; it takes entries from 1");
        }
        if (null != options.classPath && null == options.machine) {
            throw new ParameterException(spec.commandLine(), "--class-path is for a machine of your own: name it with --machine");
        }
        if (null != options.compare) {
            readGiven();
        }
        context.configuration(options.configuration());
        if (null != options.machine) {
            context.stateMachine(MachineClass.of(options.machine, options.classPath));
        }
        try (LogReplay replay = LogReplay.open(context)) {
            final long startIndex = replay.index();
            showStart(replay);
            final long startNs = System.nanoTime();
            applyAll(replay, options.isToCommitted() ? Math.min(to, replay.committedIndex()) : to);
            final double seconds = Math.max(1, System.nanoTime() - startNs) / 1e9;
            replay.checkStillUnused();
            showEnd(replay, startIndex, seconds);
            judge(replay);
        }
    }

    private void readGiven() throws IOException {
        given.putAll(DigestList.of(Files.readString(options.compare)));
        if (given.isEmpty()) {
            throw new CliFailure(options.compare + ": no digest in it; write the output of cairn wal replay or cairn cluster digest there");
        }
    }

    private void applyAll(final LogReplay replay, final long to) {
        long progressNs = System.nanoTime();
        long count = 0;
        take(replay, false);
        while (replay.index() < to && replay.next()) {
            take(replay, false);
            if (0 == ++count % LOOK_ENTRIES) {
                if (root.console().showsProgress() && System.nanoTime() - progressNs > PROGRESS_NS) {
                    progressNs = System.nanoTime();
                    root.console().err().printf("entry %d%n", replay.index());
                    root.console().err().flush();
                }
                if (root.console().isGone()) {
                    break;
                }
            }
        }
        take(replay, true);
    }

    private void take(final LogReplay replay, final boolean isEnd) {
        final long index = replay.index();
        final boolean isWanted = isEnd || 0 != options.every && index > 0 && 0 == index % options.every || given.containsKey(index);
        if (!isWanted || !digests.isEmpty() && digests.get(digests.size() - 1).index() == index) {
            return;
        }
        final Taken taken = new Taken(index, replay.term(), replay.digest());
        digests.add(taken);
        if (!root.isJson()) {
            root.console().out().println("index=" + index + " term=" + taken.term() + " digest=" + taken.hex());
        }
        final Long other = given.get(index);
        if (null != other) {
            comparedCount++;
            if (null == firstDifference && other != taken.digest()) {
                firstDifference = taken;
            }
        }
    }

    private void showStart(final LogReplay replay) {
        if (root.isJson()) {
            return;
        }
        replay.findings().forEach(finding -> root.console().out().println("passed over  " + finding));
        root.console().out().println("machine      " + replay.machineName() + (null == options.machine ? "" : ", replayed by " + options.machine));
        root.console().out().println("start        " + (null == replay.start() ? "nothing" : "snapshot " + replay.start().name()) +
            ", log from entry " + replay.firstIndex());
        root.console().out().flush();
    }

    private static String committed(final LogReplay replay, final long last) {
        if (!replay.isMember()) {
            return last + ": a single node commits all that is in its log";
        }
        final long known = replay.committedIndex();
        final String basis = 0 == known ? "nothing is known: no snapshot covers an entry" : known + " is known, by the newest snapshot";
        return basis + (known >= last ? "" : "; how far behind that the cluster had committed, a member does not store" +
            (last > known ? ": entries " + (known + 1) + " to " + last + " are in this log" : ""));
    }

    private void showEnd(final LogReplay replay, final long startIndex, final double seconds) {
        final long entries = replay.index() - startIndex;
        final double rate = entries / seconds;
        if (root.isJson()) {
            showJson(replay, startIndex, seconds);
            return;
        }
        final String end = null == replay.end() ? "not reached" : replay.end().isEmpty() ? "entry " + replay.index() :
            "entry " + replay.index() + ", what lies behind was never forced and is not whole: " + replay.end();
        root.console().out().println("log end      " + end + "; forced to " + replay.floor() +
            (replay.isClosedInOrder() ? ", closed in order" : ", not closed in order"));
        root.console().out().println("committed    " + committed(replay, replay.index()));
        root.console().out().printf(Locale.ROOT, "replayed     %d entries (%d commands) in %.2f s: %.0f/s%n",
            entries, replay.commandCount(), seconds, rate);
        if (null != options.compare && null == firstDifference && comparedCount > 0) {
            root.console().out().println("compared     " + comparedCount + " of " + given.size() + " digests in " + options.compare + ": equal");
        }
        root.console().out().flush();
    }

    private void showJson(final LogReplay replay, final long startIndex, final double seconds) {
        final Json json = new Json().object().put("machine", replay.machineName()).put("replayedBy", options.machine)
            .put("firstIndex", replay.firstIndex()).put("floor", replay.floor()).put("closedInOrder", replay.isClosedInOrder())
            .put("member", replay.isMember()).put("snapshot", null == replay.start() ? null : replay.start().name())
            .put("startIndex", startIndex).put("index", replay.index()).put("term", replay.term())
            .put("committedIndex", Math.min(replay.committedIndex(), replay.index()))
            .put("end", replay.end()).put("entries", replay.index() - startIndex)
            .put("commands", replay.commandCount()).put("seconds", seconds).array("digests");
        digests.forEach(taken -> json.object().put("index", taken.index()).put("term", taken.term()).put("digest", taken.hex()).endObject());
        json.endArray().array("findings");
        replay.findings().forEach(finding -> json.add(finding.toString()));
        json.endArray();
        if (null == options.compare) {
            json.putNull("compared");
        } else {
            json.object("compared").put("given", given.size()).put("compared", comparedCount);
            if (null == firstDifference) {
                json.putNull("firstDifference");
            } else {
                json.object("firstDifference").put("index", firstDifference.index()).put("here", firstDifference.hex())
                    .put("given", hex(given.get(firstDifference.index()))).endObject();
            }
            json.endObject();
        }
        root.console().answer(json.endObject().toString());
    }

    private void judge(final LogReplay replay) {
        if (null != firstDifference) {
            final Taken before = digests.stream().filter(taken -> taken.index() < firstDifference.index() && given.containsKey(taken.index()))
                .reduce((first, second) -> second).orElse(null);
            throw new CliFailure("the states differ at entry " + firstDifference.index() + ": " + firstDifference.hex() + " here, " +
                hex(given.get(firstDifference.index())) + " in " + options.compare +
                (null == before ? "; no digest before it was compared" : "; they were equal at entry " + before.index()));
        }
        if (null != options.compare && 0 == comparedCount) {
            throw new CliFailure(options.compare + ": none of its " + given.size() + " digests (entries " + given.firstKey() + " to " +
                given.lastKey() + ") is of an entry that was replayed, which ended at " + replay.index());
        }
    }

    private static String hex(final long value) {
        return String.format("%016x", value);
    }
}
