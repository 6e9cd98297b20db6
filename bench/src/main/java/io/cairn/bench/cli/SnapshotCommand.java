package io.cairn.bench.cli;

import io.cairn.bench.embedded.EmbeddedEngine;
import io.cairn.bench.load.Operation;
import io.cairn.bench.load.OperationMix;
import io.cairn.bench.report.Document;
import io.cairn.bench.report.Figures;
import io.cairn.bench.report.Result;
import io.cairn.bench.report.Summary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * {@code cairn-bench snapshot}: latency of puts at a fixed rate, with and without a running snapshot, in turns.
 */
@Command(
    name = "snapshot",
    description = {
        "Latency of puts at a fixed rate without and with a running snapshot of a state of a given size, in turns. While the second kind of phase "
            + "runs, a snapshot is always being written: when one is published the next one starts.",
        "Takes about eight times the size of the state on disk. On two cores, --threading invoker leaves a core to the snapshot."
    })
final class SnapshotCommand implements Callable<Integer> {
    private static final String INCREMENTAL = "snapshot.incremental";
    private static final List<String> TRIGGERS = List.of(
        "snapshot.trigger.entries", "snapshot.trigger.bytes", "snapshot.trigger.ratio", "snapshot.trigger.interval");

    @Spec
    private CommandSpec spec;

    @Mixin
    private EngineOptions engineOptions;

    @Mixin
    private DataOptions data;

    @Mixin
    private OutputOptions output;

    @Option(names = "--state-size", paramLabel = "SIZE", converter = Converters.SizeBytes.class,
        description = "Bytes of keys and values in the state; sets --keys (default: 256m unless --keys is given).")
    private Long stateBytes;

    @Option(names = "--rate", paramLabel = "N", defaultValue = "100k", converter = Converters.Count.class,
        description = "Puts per second (default: ${DEFAULT-VALUE}).")
    private long rate;

    @Option(names = "--duration", paramLabel = "TIME", defaultValue = "5s", converter = Converters.DurationNs.class,
        description = "Time of each phase (default: ${DEFAULT-VALUE}).")
    private long durationNs;

    @Option(names = "--warm-up", paramLabel = "TIME", defaultValue = "3s", converter = Converters.DurationNs.class,
        description = "Time of load before the first run, not recorded (default: ${DEFAULT-VALUE}).")
    private long warmUpNs;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "3", converter = Converters.Count.class,
        description = "How often both phases are repeated (default: ${DEFAULT-VALUE}).")
    private long runs;

    @Option(names = "--incremental", description = "Let snapshots be incremental; by default each one is full.")
    private boolean isIncremental;

    private final Progress progress = new Progress();

    @Override
    public Integer call() {
        if (null != stateBytes || !spec.commandLine().getParseResult().hasMatchedOption("--keys")) {
            final long size = null == stateBytes ? 256L << 20 : stateBytes;
            data.keys = Math.max(1, size / (data.keyBytes + data.valueBytes));
        }
        data.check(spec.commandLine());
        engineOptions.check();
        output.check();
        engineOptions.overrides.putIfAbsent(INCREMENTAL, String.valueOf(isIncremental));
        TRIGGERS.forEach(trigger -> engineOptions.overrides.putIfAbsent(trigger, "0"));
        try (DataDirectory directory = DataDirectory.open(engineOptions.dataDirectory)) {
            progress.say("opening the engine");
            try (EmbeddedEngine engine = EmbeddedEngine.open(directory.path(), engineOptions.settings());
                Bench bench = new Bench(engine, data, progress, 1)) {
                return measure(directory, engine, bench);
            }
        } finally {
            progress.done();
        }
    }

    private Integer measure(final DataDirectory directory, final EmbeddedEngine engine, final Bench bench) {
        bench.load();
        final OperationMix mix = OperationMix.only(Operation.PUT);
        progress.say("warming up");
        bench.session().open(mix, data.chooser(), rate, warmUpNs);
        final SnapshotLoop snapshots = new SnapshotLoop(engine);
        progress.say("first snapshot");
        snapshots.run();
        snapshots.await();
        snapshots.forget();
        final Series without = new Series("put", Operation.PUT, "open", rate, Map.of(Result.VARIANT, "no snapshot"));
        final Series during = new Series("put", Operation.PUT, "open", rate, Map.of(Result.VARIANT, "during a snapshot"));
        final List<List<Result>> byRun = new ArrayList<>();
        for (int run = 1; run <= runs; run++) {
            final String of = "run " + run + " of " + runs + ": ";
            Result first = null;
            Result second = null;
            for (int phase = 0; phase < 2; phase++) {
                if (phase == run % 2) {
                    progress.say(of + "during snapshots");
                    snapshots.run();
                    second = during.add(bench.session().open(mix, data.chooser(), rate, durationNs, snapshots));
                    snapshots.await();
                } else {
                    progress.say(of + "no snapshot");
                    first = without.add(bench.session().open(mix, data.chooser(), rate, durationNs));
                }
            }
            byRun.add(List.of(first, second));
        }
        final List<Series> series = List.of(without, during);
        final Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("stateBytes", data.keys * (data.keyBytes + data.valueBytes));
        configuration.put("rate", rate);
        configuration.put("durationMs", TimeUnit.NANOSECONDS.toMillis(durationNs));
        configuration.put("runs", runs);
        configuration.put("snapshots", snapshots.count());
        configuration.put("snapshotBytesMean", snapshots.bytesMean());
        configuration.put("snapshotMsMean", snapshots.durationMsMean());
        final Document document = bench.document("snapshot", directory, configuration, series, List.of(), byRun, findings(byRun, snapshots));
        progress.done();
        output.write(spec.commandLine().getOut(), document, Bench.histograms(series));
        return Bench.exitCode(series, bench.target());
    }

    private static List<String> findings(final List<List<Result>> byRun, final SnapshotLoop snapshots) {
        final List<String> findings = new ArrayList<>();
        final List<Summary> summaries = Summary.of(byRun);
        for (final String key : List.of("p50", "p99", "p99.9", "max")) {
            final double without = summaries.get(0).median().get(key);
            final double during = summaries.get(1).median().get(key);
            findings.add(key + " during a snapshot is " + Figures.ratio(without <= 0 ? 0 : during / without) + " that without ("
                + Figures.nanos(during) + " to " + Figures.nanos(without) + ", medians of the runs)");
        }
        findings.add(snapshots.count() + " snapshots of " + Figures.bytes(snapshots.bytesMean()) + " in "
            + Figures.nanos(snapshots.durationMsMean() * 1e6) + " each, on average");
        return findings;
    }
}
