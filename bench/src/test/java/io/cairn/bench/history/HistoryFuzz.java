package io.cairn.bench.history;

import io.cairn.bench.report.JsonReader;
import io.cairn.engine.fuzz.FuzzTarget;
import io.cairn.engine.history.Operation;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Histories as JSON lines: refused with the number of the line, or operations that say the same when they are written and read again. What is read as
 * a number is one by RFC 8259.
 */
public final class HistoryFuzz implements FuzzTarget {
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    /** For one thread. */
    public HistoryFuzz() {
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
            seed(HistoryFile.header() + "\n" +
                "{\"process\":1,\"op\":\"put\",\"key\":\"k\",\"value\":\"v\",\"start\":1,\"end\":2,\"outcome\":\"ok\"}\n" +
                "{\"process\":2,\"op\":\"get\",\"key\":\"k\",\"start\":1,\"end\":5,\"result\":null}\n"),
            seed("{\"op\":\"cas\",\"key\":\"\\u0041\\n\",\"expected\":null,\"value\":\"v\",\"start\":1,\"end\":2,\"success\":true}\n" +
                "{\"op\":\"incr\",\"key\":\"k\",\"delta\":-3,\"start\":9,\"end\":12,\"result\":-9223372036854775808,\"outcome\":\"ok\"}"),
            seed("{\"op\":\"delete\",\"key\":\"k\",\"start\":1,\"outcome\":\"unknown\"}\n\n{\"format\":\"cairn-history\",\"version\":2}"),
            seed("[1,2.5e-3,-0,true,false,null,[[{}]],\"\\ud800\"]"), seed("01"), seed("\"\\u+123\""), seed("1e999"), seed("-"), seed("1.e5"));
    }

    private static byte[] seed(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void accept(final byte[] input) {
        final String text = new String(input, StandardCharsets.UTF_8);
        history(text);
        try {
            final Object value = JsonReader.read(text);
            if (value instanceof Number) {
                assertTrue(NUMBER.matcher(text.strip()).matches(), "a number that is none by RFC 8259");
            }
        } catch (final IllegalArgumentException refused) {
            assertTrue(refused.getMessage().contains("at character"));
        }
    }

    private static void history(final String text) {
        final List<Operation> operations;
        try {
            operations = HistoryFile.read(new StringReader(text));
        } catch (final IllegalArgumentException refused) {
            assertTrue(refused.getMessage().startsWith("line "), refused.getMessage());
            return;
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
        for (final Operation operation : operations) {
            try {
                assertEquals(HistoryFile.line(operation), HistoryFile.line(HistoryFile.read(new StringReader(HistoryFile.line(operation))).get(0)));
            } catch (final IOException ex) {
                throw new UncheckedIOException(ex);
            }
        }
    }
}
