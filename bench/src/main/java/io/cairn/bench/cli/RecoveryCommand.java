package io.cairn.bench.cli;

import io.cairn.bench.embedded.EmbeddedEngine;
import io.cairn.bench.load.LatencyRecorder;
import io.cairn.bench.load.Operation;
import io.cairn.bench.load.OperationMix;
import io.cairn.bench.load.PhaseOutcome;
import io.cairn.bench.report.Document;
import io.cairn.bench.report.Figures;
import io.cairn.bench.report.Latency;
import io.cairn.bench.report.MachineFacts;
import io.cairn.bench.report.Result;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * {@code cairn-bench recovery}: how long opening takes, against the length of the log and the size of the state.
 */
@Command(
    name = "recovery",
    description = {
        "Time to open after an orderly close: from a snapshot of a state of a given size (beside cat of the same snapshot's files), and from a log "
            + "of a given number of commands without any snapshot (the replay rate). The page cache is dropped before each, where the system "
            + "permits it; the start of the JVM is not part of it, and its classes are loaded and compiled.",
        "Writes about three times the size of the state, and 200 bytes for each command of the log."
    })
final class RecoveryCommand implements Callable<Integer> {
    private static final List<String> TRIGGERS = List.of(
        "snapshot.trigger.entries", "snapshot.trigger.bytes", "snapshot.trigger.ratio", "snapshot.trigger.interval");
    private static final String SNAPSHOTS = "snapshots";
    private static final String LOG = "wal";

    @Spec
    private CommandSpec spec;

    @Mixin
    private EngineOptions engineOptions;

    @Mixin
    private DataOptions data;

    @Mixin
    private OutputOptions output;

    @Option(names = "--state-size", paramLabel = "SIZE", defaultValue = "256m", split = ",", converter = Converters.SizeBytes.class,
        description = "Bytes of keys and values in the state; several may be given (default: ${DEFAULT-VALUE}).")
    private List<Long> stateSizes;

    @Option(names = "--commands", paramLabel = "N", defaultValue = "2m", split = ",", converter = Converters.Count.class,
        description = "Commands in the log that is replayed; several may be given (default: ${DEFAULT-VALUE}).")
    private List<Long> commands;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "3", converter = Converters.Count.class,
        description = "How often each is opened (default: ${DEFAULT-VALUE}).")
    private long runs;

    private final Progress progress = new Progress();
    private final List<Result> results = new ArrayList<>();
    private final List<String> findings = new ArrayList<>();
    private final List<List<Result>> byRun = new ArrayList<>();
    private ColdCache.State cache = ColdCache.State.WARM;
    private String profile;
    private String durability;
    private Map<String, Object> description = Map.of();

    @Override
    public Integer call() {
        data.check(spec.commandLine());
        engineOptions.check();
        output.check();
        TRIGGERS.forEach(trigger -> engineOptions.overrides.putIfAbsent(trigger, "0"));
        try (DataDirectory directory = DataDirectory.open(engineOptions.dataDirectory)) {
            for (int run = 0; run < runs; run++) {
                byRun.add(new ArrayList<>());
            }
            for (final long size : stateSizes) {
                fromSnapshot(directory.path().resolve("state-" + size), size);
            }
            for (final long count : commands) {
                fromLog(directory.path().resolve("log-" + count), count);
            }
            final Map<String, Object> configuration = new LinkedHashMap<>(description);
            data.describe(configuration);
            configuration.remove("keys");
            configuration.put("runs", runs);
            configuration.put("pageCache", cache.name().toLowerCase(Locale.ROOT));
            final Map<String, Object> more = new LinkedHashMap<>();
            more.put("findings", findings);
            final Document document = new Document(
                "recovery", profile, durability, configuration, MachineFacts.of(directory.path()), results, List.of(), byRun, more);
            progress.done();
            output.write(spec.commandLine().getOut(), document, Map.of());
            return 0;
        } catch (final IOException ex) {
            throw new BenchException("recovery cannot be measured: " + Failures.reason(ex), ex);
        } finally {
            progress.done();
        }
    }

    private void fromSnapshot(final Path directory, final long size) throws IOException {
        final long keys = Math.max(1, size / (data.keyBytes + data.valueBytes));
        try {
            fill(directory, keys, keys, true);
            final long bytes = lengthOf(filesBelow(directory.resolve(SNAPSHOTS)));
            final Opened opened = new Opened();
            for (int run = 0; run < runs; run++) {
                progress.say("state of " + Figures.bytes(size) + ": opening, run " + (run + 1) + " of " + runs);
                cache = ColdCache.drop(filesBelow(directory));
                final long catNs = ColdCache.catNs(filesBelow(directory.resolve(SNAPSHOTS)));
                cache = ColdCache.drop(filesBelow(directory));
                final long openNs = open(directory);
                opened.add(openNs, catNs);
                byRun.get(run).add(result("open", "from a snapshot of " + Figures.bytes(size), bytes, single(openNs), openNs, bytes));
            }
            results.add(result("open", "from a snapshot of " + Figures.bytes(size), bytes, opened.open, opened.medianOpenNs(), bytes));
            results.add(result("cat", "of the snapshot's files", bytes, opened.cat, opened.medianCatNs(), bytes));
            findings.add("opening a state of " + Figures.bytes(size) + " (" + Figures.bytes(bytes) + " on disk) takes "
                + Figures.ratio((double) opened.medianOpenNs() / opened.medianCatNs()) + " as long as cat of the snapshot's files ("
                + Figures.nanos(opened.medianOpenNs()) + " to " + Figures.nanos(opened.medianCatNs()) + ", medians; run by run "
                + Figures.ratio(opened.ratioMin) + " to " + Figures.ratio(opened.ratioMax) + "; " + cacheInWords() + ")");
        } finally {
            DataDirectory.delete(directory);
        }
    }

    private void fromLog(final Path directory, final long count) throws IOException {
        try {
            fill(directory, data.keys, count, false);
            final long bytes = lengthOf(filesBelow(directory.resolve(LOG)));
            final Opened opened = new Opened();
            for (int run = 0; run < runs; run++) {
                progress.say("log of " + Figures.count(count) + " commands: opening, run " + (run + 1) + " of " + runs);
                cache = ColdCache.drop(filesBelow(directory));
                final long catNs = ColdCache.catNs(filesBelow(directory.resolve(LOG)));
                cache = ColdCache.drop(filesBelow(directory));
                final long openNs = open(directory);
                opened.add(openNs, catNs);
                byRun.get(run).add(result("replay", "of " + Figures.count(count) + " commands", count, single(openNs), openNs, count));
            }
            results.add(result("replay", "of " + Figures.count(count) + " commands", count, opened.open, opened.medianOpenNs(), count));
            results.add(result("cat", "of the log's files", bytes, opened.cat, opened.medianCatNs(), bytes));
            findings.add("replaying " + Figures.count(count) + " commands takes " + Figures.nanos(opened.medianOpenNs()) + ": "
                + Figures.count(count * 1e9 / opened.medianOpenNs()) + " commands/s, opening included (" + cacheInWords() + ")");
        } finally {
            DataDirectory.delete(directory);
        }
    }

    private String cacheInWords() {
        return switch (cache) {
            case DROPPED -> "page cache dropped";
            case ADVISED -> "files advised out of the page cache";
            case WARM -> "page cache warm: this system does not permit dropping it";
        };
    }

    private void fill(final Path directory, final long keys, final long count, final boolean isSnapshotTaken) throws IOException {
        if (Files.exists(directory)) {
            throw new BenchException(directory + " exists: give another --data-dir");
        }
        final DataOptions own = new DataOptions();
        own.keys = keys;
        own.keyBytes = data.keyBytes;
        own.valueBytes = data.valueBytes;
        own.distribution = data.distribution;
        own.seed = data.seed;
        DataOptions.require(spec.commandLine(), keys <= Integer.MAX_VALUE, "a state of " + keys + " keys is more than this benchmark loads");
        try (EmbeddedEngine engine = EmbeddedEngine.open(directory, engineOptions.settings());
            Bench bench = new Bench(engine, own, progress, 1)) {
            profile = engine.profile();
            durability = engine.durability().name().toLowerCase(Locale.ROOT);
            description = engine.describe();
            if (isSnapshotTaken) {
                bench.load();
                progress.say("taking a snapshot");
                final SnapshotLoop snapshots = new SnapshotLoop(engine);
                snapshots.run();
                snapshots.await();
            } else {
                progress.say("writing a log of " + Figures.count(count) + " commands");
                final PhaseOutcome outcome = bench.session().closed(
                    OperationMix.only(Operation.PUT), own.chooser(), 4_096, TimeUnit.HOURS.toNanos(2), count);
                if (outcome.failed() > 0 || outcome.tally().unanswered() > 0) {
                    throw new BenchException("writing the log failed: " + outcome.failed() + " puts were refused");
                }
            }
        }
    }

    private long open(final Path directory) {
        try (EmbeddedEngine engine = EmbeddedEngine.open(directory, engineOptions.settings())) {
            return engine.openNs();
        }
    }

    /** Times of all runs. */
    private static final class Opened {
        private final Histogram open = LatencyRecorder.newHistogram();
        private final Histogram cat = LatencyRecorder.newHistogram();
        private double ratioMin = Double.MAX_VALUE;
        private double ratioMax;

        void add(final long openNs, final long catNs) {
            ratioMin = Math.min(ratioMin, (double) openNs / Math.max(1, catNs));
            ratioMax = Math.max(ratioMax, (double) openNs / Math.max(1, catNs));
            open.recordValue(Math.min(openNs, LatencyRecorder.HIGHEST_NS));
            cat.recordValue(Math.min(catNs, LatencyRecorder.HIGHEST_NS));
        }

        long medianOpenNs() {
            return open.getValueAtPercentile(50);
        }

        long medianCatNs() {
            return cat.getValueAtPercentile(50);
        }
    }

    private static Histogram single(final long nanos) {
        final Histogram histogram = LatencyRecorder.newHistogram();
        histogram.recordValue(Math.min(nanos, LatencyRecorder.HIGHEST_NS));
        return histogram;
    }

    private static Result result(
        final String operation, final String mode, final long units, final Histogram histogram, final long nanos, final long perOpening) {
        final Map<String, Object> more = new LinkedHashMap<>();
        more.put("unitsPerOperation", perOpening);
        return new Result(operation, mode, null, units * 1e9 / Math.max(1, nanos), histogram.getTotalCount(), Latency.of(histogram), null, more);
    }

    private static List<Path> filesBelow(final Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static long lengthOf(final List<Path> files) throws IOException {
        long bytes = 0;
        for (final Path file : files) {
            bytes += Files.size(file);
        }
        return bytes;
    }
}
