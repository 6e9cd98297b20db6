package io.cairn.engine.raft;

/**
 * What arrived from other members, given to the part of the core that it concerns. Whatever a message claims, nothing breaks but its sender's own
 * progress.
 */
final class Inbox {
    private static final int NONE = RaftState.NONE;

    private final RaftState state;
    private final Outbox outbox;
    private final Elections elections;
    private final Follower follower;
    private final Reads reads;
    private final Leader leader;
    private final Roles roles;
    private final Repair repair;
    private long refusedCount;

    Inbox(
        final RaftState state,
        final Outbox outbox,
        final Elections elections,
        final Follower follower,
        final Reads reads,
        final Leader leader,
        final Roles roles,
        final Repair repair) {
        this.state = state;
        this.outbox = outbox;
        this.elections = elections;
        this.follower = follower;
        this.reads = reads;
        this.leader = leader;
        this.roles = roles;
        this.repair = repair;
    }

    /** @return the outcome, as {@link RaftCore#onMessage} gives it. */
    int onMessage(final Message message, final EntryTerms entries) {
        if (message.to != state.selfId || message.from == state.selfId || message.from < 0 || message.from >= Membership.MEMBERS_MAX) {
            return Outcome.IGNORED;
        }
        if (state.promisePending || follower.isTruncating()) {
            return Outcome.BUSY;
        }
        if (isOfAnotherIncarnation(message)) {
            refusedCount++;
            return Outcome.IGNORED;
        }
        if (Message.FETCH == message.type) {
            repair.onFetch(message);
            return Outcome.DONE;
        }
        if (Message.FETCH_RESPONSE == message.type) {
            return onFetchResponse(message);
        }
        if (Message.PRE_VOTE == message.type) {
            elections.onPreVote(message);
            return Outcome.DONE;
        }
        if (Message.VOTE == message.type) {
            return onVote(message);
        }
        if (message.term > state.term && !(Message.PRE_VOTE_RESPONSE == message.type && message.flag)) {
            roles.enterTerm(message.term);
            return Message.APPEND == message.type ? Outcome.BUSY : Outcome.DONE;
        }
        if (message.term < state.term) {
            return onOldTerm(message);
        }
        return onPresentTerm(message, entries);
    }

    /** A vote or an acknowledgement binds the directory that gave it: one that was lost and made anew has promised nothing. */
    private boolean isOfAnotherIncarnation(final Message message) {
        final boolean counts = switch (message.type) {
            case Message.PRE_VOTE_RESPONSE, Message.VOTE_RESPONSE, Message.APPEND_RESPONSE, Message.APPEND_REJECTED -> true;
            default -> false;
        };
        return counts && state.membership.incarnation(message.from) != message.fromIncarnation;
    }

    /** In any role and term: what is damaged here is repaired from whoever holds it. */
    private int onFetchResponse(final Message message) {
        final int outcome = repair.onResponse(message);
        if (Outcome.DONE == outcome && repair.isLeadingInVain()) {
            roles.stepDown();
            elections.holdBack();
        }
        return outcome;
    }

    private int onVote(final Message message) {
        if (message.term > state.term) {
            if (!elections.isVoteOfNewTerm(message)) {
                return Outcome.IGNORED;
            }
            roles.enterTerm(message.term);
        }
        elections.onVote(message);
        return Outcome.DONE;
    }

    /** A leader of an old term must hear that it is one; nothing else that is old matters. */
    private int onOldTerm(final Message message) {
        if (Message.APPEND != message.type) {
            return Outcome.IGNORED;
        }
        outbox.reject(message.from, message.logIndex, 0, 0);
        return Outcome.DONE;
    }

    private int onPresentTerm(final Message message, final EntryTerms entries) {
        return switch (message.type) {
            case Message.APPEND -> onAppend(message, entries);
            case Message.APPEND_RESPONSE -> onAcknowledged(message);
            case Message.APPEND_REJECTED -> onRejected(message);
            case Message.PRE_VOTE_RESPONSE, Message.VOTE_RESPONSE -> onVoteResponse(message);
            case Message.READ -> onRead(message);
            case Message.READ_RESPONSE -> onReadResponse(message);
            case Message.TIMEOUT_NOW -> onTimeoutNow(message);
            default -> Outcome.IGNORED;
        };
    }

    private int onAppend(final Message message, final EntryTerms entries) {
        if (message.logIndex < 0 || !isPlausible(message, entries)) {
            refusedCount++;
            return Outcome.IGNORED;
        }
        if (state.endLost && state.term <= state.endLostTerm) {
            // Example: of entries up to 9 acknowledged in this term those from 5 on are lost. The leader counts them as held: it would not send
            // them again; and with entry 4, which is of its term as well, this member would vote for somebody without 5 to 9.
            roles.enterTerm(state.term + 1);
            return Outcome.DONE;
        }
        if (message.flag) {
            return onRepairingLeader(message);
        }
        if (state.isLeader() && leader.isNoOpDue() && !state.isIntact()) {
            // Among what is damaged here was a configuration, so this member won by the wrong majority. It has proposed nothing.
            roles.stepDown();
        }
        RaftState.check(!state.isLeader(), "two leaders in one term");
        final boolean isOfferedAgain = follower.isOfferedAgain(message);
        if (isOfferedAgain && state.leaderId != message.from) {
            // It waited for room in the log for longer than a leader may be silent. What its leader says meanwhile stands behind it.
            return Outcome.DONE;
        }
        if (state.leaderId != message.from) {
            RaftState.check(NONE == state.leaderId, "two leaders in one term");
            if (Role.CANDIDATE == state.role) {
                roles.stepDown();
            }
            state.leaderId = message.from;
        }
        if (!isOfferedAgain) {
            elections.onLeaderHeard();
        }
        return follower.onAppend(message, entries);
    }

    /**
     * It was elected and proposes nothing before its log is whole. What it repairs may be a configuration by which it was not elected; so nobody
     * takes it for the leader yet, but it is not disturbed either.
     */
    private int onRepairingLeader(final Message message) {
        if (state.isLeader()) {
            return Outcome.IGNORED;
        }
        if (Role.CANDIDATE == state.role) {
            roles.stepDown();
        }
        elections.onLeaderHeard();
        outbox.acknowledge(message.from);
        return Outcome.DONE;
    }

    /** Terms never go back in a log, and none is above its leader's. */
    private static boolean isPlausible(final Message message, final EntryTerms entries) {
        long before = message.logTerm;
        for (int i = 0, count = entries.count(); i < count; i++) {
            final long termOfIt = entries.term(i);
            if (termOfIt < before) {
                return false;
            }
            before = termOfIt;
        }
        return before <= message.term;
    }

    private int onAcknowledged(final Message message) {
        if (!state.isLeader() || !state.membership.isMember(message.from)) {
            return Outcome.IGNORED;
        }
        if (leader.onAcknowledged(message)) {
            roles.onCommitted();
        } else {
            leader.beginRound();
        }
        return Outcome.DONE;
    }

    private int onRejected(final Message message) {
        if (!state.isLeader() || !state.membership.isMember(message.from)) {
            return Outcome.IGNORED;
        }
        leader.onRejected(message);
        leader.beginRound();
        return Outcome.DONE;
    }

    private int onVoteResponse(final Message message) {
        if (Message.VOTE_RESPONSE == message.type) {
            if (elections.onVoteResponse(message)) {
                roles.becomeLeader();
            }
        } else if (message.flag && elections.onPreVoteGranted(message)) {
            elections.stand(false);
        }
        return Outcome.DONE;
    }

    private int onRead(final Message message) {
        if (!state.isLeader() || !state.membership.isMember(message.from)) {
            return Outcome.IGNORED;
        }
        reads.onRead(message);
        leader.beginRound();
        return Outcome.DONE;
    }

    private int onReadResponse(final Message message) {
        if (state.isLeader() || message.from != state.leaderId) {
            return Outcome.IGNORED;
        }
        reads.onReadResponse(message);
        return Outcome.DONE;
    }

    private int onTimeoutNow(final Message message) {
        if (message.from != state.leaderId || !elections.mayStand()) {
            return Outcome.IGNORED;
        }
        elections.stand(true);
        reads.abort();
        return Outcome.DONE;
    }

    /** @return messages refused because they came from another incarnation or cannot be true. */
    long refusedCount() {
        return refusedCount;
    }
}
