package io.cairn.engine.raft;

/**
 * The facts of one member that every part of the core reads: what it promised, what it holds, who the members are. Plain fields; the parts of the
 * core write them, one thread drives them all.
 */
final class RaftState {
    static final int NONE = -1;

    final int selfId;
    final RaftSettings settings;
    final RaftLog log;
    final Quorum quorum = new Quorum();

    /** Monotonic time as of the last look. */
    long nowNs;

    /** Promise: durable before anything that depends on it is said. */
    long term;
    int vote = NONE;
    boolean promisePending;

    Role role = Role.FOLLOWER;
    int leaderId = NONE;
    /** False while this member may have forgotten what it promised or acknowledged: it then neither votes nor stands. */
    boolean mayVote = true;
    /** Entries behind the end of the log may have been promised of which nothing is left: no vote and no candidacy until all of that is back. */
    boolean endLost;
    /** The last term in which an entry that is lost may have been acknowledged. */
    long endLostTerm;

    /** The log: its last entry, the first one of the last term, and how much of it this member holds by its durability level. */
    long lastIndex;
    long lastTerm;
    long lastTermStart;
    long heldIndex;
    long commitIndex;

    Membership membership;
    long configurationIndex;
    /** The configuration entry that took this member's vote; it may be needed for as long as that is not committed. */
    long voteTakenIndex;

    RaftState(final int selfId, final Membership membership, final RaftSettings settings, final RaftLog log) {
        this.selfId = selfId;
        this.membership = membership;
        this.settings = settings;
        this.log = log;
    }

    boolean isLeader() {
        return Role.LEADER == role;
    }

    long termAt(final long index) {
        if (index > lastIndex) {
            return RaftLog.UNKNOWN;
        }
        return index >= lastTermStart && RaftLog.INTACT == log.fault(index) ? lastTerm : log.termAt(index);
    }

    /** Are all records of the log whole? */
    boolean isIntact() {
        return RaftLog.NO_FAULT == log.faultyFrom(0);
    }

    /** May this member say who is to lead? */
    boolean knowsItsPromises() {
        return mayVote && !endLost;
    }

    long termStart(final long index) {
        return index >= lastTermStart ? lastTermStart : log.termStart(index);
    }

    /** The log ends here now. */
    void endsAt(final long index, final long termOfIt) {
        lastIndex = index;
        lastTerm = termOfIt;
        lastTermStart = index <= 0 || log.firstIndex() > index || RaftLog.INTACT != log.fault(index) ? index : log.termStart(index);
        heldIndex = Math.min(heldIndex, index);
    }

    void appended(final long index, final long termOfIt) {
        if (termOfIt != lastTerm) {
            check(termOfIt > lastTerm, "a term went back in the log");
            lastTerm = termOfIt;
            lastTermStart = lastIndex + 1;
        }
        lastIndex = index;
    }

    /**
     * The largest index up to a hint where this log's term is not above the hint's: what lies behind it cannot match (§5.3 of the Raft paper, fast
     * back-up by terms). Whole terms are passed over at once.
     */
    long lastIndexNotAbove(final long hintIndex, final long hintTerm, final long floor) {
        long index = Math.min(hintIndex, lastIndex);
        while (index > floor) {
            final long termOfIt = termAt(index);
            if (RaftLog.UNKNOWN == termOfIt || termOfIt <= hintTerm) {
                return index;
            }
            index = Math.min(index, termStart(index)) - 1;
        }
        return Math.max(index, floor);
    }

    /** Election restriction (§3.6.1): is a log that ends there at least as up to date as this one? */
    boolean isUpToDate(final long otherIndex, final long otherTerm) {
        return otherTerm > lastTerm || otherTerm == lastTerm && otherIndex >= lastIndex;
    }

    /** A new term begins, without a vote: a promise to be stored. */
    void enterTerm(final long newTerm) {
        check(newTerm > term, "a term is entered only once");
        term = newTerm;
        vote = NONE;
        promisePending = true;
    }

    /** A configuration is in force from when it is in the log (§4.1). */
    void adopt(final Membership newMembership, final long index) {
        if (membership.isVoter(selfId) && !newMembership.isVoter(selfId)) {
            voteTakenIndex = index;
        }
        membership = newMembership;
        configurationIndex = index;
    }

    /**
     * A member stands if it is a voter; and also after an entry that removed it, until it knows that entry to be committed (§4.2.2): it may be the
     * only one that has the entry, and then nobody else can be elected. Its own vote counts only where it is a voter.
     */
    boolean isElectable() {
        return membership.isVoter(selfId) || voteTakenIndex > commitIndex;
    }

    void becomeFollower(final int leader) {
        role = membership.isVoter(selfId) ? Role.FOLLOWER : Role.LEARNER;
        leaderId = leader;
    }

    static void check(final boolean condition, final String what) {
        if (!condition) {
            throw new IllegalStateException("raft invariant broken: " + what);
        }
    }
}
