package io.cairn.engine.raft;

/**
 * What a member currently is (Raft dissertation §3.3). The ordinal is what the role counter shows.
 */
public enum Role {
    /** Takes entries from a leader. */
    FOLLOWER,
    /** Asks for votes in its current term, or (PreVote) whether it would get them. */
    CANDIDATE,
    /** The only one that appends in its term. */
    LEADER,
    /** Receives the log but is counted in no quorum. */
    LEARNER
}
