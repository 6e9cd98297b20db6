package io.cairn.engine.sim;

import io.cairn.engine.cli.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;

/**
 * {@code cairn-bench simulate}: whole clusters under every fault, from one seed each. It is here, in the tests of the engine, since what it runs is.
 */
@Command(
    name = "simulate",
    description = {
        "Simulates whole clusters with their clients under every fault that docs/proof.md names, each from one seed, and checks what must hold. "
            + "Exit code 1 when an invariant broke: what it prints then runs the same again."
    })
public final class SimulateCommand implements Callable<Integer> {
    private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");
    private static final int FAILURES_MAX = 20;
    private static final int SHOWN_MAX = 200;

    @Spec
    private CommandSpec spec;

    @Option(names = "--seed", paramLabel = "N", description = "One seed. When it fails, the faults are reduced to those that matter.")
    private Long seed;

    @Option(names = "--seeds", paramLabel = "A..B", defaultValue = "1..100", description = "Seeds from A to B (default: ${DEFAULT-VALUE}).")
    private String seeds;

    @Option(names = "--minutes", paramLabel = "M", description = "As many seeds as the time allows, from the first of --seeds on.")
    private double minutes;

    @Option(names = "--threads", paramLabel = "N", description = "Simulations at a time (default: one for each core).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--trace", description = "Print the hash of everything that happened, for each seed: equal wherever the same code runs.")
    private boolean trace;

    @Option(names = "--defects", description = "Put one known mistake after the other into the product: each must be caught.")
    private boolean defects;

    @Option(names = "--defect", paramLabel = "NAME", description = "Only this one.")
    private String defect;

    @Option(names = "--json", paramLabel = "FILE", description = "Write what came of it as JSON.")
    private Path json;

    @Option(names = "--shrink", paramLabel = "SECONDS", defaultValue = "60",
        description = "Time for reducing the faults of a --seed that fails, 0 for none (default: ${DEFAULT-VALUE}).")
    private double shrinkSeconds;

    @Option(names = "--without", paramLabel = "KINDS", description = "With --seed: kinds of faults that do not happen, such as loss,crash.")
    private String without;

    @Option(names = "--skip", paramLabel = "NUMBERS", description = "With --seed: numbers of scheduled faults that do not happen, such as 3,5-9.")
    private String skip;

    @Option(names = "--faults-from", paramLabel = "TIME", defaultValue = "0s", description = "With --seed: nothing happens before.")
    private String from;

    @Option(names = "--faults-until", paramLabel = "TIME", description = "With --seed: everything heals then.")
    private String until;

    @Option(names = "--clients", paramLabel = "N", defaultValue = "2147483647", description = "With --seed: most clients at work.")
    private int clients;

    private long first;
    private long last;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (defects || null != defect) {
            final List<String> args = null == defect ? List.of("--defects") : List.of("--defect", defect);
            return Simulate.execute(args.toArray(new String[0])) ? 0 : 1;
        }
        final Reduction reduction = parse();
        return null != seed ? runOne(reduction) : runMany();
    }

    private Reduction parse() {
        try {
            final String[] ends = seeds.split("\\.\\.", 2);
            first = Long.parseLong(ends[0]);
            last = minutes > 0 && 1 == first && "1..100".equals(seeds) ? Long.MAX_VALUE : Long.parseLong(ends[1]);
        } catch (final NumberFormatException | IndexOutOfBoundsException ex) {
            throw new ParameterException(spec.commandLine(), "--seeds must be like 1..100, not '" + seeds + "'");
        }
        if (threads < 1) {
            throw new ParameterException(spec.commandLine(), "--threads must be 1 or more, not " + threads);
        }
        final Reduction reduction;
        try {
            reduction = Reduction.NONE
                .withoutKinds(null == without ? Set.of() : Reduction.parseKinds(without))
                .skipping(null == skip ? Set.of() : Reduction.parseNumbers(skip))
                .between(Reduction.parseNs(from), null == until ? Long.MAX_VALUE : Reduction.parseNs(until))
                .clients(clients);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), String.valueOf(ex.getMessage()));
        }
        if (null == seed && !reduction.equals(Reduction.NONE)) {
            throw new ParameterException(spec.commandLine(), "faults are left out of one --seed, not of many");
        }
        return reduction;
    }

    private int runOne(final Reduction reduction) throws IOException {
        final PrintWriter out = spec.commandLine().getOut();
        out.println("seed " + seed + reduction.options());
        final Simulation simulation = new Simulation(seed, reduction);
        String failure = null;
        final long startNs = System.nanoTime();
        try {
            simulation.run();
            if (trace) {
                out.println("seed " + seed + " trace " + Long.toHexString(simulation.trace()));
            }
        } catch (final AssertionError ex) {
            failure = ex.getMessage();
            say(ex);
        }
        out.printf("%.1f s, %.1f simulated seconds, %d operations, %d steps%n%s%n", (System.nanoTime() - startNs) / 1e9,
            simulation.simulatedNs() / 1e9, simulation.operationCount(), simulation.stepCount(), simulation.coverage());
        Reduction least = reduction;
        if (null != failure && shrinkSeconds > 0) {
            final Shrinker shrinker = new Shrinker(less -> outcome(new Simulation(seed, less)), System::nanoTime, (long)(shrinkSeconds * 1e9));
            least = shrinker.shrink(reduction);
            out.println("reduced in " + shrinker.runCount() + " runs to\n  " + replay(seed, least) + "\n" + shrinker.failure());
        }
        out.flush();
        if (null != json) {
            final Json document = new Json().object().put("schemaVersion", 1).put("command", "simulate").put("first", seed).put("last", seed)
                .put("runs", 1).put("failed", null == failure ? 0 : 1).array("failures");
            if (null != failure) {
                document.object().put("seed", seed).put("failure", failure).put("again", replay(seed, least)).endObject();
            }
            write(document.endArray(), simulation.coverage());
        }
        return null == failure ? 0 : 1;
    }

    /** @return the command line that does the same again. */
    static String replay(final long seed, final Reduction reduction) {
        return "bench/bin/cairn-bench simulate --seed " + seed + reduction.options();
    }

    /** @return what comes of it. */
    static Shrinker.Outcome outcome(final Simulation simulation) {
        String failure = null;
        try {
            simulation.run();
        } catch (final AssertionError ex) {
            failure = ex.getMessage();
        }
        return new Shrinker.Outcome(failure, simulation.simulatedNs(), simulation.scheduledCount(), simulation.clientCount());
    }

    private int runMany() throws IOException, InterruptedException {
        final PrintWriter out = spec.commandLine().getOut();
        out.println("seeds " + first + (Long.MAX_VALUE == last ? " and on" : ".." + last) + ", " + threads + " at a time");
        out.flush();
        final Campaign campaign = new Campaign(first, last, threads, minutes, FAILURES_MAX);
        final boolean isShown = isTerminal();
        campaign.tracing().run(() -> {
            if (isShown) {
                final String text = campaign.toString();
                System.err.print("\r" + text.substring(0, Math.min(SHOWN_MAX, text.length())) + " ");
                System.err.flush();
            }
        });
        if (isShown) {
            System.err.println();
        }
        campaign.failures().values().forEach(this::say);
        if (trace) {
            campaign.traces().forEach((number, hash) -> out.println("seed " + number + " trace " + Long.toHexString(hash)));
        }
        out.println(campaign);
        out.println(campaign.coverage());
        out.flush();
        if (null != json) {
            write(campaign);
        }
        return campaign.failures().isEmpty() ? 0 : 1;
    }

    private void say(final AssertionError failure) {
        final PrintWriter err = spec.commandLine().getErr();
        err.println(failure.getMessage());
        for (Throwable cause = failure.getCause(); null != cause; cause = cause.getCause()) {
            err.println(cause.getClass().getName());
            for (final StackTraceElement element : cause.getStackTrace()) {
                err.println("    at " + element);
            }
        }
        err.flush();
    }

    private void write(final Campaign campaign) throws IOException {
        final Json document = new Json().object().put("schemaVersion", 1).put("command", "simulate").put("first", first).put("last", last)
            .put("threads", threads).put("runs", campaign.runs()).put("failed", campaign.failures().size())
            .put("seedsPerSecond", campaign.seedsPerSecond()).put("simulatedSecondsPerSecond", campaign.simulatedSecondsPerSecond())
            .put("operationsPerSecond", campaign.operationsPerSecond()).array("failures");
        for (final Map.Entry<Long, AssertionError> failed : campaign.failures().entrySet()) {
            document.object().put("seed", failed.getKey()).put("failure", failed.getValue().getMessage())
                .put("again", replay(failed.getKey(), Reduction.NONE)).endObject();
        }
        write(document.endArray(), campaign.coverage());
    }

    private void write(final Json document, final Coverage coverage) throws IOException {
        document.object("coverage");
        for (final Coverage.Event event : Coverage.Event.values()) {
            document.put(event.name().toLowerCase(Locale.ROOT), coverage.count(event));
        }
        document.endObject().endObject();
        try (PrintWriter file = new PrintWriter(Files.newBufferedWriter(json))) {
            document.drainTo(file);
        }
    }

    private static boolean isTerminal() {
        try {
            final String target = Files.readSymbolicLink(STANDARD_ERROR).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.startsWith("/dev/console");
        } catch (final IOException | UnsupportedOperationException ex) {
            return false;
        }
    }
}
