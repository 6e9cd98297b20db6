package io.cairn.wal.crash;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cairn.wal.ForceMethod;
import io.cairn.wal.WalException;
import io.cairn.wal.io.FaultPlan;
import io.cairn.wal.io.SimulatedOperation;
import io.cairn.wal.io.StorageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation of the log, with every single operation of the disk failing in turn: the device errs or is full. The log says so with its own
 * exception or goes on keeping its promises, never forces again what it failed to force, gives every file, mapping and lock back, and opens again
 * with everything that was durable.
 */
final class WalFaultTest
{
    private static final int SEGMENT_BYTES = 32 * 1024;
    private static final Set<SimulatedOperation> FORCES =
        EnumSet.of(SimulatedOperation.FORCE, SimulatedOperation.FORCE_RANGE, SimulatedOperation.FORCE_DIRECTORY);
    private static final Set<SimulatedOperation> NEEDING_SPACE = EnumSet.of(
        SimulatedOperation.CREATE, SimulatedOperation.MAKE_DIRECTORY, SimulatedOperation.WRITE, SimulatedOperation.ALLOCATE,
        SimulatedOperation.FORCE, SimulatedOperation.FORCE_RANGE, SimulatedOperation.RENAME, SimulatedOperation.FORCE_DIRECTORY,
        SimulatedOperation.MAP);

    private static int faults;

    @AfterAll
    static void report()
    {
        System.out.println("wal faults injected: " + faults);
    }

    /**
     * Lets one call of the disk fail, counted over all of them, and watches for a force that is tried again.
     */
    private static final class SingleFault implements FaultPlan
    {
        private final long failing;
        private final StorageException.Kind kind;
        private final List<SimulatedOperation> calls = new ArrayList<>();
        private SimulatedOperation failed;
        private Path failedPath;
        private String forcedAgain;

        SingleFault(final long failing, final StorageException.Kind kind)
        {
            this.failing = failing;
            this.kind = kind;
        }

        @Override
        public StorageException.Kind decide(final long number, final SimulatedOperation operation, final Path path)
        {
            calls.add(operation);
            if (calls.size() - 1 == failing)
            {
                failed = operation;
                failedPath = path;
                return kind;
            }
            if (failed != null && FORCES.contains(failed) && FORCES.contains(operation) && path.equals(failedPath))
            {
                forcedAgain = operation + " of " + path;
            }
            return null;
        }

        boolean isOfThePreparation()
        {
            return kind == StorageException.Kind.NO_SPACE && (failedPath.toString().contains("spare-") || failed == SimulatedOperation.RENAME);
        }

        @Override
        public String toString()
        {
            return kind + " at call " + failing + ", " + failed + " of " + failedPath;
        }
    }

    @ParameterizedTest
    @EnumSource(ForceMethod.class)
    void shouldFailLoudlyAndLoseNothingWhenFormattingOrClosingFails(final ForceMethod method)
    {
        eachFault("format", method, run -> run.open().append(2, 300).closeAndOpen().append(1, 100).closeAndOpen());
    }

    @ParameterizedTest
    @EnumSource(ForceMethod.class)
    void shouldFailLoudlyAndLoseNothingWhenAnAppendOrAForceFails(final ForceMethod method)
    {
        eachFault("append", method, run -> run.open().append(3, 700).force().append(2, 300).append(4, 900).force());
    }

    @ParameterizedTest
    @EnumSource(ForceMethod.class)
    void shouldFailLoudlyAndLoseNothingWhenARollOrASealFails(final ForceMethod method)
    {
        eachFault("roll", method, run -> run.open().append(2, 100).force().append(24, 2_400).force().append(12, 2_400).force());
    }

    @ParameterizedTest
    @EnumSource(ForceMethod.class)
    void shouldFailLoudlyAndBringNothingBackWhenTheRemovalOfASuffixFails(final ForceMethod method)
    {
        eachFault("cut in the tail", method, run -> run.open().append(8, 500).force().append(3, 500).truncateSuffix(6).append(2, 90).force());
        eachFault(
            "cut across segments", method, run -> run.open().append(45, 1_800).force().truncateSuffix(7).append(2, 90).force());
    }

    @ParameterizedTest
    @EnumSource(ForceMethod.class)
    void shouldFailLoudlyAndLoseNothingWhenReleasingOrRecyclingFails(final ForceMethod method)
    {
        eachFault(
            "recycle",
            method,
            run -> run.open().append(45, 1_800).force().allocate().releasePrefix(40).allocate().append(30, 1_800).force().allocate()
                .releasePrefix(60).allocate().closeAndOpen().allocate().append(12, 1_800).force());
    }

    @ParameterizedTest
    @EnumSource(ForceMethod.class)
    void shouldFailLoudlyAndHoldOneLogOrTheOtherWhenAResetFails(final ForceMethod method)
    {
        eachFault("reset", method, run -> run.open().append(25, 1_800).force().append(2, 100).reset(500, 7).append(2, 90).force());
    }

    @ParameterizedTest
    @EnumSource(value = ForceMethod.class, names = "PWRITE_FDATASYNC")
    void shouldFailLoudlyAndKeepThePromiseWhenTheStableStoreFails(final ForceMethod method)
    {
        eachFault("stable", method, run -> run.open().store(1, -1).store(1, 2).store(4, -1).closeAndOpen().store(5, 1));
    }

    @ParameterizedTest
    @EnumSource(ForceMethod.class)
    void shouldFailLoudlyAndLoseNothingWhenARecoveryFails(final ForceMethod method)
    {
        eachFault("recover", method, run -> run.open().append(20, 1_800).force().append(9, 1_800).losePower().open().append(3, 90).force());
        final int operations = 3 + 2 * method.ordinal();
        eachFault(
            "recover a cut after " + operations,
            method,
            run -> run.open().append(45, 1_800).force().losePowerAmidTruncation(7, operations).open().append(3, 90).force());
        eachFault(
            "recover a reset",
            method,
            run -> run.open().append(25, 1_800).force().losePowerAmidReset(500, 7, 4).open().append(3, 90).force());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void shouldFailLoudlyAndLoseNothingWhenAnOperationOfAnySequenceFails(final long seed)
    {
        final Consumer<CrashRun> script = run -> run.open().anything(40);
        final SingleFault none = new SingleFault(-1, StorageException.Kind.IO);
        final CrashRun dry = sequence(seed);
        dry.disk().faults(none);
        script.accept(dry);
        final int calls = none.calls.size();
        dry.close();
        final SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 6; i++)
        {
            final int call = random.nextInt(calls);
            final boolean isFull = random.nextBoolean() && NEEDING_SPACE.contains(none.calls.get(call));
            oneFault(
                sequence(seed),
                "any sequence of seed " + seed,
                script,
                new SingleFault(call, isFull ? StorageException.Kind.NO_SPACE : StorageException.Kind.IO));
        }
    }

    static LongStream seeds()
    {
        final long first = Long.getLong("cairn.fault.first", 1);
        return LongStream.range(first, first + Integer.getInteger("cairn.fault.runs", 30));
    }

    private static CrashRun sequence(final long seed)
    {
        final ForceMethod method = ForceMethod.values()[(int)(seed % 3)];
        return new CrashRun("any sequence with a fault", seed, method, SEGMENT_BYTES, seed % 4 < 2).quietly();
    }

    /**
     * Once for a device that errs, at every call, once for one that is full, at every call that needs room.
     */
    private static void eachFault(final String name, final ForceMethod method, final Consumer<CrashRun> script)
    {
        final CrashRun dry = run(name, method);
        final SingleFault none = new SingleFault(-1, StorageException.Kind.IO);
        dry.disk().faults(none);
        script.accept(dry);
        final int calls = none.calls.size();
        dry.close();
        assertTrue(calls > 10, name);
        for (int call = 0; call < calls; call++)
        {
            oneFault(name, method, script, new SingleFault(call, StorageException.Kind.IO));
            if (NEEDING_SPACE.contains(none.calls.get(call)) && method != ForceMethod.FDATASYNC)
            {
                oneFault(name, method, script, new SingleFault(call, StorageException.Kind.NO_SPACE));
            }
        }
    }

    private static void oneFault(final String name, final ForceMethod method, final Consumer<CrashRun> script, final SingleFault fault)
    {
        oneFault(run(name, method), name, script, fault);
    }

    private static void oneFault(final CrashRun run, final String name, final Consumer<CrashRun> script, final SingleFault fault)
    {
        faults++;
        run.disk().faults(fault);
        try
        {
            boolean isRefused = false;
            try
            {
                script.accept(run);
            }
            catch (final WalException refused)
            {
                isRefused = true;
                assertTrue(
                    refused.kind() == WalException.Kind.IO || refused.kind() == WalException.Kind.NO_SPACE, () -> "kind " + refused.kind());
            }
            assertNotNull(fault.failed, "the fault did not strike");
            // A disk that is full when a segment is prepared ahead is no failure as long as there is another one.
            assertTrue(isRefused || fault.isOfThePreparation(), "went unnoticed");
            if (isRefused)
            {
                run.tryToGoOn();
            }
        }
        catch (final RuntimeException | AssertionError failure)
        {
            throw new AssertionError(failure.getMessage() + "\n  after " + fault + " in " + name, failure);
        }
        run.giveUpAndOpen(fault.toString());
        if (fault.forcedAgain != null)
        {
            throw new AssertionError("forced again: " + fault.forcedAgain + "\n  after " + fault + " in " + name);
        }
    }

    private static CrashRun run(final String name, final ForceMethod method)
    {
        return new CrashRun(name, 11, method, SEGMENT_BYTES, true).quietly();
    }
}
