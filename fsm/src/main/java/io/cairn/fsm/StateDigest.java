package io.cairn.fsm;

import io.cairn.fsm.page.BTreeCursor;
import io.cairn.fsm.page.ReadTables;
import io.cairn.fsm.page.ValueView;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * One number for the logical content of a state: equal for equal content, whatever the pages look like. It covers the user tables (name, and every
 * key, value and expiry in order), and with the system tables sessions and configuration too. A key that has expired at the log time of the digest
 * does not count, whether it was evicted yet or not; nor does the expiry index, which only repeats what the values say. Tables are hashed one by one
 * and summed, so that the order in which they were created does not count either.
 */
public final class StateDigest {
    private final ContentHash hash = new ContentHash();
    private final ValueView view = new ValueView();
    private final long logTimeMs;
    private long sum;

    private StateDigest(final long logTimeMs) {
        this.logTimeMs = logTimeMs;
    }

    /**
     * Digest of a pinned state. Any thread that holds the pin; allocates a few flyweights.
     *
     * @param tables        of the pinned state.
     * @param logTimeMs     of the state: that of the last entry applied.
     * @param includeSystem whether sessions and configuration count.
     * @return 64-bit digest.
     */
    public static long of(final ReadTables tables, final long logTimeMs, final boolean includeSystem) {
        final StateDigest digest = new StateDigest(logTimeMs);
        tables.forEach((tableId, name, size) -> {
            if (!UserTables.isReserved(name)) {
                digest.addTable(name, tables.table(tableId).cursor(), true);
            } else if (includeSystem && !KeyValueStateMachine.EXPIRIES_TABLE_NAME.equals(name)) {
                digest.addTable(name, tables.table(tableId).cursor(), false);
            }
        });
        return digest.sum;
    }

    /**
     * Digest of the tables of a machine that is not the key-value one: names, keys and values as bytes, whatever they mean to it. Sessions
     * do not count.
     *
     * @param view open.
     * @return 64-bit digest; 0 where the machine has no tables.
     */
    public static long ofBytes(final ReadView view) {
        final StateDigest digest = new StateDigest(0);
        final ReadTables tables = view.tables();
        tables.forEach((tableId, name, size) -> {
            if (!SessionTable.TABLE_NAME.equals(name)) {
                digest.addTable(name, tables.table(tableId).cursor(), false);
            }
        });
        return digest.sum;
    }

    /**
     * Digest of a read view.
     *
     * @param view          open.
     * @param includeSystem whether sessions and configuration count.
     * @return 64-bit digest.
     */
    public static long of(final ReadView view, final boolean includeSystem) {
        return of(view.tables(), view.logTimeMs(), includeSystem);
    }

    private void addTable(final String name, final BTreeCursor cursor, final boolean isUser) {
        hash.reset();
        final DirectBuffer nameBytes = new UnsafeBuffer(name.getBytes(UTF_8));
        hash.add(nameBytes, 0, nameBytes.capacity());
        hash.endField();
        long rows = 0;
        for (boolean isOn = cursor.seekFirst(); isOn; isOn = cursor.next()) {
            cursor.value(view);
            if (!isUser) {
                addRow(cursor, 0);
                rows++;
            } else if (!StoredValue.isExpired(view.piece(), 0, logTimeMs)) {
                hash.add(StoredValue.expiryMs(view.piece(), 0));
                addRow(cursor, StoredValue.headerLength(view.piece(), 0));
                rows++;
            }
        }
        hash.add(rows);
        sum += hash.value();
    }

    private void addRow(final BTreeCursor cursor, final int valueHeader) {
        hash.add(cursor.key(), 0, cursor.keyLength());
        hash.endField();
        int skip = valueHeader;
        do {
            final DirectBuffer piece = view.piece();
            hash.add(piece, skip, piece.capacity() - skip);
            skip = 0;
        } while (view.nextPiece());
        hash.endField();
    }
}
