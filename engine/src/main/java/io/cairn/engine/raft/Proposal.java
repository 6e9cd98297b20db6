package io.cairn.engine.raft;

/**
 * Answers to what is asked of a leader: a change of members, a transfer of leadership.
 */
public final class Proposal {
    /** On its way. */
    public static final int ACCEPTED = 0;
    /** This member does not lead. */
    public static final int NOT_LEADER = 1;
    /** The leader is new and has committed nothing yet: try again. */
    public static final int TERM_NOT_COMMITTED = 2;
    /** Another change is under way: try again when it is done. */
    public static final int CHANGE_PENDING = 3;
    /** The member named does not vote, or leads already. */
    public static final int NOT_A_VOTER = 4;
    /** The member that is to lead has not been heard for the longest election timeout. */
    public static final int NOT_HEARD = 5;

    private Proposal() {
    }
}
