package io.cairn.engine.bootstrap;

import io.cairn.engine.raft.Membership;

/**
 * What a leader does about a member whose directory is another one than the configuration names: its disk was lost, or it may have forgotten what it
 * acknowledged (dissertation §4 with incarnations). One member at a time, one step at a time, each a configuration entry that is committed before the
 * next:
 *
 * <pre>
 *   voter, incarnation A    hears B ──► leaves the voters by a joint change, as a learner without incarnation: nothing that A or B says counts
 *   learner, no incarnation hears B ──► learner of incarnation B that is to vote: promoted by a joint change once it has caught up
 *   learner, incarnation A  hears B ──► learner of incarnation B (or still to vote, where it was to)
 * </pre>
 *
 * <p><b>Why not in one step.</b> B holds nothing of what A acknowledged. If B counted as a voter at once, a quorum of B and another could miss an
 * entry that A and a third committed. It counts only as a learner that caught up.
 *
 * <p><b>Never less quorum.</b> A voter of another incarnation counts for nothing already, so to let it go takes no vote from anybody; and both the
 * change and everything after it need a majority of those that are left, which the leader has, or it would not lead.
 */
public final class Readmission {
    /** Who says what about itself. */
    @FunctionalInterface
    public interface Heard {
        /**
         * @param id a member.
         * @return the incarnation it is of, as it has been saying for a while; 0 where nothing is known.
         */
        long incarnation(int id);
    }

    private Readmission() {
    }

    /**
     * The next step, if there is one.
     *
     * @param membership in force, committed.
     * @param selfId     the leader.
     * @param heard      what the others say.
     * @return the membership to propose; null when nothing is to be done now.
     */
    public static Membership next(final Membership membership, final int selfId, final Heard heard) {
        if (membership.isJoint()) {
            return null;
        }
        for (long rest = membership.members() & ~(1L << selfId); 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            final long said = heard.incarnation(id);
            if (0 != said && said != membership.incarnation(id)) {
                final Membership step = step(membership, id, said);
                if (null != step) {
                    return step;
                }
            }
        }
        return null;
    }

    private static Membership step(final Membership membership, final int id, final long said) {
        final long bit = 1L << id;
        if (!membership.isVoter(id)) {
            final boolean isForgotten = 0 == membership.incarnation(id) && !membership.isStaging();
            final Membership named = membership.withIncarnation(id, said);
            return isForgotten ? named.change(membership.voters() | bit, membership.learners() & ~bit) : named;
        }
        if (membership.isStaging() || membership.voters() == bit) {
            return null;
        }
        return membership.withIncarnation(id, 0).change(membership.voters() & ~bit, membership.learners() | bit);
    }
}
