package io.cairn.fsm.page;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PageArenaTest
{
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[8]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[4096]);

    private void put(final BTree tree, final long k, final int valueLength)
    {
        key.putLong(0, Long.reverseBytes(k));
        tree.put(key, 0, 8, value, 0, valueLength);
    }

    private static PageArena arena(final int pagesMax)
    {
        return new PageArena(new DirectExtentSource(), 256, 16, pagesMax);
    }

    @Test
    void shouldRefuseSizesThatItCannotAddress()
    {
        final DirectExtentSource source = new DirectExtentSource();
        assertThrows(IllegalArgumentException.class, () -> new PageArena(source, 128, 16, 16));
        assertThrows(IllegalArgumentException.class, () -> new PageArena(source, 4095, 16, 16));
        assertThrows(IllegalArgumentException.class, () -> new PageArena(source, 65536, 16, 16));
        assertThrows(IllegalArgumentException.class, () -> new PageArena(source, 4096, 3, 16));
        assertThrows(IllegalArgumentException.class, () -> new PageArena(source, 4096, 1 << 20, 1 << 21));
        assertThrows(IllegalArgumentException.class, () -> new PageArena(source, 4096, 16, 0));
    }

    @Test
    void shouldStopWhenExhausted()
    {
        final PageArena arena = arena(40);
        final BTree tree = new Tables(arena).create("t");
        final PageStateException failure = assertThrows(PageStateException.class, () ->
        {
            for (int i = 0; i < 10_000; i++)
            {
                put(tree, i, 30);
            }
        });
        assertTrue(failure.getMessage().contains("raise its bound"), failure.getMessage());
        assertEquals(0, arena.availablePages());
    }

    @Test
    void shouldStopWhenSourceHasNoMore()
    {
        final PageArena arena = new PageArena(new DirectExtentSource(256 * 32), 256, 16, 1 << 20);
        final BTree tree = new Tables(arena).create("t");
        assertThrows(PageStateException.class, () ->
        {
            for (int i = 0; i < 10_000; i++)
            {
                put(tree, i, 30);
            }
        });
        assertEquals(32, arena.pageCount());
        assertEquals(0, arena.availablePages());
    }

    @Test
    void shouldTakeEveryRetiredPageBeforeItGivesUp()
    {
        final PageArena arena = arena(64);
        final Tables tables = new Tables(arena);
        final BTree tree = tables.create("t");
        for (int round = 0; round < 10_000; round++)
        {
            put(tree, round % 50, 30);
            if (round % 7 == 0)
            {
                tables.freeze();
            }
        }
        assertTrue(arena.availablePages() >= 0);
        assertEquals(arena.pageCount(), arena.livePages() + arena.freePages() + arena.retiredPages());
    }

    @Test
    void shouldReusePagesBornAfterAnOldPin()
    {
        final PageArena arena = arena(1 << 16);
        final Tables tables = new Tables(arena);
        final BTree tree = tables.create("t");
        for (int i = 0; i < 2000; i++)
        {
            put(tree, i, 30);
        }
        tables.freeze();
        final int livePages = arena.livePages();
        final Pin old = tables.pinNewest();
        for (int round = 0; round < 20_000; round++)
        {
            put(tree, round * 7919L % 2000, 30);
            tables.freeze();
        }
        // The old version, the current one, and what the last freezes still hold: not a page per change.
        assertTrue(arena.pageCount() < 2 * livePages + 400, arena.pageCount() + " pages for " + livePages + " live ones");
        assertEquals(livePages, TreeVerifier.verify(arena, old.root()).count());
        old.release();
        arena.reclaimAll();
        assertTrue(arena.retiredPages() < 20, arena.retiredPages() + " retired pages");
    }

    @Test
    void shouldKeepNewestUntilForgotten()
    {
        final PageArena arena = arena(1 << 10);
        final Tables tables = new Tables(arena);
        final BTree tree = tables.create("t");
        assertNull(tables.newest());
        assertNull(tables.pinNewest());
        put(tree, 1, 30);
        tables.freeze();
        put(tree, 2, 30);
        arena.reclaimAll();
        assertEquals(2, arena.retiredPages());
        tables.forgetNewest();
        assertFalse(tables.newPin().acquire());
        arena.reclaimAll();
        assertEquals(0, arena.retiredPages());
    }

    @Test
    void shouldRefuseOneMorePinThanThereAreSlots()
    {
        final PageArena arena = arena(1 << 10);
        final Tables tables = new Tables(arena);
        put(tables.create("t"), 1, 1);
        tables.freeze();
        final List<Pin> pins = new ArrayList<>();
        for (int i = 0; i < 128; i++)
        {
            pins.add(tables.pinNewest());
        }
        assertThrows(IllegalStateException.class, tables::pinNewest);
        pins.get(77).release();
        assertEquals(tables.newest(), tables.pinNewest().root());
        pins.forEach(Pin::release);
    }

    @Test
    void shouldGiveTheMemoryBackWithTheLastPinWhenClosed()
    {
        final DirectExtentSource memory = new DirectExtentSource();
        final List<String> closings = new ArrayList<>();
        final PageArena arena = new PageArena(new ExtentSource()
        {
            @Override
            public long allocate(final int lengthBytes)
            {
                return memory.allocate(lengthBytes);
            }

            @Override
            public void close()
            {
                closings.add("closed");
                memory.close();
            }
        }, 512, 16, 1 << 10);
        final Tables tables = new Tables(arena);
        final BTree tree = tables.create("t");
        put(tree, 1, 30);
        tables.freeze();
        final Pin first = tables.pinNewest();
        final Pin second = tables.pinNewest();
        arena.close();
        arena.close();
        assertEquals(List.of(), closings);
        assertNull(tables.pinNewest());
        first.release();
        first.release();
        assertEquals(List.of(), closings);
        assertEquals(1, arena.pinsHeld());
        second.close();
        assertEquals(List.of("closed"), closings);
    }

    @Test
    void shouldTakeDroppedTableApartLittleByLittle()
    {
        final PageArena arena = arena(1 << 16);
        final Tables tables = new Tables(arena);
        final BTree doomed = tables.create("doomed");
        final BTree other = tables.create("other");
        for (int i = 0; i < 3000; i++)
        {
            put(doomed, i, i % 100 == 0 ? 1000 : 20);
        }
        final int before = arena.livePages();
        assertTrue(tables.drop("doomed"));
        assertTrue(arena.livePages() > before - 10, "dropping took everything apart at once");
        for (int i = 0; i < 10_000; i++)
        {
            put(other, i, 20);
        }
        assertFalse(arena.dropStep());
        assertEquals(arena.livePages(), TreeVerifier.verify(arena, tables.freeze()).count());
        assertEquals(-1, tables.tableId("doomed"));
        assertThrows(IllegalStateException.class, () -> put(doomed, 1, 1));
    }

    @Test
    void shouldRefuseToRestoreWhatIsNotAState()
    {
        final PageArena small = arena(16);
        assertThrows(PageStateException.class, () -> small.beginRestore(17));
        final PageArena blank = arena(64);
        blank.beginRestore(32);
        final FrozenRoot claimed = new FrozenRoot(7, 3, 32, 10);
        final PageStateException failure = assertThrows(PageStateException.class, () -> Tables.restore(blank, claimed));
        assertTrue(failure.getMessage().startsWith("page 3:"), failure.getMessage());
        assertThrows(PageStateException.class, () -> Tables.restore(blank, new FrozenRoot(7, 3, 64, 10)));
        assertThrows(PageStateException.class, () -> Tables.restore(blank, new FrozenRoot(7, 40, 32, 10)));
        final PageArena used = arena(64);
        new Tables(used).create("t");
        assertThrows(IllegalStateException.class, () -> used.beginRestore(1));
    }

    @Test
    void shouldRestoreStateWithoutTables()
    {
        final PageArena arena = arena(64);
        arena.beginRestore(0);
        final Tables tables = Tables.restore(arena, new FrozenRoot(3, PageArena.NULL_PAGE, 0, 0));
        assertEquals(4, arena.epoch());
        assertEquals(0, tables.tableCount());
        put(tables.create("t"), 1, 1);
        assertEquals(1, tables.table("t").size());
    }
}
