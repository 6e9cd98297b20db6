package io.cairn.bench.history;

import io.cairn.bench.report.Json;
import io.cairn.bench.report.JsonReader;
import io.cairn.engine.history.Operation;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * JSON lines, one operation a line: {@code docs/formats/history.md}.
 */
public final class HistoryFile {
    /** Version of the format. */
    public static final int VERSION = 1;

    private static final String FORMAT = "cairn-history";

    private HistoryFile() {
    }

    /**
     * Reads a history.
     *
     * @param file of UTF-8 text.
     * @return its operations, in the order of the lines.
     * @throws IOException              when it cannot be read.
     * @throws IllegalArgumentException when a line is no operation, with its number.
     */
    public static List<Operation> read(final Path file) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            return read(lines);
        } catch (final MalformedInputException ex) {
            throw new IllegalArgumentException("not UTF-8 text", ex);
        }
    }

    /**
     * Reads a history.
     *
     * @param text lines.
     * @return its operations, in the order of the lines.
     * @throws IOException              when it cannot be read.
     * @throws IllegalArgumentException when a line is no operation, with its number.
     */
    public static List<Operation> read(final Reader text) throws IOException {
        final BufferedReader lines = text instanceof final BufferedReader buffered ? buffered : new BufferedReader(text);
        final List<Operation> operations = new ArrayList<>();
        int number = 0;
        for (String line = lines.readLine(); null != line; line = lines.readLine()) {
            number++;
            try {
                if (!line.isBlank()) {
                    final Map<?, ?> fields = object(line);
                    if (fields.containsKey("format")) {
                        checkFormat(fields);
                    } else {
                        operations.add(operation(fields));
                    }
                }
            } catch (final IllegalArgumentException ex) {
                throw new IllegalArgumentException("line " + number + ": " + ex.getMessage(), ex);
            }
        }
        return operations;
    }

    private static Map<?, ?> object(final String line) {
        if (JsonReader.read(line) instanceof final Map<?, ?> fields) {
            return fields;
        }
        throw new IllegalArgumentException("a JSON object is expected");
    }

    private static void checkFormat(final Map<?, ?> fields) {
        if (!FORMAT.equals(fields.get("format"))) {
            throw new IllegalArgumentException("format '" + fields.get("format") + "' is not " + FORMAT);
        }
        if (!(fields.get("version") instanceof final Long version) || version < 1) {
            throw new IllegalArgumentException("the version of the format is missing");
        }
        if (version > VERSION) {
            throw new IllegalArgumentException("version " + version + " of the format is newer than " + VERSION + ", which is what is read here");
        }
    }

    private static Operation operation(final Map<?, ?> fields) {
        final Operation.Kind kind = choice(fields, "op", Operation.Kind.class, null);
        final Operation.Outcome outcome = choice(fields, "outcome", Operation.Outcome.class, Operation.Outcome.OK);
        final boolean isAnswered = Operation.Outcome.OK == outcome;
        final long start = number(fields, "start", null);
        return new Operation(
            number(fields, "process", 0L), kind, text(fields, "key", true), text(fields, "expected", false),
            text(fields, "value", Operation.Kind.PUT == kind || Operation.Kind.CAS == kind),
            number(fields, "delta", Operation.Kind.INCR == kind ? null : 0L), start, number(fields, "end", isAnswered ? null : start), outcome,
            isAnswered ? result(fields, kind) : null, flag(fields));
    }

    private static String result(final Map<?, ?> fields, final Operation.Kind kind) {
        if ((Operation.Kind.GET == kind || Operation.Kind.INCR == kind) && !fields.containsKey("result")) {
            throw new IllegalArgumentException("field result is missing (null where the key was absent)");
        }
        final Object result = fields.get("result");
        return Operation.Kind.INCR == kind && result instanceof Long ? result.toString() : text(fields, "result", false);
    }

    private static <E extends Enum<E>> E choice(final Map<?, ?> fields, final String name, final Class<E> type, final E otherwise) {
        final Object value = fields.get(name);
        if (null == value && null != otherwise) {
            return otherwise;
        }
        final List<String> names = new ArrayList<>();
        for (final E constant : type.getEnumConstants()) {
            if (lower(constant).equals(value)) {
                return constant;
            }
            names.add(lower(constant));
        }
        throw new IllegalArgumentException("field " + name + " is " + value + ": it must be one of " + String.join(", ", names));
    }

    private static long number(final Map<?, ?> fields, final String name, final Long otherwise) {
        final Object value = fields.get(name);
        if (value instanceof final Long number) {
            return number;
        }
        if (null == value && null != otherwise) {
            return otherwise;
        }
        throw new IllegalArgumentException("field " + name + (null == value ? " is missing" : " is no whole number"));
    }

    private static String text(final Map<?, ?> fields, final String name, final boolean isNeeded) {
        final Object value = fields.get(name);
        if (value instanceof final String text) {
            return text;
        }
        if (null == value && !isNeeded) {
            return null;
        }
        throw new IllegalArgumentException("field " + name + (null == value ? " is missing" : " is no string"));
    }

    private static Boolean flag(final Map<?, ?> fields) {
        final Object value = fields.get("success");
        if (null == value || value instanceof Boolean) {
            return (Boolean) value;
        }
        throw new IllegalArgumentException("field success is neither true nor false");
    }

    private static String lower(final Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /**
     * The line that a file begins with.
     *
     * @return JSON without a line feed.
     */
    public static String header() {
        final Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("format", FORMAT);
        fields.put("version", VERSION);
        return Json.writeCompact(fields);
    }

    /**
     * One operation as fields.
     *
     * @param operation any.
     * @return what {@link #line} writes.
     */
    public static Map<String, Object> fields(final Operation operation) {
        final Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("process", operation.process());
        fields.put("op", lower(operation.kind()));
        fields.put("key", operation.key());
        switch (operation.kind()) {
            case PUT -> fields.put("value", operation.value());
            case CAS -> {
                fields.put("expected", operation.expected());
                fields.put("value", operation.value());
            }
            case INCR -> fields.put("delta", operation.delta());
            case GET, DELETE -> { }
            default -> throw new IllegalStateException("unknown kind " + operation.kind());
        }
        fields.put("start", operation.start());
        if (Operation.Outcome.UNKNOWN != operation.outcome()) {
            fields.put("end", operation.end());
        }
        if (Operation.Outcome.OK == operation.outcome()) {
            if (Operation.Kind.GET == operation.kind() || Operation.Kind.INCR == operation.kind()) {
                fields.put("result", operation.result());
            } else if (null != operation.success()) {
                fields.put("success", operation.success());
            }
        }
        fields.put("outcome", lower(operation.outcome()));
        return fields;
    }

    /**
     * One operation as a line.
     *
     * @param operation any.
     * @return JSON without a line feed.
     */
    public static String line(final Operation operation) {
        return Json.writeCompact(fields(operation));
    }
}
