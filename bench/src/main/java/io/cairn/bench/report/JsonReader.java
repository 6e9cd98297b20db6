package io.cairn.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Reads JSON (RFC 8259) into maps, lists, strings, {@code Long} or {@code Double}, booleans and null. Anything else is refused with the position.
 */
public final class JsonReader {
    private static final int DEPTH_MAX = 64;
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    private final String text;
    private int position;
    private int depth;

    private JsonReader(final String text) {
        this.text = text;
    }

    /**
     * Reads one document.
     *
     * @param text JSON.
     * @return the value.
     * @throws IllegalArgumentException with the position, if the text is not JSON.
     */
    public static Object read(final String text) {
        final JsonReader reader = new JsonReader(text);
        final Object value = reader.value();
        reader.skipSpace();
        if (reader.position < text.length()) {
            throw reader.error("nothing more");
        }
        return value;
    }

    private Object value() {
        skipSpace();
        if (++depth > DEPTH_MAX) {
            throw error("less nesting");
        }
        final char c = peek();
        final Object value;
        if ('{' == c) {
            value = map();
        } else if ('[' == c) {
            value = list();
        } else if ('"' == c) {
            value = string();
        } else if ('-' == c || c >= '0' && c <= '9') {
            value = number();
        } else {
            value = word();
        }
        depth--;
        return value;
    }

    private Map<String, Object> map() {
        final Map<String, Object> map = new LinkedHashMap<>();
        expect('{');
        skipSpace();
        if ('}' == peek()) {
            position++;
            return map;
        }
        while (true) {
            skipSpace();
            final String key = string();
            skipSpace();
            expect(':');
            map.put(key, value());
            skipSpace();
            if (',' != peek()) {
                expect('}');
                return map;
            }
            position++;
        }
    }

    private List<Object> list() {
        final List<Object> list = new ArrayList<>();
        expect('[');
        skipSpace();
        if (']' == peek()) {
            position++;
            return list;
        }
        while (true) {
            list.add(value());
            skipSpace();
            if (',' != peek()) {
                expect(']');
                return list;
            }
            position++;
        }
    }

    private String string() {
        expect('"');
        final StringBuilder out = new StringBuilder();
        while (true) {
            final char c = next();
            if ('"' == c) {
                return out.toString();
            }
            if (c < ' ') {
                throw error("an escaped control character");
            }
            out.append('\\' == c ? escaped() : c);
        }
    }

    private char escaped() {
        final char c = next();
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'u' -> hexadecimal();
            default -> throw error("an escape");
        };
    }

    private char hexadecimal() {
        if (position + 4 > text.length()) {
            throw error("four hexadecimal digits");
        }
        int value = 0;
        for (int i = position; i < position + 4; i++) {
            final char c = text.charAt(i);
            // Only ASCII: Java also takes other digits, and a sign.
            final int digit = c < 0x80 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                throw error("four hexadecimal digits");
            }
            value = value << 4 | digit;
        }
        position += 4;
        return (char) value;
    }

    private Number number() {
        final int start = position;
        boolean isWhole = true;
        while (position < text.length() && "+-.eE0123456789".indexOf(text.charAt(position)) >= 0) {
            isWhole &= ".eE".indexOf(text.charAt(position)) < 0;
            position++;
        }
        final String digits = text.substring(start, position);
        if (!NUMBER.matcher(digits).matches()) {
            position = start;
            throw error("a number");
        }
        try {
            if (isWhole) {
                return Long.valueOf(digits);
            }
            return Double.valueOf(digits);
        } catch (final NumberFormatException ex) {
            position = start;
            throw error("a number of 64 bits");
        }
    }

    private Object word() {
        if (text.startsWith("true", position)) {
            position += 4;
            return Boolean.TRUE;
        }
        if (text.startsWith("false", position)) {
            position += 5;
            return Boolean.FALSE;
        }
        if (text.startsWith("null", position)) {
            position += 4;
            return null;
        }
        throw error("a value");
    }

    private void skipSpace() {
        while (position < text.length() && " \t\r\n".indexOf(text.charAt(position)) >= 0) {
            position++;
        }
    }

    private char peek() {
        if (position >= text.length()) {
            throw error("more text");
        }
        return text.charAt(position);
    }

    private char next() {
        final char c = peek();
        position++;
        return c;
    }

    private void expect(final char c) {
        if (c != peek()) {
            throw error("'" + c + "'");
        }
        position++;
    }

    private IllegalArgumentException error(final String expected) {
        return new IllegalArgumentException("not JSON: expected " + expected + " at character " + position);
    }
}
