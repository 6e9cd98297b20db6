package io.cairn.fsm.page;

import org.agrona.UnsafeApi;

import static io.cairn.fsm.page.PageArena.NULL_PAGE;
import static io.cairn.fsm.page.PageDescriptor.HEADER_LENGTH;
import static io.cairn.fsm.page.PageDescriptor.OVERFLOW_LENGTH_OFFSET;
import static io.cairn.fsm.page.PageDescriptor.OVERFLOW_NEXT_OFFSET;
import static io.cairn.fsm.page.PageDescriptor.TYPE_OVERFLOW;

/**
 * Large values as chains of pages, each chain written once, in one epoch, from its last page to its first, so that a page is complete
 * when it is linked. Stateless.
 */
final class OverflowPages
{
    private OverflowPages()
    {
    }

    static int pieceLengthMax(final int pageSize)
    {
        return pageSize - HEADER_LENGTH;
    }

    static long pages(final int pageSize, final int valueLength)
    {
        final int piece = pieceLengthMax(pageSize);
        return ((long)valueLength + piece - 1) / piece;
    }

    /**
     * @return the first page of a new chain.
     */
    static int write(final PageArena arena, final Object base, final long address, final int length)
    {
        final int piece = pieceLengthMax(arena.pageSize());
        int next = NULL_PAGE;
        int end = length;
        while (end > 0)
        {
            final int begin = (end - 1) / piece * piece;
            final int pageId = arena.allocate(TYPE_OVERFLOW, 0);
            final long page = arena.address(pageId);
            UnsafeApi.putInt(page + OVERFLOW_LENGTH_OFFSET, end - begin);
            UnsafeApi.putInt(page + OVERFLOW_NEXT_OFFSET, next);
            Bytes.copy(base, address + begin, null, page + HEADER_LENGTH, end - begin);
            next = pageId;
            end = begin;
        }
        PageStateException.check(next != NULL_PAGE, "an empty value does not overflow");
        return next;
    }

    /** Retire a chain. */
    static void retire(final PageArena arena, final int firstPageId)
    {
        int pageId = firstPageId;
        while (pageId != NULL_PAGE)
        {
            final int next = PageDescriptor.overflowNext(arena.address(pageId));
            arena.retire(pageId);
            pageId = next;
        }
    }

    /**
     * Copy a part of a value out.
     *
     * @return bytes copied.
     */
    static int read(
        final PageArena arena,
        final int firstPageId,
        final int from,
        final Object base,
        final long address,
        final int length)
    {
        int pageId = firstPageId;
        int skip = from;
        int copied = 0;
        while (pageId != NULL_PAGE && copied < length)
        {
            final long page = arena.address(pageId);
            final int pieceLength = PageDescriptor.overflowLength(page);
            if (skip >= pieceLength)
            {
                skip -= pieceLength;
            }
            else
            {
                final int n = Math.min(pieceLength - skip, length - copied);
                Bytes.copy(null, page + HEADER_LENGTH + skip, base, address + copied, n);
                copied += n;
                skip = 0;
            }
            pageId = PageDescriptor.overflowNext(page);
        }
        return copied;
    }
}
