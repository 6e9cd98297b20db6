package io.cairn.engine.sim;

import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.history.Operation;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.Bytes;
import io.cairn.fsm.KeyValueCommands;
import io.cairn.fsm.KeyValueReplies;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * Puts, gets, compare-and-sets, deletes and increments on a few keys, written down as a history. Owner: one thread.
 */
final class KeyValueWorkload implements Workload {
    private static final int PLAIN_KEYS = 2;
    private static final int NUMBER_KEYS = 1;
    private static final int PADDING_MAX = 600;

    private final int id;
    private final SplittableRandom random;
    private final LongSupplier clock;
    private final List<Operation> history;
    private final int readPercent;
    /** Long values fill segments, so that logs are released sooner. */
    private final String padding;
    /** Not of many: a member that cannot commit answers no read behind one that waits for a write. */
    private final boolean isReadingBack;
    private final KeyValueCommands commands = new KeyValueCommands();
    private final KeyValueReplies replies = new KeyValueReplies();
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[16]);
    private final Bytes keyBytes = new Bytes();
    private final Bytes expectedBytes = new Bytes();
    private final Bytes valueBytes = new Bytes();

    private Operation.Kind kind;
    private String keyText;
    private String expected;
    private String value;
    private long startNs;
    private String lastSeen;
    private int valueCount;
    private String readBackExpected;
    private String readBackResult;
    private boolean isReadBack;
    private boolean isWritten;

    KeyValueWorkload(final int id, final SplittableRandom random, final LongSupplier clock, final List<Operation> history) {
        this.id = id;
        this.random = random;
        this.clock = clock;
        this.history = history;
        readPercent = random.nextInt(100);
        isReadingBack = 0 == id && 0 == random.nextInt(4);
        padding = ".".repeat(0 == random.nextInt(3) ? PADDING_MAX / 4 + random.nextInt(PADDING_MAX) : 0);
    }

    @Override
    public void next(final int life) {
        final boolean isNumber = 0 == random.nextInt(3);
        keyText = isNumber ? "n" + random.nextInt(NUMBER_KEYS) : "k" + random.nextInt(PLAIN_KEYS);
        value = null;
        expected = null;
        final int choice = random.nextInt(10);
        if (random.nextInt(100) < readPercent) {
            kind = Operation.Kind.GET;
        } else if (isReadingBack && choice > 7) {
            // A key that nobody else writes.
            kind = Operation.Kind.PUT;
            keyText = "o" + id + "." + life;
            value = "v" + ++valueCount;
        } else if (isNumber) {
            kind = Operation.Kind.INCR;
        } else if (choice < 6 || null == lastSeen && choice < 9) {
            kind = Operation.Kind.PUT;
            value = "v" + id + "." + life + "." + ++valueCount + padding;
        } else if (choice < 9) {
            kind = Operation.Kind.CAS;
            expected = lastSeen;
            value = "c" + id + "." + life + "." + ++valueCount + padding;
        } else {
            kind = Operation.Kind.DELETE;
        }
        startNs = clock.getAsLong();
    }

    @Override
    public boolean isQuery() {
        return Operation.Kind.GET == kind;
    }

    @Override
    public int encode(final MutableDirectBuffer command) {
        final int keyLength = key.putStringWithoutLengthAscii(0, keyText);
        return switch (kind) {
            case PUT -> {
                final UnsafeBuffer bytes = bytes(value);
                yield commands.encodePut(command, 0, 0, key, 0, keyLength, bytes, 0, bytes.capacity(), 0);
            }
            case CAS -> {
                keyBytes.wrap(key, 0, keyLength);
                final UnsafeBuffer from = bytes(expected);
                final UnsafeBuffer to = bytes(value);
                yield commands.encodeCompareAndSet(command, 0, 0, keyBytes, expectedBytes.wrap(from, 0, from.capacity()),
                    valueBytes.wrap(to, 0, to.capacity()), 0);
            }
            case DELETE -> commands.encodeDelete(command, 0, 0, key, 0, keyLength);
            case INCR -> commands.encodeIncrement(command, 0, 0, key, 0, keyLength, 1);
            default -> commands.encodeGet(command, 0, 0, key, 0, keyLength);
        };
    }

    private static UnsafeBuffer bytes(final String text) {
        return new UnsafeBuffer(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void onAnswer(final long index, final int status, final DirectBuffer buffer, final int offset, final int length) {
        if (status < 0) {
            throw new AssertionError("client " + id + " was refused " + kind + " " + keyText + ": " + ReplyStatus.name(status));
        }
        String result = null;
        Boolean success = null;
        switch (kind) {
            case GET -> {
                result = ApplyStatus.OK == status ? text(buffer, offset, length) : null;
                lastSeen = keyText.startsWith("k") && null != result ? result : lastSeen;
            }
            case INCR -> result = Long.toString(replies.wrap(buffer, offset, length).number());
            case CAS -> success = ApplyStatus.OK == status;
            case DELETE -> success = ApplyStatus.OK == status;
            default -> {
                lastSeen = keyText.startsWith("k") ? value : lastSeen;
                isWritten = keyText.startsWith("o");
                judgeReadBack();
            }
        }
        history.add(new Operation(
            id, kind, keyText, expected, value, 1, startNs, clock.getAsLong(), Operation.Outcome.OK, result, success));
    }

    private String text(final DirectBuffer buffer, final int offset, final int length) {
        replies.wrap(buffer, offset, length);
        return buffer.getStringWithoutLengthAscii(replies.valueOffset(), replies.valueLength());
    }

    @Override
    public int encodeReadBack(final MutableDirectBuffer buffer) {
        if (Operation.Kind.PUT != kind || !keyText.startsWith("o")) {
            return 0;
        }
        readBackExpected = value;
        isReadBack = false;
        isWritten = false;
        return commands.encodeGet(buffer, 0, 0, key, 0, keyText.length());
    }

    @Override
    public void onReadBack(final int status, final DirectBuffer buffer, final int offset, final int length) {
        isReadBack = status >= 0;
        readBackResult = ApplyStatus.OK == status ? text(buffer, offset, length) : null;
        judgeReadBack();
    }

    private void judgeReadBack() {
        if (isReadBack && isWritten && !readBackExpected.equals(readBackResult)) {
            throw new AssertionError(
                "client " + id + " wrote " + readBackExpected + " and reads " + readBackResult + " right behind it, on the same connection");
        }
    }

    @Override
    public void onUnknown() {
        history.add(new Operation(id, kind, keyText, expected, value, 1, startNs, startNs, Operation.Outcome.UNKNOWN, null, null));
    }

    @Override
    public String toString() {
        return kind + " " + keyText;
    }
}
