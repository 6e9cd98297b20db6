package io.cairn.engine.pipeline;

import org.agrona.BitUtil;
import org.agrona.concurrent.ringbuffer.RecordDescriptor;
import org.agrona.concurrent.ringbuffer.RingBuffer;

/**
 * The engine's end of one client: where its replies go. Sequencer (refusals) and Applier (outcomes) write, the client reads.
 */
public final class ClientChannel {
    /** A small reply may leave this much unused at the end of the ring. */
    private static final int WRAP_BYTES = 128;

    private final int id;
    private final RingBuffer replies;
    private final int smallReservedBytes;

    /** Owner: Sequencer. Index of the last command of this client that was appended: a later query of the same client sees it. */
    private long lastAppendedIndex;
    private final Position backPressured = new Position(0);

    /**
     * @param id                 slot in the registry.
     * @param replies            the ring the client polls.
     * @param smallReservedBytes of it, kept for small replies.
     */
    public ClientChannel(final int id, final RingBuffer replies, final int smallReservedBytes) {
        this.id = id;
        this.replies = replies;
        this.smallReservedBytes = smallReservedBytes;
    }

    /** @return slot in the registry. */
    public int id() {
        return id;
    }

    /** @return the ring the client polls. */
    public RingBuffer replies() {
        return replies;
    }

    /** Client: a request was turned away because the ring or the window was full. */
    public void onBackPressured() {
        backPressured.set(backPressured.getPlain() + 1);
    }

    long backPressuredCount() {
        return backPressured.get();
    }

    long lastAppendedIndex() {
        return lastAppendedIndex;
    }

    void lastAppendedIndex(final long index) {
        lastAppendedIndex = index;
    }

    /**
     * @return true when a body this long may be sent without taking the room that small replies were promised. A record that does not fit
     * before the end of the ring leaves up to its own length there unused and goes to the start, so that it may take twice its length.
     *
     * @param bodyLength in bytes.
     */
    public boolean admitsBody(final int bodyLength) {
        if (bodyLength <= ReplyDescriptor.SMALL_BODY_MAX) {
            return true;
        }
        final int messageLength = ReplyDescriptor.HEADER_LENGTH + bodyLength;
        final long recordLength = BitUtil.align(messageLength + RecordDescriptor.HEADER_LENGTH, RecordDescriptor.ALIGNMENT);
        return messageLength <= replies.maxMsgLength() &&
            (long)replies.capacity() - replies.size() - 2 * recordLength - WRAP_BYTES >= smallReservedBytes;
    }
}
