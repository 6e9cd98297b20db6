package io.cairn.fsm;

import io.cairn.fsm.page.BTree;
import io.cairn.fsm.page.BTreeCursor;
import io.cairn.fsm.page.ValueView;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What commands do to one table, given that their lengths were checked. A key that has expired at the log time of the command counts as absent,
 * evicted or not. While nothing expires anywhere, a put or a delete is one operation of the tree and nothing else. Owner: the Applier.
 */
final class KeyValueOperations {
    private static final int SCRATCH_BYTES_MIN = 64 * 1024;
    /** Rows of the expiry index that one delete-range removes at once; the others stay until they are due, so that its cost in pages is bounded. */
    private static final int EXPIRIES_PER_RANGE_MAX = 128;

    private final ExpiryIndex expiries;
    private final ValueView view = new ValueView();
    private final Bytes stopKey = new Bytes();
    private final UnsafeBuffer stopKeyBytes = new UnsafeBuffer(new byte[Limits.KEY_BYTES_MAX]);
    private final DecimalLong number = new DecimalLong();
    /** Holds one expiring value; grows to the longest one seen, which is bounded by {@link Limits#VALUE_BYTES_CAP}. */
    private final UnsafeBuffer scratch = new UnsafeBuffer(new byte[SCRATCH_BYTES_MIN]);
    private boolean removeHasMore;

    KeyValueOperations(final ExpiryIndex expiries) {
        this.expiries = expiries;
    }

    /**
     * Sets a key.
     *
     * @param tree     of the table.
     * @param key      to set.
     * @param value    as it lies in its message, behind its length.
     * @param ttlMs    0: never expires.
     * @param entry    that carries the command.
     * @param position of the command in its batch, 0 outside of one.
     */
    void put(final BTree tree, final Bytes key, final Bytes value, final long ttlMs, final LogEntry entry, final int position) {
        if (!expiries.isEmpty()) {
            forgetExpiry(tree, key);
        }
        if (ttlMs == 0) {
            putPlain(tree, key, value);
        } else {
            putExpiring(tree, key, value, ExpiryIndex.expiryMs(entry.timestampMs(), ttlMs), ExpiryIndex.expiryId(entry.index(), position));
        }
    }

    /**
     * Removes a key.
     *
     * @return whether it was there.
     */
    boolean delete(final BTree tree, final Bytes key, final long timestampMs) {
        if (expiries.isEmpty()) {
            return tree.remove(key.buffer(), key.offset(), key.length());
        }
        final boolean isLive = isPresent(tree, key, timestampMs);
        forgetExpiry(tree, key);
        tree.remove(key.buffer(), key.offset(), key.length());
        return isLive;
    }

    /** Whether the key is there. */
    boolean isPresent(final BTree tree, final Bytes key, final long timestampMs) {
        return tree.find(key.buffer(), key.offset(), key.length(), view) && !StoredValue.isExpired(view.piece(), 0, timestampMs);
    }

    /** Whether the key is there with this value. */
    boolean isEqual(final BTree tree, final Bytes key, final Bytes expected, final long timestampMs) {
        if (!isPresent(tree, key, timestampMs)) {
            return false;
        }
        final int header = StoredValue.headerLength(view.piece(), 0);
        if (view.length() - header != expected.length()) {
            return false;
        }
        int compared = 0;
        int skip = header;
        do {
            final DirectBuffer piece = view.piece();
            final int length = piece.capacity() - skip;
            if (!isSame(piece, skip, expected.buffer(), expected.offset() + compared, length)) {
                return false;
            }
            compared += length;
            skip = 0;
        } while (view.nextPiece());
        return true;
    }

    /** Adds to a number; the reply takes the sum, or why not. */
    void increment(final BTree tree, final Bytes key, final long delta, final LogEntry entry, final Reply reply) {
        long before = 0;
        int header = StoredValue.PLAIN_HEADER;
        final boolean isLive = isPresent(tree, key, entry.timestampMs());
        if (isLive) {
            header = StoredValue.headerLength(view.piece(), 0);
            final int digits = view.length() - header;
            if (digits > DecimalLong.LENGTH_MAX || !number.parse(view.piece(), header, digits)) {
                reply.only(ApplyStatus.NOT_A_NUMBER);
                return;
            }
            before = number.value();
            scratch.putBytes(0, view.piece(), 0, header);
        } else {
            scratch.putByte(0, StoredValue.PLAIN);
        }
        final long sum = before + delta;
        if (((before ^ sum) & (delta ^ sum)) < 0) {
            reply.only(ApplyStatus.OVERFLOW);
            return;
        }
        if (!isLive && !expiries.isEmpty()) {
            forgetExpiry(tree, key);
        }
        final int digits = DecimalLong.write(sum, scratch, header);
        tree.put(key.buffer(), key.offset(), key.length(), scratch, 0, header + digits);
        reply.appendLong(sum);
    }

    /**
     * Removes the keys of a range.
     *
     * @param tree        of the table.
     * @param cursor      over that tree.
     * @param from        smallest key; empty: the first.
     * @param to          end, exclusive; empty: behind the last.
     * @param keysMax     0: all.
     * @param timestampMs log time.
     * @return number of keys that were there; {@link #removeHasMore()} tells whether the maximum left some.
     */
    long deleteRange(
        final BTree tree, final BTreeCursor cursor, final Bytes from, final Bytes to, final long keysMax, final long timestampMs) {
        final long limit = keysMax == 0 ? Long.MAX_VALUE : keysMax;
        if (expiries.isEmpty()) {
            final long removed = removeRange(tree, from, to, limit);
            removeHasMore = removed == limit && seek(cursor, from) && isBelow(cursor.key(), to);
            return removed;
        }
        long removed = 0;
        int forgotten = 0;
        removeHasMore = false;
        boolean isOn = seek(cursor, from);
        while (isOn && !removeHasMore && isBelow(cursor.key(), to)) {
            cursor.value(view);
            final boolean isLive = !StoredValue.isExpired(view.piece(), 0, timestampMs);
            if (isLive && removed == limit) {
                stopKey.wrap(stopKeyBytes, 0, cursor.copyKey(stopKeyBytes, 0));
                removeHasMore = true;
            } else {
                removed += isLive ? 1 : 0;
                if (forgotten < EXPIRIES_PER_RANGE_MAX && view.piece().getByte(0) == StoredValue.EXPIRING) {
                    expiries.remove(StoredValue.expiryMs(view.piece(), 0), StoredValue.expiryId(view.piece(), 0));
                    forgotten++;
                }
                isOn = cursor.next();
            }
        }
        removeRange(tree, from, removeHasMore ? stopKey : to, Long.MAX_VALUE);
        return removed;
    }

    boolean removeHasMore() {
        return removeHasMore;
    }

    private void putPlain(final BTree tree, final Bytes key, final Bytes value) {
        final int stored = value.offset() - StoredValue.PLAIN_HEADER;
        if (value.buffer().getByte(stored) != StoredValue.PLAIN) {
            throw new IllegalStateException("a value of " + value.length() + " bytes does not lie behind its length");
        }
        tree.put(
            key.buffer(), key.offset(), key.length(), value.buffer(), stored, StoredValue.PLAIN_HEADER + value.length());
    }

    private void putExpiring(final BTree tree, final Bytes key, final Bytes value, final long expiryMs, final long expiryId) {
        final int length = StoredValue.EXPIRING_HEADER + value.length();
        if (length > scratch.capacity()) {
            scratch.wrap(new byte[Integer.highestOneBit(length) << 1]);
        }
        StoredValue.putExpiringHeader(scratch, 0, expiryMs, expiryId);
        scratch.putBytes(StoredValue.EXPIRING_HEADER, value.buffer(), value.offset(), value.length());
        expiries.add(expiryMs, expiryId, tree.tableId(), key);
        tree.put(key.buffer(), key.offset(), key.length(), scratch, 0, length);
    }

    /** Removes the row of the expiry index that belongs to the key's value, if it has one. */
    private void forgetExpiry(final BTree tree, final Bytes key) {
        if (tree.find(key.buffer(), key.offset(), key.length(), view) && view.piece().getByte(0) == StoredValue.EXPIRING) {
            expiries.remove(StoredValue.expiryMs(view.piece(), 0), StoredValue.expiryId(view.piece(), 0));
        }
    }

    private static long removeRange(final BTree tree, final Bytes from, final Bytes to, final long limit) {
        final DirectBuffer end = to.isEmpty() ? null : to.buffer();
        return tree.removeRange(from.buffer(), from.offset(), from.length(), end, to.offset(), to.length(), limit);
    }

    private static boolean seek(final BTreeCursor cursor, final Bytes from) {
        return cursor.seek(from.buffer(), from.offset(), from.length());
    }

    private static boolean isBelow(final DirectBuffer key, final Bytes to) {
        return to.isEmpty() || Bytes.compare(key, 0, key.capacity(), to.buffer(), to.offset(), to.length()) < 0;
    }

    private static boolean isSame(final DirectBuffer a, final int aOffset, final DirectBuffer b, final int bOffset, final int length) {
        int i = 0;
        for (; i + Long.BYTES <= length; i += Long.BYTES) {
            if (a.getLong(aOffset + i) != b.getLong(bOffset + i)) {
                return false;
            }
        }
        for (; i < length; i++) {
            if (a.getByte(aOffset + i) != b.getByte(bOffset + i)) {
                return false;
            }
        }
        return true;
    }
}
