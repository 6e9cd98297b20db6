package io.cairn.bench.floor;

import io.cairn.bench.load.LatencyRecorder;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.NanoClock;

/**
 * How long the machine itself keeps a busy-spinning thread from running, as an operation arriving at a random moment would feel it.
 *
 * <p>The thread reads the clock without pause. Each gap between two readings is charged to every sampling moment that falls into it, one per
 * microsecond, from the moment to the end of the gap: the idea of jHiccup (Gil Tene), with a spinning thread instead of a sleeping one. Nothing of
 * Cairn runs meanwhile, so what shows here (interrupts, the hypervisor, other processes, safepoints) is the floor of every tail.
 */
public final class JitterMeter {
    static final long SAMPLE_INTERVAL_NS = 1_000;
    private static final long HICCUP_NS = 100_000;

    private final NanoClock clock;
    private final Histogram histogram = LatencyRecorder.newHistogram();
    private long hiccups;
    private long measuredNs;

    /**
     * A meter that has seen nothing yet.
     *
     * @param clock nanoseconds, monotonic.
     */
    public JitterMeter(final NanoClock clock) {
        this.clock = clock;
    }

    /**
     * Spins on the calling thread and adds what it sees.
     *
     * @param durationNs how long.
     */
    public void measure(final long durationNs) {
        final long startNs = clock.nanoTime();
        long previousNs = startNs;
        long nextSampleNs = startNs + SAMPLE_INTERVAL_NS;
        while (previousNs - startNs < durationNs) {
            final long nowNs = clock.nanoTime();
            if (nowNs - previousNs > HICCUP_NS) {
                hiccups++;
            }
            while (nextSampleNs <= nowNs) {
                histogram.recordValue(Math.min(nowNs - nextSampleNs, LatencyRecorder.HIGHEST_NS));
                nextSampleNs += SAMPLE_INTERVAL_NS;
            }
            previousNs = nowNs;
        }
        measuredNs += previousNs - startNs;
    }

    /**
     * All samples so far.
     *
     * @return nanoseconds.
     */
    public Histogram histogram() {
        return histogram;
    }

    /**
     * Gaps longer than 100 µs for each second measured.
     *
     * @return gaps per second.
     */
    public double hiccupsPerSecond() {
        return 0 == measuredNs ? 0 : hiccups * 1e9 / measuredNs;
    }
}
