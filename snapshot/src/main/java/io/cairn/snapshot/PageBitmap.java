package io.cairn.snapshot;

import java.util.Arrays;

/**
 * A set of page ids below a bound, one bit each. Reused from snapshot to snapshot; grows, never shrinks.
 *
 * <p>Owner: one thread.
 */
final class PageBitmap {
    private long[] words = new long[0];
    private int pageCount;
    private int cardinality;

    /** Words of 64 bits that hold {@code pageCount} bits. */
    static int wordCount(final int pageCount) {
        return (int)((pageCount + 63L) >>> 6);
    }

    /** Empties the set and bounds it anew. */
    void reset(final int bound) {
        final int count = wordCount(bound);
        if (words.length < count) {
            words = new long[count];
        } else {
            Arrays.fill(words, 0, count, 0L);
        }
        pageCount = bound;
        cardinality = 0;
    }

    /** Adds a page; false if it was there already or is out of bounds. */
    boolean add(final int pageId) {
        if (pageId < 0 || pageId >= pageCount) {
            return false;
        }
        final long bit = 1L << pageId;
        final boolean added = (words[pageId >>> 6] & bit) == 0;
        if (added) {
            words[pageId >>> 6] |= bit;
            cardinality++;
        }
        return added;
    }

    void remove(final int pageId) {
        if (contains(pageId)) {
            words[pageId >>> 6] &= ~(1L << pageId);
            cardinality--;
        }
    }

    boolean contains(final int pageId) {
        return pageId >= 0 && pageId < pageCount && (words[pageId >>> 6] & (1L << pageId)) != 0;
    }

    int pageCount() {
        return pageCount;
    }

    int cardinality() {
        return cardinality;
    }

    long word(final int i) {
        return words[i];
    }

    void word(final int i, final long value) {
        cardinality += Long.bitCount(value) - Long.bitCount(words[i]);
        words[i] = value;
    }

    /** The first member at or above {@code from}, or the bound. */
    int next(final int from) {
        if (from >= pageCount) {
            return pageCount;
        }
        int i = from >>> 6;
        final int count = wordCount(pageCount);
        long word = words[i] & (-1L << from);
        while (word == 0) {
            if (++i == count) {
                return pageCount;
            }
            word = words[i];
        }
        return (i << 6) + Long.numberOfTrailingZeros(word);
    }

    /** Members below {@code pageId}. */
    int rank(final int pageId) {
        int rank = 0;
        final int whole = pageId >>> 6;
        for (int i = 0; i < whole; i++) {
            rank += Long.bitCount(words[i]);
        }
        return (pageId & 63) == 0 ? rank : rank + Long.bitCount(words[whole] & ((1L << pageId) - 1));
    }

    /** True if no bit at or above the bound is set in the last word. */
    boolean isTailClear() {
        return (pageCount & 63) == 0 || (words[wordCount(pageCount) - 1] >>> pageCount) == 0;
    }

    /** Does every member of this belong to the other too? */
    boolean isSubsetOf(final PageBitmap other) {
        for (int i = 0; i < wordCount(pageCount); i++) {
            final long theirs = i < wordCount(other.pageCount) ? other.words[i] : 0;
            if ((words[i] & ~theirs) != 0) {
                return false;
            }
        }
        return true;
    }

    /** A set of the same pages. */
    PageBitmap copy() {
        final PageBitmap copy = new PageBitmap();
        copy.copyFrom(this);
        return copy;
    }

    /** Becomes a copy of the other. */
    void copyFrom(final PageBitmap other) {
        reset(other.pageCount);
        System.arraycopy(other.words, 0, words, 0, wordCount(pageCount));
        cardinality = other.cardinality;
    }
}
