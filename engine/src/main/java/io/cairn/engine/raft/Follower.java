package io.cairn.engine.raft;

/**
 * Takes entries from a leader: the consistency check (dissertation §3.5), what to cut, what to append, what may be acknowledged and committed.
 *
 * <p>Acknowledged is the smaller of what is held by the durability level and what was checked against this leader's log in this term: a tail that
 * an earlier leader left may be durable and still be cut.
 */
final class Follower {
    private final RaftState state;
    private final Outbox outbox;
    /** Highest index checked against the log of the present leader. What is committed is in every leader's log (§3.6.3). */
    private long matchedIndex;
    private long leaderCommit;
    /** Up to here the entries of the message under way match, once they are appended. */
    private long offeredIndex;
    private long appendFrom;
    private long truncateFrom;
    private boolean truncating;
    private long heardRound;
    private long toldIndex;
    private long toldRound;
    /** The message under way reaches a damaged entry of which nothing is known, and when a leader was last told where that begins. */
    private boolean blocked;
    private long blockedToldNs;
    /** What tells the message that waits for room in the log from others; below zero where none does. */
    private long waitingIndex = RaftState.NONE;
    private long waitingRound;

    Follower(final RaftState state, final Outbox outbox) {
        this.state = state;
        this.outbox = outbox;
    }

    void onNewTerm() {
        matchedIndex = state.commitIndex;
        leaderCommit = 0;
        offeredIndex = 0;
        heardRound = 0;
        toldIndex = 0;
        toldRound = 0;
        waitingIndex = RaftState.NONE;
        blockedToldNs = state.nowNs - state.settings.heartbeatNs();
    }

    /** @return the outcome, as {@link RaftCore#onMessage} gives it. */
    int onAppend(final Message message, final EntryTerms entries) {
        heardRound = Math.max(heardRound, message.context);
        final long previous = message.logIndex;
        if (!matches(previous, message.logTerm)) {
            final long hintIndex = state.lastIndexNotAbove(Math.min(previous, state.lastIndex), message.logTerm, state.commitIndex);
            outbox.reject(message.from, previous, hintIndex, Math.max(0, state.termAt(hintIndex)));
            return Outcome.DONE;
        }
        leaderCommit = Math.max(leaderCommit, message.commitIndex);
        offeredIndex = previous + entries.count();
        final long first = firstNew(previous, entries);
        if (first < 0) {
            truncateFrom = -first;
            RaftState.check(truncateFrom > state.commitIndex, "a leader contradicts a committed entry");
            truncating = true;
            return Outcome.TRUNCATE;
        }
        if (first > offeredIndex) {
            matchedUpTo(offeredIndex);
            if (!blocked || isTimeToTellAgain()) {
                outbox.acknowledge(message.from);
            }
            return Outcome.DONE;
        }
        matchedUpTo(first - 1);
        appendFrom = first;
        acknowledgeNews();
        return Outcome.APPEND;
    }

    /** The log has no room for all that a message brings: it is offered again and again until there is. */
    void onNoRoom(final Message message) {
        waitingIndex = message.logIndex;
        waitingRound = message.context;
    }

    /** @return true when a message is the one that waited for room. What it says about the leader that sent it is old, and grows older. */
    boolean isOfferedAgain(final Message message) {
        final boolean isAgain = message.logIndex == waitingIndex && message.context == waitingRound;
        waitingIndex = RaftState.NONE;
        return isAgain;
    }

    /** The prefix that is committed matches that of every later leader. */
    private boolean matches(final long index, final long term) {
        return index <= state.commitIndex || index <= state.lastIndex && state.termAt(index) == term;
    }

    /** The first entry that is not in the log; below zero, negated: the first one that contradicts it. */
    private long firstNew(final long previous, final EntryTerms entries) {
        final int count = entries.count();
        blocked = false;
        for (int i = (int)Math.min(count, Math.max(0, state.commitIndex - previous)); i < count; i++) {
            final long index = previous + 1 + i;
            if (index > state.lastIndex) {
                return index;
            }
            final long own = state.termAt(index);
            if (own == entries.term(i)) {
                continue;
            }
            if (RaftLog.UNKNOWN == own || RaftLog.INTACT != state.log.fault(index - 1)) {
                // Whether it contradicts, or what stands before it, is not known before the damaged entries are repaired: it counts for nothing yet.
                offeredIndex = index - 1;
                blocked = true;
                return index;
            }
            return -index;
        }
        return offeredIndex + 1;
    }

    /**
     * Told at once each time, a leader would begin to send at once each time, and what lies behind the damage would be refused, without end: news are
     * told at once, and the rest as often as the leader must hear of this member.
     */
    private boolean isTimeToTellAgain() {
        if (acknowledgedIndex() <= toldIndex && heardRound <= toldRound && state.nowNs - blockedToldNs < state.settings.heartbeatNs() / 2) {
            return false;
        }
        blockedToldNs = state.nowNs;
        return true;
    }

    private void matchedUpTo(final long index) {
        matchedIndex = Math.max(matchedIndex, index);
        advanceCommit();
    }

    /** The owner appended entries of the message under way. */
    void onAppended(final long index) {
        RaftState.check(index <= offeredIndex, "a follower appended what it was not given");
        matchedUpTo(index);
        acknowledgeNews();
    }

    /** Entries that are not held yet are no news: their acknowledgement follows the force. */
    private void acknowledgeNews() {
        if (RaftState.NONE != state.leaderId && (acknowledgedIndex() > toldIndex || heardRound > toldRound)) {
            outbox.acknowledge(state.leaderId);
        }
    }

    /** A damaged entry is given up, and all behind it: the one before it is whole. */
    void cut(final long index) {
        RaftState.check(index > state.commitIndex, "a committed entry is given up");
        truncateFrom = index;
        truncating = true;
    }

    /** Everything up to an entry of the present leader's own term is held: whatever was promised before is among it, or was never committed. */
    boolean isCaughtUpWithTerm() {
        final long held = acknowledgedIndex();
        return RaftState.NONE != state.leaderId && !state.isLeader() && held > 0 && state.termAt(held) == state.term;
    }

    /** An acknowledgement is on its way. */
    void onTold(final Message message) {
        toldRound = message.context;
        if (Message.APPEND_RESPONSE == message.type) {
            toldIndex = message.logIndex;
        }
    }

    void onTruncated() {
        truncating = false;
        matchedIndex = Math.min(matchedIndex, state.lastIndex);
    }

    /** Everything up to a snapshot's last entry is committed, so it matches. */
    void onSnapshotInstalled() {
        truncating = false;
        matchedIndex = Math.min(matchedIndex, state.lastIndex);
        matchedUpTo(state.commitIndex);
        if (RaftState.NONE != state.leaderId) {
            outbox.acknowledge(state.leaderId);
        }
    }

    void onHeld() {
        acknowledgeNews();
    }

    private void advanceCommit() {
        final long committed = Math.min(leaderCommit, matchedIndex);
        if (committed > state.commitIndex) {
            state.commitIndex = committed;
        }
    }

    long acknowledgedIndex() {
        return Math.min(state.heldIndex, matchedIndex);
    }

    long heardRound() {
        return heardRound;
    }

    long appendFrom() {
        return appendFrom;
    }

    long offeredIndex() {
        return offeredIndex;
    }

    long truncateFrom() {
        return truncateFrom;
    }

    boolean isTruncating() {
        return truncating;
    }
}
