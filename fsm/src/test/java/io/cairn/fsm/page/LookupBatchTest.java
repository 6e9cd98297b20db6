package io.cairn.fsm.page;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LookupBatchTest
{
    private static final int KEYS = 5_000;

    private final PageArena arena = new PageArena(new DirectExtentSource(), 512, 256, 1 << 16);
    private final Tables tables = new Tables(arena);
    private final BTree tree = tables.create("t");
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[256]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[100]);
    private final LookupBatch lookups = new LookupBatch(arena, 0);

    @AfterEach
    void close()
    {
        arena.close();
    }

    @Test
    void shouldChangeNoByteOfAnyPage()
    {
        lookups.add(tree, key, 0, 16);
        lookups.load();
        final Random random = new Random(3);
        for (int i = 0; i < KEYS; i++)
        {
            tree.put(randomKey(random), 0, 16, value, 0, random.nextInt(100));
        }
        final byte[] before = image();
        for (int i = 0; i < KEYS; i++)
        {
            lookups.add(tree, randomKey(random), 0, random.nextInt(129));
            lookups.add(tree, key, 0, 200);
            if (random.nextInt(5) == 0)
            {
                lookups.load();
            }
        }
        assertArrayEquals(before, image());
    }

    @Test
    void shouldTakeAsManyKeysAsItHasRoomForBetweenLoads()
    {
        tree.put(randomKey(new Random(1)), 0, 16, value, 0, 100);
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < LookupBatch.CAPACITY; i++)
            {
                assertFalse(lookups.isFull());
                lookups.add(tree, key, 0, 16);
            }
            assertTrue(lookups.isFull());
            lookups.add(tree, key, 0, 16);
            lookups.load();
        }
        assertTrue(new LookupBatch(arena).isFull(), "a state this small is not worth it");
    }

    @Test
    void shouldBearThatPagesBecomeOthersBetweenAddAndLoad()
    {
        final Random random = new Random(5);
        final UnsafeBuffer large = new UnsafeBuffer(new byte[20_000]);
        large.setMemory(0, large.capacity(), (byte)0xFF);
        for (int round = 0; round < 20; round++)
        {
            final BTree dropped = tables.create("dropped");
            for (int i = 0; i < 300; i++)
            {
                dropped.put(randomKey(random), 0, 16, value, 0, 100);
            }
            for (int i = 0; i < LookupBatch.CAPACITY; i++)
            {
                lookups.add(dropped, randomKey(random), 0, 16);
            }
            tables.drop("dropped");
            for (int i = 0; i < 10; i++)
            {
                tree.put(randomKey(random), 0, 16, large, 0, large.capacity());
            }
            lookups.load();
        }
        assertEquals(200, tree.size());
        TreeVerifier.verify(arena, tables.freeze());
    }

    @Test
    void shouldLookWhereTheEntryIs()
    {
        final Random random = new Random(7);
        final KeyBuffer sought = new KeyBuffer(128);
        final TreePath path = new TreePath(arena);
        for (int i = 0; i < KEYS; i++)
        {
            tree.put(randomKey(random), 0, 16, value, 0, random.nextInt(100));
        }
        final BTreeCursor cursor = tree.cursor();
        int found = 0;
        for (boolean on = cursor.seekFirst(); on; on = cursor.next())
        {
            found++;
            sought.load(cursor.key(), 0, 16);
            final long leaf = path.descend(tree.rootPageId(), sought);
            final long slot = SlottedPage.slot(leaf, SlottedPage.search(leaf, 0, sought));
            assertEquals(SlottedPage.heapOffset(slot), SlottedPage.probableOffset(leaf, sought, arena.pageSize()));
        }
        assertEquals(KEYS, found);
    }

    private UnsafeBuffer randomKey(final Random random)
    {
        // Few first bytes, so that pages have prefixes.
        key.putInt(0, random.nextInt(3));
        key.putLong(4, random.nextLong());
        key.putInt(12, random.nextInt());
        return key;
    }

    private byte[] image()
    {
        final byte[] image = new byte[arena.pageCount() * arena.pageSize()];
        for (int pageId = 0; pageId < arena.pageCount(); pageId++)
        {
            new UnsafeBuffer(arena.address(pageId), arena.pageSize()).getBytes(0, image, pageId * arena.pageSize(), arena.pageSize());
        }
        return image;
    }
}
