package io.cairn.fsm.page;

import static io.cairn.fsm.page.PageArena.NULL_PAGE;

/**
 * Keeps retired pages until no root that reaches them can be read, and hands them out one by one.
 * <p>
 * A page born in epoch b and retired in epoch d is reachable from the roots frozen in b to d - 1. It waits in a queue until none of
 * these can be pinned any more, that is until a root of epoch d or later is the newest. Then it is free, unless one of them is pinned: if so
 * it is filed under the largest such epoch, and looked at again when that pin is gone. So a snapshot that holds one old root for long
 * does not keep the pages that were born after it. Each page is filed at most once per pinned epoch; every call does a bounded number of steps.
 * Owner: the writer thread.
 */
final class PageReclaimer
{
    private static final int RESCAN_INTERVAL = 256;

    private final PageLists lists;
    private final Epochs epochs;
    private final long[] pinned = new long[Epochs.PINS_MAX + 1];
    private final long[] heldEpochs = new long[Epochs.PINS_MAX + 1];
    private final int[] heldHeads = new int[Epochs.PINS_MAX + 1];
    private final int[] heldTails = new int[Epochs.PINS_MAX + 1];
    private int heldLists;
    private int heldCount;
    private int pinnedCount;
    private int queueHead = NULL_PAGE;
    private int queueTail = NULL_PAGE;
    private int againHead = NULL_PAGE;
    private int count;
    private long scannedFloor;
    private int callsSinceScan;

    PageReclaimer(final PageLists lists, final Epochs epochs)
    {
        this.lists = lists;
        this.epochs = epochs;
    }

    /** Pages that wait. */
    int count()
    {
        return count;
    }

    void add(final int pageId, final long birth, final long death)
    {
        lists.lifetime(pageId, birth, death);
        lists.link(pageId, NULL_PAGE);
        if (queueTail == NULL_PAGE)
        {
            queueHead = pageId;
        }
        else
        {
            lists.link(queueTail, pageId);
        }
        queueTail = pageId;
        count++;
    }

    /**
     * Take a page that nobody can read any more.
     *
     * @param floor lowest epoch whose root can still be newly pinned.
     * @param steps bound on the pages looked at.
     * @return a page or {@link PageArena#NULL_PAGE}.
     */
    int take(final long floor, final int steps)
    {
        if (heldCount > 0 && ++callsSinceScan >= RESCAN_INTERVAL)
        {
            scan(floor);
        }
        for (int i = 0; i < steps; i++)
        {
            final int pageId = againHead != NULL_PAGE ? takeAgain() : takeQueued(floor);
            if (pageId == NULL_PAGE)
            {
                return NULL_PAGE;
            }
            final long holder = newestPinned(lists.birth(pageId), lists.death(pageId) - 1);
            if (holder == Epochs.FREE)
            {
                count--;
                return pageId;
            }
            file(pageId, holder);
        }
        return NULL_PAGE;
    }

    /** Look at the pins again now. */
    void scan(final long floor)
    {
        callsSinceScan = 0;
        scannedFloor = floor;
        pinnedCount = epochs.scan(pinned);
        int kept = 0;
        for (int i = 0; i < heldLists; i++)
        {
            if (newestPinned(heldEpochs[i], heldEpochs[i]) == Epochs.FREE)
            {
                lists.link(heldTails[i], againHead);
                againHead = heldHeads[i];
            }
            else
            {
                heldEpochs[kept] = heldEpochs[i];
                heldHeads[kept] = heldHeads[i];
                heldTails[kept] = heldTails[i];
                kept++;
            }
        }
        heldLists = kept;
        if (kept == 0)
        {
            heldCount = 0;
        }
    }

    private int takeAgain()
    {
        final int pageId = againHead;
        againHead = lists.link(pageId);
        return pageId;
    }

    private int takeQueued(final long floor)
    {
        final int pageId = queueHead;
        if (pageId == NULL_PAGE || lists.death(pageId) > floor)
        {
            return NULL_PAGE;
        }
        if (lists.death(pageId) > scannedFloor)
        {
            scan(floor);
        }
        queueHead = lists.link(pageId);
        if (queueHead == NULL_PAGE)
        {
            queueTail = NULL_PAGE;
        }
        return pageId;
    }

    /** Largest pinned epoch in a closed range, or {@link Epochs#FREE}. */
    private long newestPinned(final long from, final long to)
    {
        for (int i = pinnedCount - 1; i >= 0; i--)
        {
            if (pinned[i] <= to)
            {
                return pinned[i] >= from ? pinned[i] : Epochs.FREE;
            }
        }
        return Epochs.FREE;
    }

    private void file(final int pageId, final long epoch)
    {
        int i = 0;
        while (i < heldLists && heldEpochs[i] != epoch)
        {
            i++;
        }
        if (i == heldLists)
        {
            PageStateException.check(heldLists <= Epochs.PINS_MAX, "more pinned epochs than pins");
            heldLists++;
            heldEpochs[i] = epoch;
            heldTails[i] = pageId;
            lists.link(pageId, NULL_PAGE);
        }
        else
        {
            lists.link(pageId, heldHeads[i]);
        }
        heldHeads[i] = pageId;
        heldCount++;
    }
}
