package io.cairn.engine.pipeline;

import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.bootstrap.Introduction;
import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.config.Durability;
import io.cairn.engine.raft.Fetched;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.Message;
import io.cairn.engine.raft.Outcome;
import io.cairn.engine.raft.RaftCore;
import io.cairn.engine.transport.RecordRun;
import io.cairn.engine.transport.Transport;
import io.cairn.fsm.StateAdmission;
import io.cairn.wal.LogCursor;
import io.cairn.wal.WriteAheadLog;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.DirectBuffer;

/**
 * The Sequencer's side towards the other members: gives the core what arrived, does to the log what the core makes of it, and sends what the core
 * has due, entries straight from the mapped segment. No decisions. Owner: the Sequencer's thread.
 *
 * <p>Crash argument: an entry is acknowledged only when {@link RaftCore#onDurable} covered it; a suffix is cut by the Syncer, durably, before the
 * core hears of it, and until then the core takes nothing. An entry whose chain does not continue this log's is of another history: the node stops,
 * since equal index and term must mean equal entries.
 */
final class Replicator implements Transport.Receiver {
    private static final int RECEIVE_LIMIT = 64;
    private static final int SEND_LIMIT = 16;

    private final RaftCore core;
    private final WriteAheadLog log;
    private final Transport transport;
    private final Registrar registrar;
    private final int selfId;
    private final long incarnation;
    private final Durability durability;
    private final SyncerRequests syncerRequests;
    private final PendingCommands pending;
    private final StateAdmission admission;
    private final ReplyPublisher replies;
    private final PipelinePositions positions;
    private final PipelineCounts counts;
    private final Wakeup syncerWakeup;
    private final Configurations configurations;
    private final LogCursor[] cursors = new LogCursor[Membership.MEMBERS_MAX];
    /** First index of the run that the peer's cursor stands on, 0 for none: a run that the network did not take is offered again. */
    private final long[] runFirst = new long[Membership.MEMBERS_MAX];
    private final long[] runTo = new long[Membership.MEMBERS_MAX];
    /** First index of the run that was sent last. */
    private final long[] sentFirst = new long[Membership.MEMBERS_MAX];
    private final Message out = new Message();
    private final RecordRun run = new RecordRun();
    private final RecordRun none = new RecordRun().empty();
    private final Repairer repairer;
    private boolean truncationRequested;
    private long lastTimestampMs;

    Replicator(final PipelineContext context, final ReplyPublisher replies) {
        core = context.core;
        log = context.log;
        transport = context.transport;
        selfId = context.selfId;
        incarnation = context.incarnation;
        durability = context.durability;
        syncerRequests = context.syncerRequests;
        pending = context.pending;
        admission = context.admission;
        this.replies = replies;
        positions = context.positions;
        counts = context.counts;
        syncerWakeup = context.syncerWakeup;
        configurations = context.configurations;
        repairer = new Repairer(context);
        registrar = new Registrar(context, this::found);
        context.control.registrar(registrar);
        follow(configurations.current());
    }

    /** Who the members are has changed: whom to reach, and whether what this member promised is what they count on. */
    private void follow(final ClusterConfiguration configuration) {
        transport.reach(configuration);
        positions.clusterId.set(configuration.clusterId());
        core.mayVote(configuration.membership().incarnation(selfId) == incarnation);
    }

    private void found(final ClusterConfiguration configuration) {
        configurations.founded(configuration);
        core.onConfigurationAppended(configurations.index(), configurations.current().membership());
        follow(configurations.current());
    }

    /** By the clock: who this member is, and who the others are. @return amount of work done. */
    int onTime(final long nowNs) {
        if (Outcome.TRUNCATE == core.giveUpAlone()) {
            truncate(core.truncateFrom());
        }
        return registrar.onTime(nowNs);
    }

    /** A configuration that is about to be logged, with every place that is known. */
    ClusterConfiguration place(final ClusterConfiguration configuration) {
        return registrar.place(configuration);
    }

    @Override
    public void onIntroduction(final Introduction introduction) {
        registrar.onIntroduction(introduction);
    }

    /** Take what arrived, and what the Syncer has cut. @return amount of work done. */
    int receive() {
        int work = transport.doWork();
        if (truncationRequested && syncerRequests.isTruncated()) {
            truncationRequested = false;
            onTruncated();
            work++;
        }
        final long configurationIndex = configurations.index();
        final int repaired = repairer.pursue();
        if (configurations.index() != configurationIndex) {
            follow(configurations.current());
        }
        if (Outcome.TRUNCATE == repaired) {
            truncate(core.truncateFrom());
        }
        work += Outcome.IGNORED == repaired ? 0 : 1;
        return work + transport.poll(this, RECEIVE_LIMIT);
    }

    /** @return whether this log counts for more or for less than before, since damage was found or repaired. */
    boolean hasDamageChanged() {
        return repairer.hasChanged();
    }

    @Override
    public boolean onMessage(final Message message, final RecordRun records) {
        if (Message.FETCH_RESPONSE != message.type && registrar.isClusterUnknown()) {
            return true;
        }
        switch (core.onMessage(message, records)) {
            case Outcome.BUSY -> {
                return false;
            }
            case Outcome.TRUNCATE -> {
                truncate(core.truncateFrom());
                return false;
            }
            case Outcome.APPEND -> {
                return append(message, records);
            }
            case Outcome.REPAIR -> {
                repairer.take(message, records);
                return true;
            }
            default -> {
                return true;
            }
        }
    }

    /** @return false when the log had no room for all of them: the message is offered again. */
    private boolean append(final Message message, final RecordRun records) {
        final long previous = message.logIndex;
        final int last = (int)(core.appendTo() - previous) - 1;
        int position = (int)(core.appendFrom() - previous) - 1;
        final int first = position;
        long term = core.lastTerm();
        long termStart = 0;
        boolean stopped = false;
        boolean damaged = false;
        while (position <= last && !stopped && !damaged) {
            final int at = records.seek(position);
            final DirectBuffer buffer = records.buffer();
            final long index = previous + 1 + position;
            final int length = buffer.getInt(at) - RecordDescriptor.HEADER_LENGTH;
            checkChain(buffer.getInt(at + RecordDescriptor.PREV_CHAIN_OFFSET), index);
            final int crc = buffer.getInt(at + RecordDescriptor.PAYLOAD_CRC_OFFSET);
            damaged = Crc32c.compute(buffer, at + RecordDescriptor.HEADER_LENGTH, length) != crc;
            if (!damaged) {
                final long entryTerm = buffer.getLong(at + RecordDescriptor.TERM_OFFSET);
                final long timestampMs = buffer.getLong(at + RecordDescriptor.TIMESTAMP_OFFSET);
                stopped = log.append(
                    buffer.getShort(at + RecordDescriptor.TYPE_OFFSET) & 0xFFFF,
                    buffer.getShort(at + RecordDescriptor.FLAGS_OFFSET) & 0xFFFF,
                    index,
                    entryTerm,
                    timestampMs,
                    crc,
                    buffer,
                    at + RecordDescriptor.HEADER_LENGTH,
                    length) != index;
                if (!stopped) {
                    termStart = entryTerm != term ? index : termStart;
                    term = entryTerm;
                    lastTimestampMs = timestampMs;
                    position++;
                }
            }
        }
        if (position > first) {
            published(previous, records, first, position, term, termStart);
        }
        if (damaged) {
            counts.damagedMessages.set(counts.damagedMessages.getPlain() + 1);
        } else if (stopped) {
            core.onNoRoom(message);
            counts.stalled.set(counts.stalled.getPlain() + 1);
        }
        return !stopped;
    }

    private void checkChain(final int prevChain, final long index) {
        if (prevChain != log.lastChain()) {
            throw new EngineException(
                "entry " + index + " of the leader does not continue this log: entries of equal index and term differ between members; " +
                    "stop this member, keep its directory for inspection, and let it join again with an empty one");
        }
    }

    private void published(
        final long previous, final RecordRun records, final int from, final int until, final long term, final long termStart) {
        log.publish();
        final long index = previous + until;
        core.onEntriesAppended(index, term, termStart);
        positions.appended.set(index);
        for (int position = from; position < until; position++) {
            final int at = records.seek(position);
            if (RecordDescriptor.CONFIGURATION == records.buffer().getShort(at + RecordDescriptor.TYPE_OFFSET)) {
                final int length = records.buffer().getInt(at) - RecordDescriptor.HEADER_LENGTH;
                adopt(previous + 1 + position,
                    ConfigurationCodec.decode(records.buffer(), at + RecordDescriptor.HEADER_LENGTH, length));
            }
        }
        if (Durability.GROUP == durability) {
            syncerWakeup.signal();
        }
    }

    /** A configuration entry is in the log. */
    void adopt(final long index, final ClusterConfiguration configuration) {
        configurations.adopt(index, configuration);
        core.onConfigurationAppended(index, configuration.membership());
        follow(configuration);
    }

    private void truncate(final long from) {
        releaseCursors();
        final long last = core.lastIndex();
        for (long index = Math.max(from, last - pending.capacity() + 1); index <= last; index++) {
            final long term = log.termAt(index);
            final int clientId = pending.clientId(index, term);
            final int pages = pending.reservedPages(index, term);
            if (0 != pages) {
                // It never reaches the Applier, whose count of releases has one writer.
                admission.cancel(pages);
            }
            if (clientId >= 0) {
                replies.refuse(clientId, pending.correlationId(index), ReplyStatus.UNKNOWN);
            }
            pending.clear(index);
        }
        truncationRequested = true;
        syncerRequests.requestTruncate(from);
    }

    private void onTruncated() {
        final long position = log.appendedPosition();
        final long last = WriteAheadLog.index(position);
        configurations.truncatedTo(last);
        core.onTruncated(
            last, log.lastTerm(), configurations.index(), configurations.current().membership(), WriteAheadLog.generation(position));
        positions.appended.set(last);
        follow(configurations.current());
    }

    /** The log continues an installed snapshot. */
    void onInstalled() {
        follow(configurations.current());
    }

    /** While the log must rest: only what keeps the network alive. @return amount of work done. */
    int rest() {
        return transport.doWork();
    }

    /** Send what is due, as far as the network takes it. @return amount of work done. */
    int send() {
        int work = 0;
        for (long rest = transport.reachable(); 0 != rest; rest &= rest - 1) {
            final int peer = Long.numberOfTrailingZeros(rest);
            for (int i = 0; i < SEND_LIMIT && core.fill(peer, out); i++) {
                out.fromIncarnation = incarnation;
                if (!send(peer)) {
                    break;
                }
                work++;
            }
        }
        return work;
    }

    private boolean send(final int peer) {
        if (Message.FETCH_RESPONSE == out.type && Fetched.PRESENT == out.context) {
            return sendFetched();
        }
        if (Message.APPEND != out.type || core.sendableIndex() <= out.logIndex) {
            if (Message.APPEND == out.type && null != cursors[peer]) {
                // A peer that takes nothing now must not keep a segment from being recycled.
                release(peer);
            }
            return deliver(none, out.logIndex);
        }
        final long first = out.logIndex + 1;
        if (runFirst[peer] != first && !read(peer, first)) {
            return false;
        }
        final LogCursor cursor = cursors[peer];
        run.wrap(cursor.buffer(), cursor.runOffset(), cursor.runLength(), cursor.runCount(), cursor.segmentId());
        if (!deliver(run, runTo[peer])) {
            return false;
        }
        runFirst[peer] = 0;
        sentFirst[peer] = first;
        return true;
    }

    private boolean sendFetched() {
        final RecordRun wanted = repairer.read(out.logIndex, transport.recordsBytesMax());
        if (null == wanted) {
            out.context = Fetched.CORRUPT;
            out.flag = false;
        }
        final boolean isSent = deliver(null == wanted ? none : wanted, out.logIndex);
        repairer.release();
        return isSent;
    }

    private boolean deliver(final RecordRun records, final long lastSent) {
        if (!transport.send(out, records)) {
            return false;
        }
        core.sent(out, lastSent, records.length());
        return true;
    }

    private boolean read(final int peer, final long first) {
        if (null == cursors[peer]) {
            cursors[peer] = log.newCursor();
        }
        final LogCursor cursor = cursors[peer];
        final int bytesMax = Math.min(transport.recordsBytesMax(), core.sendableBytesMax(peer));
        // What a peer missed long ago may have to come from the disk: not on this thread, which everybody waits for.
        if (cursor.nextIndex() != first && !cursor.seek(first) || !cursor.isAtHand(bytesMax) || !cursor.nextRun(core.sendableIndex(), bytesMax)) {
            runFirst[peer] = 0;
            return false;
        }
        if (first == sentFirst[peer] && !cursor.verifyRun()) {
            // It was sent before and not taken: not since it was lost on the way, but since it rotted here after it was written and is refused there.
            runFirst[peer] = 0;
            return false;
        }
        runFirst[peer] = first;
        runTo[peer] = cursor.index();
        return true;
    }

    private void release(final int peer) {
        runFirst[peer] = 0;
        cursors[peer].release();
    }

    /** Leadership ended, or the log is about to change under the cursors. */
    void releaseCursors() {
        for (int peer = 0; peer < cursors.length; peer++) {
            if (null != cursors[peer]) {
                release(peer);
            }
        }
    }

    /** @return log time of the last entry received, so that a new leader's entries do not go back. */
    long lastTimestampMs() {
        return Math.max(lastTimestampMs, repairer.lastTimestampMs());
    }

    void close() {
        for (final LogCursor cursor : cursors) {
            if (null != cursor) {
                cursor.close();
            }
        }
        repairer.close();
        transport.close();
    }
}
