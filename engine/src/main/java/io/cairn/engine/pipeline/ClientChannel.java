package io.cairn.engine.pipeline;

import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;

/**
 * The engine's end of one client: where its replies go. Sequencer (refusals) and Applier (outcomes) write, the client reads.
 */
public final class ClientChannel {
    private final int id;
    private final ManyToOneRingBuffer replies;
    private final int smallReservedBytes;

    /** Owner: Sequencer. Index of the last command of this client that was appended: a later query of the same client sees it. */
    private long lastAppendedIndex;
    private final Position backPressured = new Position(0);

    ClientChannel(final int id, final ManyToOneRingBuffer replies, final int smallReservedBytes) {
        this.id = id;
        this.replies = replies;
        this.smallReservedBytes = smallReservedBytes;
    }

    /** @return slot in the registry. */
    public int id() {
        return id;
    }

    /** @return the ring the client polls. */
    public ManyToOneRingBuffer replies() {
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

    /** @return true when a body this long may be sent without taking the room that small replies were promised. */
    boolean admitsBody(final int bodyLength) {
        return bodyLength <= ReplyDescriptor.SMALL_BODY_MAX ||
            bodyLength + ReplyDescriptor.HEADER_LENGTH <= replies.maxMsgLength() &&
            (long)replies.capacity() - replies.size() - bodyLength - 64 >= smallReservedBytes;
    }
}
