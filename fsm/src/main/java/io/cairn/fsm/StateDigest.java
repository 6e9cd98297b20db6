package io.cairn.fsm;

import io.cairn.fsm.page.BTreeCursor;
import io.cairn.fsm.page.ReadTables;
import io.cairn.fsm.page.ValueView;
import org.agrona.DirectBuffer;
import org.agrona.collections.IntArrayList;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * One number for the logical content of a state: equal for equal content, whatever the pages look like. It covers the user tables (name, and every
 * key, value and expiry in order), and with the system tables sessions and configuration too. A key that has expired at the log time of the digest
 * does not count, whether it was evicted yet or not; nor does the expiry index, which only repeats what the values say. Tables are hashed one by one
 * and summed, so that the order in which they were created does not count either.
 */
public final class StateDigest {
    /** A row costs about as much as so many bytes beside its own. */
    private static final int ROW_BYTES = 32;

    private final ContentHash hash = new ContentHash();
    private final ValueView view = new ValueView();
    private final ReadTables tables;
    private final long logTimeMs;
    private final boolean isRaw;
    private final int[] tableIds;
    private final String[] names;
    private int turn = -1;
    private BTreeCursor cursor;
    private boolean isOn;
    private boolean isUser;
    private long rows;
    private long sum;

    private StateDigest(final ReadTables tables, final long logTimeMs, final boolean isRaw, final Predicate<String> counts) {
        this.tables = tables;
        this.logTimeMs = logTimeMs;
        this.isRaw = isRaw;
        final IntArrayList ids = new IntArrayList();
        final List<String> counted = new ArrayList<>();
        tables.forEach((tableId, name, size) -> {
            if (counts.test(name)) {
                ids.addInt(tableId);
                counted.add(name);
            }
        });
        tableIds = ids.toIntArray();
        names = counted.toArray(new String[0]);
        nextTable();
    }

    /**
     * Begins a digest of every byte of every table, whatever the bytes mean to the machine, that is computed little by little with
     * {@link #doWork}: what two replicas at one index are compared by.
     *
     * @param tables of the pinned state, which stays pinned.
     * @return the digest, not {@link #isDone()} yet.
     */
    public static StateDigest begin(final ReadTables tables) {
        return new StateDigest(tables, 0, true, name -> true);
    }

    private long complete() {
        doWork(Long.MAX_VALUE);
        return value();
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
        return new StateDigest(
            tables, logTimeMs, false,
            name -> !UserTables.isReserved(name) || includeSystem && !KeyValueStateMachine.EXPIRIES_TABLE_NAME.equals(name)).complete();
    }

    /**
     * Digest of the tables of a machine that is not the key-value one: names, keys and values as bytes, whatever they mean to it. Sessions
     * do not count.
     *
     * @param view open.
     * @return 64-bit digest; 0 where the machine has no tables.
     */
    public static long ofBytes(final ReadView view) {
        return new StateDigest(view.tables(), 0, true, name -> !SessionTable.TABLE_NAME.equals(name)).complete();
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

    /**
     * Goes on for a while.
     *
     * @param bytes to look at, about.
     * @return bytes looked at, about; 0 when it {@link #isDone()}.
     */
    public long doWork(final long bytes) {
        long done = 0;
        while (done < bytes && !isDone()) {
            if (isOn) {
                done += addRow();
                isOn = cursor.next();
            } else {
                endTable();
                nextTable();
            }
        }
        return done;
    }

    /** @return true when the {@link #value()} is that of the whole state. */
    public boolean isDone() {
        return turn == tableIds.length;
    }

    /** @return 64-bit digest. */
    public long value() {
        if (!isDone()) {
            throw new IllegalStateException("the digest is not computed yet");
        }
        return sum;
    }

    private void nextTable() {
        turn++;
        if (isDone()) {
            return;
        }
        hash.reset();
        final DirectBuffer nameBytes = new UnsafeBuffer(names[turn].getBytes(UTF_8));
        hash.add(nameBytes, 0, nameBytes.capacity());
        hash.endField();
        rows = 0;
        isUser = !isRaw && !UserTables.isReserved(names[turn]);
        cursor = tables.table(tableIds[turn]).cursor();
        isOn = cursor.seekFirst();
    }

    private void endTable() {
        hash.add(rows);
        sum += hash.value();
    }

    private long addRow() {
        cursor.value(view);
        final long bytes = ROW_BYTES + (long)view.length();
        int skip = 0;
        if (isUser) {
            if (StoredValue.isExpired(view.piece(), 0, logTimeMs)) {
                return bytes;
            }
            hash.add(StoredValue.expiryMs(view.piece(), 0));
            skip = StoredValue.headerLength(view.piece(), 0);
        }
        rows++;
        hash.add(cursor.key(), 0, cursor.keyLength());
        hash.endField();
        do {
            final DirectBuffer piece = view.piece();
            hash.add(piece, skip, piece.capacity() - skip);
            skip = 0;
        } while (view.nextPiece());
        hash.endField();
        return bytes;
    }
}
