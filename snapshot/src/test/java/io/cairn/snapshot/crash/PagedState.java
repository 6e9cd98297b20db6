package io.cairn.snapshot.crash;

import io.cairn.fsm.page.BTree;
import io.cairn.fsm.page.BTreeCursor;
import io.cairn.fsm.page.PageArena;
import io.cairn.fsm.page.Tables;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A small paged state with its model beside it: keys are big-endian longs, a value is its seed repeated, sometimes longer than a page.
 */
final class PagedState
{
    static final int PAGE_SIZE = 512;
    static final int EXTENT_PAGES = 64;
    static final int PAGES_MAX = 4096;
    private static final String TABLE = "users";
    private static final ArrayDeque<ByteBuffer> POOL = new ArrayDeque<>();

    private final UnsafeBuffer key = new UnsafeBuffer(new byte[8]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[4096]);
    private final Tables tables;
    private final TreeMap<Long, Long> model;

    PagedState()
    {
        this(new Tables(newArena(PAGE_SIZE, 0)), new TreeMap<>());
        tables.create(TABLE);
    }

    PagedState(final Tables tables, final Map<Long, Long> model)
    {
        this.tables = tables;
        this.model = new TreeMap<>(model);
    }

    static PageArena newArena(final int pageSize, final int pageCount)
    {
        return new PageArena(new PooledExtents(POOL), pageSize, EXTENT_PAGES, Math.max(PAGES_MAX, pageCount));
    }

    Tables tables()
    {
        return tables;
    }

    TreeMap<Long, Long> model()
    {
        return model;
    }

    void change(final SplittableRandom random, final int changes, final int keys)
    {
        final BTree tree = tables.table(TABLE);
        for (int i = 0; i < changes; i++)
        {
            final long k = random.nextInt(keys);
            key.putLong(0, k, ByteOrder.BIG_ENDIAN);
            if (random.nextInt(4) == 0)
            {
                tree.remove(key, 0, 8);
                model.remove(k);
            }
            else
            {
                final long seed = random.nextLong();
                tree.put(key, 0, 8, value, 0, value(seed));
                model.put(k, seed);
            }
        }
    }

    /** Why the tables differ from a model, or null. */
    String differs(final Map<Long, Long> expected)
    {
        final BTree tree = tables.table(TABLE);
        if (tree == null)
        {
            return "the table is missing";
        }
        final BTreeCursor cursor = tree.cursor();
        final UnsafeBuffer found = new UnsafeBuffer(new byte[value.capacity()]);
        boolean on = cursor.seekFirst();
        for (final Map.Entry<Long, Long> entry : expected.entrySet())
        {
            if (!on)
            {
                return "key " + entry.getKey() + " is missing";
            }
            cursor.copyKey(key, 0);
            final long k = key.getLong(0, ByteOrder.BIG_ENDIAN);
            if (k != entry.getKey())
            {
                return "key " + k + " instead of " + entry.getKey();
            }
            final int length = value(entry.getValue());
            if (cursor.valueLength() != length || cursor.copyValue(found, 0, length) != length)
            {
                return "value of key " + k + " has " + cursor.valueLength() + " bytes instead of " + length;
            }
            for (int i = 0; i < length; i++)
            {
                if (found.getByte(i) != value.getByte(i))
                {
                    return "value of key " + k + " differs at byte " + i;
                }
            }
            on = cursor.next();
        }
        return on ? "there is a key more" : tree.size() == expected.size() ? null : "the size is " + tree.size();
    }

    void close()
    {
        tables.arena().close();
    }

    private int value(final long seed)
    {
        final int length = (int)((seed & 31) == 0 ? 600 + (seed >>> 5 & 1023) : seed >>> 5 & 127);
        for (int i = 0; i < length; i++)
        {
            value.putByte(i, (byte)(seed >>> (i & 7) * 8));
        }
        return length;
    }
}
