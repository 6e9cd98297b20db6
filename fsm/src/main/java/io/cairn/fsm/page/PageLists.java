package io.cairn.fsm.page;

/**
 * What is remembered about pages that are not live, beside the pages, since readers may still look at those: a link to the next page of
 * the same list, and the epochs in which the page was born and died. A page is on one list at a time. Owner: the writer thread. Grows
 * by extents, never by copying.
 */
final class PageLists
{
    private final int extentShift;
    private final int extentMask;
    private final int[][] links;
    private final long[][] births;
    private final long[][] deaths;

    PageLists(final int extentsMax, final int extentShift)
    {
        this.extentShift = extentShift;
        extentMask = (1 << extentShift) - 1;
        links = new int[extentsMax][];
        births = new long[extentsMax][];
        deaths = new long[extentsMax][];
    }

    void addExtent(final int extent)
    {
        links[extent] = new int[extentMask + 1];
        births[extent] = new long[extentMask + 1];
        deaths[extent] = new long[extentMask + 1];
    }

    int link(final int pageId)
    {
        return links[pageId >>> extentShift][pageId & extentMask];
    }

    void link(final int pageId, final int next)
    {
        links[pageId >>> extentShift][pageId & extentMask] = next;
    }

    long birth(final int pageId)
    {
        return births[pageId >>> extentShift][pageId & extentMask];
    }

    long death(final int pageId)
    {
        return deaths[pageId >>> extentShift][pageId & extentMask];
    }

    void lifetime(final int pageId, final long birth, final long death)
    {
        births[pageId >>> extentShift][pageId & extentMask] = birth;
        deaths[pageId >>> extentShift][pageId & extentMask] = death;
    }
}
