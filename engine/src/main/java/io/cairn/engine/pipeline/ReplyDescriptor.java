package io.cairn.engine.pipeline;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * What travels in a client's reply ring. Little-endian, never stored.
 *
 * <pre>
 *   0        8        16       20       24
 *   +--------+--------+--------+--------+------------
 *   | correl | index  | status | unused | body ...
 *   +--------+--------+--------+--------+------------
 * </pre>
 */
public final class ReplyDescriptor {
    /** The only message type of a reply ring. */
    public static final int REPLY = 1;
    /** Offset of the body. */
    public static final int HEADER_LENGTH = 24;
    /**
     * A reply with a body up to this many bytes always finds room: a client's window is counted in slots of this size, and larger bodies may
     * only use what the window leaves free.
     */
    public static final int SMALL_BODY_MAX = 72;

    private ReplyDescriptor() {
    }

    /**
     * @param buffer        of the ring.
     * @param offset        of the claimed message.
     * @param correlationId what the client gave with its request.
     * @param index         of the command or the query; −1 for a refusal.
     * @param status        the outcome.
     */
    public static void encodeHeader(
        final MutableDirectBuffer buffer, final int offset, final long correlationId, final long index, final int status) {
        buffer.putLong(offset, correlationId);
        buffer.putLong(offset + 8, index);
        buffer.putInt(offset + 16, status);
        buffer.putInt(offset + 20, 0);
    }

    /**
     * @param buffer of the ring.
     * @param offset of the message.
     * @return what the client gave with its request.
     */
    public static long correlationId(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset);
    }

    /**
     * @param buffer of the ring.
     * @param offset of the message.
     * @return log index of the command, or the applied index a query was answered at; −1 for a refusal.
     */
    public static long index(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + 8);
    }

    /**
     * @param buffer of the ring.
     * @param offset of the message.
     * @return the outcome.
     */
    public static int status(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + 16);
    }
}
