package io.cairn.engine.cli;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The notation of {@code kv batch}: fields between tabs, bytes that would be mistaken for a tab, an end of line or an escape written as {@code \t},
 * {@code \n}, {@code \\} or {@code \xNN}. What is valid UTF-8 and printable stands for itself.
 */
final class Escapes {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private Escapes() {
    }

    /**
     * Splits a line at its tabs and reads the escapes of each field.
     *
     * @param line without its end.
     * @return the fields, at least one.
     * @throws IllegalArgumentException when an escape is none; the message says which.
     */
    static List<byte[]> fields(final byte[] line) {
        final List<byte[]> fields = new ArrayList<>(4);
        int start = 0;
        for (int i = 0; i <= line.length; i++) {
            if (i == line.length || line[i] == '\t') {
                fields.add(read(line, start, i - start));
                start = i + 1;
            }
        }
        return fields;
    }

    /**
     * Reads the escapes of a field.
     *
     * @param source of the field.
     * @param offset of the field.
     * @param length of the field in bytes.
     * @return what it stands for.
     * @throws IllegalArgumentException when an escape is none; the message says which.
     */
    static byte[] read(final byte[] source, final int offset, final int length) {
        final byte[] field = new byte[length];
        final int end = offset + length;
        int count = 0;
        int i = offset;
        while (i < end) {
            final byte value = source[i];
            if (value != '\\') {
                field[count++] = value;
                i++;
                continue;
            }
            final int letter = i + 1 < end ? source[i + 1] : -1;
            switch (letter) {
                case 't' -> field[count++] = '\t';
                case 'n' -> field[count++] = '\n';
                case '\\' -> field[count++] = '\\';
                case 'x' -> {
                    field[count++] = hex(source, i, end);
                    i += 2;
                }
                default -> throw unknown(source, i, Math.min(i + 2, end));
            }
            i += 2;
        }
        return count == length ? field : java.util.Arrays.copyOf(field, count);
    }

    private static byte hex(final byte[] source, final int start, final int end) {
        if (start + 4 > end) {
            throw unknown(source, start, end);
        }
        final int high = Character.digit(source[start + 2], 16);
        final int low = Character.digit(source[start + 3], 16);
        if (high < 0 || low < 0) {
            throw unknown(source, start, start + 4);
        }
        return (byte)(high << 4 | low);
    }

    private static IllegalArgumentException unknown(final byte[] source, final int start, final int end) {
        final ByteArrayOutputStream written = new ByteArrayOutputStream();
        write(source, start, end - start, written);
        return new IllegalArgumentException(
            "'" + written.toString(StandardCharsets.UTF_8) + "' is no escape: they are \\t, \\n, \\\\ and \\xNN");
    }

    /**
     * Writes a field.
     *
     * @param source of its bytes.
     * @param offset of the first.
     * @param length how many.
     * @param target to append to.
     */
    static void write(final byte[] source, final int offset, final int length, final ByteArrayOutputStream target) {
        final boolean isText = isUtf8(source, offset, length);
        for (int i = offset; i < offset + length; i++) {
            final byte value = source[i];
            if (value == '\t') {
                escape('t', target);
            } else if (value == '\n') {
                escape('n', target);
            } else if (value == '\\') {
                escape('\\', target);
            } else if (value >= 0 && value < ' ' || value == 0x7F || value < 0 && !isText) {
                escape('x', target);
                target.write(HEX[value >> 4 & 0xF]);
                target.write(HEX[value & 0xF]);
            } else {
                target.write(value);
            }
        }
    }

    private static void escape(final char letter, final ByteArrayOutputStream target) {
        target.write('\\');
        target.write(letter);
    }

    /**
     * Writes a field as text.
     *
     * @param bytes of the field.
     * @return the notation.
     */
    static String text(final byte[] bytes) {
        final ByteArrayOutputStream target = new ByteArrayOutputStream(bytes.length + 8);
        write(bytes, 0, bytes.length, target);
        return target.toString(StandardCharsets.UTF_8);
    }

    static boolean isUtf8(final byte[] source) {
        return isUtf8(source, 0, source.length);
    }

    private static boolean isUtf8(final byte[] source, final int offset, final int length) {
        int i = offset;
        while (i < offset + length && source[i] >= 0) {
            i++;
        }
        if (i == offset + length) {
            return true;
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(source, offset, length));
            return true;
        } catch (final CharacterCodingException ex) {
            return false;
        }
    }
}
