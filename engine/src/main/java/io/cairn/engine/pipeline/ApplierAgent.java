package io.cairn.engine.pipeline;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.storage.NodeState;
import io.cairn.engine.storage.NodeStorage;
import io.cairn.fsm.EpochHistory;
import io.cairn.fsm.ReadView;
import io.cairn.fsm.ReadViews;
import io.cairn.fsm.Reply;
import io.cairn.fsm.SessionTable;
import io.cairn.fsm.StateAdmission;
import io.cairn.fsm.StateMachine;
import io.cairn.fsm.page.Pin;
import io.cairn.fsm.page.Tables;
import io.cairn.wal.LogCursor;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.ControlledMessageHandler;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;

/**
 * Applies committed entries in order, straight from the mapped segment, answers the clients that wait for them, answers queries at the
 * index they asked for, and freezes the state between entries for snapshots and read views.
 *
 * <p>Owner of the state machine, the session table and the tables. An entry that cannot be applied (its payload does not match its CRC, the
 * machine throws) stops the node: nothing continues past it, since the state would differ from that of every other replica.
 */
final class ApplierAgent implements Agent, ControlledMessageHandler {
    private static final int APPLY_LIMIT = 256;
    private static final int QUERY_LIMIT = 64;
    /** So many entries wait together: for fewer it is not worth looking ahead. */
    private static final int LOOK_AHEAD_MIN = 3;

    private final NodeStorage storage;
    private final InstallHandover installs;
    private StateMachine machine;
    private SessionTable sessions;
    private Tables tables;
    private final LogCursor cursor;
    private final Wakeup syncerWakeup;
    /** There are others to repair from. */
    private final boolean isMember;
    private final PendingCommands pending;
    private final OneToOneRingBuffer queries;
    private final ReplyPublisher replies;
    private final PipelinePositions positions;
    private final PipelineCounts counts;
    private final SnapshotHandover handover;
    private final SnapshotHandover incrementHandover;
    private final EpochHistory history = new EpochHistory();
    private ReadViews views;
    private final ViewDesk viewDesk;
    private final StateAdmission admission;
    private final NanoClock clock;
    private final long viewIntervalNs;
    private final LookAhead lookAhead;
    private final EntryApplication application = new EntryApplication();
    private final Reply reply = new Reply();
    private final UnsafeBuffer body;

    private long applied;
    private long appliedBytes;
    private long frozenIndex = -1;
    private long appliedTerm;
    private long timestampMs;
    private int chain;
    private final SyncerRequests syncerRequests;
    private byte[] configuration;
    /** The directory belonged to no cluster when the node started, and nothing that was applied says yet who the members are. */
    private boolean isUnfounded;
    private long lastViewNs;
    private final DigestDesk digests;
    private final long replayedIndex;
    private boolean timersActive;
    /** Entries are missing between the state and the log: only another state helps. */
    private boolean isBlocked;
    private boolean isPositioned = true;
    private long batchCount;
    private long appliedCount;
    private long queryCount;

    ApplierAgent(final PipelineContext context) {
        storage = context.storage;
        installs = context.installHandover;
        isBlocked = context.needsSnapshot;
        use(context.state);
        cursor = context.applierCursor;
        lookAhead = new LookAhead(cursor);
        syncerWakeup = context.syncerWakeup;
        isMember = null != context.transport;
        pending = context.pending;
        queries = context.queries;
        replies = new ReplyPublisher(context.clients);
        positions = context.positions;
        counts = context.counts;
        handover = context.handover;
        incrementHandover = context.incrementHandover;
        viewDesk = context.viewDesk;
        admission = context.admission;
        clock = context.nanoClock;
        viewIntervalNs = context.viewIntervalNs;
        applied = positions.applied.get();
        digests = context.control.digests();
        replayedIndex = positions.appended.get();
        appliedTerm = context.state.term();
        timestampMs = context.state.timestampMs();
        chain = context.state.chain();
        syncerRequests = context.syncerRequests;
        configuration = context.configuration;
        isUnfounded = null != context.bootstrap;
        lastViewNs = clock.nanoTime() - viewIntervalNs;
        body = new UnsafeBuffer(BufferUtil.allocateDirectAligned(context.replyBytesMax, 64));
        publishTimers();
    }

    @Override
    public int doWork() {
        int work = 0;
        final long committed = positions.committed.get();
        if (applied < committed && !isBlocked) {
            work += applyUpTo(Math.min(committed, applied + APPLY_LIMIT));
        }
        work += queries.controlledRead(this, QUERY_LIMIT);
        if (handover.isRequested()) {
            captureSnapshot(handover);
            work++;
        }
        if (incrementHandover.isRequested()) {
            captureIncrement();
            work++;
        }
        if (InstallHandover.SWAPPING == installs.state()) {
            swapState(installs.next());
            work++;
        }
        final long ticket = viewDesk.due();
        if (0 != ticket) {
            work += serveView(ticket);
        }
        return work;
    }

    private void use(final NodeState state) {
        machine = state.machine();
        sessions = state.sessions();
        tables = state.tables();
        views = state.views();
        application.use(machine, sessions);
        history.clear();
        if (null != tables.newest()) {
            // Pages keep their epochs in a snapshot, so what changes from here on is known.
            history.add(state.index(), tables.newest().epoch());
        }
    }

    /** Another state, restored from a snapshot of another member, takes the place of this one, unless this one has come further. */
    private void swapState(final NodeState next) {
        if (next.index() <= applied) {
            installs.unneeded();
            return;
        }
        final long before = applied;
        final NodeState previous = storage.adopt(next);
        use(next);
        admission.arena(tables.arena());
        cursor.release();
        isPositioned = false;
        isBlocked = false;
        frozenIndex = -1;
        applied = next.index();
        appliedTerm = next.term();
        timestampMs = next.timestampMs();
        chain = next.chain();
        configuration = next.manifest().configuration();
        isUnfounded = false;
        positions.applied.set(applied);
        publishTimers();
        publishCounts(0);
        installs.swapped(previous, before);
    }

    private int applyUpTo(final long limit) {
        if (!isPositioned) {
            if (!cursor.seek(applied + 1)) {
                throw new EngineException("the log does not continue the snapshot that was installed at entry " + applied);
            }
            isPositioned = true;
        }
        final long first = applied;
        final boolean isTimed = 0 == batchCount++ % PipelineCounts.APPLY_SAMPLE;
        final long startNs = isTimed ? clock.nanoTime() : 0;
        long lookedAt = first;
        while (applied < limit) {
            if (applied == lookedAt) {
                final long left = limit - applied;
                lookedAt += left < LOOK_AHEAD_MIN || !machine.isLookingAhead() ? left : lookAhead.look(machine, left);
            }
            if (!isReadable()) {
                break;
            }
            applyEntry();
        }
        if (isTimed) {
            recordTime(clock.nanoTime() - startNs);
        }
        positions.appliedBytes.set(appliedBytes);
        positions.applied.set(applied);
        publishTimers();
        publishCounts(applied - first);
        return (int)(applied - first);
    }

    /**
     * An entry that a member cannot read is repaired from the others, and applied then; nothing behind it is before. A node without others stops.
     */
    private boolean isReadable() {
        if (!cursor.next() && !isRepairedMeanwhile()) {
            syncerWakeup.signal();
            return false;
        }
        if (cursor.verifyPayload()) {
            return true;
        }
        if (!isMember) {
            throw new EngineException(
                "the payload of entry " + cursor.index() + " does not match its checksum: run 'cairn wal verify' on the data directory");
        }
        cursor.suspect();
        syncerWakeup.signal();
        return false;
    }

    /**
     * The Syncer may end a repair between a look at the entry and the question whether it is damaged: (1) the cursor gives nothing, (2) the range is
     * written and gone, (3) nothing is damaged. The entry is whole then, and the second look gives it.
     */
    private boolean isRepairedMeanwhile() {
        if (cursor.isFaulty()) {
            return false;
        }
        if (cursor.next()) {
            return true;
        }
        if (cursor.isFaulty()) {
            return false;
        }
        throw new EngineException("entry " + (applied + 1) + " is committed but cannot be read from the log");
    }

    private void recordTime(final long batchNs) {
        counts.applyTimeNs.set(counts.applyTimeNs.getPlain() + batchNs * PipelineCounts.APPLY_SAMPLE);
        if (batchNs > counts.applyTimeMaxNs.getPlain()) {
            counts.applyTimeMaxNs.set(batchNs);
        }
    }

    private void publishCounts(final long entries) {
        appliedCount += entries;
        counts.appliedEntries.set(appliedCount);
        counts.duplicates.set(application.duplicateCount());
        counts.repliesDropped.set(replies.droppedCount());
        counts.livePages.set(tables.arena().livePages());
        counts.allocatedPages.set(tables.arena().pageCount());
        counts.sessions.set(sessions.count());
    }

    private void applyEntry() {
        final long index = cursor.index();
        if (index != applied + 1) {
            throw new EngineException("the log gave entry " + index + " after entry " + applied);
        }
        timestampMs = cursor.timestampMs();
        appliedTerm = cursor.term();
        chain = cursor.chain();
        reply.wrap(body, 0, body.capacity());
        sessions.expire(timestampMs);
        final int type = cursor.type();
        application.apply(
            type, cursor.flags(), index, appliedTerm, timestampMs, cursor.buffer(), cursor.payloadOffset(), cursor.payloadLength(), reply);
        if (RecordDescriptor.CONFIGURATION == type) {
            keepConfiguration();
        }
        final boolean isMark = RecordDescriptor.TICK == type && 0 != (cursor.flags() & EntryDescriptor.FLAG_DIGEST);
        applied = index;
        if (isMark && index > replayedIndex && digests.takes()) {
            takeDigest();
        }
        appliedBytes += BitUtil.align(RecordDescriptor.HEADER_LENGTH + cursor.payloadLength(), RecordDescriptor.ALIGNMENT);
        final int clientId = pending.clientId(index, appliedTerm);
        final int reserved = pending.reservedPages(index, appliedTerm);
        if (0 != reserved) {
            admission.release(reserved);
        }
        if (clientId >= 0) {
            replies.outcome(
                clientId, pending.correlationId(index), application.replyIndex(), reply.status(), body, reply.offset(), reply.length());
        }
    }

    /** The machine does not see it; the next snapshot says it. Rare, so a copy may be made. */
    private void keepConfiguration() {
        isUnfounded = false;
        configuration = new byte[cursor.payloadLength()];
        cursor.buffer().getBytes(cursor.payloadOffset(), configuration);
    }

    /** Time alone can change the state: the Sequencer then logs ticks while nothing else is logged. */
    private void publishTimers() {
        final boolean active = sessions.hasTimers() || machine.hasTimers();
        admission.timerPages(machine.timerPagesBound());
        if (active != timersActive) {
            timersActive = active;
            positions.timersActive.set(active ? 1 : 0);
        }
    }

    @Override
    public Action onMessage(final int typeId, final MutableDirectBuffer buffer, final int offset, final int length) {
        final long ticket = QueryDescriptor.ticket(buffer, offset);
        if (QueryDescriptor.readIndex(buffer, offset) > applied || 0 != ticket && !isConfirmed(ticket)) {
            return awaitOrRefuse(ticket, QueryDescriptor.clientId(buffer, offset), QueryDescriptor.correlationId(buffer, offset));
        }
        reply.wrap(body, 0, body.capacity());
        machine.query(buffer, offset + QueryDescriptor.HEADER_LENGTH, length - QueryDescriptor.HEADER_LENGTH, timestampMs, reply);
        replies.answer(
            QueryDescriptor.clientId(buffer, offset),
            QueryDescriptor.correlationId(buffer, offset),
            applied,
            reply.status(),
            body,
            reply.offset(),
            reply.length());
        queryCount++;
        counts.queries.set(queryCount);
        return Action.CONTINUE;
    }

    /** What a later ticket was confirmed for is more, so it does as well. */
    private boolean isConfirmed(final long ticket) {
        return positions.readConfirmed.get() >= ticket && positions.readIndex.get() <= applied;
    }

    /**
     * What it waits for comes, unless leadership was lost: then a ticket may never be confirmed, and an entry of this client that it waits for may
     * have been cut.
     */
    private Action awaitOrRefuse(final long ticket, final int clientId, final long correlationId) {
        if (0 == ticket || positions.readAborted.get() < ticket) {
            return Action.ABORT;
        }
        replies.refuse(clientId, correlationId, ReplyStatus.NOT_LEADER);
        return Action.CONTINUE;
    }

    /**
     * What a cluster was founded with counts until an entry says something else. It was stored before this member voted or stood for the first time,
     * so whoever applies an entry sees it. One that was taken up by a cluster learns who its members are from the log alone, a little later.
     */
    private boolean isFounded() {
        final byte[] founding = syncerRequests.founding();
        if (null == founding) {
            return false;
        }
        configuration = founding;
        isUnfounded = false;
        return true;
    }

    /** Between two entries. A machine that cannot make a snapshot, or too many views that hold pins, is no reason to stop applying. */
    private void captureSnapshot(final SnapshotHandover to) {
        if (isUnfounded && !isFounded()) {
            to.fail(new EngineException("entry " + applied + " is applied, and no entry up to it says who the members of the cluster are"));
            return;
        }
        freeze();
        final Pin pin = tables.newPin();
        try {
            if (!pin.acquire()) {
                throw new EngineException("the state that was just frozen cannot be pinned");
            }
            to.capture(pin, machine.snapshot(), applied, appliedTerm, timestampMs, chain, appliedBytes, configuration);
        } catch (final RuntimeException ex) {
            pin.release();
            to.fail(ex);
        }
    }

    /** As for a snapshot, where it is known what has changed behind the entry that was asked about. */
    private void captureIncrement() {
        final long since = incrementHandover.baseIndex();
        if (history.indexAt(since) < 0) {
            incrementHandover.fail(new EngineException("it is not known here what has changed behind entry " + since));
            return;
        }
        incrementHandover.base(history.indexAt(since), history.epochAt(since));
        captureSnapshot(incrementHandover);
    }

    /** What a start replays was asked for by somebody who is gone. Too many pins are no reason to stop applying: this digest is not taken then. */
    private void takeDigest() {
        freeze();
        final ReadView view = views.open();
        if (null != view) {
            digests.take(view);
        }
    }

    private int serveView(final long ticket) {
        if (frozenIndex != applied) {
            final long nowNs = clock.nanoTime();
            if (nowNs - lastViewNs < viewIntervalNs) {
                return 0;
            }
            lastViewNs = nowNs;
            freeze();
        }
        viewDesk.serve(ticket);
        return 1;
    }

    private void freeze() {
        history.add(applied, views.freeze(applied, timestampMs).epoch());
        frozenIndex = applied;
    }

    long timestampMs() {
        return timestampMs;
    }

    @Override
    public String roleName() {
        return "cairn-applier";
    }
}
