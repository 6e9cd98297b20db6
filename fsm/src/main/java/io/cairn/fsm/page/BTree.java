package io.cairn.fsm.page;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * An ordered map from byte strings to byte strings (unsigned lexicographic order) over the pages of an arena.
 * <p>
 * Keys are 0 to {@link PageDescriptor#keyLengthMax(int)} bytes long, values 0 to {@link #VALUE_LENGTH_MAX}. No method allocates. Owner:
 * the writer thread. Buffers given are only read (written) during the call. Errors: {@link IllegalArgumentException} for a key or value
 * out of bounds, before anything is changed; {@link PageStateException} when the arena is exhausted, which is fatal.
 */
public final class BTree
{
    /** Longest value in bytes. */
    public static final int VALUE_LENGTH_MAX = 1 << 30;

    BTree()
    {
    }

    /** @return id of the table. */
    public int tableId()
    {
        throw new UnsupportedOperationException();
    }

    /** @return number of entries. */
    public long size()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Insert or replace.
     *
     * @return true when the key was new.
     */
    public boolean put(
        final DirectBuffer key,
        final int keyOffset,
        final int keyLength,
        final DirectBuffer value,
        final int valueOffset,
        final int valueLength)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Copy a value out.
     *
     * @return the full length of the value, of which at most dstCapacity bytes were copied; -1 when the key is missing.
     */
    public int get(
        final DirectBuffer key,
        final int keyOffset,
        final int keyLength,
        final MutableDirectBuffer dst,
        final int dstOffset,
        final int dstCapacity)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Look at a value where it lies.
     *
     * @return false when the key is missing; the view is unchanged then.
     */
    public boolean find(final DirectBuffer key, final int keyOffset, final int keyLength, final ValueView view)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * @return false when the key was missing.
     */
    public boolean remove(final DirectBuffer key, final int keyOffset, final int keyLength)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Remove the first entries whose keys are at least {@code from} and less than {@code to}.
     *
     * @param to    exclusive end, or null for the end of the tree.
     * @param limit most entries to remove.
     * @return number of entries removed; less than the limit when the range is empty now.
     */
    public long removeRange(
        final DirectBuffer from,
        final int fromOffset,
        final int fromLength,
        final DirectBuffer to,
        final int toOffset,
        final int toLength,
        final long limit)
    {
        throw new UnsupportedOperationException();
    }

    /** Remove every entry. */
    public void clear()
    {
        throw new UnsupportedOperationException();
    }

    /** @return a new cursor over this tree. */
    public BTreeCursor cursor()
    {
        throw new UnsupportedOperationException();
    }
}
