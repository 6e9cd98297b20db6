package io.cairn.fsm;

/**
 * In which epoch the state was frozen as of which entry. It outlives the pins: what was changed behind an entry is found by the epochs of the
 * pages that are there now, and nothing of the old state is needed for it. Bounded: where it is full every other one of the older half goes, so
 * that it reaches far back, in ever wider steps; a wider step costs bytes and is never wrong. Owner: the Applier.
 */
public final class EpochHistory {
    /** Moments kept. */
    static final int CAPACITY = 1_024;

    private final long[] indexes = new long[CAPACITY];
    private final long[] epochs = new long[CAPACITY];
    private int count;

    /** Blank: nothing was frozen. */
    public EpochHistory() {
    }

    /** Another state, with other pages. */
    public void clear() {
        count = 0;
    }

    /**
     * The state was frozen.
     *
     * @param index last entry it includes; not below the one before.
     * @param epoch of the frozen root.
     */
    public void add(final long index, final long epoch) {
        if (count > 0 && (index < indexes[count - 1] || epoch <= epochs[count - 1])) {
            throw new IllegalArgumentException("entry " + index + " in epoch " + epoch + " behind entry " + indexes[count - 1] + " in epoch " +
                epochs[count - 1]);
        }
        if (count > 0 && index == indexes[count - 1]) {
            epochs[count - 1] = epoch;
            return;
        }
        if (count == CAPACITY) {
            thin();
        }
        indexes[count] = index;
        epochs[count] = epoch;
        count++;
    }

    private void thin() {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (i >= CAPACITY / 2 || i % 2 == 0) {
                indexes[kept] = indexes[i];
                epochs[kept] = epochs[i];
                kept++;
            }
        }
        count = kept;
    }

    /**
     * Whatever changed behind an entry is in pages newer than this.
     *
     * @param index of the entry.
     * @return the epoch frozen at that entry, or at the nearest one before it; 0 when none is known.
     */
    public long epochAt(final long index) {
        final int at = floor(index);
        return at < 0 ? 0 : epochs[at];
    }

    /**
     * As of which entry the epoch of {@link #epochAt} is.
     *
     * @param index of the entry.
     * @return that entry or one before it; -1 when none is known.
     */
    public long indexAt(final long index) {
        final int at = floor(index);
        return at < 0 ? -1 : indexes[at];
    }

    private int floor(final long index) {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            final int middle = (low + high) >>> 1;
            if (indexes[middle] <= index) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }
}
