package io.cairn.engine.embedded;

import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.ReplyHandler;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.pipeline.ClientChannel;
import io.cairn.engine.pipeline.EntryDescriptor;
import io.cairn.engine.pipeline.IngressDescriptor;
import io.cairn.engine.pipeline.ReplyDescriptor;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.Bytes;
import io.cairn.fsm.KeyValueCommands;
import io.cairn.fsm.Limits;
import io.cairn.fsm.ScanRange;
import io.cairn.wal.layout.Crc32c;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.ControlledMessageHandler;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;

import java.util.Arrays;
import java.util.function.BooleanSupplier;

/**
 * A client inside the engine's process: writes into the ingress ring, reads its own reply ring. Allocation-free in steady state.
 *
 * <p>A correlation id is a counter with, in its low bits, the slot of the window that the request holds until it is answered; the slot
 * remembers the serial. Refusals overtake outcomes, so ids alone would not stay within a window of each other.
 *
 * <p>Each answer's room in the ring is given back before the next is handed over, not at the end of a batch: a handler that asks again from
 * within gets its answers while the batch goes on, and the window promises room for no more than one window of them.
 */
public final class EmbeddedClient implements AsyncKeyValue, ControlledMessageHandler {
    private static final int NO_FLAGS = 0;
    private static final int NO_INDEX = -1;
    private static final long ANSWERED = -1;
    private static final int SLOT_BITS = 20;
    private static final int SLOT_MASK = (1 << SLOT_BITS) - 1;

    private final ManyToOneRingBuffer ingress;
    private final ClientChannel channel;
    private final BooleanSupplier isOpen;
    private final BooleanSupplier hasEnded;
    private final Runnable onIngress;
    private final Runnable driver;
    private final Runnable onClose;
    private final int inFlightMax;
    private final int requestBytesMax;
    private final long[] serials;
    private final long[] outstanding;
    private final int[] freeSlots;
    private final KeyValueCommands commands = new KeyValueCommands();
    private final MutableDirectBuffer scratch = new ExpandableArrayBuffer(512);

    private SessionIdentity session;
    private ReplyHandler handler;
    private long nextSequence;
    private int inFlight;
    private boolean closed;

    /**
     * @param link    where requests and replies travel, and how to reach the engine.
     * @param session null for commands that need not be exactly-once.
     */
    public EmbeddedClient(final ClientLink link, final SessionIdentity session) {
        this.ingress = link.ingress();
        this.channel = link.channel();
        this.isOpen = link.isOpen();
        this.hasEnded = link.hasEnded();
        this.onIngress = link.onIngress();
        this.driver = link.driver();
        this.onClose = link.onClose();
        this.session = session;
        this.inFlightMax = link.inFlightMax();
        this.requestBytesMax = ingress.maxMsgLength() - IngressDescriptor.HEADER_LENGTH - EntryDescriptor.SESSION_HEADER_LENGTH;
        this.serials = new long[inFlightMax];
        this.outstanding = new long[inFlightMax];
        Arrays.fill(outstanding, ANSWERED);
        this.freeSlots = new int[inFlightMax];
        for (int i = 0; i < inFlightMax; i++) {
            freeSlots[i] = i;
        }
    }

    /** @return the session, or null. */
    public SessionIdentity session() {
        return session;
    }

    /**
     * Goes on in another session, or in none. Requests in flight stay in the one that they were made in.
     *
     * @param value the session of the commands that follow, or null.
     */
    public void session(final SessionIdentity value) {
        Arrays.fill(serials, 0);
        session = value;
    }

    @Override
    public long put(
        final int tableId,
        final DirectBuffer key,
        final int keyOffset,
        final int keyLength,
        final DirectBuffer value,
        final int valueOffset,
        final int valueLength) {
        final int length = commands.encodePut(scratch, 0, tableId, key, keyOffset, keyLength, value, valueOffset, valueLength, 0);
        return command(scratch, 0, length);
    }

    @Override
    public long get(final int tableId, final DirectBuffer key, final int keyOffset, final int keyLength) {
        return query(scratch, 0, commands.encodeGet(scratch, 0, tableId, key, keyOffset, keyLength));
    }

    @Override
    public long delete(final int tableId, final DirectBuffer key, final int keyOffset, final int keyLength) {
        return command(scratch, 0, commands.encodeDelete(scratch, 0, tableId, key, keyOffset, keyLength));
    }

    @Override
    public long put(final int tableId, final Bytes key, final Bytes value, final long ttlMs) {
        return command(scratch, 0, commands.encodePut(
            scratch, 0, tableId, key.buffer(), key.offset(), key.length(), value.buffer(), value.offset(), value.length(), ttlMs));
    }

    @Override
    public long putIfAbsent(final int tableId, final Bytes key, final Bytes value, final long ttlMs) {
        return command(scratch, 0, commands.encodePutIfAbsent(
            scratch, 0, tableId, key.buffer(), key.offset(), key.length(), value.buffer(), value.offset(), value.length(), ttlMs));
    }

    @Override
    public long compareAndSet(final int tableId, final Bytes key, final Bytes expected, final Bytes value, final long ttlMs) {
        return command(scratch, 0, commands.encodeCompareAndSet(scratch, 0, tableId, key, expected, value, ttlMs));
    }

    @Override
    public long increment(final int tableId, final DirectBuffer key, final int keyOffset, final int keyLength, final long delta) {
        return command(scratch, 0, commands.encodeIncrement(scratch, 0, tableId, key, keyOffset, keyLength, delta));
    }

    @Override
    public long deleteRange(final int tableId, final Bytes from, final Bytes to, final int keysMax) {
        return command(scratch, 0, commands.encodeDeleteRange(
            scratch, 0, tableId, from.buffer(), from.offset(), from.length(), to.buffer(), to.offset(), to.length(), keysMax));
    }

    @Override
    public long scan(final int tableId, final ScanRange range) {
        return query(scratch, 0, commands.encodeScan(scratch, 0, tableId, range));
    }

    @Override
    public long createTable(final Bytes name) {
        return command(scratch, 0, commands.encodeCreateTable(scratch, 0, name.buffer(), name.offset(), name.length()));
    }

    @Override
    public long dropTable(final Bytes name) {
        return command(scratch, 0, commands.encodeDropTable(scratch, 0, name.buffer(), name.offset(), name.length()));
    }

    @Override
    public long tableByName(final Bytes name) {
        return query(scratch, 0, commands.encodeTableByName(scratch, 0, name.buffer(), name.offset(), name.length()));
    }

    @Override
    public long listTables() {
        return query(scratch, 0, commands.encodeListTables(scratch, 0, 0));
    }

    @Override
    public long command(final DirectBuffer command, final int offset, final int length) {
        if (null == session) {
            return request(IngressDescriptor.COMMAND, NO_FLAGS, command, offset, length);
        }
        if (session.nextSerial() - session.acknowledgedSerial() > Limits.SESSION_WINDOW_MAX) {
            // The session would refuse it: so many results wait for this client.
            channel.onBackPressured();
            return ReplyStatus.BACK_PRESSURED;
        }
        return sessionCommand(session.nextSerial(), command, offset, length);
    }

    /**
     * A command with a serial of the caller's choosing: what a client that came back after a crash sends again.
     *
     * @param serial  of the session.
     * @param command buffer of the command.
     * @param offset  of the command.
     * @param length  in bytes.
     * @return correlation id, or a negative status.
     */
    public long sessionCommand(final long serial, final DirectBuffer command, final int offset, final int length) {
        return sessionCommand(serial, session.acknowledgedSerial(), command, offset, length);
    }

    /**
     * A command with a serial of the caller's choosing, for one who passes results on and has them only once they arrived there.
     *
     * @param serial             of the session.
     * @param acknowledgedSerial results up to this serial need not be kept any more.
     * @param command            buffer of the command.
     * @param offset             of the command.
     * @param length             in bytes.
     * @return correlation id, or a negative status.
     */
    public long sessionCommand(
        final long serial, final long acknowledgedSerial, final DirectBuffer command, final int offset, final int length) {
        command.boundsCheck(offset, length);
        final int total = EntryDescriptor.SESSION_HEADER_LENGTH + length;
        final int claim = claim(IngressDescriptor.COMMAND, total);
        if (claim < 0) {
            return claim;
        }
        final AtomicBuffer buffer = ingress.buffer();
        final int payload = claim + IngressDescriptor.HEADER_LENGTH;
        EntryDescriptor.encodeSessionHeader(buffer, payload, session.sessionId(), serial, acknowledgedSerial);
        buffer.putBytes(payload + EntryDescriptor.SESSION_HEADER_LENGTH, command, offset, length);
        if (serial == session.nextSerial()) {
            session.takeSerial();
        }
        return commit(claim, IngressDescriptor.FLAG_SESSION, total, serial);
    }

    @Override
    public long query(final DirectBuffer query, final int offset, final int length) {
        return request(IngressDescriptor.QUERY, NO_FLAGS, query, offset, length);
    }

    /**
     * Opens a session; the answer's body is what the session table says.
     *
     * @param timeoutMs log time without a command after which it expires.
     * @param window    results it may leave unacknowledged.
     * @param name      bytes of its name; empty for none.
     * @return correlation id, or a negative status.
     */
    public long openSession(final long timeoutMs, final int window, final byte[] name) {
        final int length = EntryDescriptor.encodeOpen(scratch, 0, timeoutMs, window, name);
        return request(IngressDescriptor.OPEN_SESSION, NO_FLAGS, scratch, 0, length);
    }

    /**
     * Closes a session.
     *
     * @param sessionId its id.
     * @return correlation id, or a negative status.
     */
    public long closeSession(final long sessionId) {
        scratch.putLong(0, sessionId);
        return request(IngressDescriptor.CLOSE_SESSION, NO_FLAGS, scratch, 0, EntryDescriptor.CLOSE_LENGTH);
    }

    private long request(final int typeId, final int flags, final DirectBuffer payload, final int offset, final int length) {
        // An exception between claim and commit would leave a gap in the ring that nobody gets past.
        payload.boundsCheck(offset, length);
        final int claim = claim(typeId, length);
        if (claim < 0) {
            return claim;
        }
        ingress.buffer().putBytes(claim + IngressDescriptor.HEADER_LENGTH, payload, offset, length);
        return commit(claim, flags, length, 0);
    }

    private int claim(final int typeId, final int payloadLength) {
        if (closed || !isOpen.getAsBoolean()) {
            return ReplyStatus.CLOSED;
        }
        if (payloadLength > requestBytesMax) {
            return ReplyStatus.TOO_LARGE;
        }
        if (inFlight >= inFlightMax) {
            channel.onBackPressured();
            return ReplyStatus.BACK_PRESSURED;
        }
        final int claim = ingress.tryClaim(typeId, IngressDescriptor.HEADER_LENGTH + payloadLength);
        if (claim < 0) {
            channel.onBackPressured();
            return ReplyStatus.BACK_PRESSURED;
        }
        return claim;
    }

    private long commit(final int claim, final int flags, final int payloadLength, final long serial) {
        final AtomicBuffer buffer = ingress.buffer();
        final int slot = freeSlots[inFlight];
        final long correlationId = nextSequence++ << SLOT_BITS | slot;
        final int crc = Crc32c.compute(buffer, claim + IngressDescriptor.HEADER_LENGTH, payloadLength);
        IngressDescriptor.encodeHeader(buffer, claim, correlationId, channel.id(), crc, flags);
        serials[slot] = serial;
        outstanding[slot] = correlationId;
        inFlight++;
        ingress.commit(claim);
        onIngress.run();
        return correlationId;
    }

    @Override
    public int poll(final ReplyHandler replyHandler, final int limit) {
        // Looked at first: what the agents answered before they stopped is in the ring by then.
        final boolean isLast = hasEnded.getAsBoolean();
        driver.run();
        handler = replyHandler;
        final int count = channel.replies().controlledRead(this, limit);
        // A read that took nothing may only have come to the end of the ring, to go on at its start.
        return 0 == count && isLast && inFlight > 0 && 0 == channel.replies().size() ? answerUnknown(limit) : count;
    }

    /** The engine has stopped: nobody else will answer. */
    private int answerUnknown(final int limit) {
        int count = 0;
        for (int slot = 0; slot < inFlightMax && count < limit; slot++) {
            final long correlationId = outstanding[slot];
            if (ANSWERED != correlationId) {
                free(slot);
                count++;
                handler.onReply(correlationId, ReplyStatus.UNKNOWN, NO_INDEX, scratch, 0, 0);
            }
        }
        return count;
    }

    private void free(final int slot) {
        outstanding[slot] = ANSWERED;
        freeSlots[--inFlight] = slot;
    }

    @Override
    public Action onMessage(final int typeId, final MutableDirectBuffer buffer, final int offset, final int length) {
        final long correlationId = ReplyDescriptor.correlationId(buffer, offset);
        final long index = ReplyDescriptor.index(buffer, offset);
        final int status = ReplyDescriptor.status(buffer, offset);
        final int slot = (int)correlationId & SLOT_MASK;
        if (outstanding[slot] != correlationId) {
            // The engine failed, UNKNOWN was answered, and an agent got this far all the same.
            return Action.COMMIT;
        }
        free(slot);
        final long serial = serials[slot];
        serials[slot] = 0;
        // An unknown outcome uses its serial up: were the next command given it, it might be taken for a repetition.
        if (0 != serial && ReplyStatus.UNKNOWN != status) {
            if (isPassedOver(status, index)) {
                onNotExecuted(serial);
            } else {
                session.onExecuted(serial);
            }
        }
        handler.onReply(
            correlationId, status, index, buffer, offset + ReplyDescriptor.HEADER_LENGTH, length - ReplyDescriptor.HEADER_LENGTH);
        return Action.COMMIT;
    }

    /**
     * Whether a command of a session was not executed, so that its serial is used again.
     *
     * @param status of its answer.
     * @param index  of its answer.
     * @return true then.
     */
    public static boolean isPassedOver(final int status, final long index) {
        return ReplyStatus.UNKNOWN != status &&
            (index < 0 || ApplyStatus.SESSION_GAP == status || ApplyStatus.SESSION_WINDOW_EXCEEDED == status);
    }

    /**
     * The place in the window that a request holds until it is answered.
     *
     * @param correlationId of the request.
     * @return 0 to the window's length − 1.
     */
    public static int slotOf(final long correlationId) {
        return (int)correlationId & SLOT_MASK;
    }

    private void onNotExecuted(final long serial) {
        if (session.windBack(serial)) {
            for (int slot = 0; slot < inFlightMax; slot++) {
                if (serials[slot] > serial) {
                    serials[slot] = 0;
                }
            }
        }
    }

    @Override
    public int inFlight() {
        return inFlight;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            onClose.run();
        }
    }
}
