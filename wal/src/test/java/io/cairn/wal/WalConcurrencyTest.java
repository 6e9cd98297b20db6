package io.cairn.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Readers follow, seek and let go while one thread appends, one forces and releases, and one recycles what they have just left: every entry that a
 * cursor gives is the one of its index, and nobody reads memory that was unmapped. Real threads, real files; the work is bounded, the order is not.
 */
class WalConcurrencyTest
{
    private static final long ENTRIES = 20_000;
    private static final int READERS = 3;

    @TempDir
    private Path dir;

    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isDone = new AtomicBoolean();
    private final AtomicLong compactions = new AtomicLong();
    private LogFixture fixture;

    private Thread thread(final String name, final Runnable work)
    {
        final Thread thread = new Thread(
            () ->
            {
                try
                {
                    work.run();
                }
                catch (final Throwable failure)
                {
                    failures.add(failure);
                    isDone.set(true);
                }
            },
            name);
        thread.start();
        return thread;
    }

    @ParameterizedTest
    @EnumSource(value = ForceMethod.class, names = {"MSYNC_RANGE", "PWRITE_FDATASYNC"})
    void shouldGiveEveryReaderTheRightEntriesWhileSegmentsAreRecycledBehindThem(final ForceMethod method) throws InterruptedException
    {
        fixture = new LogFixture(dir.resolve(method.name()));
        fixture.method = method;
        fixture.log = new WriteAheadLog(
            fixture.context().segmentBytes(64 * 1024).segmentsAhead(2).recycledMax(4).prepareInline(false).conclude());
        final List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < READERS; i++)
        {
            final int seed = i;
            readers.add(thread("reader-" + i, () -> read(seed)));
        }
        final Thread allocator = thread("allocator", this::allocate);
        final Thread syncer = thread("syncer", this::forceAndRelease);
        thread("sequencer", this::append).join();
        for (final Thread reader : readers)
        {
            reader.join();
        }
        isDone.set(true);
        syncer.join();
        allocator.join();
        if (!failures.isEmpty())
        {
            throw new AssertionError(failures.peek());
        }
        assertEquals(ENTRIES, fixture.log.lastIndex());
        fixture.log.close();
        fixture.open();
        fixture.checkAll(fixture.log.firstIndex(), ENTRIES, 1);
        assertTrue(fixture.log.firstIndex() > ENTRIES / 2, "first " + fixture.log.firstIndex());
        fixture.log.close();
        assertEquals(List.of(), WalVerifier.verify(fixture.storageIo, fixture.dir).findings());
    }

    private void append()
    {
        long next = 1;
        while (next <= ENTRIES && !isDone.get())
        {
            final long result = fixture.append(next, 1);
            if (result == WriteAheadLog.NOT_READY)
            {
                fixture.log.publish();
                Thread.onSpinWait();
                Thread.yield();
                continue;
            }
            assertEquals(next, result);
            if (next % 7 == 0)
            {
                fixture.log.publish();
            }
            next++;
        }
        fixture.log.publish();
    }

    private void forceAndRelease()
    {
        while (!isDone.get())
        {
            if (fixture.log.force() == 0)
            {
                Thread.yield();
            }
            release();
        }
        // One slow force may cover most of what was appended, and all the others may end while it lasts.
        fixture.log.force();
        release();
    }

    private void release()
    {
        final long durable = WriteAheadLog.index(fixture.log.durablePosition());
        fixture.log.releasePrefix(Math.max(fixture.log.firstIndex(), durable - 300));
    }

    private void allocate()
    {
        while (!isDone.get())
        {
            if (fixture.log.allocator().doWork() == 0)
            {
                Thread.yield();
            }
        }
    }

    private void read(final int seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        try (LogCursor cursor = fixture.log.newCursor())
        {
            long read = 0;
            while (read < ENTRIES && !isDone.get())
            {
                if (cursor.next())
                {
                    read = cursor.index();
                    fixture.check(cursor, read, 1);
                    if (random.nextInt(500) == 0)
                    {
                        cursor.release();
                    }
                    else if (random.nextInt(500) == 0)
                    {
                        // Back to where segments are about to go; false if they went already.
                        cursor.seek(Math.max(1, read - random.nextInt(400)));
                    }
                }
                else if (cursor.isCompacted())
                {
                    compactions.incrementAndGet();
                    cursor.seek(fixture.log.firstIndex());
                }
                else
                {
                    Thread.yield();
                }
            }
        }
    }
}
