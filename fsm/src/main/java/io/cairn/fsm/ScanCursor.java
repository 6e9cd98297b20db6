package io.cairn.fsm;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Walks the rows that a {@link ScanRange} admits, without those that have expired: {@code while (cursor.next()) …}. A flyweight of one thread; of a
 * live tree it is spent as soon as the tree changes. Allocates nothing.
 */
public final class ScanCursor {
    ScanCursor() {
    }

    /**
     * Steps to the next row.
     *
     * @return false at the end of the range or of its row limit.
     */
    public boolean next() {
        throw new UnsupportedOperationException();
    }

    /** @return whether the scan ended at its row limit rather than at the end of its range. */
    public boolean hasMore() {
        throw new UnsupportedOperationException();
    }

    /** @return key of the row, in a buffer of which it is the whole; valid until the next step. */
    public DirectBuffer key() {
        throw new UnsupportedOperationException();
    }

    /** @return length of the key in bytes. */
    public int keyLength() {
        throw new UnsupportedOperationException();
    }

    /** @return length of the value in bytes. */
    public int valueLength() {
        throw new UnsupportedOperationException();
    }

    /** @return log time at which the row expires, {@link Long#MAX_VALUE} when never. */
    public long expiryMs() {
        throw new UnsupportedOperationException();
    }

    /**
     * Copies the value.
     *
     * @param target   to copy to.
     * @param offset   of the first byte.
     * @param capacity most bytes to copy.
     * @return bytes copied.
     */
    public int copyValue(final MutableDirectBuffer target, final int offset, final int capacity) {
        throw new UnsupportedOperationException();
    }
}
