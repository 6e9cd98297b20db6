package io.cairn.fsm.page;

/**
 * A paged state: named trees in one arena, that freeze together. Owner: the writer thread (the Applier), but for the methods that say
 * any thread.
 */
public final class Tables
{
    /**
     * A blank state in a blank arena.
     *
     * @param arena of the pages.
     */
    public Tables(final PageArena arena)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * The last step of a restore: the arena (see {@link PageArena#beginRestore(int)}) holds at their ids the images of all pages below the
     * root; they are verified as far as is needed never to read outside the arena, everything else below the page count becomes free,
     * and the state goes on in the epoch after the root's. The root is the newest frozen root.
     *
     * @param arena that holds the images.
     * @param root  as it was when it was written.
     * @return the state.
     * @throws PageStateException when the images do not make up a state; the message says which page and why.
     */
    public static Tables restore(final PageArena arena, final FrozenRoot root)
    {
        throw new UnsupportedOperationException();
    }

    /** @return the arena. */
    public PageArena arena()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * @param name of a new table.
     * @return the new tree.
     * @throws IllegalStateException when there is one of that name.
     */
    public BTree create(final String name)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * @param name of a table.
     * @return its id, or -1.
     */
    public int tableId(final String name)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * @param tableId of a table.
     * @return its name, or null.
     */
    public String name(final int tableId)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * @param tableId of a table.
     * @return its tree, or null. O(1).
     */
    public BTree table(final int tableId)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * @param name of a table.
     * @return its tree, or null.
     */
    public BTree table(final String name)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Remove a table; its id is never used again. Its pages are retired little by little as pages are allocated.
     *
     * @param name of the table.
     * @return false when there is none.
     */
    public boolean drop(final String name)
    {
        throw new UnsupportedOperationException();
    }

    /** @return number of tables. */
    public int tableCount()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * @param consumer called for each table in the order of ids.
     */
    public void forEach(final TableConsumer consumer)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Freeze the state as it is now and go on in the next epoch. O(1), below a microsecond.
     *
     * @return the frozen root, which is now the newest.
     */
    public FrozenRoot freeze()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Forget the newest frozen root, so that its pages can be reused as soon as no pin holds them; nothing can be pinned until the next
     * freeze.
     */
    public void forgetNewest()
    {
        throw new UnsupportedOperationException();
    }

    /** @return the newest frozen root or null. Any thread. */
    public FrozenRoot newest()
    {
        throw new UnsupportedOperationException();
    }

    /** @return a pin that holds nothing yet. Any thread. */
    public Pin newPin()
    {
        throw new UnsupportedOperationException();
    }

    /** @return a pin on the newest frozen root, or null when there is none. Any thread. */
    public Pin pinNewest()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * @param pin that is held.
     * @return read-only tables of its root. Any thread.
     */
    public ReadTables view(final Pin pin)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Walk every page below a pinned root that was changed after an epoch: catalog, tables and overflow pages, each page once, parents
     * first. Any thread that holds the pin.
     *
     * @param root      pinned.
     * @param baseEpoch pages of this epoch and older ones are pruned, with all below them; 0 for all pages.
     * @param consumer  of the pages.
     */
    public void forEachPage(final FrozenRoot root, final long baseEpoch, final PageConsumer consumer)
    {
        throw new UnsupportedOperationException();
    }
}
