package io.cairn.engine.raft;

/**
 * Majorities over a {@link Membership}, of both halves where it is joint (dissertation §4.3). Pure arithmetic; the scratch array makes an instance
 * belong to one thread.
 */
final class Quorum {
    private final long[] scratch = new long[Membership.MEMBERS_MAX];

    /**
     * The highest value that a quorum has reached: the commit rule, the confirmation of read rounds and the time since which a quorum was heard
     * are all this question.
     *
     * @param membership who counts.
     * @param values     what each has reached, by member id.
     * @return that value.
     */
    long reached(final Membership membership, final long[] values) {
        final long incoming = majority(membership.voters(), values);
        return membership.isJoint() ? Math.min(incoming, majority(membership.outgoing(), values)) : incoming;
    }

    /**
     * Whether the granted votes win.
     *
     * @param membership who counts.
     * @param granted    mask by member id.
     * @return true with a majority (of both halves, when joint).
     */
    static boolean isWon(final Membership membership, final long granted) {
        return isMajority(membership.voters(), granted) && (!membership.isJoint() || isMajority(membership.outgoing(), granted));
    }

    private static boolean isMajority(final long voters, final long granted) {
        return Long.bitCount(voters & granted) > Long.bitCount(voters) / 2;
    }

    /** The value that more than half of them reach: insertion sort, for at most 32 of them. */
    private long majority(final long voters, final long[] values) {
        int count = 0;
        for (long rest = voters; 0 != rest; rest &= rest - 1) {
            final long value = values[Long.numberOfTrailingZeros(rest)];
            int j = count++ - 1;
            while (j >= 0 && scratch[j] > value) {
                scratch[j + 1] = scratch[j];
                j--;
            }
            scratch[j + 1] = value;
        }
        return scratch[(count - 1) / 2];
    }
}
