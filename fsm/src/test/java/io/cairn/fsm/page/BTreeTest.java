package io.cairn.fsm.page;

import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class BTreeTest
{
    private final PageArena arena = new PageArena(new DirectExtentSource(), 4096, 256, 1 << 16);
    private final Tables tables = new Tables(arena);
    private final BTree tree = tables.create("t");
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[1100]);
    private final UnsafeBuffer value = new UnsafeBuffer(ByteBuffer.allocateDirect(2 << 20));
    private final UnsafeBuffer read = new UnsafeBuffer(new byte[2 << 20]);

    @Test
    void shouldRefuseWhatIsTooLongBeforeAnythingChanges()
    {
        assertThrows(IllegalArgumentException.class, () -> tree.put(key, 0, 1025, value, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> tree.get(key, 0, 1025, read, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> tree.put(key, 0, 10, value, 0, -1));
        assertThrows(IndexOutOfBoundsException.class, () -> tree.put(key, 0, 10, value, 2 << 20, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> tree.put(key, 1095, 10, value, 0, 1));
        assertEquals(0, tree.size());
        assertFalse(tree.cursor().seekFirst());
    }

    @Test
    void shouldKeepLongestKeysAndLargeValues()
    {
        for (int i = 0; i < 20; i++)
        {
            key.setMemory(0, 1024, (byte)'k');
            key.putByte(1023, (byte)i);
            value.setMemory(0, 1 << 20, (byte)i);
            assertTrue(tree.put(key, 0, 1024, value, 0, 1 << 20));
        }
        for (int i = 0; i < 20; i++)
        {
            key.putByte(1023, (byte)i);
            assertEquals(1 << 20, tree.get(key, 0, 1024, read, 0, read.capacity()));
            assertEquals(i, read.getByte(0));
            assertEquals(i, read.getByte((1 << 20) - 1));
            assertEquals(1 << 20, tree.get(key, 0, 1024, read, 0, 3));
            assertTrue(tree.remove(key, 0, 1024));
        }
        assertEquals(0, tree.size());
        TreeVerifier.verify(arena, tables.freeze());
    }

    @Test
    void shouldTellShortKeysApartThatDifferInTrailingZeros()
    {
        for (int length = 0; length <= 20; length++)
        {
            assertTrue(tree.put(key, 0, length, value, 0, length));
        }
        for (int length = 0; length <= 20; length++)
        {
            assertEquals(length, tree.get(key, 0, length, read, 0, read.capacity()));
        }
        final BTreeCursor cursor = tree.cursor();
        assertTrue(cursor.seekBefore(key, 0, 9));
        assertEquals(8, cursor.keyLength());
        assertEquals(8, cursor.copyKey(read, 0));
    }

    @Test
    void shouldFillPagesWhenAppendedInOrder()
    {
        final int count = 50_000;
        for (int i = 0; i < count; i++)
        {
            key.putLong(0, Long.reverseBytes(i));
            tree.append(key, 0, 16, value, 0, 100);
        }
        assertThrows(IllegalArgumentException.class, () -> tree.append(key, 0, 16, value, 0, 100));
        assertEquals(count, tree.size());
        final double bytesPerEntry = (double)arena.livePages() * arena.pageSize() / count;
        assertTrue(bytesPerEntry < 130, bytesPerEntry + " bytes per entry of 116");
        TreeVerifier.verify(arena, tables.freeze());
    }

    @Test
    void shouldShareLongPrefixes()
    {
        final int count = 50_000;
        for (int i = 0; i < count; i++)
        {
            final int n = (int)(i * 2654435761L % count & 0x7FFFFFFF);
            final int length = key.putStringWithoutLengthAscii(0, "tenant/0000042/orders/by-customer/" + String.format("%08d", n));
            tree.put(key, 0, length, value, 0, 8);
        }
        final double bytesPerEntry = (double)arena.livePages() * arena.pageSize() / tree.size();
        assertTrue(bytesPerEntry < 50, bytesPerEntry + " bytes per entry of 50, half of them shared");
        TreeVerifier.verify(arena, tables.freeze());
    }

    @Test
    void shouldRefuseToMoveCursorWhenTreeHasChanged()
    {
        tree.put(key, 0, 1, value, 0, 1);
        tree.put(key, 0, 2, value, 0, 1);
        final BTreeCursor cursor = tree.cursor();
        assertThrows(IllegalStateException.class, cursor::next);
        assertTrue(cursor.seekFirst());
        tree.put(key, 0, 3, value, 0, 1);
        assertThrows(IllegalStateException.class, cursor::next);
        assertThrows(IllegalStateException.class, cursor::key);
        assertTrue(cursor.seek(key, 0, 2));
        assertTrue(cursor.next());
        assertFalse(cursor.next());
        assertThrows(IllegalStateException.class, cursor::previous);
    }

    @Test
    void shouldRefuseToReadThroughReleasedPin()
    {
        tree.put(key, 0, 1, value, 0, 1);
        tables.freeze();
        final Pin pin = tables.pinNewest();
        final ReadTables view = tables.view(pin);
        final ReadTree pinned = view.table("t");
        assertEquals(1, pinned.size());
        tree.clear();
        tables.freeze();
        assertEquals(1, pinned.get(key, 0, 1, read, 0, 1));
        pin.acquire();
        assertThrows(IllegalStateException.class, pinned::size);
        assertEquals(0, view.wrap(pin).table("t").size());
        pin.release();
        assertThrows(IllegalStateException.class, () -> view.table("t"));
        assertThrows(IllegalStateException.class, () -> view.wrap(pin));
    }

    @Test
    void shouldReadFromAndToAnyKindOfBuffer()
    {
        final ExpandableArrayBuffer expandable = new ExpandableArrayBuffer(256);
        expandable.putLong(9, 42);
        assertTrue(tree.put(expandable, 9, 8, expandable, 3, 100));
        final UnsafeBuffer slice = new UnsafeBuffer(value, 1000, 100);
        slice.putLong(1, 42);
        assertEquals(100, tree.get(slice, 1, 8, slice, 0, 100));
        assertEquals(42, slice.getLong(6));
        slice.putLong(1, 42);
        assertThrows(IndexOutOfBoundsException.class, () -> tree.get(slice, 1, 8, slice, 1, 100));
    }

    @Test
    void shouldAllocateNothingPerOperation()
    {
        final com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean)ManagementFactory.getThreadMXBean();
        final BTreeCursor cursor = tree.cursor();
        final ValueView view = new ValueView();
        final Random random = new Random(1);
        // Warm up, and grow to the size that is then kept.
        churn(random, cursor, view, 60_000);
        churn(random, cursor, view, 60_000);
        final long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        churn(random, cursor, view, 60_000);
        final long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        // A new extent's side tables are all that may be allocated; an operation that allocates would show as 960,000 at least.
        assertTrue(allocated < 100_000, allocated + " bytes for 60,000 rounds");
    }

    private void churn(final Random random, final BTreeCursor cursor, final ValueView view, final int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            key.putInt(0, random.nextInt(20_000));
            tree.put(key, 0, 16, value, 0, i % 500 == 0 ? 5000 : 50 + i % 50);
            key.putInt(0, random.nextInt(20_000));
            tree.remove(key, 0, 16);
            tree.get(key, 0, 16, read, 0, 100);
            tree.find(key, 0, 16, view);
            if (cursor.seek(key, 0, 16) && cursor.next())
            {
                cursor.key();
                cursor.value(view);
            }
            if (i % 1000 == 0)
            {
                tables.freeze();
            }
        }
    }
}
