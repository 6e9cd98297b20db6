package io.cairn.fsm.page;

import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import static io.cairn.fsm.page.PageArena.NULL_PAGE;

/**
 * The tree of trees: table id (i32, big-endian, so that ids are in order) to {@code root page id i32 | next table id i32 | name}. The
 * entry of id 0 is no table: its second field is the id of the next table to be made, so that ids are never used again. Owner: the
 * writer thread.
 */
final class Catalog
{
    static final int KEY_LENGTH = 4;
    static final int ROOT_OFFSET = 0;
    static final int NEXT_ID_OFFSET = 4;
    static final int NAME_OFFSET = 8;

    private final PageArena arena;
    private final BTree tree;
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[KEY_LENGTH]);
    /** Of the tables that are there, rising, as ids are given: beside each its tree, its name and its entry. */
    private int[] ids = new int[8];
    private BTree[] trees = new BTree[8];
    private String[] names = new String[8];
    private UnsafeBuffer[] values = new UnsafeBuffer[8];
    private int nextTableId = 1;
    private int tableCount;

    Catalog(final PageArena arena, final int catalogRoot)
    {
        this.arena = arena;
        tree = new BTree(arena, null, 0, catalogRoot);
        final BTreeCursor cursor = tree.cursor();
        for (boolean on = cursor.seekFirst(); on; on = cursor.next())
        {
            final int tableId = cursor.key().getInt(0, ByteOrder.BIG_ENDIAN);
            final UnsafeBuffer value = new UnsafeBuffer(new byte[cursor.valueLength()]);
            cursor.copyValue(value, 0, value.capacity());
            if (tableId == 0)
            {
                nextTableId = value.getInt(NEXT_ID_OFFSET, ByteOrder.LITTLE_ENDIAN);
            }
            else
            {
                enter(tableId, value);
            }
        }
    }

    static int nameLengthMax(final int pageSize)
    {
        return Math.min(255, PageDescriptor.inlineLengthMax(pageSize) - KEY_LENGTH - NAME_OFFSET);
    }

    static String name(final UnsafeBuffer value)
    {
        final byte[] name = new byte[value.capacity() - NAME_OFFSET];
        value.getBytes(NAME_OFFSET, name);
        return new String(name, StandardCharsets.UTF_8);
    }

    int rootPageId()
    {
        return tree.rootPageId();
    }

    int tableCount()
    {
        return tableCount;
    }

    BTree create(final String name)
    {
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > nameLengthMax(arena.pageSize()))
        {
            throw new IllegalArgumentException("table name '" + name + "' is not 1 to " + nameLengthMax(arena.pageSize()) + " bytes long");
        }
        if (tableId(name) > 0)
        {
            throw new IllegalStateException("there is a table '" + name + "' already");
        }
        if (nextTableId == Integer.MAX_VALUE)
        {
            throw new IllegalStateException("all table ids were given");
        }
        final int tableId = nextTableId++;
        writeNextTableId();
        final UnsafeBuffer value = new UnsafeBuffer(new byte[NAME_OFFSET + bytes.length]);
        value.putInt(ROOT_OFFSET, NULL_PAGE, ByteOrder.LITTLE_ENDIAN);
        value.putBytes(NAME_OFFSET, bytes);
        write(tableId, value);
        enter(tableId, value);
        return trees[tableCount - 1];
    }

    /** A table under an id that somebody else gave it, not below any id that was ever given here. */
    void create(final String name, final int tableId)
    {
        PageStateException.check(tableId >= nextTableId, "table id " + tableId + " was given before");
        nextTableId = tableId;
        create(name);
    }

    int nextTableId()
    {
        return nextTableId;
    }

    /** No id below this is given any more. */
    void nextTableId(final int tableId)
    {
        PageStateException.check(tableId >= nextTableId, "the next table id does not go back from " + nextTableId + " to " + tableId);
        if (tableId > nextTableId)
        {
            nextTableId = tableId;
            writeNextTableId();
        }
    }

    private void writeNextTableId()
    {
        final UnsafeBuffer next = new UnsafeBuffer(new byte[NAME_OFFSET]);
        next.putInt(ROOT_OFFSET, NULL_PAGE, ByteOrder.LITTLE_ENDIAN);
        next.putInt(NEXT_ID_OFFSET, nextTableId, ByteOrder.LITTLE_ENDIAN);
        write(0, next);
    }

    boolean drop(final String name)
    {
        final int tableId = tableId(name);
        if (tableId < 0)
        {
            return false;
        }
        final int at = at(tableId);
        trees[at].clear();
        key.putInt(0, tableId, ByteOrder.BIG_ENDIAN);
        PageStateException.check(tree.remove(key, 0, KEY_LENGTH), "a table is missing in the catalog");
        tableCount--;
        System.arraycopy(ids, at + 1, ids, at, tableCount - at);
        System.arraycopy(trees, at + 1, trees, at, tableCount - at);
        System.arraycopy(names, at + 1, names, at, tableCount - at);
        System.arraycopy(values, at + 1, values, at, tableCount - at);
        trees[tableCount] = null;
        names[tableCount] = null;
        values[tableCount] = null;
        return true;
    }

    int tableId(final String name)
    {
        for (int at = 0; at < tableCount; at++)
        {
            if (name.equals(names[at]))
            {
                return ids[at];
            }
        }
        return -1;
    }

    String name(final int tableId)
    {
        final int at = at(tableId);
        return at < 0 ? null : names[at];
    }

    BTree tree(final int tableId)
    {
        final int at = at(tableId);
        return at < 0 ? null : trees[at];
    }

    void forEach(final TableConsumer consumer)
    {
        for (int at = 0; at < tableCount; at++)
        {
            consumer.onTable(ids[at], names[at], trees[at].size());
        }
    }

    /** The catalog's leaf is made current at once, so that no page of an older epoch leads to one of the current epoch. */
    void rootMoved(final int tableId, final int rootPageId)
    {
        final int at = at(tableId);
        if (at < 0)
        {
            throw new IllegalStateException("table " + tableId + " has been dropped");
        }
        values[at].putInt(ROOT_OFFSET, rootPageId, ByteOrder.LITTLE_ENDIAN);
        write(tableId, values[at]);
    }

    private void write(final int tableId, final UnsafeBuffer value)
    {
        key.putInt(0, tableId, ByteOrder.BIG_ENDIAN);
        tree.put(key, 0, KEY_LENGTH, value, 0, value.capacity());
    }

    private void enter(final int tableId, final UnsafeBuffer value)
    {
        if (tableId >= nextTableId)
        {
            throw new PageStateException("catalog: table id " + tableId + " is not below the next id " + nextTableId);
        }
        if (tableCount > 0 && tableId <= ids[tableCount - 1])
        {
            throw new PageStateException("catalog: table id " + tableId + " follows " + ids[tableCount - 1]);
        }
        ensureRoom();
        ids[tableCount] = tableId;
        names[tableCount] = name(value);
        values[tableCount] = value;
        trees[tableCount] = new BTree(arena, this, tableId, value.getInt(ROOT_OFFSET, ByteOrder.LITTLE_ENDIAN));
        tableCount++;
    }

    /** Ids are never given twice, so they say nothing about how many tables there are. */
    private int at(final int tableId)
    {
        return Arrays.binarySearch(ids, 0, tableCount, tableId);
    }

    private void ensureRoom()
    {
        if (tableCount == ids.length)
        {
            final int capacity = tableCount * 2;
            ids = Arrays.copyOf(ids, capacity);
            trees = Arrays.copyOf(trees, capacity);
            names = Arrays.copyOf(names, capacity);
            values = Arrays.copyOf(values, capacity);
        }
    }
}
