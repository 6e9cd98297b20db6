package io.cairn.fsm.page;

/**
 * Set of page ids below a bound, as a bitmap.
 */
public final class LivePages
{
    private final long[] words;
    private final int pageCount;
    private int count;

    /**
     * @param pageCount ids are less than this.
     */
    public LivePages(final int pageCount)
    {
        this.pageCount = pageCount;
        words = new long[(pageCount + 63) >>> 6];
    }

    /**
     * @param pageId from 0, less than the page count.
     * @return false when it was in the set already.
     */
    public boolean add(final int pageId)
    {
        final long bit = 1L << pageId;
        if ((words[pageId >>> 6] & bit) != 0)
        {
            return false;
        }
        words[pageId >>> 6] |= bit;
        count++;
        return true;
    }

    /**
     * @param pageId from 0, less than the page count.
     * @return true when it is in the set.
     */
    public boolean contains(final int pageId)
    {
        return (words[pageId >>> 6] & 1L << pageId) != 0;
    }

    /** @return number of ids in the set. */
    public int count()
    {
        return count;
    }

    /** @return the bound. */
    public int pageCount()
    {
        return pageCount;
    }
}
