package io.cairn.engine.pipeline;

import io.cairn.engine.client.EngineException;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A bounded table of clients. Registering and closing are control-path calls of any thread; looking up is done per message by Sequencer and
 * Applier. Ids are slots with a generation above them, so that a reply to a client that has left never reaches its successor.
 */
public final class ClientRegistry {
    private static final int SLOT_BITS = 10;
    private static final int SLOT_MASK = (1 << SLOT_BITS) - 1;
    private static final int SMALL_SLOT_BYTES = 128;

    private final AtomicReferenceArray<ClientChannel> channels;
    private final int replyRingBytes;
    private final boolean isOneWriter;
    private int generation;
    private long backPressuredBefore;

    /**
     * @param clientsMax     most clients at once, up to 1,024.
     * @param replyRingBytes size of each reply ring, a power of two.
     * @param isOneWriter    true when Sequencer and Applier share a thread: a ring for one writer is cheaper on both ends.
     */
    public ClientRegistry(final int clientsMax, final int replyRingBytes, final boolean isOneWriter) {
        if (clientsMax < 1 || clientsMax > 1 << SLOT_BITS) {
            throw new IllegalArgumentException("clients must be 1 to " + (1 << SLOT_BITS) + ": " + clientsMax);
        }
        this.channels = new AtomicReferenceArray<>(clientsMax);
        this.replyRingBytes = replyRingBytes;
        this.isOneWriter = isOneWriter;
    }

    /**
     * @param inFlightMax requests the client will keep in flight; their small replies always find room.
     * @return a new channel.
     * @throws EngineException when the table is full.
     * @throws IllegalArgumentException when the window does not fit the reply ring.
     */
    public synchronized ClientChannel register(final int inFlightMax) {
        final long reserved = (long)inFlightMax * SMALL_SLOT_BYTES;
        if (reserved > replyRingBytes / 2) {
            throw new IllegalArgumentException(
                inFlightMax + " requests in flight need a reply ring of at least " + reserved * 2 +
                    " bytes, reply.ring.size is " + replyRingBytes);
        }
        for (int slot = 0; slot < channels.length(); slot++) {
            if (null == channels.get(slot)) {
                generation = (generation + 1) & 0x1FFFFF;
                final UnsafeBuffer buffer = new UnsafeBuffer(
                    BufferUtil.allocateDirectAligned(replyRingBytes + RingBufferDescriptor.TRAILER_LENGTH, 128));
                final RingBuffer replies = isOneWriter ? new OneToOneRingBuffer(buffer) : new ManyToOneRingBuffer(buffer);
                final ClientChannel channel = new ClientChannel(generation << SLOT_BITS | slot, replies, (int)reserved);
                channels.setRelease(slot, channel);
                return channel;
            }
        }
        throw new EngineException("all " + channels.length() + " clients of this engine are in use: close one first");
    }

    /**
     * @param channel a client that has left. Replies still on their way to it are dropped.
     */
    public synchronized void unregister(final ClientChannel channel) {
        final int slot = channel.id() & SLOT_MASK;
        if (channels.get(slot) == channel) {
            backPressuredBefore += channel.backPressuredCount();
            channels.setRelease(slot, null);
        }
    }

    /** @return clients connected. Any thread. */
    public int count() {
        int count = 0;
        for (int slot = 0; slot < channels.length(); slot++) {
            count += null == channels.getAcquire(slot) ? 0 : 1;
        }
        return count;
    }

    /** @return bytes waiting in all reply rings. Any thread. */
    public long replyDepthBytes() {
        long bytes = 0;
        for (int slot = 0; slot < channels.length(); slot++) {
            final ClientChannel channel = channels.getAcquire(slot);
            bytes += null == channel ? 0 : channel.replies().size();
        }
        return bytes;
    }

    /** @return requests turned away by full rings and windows, of the clients that are and were connected. Any thread. */
    public synchronized long backPressuredCount() {
        long count = backPressuredBefore;
        for (int slot = 0; slot < channels.length(); slot++) {
            final ClientChannel channel = channels.getAcquire(slot);
            count += null == channel ? 0 : channel.backPressuredCount();
        }
        return count;
    }

    ClientChannel find(final int clientId) {
        final ClientChannel channel = clientId < 0 ? null : channels.getAcquire(clientId & SLOT_MASK);
        return null != channel && channel.id() == clientId ? channel : null;
    }
}
