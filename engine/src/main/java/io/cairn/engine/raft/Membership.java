package io.cairn.engine.raft;

import java.util.Arrays;

/**
 * The members that decide, by id: the voters, and during a joint change (dissertation §4.3) the outgoing voters as well.
 *
 * <p>Immutable. Ids are small non-negative integers, kept sorted so that equal memberships are equal byte for byte on every replica.
 */
public final class Membership {
    /** More voters than this make no quorum faster and every message larger. */
    public static final int MEMBERS_MAX = 32;

    private static final int[] NONE = new int[0];

    private final int[] voters;
    private final int[] outgoing;
    private final int[] learners;

    private Membership(final int[] voters, final int[] outgoing, final int[] learners) {
        this.voters = voters;
        this.outgoing = outgoing;
        this.learners = learners;
    }

    /**
     * A settled membership.
     *
     * @param voters ids of the members that vote; at least one, at most {@link #MEMBERS_MAX}, no duplicates.
     * @return the membership.
     */
    public static Membership of(final int... voters) {
        return joint(voters, NONE, NONE);
    }

    /**
     * A membership with outgoing voters (joint) and learners.
     *
     * @param voters   incoming voters, at least one.
     * @param outgoing outgoing voters; empty when the membership is settled.
     * @param learners members that receive the log and never vote; disjoint from the voters.
     * @return the membership.
     */
    public static Membership joint(final int[] voters, final int[] outgoing, final int[] learners) {
        final Membership membership = new Membership(sorted(voters), sorted(outgoing), sorted(learners));
        if (0 == membership.voters.length || membership.voters.length > MEMBERS_MAX) {
            throw new IllegalArgumentException(
                "a membership needs 1 to " + MEMBERS_MAX + " voters, not " + membership.voters.length);
        }
        for (final int learner : membership.learners) {
            if (membership.isVoter(learner)) {
                throw new IllegalArgumentException("member " + learner + " cannot be a voter and a learner at once");
            }
        }
        return membership;
    }

    private static int[] sorted(final int[] ids) {
        final int[] copy = ids.clone();
        Arrays.sort(copy);
        for (int i = 0; i < copy.length; i++) {
            if (copy[i] < 0) {
                throw new IllegalArgumentException("member id " + copy[i] + " is negative");
            }
            if (i > 0 && copy[i] == copy[i - 1]) {
                throw new IllegalArgumentException("member id " + copy[i] + " is listed twice");
            }
        }
        return copy;
    }

    /** @return true while two majorities are needed. */
    public boolean isJoint() {
        return outgoing.length > 0;
    }

    /**
     * @param id a member.
     * @return true when it votes, in either half of a joint membership.
     */
    public boolean isVoter(final int id) {
        return Arrays.binarySearch(voters, id) >= 0 || Arrays.binarySearch(outgoing, id) >= 0;
    }

    /**
     * @param id a member.
     * @return true when it receives the log without voting.
     */
    public boolean isLearner(final int id) {
        return Arrays.binarySearch(learners, id) >= 0;
    }

    /** @return number of incoming (or settled) voters. */
    public int voterCount() {
        return voters.length;
    }

    /**
     * @param position 0 to {@link #voterCount()} − 1.
     * @return the id of that voter.
     */
    public int voter(final int position) {
        return voters[position];
    }

    /** @return number of outgoing voters; 0 when settled. */
    public int outgoingCount() {
        return outgoing.length;
    }

    /**
     * @param position 0 to {@link #outgoingCount()} − 1.
     * @return the id of that outgoing voter.
     */
    public int outgoing(final int position) {
        return outgoing[position];
    }

    /** @return number of learners. */
    public int learnerCount() {
        return learners.length;
    }

    /**
     * @param position 0 to {@link #learnerCount()} − 1.
     * @return the id of that learner.
     */
    public int learner(final int position) {
        return learners[position];
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof Membership that &&
            Arrays.equals(voters, that.voters) &&
            Arrays.equals(outgoing, that.outgoing) &&
            Arrays.equals(learners, that.learners);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Arrays.hashCode(voters) + Arrays.hashCode(outgoing)) + Arrays.hashCode(learners);
    }

    @Override
    public String toString() {
        return "voters=" + Arrays.toString(voters) +
            (isJoint() ? " outgoing=" + Arrays.toString(outgoing) : "") +
            (learners.length > 0 ? " learners=" + Arrays.toString(learners) : "");
    }
}
