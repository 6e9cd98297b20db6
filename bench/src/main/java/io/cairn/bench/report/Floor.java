package io.cairn.bench.report;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the machine itself needs for something, measured in the same run.
 *
 * @param name    {@code ringRoundTrip}, {@code aeronRoundTrip}, {@code force} or {@code jitter}.
 * @param latency distribution.
 * @param more    further fields of the JSON, by name.
 */
public record Floor(String name, Latency latency, Map<String, Object> more) {
    /** Two threads, two rings, there and back. */
    public static final String RING_ROUND_TRIP = "ringRoundTrip";
    /** A message through Aeron alone, there and back. */
    public static final String AERON_ROUND_TRIP = "aeronRoundTrip";
    /** One record made durable by the fastest method. */
    public static final String FORCE = "force";
    /** One record made durable by a majority of several threads that force at the same time. */
    public static final String FORCES_TOGETHER = "forcesTogether";
    /** A spinning thread kept from running. */
    public static final String JITTER = "jitter";

    /**
     * A name for tables and charts.
     *
     * @return what was measured, in words.
     */
    public String label() {
        return switch (name) {
            case RING_ROUND_TRIP -> "ring round trip";
            case AERON_ROUND_TRIP -> "Aeron round trip (" + more.get("transport") + ")";
            case FORCE -> more.get("method") instanceof final String method ? "force (" + method + ")" : "force";
            case FORCES_TOGETHER -> "force, " + more.get("threads") + " at once";
            case JITTER -> "machine's jitter";
            default -> name;
        };
    }

    /**
     * As in a document.
     *
     * @return a new map.
     */
    public Map<String, Object> toJson() {
        final Map<String, Object> json = latency.toJson();
        json.putAll(more);
        json.put("curve", latency.curve());
        return json;
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @param name of the floor.
     * @param json its value.
     * @return the floor.
     */
    public static Floor fromJson(final String name, final Map<String, Object> json) {
        final Map<String, Object> more = new LinkedHashMap<>(json);
        more.keySet().removeAll(Latency.KEYS);
        more.remove("curve");
        return new Floor(name, Latency.fromJson(json, json.get("curve")), more);
    }
}
