package io.cairn.engine.machine;

import io.cairn.fsm.Bytes;
import io.cairn.fsm.Limits;
import io.cairn.fsm.ScanRange;
import org.agrona.DirectBuffer;
import org.rocksdb.RocksIterator;

import java.util.Arrays;

/**
 * Walks the keys that a {@link ScanRange} admits with an iterator of RocksDB, whose order is that of unsigned bytes too.
 */
final class RocksDbRange {
    private RocksDbRange() {
    }

    /** Puts the iterator at the first key from which the walk must look, which the range need not admit. */
    static void seek(final RocksIterator iterator, final ScanRange range) {
        if (!range.isReverse()) {
            iterator.seek(highest(highest(range.from(), range.prefix()), range.startAfter()).toArray());
            return;
        }
        final byte[] prefixEnd = prefixEnd(range.prefix());
        byte[] end = null;
        for (final byte[] bound : new byte[][] {range.to().toArray(), range.startAfter().toArray(), prefixEnd}) {
            if (bound.length > 0 && (end == null || Arrays.compareUnsigned(bound, end) < 0)) {
                end = bound;
            }
        }
        if (end == null) {
            iterator.seekToLast();
        } else {
            iterator.seekForPrev(end);
        }
    }

    static void step(final RocksIterator iterator, final ScanRange range) {
        if (range.isReverse()) {
            iterator.prev();
        } else {
            iterator.next();
        }
    }

    /** Whether the walk is past the last key that the range admits. */
    static boolean isBehind(final DirectBuffer key, final ScanRange range) {
        if (range.isReverse()) {
            return order(key, range.from()) < 0 || order(key, range.prefix()) < 0;
        }
        return !range.to().isEmpty() && order(key, range.to()) >= 0 || order(key, range.prefix()) > 0 && !startsWith(key, range.prefix());
    }

    static boolean admits(final DirectBuffer key, final ScanRange range) {
        if (!startsWith(key, range.prefix()) || order(key, range.from()) < 0) {
            return false;
        }
        if (!range.to().isEmpty() && order(key, range.to()) >= 0) {
            return false;
        }
        return range.startAfter().isEmpty() || (range.isReverse() ? order(key, range.startAfter()) < 0 : order(key, range.startAfter()) > 0);
    }

    private static int order(final DirectBuffer key, final Bytes bound) {
        return Bytes.compare(key, 0, key.capacity(), bound.buffer(), bound.offset(), bound.length());
    }

    private static boolean startsWith(final DirectBuffer key, final Bytes prefix) {
        return key.capacity() >= prefix.length() &&
            Bytes.compare(key, 0, prefix.length(), prefix.buffer(), prefix.offset(), prefix.length()) == 0;
    }

    private static Bytes highest(final Bytes a, final Bytes b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    /** A key behind every key with the prefix; empty for the empty prefix. */
    private static byte[] prefixEnd(final Bytes prefix) {
        if (prefix.isEmpty()) {
            return new byte[0];
        }
        final byte[] end = Arrays.copyOf(prefix.toArray(), Limits.KEY_BYTES_MAX + 1);
        Arrays.fill(end, prefix.length(), end.length, (byte)0xFF);
        return end;
    }
}
