package io.cairn.snapshot.crash;

import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation of the snapshot store, crashed at every operation of the disk.
 */
final class SnapshotCrashTest
{
    @AfterAll
    static void report()
    {
        System.out.println("snapshot crash states opened and judged: " + SnapshotRun.STATES.get());
    }

    @Test
    void shouldRestoreWhatWasPublishedWhenPowerFailsAmidFullSnapshots()
    {
        final SnapshotRun run = new SnapshotRun("full", 1, 2, 0, 0);
        for (int i = 0; i < 4; i++)
        {
            run.change(30).take(false).work();
        }
        run.crash(true).change(10).take(false).work().close();
    }

    @Test
    void shouldRestoreWhatWasPublishedWhenPowerFailsAmidIncrements()
    {
        final SnapshotRun run = new SnapshotRun("increments", 2, 2, 3, 0);
        for (int i = 0; i < 7; i++)
        {
            run.change(6).take(true).work();
        }
        run.crash(true).change(10).take(true).crash(false).change(5).take(true).work().close();
    }

    @Test
    void shouldRestoreWhatWasPublishedWhenPowerFailsAmidAMerge()
    {
        final SnapshotRun run = new SnapshotRun("merge", 3, 2, 8, 2);
        for (int i = 0; i < 8; i++)
        {
            run.change(6).take(true).work();
        }
        assertNotEquals(0, run.store().mergedCount());
        assertNotEquals(0, run.store().removedCount());
        run.crash(true).change(10).take(true).work().close();
    }

    @Test
    void shouldLeaveNothingWhenASnapshotIsCancelled()
    {
        final SnapshotRun run = new SnapshotRun("cancel", 4, 2, 8, 0).change(5).take(true);
        for (int steps = 0; steps < 8; steps++)
        {
            run.change(4).cancel(steps);
        }
        run.take(true).work().close();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void shouldHoldThroughAnySequenceWhenPowerFails(final long seed)
    {
        final SnapshotRun run = new SnapshotRun("anything", seed, 2 + (int)(seed % 2), (int)(seed % 5), (int)(seed % 3)).change(5).take(true);
        for (int i = 0; i < 12; i++)
        {
            final int choice = run.random().nextInt(10);
            if (choice < 5)
            {
                run.change(1 + run.random().nextInt(30)).take(run.random().nextInt(5) != 0);
            }
            else if (choice < 8)
            {
                run.work();
            }
            else if (choice < 9)
            {
                run.crash(run.random().nextBoolean());
            }
            else
            {
                run.change(3).cancel(run.random().nextInt(8));
            }
        }
        run.close();
    }

    static LongStream seeds()
    {
        final long first = Long.getLong("cairn.crash.first", 100);
        return LongStream.range(first, first + Integer.getInteger("cairn.crash.runs", 5));
    }
}
