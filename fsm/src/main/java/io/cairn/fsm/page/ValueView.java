package io.cairn.fsm.page;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

import static io.cairn.fsm.page.PageArena.NULL_PAGE;

/**
 * A value where it lies: one piece when it is inline, pieces of at most a page when it overflows. Valid until the tree changes (live
 * tree) or the pin is released (pinned tree); it must not be given to the same tree as the source of a change. A flyweight: make one,
 * use it again and again. One thread at a time.
 */
public final class ValueView
{
    private final UnsafeBuffer piece = new UnsafeBuffer(0, 0);
    private PageArena arena;
    private long inlineAddress;
    private int length;
    private int firstPageId = NULL_PAGE;
    private int nextPageId = NULL_PAGE;

    /** @return bytes of the whole value. */
    public int length()
    {
        return length;
    }

    /** @return true when the whole value is one piece. */
    public boolean isInline()
    {
        return firstPageId == NULL_PAGE;
    }

    /** @return the current piece: after find, the first one (of an inline value: all of it). Its capacity is its length. */
    public DirectBuffer piece()
    {
        return piece;
    }

    /** @return true when there was a next piece; it is current now. */
    public boolean nextPiece()
    {
        if (nextPageId == NULL_PAGE)
        {
            return false;
        }
        final long page = arena.address(nextPageId);
        piece.wrap(page + PageDescriptor.HEADER_LENGTH, PageDescriptor.overflowLength(page));
        nextPageId = PageDescriptor.overflowNext(page);
        return true;
    }

    /**
     * Copy out, whatever piece is current.
     *
     * @param from      first byte of the value to copy.
     * @param dst       to copy to.
     * @param dstOffset of the first byte.
     * @param count     number of bytes at most.
     * @return bytes copied: less than asked for when the value ends.
     */
    public int copyTo(final int from, final MutableDirectBuffer dst, final int dstOffset, final int count)
    {
        if (from < 0 || from > length || count < 0)
        {
            throw new IndexOutOfBoundsException("from " + from + " count " + count + " of a value of " + length + " bytes");
        }
        final int copied = Math.min(count, length - from);
        dst.boundsCheck(dstOffset, copied);
        final long address = dst.addressOffset() + dstOffset;
        if (isInline())
        {
            Bytes.copy(null, inlineAddress + from, dst.byteArray(), address, copied);
            return copied;
        }
        return OverflowPages.read(arena, firstPageId, from, dst.byteArray(), address, copied);
    }

    void wrap(final PageArena pageArena, final long leaf, final long slot)
    {
        arena = pageArena;
        final int value = SlottedPage.value(slot);
        final long address = SlottedPage.valueAddress(leaf, slot);
        if (value >= 0)
        {
            length = value;
            inlineAddress = address;
            firstPageId = NULL_PAGE;
            nextPageId = NULL_PAGE;
            piece.wrap(address, value);
        }
        else
        {
            length = ~value;
            firstPageId = UnsafeApi.getInt(address);
            nextPageId = firstPageId;
            nextPiece();
        }
    }
}
