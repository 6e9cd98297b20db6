package io.cairn.engine.gateway;

import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * One request in the body of {@link ClientMessage#REQUESTS}, as many as there are, one behind the other, padded to eight bytes. Little-endian.
 *
 * <pre>
 *   0        8            12       16      20     24
 *   +--------+------------+--------+-------+------+------------
 *   | correl | payloadCrc | length | flags | type | payload ...
 *   +--------+------------+--------+-------+------+------------
 * </pre>
 *
 * Length is that of the payload; types and flags are those of the ingress ring, and so is the payload.
 */
public final class RequestEntry {
    /** Offset of the payload. */
    public static final int HEADER_LENGTH = 24;

    private static final int ALIGNMENT = 8;

    private RequestEntry() {
    }

    /**
     * @param payloadLength in bytes.
     * @return what an entry takes.
     */
    public static int alignedLength(final int payloadLength) {
        return BitUtil.align(HEADER_LENGTH + payloadLength, ALIGNMENT);
    }

    /**
     * @param buffer        to write to.
     * @param offset        of the entry.
     * @param correlationId echoed in the reply.
     * @param payloadCrc    CRC32C of the payload.
     * @param length        of the payload.
     * @param flags         of the ingress ring.
     * @param type          of the ingress ring.
     */
    public static void encodeHeader(
        final MutableDirectBuffer buffer,
        final int offset,
        final long correlationId,
        final int payloadCrc,
        final int length,
        final int flags,
        final int type) {
        buffer.putLong(offset, correlationId);
        buffer.putInt(offset + 8, payloadCrc);
        buffer.putInt(offset + 12, length);
        buffer.putInt(offset + 16, flags);
        buffer.putInt(offset + 20, type);
    }

    /**
     * Whether an entry lies within its body.
     *
     * @param body   of the message.
     * @param offset of the entry.
     * @return true when header, payload and padding are there.
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
     * @return echoed in the reply.
     */
    public static long correlationId(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset);
    }

    /**
     * @param buffer of the entry.
     * @param offset of the entry.
     * @return CRC32C of the payload.
     */
    public static int payloadCrc(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + 8);
    }

    /**
     * @param buffer of the entry.
     * @param offset of the entry.
     * @return length of the payload.
     */
    public static int length(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + 12);
    }

    /**
     * @param buffer of the entry.
     * @param offset of the entry.
     * @return flags of the ingress ring.
     */
    public static int flags(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + 16);
    }

    /**
     * @param buffer of the entry.
     * @param offset of the entry.
     * @return type of the ingress ring.
     */
    public static int type(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + 20);
    }
}
