package io.cairn.engine.remote;

import io.cairn.engine.gateway.RequestEntry;
import io.cairn.engine.pipeline.EntryDescriptor;
import io.cairn.engine.pipeline.IngressDescriptor;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Requests of one client until they are answered, in the order in which they were made, encoded as they travel: what must be sent again after a
 * connection was lost is still here, byte for byte. A ring of bytes and a ring of what is known about each; nothing is allocated once it is made.
 * Owner: the thread of the client.
 *
 * <p>A request is WAITING until it is sent and after it was refused in a way that says that it was not logged; SENT on the present connection;
 * DONE once it is answered.
 */
final class RequestStore {
    static final byte DONE = 0;
    static final byte WAITING = 1;
    static final byte SENT = 2;

    private final UnsafeBuffer bytes;
    private final int capacity;
    private final int mask;
    private final long[] correlationIds;
    private final int[] offsets;
    private final long[] deadlinesNs;
    private final byte[] states;
    private final boolean[] attempted;
    private final boolean[] doomed;
    private final long[] sequenceOfSlot;
    private long head;
    private long tail;
    private int writeOffset;

    /**
     * @param lengthBytes of the ring of bytes, a power of two.
     * @param inFlightMax requests that the client leaves unanswered.
     */
    RequestStore(final int lengthBytes, final int inFlightMax) {
        capacity = lengthBytes;
        bytes = new UnsafeBuffer(BufferUtil.allocateDirectAligned(lengthBytes, 64));
        final int entries = BitUtil.findNextPositivePowerOfTwo(2 * inFlightMax);
        mask = entries - 1;
        correlationIds = new long[entries];
        offsets = new int[entries];
        deadlinesNs = new long[entries];
        states = new byte[entries];
        attempted = new boolean[entries];
        doomed = new boolean[entries];
        sequenceOfSlot = new long[inFlightMax];
    }

    /**
     * A request from the client's ring.
     *
     * @return false when there is no room.
     */
    boolean add(final int type, final int slot, final DirectBuffer ring, final int offset, final int length, final long deadlineNs) {
        final int payloadLength = length - IngressDescriptor.HEADER_LENGTH;
        final int entryLength = RequestEntry.alignedLength(payloadLength);
        final int at = allocate(entryLength);
        if (at < 0) {
            return false;
        }
        final long correlationId = IngressDescriptor.correlationId(ring, offset);
        RequestEntry.encodeHeader(
            bytes,
            at,
            correlationId,
            IngressDescriptor.payloadCrc(ring, offset),
            payloadLength,
            IngressDescriptor.flags(ring, offset),
            type);
        bytes.putBytes(at + RequestEntry.HEADER_LENGTH, ring, offset + IngressDescriptor.HEADER_LENGTH, payloadLength);
        final int entry = (int)tail & mask;
        correlationIds[entry] = correlationId;
        offsets[entry] = at;
        deadlinesNs[entry] = deadlineNs;
        states[entry] = WAITING;
        attempted[entry] = false;
        doomed[entry] = false;
        sequenceOfSlot[slot] = tail;
        tail++;
        writeOffset = at + entryLength;
        return true;
    }

    /** What was answered at the front gives its room back. An entry is never split: what does not fit the end goes to the start. */
    private int allocate(final int entryLength) {
        if (tail - head > mask) {
            return -1;
        }
        if (head == tail) {
            return entryLength <= capacity ? 0 : -1;
        }
        final int readOffset = offsets[(int)head & mask];
        if (writeOffset > readOffset) {
            if (entryLength <= capacity - writeOffset) {
                return writeOffset;
            }
            return entryLength < readOffset ? 0 : -1;
        }
        return entryLength < readOffset - writeOffset ? writeOffset : -1;
    }

    /** @return the request that waits for this answer, or −1. */
    long find(final long correlationId, final int slot) {
        if (slot >= sequenceOfSlot.length) {
            return -1;
        }
        final long sequence = sequenceOfSlot[slot];
        return sequence >= head && sequence < tail && correlationIds[(int)sequence & mask] == correlationId &&
            DONE != state(sequence) ? sequence : -1;
    }

    void done(final long sequence) {
        states[(int)sequence & mask] = DONE;
        while (head < tail && DONE == states[(int)head & mask]) {
            head++;
        }
    }

    void waits(final long sequence) {
        states[(int)sequence & mask] = WAITING;
    }

    void sent(final long sequence) {
        states[(int)sequence & mask] = SENT;
    }

    byte state(final long sequence) {
        return states[(int)sequence & mask];
    }

    /** It may have taken effect over a connection that is lost. */
    void attempted(final long sequence) {
        attempted[(int)sequence & mask] = true;
    }

    boolean isAttempted(final long sequence) {
        return attempted[(int)sequence & mask];
    }

    /** A command of its session before it was refused: it can only have been passed over, and must not be sent again. */
    void doom(final long sequence) {
        doomed[(int)sequence & mask] = true;
    }

    boolean isDoomed(final long sequence) {
        return doomed[(int)sequence & mask];
    }

    long head() {
        return head;
    }

    long tail() {
        return tail;
    }

    DirectBuffer bytes() {
        return bytes;
    }

    int offset(final long sequence) {
        return offsets[(int)sequence & mask];
    }

    int payloadLength(final long sequence) {
        return RequestEntry.length(bytes, offset(sequence));
    }

    int entryLength(final long sequence) {
        return RequestEntry.alignedLength(payloadLength(sequence));
    }

    int type(final long sequence) {
        return RequestEntry.type(bytes, offset(sequence));
    }

    long correlationId(final long sequence) {
        return correlationIds[(int)sequence & mask];
    }

    long deadlineNs(final long sequence) {
        return deadlinesNs[(int)sequence & mask];
    }

    boolean isSessionCommand(final long sequence) {
        return IngressDescriptor.COMMAND == type(sequence) && 0 != (RequestEntry.flags(bytes, offset(sequence)) & IngressDescriptor.FLAG_SESSION);
    }

    long sessionId(final long sequence) {
        return EntryDescriptor.sessionId(bytes, offset(sequence) + RequestEntry.HEADER_LENGTH);
    }

    long payloadLong(final long sequence) {
        return bytes.getLong(offset(sequence) + RequestEntry.HEADER_LENGTH);
    }
}
