package io.cairn.fsm;

import io.cairn.fsm.page.FrozenRoot;
import io.cairn.fsm.page.Tables;

/**
 * Freezes the state together with what it stands for (index and log time), and opens read views of the newest frozen state. The engine freezes
 * through this class only, so that a view knows its moment. {@link #freeze} belongs to the Applier, {@link #open} to any thread.
 */
public final class ReadViews {
    /**
     * Over the tables of a state.
     *
     * @param tables of the state.
     */
    public ReadViews(final Tables tables) {
        throw new UnsupportedOperationException();
    }

    /**
     * Freezes the state as it is. O(1). Called between two entries.
     *
     * @param index       of the last entry applied.
     * @param timestampMs log time of that entry.
     * @return the frozen root, now the newest.
     */
    public FrozenRoot freeze(final long index, final long timestampMs) {
        throw new UnsupportedOperationException();
    }

    /**
     * Pins the newest frozen state. Any thread.
     *
     * @return a view to be closed by its user, or null when nothing was frozen yet.
     */
    public ReadView open() {
        throw new UnsupportedOperationException();
    }
}
