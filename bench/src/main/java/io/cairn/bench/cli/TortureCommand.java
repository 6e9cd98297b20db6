package io.cairn.bench.cli;

import io.cairn.bench.history.HistoryFile;
import io.cairn.bench.report.Figures;
import io.cairn.bench.report.Json;
import io.cairn.bench.torture.FaultKind;
import io.cairn.bench.torture.Torture;
import io.cairn.engine.config.Durability;
import io.cairn.engine.history.Operation;
import io.cairn.engine.history.Verdict;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * {@code cairn-bench torture}: real member processes killed, paused and restarted at random under clients that record everything.
 */
@Command(
    name = "torture",
    description = {
        "Starts real member processes on the loopback, lets clients put, compare-and-set, increment, delete and read, and meanwhile kills "
            + "(SIGKILL), pauses (SIGSTOP) and restarts members at random: mostly one, now and then a majority or all; cuts links between them, "
            + "loses packets, and fills the disk of one (a small file system that is mounted for it, where that is permitted).",
        "Afterwards every acknowledged write must be there exactly once, the history of all clients linearizable, every member up without help "
            + "and all digests equal. Exit code 0 if so."
    })
final class TortureCommand implements Callable<Integer> {
    private static final int MEMBERS_MAX = 7;
    private static final int CLIENTS_MAX = 64;
    private static final int SHOWN_MAX = 20;

    @Spec
    private CommandSpec spec;

    @Option(names = "--members", paramLabel = "N", defaultValue = "3", converter = Converters.Count.class,
        description = "Members of the cluster, 1 to " + MEMBERS_MAX + " (default: ${DEFAULT-VALUE}).")
    private long members;

    @Option(names = "--clients", paramLabel = "N", defaultValue = "4", converter = Converters.Count.class,
        description = "Clients at the same time (default: ${DEFAULT-VALUE}).")
    private long clients;

    @Option(names = "--duration", paramLabel = "TIME", defaultValue = "30s", converter = Converters.DurationNs.class,
        description = "How long harm is done (default: ${DEFAULT-VALUE}).")
    private long durationNs;

    @Option(names = "--minutes", paramLabel = "N", converter = Converters.Count.class, description = "The same in minutes.")
    private Long minutes;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of harm and clients; drawn and printed where none is given.")
    private Long seed;

    @Option(names = "--faults", paramLabel = "KIND", split = ",", converter = Faults.class,
        defaultValue = "kill,pause,restart,partition,loss,full-disk",
        description = "Kinds of harm to draw from, separated by commas (default: ${DEFAULT-VALUE}).")
    private Set<FaultKind> faults;

    @Option(names = "--profile", paramLabel = "NAME", defaultValue = "small", description = "Profile of the members (default: ${DEFAULT-VALUE}).")
    private String profile;

    @Option(names = "--durability", paramLabel = "LEVEL", defaultValue = "os", description = "Of the members (default: ${DEFAULT-VALUE}).")
    private Durability durability;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Override a key of the members' configuration; may be repeated.")
    private final Map<String, String> overrides = new LinkedHashMap<>();

    @Option(names = "--data-dir", paramLabel = "DIR",
        description = "Where members keep their data and what they print, left in place; by default a temporary directory, which is kept where "
            + "something is wrong.")
    private Path dataDirectory;

    @Option(names = "--history", paramLabel = "FILE", description = "Write the history of all clients, as check-history reads it.")
    private Path historyFile;

    @Option(names = "--json", paramLabel = "FILE", description = "Write what came of it as JSON.")
    private Path json;

    private final Progress progress = new Progress();

    @Override
    public Integer call() {
        DataOptions.require(spec.commandLine(), members <= MEMBERS_MAX, "--members " + members + " is more than " + MEMBERS_MAX);
        DataOptions.require(spec.commandLine(), clients <= CLIENTS_MAX, "--clients " + clients + " is more than " + CLIENTS_MAX);
        final long chosen = null == seed ? System.nanoTime() >>> 10 & 0xFFFF_FFFFL : seed;
        final PrintWriter out = spec.commandLine().getOut();
        out.println("seed " + chosen);
        out.flush();
        try (DataDirectory directory = DataDirectory.open(dataDirectory)) {
            final Torture.Report report = new Torture(plan(directory.path(), chosen), progress::say).run();
            progress.done();
            write(out, report, chosen);
            if (!report.findings().isEmpty()) {
                directory.keep();
                throw new BenchException("seed " + chosen + ", data in " + directory.path() + ": " + report.findings().get(0)
                    + (report.findings().size() > 1 ? ", and " + (report.findings().size() - 1) + " more" : ""));
            }
            return 0;
        } catch (final IOException ex) {
            throw new BenchException("the history cannot be written: " + Failures.reason(ex), ex);
        } finally {
            progress.done();
        }
    }

    private Torture.Plan plan(final Path directory, final long chosen) {
        final List<String> arguments = new ArrayList<>(
            List.of("--profile", profile, "--set", "durability=" + durability.name().toLowerCase(Locale.ROOT)));
        overrides.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
        return new Torture.Plan((int) members, (int) clients, null == minutes ? durationNs : TimeUnit.MINUTES.toNanos(minutes), chosen, directory,
            arguments, List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), faults);
    }

    private void write(final PrintWriter out, final Torture.Report report, final long chosen) throws IOException {
        out.println(Figures.count(report.count(Operation.Outcome.OK)) + " operations answered, " + report.count(Operation.Outcome.UNKNOWN)
            + " of unknown outcome, " + report.count(Operation.Outcome.REFUSED) + " refused; longest time without an answer "
            + Figures.nanos(report.longestSilenceNs()));
        out.println("harm: " + report.harm());
        report.skipped().forEach(reason -> out.println("skipped: " + reason));
        out.println("digest of all members: " + report.digest());
        CheckHistoryCommand.explain(out, report.verdict());
        report.findings().stream().limit(SHOWN_MAX).forEach(finding -> out.println("WRONG: " + finding));
        out.flush();
        if (null != historyFile) {
            try (BufferedWriter writer = Files.newBufferedWriter(historyFile)) {
                writer.write(HistoryFile.header() + "\n");
                for (final Operation operation : report.history()) {
                    writer.write(HistoryFile.line(operation) + "\n");
                }
            }
        }
        if (null != json) {
            Files.writeString(json, Json.write(document(report, chosen)));
        }
    }

    private Map<String, Object> document(final Torture.Report report, final long chosen) {
        final Map<String, Object> document = new LinkedHashMap<>();
        document.put("command", "torture");
        document.put("seed", chosen);
        document.put("members", members);
        document.put("clients", clients);
        document.put("answered", report.count(Operation.Outcome.OK));
        document.put("unknown", report.count(Operation.Outcome.UNKNOWN));
        document.put("refused", report.count(Operation.Outcome.REFUSED));
        document.put("longestSilenceNs", report.longestSilenceNs());
        document.put("harm", report.harm());
        document.put("skipped", report.skipped());
        document.put("digest", report.digest());
        document.put("history", CheckHistoryCommand.document(report.verdict()));
        document.put("findings", report.findings());
        document.put("ok", report.findings().isEmpty() && Verdict.Answer.LINEARIZABLE == report.verdict().answer());
        return document;
    }

    /** Kinds of harm as a person writes them. */
    static final class Faults implements ITypeConverter<FaultKind> {
        @Override
        public FaultKind convert(final String text) {
            for (final FaultKind kind : FaultKind.values()) {
                if (kind.spelling().equals(text.strip())) {
                    return kind;
                }
            }
            throw new TypeConversionException("'" + text + "' is not kill, pause, restart, partition, loss or full-disk");
        }
    }
}
