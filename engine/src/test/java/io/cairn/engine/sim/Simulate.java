package io.cairn.engine.sim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Runs many seeds, or one: {@code --seed N}, {@code --seeds A..B}, {@code --minutes M} (from the first seed on, until the time is over),
 * {@code --trace} (prints the trace hash of each). Exit code 0 when every invariant held in all of them. With {@code --defects} it puts one
 * {@link Defect} after the other into the product (or, with {@code --defect PATTERN}, those whose names match), and the exit code is 0 when each was
 * caught, {@code --within} so many seeds where fewer are to be tried than each may take.
 */
public final class Simulate {
    private static final long NS_PER_MINUTE = 60_000_000_000L;

    private final Coverage coverage = new Coverage();
    private long first = 1;
    private long last = 100;
    private long untilNs = System.nanoTime() + Long.MAX_VALUE / 2;
    private boolean isTracing;
    private boolean isHunting;
    private String defectName;
    private int seedsMax = Integer.MAX_VALUE;
    private long failures;
    private long runs;
    private long operations;
    private long steps;
    private long simulatedNs;
    private long undecided;

    private Simulate() {
    }

    /**
     * Run them.
     *
     * @param args see above.
     */
    public static void main(final String[] args) {
        System.exit(execute(args) ? 0 : 1);
    }

    /**
     * The same without the end of the process.
     *
     * @param args see above.
     * @return true when each did what it must.
     */
    static boolean execute(final String[] args) {
        final Simulate command = new Simulate();
        if (!command.parse(args)) {
            System.err.println("usage: simulate [--seed N | --seeds A..B] [--minutes M] [--trace] | " +
                "--defects [--within SEEDS] | --defect PATTERN [--within SEEDS]");
            System.exit(2);
        }
        return command.isHunting ? command.hunt() : command.run();
    }

    /**
     * Run one seed.
     *
     * @param seed of the run.
     * @return null, or what did not hold.
     */
    public static String failure(final long seed) {
        try {
            new Simulation(seed).run();
            return null;
        } catch (final AssertionError ex) {
            return ex.getMessage();
        }
    }

    private boolean hunt() {
        final List<Defect> hunted = Defect.all().stream()
            .filter(defect -> null == defectName || defect.name().matches(defectName))
            .map(defect -> defect.within(seedsMax)).toList();
        if (hunted.isEmpty()) {
            System.err.println("no defect is called '" + defectName + "'");
            return false;
        }
        final long startNs = System.nanoTime();
        final List<Defects.Caught> caught = Collections.synchronizedList(new ArrayList<>());
        final boolean isEachCaught = new Defects(Defects.findRoot()).hunt(hunted, one -> {
            caught.add(one);
            System.out.println(one);
        });
        System.out.printf("%d of %d defects caught, in %.0f s%n",
            caught.stream().filter(Defects.Caught::isCaught).count(), hunted.size(), (System.nanoTime() - startNs) / 1e9);
        return isEachCaught;
    }

    private boolean parse(final String[] args) {
        try {
            for (int i = 0; i < args.length; i++) {
                switch (args[i]) {
                    case "--seed" -> {
                        first = Long.parseLong(args[++i]);
                        last = first;
                    }
                    case "--seeds" -> {
                        final String[] ends = args[++i].split("\\.\\.");
                        first = Long.parseLong(ends[0]);
                        last = Long.parseLong(ends[1]);
                    }
                    case "--minutes" -> {
                        untilNs = System.nanoTime() + (long)(Double.parseDouble(args[++i]) * NS_PER_MINUTE);
                        last = first == last ? Long.MAX_VALUE : last;
                    }
                    case "--trace" -> isTracing = true;
                    case "--defects" -> isHunting = true;
                    case "--defect" -> {
                        isHunting = true;
                        defectName = args[++i];
                    }
                    case "--within" -> seedsMax = Integer.parseInt(args[++i]);
                    default -> {
                        return false;
                    }
                }
            }
            return true;
        } catch (final IndexOutOfBoundsException | NumberFormatException ex) {
            return false;
        }
    }

    private boolean run() {
        final long startNs = System.nanoTime();
        for (long seed = first; seed <= last && System.nanoTime() - untilNs < 0; seed++) {
            runOne(seed);
        }
        final double seconds = (System.nanoTime() - startNs) / 1e9;
        System.out.printf(
            "%d seeds, %d failed, in %.1f s: %.2f seeds/s, %.1f simulated seconds per second, %.0f operations/s, %.0f steps/s; " +
                "histories of %d keys were too long to be judged%n%s%n",
            runs, failures, seconds, runs / seconds, simulatedNs / 1e9 / seconds, operations / seconds, steps / seconds, undecided, coverage);
        return 0 == failures;
    }

    private void runOne(final long seed) {
        final Simulation simulation = new Simulation(seed);
        try {
            simulation.run();
            if (isTracing) {
                System.out.println("seed " + seed + " trace " + Long.toHexString(simulation.trace()));
            }
        } catch (final AssertionError ex) {
            failures++;
            System.err.println(ex.getMessage());
            for (Throwable cause = ex.getCause(); null != cause; cause = cause.getCause()) {
                System.err.println(cause.getClass().getName());
                for (final StackTraceElement element : cause.getStackTrace()) {
                    System.err.println("    at " + element);
                }
            }
        }
        runs++;
        operations += simulation.operationCount();
        steps += simulation.stepCount();
        simulatedNs += simulation.simulatedNs();
        undecided += simulation.undecidedCount();
        coverage.addAll(simulation.coverage());
    }
}
