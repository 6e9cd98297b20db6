package io.cairn.fsm;

import io.cairn.fsm.page.BTree;
import io.cairn.fsm.page.BTreeCursor;
import io.cairn.fsm.page.Tables;
import io.cairn.fsm.page.ValueView;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Keys ordered by the log time at which they expire, in a reserved table:
 * <pre>
 *   key   | i64 expiryMs, big-endian | i64 expiryId, big-endian |
 *   value | i32 tableId, little-endian | key bytes ... |
 * </pre>
 * The id is that of the command that set the expiry: entry index × 4,096 + position in its batch; so a row always belongs to one value. A row whose
 * value was removed in bulk (delete-range, a dropped table) stays until it is due and then changes nothing.
 * <p>
 * {@link #evict} takes a bounded number of rows per entry. Owner: the Applier.
 */
final class ExpiryIndex {
    private static final int POSITION_BITS = 12;
    private static final int ROW_KEY_LENGTH = Long.BYTES + Long.BYTES;

    private final BTree rows;
    private final BTreeCursor cursor;
    private final ValueView view = new ValueView();
    private final UnsafeBuffer rowKey = new UnsafeBuffer(new byte[ROW_KEY_LENGTH]);
    private final UnsafeBuffer row = new UnsafeBuffer(new byte[Integer.BYTES + Limits.KEY_BYTES_MAX]);
    /** No row is due before this; it may be early, never late. */
    private long nextMs;

    ExpiryIndex(final Tables tables) {
        final BTree existing = tables.table(KeyValueStateMachine.EXPIRIES_TABLE_NAME);
        rows = existing == null ? tables.create(KeyValueStateMachine.EXPIRIES_TABLE_NAME) : existing;
        cursor = rows.cursor();
        nextMs = firstMs();
    }

    boolean isEmpty() {
        return rows.size() == 0;
    }

    long size() {
        return rows.size();
    }

    boolean isDue(final long timestampMs) {
        return nextMs <= timestampMs;
    }

    static long expiryId(final long index, final int position) {
        return (index << POSITION_BITS) + position;
    }

    static long expiryMs(final long timestampMs, final long ttlMs) {
        return ttlMs >= Long.MAX_VALUE - timestampMs ? Long.MAX_VALUE - 1 : timestampMs + ttlMs;
    }

    void add(final long expiryMs, final long expiryId, final int tableId, final Bytes key) {
        wrapRowKey(expiryMs, expiryId);
        row.putInt(0, tableId, LITTLE_ENDIAN);
        row.putBytes(Integer.BYTES, key.buffer(), key.offset(), key.length());
        rows.put(rowKey, 0, ROW_KEY_LENGTH, row, 0, Integer.BYTES + key.length());
        nextMs = Math.min(nextMs, expiryMs);
    }

    void remove(final long expiryMs, final long expiryId) {
        wrapRowKey(expiryMs, expiryId);
        rows.remove(rowKey, 0, ROW_KEY_LENGTH);
    }

    /**
     * Removes keys that are due, at most {@link Limits#EXPIRIES_PER_ENTRY_MAX}, earliest first.
     *
     * @param timestampMs log time of the entry.
     * @param userTables  to remove from.
     */
    void evict(final long timestampMs, final UserTables userTables) {
        for (int i = 0; i < Limits.EXPIRIES_PER_ENTRY_MAX; i++) {
            nextMs = firstMs();
            if (nextMs > timestampMs) {
                return;
            }
            final long expiryId = cursor.key().getLong(Long.BYTES, BIG_ENDIAN);
            final int length = cursor.copyValue(row, 0, row.capacity());
            evictKey(nextMs, userTables.treeById(row.getInt(0, LITTLE_ENDIAN)), length - Integer.BYTES);
            remove(nextMs, expiryId);
        }
    }

    /** Removes the key unless its value has another expiry by now. Two rows of one expiry time may name one value: it is due by either. */
    private void evictKey(final long expiryMs, final BTree tree, final int keyLength) {
        if (tree == null || !tree.find(row, Integer.BYTES, keyLength, view)) {
            return;
        }
        final DirectBuffer stored = view.piece();
        if (StoredValue.expiryMs(stored, 0) == expiryMs) {
            tree.remove(row, Integer.BYTES, keyLength);
        }
    }

    private long firstMs() {
        return cursor.seekFirst() ? cursor.key().getLong(0, BIG_ENDIAN) : Long.MAX_VALUE;
    }

    private void wrapRowKey(final long expiryMs, final long expiryId) {
        rowKey.putLong(0, expiryMs, BIG_ENDIAN);
        rowKey.putLong(Long.BYTES, expiryId, BIG_ENDIAN);
    }
}
