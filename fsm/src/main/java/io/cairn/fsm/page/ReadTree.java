package io.cairn.fsm.page;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * A tree below a pinned root, read-only; see {@link BTree} for the meaning of the methods. One thread at a time.
 */
public final class ReadTree
{
    ReadTree()
    {
    }

    /** @return number of entries. */
    public long size()
    {
        throw new UnsupportedOperationException();
    }

    /** See {@link BTree#get}. */
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

    /** See {@link BTree#find}. */
    public boolean find(final DirectBuffer key, final int keyOffset, final int keyLength, final ValueView view)
    {
        throw new UnsupportedOperationException();
    }

    /** @return a new cursor, of the thread that uses this tree. */
    public BTreeCursor cursor()
    {
        throw new UnsupportedOperationException();
    }
}
