package io.cairn.snapshot.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cairn.fsm.page.Pin;
import io.cairn.snapshot.LoadedSnapshot;
import io.cairn.snapshot.RestoreReport;
import io.cairn.snapshot.SnapshotContext;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.snapshot.SnapshotRequest;
import io.cairn.snapshot.SnapshotStore;
import io.cairn.snapshot.SnapshotWriter;
import io.cairn.wal.io.FaultPlan;
import io.cairn.wal.io.OperationObserver;
import io.cairn.wal.io.SimulatedStorageIo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Takes snapshots of a changing state on a simulated disk and, before every changing operation of the disk, looks at what a crash at that moment
 * would leave: the newest acknowledged snapshot, or the one whose publication is under way, is restored and equals the state at its index; and
 * whatever happens to the newest, there is one to fall back to from which on the log is still there.
 */
final class SnapshotRun
{
    static final Path DIR = Path.of("/node/snapshots");
    static final AtomicLong STATES = new AtomicLong();
    static final int SEEDS = Integer.getInteger("cairn.crash.seeds", 2);
    private static final long STEP_NS = 1_000_000;
    private static final int KEYS = 120;
    private static final int STEPS_MAX = 10_000;

    /** What was promised when a crash state is judged. */
    private static final class Promise
    {
        private final Map<Long, TreeMap<Long, Long>> states = new HashMap<>();
        private long published;
        private long publishing;
        private long releasable;

        /** Failed after the rename on a disk that failed for good, so that it could not be taken away: whole, should it be found. */
        private final Set<Long> leftBehind = new HashSet<>();

        boolean allows(final long newest)
        {
            return newest == published || newest == publishing || newest > published && leftBehind.contains(newest);
        }

        Promise copy()
        {
            final Promise copy = new Promise();
            copy.states.putAll(states);
            copy.published = published;
            copy.publishing = publishing;
            copy.releasable = releasable;
            copy.leftBehind.addAll(leftBehind);
            return copy;
        }

        @Override
        public String toString()
        {
            return "published=" + published + " publishing=" + publishing + " releasable=" + releasable;
        }
    }

    private final String name;
    private final long seed;
    private final SplittableRandom random;
    private final int retain;
    private final int chainMax;
    private final int mergeChainLength;
    private final int keys;
    private SimulatedStorageIo disk;
    private Promise promise = new Promise();
    private PagedState state = new PagedState();
    private SnapshotStore store;
    private long nowNs;
    private long index;
    private final Set<Long> failedIndexes = new HashSet<>();
    private int failed;
    private boolean watching;

    SnapshotRun(final String name, final long seed, final int retain, final int chainMax, final int mergeChainLength)
    {
        this(name, seed, retain, chainMax, mergeChainLength, KEYS);
    }

    SnapshotRun(final String name, final long seed, final int retain, final int chainMax, final int mergeChainLength, final int keys)
    {
        this.keys = keys;
        this.name = name;
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.retain = retain;
        this.chainMax = chainMax;
        this.mergeChainLength = mergeChainLength;
        disk = new SimulatedStorageIo(seed).writeBackOneOf(4);
        watch();
        store = new SnapshotStore(context(disk));
        state.change(random, keys, keys);
    }

    SplittableRandom random()
    {
        return random;
    }

    SnapshotStore store()
    {
        return store;
    }

    SimulatedStorageIo disk()
    {
        return disk;
    }

    PagedState state()
    {
        return state;
    }

    Map<Long, Long> stateAt(final long snapshotIndex)
    {
        return promise.states.get(snapshotIndex);
    }

    SnapshotRun quietly()
    {
        watching = true;
        disk.writeBackOneOf(0);
        return this;
    }

    SnapshotRun change(final int changes)
    {
        state.change(random, changes, keys);
        return this;
    }

    SnapshotRun take(final boolean incremental)
    {
        final SnapshotWriter writer = begin(store, state, promise, index += 10, incremental);
        for (int i = 0; i < STEPS_MAX && !writer.isDone(); i++)
        {
            writer.doWork(nowNs += STEP_NS);
        }
        if (writer.state() != SnapshotWriter.State.PUBLISHED)
        {
            throw new AssertionError("the snapshot ended " + writer.state() + ": " + writer.failure() + context());
        }
        acknowledged(store, promise);
        look("published " + index);
        return this;
    }

    SnapshotRun cancel(final int steps)
    {
        final SnapshotWriter writer = begin(store, state, promise, index += 10, true);
        for (int i = 0; i < steps && !writer.isDone(); i++)
        {
            writer.doWork(nowNs += STEP_NS);
        }
        writer.cancel();
        if (writer.state() == SnapshotWriter.State.PUBLISHED)
        {
            acknowledged(store, promise);
        }
        promise.publishing = 0;
        look("cancelled " + index);
        return this;
    }

    /** Retention and merging, to the end. */
    SnapshotRun work()
    {
        for (int i = 0; i < STEPS_MAX && store.doWork(nowNs += STEP_NS) > 0; i++)
        {
            promise.releasable = Math.max(promise.releasable, store.releasableIndex());
        }
        assertEquals(0, failed == 0 ? store.errorCount() : 0, () -> store.lastError() + context());
        promise.releasable = Math.max(promise.releasable, store.releasableIndex());
        look("worked");
        return this;
    }

    /** A snapshot that may fail because a fault was injected: then it leaves nothing, and what there was stays. */
    SnapshotRun takeOrFail(final boolean incremental)
    {
        final SnapshotWriter writer = begin(store, state, promise, index += 10, incremental);
        for (int i = 0; i < STEPS_MAX && !writer.isDone(); i++)
        {
            writer.doWork(nowNs += STEP_NS);
        }
        if (writer.state() == SnapshotWriter.State.PUBLISHED)
        {
            acknowledged(store, promise);
        }
        else
        {
            assertEquals(SnapshotWriter.State.FAILED, writer.state(), this::context);
            assertEquals(promise.published, store.newestIndex(), () -> "after a failed snapshot" + context());
            failed++;
            failedIndexes.add(index);
            promise.publishing = 0;
        }
        for (int i = 0; i < STEPS_MAX && store.doWork(nowNs += STEP_NS) > 0; i++)
        {
            promise.releasable = Math.max(promise.releasable, store.releasableIndex());
        }
        failed += (int)store.errorCount();
        promise.releasable = Math.max(promise.releasable, store.releasableIndex());
        return this;
    }

    int failed()
    {
        return failed;
    }

    /** The fault is over: crash states, another snapshot, crash states. */
    SnapshotRun recover()
    {
        disk.faults(FaultPlan.NONE);
        watching = false;
        look("after the fault");
        watching = true;
        change(5).take(true).work();
        watching = false;
        look("after the next snapshot");
        watching = true;
        return this;
    }

    /** The disk works again for another process, which may find what this one could not take away. */
    void recoverOnceMore()
    {
        disk.faults(FaultPlan.NONE);
        store.close();
        promise.leftBehind.addAll(failedIndexes);
        watching = false;
        look("after the disk failed for good");
        state.close();
        disk.close();
    }

    /** The main line crashes, restores and goes on. */
    SnapshotRun crash(final boolean powerLoss)
    {
        final long crashSeed = random.nextLong();
        disk.observer(OperationObserver.NONE);
        if (powerLoss)
        {
            disk.powerLoss(crashSeed);
        }
        else
        {
            disk.processCrash();
        }
        watch();
        store = new SnapshotStore(context(disk));
        final LoadedSnapshot loaded = restore(store, promise);
        promise.releasable = Math.max(promise.releasable, store.releasableIndex());
        state.close();
        state = new PagedState(loaded.tables(), promise.states.get(loaded.manifest().index()));
        index = loaded.manifest().index();
        return this;
    }

    void close()
    {
        store.close();
        assertEquals(0, disk.openHandles(), () -> "handles left open" + context());
        state.close();
        disk.close();
    }

    SnapshotContext context(final SimulatedStorageIo io)
    {
        return new SnapshotContext()
            .dir(DIR)
            .storageIo(io)
            .clusterId(7)
            .retain(retain)
            .chainMax(chainMax)
            .mergeChainLength(mergeChainLength)
            .incrementPercentMax(90)
            .sliceBytes(64 << 10)
            .forceBytes(64 << 10)
            .spaceReserveBytes(0)
            .conclude();
    }

    // ---------------------------------------------------------------- crash states

    private void watch()
    {
        disk.observer((number, operation, path) -> look("before operation " + number + " " + operation + " " + path));
    }

    private void look(final String where)
    {
        if (watching)
        {
            return;
        }
        watching = true;
        for (int i = 0; i < SEEDS; i++)
        {
            final boolean powerLoss = random.nextInt(4) != 0;
            judge(disk, promise, powerLoss, random.nextLong(), 0, where);
        }
        watching = false;
    }

    private void judge(
        final SimulatedStorageIo base, final Promise before, final boolean powerLoss, final long crashSeed, final int depth, final String where)
    {
        STATES.incrementAndGet();
        final SplittableRandom draw = new SplittableRandom(crashSeed);
        final Promise truth = before.copy();
        try
        {
            judge(powerLoss ? base.afterPowerLoss(crashSeed) : base.afterProcessCrash(), truth, draw, depth);
        }
        catch (final RuntimeException | AssertionError failure)
        {
            throw new AssertionError(failure.getMessage() + "\n  " + where + ", " + (powerLoss ? "power loss" : "process crash") + " seed " +
                crashSeed + ", " + before + (depth == 0 ? context() : ""), failure);
        }
    }

    private void judge(final SimulatedStorageIo after, final Promise truth, final SplittableRandom draw, final int depth)
    {
        if (depth == 0 && draw.nextInt(6) == 0)
        {
            after.observer((number, operation, path) ->
                judge(after, truth, draw.nextBoolean(), draw.nextLong(), depth + 1, "while opening, before " + operation + " " + path));
        }
        final SnapshotStore opened = new SnapshotStore(context(after));
        after.observer(OperationObserver.NONE);
        final long newest = opened.newestIndex();
        if (!truth.allows(newest))
        {
            throw new AssertionError("the newest snapshot is of index " + newest);
        }
        for (final String entry : after.list(DIR))
        {
            if (entry.endsWith(".tmp") || entry.endsWith(".deleting"))
            {
                throw new AssertionError("opening left " + entry);
            }
        }
        truth.published = newest;
        truth.publishing = 0;
        truth.releasable = Math.max(truth.releasable, opened.releasableIndex());
        if (newest > 0)
        {
            if (draw.nextInt(4) == 0)
            {
                fallBack(after, truth, draw);
            }
            final LoadedSnapshot loaded = restore(opened, truth);
            final PagedState restored = new PagedState(loaded.tables(), truth.states.get(newest));
            if (depth < 2 && draw.nextInt(4) == 0)
            {
                judge(after, truth, true, draw.nextLong(), depth + 1, "just opened");
                goOn(after, opened, restored, truth, draw, depth);
            }
            restored.close();
        }
        opened.close();
        if (after.openHandles() != 0)
        {
            throw new AssertionError(after.openHandles() + " handles left open by close");
        }
        after.close();
    }

    /** The next snapshot of the restored state, and what a crash leaves of that. */
    private void goOn(
        final SimulatedStorageIo after,
        final SnapshotStore opened,
        final PagedState restored,
        final Promise truth,
        final SplittableRandom draw,
        final int depth)
    {
        restored.change(draw, 20, keys);
        final SnapshotWriter writer = begin(opened, restored, truth, truth.published + 5, true);
        long now = 0;
        for (int i = 0; i < STEPS_MAX && !writer.isDone(); i++)
        {
            writer.doWork(now += STEP_NS);
            if (draw.nextInt(8) == 0)
            {
                judge(after, truth, draw.nextBoolean(), draw.nextLong(), depth + 1, "amid the next snapshot");
            }
        }
        if (writer.state() != SnapshotWriter.State.PUBLISHED)
        {
            throw new AssertionError("the next snapshot ended " + writer.state() + ": " + writer.failure());
        }
        acknowledged(opened, truth);
        for (int i = 0; i < STEPS_MAX && opened.doWork(now += STEP_NS) > 0; i++)
        {
            truth.releasable = Math.max(truth.releasable, opened.releasableIndex());
        }
        judge(after, truth, true, draw.nextLong(), depth + 1, "after the next snapshot");
    }

    /** The newest rots as well: there is one to fall back to that the released log still reaches. */
    private void fallBack(final SimulatedStorageIo after, final Promise truth, final SplittableRandom draw)
    {
        try (SimulatedStorageIo rotten = after.afterProcessCrash())
        {
            SnapshotStore opened = new SnapshotStore(context(rotten));
            final List<SnapshotManifest> list = opened.list();
            final Path newest = DIR.resolve(list.get(list.size() - 1).name());
            opened.close();
            final List<Path> files = new ArrayList<>(rotten.files());
            files.removeIf(path -> !path.startsWith(newest));
            final Path file = files.get(draw.nextInt(files.size()));
            if (rotten.sizeOf(file) == 0)
            {
                return;
            }
            final int offset = draw.nextInt((int)rotten.sizeOf(file));
            rotten.damage(file, offset, (byte)(rotten.byteAt(file, offset) ^ 1 << draw.nextInt(8)));
            opened = new SnapshotStore(context(rotten));
            final RestoreReport report = opened.restoreNewest(PagedState::newArena);
            if (report.loaded().isEmpty())
            {
                if (truth.releasable > 0)
                {
                    throw new AssertionError("nothing to fall back to when " + file + " is damaged at " + offset + ": " + report.findings());
                }
            }
            else
            {
                final LoadedSnapshot loaded = report.loaded().get();
                final long found = loaded.manifest().index();
                if (found < truth.releasable || report.findings().isEmpty() && !loaded.manifest().name().equals(newest.getFileName().toString()))
                {
                    throw new AssertionError("fell back to " + loaded.manifest() + " when " + file + " is damaged at " + offset + ", findings " +
                        report.findings());
                }
                final String wrong = differs(loaded, truth.states.get(found));
                loaded.tables().arena().close();
                if (wrong != null)
                {
                    throw new AssertionError("the state at " + found + " differs when " + file + " is damaged at " + offset + ": " + wrong);
                }
            }
            opened.close();
        }
    }

    private LoadedSnapshot restore(final SnapshotStore opened, final Promise truth)
    {
        final RestoreReport report = opened.restoreNewest(PagedState::newArena);
        if (report.loaded().isEmpty() || !report.skipped().isEmpty() || !report.findings().isEmpty())
        {
            throw new AssertionError("restoring says " + report);
        }
        final LoadedSnapshot loaded = report.loaded().get();
        final long found = loaded.manifest().index();
        if (!truth.allows(found))
        {
            throw new AssertionError("restored the snapshot of index " + found);
        }
        final String wrong = differs(loaded, truth.states.get(found));
        if (wrong != null)
        {
            throw new AssertionError("the state at " + found + " differs: " + wrong);
        }
        truth.published = found;
        truth.publishing = 0;
        return loaded;
    }

    /** Why a restored state is wrong, or null. */
    static String differs(final LoadedSnapshot loaded, final Map<Long, Long> expected)
    {
        final String wrong = new PagedState(loaded.tables(), Map.of()).differs(expected);
        return wrong == null ? MachineBytes.differs(loaded.source(), loaded.manifest().index()) : wrong;
    }

    private static SnapshotWriter begin(
        final SnapshotStore store, final PagedState state, final Promise truth, final long index, final boolean incremental)
    {
        state.tables().freeze();
        final Pin pin = state.tables().pinNewest();
        truth.states.put(index, new TreeMap<>(state.model()));
        truth.publishing = index;
        return store.begin(new SnapshotRequest(index, 1, 1_000 + index)
            .pages(state.tables(), pin)
            .machineSnapshot(new MachineBytes(index))
            .configuration(new byte[]{1, 2, 3})
            .walChain((int)index)
            .incremental(incremental));
    }

    private static void acknowledged(final SnapshotStore store, final Promise truth)
    {
        truth.published = truth.publishing;
        truth.publishing = 0;
        truth.releasable = Math.max(truth.releasable, store.releasableIndex());
    }

    private String context()
    {
        return "\n  " + name + " seed=" + seed + " retain=" + retain + " chainMax=" + chainMax + " merge=" + mergeChainLength + " operations=" +
            disk.operations();
    }
}
