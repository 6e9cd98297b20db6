package io.cairn.fsm.page;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * A value where it lies: one piece when it is inline, pieces of at most a page when it overflows. Valid until the tree changes (live
 * tree) or the pin is released (pinned tree). A flyweight: make one, use it again and again.
 */
public final class ValueView
{
    /** @return bytes of the whole value. */
    public int length()
    {
        throw new UnsupportedOperationException();
    }

    /** @return true when the whole value is one piece. */
    public boolean isInline()
    {
        throw new UnsupportedOperationException();
    }

    /** @return the current piece: after find, the first one (of an inline value: all of it). Its capacity is its length. */
    public DirectBuffer piece()
    {
        throw new UnsupportedOperationException();
    }

    /** @return true when the next piece is current now. */
    public boolean nextPiece()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Copy out, whatever piece is current.
     *
     * @param from      first byte of the value to copy.
     * @param dst       to copy to.
     * @param dstOffset of the first byte.
     * @param length    number of bytes at most.
     * @return bytes copied: less than length when the value ends.
     */
    public int copyTo(final int from, final MutableDirectBuffer dst, final int dstOffset, final int length)
    {
        throw new UnsupportedOperationException();
    }
}
