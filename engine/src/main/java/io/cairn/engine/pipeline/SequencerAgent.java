package io.cairn.engine.pipeline;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.config.Durability;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.RaftCore;
import io.cairn.engine.storage.NodeState;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.SessionTable;
import io.cairn.fsm.StateAdmission;
import io.cairn.fsm.StateMachine;
import io.cairn.wal.WriteAheadLog;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.ControlledMessageHandler;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;

/**
 * The single writer: takes requests from the ingress ring, gives commands an index, a term and a time, appends them to the mapped segment,
 * feeds the protocol core and publishes what it decides to commit.
 *
 * <p>It never blocks: what must wait for the device is asked of the Syncer, a request that cannot be taken now stays in the ring (which then
 * fills up and pushes back), a request that cannot be taken at all is refused at once.
 *
 * <p>Crash argument: a command is acknowledged only by the Applier, after {@code committed} covers it; {@code committed} moves only as far as
 * {@link RaftCore#onDurable} was told, and that is the forced position under {@code group}. A crash before that leaves a tail of the log that
 * was acknowledged to nobody, which recovery keeps or cuts, both rightly.
 */
final class SequencerAgent implements Agent, ControlledMessageHandler, RequestSource.Sink {
    private static final int INGRESS_LIMIT = 256;
    private static final long LOOK_NS = 500_000;

    private final RaftCore core;
    private final Configurations configurations;
    /** Null where this member is the only one. */
    private final Replicator replicator;
    /** Null where no client of another process is served. */
    private final RequestSource remoteClients;
    private final MemberControl control;
    private final WriteAheadLog log;
    /** Null where this member is the only one. */
    private final Installations installations;
    private final TransferDesk transferDesk;
    private final int selfId;
    private final StateAdmission admission;
    private final Durability durability;
    private final ManyToOneRingBuffer ingress;
    private final OneToOneRingBuffer queries;
    private final PendingCommands pending;
    private final ClientRegistry clients;
    private final ReplyPublisher replies;
    private final PipelinePositions positions;
    private final PipelineCounts counts;
    private final SyncerRequests syncerRequests;
    private final Wakeup syncerWakeup;
    private final Wakeup applierWakeup;
    private final LogClock logClock;
    private final EpochClock epochClock;
    private final NanoClock nanoClock;
    private final long tickIntervalMs;
    private final UnsafeBuffer empty = new UnsafeBuffer(new byte[8]);
    private final int emptyCrc;

    private StateMachine machine;
    private long lastIndex;
    private long appliedCache;
    private long taken;
    private long timestampMs;
    private long lastLookMs;
    private long lastLookNs;
    private long lastEntryMs;
    private boolean appendedInCycle;
    private boolean promiseRequested;
    private boolean serving;
    private long heldPosition = -1;
    private long committed;
    private long readConfirmed;
    private long readAborted;
    private long commandCount;
    private long commandBytes;

    SequencerAgent(final PipelineContext context) {
        core = context.core;
        configurations = context.configurations;
        log = context.log;
        machine = context.state.machine();
        admission = context.admission;
        durability = context.durability;
        ingress = context.ingress;
        queries = context.queries;
        pending = context.pending;
        clients = context.clients;
        replies = new ReplyPublisher(context.clients);
        replicator = null == context.transport ? null : new Replicator(context, replies);
        remoteClients = context.remoteClients;
        installations = null == replicator ? null : new Installations(context, replicator, replies);
        transferDesk = context.transferDesk;
        selfId = context.selfId;
        control = context.control;
        positions = context.positions;
        counts = context.counts;
        syncerRequests = context.syncerRequests;
        syncerWakeup = context.syncerWakeup;
        applierWakeup = context.applierWakeup;
        logClock = new LogClock(context.lastTimestampMs, context.clockJumpMaxMs);
        epochClock = context.epochClock;
        nanoClock = context.nanoClock;
        tickIntervalMs = context.tickIntervalMs;
        lastLookNs = nanoClock.nanoTime() - LOOK_NS;
        lastIndex = core.lastIndex();
        appliedCache = positions.applied.get();
        committed = core.commitIndex();
        emptyCrc = Crc32c.compute(empty, 0, 0);
    }

    @Override
    public int doWork() {
        int work = 0;
        if (null != installations) {
            work += install();
            if (installations.isLogBusy()) {
                return work + replicator.rest();
            }
        }
        if (null == replicator ? isNewMillisecond() : isTimeToLook()) {
            work += look();
        }
        if (null != replicator) {
            work += receive();
        }
        work += ingress.controlledRead(this, INGRESS_LIMIT);
        if (null != remoteClients) {
            work += remoteClients.doWork(this);
        }
        if (appendedInCycle) {
            publishAppended();
        }
        publishTaken();
        work += advanceCommit();
        return null == replicator ? work : work + replicator.send();
    }

    /** The Applier, on this thread, has applied: what it answered to clients of other processes goes out before anything else is done. */
    int answer() {
        return null == remoteClients ? 0 : remoteClients.answer();
    }

    /** A snapshot of another member that waits to be installed, or is in use now. */
    private int install() {
        final int work = installations.doWork();
        final NodeState installed = work > 0 ? installations.takeInstalled() : null;
        if (null != installed) {
            machine = installed.machine();
            logClock.atLeast(installed.timestampMs());
            lastIndex = core.lastIndex();
            heldPosition = -1;
        }
        return work;
    }

    /** Until a single node serves, every cycle counts: a wall clock that stands still must not keep it from that. */
    private boolean isNewMillisecond() {
        return epochClock.time() != lastLookMs || !serving;
    }

    /** Elections and heartbeats go by monotonic time alone. */
    private boolean isTimeToLook() {
        return nanoClock.nanoTime() - lastLookNs >= LOOK_NS;
    }

    /** What the other members say, and what it changed here. */
    private int receive() {
        int work = replicator.receive();
        lastIndex = core.lastIndex();
        if (core.isPromisePending()) {
            work += pursuePromise();
        }
        if (!core.acceptsCommands()) {
            logClock.atLeast(replicator.lastTimestampMs());
            timestampMs = logClock.timestampMs();
        }
        publishReads();
        final Membership due = configurationDue();
        return null == due ? work : work + appendConfiguration(due);
    }

    /** The first leader logs what the cluster was started with, so that it is the same everywhere from then on. */
    private Membership configurationDue() {
        return core.servesReads() && 0 == configurations.index() ? configurations.current().membership() : core.configurationDue();
    }

    private int appendConfiguration(final Membership membership) {
        final ClusterConfiguration configuration = replicator.place(configurations.current().withMembership(membership));
        final UnsafeBuffer bytes = new UnsafeBuffer(ConfigurationCodec.encode(configuration));
        final int crc = Crc32c.compute(bytes, 0, bytes.capacity());
        if (0 == appendControl(RecordDescriptor.CONFIGURATION, 0, crc, bytes, bytes.capacity())) {
            return 0;
        }
        replicator.adopt(lastIndex, configuration);
        return 1;
    }

    private void publishReads() {
        if (core.confirmedTicket() != readConfirmed) {
            readConfirmed = core.confirmedTicket();
            positions.readIndex.set(core.confirmedIndex());
            positions.readConfirmed.set(readConfirmed);
            applierWakeup.signal();
        }
        if (core.abortedTicket() != readAborted) {
            readAborted = core.abortedTicket();
            positions.readAborted.set(readAborted);
            applierWakeup.signal();
        }
    }

    /** The ring is empty before what was in it is published: whoever closes the engine waits for this and not for an empty ring. */
    private void publishTaken() {
        final long position = ingress.consumerPosition();
        if (position != taken) {
            taken = position;
            positions.taken.set(position);
        }
    }

    /** Everything that is driven by time or happens rarely: promises, the term's empty entry, ticks. */
    private int look() {
        int work = 0;
        lastLookMs = epochClock.time();
        lastLookNs = nanoClock.nanoTime();
        timestampMs = logClock.update(lastLookMs, lastLookNs);
        core.onTime(lastLookNs);
        if (null != replicator) {
            work += replicator.onTime(lastLookNs) + control.runSubmitted();
        }
        if (core.isPromisePending()) {
            work += pursuePromise();
        }
        if (null != replicator) {
            transferDesk.exchange(core, selfId);
        }
        counts.term.set(core.term());
        counts.role.set(core.role().ordinal());
        counts.helplessEntry.set(core.helplessIndex());
        positions.snapshotWanted.set(RaftCore.NONE == core.snapshotSource() ? 0 : 1);
        positions.leading.set(core.servesReads() ? 1 : 0);
        if (core.isNoOpDue()) {
            work += appendControl(RecordDescriptor.NO_OP, 0, emptyCrc, empty, 0);
        } else if (core.acceptsCommands() && control.isMarkDue()) {
            work += appendMark();
        } else if (core.acceptsCommands() && positions.timersActive.get() != 0 && timestampMs - lastEntryMs >= tickIntervalMs) {
            work += appendControl(RecordDescriptor.TICK, 0, emptyCrc, empty, 0);
        }
        return work;
    }

    /** A tick at which every member takes its digest. */
    private int appendMark() {
        final int work = appendControl(RecordDescriptor.TICK, EntryDescriptor.FLAG_DIGEST, emptyCrc, empty, 0);
        if (work > 0) {
            control.marked(lastIndex);
        }
        return work;
    }

    /** Stand for election when nothing else decides: a sole voter is its own majority. */
    int stand() {
        return core.onElectionTimeout() ? 1 : 0;
    }

    private int pursuePromise() {
        if (!promiseRequested) {
            syncerRequests.requestPromise(core.term(), core.vote());
            promiseRequested = true;
            return 1;
        }
        if (syncerRequests.isPromiseStored()) {
            promiseRequested = false;
            core.onPromiseStored(syncerRequests.promiseTerm(), syncerRequests.promiseVote());
            return 1;
        }
        return 0;
    }

    /** Entries of the protocol: nobody waits for them, so they need no slot (and the first of a term must not wait for the replay). */
    private int appendControl(final int type, final int flags, final int crc, final DirectBuffer payload, final int length) {
        final long index = lastIndex + 1;
        final long result = log.append(type, flags, index, core.term(), timestampMs, crc, payload, 0, length);
        if (result != index) {
            final boolean isOtherToLead = onAppendRefused(result);
            if (WriteAheadLog.NO_SPACE == result && RecordDescriptor.NO_OP == type && !isOtherToLead) {
                // Without the entry that starts its term this node serves nobody, and whoever opened it would wait for ever.
                throw new EngineException(
                    "the disk of the log is full: there is no room for the segment that the next entry needs; free some space and open again");
            }
            return 0;
        }
        lastIndex = index;
        lastEntryMs = timestampMs;
        control.logFull(false);
        log.publish();
        core.onAppended(index);
        positions.appended.set(index);
        syncerWakeup.signal();
        return 1;
    }

    @Override
    public Action onMessage(final int typeId, final MutableDirectBuffer buffer, final int offset, final int length) {
        final boolean isTaken = take(
            typeId,
            IngressDescriptor.clientId(buffer, offset),
            IngressDescriptor.correlationId(buffer, offset),
            IngressDescriptor.flags(buffer, offset),
            IngressDescriptor.payloadCrc(buffer, offset),
            buffer,
            offset + IngressDescriptor.HEADER_LENGTH,
            length - IngressDescriptor.HEADER_LENGTH);
        return isTaken ? Action.CONTINUE : Action.ABORT;
    }

    @Override
    public boolean take(
        final int type,
        final int clientId,
        final long correlationId,
        final int flags,
        final int payloadCrc,
        final DirectBuffer buffer,
        final int payloadOffset,
        final int payloadLength) {
        return switch (type) {
            case IngressDescriptor.COMMAND -> onCommand(clientId, correlationId, flags, payloadCrc, buffer, payloadOffset, payloadLength);
            case IngressDescriptor.QUERY -> onQuery(clientId, correlationId, flags, buffer, payloadOffset, payloadLength);
            case IngressDescriptor.OPEN_SESSION, IngressDescriptor.CLOSE_SESSION, IngressDescriptor.KEEP_ALIVE_SESSION ->
                onSessionChange(type, clientId, correlationId, payloadCrc, buffer, payloadOffset, payloadLength);
            default -> isRefused(clientId, correlationId, ApplyStatus.MALFORMED);
        };
    }

    private boolean onCommand(
        final int clientId,
        final long correlationId,
        final int flags,
        final int payloadCrc,
        final DirectBuffer buffer,
        final int payloadOffset,
        final int payloadLength) {
        final int headerLength = 0 == (flags & IngressDescriptor.FLAG_SESSION) ? 0 : EntryDescriptor.SESSION_HEADER_LENGTH;
        if (payloadLength < headerLength) {
            return isRefused(clientId, correlationId, ApplyStatus.MALFORMED);
        }
        final int commandOffset = payloadOffset + headerLength;
        final int commandLength = payloadLength - headerLength;
        final int verdict = machine.validate(buffer, commandOffset, commandLength);
        if (ApplyStatus.OK != verdict) {
            return isRefused(clientId, correlationId, verdict);
        }
        final int pages = machine.pagesBound(buffer, commandOffset, commandLength);
        if (0 != pages && !admission.tryReserve(pages)) {
            return isRefused(clientId, correlationId, ApplyStatus.STATE_FULL);
        }
        final long before = lastIndex;
        final boolean isTaken =
            appendEntry(RecordDescriptor.COMMAND, flags, clientId, correlationId, pages, payloadCrc, buffer, payloadOffset, payloadLength);
        if (lastIndex == before && 0 != pages) {
            admission.cancel(pages);
        }
        return isTaken;
    }

    private boolean onSessionChange(
        final int type,
        final int clientId,
        final long correlationId,
        final int payloadCrc,
        final DirectBuffer buffer,
        final int payloadOffset,
        final int payloadLength) {
        final int flags = switch (type) {
            case IngressDescriptor.OPEN_SESSION -> EntryDescriptor.FLAG_OPEN;
            case IngressDescriptor.CLOSE_SESSION -> EntryDescriptor.FLAG_CLOSE;
            default -> EntryDescriptor.FLAG_KEEP_ALIVE;
        };
        if (!EntryDescriptor.isValidSessionChange(flags, payloadLength)) {
            return isRefused(clientId, correlationId, ApplyStatus.MALFORMED);
        }
        final int pages = EntryDescriptor.FLAG_OPEN == flags ? SessionTable.OPENING_PAGES_BOUND : 0;
        if (0 != pages && !admission.tryReserve(pages)) {
            return isRefused(clientId, correlationId, ApplyStatus.STATE_FULL);
        }
        final long before = lastIndex;
        final boolean isTaken =
            appendEntry(RecordDescriptor.SESSION, flags, clientId, correlationId, pages, payloadCrc, buffer, payloadOffset, payloadLength);
        if (lastIndex == before && 0 != pages) {
            admission.cancel(pages);
        }
        return isTaken;
    }

    private boolean appendEntry(
        final int type,
        final int flags,
        final int clientId,
        final long correlationId,
        final int reservedPages,
        final int payloadCrc,
        final DirectBuffer buffer,
        final int payloadOffset,
        final int payloadLength) {
        if (!core.acceptsCommands()) {
            return isRefused(clientId, correlationId, ReplyStatus.NOT_LEADER);
        }
        if (!hasPendingRoom()) {
            return false;
        }
        final long index = lastIndex + 1;
        final long result = log.append(type, flags, index, core.term(), timestampMs, payloadCrc, buffer, payloadOffset, payloadLength);
        if (result != index) {
            return onEntryRefused(result, clientId, correlationId);
        }
        pending.put(index, core.term(), clientId, correlationId, reservedPages);
        final ClientChannel channel = clients.find(clientId);
        if (null != channel) {
            channel.lastAppendedIndex(index);
        }
        lastIndex = index;
        commandCount++;
        commandBytes += payloadLength;
        appendedInCycle = true;
        return true;
    }

    private boolean onEntryRefused(final long result, final int clientId, final long correlationId) {
        if (onAppendRefused(result)) {
            return isRefused(clientId, correlationId, ReplyStatus.NOT_LEADER);
        }
        if (WriteAheadLog.NOT_READY == result) {
            return false;
        }
        return isRefused(clientId, correlationId, WriteAheadLog.NO_SPACE == result ? ReplyStatus.NO_SPACE : ReplyStatus.TOO_LARGE);
    }

    /** @return true when this disk is full and another member is to lead. */
    private boolean onAppendRefused(final long result) {
        if (WriteAheadLog.NOT_READY == result) {
            counts.stalled.set(counts.stalled.getPlain() + 1);
        }
        if (WriteAheadLog.NO_SPACE != result || null == replicator) {
            return false;
        }
        if (appendedInCycle) {
            publishAppended();
        }
        control.logFull(true);
        return core.onLogFull();
    }

    private boolean onQuery(
        final int clientId,
        final long correlationId,
        final int flags,
        final DirectBuffer buffer,
        final int payloadOffset,
        final int payloadLength) {
        final boolean isLocal = 0 != (flags & IngressDescriptor.FLAG_LOCAL);
        final long ticket = isLocal || null == replicator && core.servesReads() ? 0 : core.beginRead();
        if (ticket < 0) {
            return isRefused(clientId, correlationId, ReplyStatus.NOT_LEADER);
        }
        final ClientChannel channel = clients.find(clientId);
        if (null == channel) {
            return true;
        }
        final int claim = queries.tryClaim(IngressDescriptor.QUERY, QueryDescriptor.HEADER_LENGTH + payloadLength);
        if (claim < 0) {
            return false;
        }
        final long readIndex = isLocal ? 0 : Math.max(core.commitIndex(), channel.lastAppendedIndex());
        QueryDescriptor.encode(queries.buffer(), claim, readIndex, ticket, correlationId, clientId, buffer, payloadOffset, payloadLength);
        queries.commit(claim);
        applierWakeup.signal();
        return true;
    }

    private boolean isRefused(final int clientId, final long correlationId, final int status) {
        refuse(clientId, correlationId, status);
        return true;
    }

    @Override
    public void refuse(final int clientId, final long correlationId, final int status) {
        counts.refused.set(counts.refused.getPlain() + 1);
        replies.refuse(clientId, correlationId, status);
    }

    @Override
    public boolean acceptsCommands() {
        return core.acceptsCommands();
    }

    @Override
    public boolean servesReads() {
        return core.servesReads();
    }

    @Override
    public int leaderId() {
        return core.leaderId();
    }

    @Override
    public ClusterConfiguration configuration() {
        return configurations.current();
    }

    /** The slot of an entry is written again only when the entry before it in that slot has been applied. */
    private boolean hasPendingRoom() {
        if (lastIndex - appliedCache < pending.capacity()) {
            return true;
        }
        appliedCache = positions.applied.get();
        return lastIndex - appliedCache < pending.capacity();
    }

    private void publishAppended() {
        appendedInCycle = false;
        lastEntryMs = timestampMs;
        control.logFull(false);
        log.publish();
        core.onAppendedUpTo(lastIndex);
        positions.appended.set(lastIndex);
        counts.commands.set(commandCount);
        counts.commandBytes.set(commandBytes);
        if (Durability.GROUP == durability) {
            syncerWakeup.signal();
        }
    }

    /** Tell the core what this disk holds, and publish what it commits. */
    int advanceCommit() {
        final long durable = Durability.GROUP == durability ? log.durablePosition() : log.appendedPosition();
        if (durable != heldPosition || null != replicator && replicator.hasDamageChanged()) {
            heldPosition = durable;
            core.onDurable(WriteAheadLog.index(durable), WriteAheadLog.generation(durable));
        }
        final long commitIndex = core.commitIndex();
        if (commitIndex == committed) {
            return 0;
        }
        committed = commitIndex;
        positions.committed.set(commitIndex);
        if (!serving && core.servesReads()) {
            serving = true;
            positions.serving.set(commitIndex);
        }
        applierWakeup.signal();
        return 1;
    }

    @Override
    public void onClose() {
        if (null != remoteClients) {
            remoteClients.close();
        }
        if (null != replicator) {
            replicator.close();
        }
    }

    @Override
    public String roleName() {
        return "cairn-sequencer";
    }
}
