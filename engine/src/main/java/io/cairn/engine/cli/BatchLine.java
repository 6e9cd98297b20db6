package io.cairn.engine.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import io.cairn.engine.client.ReplyStatus;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.Bytes;
import io.cairn.fsm.KeyValueCommands;
import io.cairn.fsm.KeyValueReplies;
import io.cairn.fsm.ScanRange;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One line of {@code kv batch}: what it asks, where it stands, and its answer. Owned by the thread that runs the batch.
 */
final class BatchLine {
    /** Where a line stands. */
    enum State {
        QUEUED, SENT, ANSWERED
    }

    /** What a line asks. */
    enum Verb {
        PUT(true, 2, 2), GET(false, 1, 1), DEL(true, 1, 1), CAS(true, 3, 3), INCR(true, 1, 2), SCAN(false, 1, 2), NONE(false, 0, 0);

        private final boolean writes;
        private final int argumentsMin;
        private final int argumentsMax;

        Verb(final boolean writes, final int argumentsMin, final int argumentsMax) {
            this.writes = writes;
            this.argumentsMin = argumentsMin;
            this.argumentsMax = argumentsMax;
        }
    }

    private static final Map<String, Verb> VERBS = Map.of(
        "put", Verb.PUT, "get", Verb.GET, "del", Verb.DEL, "delete", Verb.DEL, "cas", Verb.CAS, "incr", Verb.INCR, "scan", Verb.SCAN);
    private static final int TABLE = KeyValueCommands.DEFAULT_TABLE;
    private static final int SHOWN_BYTES_MAX = 40;
    private static final int NO_TABLE = Integer.MAX_VALUE;
    private static final KeyValueCommands ENCODER = new KeyValueCommands();
    private static final KeyValueReplies REPLIES = new KeyValueReplies();

    private final Verb verb;
    private final ExpandableArrayBuffer request = new ExpandableArrayBuffer(128);
    private final ByteArrayOutputStream answer = new ByteArrayOutputStream(64);
    private int requestLength;
    private byte[] prefix;
    private long rowsLeft;
    private long rows;
    private ByteArrayOutputStream rowFields;
    private State state = State.QUEUED;
    private boolean takesSerialOnly;
    private boolean isWrongByItself;
    private long serial;
    private long sentNs;

    private BatchLine(final Verb verb) {
        this.verb = verb;
    }

    /**
     * Reads a line.
     *
     * @param line          without its end.
     * @param valueBytesMax longest value.
     * @return the line; answered already where it is wrong by itself.
     */
    static BatchLine parse(final byte[] line, final int valueBytesMax) {
        int verbEnd = 0;
        while (verbEnd < line.length && line[verbEnd] != '\t') {
            verbEnd++;
        }
        final String word = new String(line, 0, verbEnd, StandardCharsets.UTF_8);
        final BatchLine parsed = new BatchLine(VERBS.getOrDefault(word, Verb.NONE));
        if (parsed.verb == Verb.NONE) {
            final String shown = Escapes.text(Arrays.copyOf(line, Math.min(verbEnd, SHOWN_BYTES_MAX))) + (verbEnd > SHOWN_BYTES_MAX ? "..." : "");
            parsed.error("BAD_REQUEST", "no command '" + shown + "': the first of the tab-separated fields is put, get, del, cas, incr or scan");
            return parsed;
        }
        try {
            parsed.encode(Escapes.fields(line), valueBytesMax);
        } catch (final IllegalArgumentException ex) {
            parsed.error("BAD_REQUEST", ex.getMessage());
        }
        return parsed;
    }

    private void encode(final List<byte[]> fields, final int valueBytesMax) {
        final int arguments = fields.size() - 1;
        if (arguments < verb.argumentsMin || arguments > verb.argumentsMax) {
            throw new IllegalArgumentException(
                "wrong number of fields: " + arguments + " behind " + new String(fields.get(0), StandardCharsets.UTF_8) + ", separated by tabs");
        }
        if (verb == Verb.SCAN) {
            prefix = fields.get(1);
            rowsLeft = arguments < 2 ? Long.MAX_VALUE : number(fields.get(2));
            encodeScan(new byte[0]);
            return;
        }
        final UnsafeBuffer key = new UnsafeBuffer(fields.get(1));
        int problem = KvLimits.ofKey(key.capacity());
        if (problem == ApplyStatus.OK && (verb == Verb.PUT || verb == Verb.CAS)) {
            for (int i = 2; i < fields.size(); i++) {
                problem = fields.get(i).length > valueBytesMax ? ApplyStatus.VALUE_TOO_LONG : problem;
            }
        }
        if (problem != ApplyStatus.OK) {
            error(ReplyStatus.name(problem), ReplyStatus.explain(problem));
            return;
        }
        final UnsafeBuffer value = new UnsafeBuffer(arguments > 1 ? fields.get(2) : new byte[0]);
        requestLength = switch (verb) {
            case PUT -> ENCODER.encodePut(request, 0, TABLE, key, 0, key.capacity(), value, 0, value.capacity(), 0);
            case GET -> ENCODER.encodeGet(request, 0, TABLE, key, 0, key.capacity());
            case DEL -> ENCODER.encodeDelete(request, 0, TABLE, key, 0, key.capacity());
            case INCR -> ENCODER.encodeIncrement(request, 0, TABLE, key, 0, key.capacity(), arguments > 1 ? number(fields.get(2)) : 1);
            default -> ENCODER.encodeCompareAndSet(
                request, 0, TABLE, bytes(key), bytes(value), bytes(new UnsafeBuffer(fields.get(3))), 0);
        };
    }

    private static Bytes bytes(final UnsafeBuffer buffer) {
        return new Bytes().wrap(buffer, 0, buffer.capacity());
    }

    private static long number(final byte[] field) {
        try {
            return Long.parseLong(new String(field, StandardCharsets.UTF_8));
        } catch (final NumberFormatException ex) {
            throw new IllegalArgumentException("'" + Escapes.text(field) + "' is not a decimal 64-bit integer", ex);
        }
    }

    private void encodeScan(final byte[] startAfter) {
        if (rowsLeft < 1) {
            throw new IllegalArgumentException("the limit of a scan is a number of rows from 1");
        }
        if (prefix.length > io.cairn.fsm.Limits.KEY_BYTES_MAX) {
            error(ReplyStatus.name(ApplyStatus.KEY_TOO_LONG), ReplyStatus.explain(ApplyStatus.KEY_TOO_LONG));
            return;
        }
        final ScanRange range = new ScanRange().rowsMax((int)Math.min(rowsLeft, Integer.MAX_VALUE));
        range.prefix().wrap(new UnsafeBuffer(prefix), 0, prefix.length);
        range.startAfter().wrap(new UnsafeBuffer(startAfter), 0, startAfter.length);
        requestLength = ENCODER.encodeScan(request, 0, TABLE, range);
    }

    /**
     * It was refused, but its serial must be taken, so that serials follow from the lines alone: a command takes it that changes nothing and whose
     * outcome is one that no other command of a batch has. Whoever sends the line again after a crash then learns from it that the line did not
     * take effect; and where the line had taken effect before this refusal, the session gives its first outcome instead.
     */
    void takeSerialOnly() {
        takesSerialOnly = true;
        isWrongByItself = state == State.ANSWERED && requestLength == 0;
        final UnsafeBuffer key = new UnsafeBuffer(new byte[1]);
        requestLength = ENCODER.encodeDelete(request, 0, NO_TABLE, key, 0, 1);
        state = State.QUEUED;
    }

    /**
     * Take the engine's answer.
     *
     * @param status of the reply.
     * @param index  of the reply.
     * @param buffer of the body.
     * @param offset of the body.
     * @param length of the body.
     */
    void onReply(final int status, final long index, final DirectBuffer buffer, final int offset, final int length) {
        if (takesSerialOnly && (isWrongByItself || status == ApplyStatus.UNKNOWN_TABLE)) {
            state = State.ANSWERED;
            return;
        }
        answer.reset();
        if (status == ApplyStatus.UNKNOWN_TABLE) {
            error("REFUSED", "the command was refused when it was sent first, nothing changed; send it with a new serial");
            return;
        }
        if (status < 0) {
            error(ReplyStatus.name(status), ReplyStatus.explain(status));
            return;
        }
        if (verb == Verb.INCR && length < Long.BYTES) {
            error("SESSION_MISMATCH", "another command had this serial before; send the lines that were sent first, or use a new session");
            return;
        }
        REPLIES.wrap(buffer, offset, length);
        switch (verb) {
            case GET -> answerValue(status);
            case INCR -> answer("VAL\t" + REPLIES.number());
            case CAS -> answer((status == ApplyStatus.OK ? "OK\tindex=" : "NO\tindex=") + index);
            case SCAN -> takeRows();
            default -> answer("OK\tindex=" + index);
        }
    }

    private void answerValue(final int status) {
        if (status == ApplyStatus.NOT_FOUND) {
            answer("NIL");
        } else {
            final byte[] value = REPLIES.value(new Bytes()).toArray();
            answer("VAL\t");
            Escapes.write(value, 0, value.length, answer);
        }
    }

    /** Rows that do not fit one reply come in several: the line goes back into the queue for the rest. */
    private void takeRows() {
        if (rowFields == null) {
            rowFields = new ByteArrayOutputStream(1024);
        }
        final Bytes field = new Bytes();
        byte[] key = null;
        while (REPLIES.nextRow()) {
            key = REPLIES.rowKey(field).toArray();
            final byte[] value = REPLIES.rowValue(field).toArray();
            rowFields.write('\t');
            Escapes.write(key, 0, key.length, rowFields);
            rowFields.write('\t');
            Escapes.write(value, 0, value.length, rowFields);
            rows++;
            rowsLeft--;
        }
        if (REPLIES.hasMore() && rowsLeft > 0 && key != null) {
            encodeScan(key);
            state = State.QUEUED;
        } else {
            answer("ROWS\t" + rows);
            answer.writeBytes(rowFields.toByteArray());
            rowFields = null;
        }
    }

    private void answer(final String text) {
        answer.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        state = State.ANSWERED;
    }

    void error(final String code, final String text) {
        answer.reset();
        answer("ERR\t" + code + "\t" + text.replaceAll("[\\t\\n\\r]+", " "));
    }

    void unknown() {
        answer.reset();
        answer("UNKNOWN\tserial=" + serial);
    }

    /** @return whether the answer is ERR or UNKNOWN. */
    boolean isFailure() {
        final byte[] bytes = answer.toByteArray();
        return bytes.length > 3 && (bytes[0] == 'E' || bytes[0] == 'U');
    }

    /** @return the answer, without an end of line. */
    ByteArrayOutputStream answer() {
        return answer;
    }

    /** @return whether it takes a serial. */
    boolean writes() {
        return verb.writes;
    }

    State state() {
        return state;
    }

    void answered() {
        state = State.ANSWERED;
    }

    void queued() {
        state = State.QUEUED;
    }

    void sent(final long nowNs) {
        state = State.SENT;
        sentNs = nowNs;
    }

    long sentNs() {
        return sentNs;
    }

    boolean takesSerialOnly() {
        return takesSerialOnly;
    }

    void serial(final long value) {
        serial = value;
    }

    long serial() {
        return serial;
    }

    DirectBuffer request() {
        return request;
    }

    int requestLength() {
        return requestLength;
    }
}
