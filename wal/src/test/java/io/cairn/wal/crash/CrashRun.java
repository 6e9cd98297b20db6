package io.cairn.wal.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cairn.wal.ForceMethod;
import io.cairn.wal.WalException;
import io.cairn.wal.WriteAheadLog;
import io.cairn.wal.io.FaultPlan;
import io.cairn.wal.io.OperationObserver;
import io.cairn.wal.io.SimulatedCrash;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Runs a log on a simulated disk and, before every changing operation of the disk and after every call of the log, looks at what a crash at that
 * moment would leave: each such state is opened, judged by the model, appended to, and now and then crashed again, while it recovers and after.
 * {@code -Dcairn.crash.seeds=N} sets how many states are tried per crash point.
 */
final class CrashRun
{
    /** How a crash state is made. */
    enum Kind
    {
        POWER_LOSS,
        PROCESS_CRASH,
        TORN_STORES,
        TORN_STORES_POWER_LOSS
    }

    static final AtomicLong STATES = new AtomicLong();
    static final int SEEDS = Integer.getInteger("cairn.crash.seeds", 2);
    private static final int APPEND_ATTEMPTS = 100;

    private final String name;
    private final long seed;
    private final SplittableRandom random;
    private final LogChecker checker;
    private final UnsafeBuffer mainPayload = new UnsafeBuffer(new byte[LogChecker.PAYLOAD_MAX]);
    private final UnsafeBuffer forkPayload = new UnsafeBuffer(new byte[LogChecker.PAYLOAD_MAX]);
    private SimulatedStorageIo disk;
    private LogModel model = new LogModel();
    private WriteAheadLog log;
    private boolean watching;
    private boolean injecting;
    private int states = SEEDS;

    /** The main line has lost power and not yet found out what is left: even the death of the process alone shows less than was published. */
    private boolean lostPower;

    CrashRun(final String name, final long seed, final ForceMethod method, final int segmentBytes, final boolean inline)
    {
        this.name = name + " method=" + method + " segmentBytes=" + segmentBytes + " inline=" + inline;
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.checker = new LogChecker(method, segmentBytes, inline);
        this.disk = new SimulatedStorageIo(seed).writeBackOneOf(4);
        watch();
    }

    SplittableRandom random()
    {
        return random;
    }

    LogModel model()
    {
        return model;
    }

    WriteAheadLog log()
    {
        return log;
    }

    SimulatedStorageIo disk()
    {
        return disk;
    }

    // ---------------------------------------------------------------- the workload

    CrashRun open()
    {
        log = checker.open(disk);
        checker.check(log, model, false);
        return this;
    }

    CrashRun appendOne(final int length)
    {
        appendTo(log, model, length, true);
        return this;
    }

    CrashRun append(final int count, final int lengthMax)
    {
        for (int i = 0; i < count; i++)
        {
            appendOne(random.nextInt(lengthMax + 1));
        }
        return this;
    }

    CrashRun force()
    {
        log.force();
        model.forced();
        assertEquals(model.forcedIndex(), WriteAheadLog.index(log.durablePosition()), this::context);
        look();
        return this;
    }

    CrashRun truncateSuffix(final long fromIndex)
    {
        model.truncating(fromIndex);
        log.truncateSuffix(fromIndex);
        model.truncated();
        model.nextTerm();
        assertEquals(model.lastIndex(), log.lastIndex(), this::context);
        look();
        return this;
    }

    CrashRun releasePrefix(final long belowIndex)
    {
        model.releasing(belowIndex);
        log.releasePrefix(belowIndex);
        final String wrong = model.judgeEnds(log.firstIndex(), log.lastIndex(), true);
        if (wrong != null)
        {
            throw new AssertionError(wrong + context());
        }
        model.released(log.firstIndex());
        look();
        return this;
    }

    CrashRun reset(final long index, final long term)
    {
        model.resetting(index, term);
        log.reset(index, term, (int)(index * 31));
        model.reset();
        assertEquals(index, log.lastIndex(), this::context);
        look();
        return this;
    }

    CrashRun store(final long term, final int vote)
    {
        model.storing(term, vote);
        log.stableStore().store(term, vote);
        model.stored();
        look();
        return this;
    }

    CrashRun nextTerm()
    {
        model.nextTerm();
        return this;
    }

    CrashRun allocate()
    {
        log.allocator().doWork();
        look();
        return this;
    }

    CrashRun closeAndOpen()
    {
        final long last = model.lastIndex();
        final WriteAheadLog closing = log;
        log = null;
        closing.close();
        model.published();
        model.forced();
        assertEquals(0, disk.openHandles(), () -> "handles left open" + context());
        look();
        open();
        assertEquals(last, log.lastIndex(), this::context);
        return this;
    }

    /** The main line itself crashes and goes on. */
    CrashRun crash(final Kind kind)
    {
        final long crashSeed = random.nextLong();
        disk.observer(OperationObserver.NONE);
        if (kind == Kind.PROCESS_CRASH)
        {
            disk.processCrash();
        }
        else
        {
            disk.powerLoss(crashSeed);
        }
        watch();
        lostPower = kind != Kind.PROCESS_CRASH;
        log = null;
        try
        {
            log = checker.open(disk);
            checker.check(log, model, kind == Kind.PROCESS_CRASH);
            lostPower = false;
        }
        catch (final RuntimeException | AssertionError failure)
        {
            if (injecting && failure instanceof WalException)
            {
                throw failure;
            }
            throw new AssertionError("main line after " + kind + " with seed " + crashSeed + context(), failure);
        }
        model.nextTerm();
        look();
        return this;
    }

    /** The main line loses power and nobody has opened the log since. */
    CrashRun losePower()
    {
        disk.observer(OperationObserver.NONE);
        disk.powerLoss(random.nextLong());
        log = null;
        model.nextTerm();
        return this;
    }

    /** Power fails amid the removal of a suffix. */
    CrashRun losePowerAmidTruncation(final long fromIndex, final int operations)
    {
        model.truncating(fromIndex);
        return losePowerAmid(() -> log.truncateSuffix(fromIndex), operations);
    }

    /** Power fails amid a reset. */
    CrashRun losePowerAmidReset(final long index, final long term, final int operations)
    {
        model.resetting(index, term);
        return losePowerAmid(() -> log.reset(index, term, 1), operations);
    }

    private CrashRun losePowerAmid(final Runnable operation, final int operations)
    {
        disk.losePowerAt(disk.operations() + operations);
        try
        {
            operation.run();
            throw new AssertionError("it was over before the power failed" + context());
        }
        catch (final SimulatedCrash expected)
        {
            return losePower();
        }
        finally
        {
            disk.losePowerAt(Long.MAX_VALUE);
        }
    }

    /** Everything, in any order. */
    CrashRun anything(final int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            final int choice = random.nextInt(100);
            if (choice < 45)
            {
                append(1 + random.nextInt(4), random.nextInt(4) == 0 ? 2_000 : 200);
            }
            else if (choice < 65)
            {
                force();
            }
            else if (choice < 72)
            {
                truncateSuffix(model.firstIndex() + random.nextLong(model.lastIndex() - model.firstIndex() + 2));
            }
            else if (choice < 79)
            {
                releasePrefix(model.firstIndex() + random.nextLong(model.forcedIndex() - model.firstIndex() + 2));
            }
            else if (choice < 81)
            {
                reset(Math.max(model.firstIndex(), model.lastIndex() + random.nextInt(-3, 5)), model.term());
            }
            else if (choice < 86)
            {
                store(model.stableTerm() + 1, random.nextInt(-1, 3));
            }
            else if (choice < 92)
            {
                allocate();
            }
            else if (choice < 96)
            {
                closeAndOpen();
            }
            else
            {
                crash(random.nextInt(3) == 0 ? Kind.PROCESS_CRASH : Kind.POWER_LOSS);
            }
        }
        return this;
    }

    /** Every opening draws its settings: method, length of segments, how many ahead, how many recycled. */
    CrashRun drawingSettings()
    {
        checker.drawSettings(seed);
        return this;
    }

    /** Makes full segments durable only, as a level that forces nothing else does. */
    CrashRun forceFull()
    {
        log.forceFull();
        model.forcedUpTo(WriteAheadLog.index(log.durablePosition()));
        look();
        return this;
    }

    /** Appends several entries and publishes them together: until then a reader must not see them, and a crash may keep any of them. */
    CrashRun appendBatch(final int count, final int lengthMax)
    {
        for (int i = 0; i < count; i++)
        {
            final LogModel.Entry entry = model.nextEntry(RecordDescriptor.COMMAND, random.nextInt(lengthMax + 1));
            entry.payload(mainPayload);
            model.appended(entry);
            final long result = appendOnce(entry);
            if (result == WriteAheadLog.NOT_READY)
            {
                model.refused();
                log.publish();
                model.published();
                log.allocator().doWork();
                continue;
            }
            assertEquals(entry.index(), result, this::context);
            look();
        }
        log.publish();
        model.published();
        look();
        return this;
    }

    private long appendOnce(final LogModel.Entry entry)
    {
        return log.append(
            entry.type(), entry.flags(), entry.index(), entry.term(), entry.timestampMs(),
            Crc32c.compute(mainPayload, 0, entry.length()), mainPayload, 0, entry.length());
    }

    /** As {@link #anything}, with batches, and forces of full segments only. */
    CrashRun anythingElse(final int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            final int choice = random.nextInt(4);
            if (choice == 0)
            {
                forceFull();
            }
            else if (choice == 1)
            {
                appendBatch(1 + random.nextInt(12), random.nextInt(3) == 0 ? 2_000 : 300);
            }
            else
            {
                anything(4);
            }
        }
        return this;
    }

    /** Looks at no crash states until {@link #look} is asked for: for runs that inject faults. */
    CrashRun quietly()
    {
        disk.writeBackOneOf(0);
        watching = true;
        injecting = true;
        states = 1;
        return this;
    }

    /** An operation failed: the process gives up, another one opens the log, everything that was or is promised holds, and appends go on. */
    CrashRun giveUpAndOpen(final String fault)
    {
        try
        {
            closeAfterFault();
            disk.faults(FaultPlan.NONE);
            disk.processCrash();
            log = checker.open(disk);
            checker.check(log, model, false);
            model.nextTerm();
            append(3, 500).force().append(1, 100);
            watching = false;
            look("appended after the fault");
            log.close();
            disk.close();
        }
        catch (final RuntimeException | AssertionError failure)
        {
            throw new AssertionError(failure.getMessage() + "\n  after " + fault + context(), failure);
        }
        return this;
    }

    /**
     * After a failure the log may refuse whatever is asked. Where it does not, it keeps what it promises: what it calls durable from here on goes
     * into the model, and the power loss that follows shows whether a force was tried again that must not be.
     */
    CrashRun tryToGoOn()
    {
        if (log == null || model.isUnderWay())
        {
            return this;
        }
        final long published = log.lastIndex();
        checker.check(log, model.copy(), false);
        try
        {
            appendTo(log, model, 40, false);
        }
        catch (final WalException refused)
        {
            assertEquals(published, log.lastIndex(), "refused, and published all the same");
        }
        try
        {
            log.force();
        }
        catch (final WalException refused)
        {
            assertThrows(WalException.class, log::force, "a force that failed was tried again");
        }
        model.forcedUpTo(WriteAheadLog.index(log.durablePosition()));
        return this;
    }

    private void closeAfterFault()
    {
        if (log == null)
        {
            assertEquals(0, disk.openHandles(), "a constructor that throws leaves handles open");
            return;
        }
        try
        {
            log.close();
        }
        catch (final WalException expected)
        {
            // A log that failed may say so once more when it is closed; it gives everything back all the same.
            assertEquals(0, disk.openHandles(), () -> "a close that throws leaves handles open: " + expected);
            return;
        }
        assertEquals(0, disk.openHandles(), "close after a fault leaves handles open");
    }

    void close()
    {
        if (log != null)
        {
            log.close();
            assertEquals(0, disk.openHandles(), () -> "handles left open" + context());
        }
        disk.close();
    }

    // ---------------------------------------------------------------- the crashes

    private void watch()
    {
        disk.observer((number, operation, path) -> look("before operation " + number + " " + operation + " " + path.getFileName()));
    }

    private void look()
    {
        look("after operation " + disk.operations());
    }

    private void look(final String where)
    {
        if (watching)
        {
            return;
        }
        watching = true;
        for (int i = 0; i < states; i++)
        {
            final Kind kind = random.nextInt(3) == 0 ? Kind.PROCESS_CRASH : Kind.POWER_LOSS;
            final long crashSeed = random.nextLong();
            final SimulatedStorageIo after = kind == Kind.PROCESS_CRASH ? disk.afterProcessCrash() : disk.afterPowerLoss(crashSeed);
            judge(after, model, kind, where + ", " + kind + " seed " + crashSeed, crashSeed);
        }
        watching = false;
    }

    private void lookTorn(final SimulatedStorageIo before, final String where)
    {
        if (watching)
        {
            return;
        }
        watching = true;
        for (int i = 0; i < states; i++)
        {
            final Kind kind = i % 2 == 0 ? Kind.TORN_STORES : Kind.TORN_STORES_POWER_LOSS;
            final long crashSeed = random.nextLong();
            SimulatedStorageIo after = disk.afterTornStores(before, crashSeed);
            if (kind == Kind.TORN_STORES_POWER_LOSS)
            {
                final SimulatedStorageIo torn = after;
                after = torn.afterPowerLoss(crashSeed);
                torn.close();
            }
            judge(after, model, kind, where + ", " + kind + " seed " + crashSeed, crashSeed);
        }
        watching = false;
    }

    private void judge(final SimulatedStorageIo after, final LogModel truth, final Kind kind, final String where, final long crashSeed)
    {
        STATES.incrementAndGet();
        final SplittableRandom draw = new SplittableRandom(crashSeed);
        final LogModel copy = truth.copy();
        try
        {
            judge(after, copy, !lostPower && (kind == Kind.PROCESS_CRASH || kind == Kind.TORN_STORES), draw, 0);
        }
        catch (final RuntimeException | AssertionError failure)
        {
            throw new AssertionError(failure.getMessage() + "\n  " + where + "\n  " + truth + context(), failure);
        }
    }

    private void judge(
        final SimulatedStorageIo after, final LogModel truth, final boolean processOnly, final SplittableRandom draw, final int depth)
    {
        if (depth == 0 && draw.nextInt(8) == 0)
        {
            after.observer((number, operation, path) ->
                again(after, truth, processOnly, draw, depth, "while recovering, before " + operation + " " + path));
        }
        final WriteAheadLog recovered = checker.open(after);
        after.observer(OperationObserver.NONE);
        checker.check(recovered, truth, processOnly);
        final boolean verifying = draw.nextInt(4) == 0;
        if (verifying)
        {
            checker.verify(after);
        }
        if (depth < 2 && draw.nextInt(4) == 0)
        {
            again(after, truth, true, draw, depth, "just recovered");
            truth.nextTerm();
            final int count = 1 + draw.nextInt(3);
            for (int i = 0; i < count; i++)
            {
                appendTo(recovered, truth, draw.nextInt(300), false);
            }
            if (draw.nextBoolean())
            {
                recovered.force();
                truth.forced();
            }
            again(after, truth, true, draw, depth, "recovered and appended to");
        }
        recovered.close();
        truth.published();
        truth.forced();
        if (after.openHandles() != 0)
        {
            throw new AssertionError(after.openHandles() + " handles left open by close");
        }
        if (verifying)
        {
            checker.verify(after);
        }
        if (draw.nextInt(4) == 0)
        {
            final WriteAheadLog reopened = checker.open(after);
            checker.check(reopened, truth, true);
            reopened.close();
        }
        after.close();
    }

    private void again(
        final SimulatedStorageIo base,
        final LogModel truth,
        final boolean processOnly,
        final SplittableRandom draw,
        final int depth,
        final String where)
    {
        STATES.incrementAndGet();
        final long crashSeed = draw.nextLong();
        final Kind kind = draw.nextInt(4) == 0 ? Kind.PROCESS_CRASH : Kind.POWER_LOSS;
        final SimulatedStorageIo after = kind == Kind.PROCESS_CRASH ? base.afterProcessCrash() : base.afterPowerLoss(crashSeed);
        try
        {
            judge(after, truth.copy(), processOnly && kind == Kind.PROCESS_CRASH, new SplittableRandom(crashSeed), depth + 1);
        }
        catch (final RuntimeException | AssertionError failure)
        {
            throw new AssertionError(failure.getMessage() + "\n  crashed again " + where + ", " + kind + " seed " + crashSeed, failure);
        }
    }

    private void appendTo(final WriteAheadLog target, final LogModel truth, final int length, final boolean look)
    {
        final int type = truth.lastIndex() % 7 == 6 ? RecordDescriptor.CONFIGURATION : RecordDescriptor.COMMAND;
        final LogModel.Entry entry = truth.nextEntry(type, length);
        // Forks append amid an append of the main line, which may be rolling.
        final UnsafeBuffer payload = look ? mainPayload : forkPayload;
        entry.payload(payload);
        final int crc = Crc32c.compute(payload, 0, length);
        final SimulatedStorageIo before = look ? disk.afterProcessCrash() : null;
        final long operations = disk.operations();
        // From here on the entry may be there after a crash.
        truth.appended(entry);
        long result = WriteAheadLog.NOT_READY;
        for (int i = 0; i < APPEND_ATTEMPTS && result == WriteAheadLog.NOT_READY; i++)
        {
            result = target.append(
                entry.type(), entry.flags(), entry.index(), entry.term(), entry.timestampMs(), crc, payload, 0, length);
            if (result == WriteAheadLog.NOT_READY)
            {
                target.force();
                truth.forcedUpTo(WriteAheadLog.index(target.durablePosition()));
                target.allocator().doWork();
            }
        }
        if (result == WriteAheadLog.NO_SPACE)
        {
            truth.refused();
            throw new WalException(WalException.Kind.NO_SPACE, "append answered NO_SPACE");
        }
        if (result != entry.index())
        {
            throw new AssertionError("append of " + entry + " answered " + result + context());
        }
        target.publish();
        if (look)
        {
            if (disk.operations() == operations)
            {
                lookTorn(before, "amid the append of " + entry);
            }
            before.close();
        }
        truth.published();
        if (look)
        {
            look();
        }
    }

    private String context()
    {
        return "\n  " + name + " seed=" + seed + " operations=" + disk.operations() + " now " + model;
    }
}
