package io.cairn.fsm.page;

import org.agrona.UnsafeApi;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Pages of one fixed size in off-heap extents, addressed by 32-bit ids from 0, with free list, epochs and reclamation.
 * <p>
 * A page of the current epoch is changed in place; an older one belongs to a frozen root, is copied before it is changed, and retired.
 * Owner: one writer thread (the Applier). Readers on other threads use {@link #address(int)} for pages below a root that they pin.
 * Errors: {@link PageStateException} when a page is needed and none can be had, which is fatal; ask {@link #availablePages()} before.
 */
public final class PageArena implements AutoCloseable
{
    /** Id of no page. */
    public static final int NULL_PAGE = -1;
    /** Default number of pages in an extent: 16 MiB of 4 KiB pages. */
    public static final int EXTENT_PAGES_DEFAULT = 4096;

    private static final int RECLAIM_STEPS = 4;
    private static final VarHandle AVAILABLE;

    static
    {
        try
        {
            AVAILABLE = MethodHandles.lookup().findVarHandle(PageArena.class, "available", long.class);
        }
        catch (final ReflectiveOperationException ex)
        {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private final long[] extents;
    private final int extentShift;
    private final int extentMask;
    private final int pageShift;
    private final ExtentSource source;
    private final int pageSize;
    private final int pagesMax;
    private final PageLists lists;
    private final Epochs epochs = new Epochs();
    private final PageReclaimer reclaimer;
    private final PageEditor editor;
    private long epoch = 1;
    private int backedPages;
    private int pagesCeiling;
    private int pageCount;
    private int livePages;
    private int freeHead = NULL_PAGE;
    private int freePages;
    private int droppedHead = NULL_PAGE;
    private volatile boolean closed;
    private boolean freed;
    @SuppressWarnings("unused")
    private long available;

    /**
     * @param source      of memory; closed with the arena.
     * @param pageSize    power of two from {@link PageDescriptor#PAGE_SIZE_MIN} to {@link PageDescriptor#PAGE_SIZE_MAX}.
     * @param extentPages pages per extent, a power of two; an extent is at most 1 GiB.
     * @param pagesMax    bound on the number of pages.
     */
    public PageArena(final ExtentSource source, final int pageSize, final int extentPages, final int pagesMax)
    {
        if (Integer.bitCount(pageSize) != 1 || pageSize < PageDescriptor.PAGE_SIZE_MIN || pageSize > PageDescriptor.PAGE_SIZE_MAX)
        {
            throw new IllegalArgumentException("page size " + pageSize + " is not a power of two from " +
                PageDescriptor.PAGE_SIZE_MIN + " to " + PageDescriptor.PAGE_SIZE_MAX);
        }
        if (extentPages <= 0 || Integer.bitCount(extentPages) != 1 || (long)extentPages * pageSize > 1 << 30)
        {
            throw new IllegalArgumentException("extent of " + extentPages + " pages is not a power of two of at most 1 GiB");
        }
        if (pagesMax <= 0)
        {
            throw new IllegalArgumentException("pages max " + pagesMax + " is not positive");
        }
        this.source = source;
        this.pageSize = pageSize;
        this.pagesMax = pagesMax;
        pageShift = Integer.numberOfTrailingZeros(pageSize);
        extentShift = Integer.numberOfTrailingZeros(extentPages);
        extentMask = extentPages - 1;
        pagesCeiling = pagesMax;
        final int extentsMax = (int)(((long)pagesMax + extentPages - 1) >>> extentShift);
        extents = new long[extentsMax];
        lists = new PageLists(extentsMax, extentShift);
        reclaimer = new PageReclaimer(lists, epochs);
        editor = new PageEditor(pageSize);
        publishAvailable();
    }

    /** @return bytes of a page. */
    public int pageSize()
    {
        return pageSize;
    }

    /** @return bound on the number of pages. */
    public int pagesMax()
    {
        return pagesMax;
    }

    /** @return high water: every id ever used is less than this. Owner thread. */
    public int pageCount()
    {
        return pageCount;
    }

    /** @return pages that the current state is made of (and of dropped tables not yet taken apart). Owner thread. */
    public int livePages()
    {
        return livePages;
    }

    /** @return pages on the free list. Owner thread. */
    public int freePages()
    {
        return freePages;
    }

    /** @return pages that are no longer live but may still be read through a frozen root. Owner thread. */
    public int retiredPages()
    {
        return reclaimer.count();
    }

    /**
     * Pages that can be taken before the bound is reached: free ones and ones never used. Retired pages are not counted: they come back
     * after the next freeze (or {@link Tables#forgetNewest()}), unless they are pinned.
     *
     * @return number of pages. Any thread; a moment old.
     */
    public long availablePages()
    {
        return (long)AVAILABLE.getOpaque(this);
    }

    /** @return current epoch: pages of it change in place. Owner thread. */
    public long epoch()
    {
        return epoch;
    }

    /**
     * @param pageId of a page below the page count.
     * @return address of its first byte.
     */
    public long address(final int pageId)
    {
        return extents[pageId >>> extentShift] + ((long)(pageId & extentMask) << pageShift);
    }

    /**
     * First step of a restore into a blank arena: make the ids below the page count addressable, so that page images can be copied to
     * {@link #address(int)}. Then comes {@link Tables#restore(PageArena, FrozenRoot)}.
     *
     * @param imagePageCount of the image.
     * @throws PageStateException when the arena is too small; the message says what to raise.
     */
    public void beginRestore(final int imagePageCount)
    {
        if (pageCount != 0 || epoch != 1)
        {
            throw new IllegalStateException("only a blank arena can be restored into, this one has " + pageCount + " pages");
        }
        if (imagePageCount < 0 || imagePageCount > pagesMax)
        {
            throw new PageStateException("the image has " + imagePageCount + " pages, the arena takes " + pagesMax + ": raise its bound");
        }
        while (backedPages < imagePageCount)
        {
            PageStateException.check(addExtent(), "no memory for an image of " + imagePageCount + " pages");
        }
        pageCount = imagePageCount;
        publishAvailable();
    }

    /**
     * Takes no more pins, and gives the memory back as soon as nothing is pinned: now, or when the last view or snapshot lets go.
     */
    @Override
    public void close()
    {
        closed = true;
        VarHandle.fullFence();
        freeIfUnpinned();
    }

    /**
     * Any thread, after a full fence behind taking or letting go of a pin: either this is seen, or {@link #close()} sees the pin.
     *
     * @return true when the arena is closed.
     */
    boolean isClosed()
    {
        return closed;
    }

    /** @return pins held now. Any thread. */
    public int pinsHeld()
    {
        return epochs.pinned();
    }

    /** A pin was let go after the arena was closed. Any thread. */
    synchronized void freeIfUnpinned()
    {
        if (!freed && !epochs.anyPinned())
        {
            freed = true;
            source.close();
        }
    }

    /** Last step of a restore: the free list is every page that is not live; the root is the newest. */
    void completeRestore(final LivePages live, final FrozenRoot root)
    {
        for (int pageId = pageCount - 1; pageId >= 0; pageId--)
        {
            if (!live.contains(pageId))
            {
                lists.link(pageId, freeHead);
                freeHead = pageId;
                freePages++;
            }
        }
        livePages = live.count();
        PageStateException.check(livePages + freePages == pageCount, "live and free pages do not add up");
        epoch = root.epoch() + 1;
        epochs.publish(root);
        publishAvailable();
    }

    FrozenRoot freeze(final int catalogRoot)
    {
        final FrozenRoot root = new FrozenRoot(epoch, catalogRoot, pageCount, livePages);
        epochs.publish(root);
        epoch++;
        return root;
    }

    void forgetNewest()
    {
        epochs.publish(null);
    }

    Epochs epochs()
    {
        return epochs;
    }

    PageEditor editor()
    {
        return editor;
    }

    boolean isCurrent(final long page)
    {
        return PageDescriptor.epoch(page) == epoch;
    }

    /**
     * Take a page for the current epoch, with an empty header.
     */
    int allocate(final int type, final int level)
    {
        final int pageId = take();
        final long page = address(pageId);
        UnsafeApi.putLong(page + PageDescriptor.EPOCH_OFFSET, epoch);
        UnsafeApi.putLong(page + PageDescriptor.PAGE_ID_OFFSET, pageId | (long)type << 32 | (long)level << 40);
        UnsafeApi.putLong(page + PageDescriptor.COUNT_OFFSET, type == PageDescriptor.TYPE_OVERFLOW ? 0L : (long)pageSize << 32);
        UnsafeApi.putLong(page + PageDescriptor.TREE_SIZE_OFFSET, 0L);
        return pageId;
    }

    /** Copy a page of an older epoch to a new one of the current epoch, and retire it. */
    int copy(final int pageId)
    {
        final int copyId = take();
        final long original = address(pageId);
        final long copy = address(copyId);
        PageStateException.check(!isCurrent(original) && PageDescriptor.pageId(original) == pageId, "the page is not one to be copied");
        UnsafeApi.copyMemory(original, copy, pageSize);
        PageDescriptor.epoch(copy, epoch);
        PageDescriptor.pageId(copy, copyId);
        retire(pageId);
        return copyId;
    }

    /** Give up a live page: at once if no frozen root has it, else when none that has it can be read. */
    void retire(final int pageId)
    {
        final long page = address(pageId);
        final long birth = PageDescriptor.epoch(page);
        PageStateException.check(PageDescriptor.pageId(page) == pageId && birth <= epoch, "the page to retire is not itself");
        livePages--;
        if (birth == epoch)
        {
            free(pageId);
            publishAvailable();
        }
        else
        {
            reclaimer.add(pageId, birth, epoch);
        }
    }

    /** Give up a page and all below it, little by little. */
    void drop(final int pageId)
    {
        lists.link(pageId, droppedHead);
        droppedHead = pageId;
    }

    /** @return true while there are dropped pages to take apart. */
    boolean dropStep()
    {
        final int pageId = droppedHead;
        if (pageId == NULL_PAGE)
        {
            return false;
        }
        droppedHead = lists.link(pageId);
        final long page = address(pageId);
        if (PageDescriptor.type(page) == PageDescriptor.TYPE_OVERFLOW)
        {
            final int next = PageDescriptor.overflowNext(page);
            if (next != NULL_PAGE)
            {
                drop(next);
            }
        }
        else
        {
            final boolean leaf = SlottedPage.isLeaf(page);
            for (int i = 0, count = SlottedPage.count(page); i < count; i++)
            {
                final long slot = SlottedPage.slot(page, i);
                final int value = SlottedPage.value(slot);
                if (!leaf)
                {
                    drop(value);
                }
                else if (value < 0)
                {
                    drop(UnsafeApi.getInt(SlottedPage.valueAddress(page, slot)));
                }
            }
        }
        retire(pageId);
        return true;
    }

    /** Move retired pages that nobody can read to the free list: all of them, in as many steps as it takes. */
    void reclaimAll()
    {
        reclaimer.scan(floor());
        int pageId = reclaimer.take(floor(), Integer.MAX_VALUE);
        while (pageId != NULL_PAGE)
        {
            free(pageId);
            pageId = reclaimer.take(floor(), Integer.MAX_VALUE);
        }
        publishAvailable();
    }

    private int take()
    {
        if (droppedHead != NULL_PAGE)
        {
            dropStep();
        }
        if (reclaimer.count() != 0)
        {
            reclaimSome();
        }
        if (freeHead == NULL_PAGE && pageCount == backedPages && !addExtent())
        {
            while (freeHead == NULL_PAGE && dropStep())
            {
                continue;
            }
            reclaimAll();
            if (freeHead == NULL_PAGE)
            {
                throw exhausted();
            }
        }
        final int pageId = freeHead;
        livePages++;
        if (pageId == NULL_PAGE)
        {
            publishAvailable();
            return pageCount++;
        }
        freeHead = lists.link(pageId);
        freePages--;
        publishAvailable();
        return pageId;
    }

    private void reclaimSome()
    {
        // Twice as many as are taken, so that a backlog shrinks.
        final int first = reclaimer.take(floor(), RECLAIM_STEPS);
        if (first != NULL_PAGE)
        {
            free(first);
            final int second = reclaimer.take(floor(), RECLAIM_STEPS);
            if (second != NULL_PAGE)
            {
                free(second);
            }
        }
    }

    private long floor()
    {
        final FrozenRoot newest = epochs.newest();
        return newest == null ? epoch : newest.epoch();
    }

    private void free(final int pageId)
    {
        lists.link(pageId, freeHead);
        freeHead = pageId;
        freePages++;
    }

    private boolean addExtent()
    {
        if (backedPages >= pagesCeiling)
        {
            return false;
        }
        final int extent = backedPages >>> extentShift;
        final long address = source.allocate(pageSize << extentShift);
        if (address == 0)
        {
            pagesCeiling = backedPages;
            publishAvailable();
            return false;
        }
        PageStateException.check((address & Math.min(pageSize - 1, 4095)) == 0, "the extent source returned an address that is not aligned");
        if (extent == 0)
        {
            // Ids that are not backed lead to memory that exists: a torn read of a reader that lost its pin must not kill the process.
            java.util.Arrays.fill(extents, address);
        }
        extents[extent] = address;
        lists.addExtent(extent);
        backedPages = (int)Math.min(pagesMax, (long)backedPages + extentMask + 1);
        return true;
    }

    private void publishAvailable()
    {
        AVAILABLE.setOpaque(this, (long)freePages + pagesCeiling - pageCount);
    }

    private PageStateException exhausted()
    {
        return new PageStateException("the page arena is exhausted: " + pageCount + " pages of " + pageSize + " bytes (bound " + pagesMax +
            "), " + livePages + " live, " + reclaimer.count() + " retired but still readable: raise its bound, or release old views");
    }
}
