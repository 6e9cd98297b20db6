package io.cairn.engine.raft;

/**
 * A leader whose log has no room leads nobody anywhere: it hands over to whoever holds most of the log and is heard, and where there is none it leads
 * no more and lets the others have their chance. Where all disks are full leadership would go round for ever, so a member does this once in a while
 * only, and otherwise says what is wrong to those who ask.
 */
final class FullDisk {
    /** Longest election timeouts for which a member that gave leadership away keeps it when it gets it back. */
    private static final int REST = 20;

    private final RaftState state;
    private final Elections elections;
    private final Leader leader;
    private final Roles roles;
    private boolean isResting;
    private long restUntilNs;

    FullDisk(final RaftState state, final Elections elections, final Leader leader, final Roles roles) {
        this.state = state;
        this.elections = elections;
        this.leader = leader;
        this.roles = roles;
    }

    /** An entry found no room in this leader's log. @return true when somebody else is to lead: whoever asked should ask again. */
    boolean onRefused() {
        final long others = (state.membership.voters() | state.membership.outgoing()) & ~(1L << state.selfId);
        if (!state.isLeader() || 0 == others) {
            return false;
        }
        if (leader.isTransferring()) {
            return true;
        }
        if (leader.isNoOpDue()) {
            return leadNoMore();
        }
        if (isResting && state.nowNs - restUntilNs < 0) {
            return false;
        }
        isResting = true;
        restUntilNs = state.nowNs + REST * state.settings.electionTimeoutMaxNs();
        final int successor = leader.successor();
        return RaftState.NONE != successor && Proposal.ACCEPTED == leader.transfer(successor) || leadNoMore();
    }

    private boolean leadNoMore() {
        roles.stepDown();
        elections.holdBack();
        return true;
    }
}
