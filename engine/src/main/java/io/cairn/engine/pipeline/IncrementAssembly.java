package io.cairn.engine.pipeline;

import io.cairn.engine.install.IncrementHeader;
import io.cairn.engine.install.IncrementReader;
import io.cairn.engine.storage.NodeState;
import io.cairn.engine.storage.NodeStorage;
import io.cairn.fsm.MachineSnapshot;
import io.cairn.fsm.StateDigest;
import io.cairn.fsm.page.Pin;
import io.cairn.fsm.page.Tables;
import io.cairn.snapshot.RateLimit;
import io.cairn.snapshot.SnapshotException;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.snapshot.SnapshotRequest;
import io.cairn.snapshot.SnapshotStore;
import io.cairn.snapshot.SnapshotWriter;
import io.cairn.wal.io.StorageFile;

/**
 * Makes a state of an increment, beside the one in use: restores the newest snapshot of this member into a second arena, replaces the ranges that
 * changed, compares the digest with the sender's, and publishes the result as a snapshot of this member, which by the epochs of the restored pages
 * is an increment on the one it came from. From there on everything is as for a whole snapshot that was received ({@link InstallHandover}).
 *
 * <pre>
 *   restored ──► APPLYING ──► DIGESTING ──equal──► the intent is durable ──► WRITING ──published──► DONE
 *                                          any failure ──► the second arena is closed, nothing is left
 * </pre>
 *
 * <p>Crash, step by step: before the intent there is only memory and a file that the next start removes: the state is that of the newest snapshot
 * and the log, as before. Intent durable, snapshot not published: a start removes the intent, and the unpublished directory. Published: a start
 * restores it, finds that the log does not hold its last entry, and resets the log to it ({@code InstallIntent}). At no moment does the log move
 * beyond what a published snapshot here says: it is reset only once this one is published, restored and in use. A snapshot that was published and
 * then found not to be needed (the state came further by itself) is one of this member's like any other, of entries that are committed.
 *
 * <p>The state in use goes on meanwhile: if it comes further than the snapshot that was the base, that does no harm, since the second arena is
 * built from the snapshot; if it comes further than the result, the result is declined.
 *
 * <p>Owner: the Snapshotter.
 */
final class IncrementAssembly {
    private enum Step {
        APPLYING, DIGESTING, WRITING, DONE
    }

    private static final int ENTRIES_PER_SLICE = 256;
    private static final long DIGEST_SLICE_BYTES = 64 << 10;
    /** To put an entry in its place costs about as much as to write so many bytes; to look at a byte a fourth of writing it. */
    private static final int ENTRY_BYTES = 128;
    private static final int DIGEST_SHARE = 4;

    private final NodeStorage storage;
    private final SnapshotStore store;
    private final PipelineContext context;
    private final IncrementHeader header;
    private final SnapshotManifest base;
    private final Tables tables;
    private final IncrementReader reader;
    private final RateLimit rate;
    private Step step = Step.APPLYING;
    private Pin pin;
    private StateDigest digest;
    private SnapshotWriter writer;
    private NodeState state;

    /**
     * @param context of the member.
     * @param header  of the increment.
     * @param file    that holds it.
     * @throws RuntimeException when there is nothing here to build it on.
     */
    IncrementAssembly(final PipelineContext context, final IncrementHeader header, final StorageFile file) {
        this.context = context;
        this.header = header;
        storage = context.storage;
        store = context.snapshots;
        rate = new RateLimit(context.transferBytesPerSecond);
        base = store.newest().orElseThrow(() -> new SnapshotException("there is no snapshot here that an increment could be built on"));
        if (base.index() < header.baseIndex() || base.index() >= header.index() || !header.machineName().equals(storage.machineName())) {
            throw new SnapshotException("an increment of the machine " + header.machineName() + " from entry " + header.baseIndex() + " to " +
                header.index() + " cannot be built on the snapshot at entry " + base.index() + " of " + storage.machineName());
        }
        tables = storage.restorePages(base);
        reader = new IncrementReader(header, file, tables);
    }

    /**
     * One slice.
     *
     * @param nowNs monotonic time.
     * @return amount of work done.
     * @throws RuntimeException when it cannot go on: close it then.
     */
    int doWork(final long nowNs) {
        if (Step.WRITING == step) {
            return write(nowNs);
        }
        if (!rate.allows(nowNs)) {
            return 0;
        }
        if (Step.APPLYING == step) {
            rate.spent((long)reader.doWork(ENTRIES_PER_SLICE) * ENTRY_BYTES, nowNs);
            if (reader.isOver()) {
                tables.freeze();
                pin = tables.pinNewest();
                digest = StateDigest.begin(tables.view(pin));
                step = Step.DIGESTING;
            }
        } else if (Step.DIGESTING == step) {
            rate.spent(digest.doWork(DIGEST_SLICE_BYTES) / DIGEST_SHARE, nowNs);
            if (digest.isDone()) {
                begin();
            }
        }
        return 1;
    }

    private void begin() {
        if (digest.value() != header.digest()) {
            throw new SnapshotException("the increment from entry " + header.baseIndex() + " to " + header.index() +
                ", built on the snapshot at entry " + base.index() + ", gives a state of digest " + Long.toHexString(digest.value()) +
                " and not " + Long.toHexString(header.digest()));
        }
        storage.intendInstallation(header.index(), header.term());
        final SnapshotRequest request = new SnapshotRequest(header.index(), header.term(), header.timestampMs())
            .pages(tables, pin)
            .machineSnapshot(MachineSnapshot.IN_TABLES)
            .createdMs(context.epochClock.time())
            .walChain(header.walChain())
            .configuration(header.configuration())
            .incremental(context.incrementalSnapshots);
        pin = null;
        writer = store.beginBeside(request, base);
        step = Step.WRITING;
    }

    private int write(final long nowNs) {
        final int work = writer.doWork(nowNs);
        if (writer.isDone()) {
            if (SnapshotWriter.State.PUBLISHED != writer.state()) {
                throw null == writer.failure() ? new SnapshotException("the snapshot was cancelled") : writer.failure();
            }
            state = storage.completeState(tables, writer.manifest().orElseThrow());
            step = Step.DONE;
            return 1;
        }
        return work;
    }

    /** @return the state, once it is published; whoever takes it closes it. */
    NodeState state() {
        return state;
    }

    /** Gives up, unless it is done. */
    void close() {
        if (Step.DONE == step) {
            return;
        }
        if (null != writer) {
            writer.cancel();
        }
        if (null != pin) {
            pin.release();
        }
        tables.arena().close();
    }
}
