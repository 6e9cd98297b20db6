package io.cairn.fsm;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * How a value lies in a table of the key-value machine, and in the reply to a get:
 * <pre>
 *   never expires   +------+-----------------
 *                   | u8 0 | value bytes ...
 *                   +------+-----------------
 *   expires         +------+--------------+--------------+-----------------
 *                   | u8 1 | i64 expiryMs | i64 expiryId | value bytes ...
 *                   +------+--------------+--------------+-----------------
 * </pre>
 * Integers are little-endian. {@code expiryMs} is the log time at which the key is gone; {@code expiryId} names its row in the expiry index.
 * <p>
 * The leading zero of a value without expiry is not written anywhere: it is the high byte of the 32-bit length in front of the value in the command
 * itself, which is zero because values are shorter than 16 MiB. So the value goes from the log into the page in one copy.
 */
public final class StoredValue {
    /** Form of a value that never expires. */
    public static final byte PLAIN = 0;
    /** Form of a value that expires. */
    public static final byte EXPIRING = 1;
    /** Bytes before a value that never expires. */
    public static final int PLAIN_HEADER = 1;
    /** Bytes before a value that expires. */
    public static final int EXPIRING_HEADER = 1 + Long.BYTES + Long.BYTES;

    private static final int EXPIRY_OFFSET = 1;
    private static final int EXPIRY_ID_OFFSET = 1 + Long.BYTES;

    private StoredValue() {
    }

    /**
     * Bytes in front of the value.
     *
     * @param buffer of the stored value.
     * @param offset of the stored value.
     * @return 1 or 17.
     */
    public static int headerLength(final DirectBuffer buffer, final int offset) {
        return buffer.getByte(offset) == PLAIN ? PLAIN_HEADER : EXPIRING_HEADER;
    }

    /**
     * Log time at which the key is gone.
     *
     * @param buffer of the stored value.
     * @param offset of the stored value.
     * @return milliseconds since the Unix epoch, or {@link Long#MAX_VALUE} when it never expires.
     */
    public static long expiryMs(final DirectBuffer buffer, final int offset) {
        return buffer.getByte(offset) == PLAIN ? Long.MAX_VALUE : buffer.getLong(offset + EXPIRY_OFFSET, LITTLE_ENDIAN);
    }

    /**
     * Whether the key is gone at a log time.
     *
     * @param buffer    of the stored value.
     * @param offset    of the stored value.
     * @param logTimeMs of the read.
     * @return true when it expired at or before that time.
     */
    public static boolean isExpired(final DirectBuffer buffer, final int offset, final long logTimeMs) {
        return buffer.getByte(offset) != PLAIN && buffer.getLong(offset + EXPIRY_OFFSET, LITTLE_ENDIAN) <= logTimeMs;
    }

    static long expiryId(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + EXPIRY_ID_OFFSET, LITTLE_ENDIAN);
    }

    static void putExpiringHeader(final MutableDirectBuffer buffer, final int offset, final long expiryMs, final long expiryId) {
        buffer.putByte(offset, EXPIRING);
        buffer.putLong(offset + EXPIRY_OFFSET, expiryMs, LITTLE_ENDIAN);
        buffer.putLong(offset + EXPIRY_ID_OFFSET, expiryId, LITTLE_ENDIAN);
    }
}
