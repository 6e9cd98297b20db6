package io.cairn.engine.pipeline;

import io.cairn.engine.install.IncrementHeader;
import io.cairn.engine.install.SnapshotReceiver;
import io.cairn.engine.install.TransferMessage;
import io.cairn.engine.storage.NodeState;
import io.cairn.snapshot.SnapshotException;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.snapshot.SnapshotPolicy;
import io.cairn.snapshot.SnapshotRequest;
import io.cairn.snapshot.SnapshotStore;
import io.cairn.snapshot.SnapshotWriter;
import io.cairn.wal.WriteAheadLog;
import io.cairn.wal.io.StorageFile;
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
 * <p>A snapshot of another member is restored beside the state in use while that goes on, and then handed to the Sequencer and the Applier
 * ({@link InstallHandover}). One that cannot be restored changes nothing; the crash argument is {@code InstallIntent}'s.
 *
 * <p>A failed snapshot does not stop the node: the log is kept, the error is counted, the policy backs off and tries again.
 */
final class SnapshotterAgent implements Agent, SnapshotReceiver.Host {
    private enum State {
        IDLE, CAPTURING, FORCING, WRITING, ASSEMBLING, INSTALLING
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
    private final PipelineCounts counts;
    private final Queue<CompletableFuture<SnapshotManifest>> demands = new ConcurrentLinkedQueue<>();
    private final List<CompletableFuture<SnapshotManifest>> waiting = new ArrayList<>();

    /** Null where this member is the only one. */
    private final Transfers transfers;
    private final InstallHandover installs;
    /** Null where everything is read at once. */
    private final InstallPace pace;

    private State state = State.IDLE;
    private SnapshotWriter writer;
    private IncrementAssembly assembly;
    /** Who asked last what an increment could be built on. */
    private long baseAskedBy;
    private boolean isInstallingIncrement;
    private long begunNs;
    private long nextTidyNs;
    /** Entries between state and log are missing here. */
    private boolean isIncomplete;
    private volatile boolean closed;

    SnapshotterAgent(final PipelineContext context) {
        this.context = context;
        store = context.snapshots;
        policy = context.snapshotPolicy;
        handover = context.handover;
        syncerRequests = context.syncerRequests;
        log = context.log;
        positions = context.positions;
        counts = context.counts;
        applierWakeup = context.applierWakeup;
        epochClock = context.epochClock;
        nanoClock = context.nanoClock;
        nextTidyNs = nanoClock.nanoTime();
        statistics = context.statistics;
        scrubber = new Scrubber(context);
        installs = context.installHandover;
        isIncomplete = context.needsSnapshot;
        transfers = null == context.transport ? null : new Transfers(context, this, this::incrementBase);
        pace = null == transfers || !context.hasBackgroundThreads || 0 == context.transferBytesPerSecond ? null :
            new InstallPace(context.transferBytesPerSecond, nanoClock, transfers.receiver()::whileBusy);
        if (null != pace) {
            store.installPace(pace);
        }
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
        requestRelease();
    }

    @Override
    public int doWork() {
        final long nowNs = nanoClock.nanoTime();
        final int work = null == transfers ? 0 : transfers.doWork(nowNs, isIncomplete || 0 != positions.snapshotWanted.get());
        return work + switch (state) {
            case IDLE -> decide(nowNs);
            case CAPTURING -> awaitCapture();
            case FORCING -> awaitDurable();
            case WRITING -> write(nowNs);
            case ASSEMBLING -> assemble(nowNs);
            case INSTALLING -> awaitInstallation(nowNs);
        };
    }

    /**
     * What an increment could be built on: the newest snapshot here. One is written first, once for each time that somebody asks, where the state
     * has come further, so that no more than what is missing is sent.
     */
    private long incrementBase(final TransferMessage question) {
        if (State.IDLE != state) {
            return -1;
        }
        if (positions.applied.get() == store.newestIndex() || baseAskedBy == question.transferId) {
            return store.newestIndex();
        }
        baseAskedBy = question.transferId;
        policy.demand();
        return -1;
    }

    @Override
    public long stateIndex() {
        return positions.applied.get();
    }

    @Override
    public long term() {
        return context.transferDesk.term();
    }

    @Override
    public boolean mayPublish() {
        return State.IDLE == state;
    }

    @Override
    public void beforePublish(final SnapshotManifest manifest) {
        context.storage.intendInstallation(manifest.index(), manifest.term());
    }

    @Override
    public void onReceived(final SnapshotManifest manifest) {
        scrubber.restart();
        try {
            installs.offer(context.storage.restore(manifest));
            state = State.INSTALLING;
        } catch (final RuntimeException ex) {
            // The intent stays: what was published may be whole, or what it is built on, and the next start finds it.
            transfers.receiver().onInstallFailed(
                new SnapshotException("the snapshot " + manifest.name() + " cannot be installed: " + ex.getMessage(), ex));
        }
    }

    @Override
    public void onIncrement(final IncrementHeader header, final StorageFile file) {
        scrubber.restart();
        isInstallingIncrement = true;
        try {
            assembly = new IncrementAssembly(context, header, file);
            state = State.ASSEMBLING;
        } catch (final RuntimeException ex) {
            incrementFailed(ex);
        }
    }

    private int assemble(final long nowNs) {
        try {
            final int work = assembly.doWork(nowNs);
            if (null != assembly.state()) {
                installs.offer(assembly.state());
                assembly = null;
                state = State.INSTALLING;
            }
            return work;
        } catch (final RuntimeException ex) {
            incrementFailed(ex);
            return 1;
        }
    }

    /** The state in use and what is on disk are as they were. */
    private void incrementFailed(final RuntimeException cause) {
        if (null != assembly) {
            assembly.close();
            assembly = null;
        }
        isInstallingIncrement = false;
        state = State.IDLE;
        // The intent stays, here as well: it may be of a chain that broke off before.
        transfers.receiver().onInstallFailed(new SnapshotException("an increment cannot be installed: " + cause.getMessage(), cause));
    }

    @Override
    public void onFailed(final RuntimeException cause) {
        statistics.onSnapshotFailure(cause);
    }

    private int awaitInstallation(final long nowNs) {
        final long progress = installs.state();
        if (InstallHandover.INSTALLED != progress && InstallHandover.DECLINED != progress) {
            return 0;
        }
        final NodeState next = installs.next();
        if (WriteAheadLog.index(log.durablePosition()) < next.index()) {
            // The log holds what the snapshot includes, but would not after a power loss: until it does, a start must know about the installation.
            syncerRequests.requestForce(next.index());
            return 0;
        }
        if (InstallHandover.INSTALLED == progress) {
            installs.previous().close();
            store.onStateReplaced(next.manifest());
            policy.restored(next.index(), positions.appliedBytes.get(), store.chainBytes(next.manifest()), nowNs);
            final Position installed = isInstallingIncrement ? counts.incrementsInstalled : counts.snapshotsInstalled;
            installed.set(installed.getPlain() + 1);
            isIncomplete = false;
        } else {
            next.close();
        }
        installs.done();
        isInstallingIncrement = false;
        state = State.IDLE;
        context.storage.installationDone();
        transfers.receiver().onInstalled();
        requestRelease();
        return 1;
    }

    /** What a follower that was sent a snapshot goes on from stays. */
    private void requestRelease() {
        final long releasable = store.releasableIndex();
        syncerRequests.requestRelease(null == transfers ? releasable : Math.min(releasable, transfers.logNeededFrom()));
    }

    private int decide(final long nowNs) {
        CompletableFuture<SnapshotManifest> demand = demands.poll();
        while (null != demand) {
            waiting.add(demand);
            policy.demand();
            demand = demands.poll();
        }
        if (null != transfers && transfers.takeSnapshotWanted()) {
            policy.demand();
        }
        policy.newest(store.newestIndex());
        final long applied = positions.applied.get();
        if (!waiting.isEmpty()) {
            if (applied == store.newestIndex()) {
                answerWithNewest();
                return 1;
            }
            // The policy forgets a demand that it finds nothing for, as while a snapshot that was received is ahead of the state; who asked waits.
            policy.demand();
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
        // What a snapshot that is being received is built on must not be tidied away.
        return null != transfers && transfers.receiver().isActive() ? 0 : tidy(nowNs);
    }

    private void answerWithNewest() {
        final SnapshotManifest newest = store.newest().orElse(null);
        for (final CompletableFuture<SnapshotManifest> future : waiting) {
            if (null == newest) {
                future.completeExceptionally(new SnapshotException("no entry was applied here yet: there is nothing to take a snapshot of"));
            } else {
                future.complete(newest);
            }
        }
        waiting.clear();
        policy.cancelled();
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
            .pages(context.storage.state().tables(), handover.pin())
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
        requestRelease();
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

    /** Any thread: this agent is to be stopped, and what it is reading is not to keep it. */
    void hurry() {
        if (null != pace) {
            pace.end();
        }
    }

    @Override
    public void onClose() {
        closed = true;
        scrubber.close();
        if (null != assembly) {
            assembly.close();
            assembly = null;
        }
        if (null != transfers) {
            transfers.close();
        }
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
        IncrementDesk.release(handover);
        IncrementDesk.release(context.incrementHandover);
        final long progress = installs.state();
        if (InstallHandover.SWAPPED == progress || InstallHandover.INSTALLED == progress) {
            installs.previous().close();
        } else if (InstallHandover.IDLE != progress) {
            installs.next().close();
        }
        installs.done();
    }

    /** An agent that fails ends all others, this one too: whoever waits is to hear of that, and not of a close that nobody asked for. */
    private void refuseDemands() {
        final Throwable failure = context.failure.cause();
        final SnapshotException cause = null == failure ?
            new SnapshotException("the engine was closed before the snapshot was published") :
            new SnapshotException("the engine failed before the snapshot was published: " + failure, failure);
        for (CompletableFuture<SnapshotManifest> demand = demands.poll(); null != demand; demand = demands.poll()) {
            demand.completeExceptionally(cause);
        }
    }

    @Override
    public String roleName() {
        return "cairn-snapshotter";
    }
}
