package io.cairn.fsm.page;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Readers on other threads walk pinned roots while the writer churns. Every frozen state holds the same sum, spread over entries that
 * come and go, so that a page that changes or is reused under a reader shows. Bounded by work: the writer's rounds.
 */
class PinnedReadersTest
{
    private static final int KEYS = 3000;
    private static final int ROUNDS = 1500;
    private static final int CHANGES_PER_ROUND = 40;
    private static final long TOTAL = 1_000_000_007L;
    private static final long SEED = 4711;

    private final AtomicBoolean done = new AtomicBoolean();

    @Test
    void shouldReadOneStateWhenWriterGoesOn() throws ExecutionException, InterruptedException
    {
        final PageArena arena = new PageArena(new DirectExtentSource(), 256, 64, 1 << 20);
        final Tables tables = new Tables(arena);
        final Writer writer = new Writer(tables.create("sums"));
        writer.begin();
        tables.freeze();
        final ExecutorService readers = Executors.newFixedThreadPool(3);
        try
        {
            final List<Future<Integer>> scans = new ArrayList<>();
            for (int i = 0; i < 3; i++)
            {
                scans.add(readers.submit(reader(tables, i == 0)));
            }
            for (int round = 0; round < ROUNDS; round++)
            {
                writer.round();
                tables.freeze();
            }
            done.set(true);
            for (final Future<Integer> scan : scans)
            {
                assertTrue(scan.get() > 0, "a reader has read nothing");
            }
        }
        finally
        {
            done.set(true);
            readers.shutdownNow();
        }
        arena.reclaimAll();
        tables.freeze();
        arena.reclaimAll();
        assertEquals(0, arena.retiredPages());
        assertEquals(arena.livePages(), TreeVerifier.verify(arena, tables.newest()).count());
        arena.close();
    }

    private Callable<Integer> reader(final Tables tables, final boolean slow)
    {
        return () ->
        {
            int scans = 0;
            final Pin pin = tables.newPin();
            assertTrue(pin.acquire());
            final ReadTables view = tables.view(pin);
            final ReadTree tree = view.table("sums");
            final BTreeCursor cursor = tree.cursor();
            final UnsafeBuffer value = new UnsafeBuffer(new byte[600]);
            do
            {
                assertTrue(pin.acquire());
                assertTrue(view.wrap(pin).table(1, tree));
                for (int again = 0; again < (slow ? 20 : 1); again++)
                {
                    long sum = 0;
                    long count = 0;
                    for (boolean on = cursor.seekFirst(); on; on = cursor.next())
                    {
                        assertTrue(cursor.copyValue(value, 0, value.capacity()) >= 8);
                        sum += value.getLong(0);
                        count++;
                    }
                    assertEquals(TOTAL, sum);
                    assertEquals(tree.size(), count);
                }
                pin.release();
                assertFalse(pin.isHeld());
                scans++;
            }
            while (!done.get());
            return scans;
        };
    }

    private static final class Writer
    {
        private final Random random = new Random(SEED);
        private final BTree tree;
        private final UnsafeBuffer key = new UnsafeBuffer(new byte[8]);
        private final UnsafeBuffer value = new UnsafeBuffer(new byte[600]);

        Writer(final BTree tree)
        {
            this.tree = tree;
        }

        void begin()
        {
            write(KEYS, TOTAL);
        }

        /** Move amounts from where they are to other keys; emptied entries are removed. */
        void round()
        {
            for (int i = 0; i < CHANGES_PER_ROUND; i++)
            {
                final int to = random.nextInt(KEYS);
                final long amount = random.nextInt(1000) + 1;
                write(KEYS, read(KEYS) - amount);
                write(to, read(to) + amount);
                final int from = random.nextInt(KEYS);
                final long all = read(from);
                if (all > 0)
                {
                    key.putLong(0, from);
                    assertTrue(tree.remove(key, 0, 8));
                    write(KEYS, read(KEYS) + all);
                }
            }
        }

        private long read(final int k)
        {
            key.putLong(0, k);
            return tree.get(key, 0, 8, value, 0, 600) < 0 ? 0 : value.getLong(0);
        }

        private void write(final int k, final long amount)
        {
            key.putLong(0, k);
            value.putLong(0, amount);
            tree.put(key, 0, 8, value, 0, k != KEYS && random.nextInt(30) == 0 ? 600 : 8 + k % 8);
        }
    }
}
