package io.cairn.engine.pipeline;

import io.cairn.snapshot.SnapshotException;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.snapshot.SnapshotPolicy;
import io.cairn.snapshot.SnapshotRequest;
import io.cairn.snapshot.SnapshotStore;
import io.cairn.snapshot.SnapshotWriter;
import io.cairn.wal.WriteAheadLog;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * Decides when a snapshot is due, has the Applier freeze the state, writes it in the background, and lets the log's prefix go.
 *
 * <p>Crash argument: a snapshot is begun only for an index that is durable here (it is forced first, at every durability level), so a crash
 * never leaves a snapshot ahead of its log; it becomes visible by one rename; and the log is released only afterwards, up to what the store
 * says it can do without. A crash between the two leaves more log than needed, which the next start releases.
 *
 * <p>A failed snapshot does not stop the node: the log is kept, the error is counted, the policy backs off and tries again.
 */
final class SnapshotterAgent implements Agent {
    private enum State {
        IDLE, CAPTURING, FORCING, WRITING
    }

    private static final long TIDY_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final SnapshotStore store;
    private final SnapshotPolicy policy;
    private final SnapshotHandover handover;
    private final SyncerRequests syncerRequests;
    private final WriteAheadLog log;
    private final PipelinePositions positions;
    private final PipelineContext context;
    private final Wakeup applierWakeup;
    private final EpochClock epochClock;
    private final NanoClock nanoClock;
    private final EngineStatistics statistics;
    private final Scrubber scrubber;
    private final Queue<CompletableFuture<SnapshotManifest>> demands = new ConcurrentLinkedQueue<>();
    private final List<CompletableFuture<SnapshotManifest>> waiting = new ArrayList<>();

    private State state = State.IDLE;
    private SnapshotWriter writer;
    private long begunNs;
    private long nextTidyNs;
    private volatile boolean closed;

    SnapshotterAgent(final PipelineContext context) {
        this.context = context;
        store = context.snapshots;
        policy = context.snapshotPolicy;
        handover = context.handover;
        syncerRequests = context.syncerRequests;
        log = context.log;
        positions = context.positions;
        applierWakeup = context.applierWakeup;
        epochClock = context.epochClock;
        nanoClock = context.nanoClock;
        nextTidyNs = nanoClock.nanoTime();
        statistics = context.statistics;
        scrubber = new Scrubber(context);
    }

    /**
     * Any thread: ask for a snapshot now.
     *
     * @return completes with what is published, or with why it failed.
     */
    CompletableFuture<SnapshotManifest> demand() {
        final CompletableFuture<SnapshotManifest> future = new CompletableFuture<>();
        demands.add(future);
        if (closed) {
            refuseDemands();
        }
        return future;
    }

    @Override
    public void onStart() {
        syncerRequests.requestRelease(store.releasableIndex());
    }

    @Override
    public int doWork() {
        final long nowNs = nanoClock.nanoTime();
        return switch (state) {
            case IDLE -> decide(nowNs);
            case CAPTURING -> awaitCapture();
            case FORCING -> awaitDurable();
            case WRITING -> write(nowNs);
        };
    }

    private int decide(final long nowNs) {
        CompletableFuture<SnapshotManifest> demand = demands.poll();
        while (null != demand) {
            waiting.add(demand);
            policy.demand();
            demand = demands.poll();
        }
        policy.newest(store.newestIndex());
        final long applied = positions.applied.get();
        if (!waiting.isEmpty() && applied == store.newestIndex()) {
            store.newest().ifPresent(manifest -> waiting.forEach(future -> future.complete(manifest)));
            waiting.clear();
            policy.cancelled();
            return 1;
        }
        if (SnapshotPolicy.Trigger.NONE != policy.evaluate(applied, positions.appliedBytes.get(), nowNs)) {
            policy.begun();
            begunNs = nowNs;
            statistics.onSnapshotBegun();
            handover.request();
            applierWakeup.signal();
            state = State.CAPTURING;
            return 1;
        }
        return tidy(nowNs);
    }

    /** Merging and retention: while there is work, one slice after the other; while there is none, a look ten times a second. */
    private int tidy(final long nowNs) {
        if (nowNs - nextTidyNs < 0) {
            final int scrubbed = scrubber.doWork(nowNs);
            if (scrubber.takeDamaged()) {
                policy.demand();
            }
            return scrubbed;
        }
        final int work = store.doWork(nowNs);
        nextTidyNs = work > 0 ? nowNs : nowNs + TIDY_INTERVAL_NS;
        return work;
    }

    private int awaitCapture() {
        if (handover.isFailed()) {
            final RuntimeException cause = handover.failure();
            failed(new SnapshotException("the state could not be captured for a snapshot: " + cause.getMessage(), cause));
            return 1;
        }
        if (!handover.isCaptured()) {
            return 0;
        }
        syncerRequests.requestForce(handover.index());
        state = State.FORCING;
        return 1;
    }

    private int awaitDurable() {
        if (WriteAheadLog.index(log.durablePosition()) < handover.index()) {
            return 0;
        }
        final SnapshotRequest request = new SnapshotRequest(handover.index(), handover.term(), handover.timestampMs())
            .pages(context.tables, handover.pin())
            .machineSnapshot(handover.machineSnapshot())
            .createdMs(epochClock.time())
            .walChain(handover.chain())
            .configuration(handover.configuration())
            .incremental(context.incrementalSnapshots);
        try {
            writer = store.begin(request);
            state = State.WRITING;
        } catch (final SnapshotException ex) {
            failed(ex);
        }
        return 1;
    }

    private int write(final long nowNs) {
        final int work = writer.doWork(nowNs);
        if (writer.isDone()) {
            final SnapshotWriter done = writer;
            if (SnapshotWriter.State.PUBLISHED == done.state()) {
                published(done.manifest().orElseThrow(), nanoClock.nanoTime());
            } else {
                failed(null == done.failure() ? new SnapshotException("the snapshot was cancelled") : done.failure());
            }
            return 1;
        }
        return work;
    }

    private void published(final SnapshotManifest manifest, final long nowNs) {
        policy.published(manifest.index(), handover.logBytes(), store.chainBytes(manifest), nowNs);
        statistics.onSnapshot(nowNs - begunNs, manifest, store.list().stream().mapToLong(SnapshotManifest::lengthBytes).sum());
        finish();
        syncerRequests.requestRelease(store.releasableIndex());
        waiting.forEach(future -> future.complete(manifest));
        waiting.clear();
    }

    private void failed(final SnapshotException cause) {
        policy.failed(nanoClock.nanoTime());
        statistics.onSnapshotFailure(cause);
        finish();
        waiting.forEach(future -> future.completeExceptionally(cause));
        waiting.clear();
    }

    private void finish() {
        writer = null;
        handover.done();
        state = State.IDLE;
    }

    @Override
    public void onClose() {
        closed = true;
        scrubber.close();
        if (null != writer) {
            writer.cancel();
            finish();
        }
        demands.addAll(waiting);
        waiting.clear();
        refuseDemands();
    }

    /** When no agent runs any more: what the Applier captured after this agent had ended is let go. */
    void abandon() {
        if (handover.isCaptured()) {
            handover.pin().release();
            handover.machineSnapshot().close();
            handover.done();
        }
    }

    private void refuseDemands() {
        final SnapshotException cause = new SnapshotException("the engine was closed before the snapshot was published");
        for (CompletableFuture<SnapshotManifest> demand = demands.poll(); null != demand; demand = demands.poll()) {
            demand.completeExceptionally(cause);
        }
    }

    @Override
    public String roleName() {
        return "cairn-snapshotter";
    }
}
