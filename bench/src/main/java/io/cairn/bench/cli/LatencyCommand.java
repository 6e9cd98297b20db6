package io.cairn.bench.cli;

import io.cairn.bench.embedded.EmbeddedEngine;
import io.cairn.bench.load.KeyChooser;
import io.cairn.bench.load.LoadSession;
import io.cairn.bench.load.Operation;
import io.cairn.bench.load.OperationMix;
import io.cairn.bench.load.PhaseOutcome;
import io.cairn.bench.report.Document;
import io.cairn.bench.report.Figures;
import io.cairn.bench.report.Floor;
import io.cairn.bench.report.Result;
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
 * {@code cairn-bench latency}: put and get, open and closed loop, on a real embedded engine, beside the floors of the machine.
 */
@Command(
    name = "latency",
    description = {
        "The main job: percentiles of put and get on an embedded engine in a real directory, at a fixed rate (open loop, timed from the "
            + "intended send time) and one after the other (closed loop), beside what this machine itself can do in the same run.",
        "By default: a million keys of 16 bytes with values of 100 bytes, 10,000 operations per second, 3 runs; about a minute."
    })
final class LatencyCommand implements Callable<Integer> {
    private static final long WARM_UP_OPERATIONS_MAX = 1_500_000;

    @Spec
    private CommandSpec spec;

    @Mixin
    private EngineOptions engineOptions;

    @Mixin
    private DataOptions data;

    @Mixin
    private OutputOptions output;

    @Option(names = "--rate", paramLabel = "N", defaultValue = "10k", converter = Converters.Count.class,
        description = "Operations per second in the open loop (default: ${DEFAULT-VALUE}).")
    private long rate;

    @Option(names = "--duration", paramLabel = "TIME", defaultValue = "3s", converter = Converters.DurationNs.class,
        description = "Time of each phase: put and get, open and closed (default: ${DEFAULT-VALUE}).")
    private long durationNs;

    @Option(names = "--warm-up", paramLabel = "TIME", defaultValue = "2s", converter = Converters.DurationNs.class,
        description = "Time of each phase before the first run, not recorded (default: ${DEFAULT-VALUE}).")
    private long warmUpNs;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "3", converter = Converters.Count.class,
        description = "How often everything is repeated; the report gives median, lowest and highest (default: ${DEFAULT-VALUE}).")
    private long runs;

    @Option(names = "--in-flight", paramLabel = "N", defaultValue = "1", converter = Converters.Count.class,
        description = "Operations in flight in the closed loop (default: ${DEFAULT-VALUE}).")
    private long inFlight;

    @Option(names = "--operations-max", paramLabel = "N", defaultValue = "1m", converter = Converters.Count.class,
        description = "Most operations of a closed phase, which bounds the disk used (default: ${DEFAULT-VALUE}).")
    private long operationsMax;

    private final Progress progress = new Progress();

    @Override
    public Integer call() {
        data.check(spec.commandLine());
        DataOptions.require(spec.commandLine(), rate <= 100_000_000, "--rate " + rate + " is more than 100,000,000");
        DataOptions.require(spec.commandLine(), runs <= 1_000, "--runs " + runs + " is more than 1,000");
        engineOptions.check();
        output.check();
        try (DataDirectory directory = DataDirectory.open(engineOptions.dataDirectory)) {
            progress.say("opening the engine");
            try (EmbeddedEngine engine = EmbeddedEngine.open(directory.path(), engineOptions.settings());
                Bench bench = new Bench(engine, data, progress, 1)) {
                Bench.checkWindow(engine, inFlight);
                return measure(directory, engine, bench);
            }
        } finally {
            progress.done();
        }
    }

    private Integer measure(final DataDirectory directory, final EmbeddedEngine engine, final Bench bench) {
        final List<Series> series = new ArrayList<>();
        final List<List<Result>> byRun = new ArrayList<>();
        final List<Floor> floors;
        for (final int operation : List.of(Operation.PUT, Operation.GET)) {
            final Map<String, Object> closedFacts = new LinkedHashMap<>();
            closedFacts.put("inFlight", inFlight);
            series.add(new Series(Operation.name(operation), operation, "open", rate, Map.of()));
            series.add(new Series(Operation.name(operation), operation, "closed", null, closedFacts));
        }
        bench.load();
        try (Floors meter = new Floors(directory.path(), bench.recordBytes())) {
            warmUp(bench.session());
            for (int run = 1; run <= runs; run++) {
                progress.say("run " + run + " of " + runs + ": the machine itself");
                meter.measureSlice();
                byRun.add(run(run, bench.session(), series));
            }
            floors = meter.results();
        }
        final Document document = bench.document("latency", directory, configuration(), series, floors, byRun,
            findings(engine, directory, series, floors));
        progress.done();
        output.write(spec.commandLine().getOut(), document, Bench.histograms(series));
        return Bench.exitCode(series, bench.target());
    }

    private void warmUp(final LoadSession session) {
        for (final int operation : List.of(Operation.PUT, Operation.GET)) {
            progress.say("warming up: " + Operation.name(operation));
            session.closed(OperationMix.only(operation), data.chooser(), (int) inFlight, warmUpNs, WARM_UP_OPERATIONS_MAX);
            session.open(OperationMix.only(operation), data.chooser(), rate, Math.max(1, warmUpNs / 4));
        }
    }

    private List<Result> run(final int run, final LoadSession session, final List<Series> series) {
        final List<Result> results = new ArrayList<>();
        int next = 0;
        for (final int operation : List.of(Operation.PUT, Operation.GET)) {
            final OperationMix mix = OperationMix.only(operation);
            final KeyChooser keys = data.chooser();
            progress.say("run " + run + " of " + runs + ": " + Operation.name(operation) + ", open loop at " + Figures.count(rate) + "/s");
            results.add(series.get(next++).add(session.open(mix, keys, rate, durationNs)));
            progress.say("run " + run + " of " + runs + ": " + Operation.name(operation) + ", closed loop, " + inFlight + " in flight");
            final PhaseOutcome closed = session.closed(mix, keys, (int) inFlight, durationNs, operationsMax);
            results.add(series.get(next++).add(closed));
        }
        return results;
    }

    private Map<String, Object> configuration() {
        final Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("rate", rate);
        configuration.put("durationMs", TimeUnit.NANOSECONDS.toMillis(durationNs));
        configuration.put("runs", runs);
        configuration.put("inFlight", inFlight);
        configuration.put("operationsMax", operationsMax);
        return configuration;
    }

    private List<String> findings(
        final EmbeddedEngine engine, final DataDirectory directory, final List<Series> series, final List<Floor> floors) {
        final List<String> findings = new ArrayList<>();
        final Result closedPut = series.get(1).result();
        for (final Floor floor : floors) {
            final boolean isAnchor = switch (engine.durability()) {
                case GROUP -> Floor.FORCE.equals(floor.name());
                case OS, INTERVAL -> Floor.RING_ROUND_TRIP.equals(floor.name());
            };
            if (isAnchor && floor.latency().p50() > 0 && closedPut.count() > 0) {
                findings.add(closedPut.label() + ": its median is " + Figures.ratio((double) closedPut.latency().p50() / floor.latency().p50())
                    + " that of " + floor.label() + " (" + Figures.nanos(floor.latency().p50()) + ")");
            }
            if (Floor.JITTER.equals(floor.name())) {
                findings.add("the machine kept a spinning thread waiting for over 100 µs "
                    + Figures.count(((Number) floor.more().get("gapsOver100MicrosPerSecond")).doubleValue())
                    + " times a second: tails below that cannot be told from the machine's own");
            }
        }
        for (final Series one : series) {
            final Result result = one.result();
            if (null != result.rate() && result.achievedRate() < 0.98 * result.rate()) {
                findings.add(result.label() + ": only " + Figures.count(result.achievedRate()) + "/s were achieved, so latency is mostly queueing");
            }
        }
        if (directory.isInMemory()) {
            findings.add("the data directory is in memory: forcing reaches no disk, group durability means nothing here");
        }
        return findings;
    }
}
