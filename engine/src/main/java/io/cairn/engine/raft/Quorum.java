package io.cairn.engine.raft;

/**
 * Majorities over a {@link Membership}. Pure arithmetic; the scratch array makes an instance belong to one thread.
 */
final class Quorum {
    private final long[] scratch = new long[Membership.MEMBERS_MAX];

    /**
     * The highest index that a majority holds (both majorities, when joint: dissertation §4.3).
     *
     * @param membership who counts.
     * @param match      highest index known to be held, by member id.
     * @return that index.
     */
    long committed(final Membership membership, final long[] match) {
        final int voterCount = membership.voterCount();
        for (int i = 0; i < voterCount; i++) {
            scratch[i] = match[membership.voter(i)];
        }
        long result = majority(voterCount);
        if (membership.isJoint()) {
            final int outgoingCount = membership.outgoingCount();
            for (int i = 0; i < outgoingCount; i++) {
                scratch[i] = match[membership.outgoing(i)];
            }
            result = Math.min(result, majority(outgoingCount));
        }
        return result;
    }

    /**
     * Whether the granted votes win.
     *
     * @param membership who counts.
     * @param granted    bit set by member id.
     * @return true with a majority (of both halves, when joint).
     */
    boolean isWon(final Membership membership, final long granted) {
        int votes = 0;
        for (int i = 0; i < membership.voterCount(); i++) {
            votes += (int)((granted >>> membership.voter(i)) & 1L);
        }
        boolean won = votes > membership.voterCount() / 2;
        if (membership.isJoint()) {
            votes = 0;
            for (int i = 0; i < membership.outgoingCount(); i++) {
                votes += (int)((granted >>> membership.outgoing(i)) & 1L);
            }
            won &= votes > membership.outgoingCount() / 2;
        }
        return won;
    }

    /** The value that more than half of the first {@code count} reach: insertion sort, for at most 32 of them. */
    private long majority(final int count) {
        for (int i = 1; i < count; i++) {
            final long value = scratch[i];
            int j = i - 1;
            while (j >= 0 && scratch[j] > value) {
                scratch[j + 1] = scratch[j];
                j--;
            }
            scratch[j + 1] = value;
        }
        return scratch[(count - 1) / 2];
    }
}
