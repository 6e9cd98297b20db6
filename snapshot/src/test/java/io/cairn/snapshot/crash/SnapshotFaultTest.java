package io.cairn.snapshot.crash;

import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.cairn.wal.io.SimulatedOperation;
import io.cairn.wal.io.StorageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every changing operation of the disk fails once, with an I/O error and with a full disk: the snapshot under way fails and leaves nothing, what
 * was
 * published stays, the next one succeeds, and a power loss at any of these moments is survived.
 */
final class SnapshotFaultTest
{
    /** Every operation in long runs, every other one for each kind of failure otherwise. */
    private static final int STEP = Integer.getInteger("cairn.crash.seeds", 1) > 1 ? 1 : 2;

    @ParameterizedTest
    @EnumSource(value = StorageException.Kind.class, names = {"IO", "NO_SPACE"})
    void shouldKeepWhatWasPublishedWhenAnyChangingOperationFails(final StorageException.Kind kind)
    {
        final SnapshotRun calm = start();
        final long first = calm.disk().operations();
        script(calm);
        final long operations = calm.disk().operations();
        calm.close();
        int failed = 0;
        for (long number = first + (kind == StorageException.Kind.IO ? 0 : 1); number < operations; number += STEP)
        {
            final long failing = number;
            final SnapshotRun run = start();
            run.disk().faults((n, operation, path) ->
                n == failing && operation.isChanging() && (kind == StorageException.Kind.IO || takesSpace(operation)) ? kind : null);
            try
            {
                script(run);
                run.recover();
                run.close();
            }
            catch (final RuntimeException | AssertionError failure)
            {
                throw new AssertionError(kind + " at operation " + number + ": " + failure.getMessage(), failure);
            }
            failed += run.failed();
        }
        assertNotEquals(0, failed);
    }

    @Test
    void shouldKeepWhatWasPublishedWhenTheDiskFailsForGood()
    {
        final SnapshotRun calm = start();
        final long first = calm.disk().operations();
        script(calm);
        final long operations = calm.disk().operations();
        calm.close();
        for (long number = first; number < operations; number += 2 * STEP)
        {
            final long failing = number;
            final SnapshotRun run = start();
            run.disk().faults((n, operation, path) -> n >= failing && operation.isChanging() ? StorageException.Kind.IO : null);
            try
            {
                script(run);
                run.recoverOnceMore();
            }
            catch (final RuntimeException | AssertionError failure)
            {
                throw new AssertionError("IO from operation " + number + " on: " + failure.getMessage(), failure);
            }
        }
    }

    private static boolean takesSpace(final SimulatedOperation operation)
    {
        return operation != SimulatedOperation.DELETE && operation != SimulatedOperation.FORCE_RANGE;
    }

    private static SnapshotRun start()
    {
        return new SnapshotRun("fault", 31, 2, 3, 2, 15).quietly();
    }

    private static void script(final SnapshotRun run)
    {
        run.takeOrFail(false);
        for (int i = 0; i < 5; i++)
        {
            run.change(1).takeOrFail(true);
        }
    }
}
