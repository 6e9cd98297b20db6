package io.cairn.bench.report;

import java.util.List;
import java.util.Map;

/**
 * Writes plain Java values as JSON: maps (in their order), lists, strings, numbers, booleans and null; whole doubles without a fraction, others with
 * at most six decimal places. Reading is {@link JsonReader}.
 */
public final class Json {
    private static final String INDENT = "  ";

    private Json() {
    }

    /**
     * Writes a document, indented for people; lists of numbers stay on one line.
     *
     * @param value the document.
     * @return JSON text that ends with a line feed.
     */
    public static String write(final Object value) {
        final StringBuilder out = new StringBuilder(1 << 14);
        write(out, value, "\n", false);
        return out.append('\n').toString();
    }

    /**
     * Writes a document on one line.
     *
     * @param value the document.
     * @return JSON text without a line feed, safe inside an HTML script element.
     */
    public static String writeCompact(final Object value) {
        final StringBuilder out = new StringBuilder(1 << 14);
        write(out, value, "", true);
        return out.toString().replace("</", "<\\/").replace("<!--", "<\\u0021--");
    }

    private static void write(final StringBuilder out, final Object value, final String newLine, final boolean isCompact) {
        if (null == value) {
            out.append("null");
        } else if (value instanceof final Map<?, ?> map) {
            writeMap(out, map, newLine, isCompact);
        } else if (value instanceof final List<?> list) {
            writeList(out, list, newLine, isCompact);
        } else if (value instanceof final Number number) {
            writeNumber(out, number);
        } else if (value instanceof Boolean) {
            out.append(value);
        } else {
            writeString(out, value.toString());
        }
    }

    private static void writeMap(final StringBuilder out, final Map<?, ?> map, final String newLine, final boolean isCompact) {
        final String inner = isCompact ? "" : newLine + INDENT;
        String separator = "";
        out.append('{');
        for (final Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(separator).append(inner);
            writeString(out, String.valueOf(entry.getKey()));
            out.append(isCompact ? ":" : ": ");
            write(out, entry.getValue(), inner, isCompact);
            separator = ",";
        }
        if (!map.isEmpty()) {
            out.append(newLine);
        }
        out.append('}');
    }

    private static void writeList(final StringBuilder out, final List<?> list, final String newLine, final boolean isCompact) {
        final boolean isOneLine = isCompact || list.stream().allMatch(item -> item instanceof Number || isPair(item));
        final String inner = isOneLine ? "" : newLine + INDENT;
        String separator = "";
        out.append('[');
        for (final Object item : list) {
            out.append(separator).append(inner);
            write(out, item, inner, isOneLine);
            separator = isOneLine && !isCompact ? ", " : ",";
        }
        if (!list.isEmpty() && !isOneLine) {
            out.append(newLine);
        }
        out.append(']');
    }

    private static boolean isPair(final Object item) {
        return item instanceof final List<?> pair && 2 == pair.size() && pair.get(0) instanceof Number && pair.get(1) instanceof Number;
    }

    private static void writeNumber(final StringBuilder out, final Number number) {
        final double exact = number.doubleValue();
        final double value = Math.abs(exact) < 1e9 ? Math.round(exact * 1e6) / 1e6 : exact;
        if (number instanceof Long || number instanceof Integer || number instanceof Short || number instanceof Byte) {
            out.append(number.longValue());
        } else if (Double.isNaN(value) || Double.isInfinite(value)) {
            out.append("null");
        } else if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            out.append((long) value);
        } else {
            out.append(value);
        }
    }

    private static void writeString(final StringBuilder out, final String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ' || '\u2028' == c || '\u2029' == c) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
