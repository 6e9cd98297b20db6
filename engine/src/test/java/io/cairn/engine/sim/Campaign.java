package io.cairn.engine.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Many seeds, on several threads: each runs one simulation after the other, which shares nothing with those of other threads.
 *
 * <p>Threads: {@link #run} by one; what it counts is guarded by this object.
 */
final class Campaign {
    private final long last;
    private final long deadlineNs;
    private final int workers;
    private final int failuresMax;
    private final AtomicLong next;
    private final Coverage coverage = new Coverage();
    private final TreeMap<Long, AssertionError> failures = new TreeMap<>();
    private final TreeMap<Long, Long> traces = new TreeMap<>();
    private final long startNs = System.nanoTime();
    private boolean isTracing;
    private Throwable broken;
    private long runs;
    private long operations;
    private long steps;
    private long simulatedNs;
    private long endNs;

    /**
     * @param first       seed.
     * @param last        seed.
     * @param workers     threads.
     * @param minutes     no seed is begun after, 0 for as long as it takes.
     * @param failuresMax no seed is begun when so many have failed.
     */
    Campaign(final long first, final long last, final int workers, final double minutes, final int failuresMax) {
        this.next = new AtomicLong(first);
        this.last = last;
        this.workers = workers;
        this.failuresMax = failuresMax;
        deadlineNs = minutes > 0 ? startNs + (long)(minutes * 60e9) : Long.MAX_VALUE;
    }

    /** Keep the trace of each run. */
    Campaign tracing() {
        isTracing = true;
        return this;
    }

    /**
     * Run them all.
     *
     * @param progress is told every now and then.
     * @return this.
     */
    Campaign run(final Runnable progress) throws InterruptedException {
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            final Thread thread = new Thread(this::work, "simulation-" + i);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
        for (final Thread thread : threads) {
            while (thread.isAlive()) {
                thread.join(500);
                progress.run();
            }
        }
        endNs = System.nanoTime();
        if (null != broken) {
            throw new IllegalStateException("a simulation could not be run: " + broken, broken);
        }
        return this;
    }

    private void work() {
        try {
            long seed = next.getAndIncrement();
            while (seed <= last && System.nanoTime() - deadlineNs < 0 && !isFailed()) {
                final Simulation simulation = new Simulation(seed);
                AssertionError failure = null;
                try {
                    simulation.run();
                } catch (final AssertionError ex) {
                    failure = ex;
                }
                done(seed, simulation, failure);
                seed = next.getAndIncrement();
            }
        } catch (final Throwable ex) {
            broken(ex);
        }
    }

    private synchronized void broken(final Throwable ex) {
        broken = null == broken ? ex : broken;
    }

    private synchronized boolean isFailed() {
        return failures.size() >= failuresMax || null != broken;
    }

    private synchronized void done(final long seed, final Simulation simulation, final AssertionError failure) {
        runs++;
        operations += simulation.operationCount();
        steps += simulation.stepCount();
        simulatedNs += simulation.simulatedNs();
        coverage.addAll(simulation.coverage());
        if (null != failure) {
            failures.put(seed, failure);
        } else if (isTracing) {
            traces.put(seed, simulation.trace());
        }
    }

    synchronized Coverage coverage() {
        return coverage;
    }

    synchronized TreeMap<Long, AssertionError> failures() {
        return failures;
    }

    synchronized TreeMap<Long, Long> traces() {
        return traces;
    }

    synchronized long runs() {
        return runs;
    }

    private double seconds() {
        return ((0 == endNs ? System.nanoTime() : endNs) - startNs) / 1e9;
    }

    synchronized double seedsPerSecond() {
        return runs / seconds();
    }

    synchronized double simulatedSecondsPerSecond() {
        return simulatedNs / 1e9 / seconds();
    }

    synchronized double operationsPerSecond() {
        return operations / seconds();
    }

    @Override
    public synchronized String toString() {
        return String.format(
            "%d seeds, %d failed, in %.1f s on %d threads: %.2f seeds/s, %.1f simulated seconds per second, %.0f operations/s, %.0f steps/s",
            runs, failures.size(), seconds(), workers, seedsPerSecond(), simulatedSecondsPerSecond(), operationsPerSecond(), steps / seconds());
    }
}
