package io.cairn.fsm.page;

/**
 * The pages from a root to a leaf, and the slot taken in each. Depth 0 is the root. Owner: the tree or cursor it belongs to.
 */
final class TreePath
{
    /** Far more levels than 2^31 pages can make, even of the smallest size. */
    static final int DEPTH_MAX = 40;

    final int[] pageIds = new int[DEPTH_MAX];
    final long[] pages = new long[DEPTH_MAX];
    final int[] indexes = new int[DEPTH_MAX];
    int leafDepth = -1;

    private final PageArena arena;
    private final boolean touching;
    private long touched;

    TreePath(final PageArena arena)
    {
        this.arena = arena;
        touching = SlottedPage.hasTouchedLength(arena.pageSize());
    }

    /** Go down to the leaf that covers a key. @return address of the leaf. */
    long descend(final int rootPageId, final KeyBuffer key)
    {
        int depth = 0;
        int pageId = rootPageId;
        long page = arena.address(pageId);
        while (!SlottedPage.isLeaf(page))
        {
            final int index = SlottedPage.childIndex(page, key);
            enter(depth, pageId, page, index);
            depth++;
            pageId = SlottedPage.child(page, index);
            page = arena.address(pageId);
        }
        enter(depth, pageId, page, 0);
        leafDepth = depth;
        return page;
    }

    /** Go down along the first or the last children. @return address of the leaf. */
    long descendEdge(final int rootPageId, final boolean last)
    {
        return descendEdge(0, rootPageId, last);
    }

    private long descendEdge(final int fromDepth, final int fromPageId, final boolean last)
    {
        int depth = fromDepth;
        int pageId = fromPageId;
        long page = arena.address(pageId);
        while (!SlottedPage.isLeaf(page))
        {
            final int index = last ? SlottedPage.count(page) - 1 : 0;
            enter(depth, pageId, page, index);
            depth++;
            pageId = SlottedPage.child(page, index);
            page = arena.address(pageId);
        }
        enter(depth, pageId, page, last ? SlottedPage.count(page) - 1 : 0);
        leafDepth = depth;
        return page;
    }

    /** Go to the first slot of the next leaf. @return false when this is the last one; the path is unchanged then. */
    boolean nextLeaf()
    {
        int depth = leafDepth - 1;
        while (depth >= 0 && indexes[depth] + 1 >= SlottedPage.count(pages[depth]))
        {
            depth--;
        }
        if (depth < 0)
        {
            return false;
        }
        indexes[depth]++;
        descendEdge(depth + 1, SlottedPage.child(pages[depth], indexes[depth]), false);
        touchAround(1);
        return true;
    }

    /** Go to the last slot of the leaf before. @return false when this is the first one; the path is unchanged then. */
    boolean previousLeaf()
    {
        int depth = leafDepth - 1;
        while (depth >= 0 && indexes[depth] == 0)
        {
            depth--;
        }
        if (depth < 0)
        {
            return false;
        }
        indexes[depth]--;
        descendEdge(depth + 1, SlottedPage.child(pages[depth], indexes[depth]), true);
        touchAround(-1);
        return true;
    }

    /** True when the path takes the last slot of every branch above a depth. */
    boolean isRightmost(final int depth)
    {
        for (int above = 0; above < depth; above++)
        {
            if (indexes[above] + 1 != SlottedPage.count(pages[above]))
            {
                return false;
            }
        }
        return true;
    }

    /**
     * Make the pages of the path ones of the current epoch. A child is never newer than its parent, so a leaf of the current epoch means
     * that all above it are too, and the pages to copy are the lower end of the path.
     *
     * @return the root's page id, which may be a new one.
     */
    int makeCurrent()
    {
        if (!arena.isCurrent(pages[leafDepth]))
        {
            for (int depth = 0; depth <= leafDepth; depth++)
            {
                if (!arena.isCurrent(pages[depth]))
                {
                    final int copyId = arena.copy(pageIds[depth]);
                    pageIds[depth] = copyId;
                    pages[depth] = arena.address(copyId);
                    if (depth > 0)
                    {
                        SlottedPage.value(SlottedPage.slot(pages[depth - 1], indexes[depth - 1]), copyId);
                    }
                }
            }
        }
        return pageIds[0];
    }

    /**
     * Whoever goes from leaf to leaf will look at the entries of this one, and then at the next one: load both at once, so that a leaf
     * costs one round of cache misses and not one for each of its entries.
     */
    private void touchAround(final int step)
    {
        if (!touching)
        {
            return;
        }
        long sum = SlottedPage.touchEntries(pages[leafDepth], arena.pageSize());
        if (leafDepth > 0)
        {
            final long parent = pages[leafDepth - 1];
            final int neighbour = indexes[leafDepth - 1] + step;
            if (neighbour >= 0 && neighbour < SlottedPage.count(parent))
            {
                sum ^= SlottedPage.touchSlots(arena.address(SlottedPage.child(parent, neighbour)));
            }
        }
        touched = sum;
    }

    private void enter(final int depth, final int pageId, final long page, final int index)
    {
        pageIds[depth] = pageId;
        pages[depth] = page;
        indexes[depth] = index;
    }
}
