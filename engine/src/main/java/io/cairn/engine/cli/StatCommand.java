package io.cairn.engine.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.status.CounterSample;
import io.cairn.engine.status.CountersView;
import io.cairn.engine.status.EngineCounter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * {@code cairn stat}: the live counters of another process, once or again and again.
 */
@Command(name = "stat", description = "Shows the live counters and the distinct errors of a node that runs in another process.")
final class StatCommand implements Runnable {
    @ParentCommand
    private CairnCommand root;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "DIR", description = "Data directory of the node, or its counters file.")
    private Path place;

    @Option(names = "--data-dir", paramLabel = "DIR", description = "The same as DIR.")
    private Path dataDir;

    @Option(names = "--watch", arity = "0..1", fallbackValue = "1", paramLabel = "SECONDS",
        description = "Show them again every SECONDS (default: ${FALLBACK-VALUE}), with rates.")
    private Double watchSeconds;

    @Option(names = "--count", paramLabel = "N", description = "Stop after N times (with --watch; default: never).")
    private Long count;

    @Option(names = "--traces", description = "Show the stack traces in the log of distinct errors.")
    private boolean traces;

    @Override
    public void run() {
        if ((place == null) == (dataDir == null)) {
            throw new ParameterException(spec.commandLine(), "name the data directory of the node, once");
        }
        if (watchSeconds != null && !(watchSeconds > 0 && watchSeconds <= 86_400)) {
            throw new ParameterException(spec.commandLine(), "--watch=" + watchSeconds + " is out of bounds; it takes seconds above 0 to 86400");
        }
        final Path named = place == null ? dataDir : place;
        final Path file = Files.isDirectory(named) ? named.resolve(ConfigKeys.COUNTERS_FILE.defaultValue()) : named;
        final StatReport report = new StatReport(traces);
        final long times = watchSeconds == null ? 1 : count == null ? Long.MAX_VALUE : count;
        for (long i = 0; i < times && !root.console().isGone(); i++) {
            if (i > 0) {
                pause();
            }
            // Opened each time, so that a node that started again is followed.
            try (CountersView view = CountersView.open(file)) {
                root.console().answer(root.isJson() ? report.json(view) : report.text(view, watchSeconds != null));
            }
        }
    }

    private void pause() {
        try {
            TimeUnit.NANOSECONDS.sleep((long)(watchSeconds * TimeUnit.SECONDS.toNanos(1)));
        } catch (final InterruptedException ex) {
            throw new CliFailure("interrupted");
        }
    }

    static double ratio(final List<CounterSample> samples, final EngineCounter dividend, final EngineCounter divisor) {
        return (double)value(samples, dividend) / value(samples, divisor);
    }

    static long value(final List<CounterSample> samples, final EngineCounter counter) {
        return samples.stream().filter(sample -> sample.counter() == counter).mapToLong(CounterSample::value).findFirst().orElse(0);
    }
}
