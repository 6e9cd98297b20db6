package io.cairn.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything one benchmark run has to say, in the shape of its JSON.
 *
 * @param command       which benchmark, such as {@code latency}.
 * @param profile       name of the configuration profile; null where no engine ran.
 * @param durability    {@code os}, {@code group} or {@code interval}; null where no engine ran.
 * @param configuration what was asked for, by name.
 * @param machine       where it ran, by name.
 * @param results       series over all runs together.
 * @param floors        what the machine itself can do.
 * @param runs          results of each run by itself.
 * @param more          further fields of the JSON, by name.
 */
public record Document(
    String command,
    String profile,
    String durability,
    Map<String, Object> configuration,
    Map<String, Object> machine,
    List<Result> results,
    List<Floor> floors,
    List<List<Result>> runs,
    Map<String, Object> more) {

    /** Version of the JSON; raised when a field changes its meaning. */
    public static final int SCHEMA_VERSION = 1;

    private static final List<String> OWN_FIELDS = List.of(
        "schemaVersion", "command", "profile", "durability", "configuration", "machine", "results", "floors", "runs", "summary");

    /**
     * The whole document.
     *
     * @return a new map, ready for {@link Json#write}.
     */
    public Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("schemaVersion", SCHEMA_VERSION);
        json.put("command", command);
        json.put("profile", profile);
        json.put("durability", durability);
        json.put("configuration", configuration);
        json.put("machine", machine);
        final List<Object> resultList = new ArrayList<>();
        results.forEach(result -> resultList.add(result.toJson(true)));
        json.put("results", resultList);
        final Map<String, Object> floorMap = new LinkedHashMap<>();
        floors.forEach(floor -> floorMap.put(floor.name(), floor.toJson()));
        json.put("floors", floorMap);
        final List<Object> runList = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            final List<Object> ofRun = new ArrayList<>();
            runs.get(i).forEach(result -> ofRun.add(result.toJson(false)));
            final Map<String, Object> run = new LinkedHashMap<>();
            run.put("run", i + 1);
            run.put("results", ofRun);
            runList.add(run);
        }
        json.put("runs", runList);
        json.put("summary", Summary.of(runs).stream().map(Summary::toJson).toList());
        json.putAll(more);
        return json;
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @param value as read by {@link JsonReader#read}.
     * @return the document.
     * @throws IllegalArgumentException if it is no benchmark document, or of a newer version.
     */
    public static Document fromJson(final Object value) {
        if (!(value instanceof final Map<?, ?> raw) || !(raw.get("schemaVersion") instanceof final Number version)) {
            throw new IllegalArgumentException("no benchmark document: field schemaVersion is missing");
        }
        if (version.longValue() > SCHEMA_VERSION) {
            throw new IllegalArgumentException(
                "schemaVersion " + version + " is newer than " + SCHEMA_VERSION + ", which is what this version reads");
        }
        final Map<String, Object> json = object(raw);
        final List<Result> results = results(json.get("results"));
        final List<Floor> floors = new ArrayList<>();
        if (json.get("floors") instanceof final Map<?, ?> floorMap) {
            object(floorMap).forEach((name, floor) -> {
                if (floor instanceof final Map<?, ?> fields) {
                    floors.add(Floor.fromJson(name, object(fields)));
                }
            });
        }
        final List<List<Result>> runs = new ArrayList<>();
        if (json.get("runs") instanceof final List<?> runList) {
            for (final Object run : runList) {
                if (run instanceof final Map<?, ?> fields) {
                    runs.add(results(fields.get("results")));
                }
            }
        }
        final Map<String, Object> more = new LinkedHashMap<>(json);
        more.keySet().removeAll(OWN_FIELDS);
        return new Document(
            text(json.get("command")),
            text(json.get("profile")),
            text(json.get("durability")),
            json.get("configuration") instanceof final Map<?, ?> configuration ? object(configuration) : Map.of(),
            json.get("machine") instanceof final Map<?, ?> machine ? object(machine) : Map.of(),
            results,
            floors,
            runs,
            more);
    }

    private static List<Result> results(final Object value) {
        final List<Result> results = new ArrayList<>();
        if (value instanceof final List<?> list) {
            for (final Object item : list) {
                if (item instanceof final Map<?, ?> fields) {
                    results.add(Result.fromJson(object(fields)));
                }
            }
        }
        return results;
    }

    private static String text(final Object value) {
        return null == value ? null : value.toString();
    }

    static Map<String, Object> object(final Map<?, ?> raw) {
        final Map<String, Object> object = new LinkedHashMap<>();
        raw.forEach((key, value) -> object.put(String.valueOf(key), value));
        return object;
    }

    /**
     * A floor by name.
     *
     * @param name one of the constants of {@link Floor}.
     * @return the floor, or null.
     */
    public Floor floor(final String name) {
        for (final Floor floor : floors) {
            if (floor.name().equals(name)) {
                return floor;
            }
        }
        return null;
    }
}
