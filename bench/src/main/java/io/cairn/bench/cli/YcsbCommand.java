package io.cairn.bench.cli;

import io.cairn.bench.embedded.EmbeddedEngine;
import io.cairn.bench.load.KeyChooser;
import io.cairn.bench.load.Operation;
import io.cairn.bench.load.OperationMix;
import io.cairn.bench.load.PhaseOutcome;
import io.cairn.bench.report.Document;
import io.cairn.bench.report.Result;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * {@code cairn-bench ycsb}: the six core mixes of YCSB (Cooper et al., SoCC 2010).
 */
@Command(
    name = "ycsb",
    description = {
        "The core mixes of YCSB, closed loop: A 50 %% read 50 %% update, B 95/5, C reads only, D 95 %% read 5 %% insert, E 95 %% scan 5 %% insert, "
            + "F 50 %% read 50 %% read-modify-write.",
        "Differences from YCSB: keys are drawn before the run; D reads Zipfian keys, not the latest; a scan returns 50 rows; F counts the read and "
            + "the write of a read-modify-write as two operations (75 %% read, 25 %% update)."
    })
final class YcsbCommand implements Callable<Integer> {
    private static final Map<String, double[]> MIXES = mixes();

    @Spec
    private CommandSpec spec;

    @Mixin
    private EngineOptions engineOptions;

    @Mixin
    private DataOptions data;

    @Mixin
    private OutputOptions output;

    @Option(names = "--workloads", paramLabel = "LETTERS", defaultValue = "ABCDEF", description = "Which mixes (default: ${DEFAULT-VALUE}).")
    private String workloads;

    @Option(names = "--in-flight", paramLabel = "N", defaultValue = "16", converter = Converters.Count.class,
        description = "Operations in flight (default: ${DEFAULT-VALUE}).")
    private long inFlight;

    @Option(names = "--duration", paramLabel = "TIME", defaultValue = "3s", converter = Converters.DurationNs.class,
        description = "Time of each phase (default: ${DEFAULT-VALUE}).")
    private long durationNs;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "3", converter = Converters.Count.class,
        description = "How often everything is repeated (default: ${DEFAULT-VALUE}).")
    private long runs;

    @Option(names = "--operations-max", paramLabel = "N", defaultValue = "1m", converter = Converters.Count.class,
        description = "Most operations of a phase, which bounds the disk used (default: ${DEFAULT-VALUE}).")
    private long operationsMax;

    private final Progress progress = new Progress();

    /** Weights in the order of {@link Operation}: put, get, scan, insert. */
    private static Map<String, double[]> mixes() {
        final Map<String, double[]> mixes = new LinkedHashMap<>();
        mixes.put("A", new double[] {50, 50});
        mixes.put("B", new double[] {5, 95});
        mixes.put("C", new double[] {0, 100});
        mixes.put("D", new double[] {0, 95, 0, 5});
        mixes.put("E", new double[] {0, 0, 95, 5});
        mixes.put("F", new double[] {25, 75});
        return mixes;
    }

    @Override
    public Integer call() {
        data.check(spec.commandLine());
        final List<String> letters = workloads.toUpperCase(Locale.ROOT).chars().mapToObj(c -> String.valueOf((char) c)).distinct().toList();
        for (final String letter : letters) {
            DataOptions.require(spec.commandLine(), MIXES.containsKey(letter), "--workloads " + workloads + ": '" + letter + "' is none of ABCDEF");
        }
        DataOptions.require(spec.commandLine(), !letters.isEmpty(), "--workloads is empty: letters of ABCDEF");
        if (!spec.commandLine().getParseResult().hasMatchedOption("--distribution")) {
            data.distribution = KeyChooser.Distribution.ZIPFIAN;
        }
        engineOptions.check();
        output.check();
        try (DataDirectory directory = DataDirectory.open(engineOptions.dataDirectory)) {
            progress.say("opening the engine");
            try (EmbeddedEngine engine = EmbeddedEngine.open(directory.path(), engineOptions.settings());
                Bench bench = new Bench(engine, data, progress, 1)) {
                Bench.checkWindow(engine, inFlight);
                bench.load();
                return measure(directory, bench, letters);
            }
        } finally {
            progress.done();
        }
    }

    private Integer measure(final DataDirectory directory, final Bench bench, final List<String> letters) {
        final Map<String, List<Series>> byLetter = new LinkedHashMap<>();
        final List<Series> all = new ArrayList<>();
        for (final String letter : letters) {
            final List<Series> ofLetter = new ArrayList<>();
            final double[] weights = MIXES.get(letter);
            for (int operation = 0; operation < weights.length; operation++) {
                if (weights[operation] > 0) {
                    final Map<String, Object> facts = new LinkedHashMap<>();
                    facts.put("inFlight", inFlight);
                    facts.put(Result.VARIANT, "mix " + letter);
                    ofLetter.add(new Series(Operation.name(operation), operation, "closed", null, facts));
                }
            }
            byLetter.put(letter, ofLetter);
            all.addAll(ofLetter);
        }
        final List<List<Result>> byRun = new ArrayList<>();
        for (int run = 0; run <= runs; run++) {
            final List<Result> results = new ArrayList<>();
            for (final String letter : letters) {
                progress.say((0 == run ? "warming up" : "run " + run + " of " + runs) + ": mix " + letter);
                final PhaseOutcome outcome = bench.session().closed(
                    OperationMix.weighted(MIXES.get(letter), data.seed), data.chooser(), (int) inFlight, durationNs, operationsMax);
                if (run > 0) {
                    byLetter.get(letter).forEach(series -> results.add(series.add(outcome)));
                }
            }
            if (run > 0) {
                byRun.add(results);
            }
        }
        final Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("durationMs", TimeUnit.NANOSECONDS.toMillis(durationNs));
        configuration.put("runs", runs);
        configuration.put("inFlight", inFlight);
        final Document document = bench.document("ycsb", directory, configuration, all, List.of(), byRun, List.of());
        progress.done();
        output.write(spec.commandLine().getOut(), document, Bench.histograms(all));
        return Bench.exitCode(all, bench.target());
    }
}
