package io.cairn.bench.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Median, lowest and highest over the runs of one series, for each percentile and the rate.
 *
 * @param sample one of the results, for its names.
 * @param median by figure: the names of {@link Latency#KEYS}, and {@code achievedRate}.
 * @param min    by figure.
 * @param max    by figure.
 */
public record Summary(Result sample, Map<String, Double> median, Map<String, Double> min, Map<String, Double> max) {
    /** Name of the rate among the figures. */
    public static final String RATE = "achievedRate";

    /**
     * Summarises runs; a series is found again by its {@link Result#key}.
     *
     * @param runs results of each run.
     * @return one summary for each series, in the order of the first run.
     */
    public static List<Summary> of(final List<List<Result>> runs) {
        final Map<String, List<Result>> byKey = new LinkedHashMap<>();
        for (final List<Result> run : runs) {
            for (final Result result : run) {
                byKey.computeIfAbsent(result.key(), key -> new ArrayList<>()).add(result);
            }
        }
        final List<Summary> summaries = new ArrayList<>();
        byKey.values().forEach(series -> summaries.add(ofSeries(series)));
        return summaries;
    }

    private static Summary ofSeries(final List<Result> series) {
        final Map<String, Double> median = new LinkedHashMap<>();
        final Map<String, Double> min = new LinkedHashMap<>();
        final Map<String, Double> max = new LinkedHashMap<>();
        final Map<String, double[]> figures = new LinkedHashMap<>();
        if (series.stream().allMatch(result -> null != result.latency())) {
            for (int i = 0; i < Latency.KEYS.size(); i++) {
                final int figure = i;
                figures.put(Latency.KEYS.get(i), series.stream().mapToDouble(result -> result.latency().figures().get(figure)).toArray());
            }
        }
        figures.put(RATE, series.stream().mapToDouble(Result::achievedRate).toArray());
        figures.forEach((name, values) -> {
            Arrays.sort(values);
            median.put(name, medianOf(values));
            min.put(name, values[0]);
            max.put(name, values[values.length - 1]);
        });
        return new Summary(series.get(0), median, min, max);
    }

    /**
     * The middle of sorted values, or the mean of the two in the middle.
     *
     * @param sorted ascending, at least one.
     * @return the median.
     */
    public static double medianOf(final double[] sorted) {
        final int middle = sorted.length / 2;
        return 1 == sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("operation", sample.operation());
        json.put("mode", sample.mode());
        if (sample.more().containsKey(Result.VARIANT)) {
            json.put(Result.VARIANT, sample.more().get(Result.VARIANT));
        }
        json.put("median", median);
        json.put("min", min);
        json.put("max", max);
        return json;
    }
}
