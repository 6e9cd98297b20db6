package io.cairn.engine.cli;

import io.cairn.engine.fuzz.FuzzTarget;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a person writes: lines of {@code kv batch} and {@code kv load} with their escapes, lists of members. First byte: which. What is wrong is
 * refused with a sentence, what is written is read back as it was.
 */
public final class LinesFuzz implements FuzzTarget {
    private static final int KINDS = 4;
    private static final int VALUE_BYTES_MAX = 1 << 12;

    /** For one thread. */
    public LinesFuzz() {
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
            seed(0, "put\tkey\\x00\\t\\n\\\\\tvalue"), seed(0, "cas\tk\ta\tb"), seed(0, "incr\tk\t-9223372036854775808"), seed(0, "scan\tp\t10"),
            seed(0, "get\tk"), seed(0, "del\tk"), seed(0, "nothing"), seed(0, "put\tk\\xF"), seed(0, "scan\t\t-1"),
            seed(1, "a\tb\nc\n\n\\x41\td\\q\nlast"), seed(2, "tab\tnew\nline\\ back\0\u00e9\u007f"),
            seed(3, "0=127.0.0.1:20000,1=[::1]:20010, 2=h:20020"), seed(3, "0=h:1"), seed(3, "0=h:1,0=h:2"), seed(3, "a=b"), seed(3, "0=:1"));
    }

    private static byte[] seed(final int kind, final String text) {
        return ((char)kind + text).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public long allocationMax(final int length) {
        // Lines are read ahead, and a scan keeps its rows.
        return (4L << 20) + ALLOCATION_PER_BYTE * length;
    }

    @Override
    public void accept(final byte[] input) {
        final byte[] rest = 0 == input.length ? input : Arrays.copyOfRange(input, 1, input.length);
        switch (0 == input.length ? 0 : (input[0] & 0xFF) % KINDS) {
            case 0 -> batch(rest);
            case 1 -> load(rest);
            case 2 -> escape(rest);
            default -> members(new String(rest, StandardCharsets.UTF_8));
        }
    }

    private static void batch(final byte[] line) {
        final BatchLine parsed = BatchLine.parse(line, VALUE_BYTES_MAX);
        if (BatchLine.State.ANSWERED == parsed.state()) {
            assertTrue(parsed.isFailure());
            assertTrue(Escapes.isUtf8(parsed.answer().toByteArray()));
        } else {
            assertTrue(parsed.requestLength() > 0);
        }
        if (parsed.writes()) {
            parsed.takeSerialOnly();
            parsed.onReply(0, 1, new UnsafeBuffer(new byte[0]), 0, 0);
        }
    }

    /** As a load reads its file. */
    private static void load(final byte[] file) {
        try (ByteLines lines = new ByteLines(new ByteArrayInputStream(file))) {
            final ByteArrayOutputStream joined = new ByteArrayOutputStream();
            while (lines.next()) {
                joined.write(lines.buffer(), lines.offset(), lines.length());
                joined.write('\n');
                assertArrayEquals(lines.toArray(), Arrays.copyOfRange(lines.buffer(), lines.offset(), lines.offset() + lines.length()));
                try {
                    Escapes.read(lines.buffer(), lines.offset(), lines.length());
                } catch (final IllegalArgumentException refused) {
                    assertTrue(refused.getMessage().contains("is no escape"));
                }
            }
            final byte[] whole = 0 == file.length || '\n' == file[file.length - 1] ? file : Arrays.copyOf(file, file.length + 1);
            if (whole.length > file.length) {
                whole[file.length] = '\n';
            }
            assertArrayEquals(whole, joined.toByteArray());
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private static void escape(final byte[] bytes) {
        final ByteArrayOutputStream written = new ByteArrayOutputStream();
        Escapes.write(bytes, 0, bytes.length, written);
        final byte[] text = written.toByteArray();
        assertTrue(Escapes.isUtf8(text));
        assertArrayEquals(bytes, Escapes.read(text, 0, text.length));
        final List<byte[]> fields = Escapes.fields(text);
        assertEquals(1, fields.size());
        assertArrayEquals(bytes, fields.get(0));
    }

    private static void members(final String text) {
        final Map<Integer, String> members;
        try {
            members = MemberList.parse(text);
        } catch (final IllegalArgumentException refused) {
            assertTrue(refused.getMessage().contains(" "));
            return;
        }
        final StringBuilder again = new StringBuilder();
        members.forEach((id, endpoint) -> again.append(again.isEmpty() ? "" : ",").append(id).append('=').append(endpoint));
        assertEquals(members, MemberList.parse(again.toString()));
    }
}
