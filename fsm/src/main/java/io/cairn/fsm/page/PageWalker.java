package io.cairn.fsm.page;

import org.agrona.UnsafeApi;

import static io.cairn.fsm.page.PageArena.NULL_PAGE;

/**
 * Walks the pages below a pinned root one by one, each once, parents first: catalog, tables, overflow pages. Pages of the base epoch and
 * older are pruned with all below them, which is right because no page is newer than the one that leads to it. Can stop after any page
 * and go on later, as long as the pin holds. Does not allocate. Owner: the thread that holds the pin.
 */
public final class PageWalker
{
    private static final int DEPTH_MAX = 2 * TreePath.DEPTH_MAX;

    private final PageArena arena;
    private final long[] pages = new long[DEPTH_MAX];
    private final int[] indexes = new int[DEPTH_MAX];
    private final boolean[] ofCatalog = new boolean[DEPTH_MAX];
    private int depth = -1;
    private int startPageId = NULL_PAGE;
    private int chainPageId = NULL_PAGE;
    private long baseEpoch;
    private long page;

    /**
     * @param arena of the pages.
     */
    public PageWalker(final PageArena arena)
    {
        this.arena = arena;
    }

    /**
     * Begin a walk.
     *
     * @param root pinned.
     * @param base pages of this epoch and older ones are pruned; 0 for all pages.
     */
    public void start(final FrozenRoot root, final long base)
    {
        baseEpoch = base;
        depth = -1;
        chainPageId = NULL_PAGE;
        startPageId = root.catalogRoot();
    }

    /**
     * Go to the next page.
     *
     * @return false when there is none.
     */
    public boolean next()
    {
        if (startPageId != NULL_PAGE)
        {
            final int catalogRoot = startPageId;
            startPageId = NULL_PAGE;
            return enter(catalogRoot, true);
        }
        while (true)
        {
            if (chainPageId != NULL_PAGE)
            {
                page = arena.address(chainPageId);
                chainPageId = PageDescriptor.overflowNext(page);
                return true;
            }
            if (depth < 0)
            {
                return false;
            }
            final long parent = pages[depth];
            final int index = indexes[depth]++;
            if (index >= SlottedPage.count(parent))
            {
                depth--;
            }
            else if (descend(parent, SlottedPage.slot(parent, index)))
            {
                return true;
            }
        }
    }

    /** @return id of the current page. */
    public int pageId()
    {
        return PageDescriptor.pageId(page);
    }

    /** @return address of the current page. */
    public long address()
    {
        return page;
    }

    /** @return epoch in which the current page was last changed. */
    public long epoch()
    {
        return PageDescriptor.epoch(page);
    }

    /** @return type of the current page, see {@link PageDescriptor}. */
    public int type()
    {
        return PageDescriptor.type(page);
    }

    private boolean descend(final long parent, final long slot)
    {
        final int value = SlottedPage.value(slot);
        if (!SlottedPage.isLeaf(parent))
        {
            return enter(value, ofCatalog[depth]);
        }
        if (ofCatalog[depth])
        {
            final int rootId = UnsafeApi.getInt(SlottedPage.valueAddress(parent, slot) + Catalog.ROOT_OFFSET);
            return rootId != NULL_PAGE && enter(rootId, false);
        }
        if (value < 0)
        {
            final int first = UnsafeApi.getInt(SlottedPage.valueAddress(parent, slot));
            // A chain is written in one epoch: it is new as a whole or not at all.
            chainPageId = PageDescriptor.epoch(arena.address(first)) > baseEpoch ? first : NULL_PAGE;
        }
        return false;
    }

    private boolean enter(final int pageId, final boolean catalog)
    {
        final long child = arena.address(pageId);
        if (PageDescriptor.epoch(child) <= baseEpoch)
        {
            return false;
        }
        depth++;
        pages[depth] = child;
        indexes[depth] = 0;
        ofCatalog[depth] = catalog;
        page = child;
        return true;
    }
}
