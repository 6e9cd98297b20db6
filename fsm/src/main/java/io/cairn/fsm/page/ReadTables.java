package io.cairn.fsm.page;

import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * Read-only tables of a pinned root; usable for as long as the pin holds. One thread at a time; make one per reader and wrap it again.
 */
public final class ReadTables
{
    private final PageArena arena;
    private final TreeRoot catalogRoot = new TreeRoot();
    private final TreeReader reader;
    private final BTreeCursor cursor;
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[Catalog.KEY_LENGTH]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[Catalog.NAME_OFFSET]);
    private Pin pin;

    ReadTables(final PageArena arena)
    {
        this.arena = arena;
        reader = new TreeReader(arena, catalogRoot);
        cursor = new BTreeCursor(arena, catalogRoot);
    }

    /**
     * Look at another root.
     *
     * @param heldPin that is held, of the same arena.
     * @return this.
     */
    public ReadTables wrap(final Pin heldPin)
    {
        if (!heldPin.isHeld() || heldPin.arena() != arena)
        {
            throw new IllegalStateException("the pin holds no root of these tables: acquire it first");
        }
        pin = heldPin;
        catalogRoot.set(heldPin.root().catalogRoot(), heldPin);
        return this;
    }

    /**
     * @param name of a table.
     * @return its id, or -1.
     */
    public int tableId(final String name)
    {
        for (boolean on = cursor.seekFirst(); on; on = cursor.next())
        {
            final int tableId = currentTableId();
            if (tableId > 0 && name.equals(currentName()))
            {
                return tableId;
            }
        }
        return -1;
    }

    /**
     * @param tableId of a table.
     * @return its tree, or null.
     */
    public ReadTree table(final int tableId)
    {
        final ReadTree tree = new ReadTree(arena);
        return table(tableId, tree) ? tree : null;
    }

    /**
     * @param name of a table.
     * @return its tree, or null.
     */
    public ReadTree table(final String name)
    {
        return table(tableId(name));
    }

    /**
     * Point a tree at a table, without allocation.
     *
     * @param tableId of a table.
     * @param tree    to point, which came from these tables.
     * @return false when there is no such table; the tree is unchanged then.
     */
    public boolean table(final int tableId, final ReadTree tree)
    {
        key.putInt(0, tableId, ByteOrder.BIG_ENDIAN);
        if (tableId <= 0 || reader.get(key, 0, Catalog.KEY_LENGTH, value, 0, value.capacity()) < 0)
        {
            return false;
        }
        tree.set(value.getInt(Catalog.ROOT_OFFSET, ByteOrder.LITTLE_ENDIAN), pin);
        return true;
    }

    /**
     * @param consumer called for each table in the order of ids.
     */
    public void forEach(final TableConsumer consumer)
    {
        final ReadTree tree = new ReadTree(arena);
        for (boolean on = cursor.seekFirst(); on; on = cursor.next())
        {
            final int tableId = currentTableId();
            if (tableId > 0)
            {
                cursor.copyValue(value, 0, value.capacity());
                tree.set(value.getInt(Catalog.ROOT_OFFSET, ByteOrder.LITTLE_ENDIAN), pin);
                consumer.onTable(tableId, currentName(), tree.size());
            }
        }
    }

    /** @return the id that the next table gets: no table of this or a later root was ever given it. */
    public int nextTableId()
    {
        key.putInt(0, 0, ByteOrder.BIG_ENDIAN);
        final boolean isNone = reader.get(key, 0, Catalog.KEY_LENGTH, value, 0, value.capacity()) < 0;
        return isNone ? 1 : value.getInt(Catalog.NEXT_ID_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    private int currentTableId()
    {
        return cursor.key().getInt(0, ByteOrder.BIG_ENDIAN);
    }

    private String currentName()
    {
        final UnsafeBuffer whole = new UnsafeBuffer(new byte[cursor.valueLength()]);
        cursor.copyValue(whole, 0, whole.capacity());
        return Catalog.name(whole);
    }
}
