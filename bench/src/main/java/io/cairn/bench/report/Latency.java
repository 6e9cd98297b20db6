package io.cairn.bench.report;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A distribution reduced to what reports show: six percentiles in nanoseconds, and the curve between them for the chart.
 *
 * @param p50   median.
 * @param p90   90th percentile.
 * @param p99   99th percentile.
 * @param p999  99.9th percentile.
 * @param p9999 99.99th percentile.
 * @param max   longest.
 * @param curve points of {percentile, nanoseconds}, ascending; may be empty.
 */
public record Latency(long p50, long p90, long p99, long p999, long p9999, long max, List<List<Number>> curve) {
    /** Names of the percentiles in JSON, in their order. */
    public static final List<String> KEYS = List.of("p50", "p90", "p99", "p99.9", "p99.99", "max");

    private static final int TICKS_PER_HALF_DISTANCE = 6;

    /**
     * Reads a histogram.
     *
     * @param histogram of nanoseconds.
     * @return its percentiles; all 0 when it is empty.
     */
    public static Latency of(final Histogram histogram) {
        final List<List<Number>> curve = new ArrayList<>();
        for (final HistogramIterationValue value : histogram.percentiles(TICKS_PER_HALF_DISTANCE)) {
            curve.add(List.of(value.getPercentileLevelIteratedTo(), value.getValueIteratedTo()));
        }
        return new Latency(
            histogram.getValueAtPercentile(50),
            histogram.getValueAtPercentile(90),
            histogram.getValueAtPercentile(99),
            histogram.getValueAtPercentile(99.9),
            histogram.getValueAtPercentile(99.99),
            histogram.getMaxValue(),
            curve);
    }

    /**
     * The six figures in the order of {@link #KEYS}.
     *
     * @return nanoseconds.
     */
    public List<Long> figures() {
        return List.of(p50, p90, p99, p999, p9999, max);
    }

    /**
     * The six figures by name.
     *
     * @return a new map in the order of {@link #KEYS}.
     */
    public Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        final List<Long> figures = figures();
        for (int i = 0; i < KEYS.size(); i++) {
            json.put(KEYS.get(i), figures.get(i));
        }
        return json;
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @param json  the six figures.
     * @param curve the points, or null.
     * @return the distribution.
     * @throws IllegalArgumentException if a figure is missing.
     */
    public static Latency fromJson(final Map<String, Object> json, final Object curve) {
        final List<List<Number>> points = new ArrayList<>();
        if (curve instanceof final List<?> list) {
            for (final Object item : list) {
                if (item instanceof final List<?> pair && 2 == pair.size()
                    && pair.get(0) instanceof final Number percentile && pair.get(1) instanceof final Number valueNs) {
                    points.add(List.of(percentile, valueNs));
                }
            }
        }
        final long[] figures = new long[KEYS.size()];
        for (int i = 0; i < figures.length; i++) {
            if (!(json.get(KEYS.get(i)) instanceof final Number number)) {
                throw new IllegalArgumentException("percentile " + KEYS.get(i) + " is missing");
            }
            figures[i] = number.longValue();
        }
        return new Latency(figures[0], figures[1], figures[2], figures[3], figures[4], figures[5], points);
    }
}
