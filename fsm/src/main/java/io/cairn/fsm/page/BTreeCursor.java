package io.cairn.fsm.page;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Stands on an entry of a tree and walks in key order, both ways. {@code for (boolean on = cursor.seek(…); on; on = cursor.next())}.
 * A cursor of a live tree must seek again after the tree has changed: otherwise it throws {@link IllegalStateException}. One thread.
 */
public final class BTreeCursor
{
    BTreeCursor()
    {
    }

    /** Stand on the first entry whose key is at least this. @return false when there is none. */
    public boolean seek(final DirectBuffer key, final int keyOffset, final int keyLength)
    {
        throw new UnsupportedOperationException();
    }

    /** Stand on the last entry whose key is less than this. @return false when there is none. */
    public boolean seekBefore(final DirectBuffer key, final int keyOffset, final int keyLength)
    {
        throw new UnsupportedOperationException();
    }

    /** Stand on the first entry. @return false when the tree is empty. */
    public boolean seekFirst()
    {
        throw new UnsupportedOperationException();
    }

    /** Stand on the last entry. @return false when the tree is empty. */
    public boolean seekLast()
    {
        throw new UnsupportedOperationException();
    }

    /** Step to the entry that follows. @return false at the end; the cursor then stands on no entry. */
    public boolean next()
    {
        throw new UnsupportedOperationException();
    }

    /** Step to the entry before. @return false at the beginning; the cursor then stands on no entry. */
    public boolean previous()
    {
        throw new UnsupportedOperationException();
    }

    /** @return bytes of the current key. */
    public int keyLength()
    {
        throw new UnsupportedOperationException();
    }

    /** @return the current key in the cursor's own buffer (capacity is its length), valid until the cursor moves. */
    public DirectBuffer key()
    {
        throw new UnsupportedOperationException();
    }

    /** Copy the current key. @return its length. */
    public int copyKey(final MutableDirectBuffer dst, final int dstOffset)
    {
        throw new UnsupportedOperationException();
    }

    /** @return bytes of the current value. */
    public int valueLength()
    {
        throw new UnsupportedOperationException();
    }

    /** Look at the current value where it lies. */
    public void value(final ValueView view)
    {
        throw new UnsupportedOperationException();
    }

    /** Copy the current value. @return its full length, of which at most the capacity is copied. */
    public int copyValue(final MutableDirectBuffer dst, final int dstOffset, final int dstCapacity)
    {
        throw new UnsupportedOperationException();
    }
}
