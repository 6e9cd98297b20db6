package io.cairn.fsm;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The key-value state as of one index, pinned: readable from any one thread at a time, without locks and without holding up apply. What had expired
 * at its log time is absent. Pages it can reach are not reused until {@link #close()}, so a view is not kept for long.
 */
public final class ReadView implements AutoCloseable {
    ReadView() {
    }

    /** @return index of the last entry applied in this state. */
    public long index() {
        throw new UnsupportedOperationException();
    }

    /** @return log time of that entry in milliseconds since the Unix epoch. */
    public long logTimeMs() {
        throw new UnsupportedOperationException();
    }

    /**
     * Id of a user table.
     *
     * @param name of the table.
     * @return its id, or -1.
     */
    public int tableId(final String name) {
        throw new UnsupportedOperationException();
    }

    /**
     * Copies the value of a key.
     *
     * @param tableId      0 for the default table.
     * @param key          buffer of the key.
     * @param keyOffset    of the key.
     * @param keyLength    in bytes.
     * @param target       to copy to.
     * @param targetOffset of the first byte.
     * @param capacity     most bytes to copy.
     * @return the full length of the value, or -1 when the key or the table is not there.
     */
    public int get(
        final int tableId, final DirectBuffer key, final int keyOffset, final int keyLength,
        final MutableDirectBuffer target, final int targetOffset, final int capacity) {
        throw new UnsupportedOperationException();
    }

    /**
     * Begins a scan. One scan of a view is open at a time.
     *
     * @param tableId 0 for the default table.
     * @param range   bounds, direction and most rows; its byte limit does not count. The bounds are read during the whole scan.
     * @return a cursor before the first row; it has no row where the table is not there.
     */
    public ScanCursor scan(final int tableId, final ScanRange range) {
        throw new UnsupportedOperationException();
    }

    /**
     * Answers an encoded query as {@link StateMachine#query} does.
     *
     * @param request of which {@code length} bytes at {@code offset} are the query.
     * @param offset  of the query.
     * @param length  of the query in bytes.
     * @param reply   reset by the caller.
     */
    public void query(final DirectBuffer request, final int offset, final int length, final Reply reply) {
        throw new UnsupportedOperationException();
    }

    /** Lets the state go. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
