package io.cairn.bench.cli;

import io.cairn.bench.embedded.EmbeddedEngine;
import io.cairn.bench.load.Operation;
import io.cairn.bench.load.OperationMix;
import io.cairn.bench.report.Document;
import io.cairn.bench.report.Figures;
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
 * {@code cairn-bench throughput}: commands per second with many in flight.
 */
@Command(
    name = "throughput",
    description = {
        "Commands per second with a number of them in flight (closed loop), optionally several puts in one atomic command.",
        "By default at most 3 GiB of disk; --operations-max bounds it."
    })
final class ThroughputCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private EngineOptions engineOptions;

    @Mixin
    private DataOptions data;

    @Mixin
    private OutputOptions output;

    @Option(names = "--in-flight", paramLabel = "N", split = ",", defaultValue = "1,10,100,1000", converter = Converters.Count.class,
        description = "Commands in flight, one series for each (default: ${DEFAULT-VALUE}).")
    private List<Long> inFlight;

    @Option(names = "--operations", paramLabel = "NAME", split = ",", defaultValue = "put,get",
        description = "What to do: put, get or both (default: ${DEFAULT-VALUE}).")
    private List<String> operations;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "1", converter = Converters.Count.class,
        description = "Puts in one atomic command, 1 to 1000; rates count commands (default: ${DEFAULT-VALUE}).")
    private long batch;

    @Option(names = "--duration", paramLabel = "TIME", defaultValue = "2s", converter = Converters.DurationNs.class,
        description = "Time of each phase (default: ${DEFAULT-VALUE}).")
    private long durationNs;

    @Option(names = "--warm-up", paramLabel = "TIME", defaultValue = "3s", converter = Converters.DurationNs.class,
        description = "Time of each operation before the first run, not recorded (default: ${DEFAULT-VALUE}).")
    private long warmUpNs;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "3", converter = Converters.Count.class,
        description = "How often everything is repeated (default: ${DEFAULT-VALUE}).")
    private long runs;

    @Option(names = "--operations-max", paramLabel = "N", defaultValue = "1m", converter = Converters.Count.class,
        description = "Most operations of a phase, which bounds the disk used (default: ${DEFAULT-VALUE}).")
    private long operationsMax;

    private final Progress progress = new Progress();

    @Override
    public Integer call() {
        data.check(spec.commandLine());
        DataOptions.require(spec.commandLine(), batch <= 1_000, "--batch " + batch + " is more than 1,000");
        for (final String operation : operations) {
            DataOptions.require(spec.commandLine(), List.of("put", "get").contains(operation), "--operations " + operation + ": put or get");
        }
        engineOptions.check();
        output.check();
        try (DataDirectory directory = DataDirectory.open(engineOptions.dataDirectory)) {
            progress.say("opening the engine");
            try (EmbeddedEngine engine = EmbeddedEngine.open(directory.path(), engineOptions.settings())) {
                for (final long window : inFlight) {
                    Bench.checkWindow(engine, window);
                }
                final double loadRate;
                try (Bench loader = new Bench(engine, data, progress, 1)) {
                    loadRate = loader.load();
                }
                try (Bench bench = new Bench(engine, data, progress, (int) batch)) {
                    bench.loadRate(loadRate);
                    return measure(directory, bench);
                }
            }
        } finally {
            progress.done();
        }
    }

    private Integer measure(final DataDirectory directory, final Bench bench) {
        final List<Series> series = new ArrayList<>();
        final List<Integer> ids = operations.stream().map(name -> "put".equals(name) ? Operation.PUT : Operation.GET).toList();
        for (final int id : ids) {
            for (final long window : inFlight) {
                final Map<String, Object> facts = new LinkedHashMap<>();
                facts.put("inFlight", window);
                if (batch > 1 && Operation.PUT == id) {
                    facts.put("batch", batch);
                }
                series.add(new Series(batch > 1 && Operation.PUT == id ? "put of " + batch : Operation.name(id), id, "closed", null, facts));
            }
            progress.say("warming up: " + Operation.name(id));
            bench.session().closed(OperationMix.only(id), data.chooser(), inFlight.get(inFlight.size() - 1).intValue(), warmUpNs, operationsMax);
        }
        final List<List<Result>> byRun = new ArrayList<>();
        for (int run = 1; run <= runs; run++) {
            final List<Result> results = new ArrayList<>();
            int next = 0;
            for (final int id : ids) {
                for (final long window : inFlight) {
                    progress.say("run " + run + " of " + runs + ": " + Operation.name(id) + ", " + Figures.count(window) + " in flight");
                    results.add(series.get(next++).add(
                        bench.session().closed(OperationMix.only(id), data.chooser(), (int) window, durationNs, operationsMax)));
                }
            }
            byRun.add(results);
        }
        final Document document = bench.document("throughput", directory, configuration(), series, List.of(), byRun, findings(series));
        progress.done();
        output.write(spec.commandLine().getOut(), document, Bench.histograms(series));
        return Bench.exitCode(series, bench.target());
    }

    private List<String> findings(final List<Series> series) {
        final List<String> findings = new ArrayList<>();
        for (final Series one : series) {
            final Result result = one.result();
            if (result.more().get("batch") instanceof final Number size) {
                findings.add(result.label() + ": " + Figures.count(result.achievedRate() * size.longValue()) + " puts/s in "
                    + Figures.count(result.achievedRate()) + " commands/s");
            }
        }
        return findings;
    }

    private Map<String, Object> configuration() {
        final Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("durationMs", TimeUnit.NANOSECONDS.toMillis(durationNs));
        configuration.put("runs", runs);
        configuration.put("batch", batch);
        configuration.put("operationsMax", operationsMax);
        return configuration;
    }
}
