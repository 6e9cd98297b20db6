package io.cairn.bench.cli;

import io.cairn.bench.report.Document;
import io.cairn.bench.report.Latency;
import io.cairn.bench.report.MachineFacts;
import io.cairn.bench.report.Result;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * {@code cairn-bench micro}: the JMH benchmarks of the parts, in forked JVMs with the same flags, with the GC profiler.
 */
@Command(
    name = "micro",
    description = "JMH benchmarks of the parts: CRC32C, command codec, page copy, freeze, B-tree, ring hop, log append. Each runs in JVMs of its own,"
        + " with the flags of this one; bytes allocated per operation come from JMH's GC profiler.")
final class MicroCommand implements Callable<Integer> {
    private static final String PACKAGE = "io.cairn.bench.micro.";
    private static final double NANOS_PER_SECOND = 1e9;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "FILTER", description = "Regular expressions; a benchmark runs if its name contains one (default: all).")
    private List<String> filters = new ArrayList<>();

    @Option(names = "--list", description = "Print the names and run nothing.")
    private boolean isList;

    @Option(names = "--forks", paramLabel = "N", defaultValue = "1", converter = Converters.Count.class,
        description = "JVMs for each benchmark (default: ${DEFAULT-VALUE}).")
    private long forks;

    @Option(names = "--iterations", paramLabel = "N", converter = Converters.Count.class,
        description = "Measured iterations in each JVM (default: 5, or what the benchmark says).")
    private Long iterations;

    @Option(names = "--warm-ups", paramLabel = "N", converter = Converters.Count.class,
        description = "Iterations before those (default: 3, or what the benchmark says).")
    private Long warmUps;

    @Option(names = "--time", paramLabel = "TIME", defaultValue = "2s", converter = Converters.DurationNs.class,
        description = "Time of each iteration (default: ${DEFAULT-VALUE}).")
    private long timeNs;

    @Option(names = {"-p", "--param"}, paramLabel = "NAME=VALUES",
        description = "Values of a parameter, separated by commas, such as -p keys=1000000; may be repeated.")
    private Map<String, String> parameters = new LinkedHashMap<>();

    @Option(names = "--verbose", description = "Show JMH's own output as it goes.")
    private boolean isVerbose;

    @Mixin
    private OutputOptions output;

    private final Progress progress = new Progress();

    @Override
    public Integer call() {
        filters.forEach(this::checkPattern);
        output.check();
        final PrintWriter out = spec.commandLine().getOut();
        final List<String> names = matching();
        if (names.isEmpty()) {
            throw new BenchException("no benchmark matches " + String.join(" ", filters) + ": --list prints the names");
        }
        if (isList) {
            names.forEach(name -> out.println(shortName(name)));
            out.flush();
            return 0;
        }
        System.setProperty("jmh.ignoreLock", "true");
        final List<Result> results = new ArrayList<>();
        int done = 0;
        for (final String name : names) {
            progress.say("benchmark " + ++done + " of " + names.size() + ": " + shortName(name));
            for (final RunResult run : run(name)) {
                results.add(result(run));
            }
        }
        progress.done();
        final Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("forks", forks);
        configuration.put("iterationMs", TimeUnit.NANOSECONDS.toMillis(timeNs));
        final Document document = new Document(
            "micro", null, null, configuration, MachineFacts.of(null), results, List.of(), List.of(results), Map.of());
        output.write(out, document, Map.of());
        return 0;
    }

    private void checkPattern(final String filter) {
        try {
            Pattern.compile(filter);
        } catch (final PatternSyntaxException ex) {
            DataOptions.require(spec.commandLine(), false, "'" + filter + "' is no regular expression: " + ex.getDescription());
        }
    }

    private List<String> matching() {
        final TreeSet<String> names = new TreeSet<>();
        for (final BenchmarkListEntry entry : BenchmarkList.defaultList().getAll(OutputFormatFactory.createFormatInstance(
            new PrintStream(OutputStream.nullOutputStream()), VerboseMode.SILENT), List.of())) {
            final String name = entry.getUsername();
            if (name.startsWith(PACKAGE) && (filters.isEmpty() || filters.stream().anyMatch(filter -> isMatch(filter, name)))) {
                names.add(name);
            }
        }
        return List.copyOf(names);
    }

    private static boolean isMatch(final String filter, final String name) {
        return Pattern.compile(filter, Pattern.CASE_INSENSITIVE).matcher(shortName(name)).find();
    }

    private static String shortName(final String name) {
        return name.substring(PACKAGE.length()).replace("Benchmark", "");
    }

    private Collection<RunResult> run(final String name) {
        final ChainedOptionsBuilder options = new OptionsBuilder()
            .include("^" + Pattern.quote(name) + "$")
            .forks((int) forks)
            .measurementTime(TimeValue.nanoseconds(timeNs))
            .warmupTime(TimeValue.nanoseconds(timeNs))
            .addProfiler(GCProfiler.class)
            .verbosity(isVerbose ? VerboseMode.NORMAL : VerboseMode.SILENT)
            .shouldFailOnError(true);
        if (null != iterations) {
            options.measurementIterations(iterations.intValue());
        }
        if (null != warmUps) {
            options.warmupIterations(warmUps.intValue());
        }
        parameters.forEach((parameter, values) -> options.param(parameter, values.split(",")));
        try {
            return new Runner(options.build()).run();
        } catch (final NoBenchmarksException ex) {
            throw new BenchException(shortName(name) + " is not in the list of benchmarks: build again from a clean tree", ex);
        } catch (final RunnerException ex) {
            throw new BenchException(shortName(name) + " failed: " + Failures.reason(null == ex.getCause() ? ex : ex.getCause())
                + " (--verbose shows more)", ex);
        }
    }

    private static Result result(final RunResult run) {
        final Mode mode = run.getParams().getMode();
        final Statistics statistics = run.getPrimaryResult().getStatistics();
        final double score = run.getPrimaryResult().getScore();
        final long unitNs = run.getParams().getTimeUnit().toNanos(1);
        final Map<String, Object> more = new LinkedHashMap<>();
        final StringBuilder values = new StringBuilder();
        for (final String key : run.getParams().getParamsKeys()) {
            more.put(key, run.getParams().getParam(key));
            values.append(values.isEmpty() ? "" : " ").append(key).append('=').append(run.getParams().getParam(key));
        }
        if (!values.isEmpty()) {
            more.put(Result.VARIANT, values.toString());
        }
        more.put("score", score);
        more.put("scoreError", run.getPrimaryResult().getScoreError());
        more.put("unit", run.getPrimaryResult().getScoreUnit());
        final double perSecond;
        if (Mode.Throughput == mode) {
            perSecond = score * NANOS_PER_SECOND / unitNs;
        } else if (Mode.SingleShotTime == mode && run.getParams().getParam("keys") != null) {
            perSecond = Long.parseLong(run.getParams().getParam("keys")) * NANOS_PER_SECOND / (score * unitNs);
        } else {
            perSecond = NANOS_PER_SECOND / (score * unitNs);
        }
        final var allocated = run.getSecondaryResults().get("gc.alloc.rate.norm");
        return new Result(
            shortName(run.getParams().getBenchmark()),
            mode.shortLabel().toLowerCase(Locale.ROOT),
            null,
            perSecond,
            statistics.getN(),
            Mode.SampleTime == mode ? sampled(statistics, unitNs) : null,
            null == allocated ? null : Double.valueOf(allocated.getScore()),
            more);
    }

    private static Latency sampled(final Statistics statistics, final long unitNs) {
        return new Latency(
            Math.round(statistics.getPercentile(50) * unitNs), Math.round(statistics.getPercentile(90) * unitNs),
            Math.round(statistics.getPercentile(99) * unitNs), Math.round(statistics.getPercentile(99.9) * unitNs),
            Math.round(statistics.getPercentile(99.99) * unitNs), Math.round(statistics.getMax() * unitNs), List.of());
    }
}
