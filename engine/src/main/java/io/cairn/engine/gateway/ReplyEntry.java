package io.cairn.engine.gateway;

import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * One reply in the body of {@link ClientMessage#REPLIES}: what lies in a client's reply ring, with the length of its body, padded to eight bytes.
 * Little-endian.
 *
 * <pre>
 *   0        8        16       20       24
 *   +--------+--------+--------+--------+---------
 *   | correl | index  | status | length | body ...
 *   +--------+--------+--------+--------+---------
 * </pre>
 */
public final class ReplyEntry {
    /** Offset of the body. */
    public static final int HEADER_LENGTH = 24;

    private static final int ALIGNMENT = 8;

    private ReplyEntry() {
    }

    /**
     * @param bodyLength in bytes.
     * @return what an entry takes.
     */
    public static int alignedLength(final int bodyLength) {
        return BitUtil.align(HEADER_LENGTH + bodyLength, ALIGNMENT);
    }

    /**
     * Copy a reply as it lies in the ring.
     *
     * @param buffer  to write to.
     * @param offset  of the entry.
     * @param reply   the ring.
     * @param replyAt where the reply begins.
     * @param length  of all of it.
     */
    static void copy(final MutableDirectBuffer buffer, final int offset, final DirectBuffer reply, final int replyAt, final int length) {
        buffer.putBytes(offset, reply, replyAt, length);
        buffer.putInt(offset + 20, length - HEADER_LENGTH);
    }

    /**
     * Whether an entry lies within its body.
     *
     * @param body   of the message.
     * @param offset of the entry.
     * @return true when header, body and padding are there.
     */
    public static boolean isWhole(final DirectBuffer body, final int offset) {
        final int available = body.capacity() - offset;
        if (available < HEADER_LENGTH) {
            return false;
        }
        final int length = length(body, offset);
        return length >= 0 && length <= available - HEADER_LENGTH && alignedLength(length) <= available;
    }

    /**
     * @param buffer of the entry.
     * @param offset of the entry.
     * @return length of the body.
     */
    public static int length(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + 20);
    }
}
