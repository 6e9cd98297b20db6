package io.cairn.fsm.page;

/**
 * Pages of one fixed size in off-heap extents, addressed by 32-bit ids from 0, with free list, epochs and reclamation.
 * <p>
 * Owner: one writer thread (the Applier). Readers on other threads use {@link #address(int)} for pages below a root that they pin.
 */
public final class PageArena implements AutoCloseable
{
    /** Id of no page. */
    public static final int NULL_PAGE = -1;
    /** Default number of pages in an extent: 16 MiB of 4 KiB pages. */
    public static final int EXTENT_PAGES_DEFAULT = 4096;

    /**
     * @param source      of memory; closed with the arena.
     * @param pageSize    power of two from {@link PageDescriptor#PAGE_SIZE_MIN} to {@link PageDescriptor#PAGE_SIZE_MAX}.
     * @param extentPages pages per extent, a power of two; an extent is at most 1 GiB.
     * @param pagesMax    bound on the number of pages.
     */
    public PageArena(final ExtentSource source, final int pageSize, final int extentPages, final int pagesMax)
    {
        throw new UnsupportedOperationException();
    }

    /** @return bytes of a page. */
    public int pageSize()
    {
        throw new UnsupportedOperationException();
    }

    /** @return bound on the number of pages. */
    public int pagesMax()
    {
        throw new UnsupportedOperationException();
    }

    /** @return high water: every id ever used is less than this. Owner thread. */
    public int pageCount()
    {
        throw new UnsupportedOperationException();
    }

    /** @return pages that the current state is made of. Owner thread. */
    public int livePages()
    {
        throw new UnsupportedOperationException();
    }

    /** @return pages on the free list. Owner thread. */
    public int freePages()
    {
        throw new UnsupportedOperationException();
    }

    /** @return pages that are no longer live but may still be read through a frozen root. Owner thread. */
    public int retiredPages()
    {
        throw new UnsupportedOperationException();
    }

    /** @return pages that can be taken before the bound is reached: free ones and ones never used. Any thread; a moment old. */
    public long availablePages()
    {
        throw new UnsupportedOperationException();
    }

    /** @return current epoch: pages of it change in place. Owner thread. */
    public long epoch()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * @param pageId of a page below the page count.
     * @return address of its first byte.
     */
    public long address(final int pageId)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * First step of a restore into a blank arena: make the ids below the page count addressable, so that page images can be copied to
     * {@link #address(int)}.
     *
     * @param pageCount of the image.
     */
    public void beginRestore(final int pageCount)
    {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close()
    {
        throw new UnsupportedOperationException();
    }
}
