package io.cairn.fsm;

import io.cairn.fsm.page.BTreeCursor;
import io.cairn.fsm.page.ValueView;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Walks the rows that a {@link ScanRange} admits, without those that have expired: {@code while (cursor.next()) …}. A flyweight of one thread; of a
 * live tree it is spent as soon as the tree changes. Allocates nothing.
 */
public final class ScanCursor {
    private final ValueView view = new ValueView();
    private final UnsafeBuffer prefixEndBytes = new UnsafeBuffer(new byte[Limits.KEY_BYTES_MAX]);
    private final Bytes prefixEnd = new Bytes();
    /** Tightest bound at the far end of the walk; empty: none. */
    private final Bytes stop = new Bytes();
    private BTreeCursor cursor;
    private boolean isReverse;
    private boolean isBegun;
    private boolean isOn;
    private boolean hasMore;
    private long logTimeMs;
    private long rowsLeft;
    private int header;
    private final Bytes start = new Bytes();
    private boolean skipsStart;

    ScanCursor() {
    }

    /**
     * Puts the walk before the first row.
     *
     * @param tableCursor over the table; null: a table without rows.
     * @param range       of the walk; its bounds are read until the end of it.
     * @param timeMs      rows that expire at or before it are left out.
     * @return this.
     */
    ScanCursor begin(final BTreeCursor tableCursor, final ScanRange range, final long timeMs) {
        cursor = tableCursor;
        isReverse = range.isReverse();
        isBegun = false;
        isOn = false;
        hasMore = false;
        logTimeMs = timeMs;
        rowsLeft = range.rowsMax() == 0 ? Long.MAX_VALUE : range.rowsMax();
        wrapPrefixEnd(range.prefix());
        if (isReverse) {
            start.wrap(lowestEnd(lowestEnd(range.to(), prefixEnd), range.startAfter()));
            stop.wrap(highest(range.from(), range.prefix()));
            skipsStart = false;
        } else {
            start.wrap(highest(highest(range.from(), range.prefix()), range.startAfter()));
            stop.wrap(lowestEnd(range.to(), prefixEnd));
            skipsStart = !range.startAfter().isEmpty() && start.compareTo(range.startAfter()) == 0;
        }
        return this;
    }

    /**
     * Steps to the next row.
     *
     * @return false at the end of the range or of its row limit.
     */
    public boolean next() {
        if (cursor == null || isBegun && !isOn) {
            return false;
        }
        final boolean found = toLiveRow();
        if (rowsLeft == 0) {
            hasMore = found;
            isOn = false;
            return false;
        }
        rowsLeft--;
        return found;
    }

    /** @return whether the scan ended at its row limit rather than at the end of its range. */
    public boolean hasMore() {
        return hasMore;
    }

    /** @return key of the row, in a buffer of which it is the whole; valid until the next step. */
    public DirectBuffer key() {
        return cursor.key();
    }

    /** @return length of the key in bytes. */
    public int keyLength() {
        return cursor.keyLength();
    }

    /** @return length of the value in bytes. */
    public int valueLength() {
        return view.length() - header;
    }

    /** @return log time at which the row expires, {@link Long#MAX_VALUE} when never. */
    public long expiryMs() {
        return StoredValue.expiryMs(view.piece(), 0);
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
        return view.copyTo(header, target, offset, Math.min(capacity, view.length() - header));
    }

    private boolean toLiveRow() {
        isOn = isBegun ? step() : first();
        isBegun = true;
        while (isOn) {
            if (isBehindStop()) {
                isOn = false;
                return false;
            }
            cursor.value(view);
            final DirectBuffer stored = view.piece();
            if (!StoredValue.isExpired(stored, 0, logTimeMs)) {
                header = StoredValue.headerLength(stored, 0);
                return true;
            }
            isOn = step();
        }
        return false;
    }

    private boolean first() {
        if (isReverse) {
            return start.isEmpty() ? cursor.seekLast() : cursor.seekBefore(start.buffer(), start.offset(), start.length());
        }
        if (start.isEmpty()) {
            return cursor.seekFirst();
        }
        final boolean found = cursor.seek(start.buffer(), start.offset(), start.length());
        final boolean isStart = found && skipsStart && compareKey(start) == 0;
        return isStart ? cursor.next() : found;
    }

    private boolean step() {
        return isReverse ? cursor.previous() : cursor.next();
    }

    private boolean isBehindStop() {
        if (stop.isEmpty()) {
            return false;
        }
        final int order = compareKey(stop);
        return isReverse ? order < 0 : order >= 0;
    }

    private int compareKey(final Bytes bound) {
        final DirectBuffer key = cursor.key();
        return Bytes.compare(key, 0, cursor.keyLength(), bound.buffer(), bound.offset(), bound.length());
    }

    /** The smallest key that is behind every key with the prefix; empty where there is none. */
    private void wrapPrefixEnd(final Bytes prefix) {
        int length = prefix.length();
        while (length > 0 && prefix.buffer().getByte(prefix.offset() + length - 1) == (byte) 0xFF) {
            length--;
        }
        if (length == 0) {
            prefixEnd.clear();
            return;
        }
        prefixEndBytes.putBytes(0, prefix.buffer(), prefix.offset(), length);
        prefixEndBytes.putByte(length - 1, (byte) (prefixEndBytes.getByte(length - 1) + 1));
        prefixEnd.wrap(prefixEndBytes, 0, length);
    }

    private static Bytes highest(final Bytes a, final Bytes b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    private static Bytes lowestEnd(final Bytes a, final Bytes b) {
        if (a.isEmpty() || b.isEmpty()) {
            return a.isEmpty() ? b : a;
        }
        return a.compareTo(b) <= 0 ? a : b;
    }
}
