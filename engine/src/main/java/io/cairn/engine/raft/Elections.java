package io.cairn.engine.raft;

/**
 * Who leads: timers drawn at random, PreVote (dissertation §9.6), votes, and the refusal to vote while a leader is heard (§4.2.3).
 *
 * <p>A vote is a promise: it is recorded in {@link RaftState}, and said only once the owner stored it.
 */
final class Elections {
    private static final int HELD_BACK = 4;
    private static final long GOLDEN_GAMMA = 0x9E37_79B9_7F4A_7C15L;

    private final RaftState state;
    private final Outbox outbox;
    private long random;
    private long deadlineNs;
    private long leaderHeardNs;
    private long silentUntilNs;
    private long granted;
    private boolean preVoting;
    private boolean forced;

    Elections(final RaftState state, final Outbox outbox) {
        this.state = state;
        this.outbox = outbox;
        random = state.settings.seed();
    }

    /**
     * The process is new. Where a leader may hold a lease, it may have been promised to this very member before it was started: no vote until that is
     * over.
     */
    void start() {
        silentUntilNs = state.settings.isLeaseReads() ? state.nowNs + state.settings.electionTimeoutMinNs() : state.nowNs;
        restartTimer();
    }

    void restartTimer() {
        final long rangeNs = state.settings.electionTimeoutMaxNs() - state.settings.electionTimeoutMinNs() + 1;
        deadlineNs = state.nowNs + state.settings.electionTimeoutMinNs() + Long.remainderUnsigned(nextRandom(), rangeNs);
    }

    /** Others are to have their chance first. */
    void holdBack() {
        restartTimer();
        deadlineNs += HELD_BACK * state.settings.electionTimeoutMaxNs();
    }

    /** SplitMix64: the same seed gives the same elections. */
    private long nextRandom() {
        random += GOLDEN_GAMMA;
        long mixed = random;
        mixed = (mixed ^ mixed >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D0_49BB_1331_11EBL;
        return mixed ^ mixed >>> 31;
    }

    boolean isTimerOver() {
        return state.nowNs - deadlineNs >= 0;
    }

    boolean mayStand() {
        return !state.promisePending && !state.isLeader() && state.knowsItsPromises() && state.isElectable();
    }

    void onLeaderHeard() {
        leaderHeardNs = state.nowNs;
        restartTimer();
    }

    /** A leader that is heard is not to be disturbed: PreVote and Vote get no answer. */
    private boolean isLeaderHeard() {
        return state.isLeader() || state.nowNs - silentUntilNs < 0 ||
            RaftState.NONE != state.leaderId && state.nowNs - leaderHeardNs < state.settings.electionTimeoutMinNs();
    }

    private boolean isAlone() {
        return Quorum.isWon(state.membership, 1L << state.selfId);
    }

    /** The timer is over: ask whether the others would vote. A member that decides alone need not ask. */
    void standIfWelcome() {
        restartTimer();
        if (isAlone()) {
            stand(false);
            return;
        }
        outbox.clear();
        state.role = Role.CANDIDATE;
        state.leaderId = RaftState.NONE;
        preVoting = true;
        granted = 1L << state.selfId;
        for (long rest = voters(); 0 != rest; rest &= rest - 1) {
            outbox.preVote(Long.numberOfTrailingZeros(rest), state.term + 1);
        }
    }

    /** Ask for votes in the next term, with one's own. */
    void stand(final boolean handedOver) {
        restartTimer();
        outbox.clear();
        state.role = Role.CANDIDATE;
        state.leaderId = RaftState.NONE;
        state.enterTerm(state.term + 1);
        state.vote = state.selfId;
        preVoting = false;
        forced = handedOver;
        granted = 0;
    }

    private long voters() {
        return (state.membership.voters() | state.membership.outgoing()) & ~(1L << state.selfId);
    }

    /** One's own vote is stored. @return true when it decides. */
    boolean onOwnVoteStored() {
        granted |= 1L << state.selfId;
        if (Quorum.isWon(state.membership, granted)) {
            return true;
        }
        for (long rest = voters(); 0 != rest; rest &= rest - 1) {
            outbox.vote(Long.numberOfTrailingZeros(rest), forced);
        }
        return false;
    }

    void onPreVote(final Message message) {
        if (message.term > state.term && isLeaderHeard()) {
            return;
        }
        final boolean grants =
            message.term > state.term && state.knowsItsPromises() && state.isUpToDate(message.logIndex, message.logTerm);
        outbox.preVoteResponse(message.from, grants ? message.term : state.term, grants);
    }

    /** @return true when the election is to be begun in earnest. */
    boolean onPreVoteGranted(final Message message) {
        if (!preVoting || Role.CANDIDATE != state.role || message.term != state.term + 1) {
            return false;
        }
        granted |= 1L << message.from;
        return Quorum.isWon(state.membership, granted);
    }

    /** @return true when the request is of a term that is to be entered first. */
    boolean isVoteOfNewTerm(final Message message) {
        return message.term > state.term && (message.flag || !isLeaderHeard());
    }

    /** A request for a vote in the current term, or an old one. */
    void onVote(final Message message) {
        final boolean grants = message.term == state.term && state.knowsItsPromises() &&
            (RaftState.NONE == state.vote || state.vote == message.from) &&
            state.isUpToDate(message.logIndex, message.logTerm);
        if (grants && RaftState.NONE == state.vote) {
            state.vote = message.from;
            state.promisePending = true;
            restartTimer();
        }
        outbox.voteResponse(message.from, grants);
    }

    /** @return true when the election is won. */
    boolean onVoteResponse(final Message message) {
        if (preVoting || Role.CANDIDATE != state.role || !message.flag) {
            return false;
        }
        granted |= 1L << message.from;
        return Quorum.isWon(state.membership, granted);
    }
}
