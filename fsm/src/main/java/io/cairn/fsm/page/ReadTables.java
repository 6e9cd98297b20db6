package io.cairn.fsm.page;

/**
 * Read-only tables of a pinned root; usable for as long as the pin holds. One thread at a time; make one per reader and wrap it again.
 */
public final class ReadTables
{
    ReadTables()
    {
    }

    /**
     * Look at another root.
     *
     * @param pin that is held, of the same arena.
     * @return this.
     */
    public ReadTables wrap(final Pin pin)
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
     * @return its tree, or null.
     */
    public ReadTree table(final int tableId)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Point a tree at a table, without allocation.
     *
     * @param tableId of a table.
     * @param tree    to point.
     * @return false when there is no such table; the tree is unchanged then.
     */
    public boolean table(final int tableId, final ReadTree tree)
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
}
