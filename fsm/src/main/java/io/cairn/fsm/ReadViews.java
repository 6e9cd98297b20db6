package io.cairn.fsm;

import io.cairn.fsm.page.FrozenRoot;
import io.cairn.fsm.page.Pin;
import io.cairn.fsm.page.Tables;

/**
 * Freezes the state together with what it stands for (index and log time), and opens read views of the newest frozen state. The engine freezes
 * through this class only, so that a view knows its moment. {@link #freeze} belongs to the Applier, {@link #open} to any thread.
 * <p>
 * The moment is published before the root: a reader that pins the root of epoch e and finds the moment of another epoch has met a freeze halfway,
 * lets go and tries again.
 */
public final class ReadViews {
    private static final int ATTEMPTS_MAX = 1_000;

    private final Tables tables;
    private volatile Moment moment;

    /**
     * Over the tables of a state.
     *
     * @param tables of the state.
     */
    public ReadViews(final Tables tables) {
        this.tables = tables;
    }

    /**
     * Freezes the state as it is. O(1). Called between two entries.
     *
     * @param index       of the last entry applied.
     * @param timestampMs log time of that entry.
     * @return the frozen root, now the newest.
     */
    public FrozenRoot freeze(final long index, final long timestampMs) {
        final long epoch = tables.arena().epoch();
        moment = new Moment(epoch, index, timestampMs);
        final FrozenRoot root = tables.freeze();
        if (root.epoch() != epoch) {
            throw new IllegalStateException("froze epoch " + root.epoch() + " where the arena was in epoch " + epoch);
        }
        return root;
    }

    /**
     * Pins the newest frozen state. Any thread.
     *
     * @return a view to be closed by its user, or null when nothing was frozen yet.
     */
    public ReadView open() {
        for (int i = 0; i < ATTEMPTS_MAX; i++) {
            final Pin pin = tables.pinNewest();
            if (pin == null) {
                return null;
            }
            final Moment seen = moment;
            if (seen != null && seen.epoch == pin.root().epoch()) {
                return new ReadView(tables.view(pin), tables.arena().pageSize(), pin, seen.index, seen.timestampMs);
            }
            pin.close();
            Thread.onSpinWait();
        }
        return null;
    }

    private record Moment(long epoch, long index, long timestampMs) {
    }
}
