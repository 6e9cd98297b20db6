package io.cairn.engine.raft;

import java.util.Arrays;

/**
 * The members, by id and by what they are: voters; during a joint change (dissertation §4.3) the outgoing voters as well; learners, which receive
 * the log and are counted nowhere; and, while members that are to vote still catch up as learners (§4.2.1), the target of the change. Each member
 * may have an incarnation: the identity of the directory it was admitted with.
 *
 * <p>Immutable. Sets are bit masks by member id, so that equal memberships are equal on every replica, whatever the order they were given in.
 *
 * <pre>
 *   settled {voters}                       change(voters', learners') begins with
 *     └─ newcomers: staging {voters, learners + newcomers, target}     the leader waits until they have caught up
 *     └─ joint {voters', outgoing = voters}                            both majorities decide
 *          └─ settled {voters', learners'}                             left by itself, once the joint one is committed
 * </pre>
 */
public final class Membership {
    /** Ids are 0 to this − 1. More voters make no quorum faster and every round larger. */
    public static final int MEMBERS_MAX = 32;

    private static final long[] NO_INCARNATIONS = new long[MEMBERS_MAX];

    private final long voters;
    private final long outgoing;
    private final long learners;
    private final long target;
    private final long targetLearners;
    private final long[] incarnations;

    private Membership(
        final long voters,
        final long outgoing,
        final long learners,
        final long target,
        final long targetLearners,
        final long[] incarnations) {
        if (0 == voters) {
            throw new IllegalArgumentException("a membership needs at least one voter: name the members that are to remain");
        }
        if (0 != ((voters | outgoing | learners | target | targetLearners) >>> MEMBERS_MAX)) {
            throw new IllegalArgumentException("member ids are 0 to " + (MEMBERS_MAX - 1));
        }
        if (0 != (voters & learners)) {
            throw new IllegalArgumentException(
                "member " + Long.numberOfTrailingZeros(voters & learners) + " cannot be a voter and a learner at once");
        }
        if (0 != (target & targetLearners)) {
            throw new IllegalArgumentException(
                "member " + Long.numberOfTrailingZeros(target & targetLearners) + " cannot become a voter and a learner at once");
        }
        if (0 != outgoing && 0 != target) {
            throw new IllegalArgumentException("a membership is staging or joint, not both");
        }
        this.voters = voters;
        this.outgoing = outgoing;
        this.learners = learners;
        this.target = target;
        this.targetLearners = targetLearners;
        this.incarnations = incarnations;
    }

    /**
     * A settled membership.
     *
     * @param voters ids of the members that vote; at least one, no duplicates.
     * @return the membership.
     */
    public static Membership of(final int... voters) {
        return new Membership(mask(voters), 0, 0, 0, 0, NO_INCARNATIONS);
    }

    /**
     * A membership with outgoing voters (joint) and learners.
     *
     * @param voters   incoming voters, at least one.
     * @param outgoing outgoing voters; empty when the membership is settled.
     * @param learners members that receive the log; none of the incoming voters. One of the outgoing ones becomes a learner when it leaves.
     * @return the membership.
     */
    public static Membership joint(final int[] voters, final int[] outgoing, final int[] learners) {
        return new Membership(mask(voters), mask(outgoing), mask(learners), 0, 0, NO_INCARNATIONS);
    }

    /**
     * Any membership, as it was stored.
     *
     * @param voters         mask of the (incoming) voters.
     * @param outgoing       mask of the outgoing voters.
     * @param learners       mask of the learners.
     * @param target         mask of the voters to be, while staging.
     * @param targetLearners mask of the learners to be, while staging.
     * @return the membership, without incarnations.
     */
    public static Membership ofMasks(
        final long voters, final long outgoing, final long learners, final long target, final long targetLearners) {
        return new Membership(voters, outgoing, learners, target, targetLearners, NO_INCARNATIONS);
    }

    private static long mask(final int... ids) {
        long mask = 0;
        for (final int id : ids) {
            if (id < 0 || id >= MEMBERS_MAX) {
                throw new IllegalArgumentException("member id " + id + " is outside 0 to " + (MEMBERS_MAX - 1));
            }
            if (0 != (mask & 1L << id)) {
                throw new IllegalArgumentException("member id " + id + " is listed twice");
            }
            mask |= 1L << id;
        }
        return mask;
    }

    /**
     * Name the directory that a member was admitted with.
     *
     * @param id          of the member.
     * @param incarnation of its directory; 0 for none.
     * @return the membership with it.
     */
    public Membership withIncarnation(final int id, final long incarnation) {
        final long[] copy = incarnations.clone();
        copy[id] = incarnation;
        return new Membership(voters, outgoing, learners, target, targetLearners, copy);
    }

    /**
     * First step of a change to other voters and learners.
     *
     * @param newVoters   mask of the voters to be.
     * @param newLearners mask of the learners to be.
     * @return what the configuration entry must say: staging when a voter to be does not vote yet, joint when voters only leave, settled when
     *     the voters stay what they are.
     * @throws IllegalArgumentException when no voter would be left, or a member would be both.
     * @throws IllegalStateException    when this membership is joint.
     */
    public Membership change(final long newVoters, final long newLearners) {
        if (isJoint()) {
            throw new IllegalStateException("a change is under way: " + this);
        }
        if (0 == newVoters) {
            throw new IllegalArgumentException("the change would leave no voter: name at least one member that stays");
        }
        if (newVoters == voters) {
            return new Membership(voters, 0, newLearners, 0, 0, incarnations);
        }
        if (0 == (newVoters & ~voters)) {
            return new Membership(newVoters, voters, newLearners, 0, 0, incarnations);
        }
        return new Membership(voters, 0, (newVoters | newLearners | learners) & ~voters, newVoters, newLearners, incarnations);
    }

    /** @return second step: the joint membership, once every voter to be has caught up. */
    Membership enterJoint() {
        return new Membership(target, voters, targetLearners, 0, 0, incarnations);
    }

    /** @return last step: the incoming voters alone. */
    Membership leaveJoint() {
        return new Membership(voters, 0, learners, 0, 0, incarnations);
    }

    /** @return true while two majorities are needed. */
    public boolean isJoint() {
        return 0 != outgoing;
    }

    /** @return true while voters to be catch up as learners. */
    public boolean isStaging() {
        return 0 != target;
    }

    /**
     * @param id a member.
     * @return true when it votes, in either half of a joint membership.
     */
    public boolean isVoter(final int id) {
        return has(voters | outgoing, id);
    }

    /**
     * @param id a member.
     * @return true when it receives the log without voting.
     */
    public boolean isLearner(final int id) {
        return has(learners & ~outgoing, id);
    }

    /**
     * @param id a member.
     * @return true when it is one.
     */
    public boolean isMember(final int id) {
        return has(members(), id);
    }

    private static boolean has(final long mask, final int id) {
        return id >= 0 && id < MEMBERS_MAX && 0 != (mask & 1L << id);
    }

    /** @return mask of the incoming (or settled) voters. */
    public long voters() {
        return voters;
    }

    /** @return mask of the outgoing voters; 0 when settled. */
    public long outgoing() {
        return outgoing;
    }

    /** @return mask of the learners; an outgoing voter among them still votes. */
    public long learners() {
        return learners;
    }

    /** @return mask of the voters to be, while staging; 0 otherwise. */
    public long target() {
        return target;
    }

    /** @return mask of the learners to be, while staging. */
    public long targetLearners() {
        return targetLearners;
    }

    /** @return mask of all members. */
    public long members() {
        return voters | outgoing | learners;
    }

    /** @return mask of the members that are members of another membership too, of the same incarnation. */
    long sameMembers(final Membership other) {
        long same = members() & other.members();
        for (long rest = same; 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            if (incarnations[id] != other.incarnations[id]) {
                same &= ~(1L << id);
            }
        }
        return same;
    }

    /**
     * @param id a member.
     * @return the incarnation it was admitted with; 0 for none.
     */
    public long incarnation(final int id) {
        return incarnations[id];
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof Membership that &&
            voters == that.voters &&
            outgoing == that.outgoing &&
            learners == that.learners &&
            target == that.target &&
            targetLearners == that.targetLearners &&
            Arrays.equals(incarnations, that.incarnations);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(voters * 31 + outgoing * 17 + learners * 13 + target * 7 + targetLearners) + Arrays.hashCode(incarnations);
    }

    @Override
    public String toString() {
        return "voters=" + text(voters) +
            (isJoint() ? " outgoing=" + text(outgoing) : "") +
            (0 != learners ? " learners=" + text(learners) : "") +
            (isStaging() ? " target=" + text(target) : "");
    }

    private static String text(final long mask) {
        final StringBuilder text = new StringBuilder("[");
        for (long rest = mask; 0 != rest; rest &= rest - 1) {
            text.append(text.length() > 1 ? ", " : "").append(Long.numberOfTrailingZeros(rest));
        }
        return text.append(']').toString();
    }
}
