package io.cairn.bench.load;

import org.HdrHistogram.Histogram;

/**
 * Latencies of one phase, one pre-sized histogram for each operation: recording never allocates. Values above the highest trackable one are recorded
 * as that one, and counted.
 *
 * <p>Owned by the generator's thread.
 */
public final class LatencyRecorder {
    /** Longest latency that is told apart from longer ones: ten minutes. */
    public static final long HIGHEST_NS = 600_000_000_000L;
    /** Significant decimal digits of every recorded value. */
    public static final int DIGITS = 3;

    private final Histogram[] histograms = new Histogram[Operation.COUNT];
    private long failed;
    private long clamped;

    /** Allocates all histograms. */
    public LatencyRecorder() {
        for (int i = 0; i < histograms.length; i++) {
            histograms[i] = newHistogram();
        }
    }

    /**
     * A histogram of the shape used everywhere in this package: nanoseconds, three digits, fixed size.
     *
     * @return an empty histogram.
     */
    public static Histogram newHistogram() {
        return new Histogram(1, HIGHEST_NS, DIGITS);
    }

    void record(final int operation, final long latencyNs) {
        if (latencyNs > HIGHEST_NS) {
            clamped++;
            histograms[operation].recordValue(HIGHEST_NS);
        } else {
            histograms[operation].recordValue(Math.max(0, latencyNs));
        }
    }

    void failed() {
        failed++;
    }

    /**
     * The histogram of an operation.
     *
     * @param operation one of {@link Operation}.
     * @return live: it changes with the next recording.
     */
    public Histogram histogram(final int operation) {
        return histograms[operation];
    }

    /**
     * Number of answers that were errors; they are not in any histogram.
     *
     * @return since the last {@link #reset}.
     */
    public long failedCount() {
        return failed;
    }

    /**
     * Number of latencies over {@link #HIGHEST_NS}.
     *
     * @return since the last {@link #reset}.
     */
    public long clampedCount() {
        return clamped;
    }

    /** Forgets all that was recorded. */
    public void reset() {
        for (final Histogram histogram : histograms) {
            histogram.reset();
        }
        failed = 0;
        clamped = 0;
    }
}
