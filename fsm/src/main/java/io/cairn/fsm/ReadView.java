package io.cairn.fsm;

import io.cairn.fsm.page.Pin;
import io.cairn.fsm.page.ReadTables;
import io.cairn.fsm.page.ValueView;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The key-value state as of one index, pinned: readable from any one thread at a time, without locks and without holding up apply. What had expired
 * at its log time is absent. Pages it can reach are not reused until {@link #close()}, so a view is not kept for long. Using it afterwards throws
 * {@link IllegalStateException}.
 */
public final class ReadView implements AutoCloseable {
    private final PinnedTables tables;
    private final KeyValueQueries queries;
    private final ScanCursor cursor = new ScanCursor();
    private final ValueView value = new ValueView();
    private final long index;
    private final long logTimeMs;
    private final int keyBytesMax;
    private Pin pin;

    ReadView(final ReadTables tables, final int pageSize, final Pin pin, final long index, final long logTimeMs) {
        this.tables = new PinnedTables(tables);
        this.queries = new KeyValueQueries(this.tables, pageSize);
        this.keyBytesMax = KeyValueAdmission.keyBytesMax(pageSize);
        this.pin = pin;
        this.index = index;
        this.logTimeMs = logTimeMs;
    }

    /** @return index of the last entry applied in this state. */
    public long index() {
        return index;
    }

    /** @return log time of that entry in milliseconds since the Unix epoch. */
    public long logTimeMs() {
        return logTimeMs;
    }

    /**
     * Id of a user table.
     *
     * @param name of the table.
     * @return its id, or -1.
     */
    public int tableId(final String name) {
        checkOpen();
        return tables.userTableId(name);
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
        checkOpen();
        final ReadTable table = tables.readTable(tableId);
        if (table == null || keyLength > keyBytesMax || !table.find(key, keyOffset, keyLength, value)) {
            return -1;
        }
        if (StoredValue.isExpired(value.piece(), 0, logTimeMs)) {
            return -1;
        }
        final int headerLength = StoredValue.headerLength(value.piece(), 0);
        final int length = value.length() - headerLength;
        value.copyTo(headerLength, target, targetOffset, Math.min(length, capacity));
        return length;
    }

    /**
     * Begins a scan. One scan of a view is open at a time.
     *
     * @param tableId 0 for the default table.
     * @param range   bounds, direction and most rows; its byte limit does not count. The bounds are read during the whole scan.
     * @return a cursor before the first row; it has no row where the table is not there.
     */
    public ScanCursor scan(final int tableId, final ScanRange range) {
        checkOpen();
        final ReadTable table = tables.readTable(tableId);
        return cursor.begin(table == null ? null : table.cursor(), range, logTimeMs);
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
        checkOpen();
        queries.query(request, offset, length, logTimeMs, reply);
    }

    /** Lets the state go. */
    @Override
    public void close() {
        if (pin != null) {
            pin.close();
            pin = null;
        }
    }

    ReadTables tables() {
        checkOpen();
        return tables.tables();
    }

    private void checkOpen() {
        if (pin == null) {
            throw new IllegalStateException("the read view is closed");
        }
    }
}
