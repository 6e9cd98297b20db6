package io.cairn.fsm;

import org.agrona.DirectBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Reads length-prefixed data and group headers of a message, never past its end: every length is compared with the bytes at hand before it is used.
 * A flyweight of one thread.
 */
final class VarDataReader {
    private DirectBuffer buffer;
    private int limit;
    private int end;

    void wrap(final DirectBuffer buffer, final int offset, final int end) {
        this.buffer = buffer;
        this.limit = offset;
        this.end = end;
    }

    DirectBuffer buffer() {
        return buffer;
    }

    int limit() {
        return limit;
    }

    int end() {
        return end;
    }

    /**
     * Takes a block of fixed length.
     *
     * @param length of the block in bytes.
     * @return its offset, or -1 when the message ends before it does.
     */
    int block(final int length) {
        if (length > end - limit) {
            return -1;
        }
        final int offset = limit;
        limit += length;
        return offset;
    }

    /**
     * Takes data with its 32-bit length in front.
     *
     * @param data to put over it.
     * @return false when the message ends before it does.
     */
    boolean next(final Bytes data) {
        final int available = end - limit - Integer.BYTES;
        if (available < 0) {
            return false;
        }
        final int length = buffer.getInt(limit, LITTLE_ENDIAN);
        if (length < 0 || length > available) {
            return false;
        }
        data.wrap(buffer, limit + Integer.BYTES, length);
        limit += Integer.BYTES + length;
        return true;
    }
}
