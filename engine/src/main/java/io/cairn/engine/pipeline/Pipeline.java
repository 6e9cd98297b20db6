package io.cairn.engine.pipeline;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.storage.NodeSettings;
import io.cairn.engine.config.ConfigKey;
import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.Durability;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.config.IdleKind;
import io.cairn.engine.config.ThreadingMode;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.RaftCore;
import io.cairn.engine.storage.NodeState;
import io.cairn.engine.storage.NodeStorage;
import io.cairn.fsm.ReadView;
import io.cairn.fsm.StateAdmission;
import io.cairn.fsm.page.PageArena;
import io.cairn.snapshot.SnapshotException;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.snapshot.SnapshotPolicy;
import io.cairn.wal.WriteAheadLog;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The four agents over one node's storage, wired by rings and positions, and the threads that run them.
 *
 * <p>Owner: the thread that launches and closes the engine; {@link #doWork()} belongs to the application's thread in invoker mode. Clients
 * reach it through {@link #ingress()} and {@link #clients()}.
 */
public final class Pipeline implements AutoCloseable {
    private static final int CLIENTS_MAX = 512;
    private static final int PENDING_MAX = 1 << 16;
    private static final long CLOCK_JUMP_MAX_MS = 10_000;
    private static final long PARK_MAX_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long ALLOCATOR_PARK_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long SYNCER_PARK_MAX_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int INVOKED_TIMED_EVERY = 16;
    private static final long WAIT_NS = TimeUnit.MICROSECONDS.toNanos(50);

    private final EffectiveConfiguration configuration;
    private final NodeStorage storage;
    private final PipelineContext context = new PipelineContext();
    private final EngineFailure failure;
    private final ThreadingMode threadingMode;
    private final AgentThreads threads;
    private final SequencerAgent sequencer;
    private final SyncerAgent syncer;
    private final ApplierAgent applier;
    private final SnapshotterAgent snapshotter;
    private final FailStopAgent invoked;
    private final boolean backgroundThreads;
    private final MemberSettings member;
    private volatile boolean isOpen = true;
    private volatile boolean hasEnded;

    /**
     * @param settings      of the node.
     * @param storage       opened; closed by its owner, after this.
     * @param failure       where an agent's exception goes.
     * @param statistics    takes what the agents report.
     * @param member        who this node is among others; its transport is closed with the pipeline.
     */
    public Pipeline(
        final NodeSettings settings,
        final NodeStorage storage,
        final EngineFailure failure,
        final EngineStatistics statistics,
        final MemberSettings member) {
        this.configuration = settings.configuration();
        this.storage = storage;
        this.failure = failure;
        this.threadingMode = configuration.choice(ConfigKeys.THREADING_MODE, ThreadingMode.class);
        this.threads = new AgentThreads(settings.threadFactory(), failure);
        this.backgroundThreads = settings.backgroundThreads();
        this.member = member;
        context.failure = failure;
        fillContext(settings, statistics);
        sequencer = new SequencerAgent(context);
        syncer = new SyncerAgent(context);
        applier = new ApplierAgent(context);
        snapshotter = new SnapshotterAgent(context);
        invoked = failStop(newInvokedAgents(settings.scheduleSeed(), settings.slowAgent()), EngineStatistics.AgentRole.SEQUENCER);
    }

    /**
     * Under {@code group} the caller forces inline, since its command waits for that anyway, unless it drives several members, whose forces could
     * overlap; at the other levels nothing waits for a force, and sealing a full segment must not hold up the caller, so the Syncer keeps its
     * thread.
     */
    private boolean isSyncerThreaded() {
        return backgroundThreads && (ThreadingMode.INVOKER != threadingMode || Durability.GROUP != context.durability ||
            configuration.bool(ConfigKeys.SYNCER_THREAD));
    }

    private Agent newInvokedAgents(final long scheduleSeed, final int slowAgent) {
        if (!backgroundThreads) {
            return new HandDrivenAgents(scheduleSeed, slowAgent, sequencer, applier, syncer, storage.log().allocator(), snapshotter);
        }
        return isSyncerThreaded() ? new InvokedAgents(sequencer, applier) : new InvokedAgents(sequencer, applier, syncer);
    }

    private void fillContext(final NodeSettings settings, final EngineStatistics statistics) {
        context.log = storage.log();
        context.stableStore = storage.log().stableStore();
        context.applierCursor = storage.applierCursor();
        context.storage = storage;
        context.state = storage.state();
        context.needsSnapshot = storage.needsSnapshot();
        context.selfId = member.selfId();
        context.installHandover = new InstallHandover();
        context.transferDesk = new TransferDesk();
        context.hasBackgroundThreads = backgroundThreads;
        context.transferBytesPerSecond = configuration.sizeBytes(ConfigKeys.CLUSTER_SNAPSHOT_RATE);
        context.transferIncrements = configuration.bool(ConfigKeys.CLUSTER_SNAPSHOT_INCREMENTS);
        context.snapshots = storage.snapshots();
        context.statistics = statistics;
        context.scrubIntervalNs = configuration.durationNs(ConfigKeys.SCRUB_INTERVAL);
        context.epochClock = settings.epochClock();
        context.nanoClock = settings.nanoClock();
        context.core = newCore();
        final PageArena arena = storage.state().tables().arena();
        context.admission = new StateAdmission(arena, StateAdmission.headroomFor(arena.pagesMax()));
        context.durability = configuration.choice(ConfigKeys.DURABILITY, Durability.class);
        context.durabilityIntervalNs = configuration.durationNs(ConfigKeys.DURABILITY_INTERVAL);
        context.incrementalSnapshots = configuration.bool(ConfigKeys.SNAPSHOT_INCREMENTAL);
        context.tickIntervalMs = TimeUnit.NANOSECONDS.toMillis(configuration.durationNs(ConfigKeys.LOG_TICK_INTERVAL));
        context.viewIntervalNs = configuration.durationNs(ConfigKeys.READ_VIEW_INTERVAL);
        context.clockJumpMaxMs = CLOCK_JUMP_MAX_MS;
        context.lastTimestampMs = storage.lastTimestampMs();
        context.snapshotPolicy = newPolicy();
        final int ingressBytes = (int)configuration.sizeBytes(ConfigKeys.INGRESS_RING_SIZE);
        final int replyBytes = (int)configuration.sizeBytes(ConfigKeys.REPLY_RING_SIZE);
        context.ingress = new ManyToOneRingBuffer(newRingMemory(ingressBytes));
        context.queries = new OneToOneRingBuffer(newRingMemory(ingressBytes));
        context.replyBytesMax = replyBytes / 8 - ReplyDescriptor.HEADER_LENGTH;
        context.clients = new ClientRegistry(CLIENTS_MAX, replyBytes, ThreadingMode.DEDICATED != threadingMode);
        context.remoteClients = null == member.remoteClients() ? null : member.remoteClients().open(context.clients, context.counts);
        context.pending = new PendingCommands(PENDING_MAX);
        context.positions = new PipelinePositions(storage.log().lastIndex(), storage.appliedIndex());
        context.positions.committed.set(committedFloor());
        final boolean threaded = ThreadingMode.INVOKER != threadingMode;
        context.sequencerWakeup = new Wakeup(threaded && parks(ConfigKeys.IDLE_SEQUENCER));
        context.applierWakeup = ThreadingMode.DEDICATED == threadingMode ?
            new Wakeup(parks(ConfigKeys.IDLE_APPLIER)) : context.sequencerWakeup;
        context.syncerWakeup = new Wakeup(isSyncerThreaded() && parks(ConfigKeys.IDLE_SYNCER));
        context.control = new MemberControl(context);
        context.syncerRequests = new SyncerRequests(context.syncerWakeup);
        context.handover = new SnapshotHandover();
        context.incrementHandover = new SnapshotHandover();
        context.viewDesk = new ViewDesk();
    }

    private RaftCore newCore() {
        final ClusterConfiguration atStart = atStart();
        final Configurations configurations = new Configurations(storage.log(), atStart, storage.appliedIndex());
        context.configurations = configurations;
        context.configuration = ConfigurationCodec.encode(atStart);
        context.transport = member.transport();
        context.endpoint = member.endpoint();
        context.incarnation = member.incarnation();
        context.bootstrap = member.bootstrap();
        context.foundingFile = storage.founding();
        checkOwner(configurations.current().membership());
        context.logTerms = new LogTerms(storage.log());
        final RaftCore core = new RaftCore(
            member.selfId(), configurations.current().membership(), member.raftSettings(), context.logTerms);
        core.endLost(storage.log().repairs().isEndLost());
        final long lastIndex = storage.log().lastIndex();
        final long lastTerm = lastIndex == storage.appliedIndex() ? storage.state().term() : storage.log().lastTerm();
        core.start(
            Math.max(storage.log().stableStore().term(), lastTerm),
            storage.log().stableStore().vote(),
            lastIndex,
            lastTerm,
            committedFloor(),
            configurations.index(),
            WriteAheadLog.generation(storage.log().appendedPosition()),
            context.nanoClock.nanoTime());
        return core;
    }

    /** A snapshot from before the cluster was founded names none: what it was founded with stands in a file of its own then. */
    private ClusterConfiguration atStart() {
        return storage.restoreReport().loaded()
            .map(loaded -> ConfigurationCodec.decode(loaded.manifest().configuration()))
            .filter(ofSnapshot -> 0 != ofSnapshot.clusterId() || 0 == member.initial().clusterId())
            .orElse(member.initial());
    }

    /** What a snapshot includes is committed, and so is what was released from the log. */
    private long committedFloor() {
        return Math.max(storage.appliedIndex(), storage.log().firstIndex() - 1);
    }

    /** A directory of one member must not be run as another, nor on its own. */
    private void checkOwner(final Membership membership) {
        if (null == member.transport()) {
            if (membership.members() != 1L << member.selfId()) {
                throw new EngineException(
                    "the directory belongs to a member of a cluster (" + membership + "): run it with 'cairn node', or ask the cluster");
            }
            return;
        }
        for (int id = 0; id < Membership.MEMBERS_MAX; id++) {
            if (0 != member.incarnation() && id != member.selfId() && membership.incarnation(id) == member.incarnation()) {
                throw new EngineException(
                    "the directory belongs to member " + id + " and not to member " + member.selfId() + ": start it as that one");
            }
        }
    }

    private SnapshotPolicy newPolicy() {
        final SnapshotPolicy policy = new SnapshotPolicy(
            new SnapshotPolicy.Settings()
                .entries(configuration.integer(ConfigKeys.SNAPSHOT_TRIGGER_ENTRIES))
                .bytes(configuration.sizeBytes(ConfigKeys.SNAPSHOT_TRIGGER_BYTES))
                .ratioPercent((int)(configuration.decimal(ConfigKeys.SNAPSHOT_TRIGGER_RATIO) * 100))
                .intervalNs(configuration.durationNs(ConfigKeys.SNAPSHOT_TRIGGER_INTERVAL)),
            context.nanoClock.nanoTime());
        storage.restoreReport().loaded().ifPresent(loaded -> policy.restored(
            loaded.manifest().index(), 0, storage.snapshots().chainBytes(loaded.manifest()), context.nanoClock.nanoTime()));
        return policy;
    }

    private static UnsafeBuffer newRingMemory(final int capacity) {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(
            BitUtil.findNextPositivePowerOfTwo(capacity) + RingBufferDescriptor.TRAILER_LENGTH, 128));
    }

    private boolean parks(final ConfigKey key) {
        return WakeupIdleStrategy.parks(configuration.choice(key, IdleKind.class));
    }

    private WakeupIdleStrategy idle(final Wakeup wakeup, final ConfigKey key) {
        return new WakeupIdleStrategy(wakeup, configuration.choice(key, IdleKind.class), PARK_MAX_NS);
    }

    /** What the Syncer does unasked, sealing and forcing by the clock, is not urgent; each waking takes a core from those who are. */
    private WakeupIdleStrategy syncerIdle() {
        final long parkMaxNs = Durability.INTERVAL == context.durability ?
            Math.min(context.durabilityIntervalNs, SYNCER_PARK_MAX_NS) : SYNCER_PARK_MAX_NS;
        return new WakeupIdleStrategy(context.syncerWakeup, configuration.choice(ConfigKeys.IDLE_SYNCER, IdleKind.class), parkMaxNs);
    }

    private FailStopAgent failStop(final Agent agent, final EngineStatistics.AgentRole role) {
        final int timedEvery = ThreadingMode.INVOKER == threadingMode && EngineStatistics.AgentRole.SEQUENCER == role ? INVOKED_TIMED_EVERY : 1;
        return new FailStopAgent(agent, failure, context.statistics, role, context.nanoClock, timedEvery);
    }

    /**
     * Start the threads, lead, and apply everything that is in the log.
     *
     * @throws EngineException when an agent failed meanwhile.
     */
    public void start() {
        if (null == member.transport()) {
            sequencer.stand();
        }
        if (backgroundThreads) {
            startBackground();
        } else if (ThreadingMode.INVOKER != threadingMode) {
            throw new EngineException("without background threads the threading mode must be invoker, not " + threadingMode);
        }
        switch (threadingMode) {
            case INVOKER -> invoked.onStart();
            case SHARED -> threads.start(
                failStop(new SharedAgents(sequencer, applier), EngineStatistics.AgentRole.SEQUENCER),
                idle(context.sequencerWakeup, ConfigKeys.IDLE_SEQUENCER));
            default -> {
                threads.start(
                    failStop(applier, EngineStatistics.AgentRole.APPLIER), idle(context.applierWakeup, ConfigKeys.IDLE_APPLIER));
                threads.start(
                    failStop(sequencer, EngineStatistics.AgentRole.SEQUENCER),
                    idle(context.sequencerWakeup, ConfigKeys.IDLE_SEQUENCER));
            }
        }
        if (null == member.transport()) {
            awaitServing();
        }
    }

    private void startBackground() {
        threads.startBehind(
            failStop(storage.log().allocator(), EngineStatistics.AgentRole.ALLOCATOR),
            new WakeupIdleStrategy(new Wakeup(true), IdleKind.PARK, ALLOCATOR_PARK_NS));
        threads.startBehind(
            failStop(snapshotter, EngineStatistics.AgentRole.SNAPSHOTTER), idle(new Wakeup(true), ConfigKeys.IDLE_SNAPSHOTTER));
        if (isSyncerThreaded()) {
            threads.start(failStop(syncer, EngineStatistics.AgentRole.SYNCER), syncerIdle());
        }
    }

    /**
     * Any thread.
     *
     * @throws EngineException when the engine was closed, or stopped by itself.
     */
    public void checkRunning() {
        if (failure.isFailed()) {
            throw new EngineException("the engine failed: " + describe(failure.cause()), failure.cause());
        }
        if (hasEnded) {
            throw new EngineException("the engine is closed");
        }
    }

    private static String describe(final Throwable cause) {
        return null == cause.getMessage() ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    private void awaitServing() {
        while (0 == context.positions.serving.get() || context.positions.applied.get() < context.positions.serving.get()) {
            awaitStep();
        }
    }

    private void awaitStep() {
        checkRunning();
        if (0 == doWork()) {
            pause();
        }
    }

    /** There is nothing to do until another thread has done something: where there is no other, waiting would change nothing. */
    private void pause() {
        if (backgroundThreads) {
            LockSupport.parkNanos(WAIT_NS);
        }
    }

    /**
     * In invoker mode: one duty cycle of Sequencer, Syncer and Applier on the caller's thread. Otherwise nothing.
     *
     * @return amount of work done.
     */
    public int doWork() {
        if (ThreadingMode.INVOKER != threadingMode || hasEnded()) {
            return 0;
        }
        try {
            return invoked.doWork();
        } catch (final AgentTerminationException ex) {
            // The failure is on record by now: isOpen() is false, and whoever waits is told.
            return 0;
        }
    }

    /** @return true until close begins or an agent fails. */
    public boolean isOpen() {
        return isOpen && !failure.isFailed();
    }

    /** @return true once the agents have stopped, so that nothing more is answered. */
    public boolean hasEnded() {
        return hasEnded || failure.isFailed();
    }

    /** @return how agents are run. */
    public ThreadingMode threadingMode() {
        return threadingMode;
    }

    /** @return where requests go. */
    public ManyToOneRingBuffer ingress() {
        return context.ingress;
    }

    /** @return who is connected. */
    public ClientRegistry clients() {
        return context.clients;
    }

    /** After a request was written into the ingress ring: wakes a parked Sequencer. */
    public void signalIngress() {
        context.sequencerWakeup.signal();
    }

    /** @return true while this member leads and serves. */
    public boolean isLeader() {
        return 0 != context.positions.leading.get();
    }

    /** @return last entry published in the log. */
    public long appendedIndex() {
        return context.positions.appended.get();
    }

    /** @return last entry that is committed. */
    public long committedIndex() {
        return context.positions.committed.get();
    }

    /** @return last entry applied. */
    public long appliedIndex() {
        return context.positions.applied.get();
    }

    /** @return bytes waiting in the ingress ring. */
    public long ingressDepthBytes() {
        return context.ingress.size();
    }

    /** @return bytes waiting in the ring of queries from Sequencer to Applier. */
    public long queryDepthBytes() {
        return context.queries.size();
    }

    /** @return what the agents counted. */
    public PipelineCounts counts() {
        return context.counts;
    }

    /**
     * Any thread (the driving one in invoker mode): a snapshot now.
     *
     * @return completes with what was published.
     */
    public CompletableFuture<SnapshotManifest> takeSnapshot() {
        if (hasEnded()) {
            return CompletableFuture.failedFuture(new SnapshotException(
                "the engine " + (failure.isFailed() ? "has failed" : "is closed") + ": no snapshot can be taken"));
        }
        return snapshotter.demand();
    }

    /**
     * A pinned version of the key-value state that includes every command acknowledged before this call. Any thread, but the driving one in
     * invoker mode.
     *
     * @return the view; close it soon, it keeps pages from being reused.
     * @throws EngineException when the engine is closed or has failed.
     */
    public ReadView readView() {
        checkRunning();
        final long ticket = context.viewDesk.request();
        context.applierWakeup.signal();
        while (isOpen && !context.viewDesk.isServed(ticket)) {
            awaitStep();
        }
        ReadView view = null;
        NodeState state = null;
        // A state that is being replaced cannot be viewed any more; the one that takes its place can.
        while (isOpen && null == view && state != storage.state()) {
            state = storage.state();
            view = state.views().open();
        }
        if (null == view) {
            throw new EngineException("the engine is closed: no state can be viewed any more");
        }
        return view;
    }

    /**
     * A leader lets another voter lead, and returns when it does, or when it will not in the time that a transfer may take. Before {@link #close};
     * on the thread that drives in invoker mode.
     */
    public void handOver() {
        if (null == member.transport() || !isLeader() || !backgroundThreads) {
            return;
        }
        context.control.submit(() -> context.control.handOver(-1));
        final long startNs = context.nanoClock.nanoTime();
        final long patienceNs = 2 * configuration.durationNs(ConfigKeys.CLUSTER_ELECTION_TIMEOUT_MAX);
        while (isOpen() && isLeader() && context.nanoClock.nanoTime() - startNs < patienceNs) {
            if (0 == doWork()) {
                pause();
            }
        }
    }

    /** @return what may be asked of this member besides commands. */
    public MemberControl control() {
        return context.control;
    }

    /** Take no more requests, finish those taken, stop the threads. */
    @Override
    public void close() {
        isOpen = false;
        if (null != context.remoteClients) {
            context.remoteClients.stop();
        }
        try {
            while (!failure.isFailed() && !isDrained()) {
                if (0 == doWork()) {
                    pause();
                }
            }
        } finally {
            snapshotter.hurry();
            threads.close();
            if (ThreadingMode.INVOKER == threadingMode) {
                invoked.onClose();
            }
            context.control.digests().close();
            snapshotter.abandon();
            refuseLate();
            hasEnded = true;
        }
    }

    /** Requests that slipped in behind the last look at the ring: no agent runs any more, so this thread may read it. */
    private void refuseLate() {
        final ReplyPublisher replies = new ReplyPublisher(context.clients);
        final MessageHandler refusal = (typeId, buffer, offset, length) -> replies.refuse(
            IngressDescriptor.clientId(buffer, offset), IngressDescriptor.correlationId(buffer, offset), ReplyStatus.CLOSED);
        context.ingress.read(refusal);
        // The first may have come to the end of the ring.
        context.ingress.read(refusal);
    }

    /**
     * Each position is looked at after the one that feeds it: what was taken is appended or handed on, what was appended will be applied. Not by a
     * member that does not lead: whether its tail is ever committed is for others to say, and a leader that hears no quorum soon leads no more.
     */
    private boolean isDrained() {
        return context.positions.taken.get() == context.ingress.producerPosition() && 0 == context.queries.size() &&
            (context.positions.applied.get() >= context.positions.appended.get() || null != member.transport() && !isLeader()) &&
            (null == context.remoteClients || context.remoteClients.isStopped());
    }
}
