package io.cairn.engine.sim;

import io.cairn.engine.StorageEngine;
import io.cairn.engine.client.ReplyHandler;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.embedded.EmbeddedClient;
import io.cairn.engine.embedded.SessionIdentity;
import io.cairn.engine.history.Operation;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.Bytes;
import io.cairn.fsm.KeyValueCommands;
import io.cairn.fsm.KeyValueReplies;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * One client with one operation under way: looks for the leader, opens or resumes its session, asks, asks again with the same serial when the answer
 * was lost, and writes down what it was told and when. Owner: one thread.
 */
final class SimulatedClient implements ReplyHandler {
    private static final int PLAIN_KEYS = 2;
    private static final int NUMBER_KEYS = 1;
    private static final long ANSWER_MAX_NS = 1_000_000_000L;
    private static final int WINDOW = 8;
    private static final int NONE = -1;

    private final int id;
    private final SplittableRandom random;
    private final LongSupplier clock;
    private final Coverage coverage;
    private final List<Operation> history;
    private final long sessionTimeoutMs;
    private final int readPercent;
    private final int strayPercent;
    private final long patienceNs;
    private final KeyValueCommands commands = new KeyValueCommands();
    private final KeyValueReplies replies = new KeyValueReplies();
    private final ExpandableArrayBuffer command = new ExpandableArrayBuffer(256);
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[8]);
    private final Bytes keyBytes = new Bytes();
    private final Bytes expectedBytes = new Bytes();
    private final Bytes valueBytes = new Bytes();

    private StorageEngine engine;
    private EmbeddedClient link;
    private int life;
    private long awaited = NONE;
    private long sinceNs;
    private boolean isOpening;

    private Operation.Kind kind;
    private String keyText;
    private String expected;
    private String value;
    private long startNs;
    private int commandLength;
    private long serial;
    private long sessionId;
    private boolean isSent;
    private String lastSeen;
    private int valueCount;
    private long acknowledgedCount;
    private boolean isStopped;

    SimulatedClient(
        final int id,
        final SplittableRandom random,
        final LongSupplier clock,
        final Coverage coverage,
        final List<Operation> history,
        final long sessionTimeoutMs) {
        this.id = id;
        this.random = random;
        this.clock = clock;
        this.coverage = coverage;
        this.history = history;
        this.sessionTimeoutMs = sessionTimeoutMs;
        readPercent = random.nextInt(100);
        strayPercent = random.nextInt(100);
        patienceNs = ANSWER_MAX_NS / 20 + random.nextLong(ANSWER_MAX_NS);
    }

    /** Operations that were answered. */
    long acknowledgedCount() {
        return acknowledgedCount;
    }

    /** Begin no further operation. */
    void stop() {
        isStopped = true;
    }

    boolean isIdle() {
        return null == kind;
    }

    /** The engine that it talks to is no more. */
    void onEngineGone(final StorageEngine gone) {
        if (engine == gone) {
            forget();
        }
    }

    private void forget() {
        engine = null;
        link = null;
        awaited = NONE;
        isOpening = false;
    }

    private void disconnect() {
        if (null != link) {
            link.close();
        }
        forget();
    }

    /** The client's process dies: its operation is never answered, its session is never closed. */
    void crash() {
        disconnect();
        if (null != kind) {
            giveUp();
        }
        life++;
        sessionId = 0;
    }

    private void giveUp() {
        coverage.add(Coverage.Event.OPERATION_UNKNOWN);
        if (isSent) {
            history.add(new Operation(id, kind, keyText, expected, value, 1, startNs, startNs, Operation.Outcome.UNKNOWN, null, null));
        }
        kind = null;
        serial = 0;
    }

    /** One step: connect, ask, or look for an answer. */
    void step(final List<StorageEngine> engines) {
        if (null == link) {
            if (!engines.isEmpty() && (!isStopped || null != kind)) {
                connect(engines);
            }
        } else if (NONE != awaited) {
            awaitAnswer();
        } else if (null == kind) {
            if (!isStopped) {
                begin();
            }
        } else if (Operation.Kind.GET != kind && null == link.session()) {
            open();
        } else {
            send();
        }
    }

    private void connect(final List<StorageEngine> engines) {
        StorageEngine chosen = engines.get(random.nextInt(engines.size()));
        for (final StorageEngine one : engines) {
            if (one.isLeader() && random.nextInt(100) >= strayPercent) {
                chosen = one;
            }
        }
        engine = chosen;
        link = (EmbeddedClient)engine.newClient();
    }

    private void awaitAnswer() {
        if (0 == link.poll(this, 1) && null != link && clock.getAsLong() - sinceNs > patienceNs) {
            disconnect();
        }
    }

    private void open() {
        isOpening = true;
        await(link.openSession(sessionTimeoutMs, WINDOW, ("client-" + id + "-" + life).getBytes(StandardCharsets.US_ASCII)));
    }

    private void await(final long correlationId) {
        if (correlationId >= 0) {
            awaited = correlationId;
            sinceNs = clock.getAsLong();
        } else if (ReplyStatus.BACK_PRESSURED != correlationId) {
            disconnect();
        }
    }

    private void begin() {
        final boolean isNumber = 0 == random.nextInt(3);
        keyText = isNumber ? "n" + random.nextInt(NUMBER_KEYS) : "k" + random.nextInt(PLAIN_KEYS);
        value = null;
        expected = null;
        final int choice = random.nextInt(10);
        if (random.nextInt(100) < readPercent) {
            kind = Operation.Kind.GET;
        } else if (isNumber) {
            kind = Operation.Kind.INCR;
        } else if (choice < 6 || null == lastSeen && choice < 9) {
            kind = Operation.Kind.PUT;
            value = "v" + id + "." + life + "." + ++valueCount;
        } else if (choice < 9) {
            kind = Operation.Kind.CAS;
            expected = lastSeen;
            value = "c" + id + "." + life + "." + ++valueCount;
        } else {
            kind = Operation.Kind.DELETE;
        }
        startNs = clock.getAsLong();
        isSent = false;
        encode();
        serial = 0;
    }

    private void encode() {
        final int keyLength = key.putStringWithoutLengthAscii(0, keyText);
        switch (kind) {
            case PUT -> {
                final UnsafeBuffer bytes = bytes(value);
                commandLength = commands.encodePut(command, 0, 0, key, 0, keyLength, bytes, 0, bytes.capacity(), 0);
            }
            case CAS -> {
                keyBytes.wrap(key, 0, keyLength);
                final UnsafeBuffer from = bytes(expected);
                final UnsafeBuffer to = bytes(value);
                commandLength = commands.encodeCompareAndSet(command, 0, 0, keyBytes, expectedBytes.wrap(from, 0, from.capacity()),
                    valueBytes.wrap(to, 0, to.capacity()), 0);
            }
            case DELETE -> commandLength = commands.encodeDelete(command, 0, 0, key, 0, keyLength);
            case INCR -> commandLength = commands.encodeIncrement(command, 0, 0, key, 0, keyLength, 1);
            default -> commandLength = commands.encodeGet(command, 0, 0, key, 0, keyLength);
        }
    }

    private static UnsafeBuffer bytes(final String text) {
        return new UnsafeBuffer(text.getBytes(StandardCharsets.US_ASCII));
    }

    private void send() {
        if (isSent) {
            coverage.add(Coverage.Event.OPERATION_RETRIED);
        }
        if (0 == serial && Operation.Kind.GET != kind) {
            serial = link.session().nextSerial();
        }
        final long correlationId = Operation.Kind.GET == kind ? link.query(command, 0, commandLength) :
            link.sessionCommand(serial, serial - 1, command, 0, commandLength);
        isSent |= correlationId >= 0;
        await(correlationId);
    }

    @Override
    public void onReply(
        final long correlationId, final int status, final long index, final DirectBuffer buffer, final int offset, final int length) {
        if (correlationId != awaited) {
            return;
        }
        awaited = NONE;
        if (ReplyStatus.UNKNOWN == status || ReplyStatus.NOT_LEADER == status || ReplyStatus.CLOSED == status ||
            ReplyStatus.NO_SPACE == status) {
            disconnect();
        } else if (isOpening) {
            onOpened(status, buffer, offset);
        } else if (ApplyStatus.SESSION_EXPIRED == status) {
            coverage.add(Coverage.Event.SESSION_EXPIRED);
            giveUp();
            life++;
            sessionId = 0;
            disconnect();
        } else {
            onAnswer(status, buffer, offset, length);
        }
    }

    private void onOpened(final int status, final DirectBuffer buffer, final int offset) {
        isOpening = false;
        if (status < 0) {
            throw new AssertionError("client " + id + " was refused a session: " + ReplyStatus.name(status));
        }
        final long lastSerial = buffer.getLong(offset + Long.BYTES);
        // A session of the same name may have been opened anew after an expiry, and the answer to that been lost.
        final boolean isResumed = ApplyStatus.SESSION_RESUMED == status && (0 == sessionId || buffer.getLong(offset) == sessionId);
        sessionId = buffer.getLong(offset);
        if (0 != serial) {
            if (isResumed && lastSerial != serial && lastSerial != serial - 1) {
                throw new AssertionError("client " + id + " is at serial " + serial + ", its session at " + lastSerial);
            }
            if (!isResumed) {
                // The session that it was asked in has expired, or was never there.
                if (isSent && serial > 1) {
                    coverage.add(Coverage.Event.SESSION_EXPIRED);
                }
                if (isSent) {
                    giveUp();
                } else {
                    serial = 0;
                }
            }
        }
        link.session(new SessionIdentity(sessionId, lastSerial + 1, isResumed));
    }

    private void onAnswer(final int status, final DirectBuffer buffer, final int offset, final int length) {
        if (status < 0) {
            throw new AssertionError("client " + id + " was refused " + kind + " " + keyText + ": " + ReplyStatus.name(status));
        }
        String result = null;
        Boolean success = null;
        switch (kind) {
            case GET -> {
                replies.wrap(buffer, offset, length);
                result = ApplyStatus.OK == status ? buffer.getStringWithoutLengthAscii(replies.valueOffset(), replies.valueLength()) : null;
                lastSeen = keyText.startsWith("k") && null != result ? result : lastSeen;
            }
            case INCR -> result = Long.toString(replies.wrap(buffer, offset, length).number());
            case CAS -> success = ApplyStatus.OK == status;
            case DELETE -> success = ApplyStatus.OK == status;
            default -> lastSeen = value;
        }
        history.add(new Operation(
            id, kind, keyText, expected, value, 1, startNs, clock.getAsLong(), Operation.Outcome.OK, result, success));
        kind = null;
        serial = 0;
        acknowledgedCount++;
        coverage.add(Coverage.Event.OPERATION_ACKNOWLEDGED);
    }

    @Override
    public String toString() {
        return "client " + id + (null == kind ? " idle" : " " + kind + " " + keyText) + ", serial " + serial + (null == link ? ", no link" : "") +
            (NONE == awaited ? "" : ", awaits since " + sinceNs / 1_000_000 + " ms") + ", " + acknowledgedCount + " acknowledged";
    }
}
