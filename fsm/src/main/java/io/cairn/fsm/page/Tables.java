package io.cairn.fsm.page;

/**
 * A paged state: named trees in one arena, that freeze together. Owner: the writer thread (the Applier), but for the methods that say
 * any thread. Errors: {@link PageStateException} when the arena is exhausted in the middle of a change; {@link #pagesFor} and
 * {@link PageArena#availablePages()} tell in advance.
 */
public final class Tables
{
    private final PageArena arena;
    private final Catalog catalog;

    /**
     * A blank state in a blank arena.
     *
     * @param arena of the pages.
     */
    public Tables(final PageArena arena)
    {
        this(arena, PageArena.NULL_PAGE);
    }

    private Tables(final PageArena arena, final int catalogRoot)
    {
        this.arena = arena;
        catalog = new Catalog(arena, catalogRoot);
    }

    /**
     * The last step of a restore: the arena (see {@link PageArena#beginRestore(int)}) holds at their ids the images of all pages below the
     * root; they are verified, everything else below the page count becomes free, and the state goes on in the epoch after the root's. The
     * root is the newest frozen root.
     *
     * @param arena that holds the images.
     * @param root  as it was when it was written.
     * @return the state.
     * @throws PageStateException when the images do not make up a state; the message says which page and why.
     */
    public static Tables restore(final PageArena arena, final FrozenRoot root)
    {
        if (root.pageCount() != arena.pageCount() || root.epoch() <= 0)
        {
            throw new PageStateException("the image has " + root.pageCount() + " pages of epoch " + root.epoch() + ", the arena was made ready for " +
                arena.pageCount());
        }
        return restore(arena, root, TreeVerifier.verify(arena, root));
    }

    /**
     * The last step of a restore from images that are known to be what was written, a checksum of every page having been compared, with the
     * set of pages that are live: nothing is verified again, so the cost is that of the page count and not of the entries.
     *
     * @param arena that holds the images.
     * @param root  as it was when it was written.
     * @param live  every page below the root, and no other.
     * @return the state.
     * @throws PageStateException when the counts do not agree.
     */
    public static Tables restore(final PageArena arena, final FrozenRoot root, final LivePages live)
    {
        if (root.pageCount() != arena.pageCount() || root.epoch() <= 0 || live.pageCount() != root.pageCount())
        {
            throw new PageStateException("the image has " + root.pageCount() + " pages of epoch " + root.epoch() + ", the arena was made ready for " +
                arena.pageCount() + ", live pages are given out of " + live.pageCount());
        }
        arena.completeRestore(live, root);
        return new Tables(arena, root.catalogRoot());
    }

    /** @return the arena. */
    public PageArena arena()
    {
        return arena;
    }

    /**
     * @param name of a new table; its length in UTF-8 is limited to 255 bytes (28 in pages of 256 bytes).
     * @return the new tree.
     * @throws IllegalStateException when there is one of that name.
     */
    public BTree create(final String name)
    {
        return catalog.create(name);
    }

    /**
     * @param name of a table.
     * @return its id, or -1.
     */
    public int tableId(final String name)
    {
        return catalog.tableId(name);
    }

    /**
     * @param tableId of a table.
     * @return its name, or null.
     */
    public String name(final int tableId)
    {
        return catalog.name(tableId);
    }

    /**
     * @param tableId of a table.
     * @return its tree, or null. O(1).
     */
    public BTree table(final int tableId)
    {
        return catalog.tree(tableId);
    }

    /**
     * @param name of a table.
     * @return its tree, or null.
     */
    public BTree table(final String name)
    {
        return catalog.tree(catalog.tableId(name));
    }

    /**
     * Remove a table; its id is never used again. Its pages are retired little by little as pages are allocated.
     *
     * @param name of the table.
     * @return false when there is none.
     */
    public boolean drop(final String name)
    {
        return catalog.drop(name);
    }

    /**
     * Create a table under an id that another replica gave it.
     *
     * @param name    as for {@link #create(String)}.
     * @param tableId not below any id that was ever given here.
     * @throws PageStateException    when the id was given before.
     * @throws IllegalStateException when there is a table of that name.
     */
    public void create(final String name, final int tableId)
    {
        catalog.create(name, tableId);
    }

    /** @return the id that the next table gets. */
    public int nextTableId()
    {
        return catalog.nextTableId();
    }

    /**
     * Give no id below this one any more.
     *
     * @param tableId that the next table gets.
     * @throws PageStateException when it would go back.
     */
    public void nextTableId(final int tableId)
    {
        catalog.nextTableId(tableId);
    }

    /** @return number of tables. */
    public int tableCount()
    {
        return catalog.tableCount();
    }

    /**
     * @param consumer called for each table in the order of ids.
     */
    public void forEach(final TableConsumer consumer)
    {
        catalog.forEach(consumer);
    }

    /**
     * Upper bound on the pages that a number of changes take, for admission: each may copy and split a path in its tree and in the catalog.
     *
     * @param changes    entries put or removed.
     * @param valueBytes sum of the lengths of the values.
     * @return number of pages.
     */
    public long pagesFor(final long changes, final long valueBytes)
    {
        final int levels = 8;
        return changes * (2 * levels + 4) + OverflowPages.pages(arena.pageSize(), (int)Math.min(valueBytes, Integer.MAX_VALUE)) + 2 * levels;
    }

    /**
     * Freeze the state as it is now and go on in the next epoch. O(1), below a microsecond. Between changes only.
     *
     * @return the frozen root, which is now the newest.
     */
    public FrozenRoot freeze()
    {
        return arena.freeze(catalog.rootPageId());
    }

    /**
     * Forget the newest frozen root, so that its pages can be reused as soon as no pin holds them; nothing can be pinned until the next
     * freeze. For when nobody has looked for a while: without it, up to one old version of every page stays.
     */
    public void forgetNewest()
    {
        arena.forgetNewest();
    }

    /** @return the newest frozen root or null. Any thread. */
    public FrozenRoot newest()
    {
        return arena.epochs().newest();
    }

    /** @return a pin that holds nothing yet. Any thread. */
    public Pin newPin()
    {
        return new Pin(arena, arena.epochs());
    }

    /**
     * @return a pin on the newest frozen root, or null when there is none. Any thread.
     * @throws IllegalStateException when too many pins are held.
     */
    public Pin pinNewest()
    {
        final Pin pin = newPin();
        return pin.acquire() ? pin : null;
    }

    /**
     * @param pin that is held.
     * @return read-only tables of its root. Any thread.
     */
    public ReadTables view(final Pin pin)
    {
        return new ReadTables(arena).wrap(pin);
    }

    /**
     * Walk every page below a pinned root that was changed after an epoch, see {@link PageWalker}. Any thread that holds the pin.
     *
     * @param root      pinned.
     * @param baseEpoch pages of this epoch and older ones are pruned, with all below them; 0 for all pages.
     * @param consumer  of the pages.
     */
    public void forEachPage(final FrozenRoot root, final long baseEpoch, final PageConsumer consumer)
    {
        final PageWalker walker = new PageWalker(arena);
        walker.start(root, baseEpoch);
        while (walker.next())
        {
            consumer.onPage(walker.pageId(), walker.address(), walker.epoch(), walker.type());
        }
    }
}
