package io.cairn.fsm;

import io.cairn.fsm.page.ReadTables;

/**
 * One number for the logical content of a state: equal for equal content, whatever the pages look like. It covers the user tables (name, and every
 * key, value and expiry in order), and with the system tables sessions and configuration too. A key that has expired at the log time of the digest
 * does not count, whether it was evicted yet or not; nor does the expiry index, which only repeats what the values say.
 */
public final class StateDigest {
    private StateDigest() {
    }

    /**
     * Digest of a pinned state. Any thread that holds the pin; allocates a few flyweights.
     *
     * @param tables        of the pinned state.
     * @param logTimeMs     of the state: that of the last entry applied.
     * @param includeSystem whether sessions and configuration count.
     * @return 64-bit digest.
     */
    public static long of(final ReadTables tables, final long logTimeMs, final boolean includeSystem) {
        throw new UnsupportedOperationException();
    }

    /**
     * Digest of a read view.
     *
     * @param view          open.
     * @param includeSystem whether sessions and configuration count.
     * @return 64-bit digest.
     */
    public static long of(final ReadView view, final boolean includeSystem) {
        throw new UnsupportedOperationException();
    }
}
