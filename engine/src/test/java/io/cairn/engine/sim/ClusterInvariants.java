package io.cairn.engine.sim;

import io.cairn.engine.EngineAccess;
import io.cairn.engine.StorageEngine;
import io.cairn.engine.pipeline.MemberStatus;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.Message;
import io.cairn.engine.raft.Role;
import io.cairn.wal.FaultyRange;
import io.cairn.wal.WriteAheadLog;
import org.agrona.collections.Long2LongHashMap;

import java.util.List;
import java.util.function.IntPredicate;

/**
 * What must hold at every step, seen from outside of all members at once (dissertation, figure 3.2, and what Cairn adds to it): whoever acknowledges
 * an entry holds it durably, and the same one as the leader; what is committed is durable on a quorum and in the log of every later leader; what was
 * acknowledged is there after a restart; states are equal where they are of the same index. Owner: one thread.
 */
final class ClusterInvariants {
    private static final long NONE = -1;
    private static final int COMPARED_ONE_OF = 64;

    private final List<SimulatedMember> members;
    private final boolean isForced;
    private final Coverage coverage;
    private final Promises promises = new Promises();
    private final Long2LongHashMap committedTerms = new Long2LongHashMap(NONE);
    private final long[] committed;
    private final long[] acknowledged;
    private final long[] acknowledgedTerm;
    private final int[] disks;
    private long committedIndex;
    private long committedTerm;
    private long commits;

    /**
     * @param members  of the simulation, by their ids; filled in later.
     * @param mix      of the run.
     * @param coverage counts.
     */
    ClusterInvariants(final List<SimulatedMember> members, final FaultMix mix, final Coverage coverage) {
        this.members = members;
        this.coverage = coverage;
        isForced = "group".equals(mix.durability());
        final int all = mix.members() + mix.spares();
        committed = new long[all];
        acknowledged = new long[all];
        acknowledgedTerm = new long[all];
        disks = new int[all];
    }

    Promises promises() {
        return promises;
    }

    private StorageEngine engine(final int id) {
        return members.get(id).engine();
    }

    private static long termAt(final WriteAheadLog log, final long index) {
        return index <= log.lastIndex() ? log.termAt(index) : NONE;
    }

    private long heldIndex(final WriteAheadLog log) {
        return isForced ? WriteAheadLog.index(log.durablePosition()) : log.lastIndex();
    }

    /** A member is about to say something. */
    void onSent(final Message message) {
        final boolean isNewLeader = Message.APPEND == message.type && !message.flag && promises.leader(message.term) < 0;
        promises.onSent(message);
        if (isNewLeader) {
            onElected(message);
        } else if (Message.APPEND_RESPONSE == message.type) {
            onAcknowledged(message);
        }
    }

    /** Leader completeness: what was committed in earlier terms is in its log. */
    private void onElected(final Message message) {
        final StorageEngine engine = engine(message.from);
        if (null == engine || committedTerm >= message.term) {
            return;
        }
        final WriteAheadLog log = EngineAccess.log(engine);
        if (log.lastIndex() < committedIndex || isOther(termAt(log, committedIndex), committedTerm)) {
            throw new AssertionError("leader completeness: member " + message.from + " leads term " + message.term + " without entry " +
                committedIndex + " of term " + committedTerm + ", which is committed; its log ends at " + log.lastIndex() + describe());
        }
    }

    private String describe() {
        final StringBuilder text = new StringBuilder();
        for (int id = 0; id < members.size(); id++) {
            text.append("; member ").append(id);
            if (null == engine(id)) {
                text.append(" is down");
            } else {
                text.append(" has entry ").append(committedIndex).append(" of term ")
                    .append(termAt(EngineAccess.log(engine(id)), committedIndex)).append(", ").append(EngineAccess.control(engine(id)).status());
            }
        }
        return text.toString();
    }

    private static boolean isOther(final long found, final long expected) {
        return found >= 0 && expected >= 0 && found != expected;
    }

    /** It holds it durably, and it is the leader's. */
    private void onAcknowledged(final Message message) {
        final StorageEngine engine = engine(message.from);
        if (null == engine) {
            return;
        }
        final WriteAheadLog log = EngineAccess.log(engine);
        final long index = message.logIndex;
        if (index > heldIndex(log)) {
            throw new AssertionError("durability: member " + message.from + " acknowledges entry " + index + " and holds " + heldIndex(log));
        }
        if (message.term > acknowledgedTerm[message.from] || index > acknowledged[message.from]) {
            acknowledgedTerm[message.from] = message.term;
            acknowledged[message.from] = index;
        }
        final int leader = promises.leader(message.term);
        if (leader == message.to && null != engine(leader)) {
            final WriteAheadLog other = EngineAccess.log(engine(leader));
            if (index <= other.lastIndex() && isOther(termAt(log, index), termAt(other, index)) && isLeading(leader, message.term)) {
                throw new AssertionError("log matching: member " + message.from + " acknowledges entry " + index + " of term " +
                    termAt(log, index) + ", which is of term " + termAt(other, index) + " at the leader " + leader + " of term " + message.term);
            }
        }
    }

    private boolean isLeading(final int id, final long term) {
        final MemberStatus status = EngineAccess.control(engine(id)).status();
        return Role.LEADER == status.role() && status.term() == term;
    }

    /** A member did a step of work. */
    void onWork(final int id) {
        final StorageEngine engine = engine(id);
        final long index = null == engine ? committed[id] : engine.committedIndex();
        if (index > committed[id]) {
            committed[id] = index;
            onCommitted(id, engine, index);
        }
    }

    private void onCommitted(final int id, final StorageEngine engine, final long index) {
        final long term = termAt(EngineAccess.log(engine), index);
        if (term < 0) {
            return;
        }
        final long before = committedTerms.putIfAbsent(index, term);
        if (NONE != before && before != term) {
            throw new AssertionError("state machine safety: member " + id + " commits entry " + index + " of term " + term +
                ", which was committed with term " + before);
        }
        if (index > committedIndex) {
            committedIndex = index;
            committedTerm = term;
        }
        final int newest = promises.leader(promises.newestTerm());
        if (newest >= 0 && newest != id && null != engine(newest) && promises.newestTerm() > term) {
            final WriteAheadLog log = EngineAccess.log(engine(newest));
            if ((log.lastIndex() < index || isOther(termAt(log, index), term)) && isLeading(newest, promises.newestTerm())) {
                throw new AssertionError("leader completeness: member " + id + " commits entry " + index + " of term " + term +
                    ", which the leader " + newest + " of term " + promises.newestTerm() + " does not hold");
            }
        }
        if (newest == id || engine.isLeader()) {
            onCommittedByLeader(id, index, term);
        }
        if (0 == commits++ % COMPARED_ONE_OF) {
            compare();
        }
    }

    /** Whoever is down may hold it, and so may one whose disk was damaged since. */
    private void onCommittedByLeader(final int id, final long index, final long term) {
        final MemberStatus status = EngineAccess.control(engine(id)).status();
        if (Role.LEADER != status.role()) {
            return;
        }
        if (term != status.term()) {
            throw new AssertionError("a leader counts for entries of its own term alone: member " + id + " leads term " + status.term() +
                " and commits entry " + index + " of term " + term);
        }
        final Membership membership = status.configuration().membership();
        long holding = 0;
        for (int other = 0; other < members.size(); other++) {
            if (null == engine(other) || members.get(other).isWeak() || holds(EngineAccess.log(engine(other)), index, term)) {
                holding |= 1L << other;
            }
        }
        // The change to a joint configuration may have been appended in the step in which this entry was committed by the one before.
        final WriteAheadLog log = EngineAccess.log(engine(id));
        final boolean isYoung = membership.isJoint() && log.configurationAtOrBelow(log.lastIndex()) > index;
        if (!isYoung && isLess(holding, membership.voters()) || membership.isJoint() && isLess(holding, membership.outgoing())) {
            throw new AssertionError("durability: member " + id + " leads term " + status.term() + " and commits entry " + index +
                ", which of " + membership + " only " + Long.toBinaryString(holding) + " (mask) hold");
        }
    }

    private static boolean isLess(final long holding, final long voters) {
        return Long.bitCount(holding & voters) <= Long.bitCount(voters) / 2;
    }

    private boolean holds(final WriteAheadLog log, final long index, final long term) {
        return log.firstIndex() > index || heldIndex(log) >= index && !isOther(termAt(log, index), term);
    }

    /** Equal index, equal state. */
    private void compare() {
        for (int id = 0; id < members.size(); id++) {
            if (null == engine(id) || !engine(id).isServing()) {
                continue;
            }
            for (int other = id + 1; other < members.size(); other++) {
                if (null != engine(other) && engine(other).isServing() && engine(other).appliedIndex() == engine(id).appliedIndex()) {
                    coverage.add(Coverage.Event.DIGESTS_COMPARED);
                    final long own = EngineAccess.digest(engine(id));
                    final long others = EngineAccess.digest(engine(other));
                    if (own != others) {
                        throw new AssertionError("digests differ: members " + id + " and " + other + " have applied " +
                            engine(id).appliedIndex() + " and come to " + Long.toHexString(own) + " and " + Long.toHexString(others));
                    }
                    break;
                }
            }
        }
    }

    /**
     * Beyond what a majority survives: one member holds an entry undecided, so that it may have been acknowledged, and what another voter promised is
     * gone with its directory, or that voter does not come back. The cluster stops then rather than lies, and says so.
     *
     * @param isGone whether a member is down for good.
     */
    boolean isLeftToAPerson(final IntPredicate isGone) {
        for (int id = 0; id < members.size(); id++) {
            final FaultyRange range = null == engine(id) ? null : EngineAccess.log(engine(id)).repairs().from(0);
            if (null != range && range.isUndecided()) {
                final MemberStatus status = EngineAccess.control(engine(id)).status();
                final boolean isSaid = status.notice().contains("is damaged and no member that answers can send it");
                if (isSaid && isPromiseLost(status.configuration().membership(), isGone)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean isPromiseLost(final Membership membership, final IntPredicate isGone) {
        for (final SimulatedMember member : members) {
            final boolean isVoter = 0 != ((membership.voters() | membership.outgoing()) & 1L << member.id());
            final boolean isOfAnotherDisk = member.diskCount() > 0 && member.isUp() &&
                EngineAccess.control(member.engine()).status().incarnation() != membership.incarnation(member.id());
            if (isVoter && (isOfAnotherDisk || isGone.test(member.id()))) {
                return true;
            }
        }
        return false;
    }

    /**
     * A member is no more.
     *
     * @param id        of the member.
     * @param engine    that it was.
     * @param mayForget its disk does not hold what it did.
     */
    void onGone(final int id, final StorageEngine engine, final boolean mayForget) {
        committed[id] = 0;
        // In a later term its tail may have been cut, and who knows how far.
        if (mayForget || EngineAccess.control(engine).status().term() != acknowledgedTerm[id]) {
            acknowledged[id] = 0;
        }
    }

    /** A member is there again: so is what it acknowledged. */
    void onStarted(final int id) {
        final SimulatedMember member = members.get(id);
        final WriteAheadLog log = EngineAccess.log(member.engine());
        committed[id] = 0;
        if (disks[id] != member.diskCount()) {
            disks[id] = member.diskCount();
            acknowledged[id] = 0;
        }
        // One bit of the log leaves evidence enough: it ends where it did, with what is damaged held as such, or it knows that its end is lost.
        if (member.isProvable() && log.lastIndex() < acknowledged[id] && !(member.isWeak() && log.repairs().isEndLost())) {
            throw new AssertionError("durability: member " + id + " acknowledged entry " + acknowledged[id] + " in term " + acknowledgedTerm[id] +
                " and its log ends at " + log.lastIndex() + " after a restart");
        }
    }
}
