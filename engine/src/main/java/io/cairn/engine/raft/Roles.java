package io.cairn.engine.raft;

/**
 * Changes of role: what begins and what ends when a member leads, follows again or enters another term.
 */
final class Roles {
    private final RaftState state;
    private final Outbox outbox;
    private final Elections elections;
    private final Follower follower;
    private final Reads reads;
    private final Leader leader;

    Roles(
        final RaftState state,
        final Outbox outbox,
        final Elections elections,
        final Follower follower,
        final Reads reads,
        final Leader leader) {
        this.state = state;
        this.outbox = outbox;
        this.elections = elections;
        this.follower = follower;
        this.reads = reads;
        this.leader = leader;
    }

    void becomeLeader() {
        outbox.clear();
        reads.abort();
        state.role = Role.LEADER;
        state.leaderId = state.selfId;
        leader.begin();
    }

    /** A higher term was seen: enter it without a vote. */
    void enterTerm(final long term) {
        stepDown();
        state.enterTerm(term);
        follower.onNewTerm();
    }

    /** Within the term, or before entering another: lead no more, stand no more. */
    void stepDown() {
        outbox.clear();
        reads.abort();
        leader.end();
        state.becomeFollower(RaftState.NONE);
        follower.onNewTerm();
        elections.restartTimer();
    }

    /** The commit index of a leader moved: its removal may be settled by it, and reads may be served now. */
    void onCommitted() {
        if (leader.isRemoved()) {
            stepDown();
            leader.nameSuccessor();
        } else {
            leader.beginRound();
        }
    }
}
