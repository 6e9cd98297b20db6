package io.cairn.fsm.page;

import org.agrona.collections.MutableInteger;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Two replicas that see the same changes but freeze at other moments, so that their pages are laid out differently: the ranges that changed at
 * one since a base, replaced in the other, make it equal, from whatever moment behind the base the other is at.
 * {@code -Dcairn.property.seeds=N} runs more seeds, and {@code -Dcairn.property.seed=S} begins with another one.
 */
class ChangedRangesTest
{
    private static final int SEEDS = Integer.getInteger("cairn.property.seeds", 60);
    private static final long FIRST_SEED = Long.getLong("cairn.property.seed", 1);
    private static final int TABLES = 3;

    private final UnsafeBuffer key = new UnsafeBuffer(new byte[1_100]);
    private final UnsafeBuffer high = new UnsafeBuffer(new byte[1_100]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[1 << 16]);

    /** One change, drawn once and made at several replicas. */
    private interface Change
    {
        void make(Tables tables);
    }

    private static Tables blank(final int pageSize)
    {
        return new Tables(new PageArena(new DirectExtentSource(), pageSize, 64, 1 << 18));
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 512, 4096})
    void shouldMakeAReplicaEqualWhenItsChangedRangesAreReplaced(final int pageSize)
    {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++)
        {
            try
            {
                run(new Random(seed * 7_919 + pageSize), pageSize);
            }
            catch (final RuntimeException | AssertionError failure)
            {
                throw new AssertionError("seed " + seed + ", page size " + pageSize, failure);
            }
        }
    }

    private void run(final Random random, final int pageSize)
    {
        final Tables leader = blank(pageSize);
        final Tables follower = blank(pageSize);
        final int keySpace = 50 << random.nextInt(6);
        for (int i = random.nextInt(6_000); i > 0; i--)
        {
            makeAtBoth(change(random, keySpace, pageSize), leader, follower, random);
        }
        final long baseEpoch = leader.freeze().epoch();
        for (int i = random.nextInt(200); i > 0; i--)
        {
            // The other one may have come further than the base.
            makeAtBoth(change(random, keySpace, pageSize), leader, follower, random);
        }
        final int shape = random.nextInt(3);
        for (int i = random.nextInt(1 << random.nextInt(12)); i > 0; i--)
        {
            final Change change = shape == 0 ? removal(random, keySpace) : change(random, keySpace, pageSize);
            change.make(leader);
            freezeSometimes(leader, random);
        }
        leader.freeze();
        try (Pin pin = leader.pinNewest())
        {
            patch(leader, pin, baseEpoch, follower);
            follower.freeze();
            try (Pin patched = follower.pinNewest())
            {
                assertEquals(content(leader.view(pin)), content(follower.view(patched)));
                TreeVerifier.verify(follower.arena(), patched.root());
                TreeVerifier.verify(leader.arena(), pin.root());
            }
        }
        leader.arena().close();
        follower.arena().close();
    }

    private static void makeAtBoth(final Change change, final Tables leader, final Tables follower, final Random random)
    {
        change.make(leader);
        change.make(follower);
        freezeSometimes(leader, random);
        freezeSometimes(follower, random);
    }

    private static void freezeSometimes(final Tables tables, final Random random)
    {
        if (random.nextInt(30) == 0)
        {
            tables.freeze();
        }
    }

    private Change change(final Random random, final int keySpace, final int pageSize)
    {
        final int table = random.nextInt(TABLES);
        final int choice = random.nextInt(1_000);
        if (choice < 3)
        {
            return tables -> tables.drop("table-" + table);
        }
        if (choice < 5)
        {
            return tables -> tree(tables, table).clear();
        }
        if (choice < 600)
        {
            final byte[] name = key(random, keySpace, pageSize);
            final byte[] content = new byte[random.nextInt(20) == 0 ? random.nextInt(3 * pageSize) : random.nextInt(30)];
            random.nextBytes(content);
            return tables -> tree(tables, table).put(new UnsafeBuffer(name), 0, name.length, new UnsafeBuffer(content), 0, content.length);
        }
        return removal(random, keySpace);
    }

    private Change removal(final Random random, final int keySpace)
    {
        final int table = random.nextInt(TABLES);
        final byte[] from = key(random, keySpace, 4_096);
        if (random.nextInt(10) > 0)
        {
            return tables -> tree(tables, table).remove(new UnsafeBuffer(from), 0, Math.min(from.length, 64));
        }
        final byte[] to = key(random, keySpace, 4_096);
        final int limit = 1 << random.nextInt(8);
        return tables -> tree(tables, table).removeRange(
            new UnsafeBuffer(from), 0, Math.min(from.length, 64), new UnsafeBuffer(to), 0, Math.min(to.length, 64), limit);
    }

    private static BTree tree(final Tables tables, final int table)
    {
        final BTree found = tables.table("table-" + table);
        return found == null ? tables.create("table-" + table) : found;
    }

    private static byte[] key(final Random random, final int keySpace, final int pageSize)
    {
        final int number = random.nextInt(keySpace);
        // The longest keys are among them, also those behind which no other of that length comes.
        final int length = number % 17 == 0 ? PageDescriptor.keyLengthMax(pageSize) : 4 + number % 9;
        final byte[] key = new byte[length];
        new UnsafeBuffer(key).putInt(0, number % 34 == 0 ? -1 - number % 3 : number, ByteOrder.BIG_ENDIAN);
        if (number % 34 == 0)
        {
            java.util.Arrays.fill(key, 4, length, (byte)0xFF);
        }
        return key;
    }

    /** What the wire carries: names and ids of the tables, and ranges. */
    private long patch(final Tables leader, final Pin pin, final long baseEpoch, final Tables follower)
    {
        final ReadTables from = leader.view(pin);
        final Map<Integer, String> tables = new HashMap<>();
        from.forEach((id, name, size) -> tables.put(id, name));
        final List<String> gone = new ArrayList<>();
        follower.forEach((id, name, size) ->
        {
            if (!name.equals(tables.get(id)))
            {
                gone.add(name);
            }
        });
        gone.forEach(follower::drop);
        from.forEach((id, name, size) ->
        {
            if (follower.table(id) == null)
            {
                follower.create(name, id);
            }
        });
        follower.nextTableId(from.nextTableId());
        final ChangedRanges ranges = new ChangedRanges(leader);
        final RangePatch patch = new RangePatch(follower);
        final MutableInteger bytes = new MutableInteger();
        from.forEach((id, name, size) ->
        {
            assertTrue(ranges.start(pin, id, baseEpoch));
            while (ranges.next())
            {
                bytes.value += replace(ranges, patch, follower.table(id));
            }
        });
        return bytes.value;
    }

    private int replace(final ChangedRanges ranges, final RangePatch patch, final BTree tree)
    {
        final ValueView view = new ValueView();
        final int lowLength = ranges.low(key, 0);
        final int highLength = ranges.high(high, 0);
        int bytes = lowLength + Math.max(0, highLength);
        patch.begin(tree, key, 0, lowLength, high, 0, highLength);
        for (int i = 0; i < ranges.count(); i++)
        {
            final int keyLength = ranges.key(i, key, 0);
            bytes += keyLength;
            if (ranges.isOld(i))
            {
                patch.keep(key, 0, keyLength);
            }
            else
            {
                ranges.value(i, view);
                view.copyTo(0, value, 0, view.length());
                patch.put(key, 0, keyLength, value, 0, view.length());
                bytes += view.length();
            }
        }
        patch.end();
        return bytes;
    }

    private List<String> content(final ReadTables tables)
    {
        final List<String> lines = new ArrayList<>();
        lines.add("next id " + tables.nextTableId());
        final ValueView view = new ValueView();
        tables.forEach((id, name, size) ->
        {
            lines.add(id + " " + name + " " + size);
            final BTreeCursor cursor = tables.table(id).cursor();
            for (boolean on = cursor.seekFirst(); on; on = cursor.next())
            {
                cursor.value(view);
                view.copyTo(0, value, 0, view.length());
                final byte[] bytes = new byte[view.length()];
                value.getBytes(0, bytes);
                final byte[] name1 = new byte[cursor.keyLength()];
                cursor.copyKey(key, 0);
                key.getBytes(0, name1);
                lines.add(java.util.Arrays.toString(name1) + "=" + java.util.Arrays.hashCode(bytes) + "/" + bytes.length);
            }
        });
        return lines;
    }

    private static void put(final Tables tables, final int number, final int length)
    {
        final UnsafeBuffer name = new UnsafeBuffer(new byte[8]);
        name.putLong(0, number, ByteOrder.BIG_ENDIAN);
        tree(tables, 0).put(name, 0, 8, new UnsafeBuffer(new byte[length]), 0, length);
    }

    private static void remove(final Tables tables, final int number)
    {
        final UnsafeBuffer name = new UnsafeBuffer(new byte[8]);
        name.putLong(0, number, ByteOrder.BIG_ENDIAN);
        assertTrue(tree(tables, 0).remove(name, 0, 8));
    }

    @Test
    void shouldGiveBytesInProportionToWhatChanged()
    {
        final Tables leader = blank(512);
        final Tables follower = blank(512);
        for (int i = 0; i < 50_000; i++)
        {
            put(leader, i, 20);
            put(follower, i, 20);
        }
        final long base = leader.freeze().epoch();
        for (int i = 0; i < 10; i++)
        {
            put(leader, i * 5_000, 21);
        }
        leader.freeze();
        try (Pin pin = leader.pinNewest())
        {
            final long bytes = patch(leader, pin, base, follower);
            assertTrue(bytes > 10 * 21 && bytes < 10 * 2 * 512, () -> bytes + " bytes for ten entries");
            assertEquals(0, patch(leader, pin, leader.newest().epoch(), follower));
        }
    }

    /** A thousand large values beside one that changes do not go over the wire again. */
    @Test
    void shouldKeepLargeValuesThatDidNotChange()
    {
        final Tables leader = blank(512);
        final Tables follower = blank(512);
        for (int i = 0; i < 1_000; i++)
        {
            put(leader, i, 5_000);
            put(follower, i, 5_000);
        }
        final long base = leader.freeze().epoch();
        put(leader, 500, 5_001);
        leader.freeze();
        try (Pin pin = leader.pinNewest())
        {
            final long bytes = patch(leader, pin, base, follower);
            assertTrue(bytes > 5_000 && bytes < 6_000, () -> bytes + " bytes");
            follower.freeze();
            try (Pin patched = follower.pinNewest())
            {
                assertEquals(content(leader.view(pin)), content(follower.view(patched)));
            }
        }
    }

    /** The range of a leaf that is emptied goes to a leaf that nothing else touches. */
    @Test
    void shouldFindTheKeysOfALeafThatWasEmptied()
    {
        for (int from = 0; from < 2_000; from += 7)
        {
            final Tables leader = blank(256);
            final Tables follower = blank(256);
            for (int i = 0; i < 2_000; i++)
            {
                put(leader, i, 30);
                put(follower, i, 30);
            }
            final long base = leader.freeze().epoch();
            for (int i = from; i < Math.min(2_000, from + 5); i++)
            {
                remove(leader, i);
                leader.freeze();
            }
            try (Pin pin = leader.pinNewest())
            {
                patch(leader, pin, base, follower);
                follower.freeze();
                try (Pin patched = follower.pinNewest())
                {
                    assertEquals(content(leader.view(pin)), content(follower.view(patched)));
                }
            }
            leader.arena().close();
            follower.arena().close();
        }
    }

    @Test
    void shouldRefuseEntriesOutOfOrderOrRange()
    {
        final Tables tables = blank(512);
        final BTree tree = tables.create("t");
        final RangePatch patch = new RangePatch(tables);
        final UnsafeBuffer bytes = new UnsafeBuffer(new byte[] {1, 2, 3, 4, 5});
        patch.begin(tree, bytes, 1, 1, bytes, 3, 1);
        assertThrows(IllegalArgumentException.class, () -> patch.put(bytes, 0, 1, bytes, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> patch.put(bytes, 3, 1, bytes, 0, 1));
        patch.put(bytes, 2, 1, bytes, 0, 1);
        assertThrows(IllegalArgumentException.class, () -> patch.put(bytes, 2, 1, bytes, 0, 1));
        patch.end();
        assertThrows(IllegalArgumentException.class, () -> patch.begin(tree, bytes, 3, 1, bytes, 1, 1));
        patch.begin(tree, bytes, 0, 0, bytes, 0, -1);
        assertThrows(IllegalStateException.class, () -> patch.keep(bytes, 4, 1));
    }

    @Test
    void shouldNotGiveAnIdTwiceWhenAnotherReplicaNamesIt()
    {
        final Tables tables = blank(512);
        tables.create("one");
        tables.create("five", 5);
        assertEquals(5, tables.tableId("five"));
        assertThrows(PageStateException.class, () -> tables.create("three", 3));
        tables.nextTableId(9);
        assertThrows(PageStateException.class, () -> tables.nextTableId(8));
        assertEquals(9, tables.create("nine").tableId());
        assertFalse(new ChangedRanges(tables).start(pinned(tables), 7, 0));
    }

    private static Pin pinned(final Tables tables)
    {
        tables.freeze();
        return tables.pinNewest();
    }
}
