package io.cairn.bench.report;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * One measured series: an operation driven in one way.
 *
 * @param operation                   what was done, such as {@code put}.
 * @param mode                        {@code open} or {@code closed}, or what a micro benchmark measured.
 * @param rate                        operations per second that were asked for; null in a closed loop.
 * @param achievedRate                operations per second that were answered.
 * @param count                       operations recorded.
 * @param latency                     distribution, or null where none was recorded.
 * @param allocatedBytesPerOperation  bytes on the Java heap, all threads together; null where it was not measured.
 * @param more                        further fields of the JSON, by name.
 */
public record Result(
    String operation,
    String mode,
    Long rate,
    double achievedRate,
    long count,
    Latency latency,
    Double allocatedBytesPerOperation,
    Map<String, Object> more) {

    /** Field of {@link #more} that tells series of one operation and mode apart, such as "while a snapshot runs". */
    public static final String VARIANT = "variant";

    /**
     * A name for tables and charts.
     *
     * @return operation, mode, and rate or window.
     */
    public String label() {
        final StringBuilder label = new StringBuilder(operation);
        if (null != rate) {
            label.append(", ").append(mode).append(' ').append(Figures.count(rate)).append("/s");
        } else if (more.get("inFlight") instanceof final Number inFlight) {
            label.append(", ").append(mode).append(' ').append(Figures.count(inFlight.longValue())).append(" in flight");
        } else if (!mode.isEmpty() && !isScored()) {
            label.append(", ").append(mode);
        }
        if (more.get(VARIANT) instanceof final String variant) {
            label.append(", ").append(variant);
        }
        return label.toString();
    }

    /**
     * Whether this is a score of a micro benchmark: a time or a rate with an error, no distribution of single operations.
     *
     * @return true for a score.
     */
    public boolean isScored() {
        return more.get("score") instanceof Number;
    }

    /**
     * Identity of the series across runs and documents.
     *
     * @return operation, mode and variant.
     */
    public String key() {
        return operation + '/' + mode + '/' + more.getOrDefault(VARIANT, "") + '/' + more.getOrDefault("inFlight", "");
    }

    /**
     * As in a document.
     *
     * @param isWithCurve whether the points of the chart are included.
     * @return a new map.
     */
    public Map<String, Object> toJson(final boolean isWithCurve) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("operation", operation);
        json.put("mode", mode);
        json.put("rate", rate);
        json.put("achievedRate", achievedRate);
        json.put("count", count);
        json.put("latencyNs", null == latency ? null : latency.toJson());
        json.put("allocatedBytesPerOperation", allocatedBytesPerOperation);
        json.putAll(more);
        if (isWithCurve && null != latency) {
            json.put("curve", latency.curve());
        }
        return json;
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @param json one item of {@code results}.
     * @return the series.
     */
    public static Result fromJson(final Map<String, Object> json) {
        final Map<String, Object> more = new LinkedHashMap<>(json);
        more.keySet().removeAll(new TreeMap<>(new Result("", "", null, 0, 0, null, null, Map.of()).toJson(false)).keySet());
        more.remove("curve");
        return new Result(
            String.valueOf(json.get("operation")),
            String.valueOf(json.getOrDefault("mode", "")),
            json.get("rate") instanceof final Number rate ? Long.valueOf(rate.longValue()) : null,
            json.get("achievedRate") instanceof final Number achieved ? achieved.doubleValue() : 0,
            json.get("count") instanceof final Number count ? count.longValue() : 0,
            json.get("latencyNs") instanceof final Map<?, ?> latency ? Latency.fromJson(Document.object(latency), json.get("curve")) : null,
            json.get("allocatedBytesPerOperation") instanceof final Number bytes ? Double.valueOf(bytes.doubleValue()) : null,
            more);
    }
}
