package io.cairn.bench.load;

import org.HdrHistogram.Histogram;

import java.util.List;
import java.util.Map;

/**
 * What one phase has shown.
 *
 * @param histograms       latencies in nanoseconds by {@link Operation}; copies.
 * @param failed           answers that were errors.
 * @param tally            counters of the generator.
 * @param allocatedBytes   bytes allocated on the Java heap during the phase, by name of the thread.
 */
public record PhaseOutcome(List<Histogram> histograms, long failed, PhaseTally tally, Map<String, Long> allocatedBytes) {
    /**
     * Latencies of one operation.
     *
     * @param operation one of {@link Operation}.
     * @return its histogram.
     */
    public Histogram histogram(final int operation) {
        return histograms.get(operation);
    }
}
