package io.cairn.fsm.page;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Pages with random damage are refused, or are still a state that can be read from end to end: never read outside the arena.
 */
class TreeVerifierTest
{
    private static final long SEED = 20_240;
    private static final int PAGE_SIZE = 512;

    @Test
    void shouldRefuseOrReadWhenBytesAreDamaged()
    {
        final Random random = new Random(SEED);
        final PageArena arena = new PageArena(new DirectExtentSource(), PAGE_SIZE, 64, 1 << 12);
        final Tables tables = new Tables(arena);
        fill(random, tables);
        final FrozenRoot root = tables.freeze();
        assertEquals(arena.livePages(), TreeVerifier.verify(arena, root).count());

        final UnsafeBuffer page = new UnsafeBuffer(0, 0);
        final byte[] original = new byte[PAGE_SIZE];
        int refused = 0;
        final int damages = 15_000;
        for (int i = 0; i < damages; i++)
        {
            page.wrap(arena.address(random.nextInt(arena.pageCount())), PAGE_SIZE);
            page.getBytes(0, original);
            damage(random, page);
            try
            {
                TreeVerifier.verify(arena, root);
                readAll(tables);
            }
            catch (final PageStateException expected)
            {
                refused++;
            }
            page.putBytes(0, original);
        }
        assertTrue(refused > damages / 20, refused + " of " + damages + " damages were refused");
        TreeVerifier.verify(arena, root);
        arena.close();
    }

    private static void fill(final Random random, final Tables tables)
    {
        final UnsafeBuffer key = new UnsafeBuffer(new byte[64]);
        final UnsafeBuffer value = new UnsafeBuffer(new byte[4096]);
        for (int table = 0; table < 3; table++)
        {
            final BTree tree = tables.create("table-" + table);
            for (int i = 0; i < 120; i++)
            {
                final int length = key.putStringWithoutLengthAscii(0, (table == 1 ? "a-common-prefix-" : "") + random.nextInt(100_000));
                tree.put(key, 0, length, value, 0, random.nextInt(40) == 0 ? random.nextInt(4000) : random.nextInt(20));
            }
        }
    }

    private static void damage(final Random random, final UnsafeBuffer page)
    {
        final int offset = random.nextInt(4) == 0 ? random.nextInt(PAGE_SIZE - 8) : random.nextInt(64);
        switch (random.nextInt(4))
        {
            case 0 -> page.putByte(offset, (byte)(page.getByte(offset) ^ 1 << random.nextInt(8)));
            case 1 -> page.putInt(offset, random.nextInt());
            case 2 -> page.putShort(offset, (short)random.nextInt(PAGE_SIZE));
            default -> page.putLong(offset, random.nextBoolean() ? -1L : random.nextLong());
        }
    }

    private static void readAll(final Tables tables)
    {
        final ValueView view = new ValueView();
        try (Pin pin = tables.pinNewest())
        {
            final ReadTables tablesView = tables.view(pin);
            for (int tableId = 1; tableId <= 3; tableId++)
            {
                final ReadTree tree = tablesView.table(tableId);
                if (tree != null)
                {
                    final BTreeCursor cursor = tree.cursor();
                    long count = 0;
                    for (boolean on = cursor.seekFirst(); on; on = cursor.next())
                    {
                        cursor.key();
                        cursor.value(view);
                        count++;
                    }
                    assertEquals(tree.size(), count);
                }
            }
        }
        tables.forEachPage(tables.newest(), 0, (pageId, address, epoch, type) -> assertTrue(pageId >= 0));
    }
}
