package io.cairn.engine.bootstrap;

import io.cairn.engine.raft.Membership;

/**
 * What a person wants of the members, edit by edit, judged against those that there are; then one change. Owner: one thread.
 */
public final class MemberChange {
    /** A new member that is to vote once it has caught up. */
    public static final int ADD = 1;
    /** A new member that never votes. */
    public static final int ADD_LEARNER = 2;
    /** A member that is to leave. */
    public static final int REMOVE = 3;
    /** A learner that is to vote. */
    public static final int PROMOTE = 4;

    private final Membership before;
    private Membership named;
    private long voters;
    private long learners;

    /**
     * @param before the members; where a change waits for members to catch up, what it is to come to counts.
     */
    public MemberChange(final Membership before) {
        this.before = before;
        named = before;
        voters = before.isStaging() ? before.target() : before.voters();
        learners = before.isStaging() ? before.targetLearners() : before.learners();
    }

    /**
     * One edit.
     *
     * @param action      of the constants above.
     * @param id          of the member.
     * @param incarnation of its directory where it is new; 0 where that is not known.
     * @return null, or why it cannot be, in a sentence.
     */
    public String edit(final int action, final int id, final long incarnation) {
        if (id < 0 || id >= Membership.MEMBERS_MAX) {
            return "member ids are 0 to " + (Membership.MEMBERS_MAX - 1) + ", not " + id;
        }
        final long bit = 1L << id;
        final boolean isMember = 0 != ((voters | learners) & bit);
        switch (action) {
            case ADD, ADD_LEARNER -> {
                if (isMember) {
                    return "member " + id + " is in the cluster already: remove it first, or give the new one another id";
                }
                named = named.withIncarnation(id, incarnation);
                voters |= ADD == action ? bit : 0;
                learners |= ADD == action ? 0 : bit;
            }
            case REMOVE -> {
                if (!isMember) {
                    return "member " + id + " is not in the cluster";
                }
                voters &= ~bit;
                learners &= ~bit;
            }
            case PROMOTE -> {
                if (0 != (voters & bit)) {
                    return "member " + id + " votes already, or is about to";
                }
                if (!isMember) {
                    return "member " + id + " is not in the cluster: add it";
                }
                voters |= bit;
                learners &= ~bit;
            }
            default -> {
                return "no such change: " + action;
            }
        }
        return null;
    }

    /** @return null, or why all edits together cannot be, in a sentence. */
    public String refusal() {
        if (before.isJoint()) {
            return "another change is under way (" + before + "): try again when it is done";
        }
        return 0 == voters ? "the change would leave no voter: keep at least one, or add another first" : null;
    }

    /** @return the membership to propose; only where nothing refuses. */
    public Membership next() {
        return named.change(voters, learners);
    }
}
