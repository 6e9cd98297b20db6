package io.cairn.fsm;

/**
 * Bounds, direction and limits of a scan. All bounds hold at once, and an empty one admits everything. A flyweight: the bounds lie in the caller's
 * buffers. Owned by one thread; {@link #clear()} before it is filled again.
 */
public final class ScanRange {
    private final Bytes prefix = new Bytes();
    private final Bytes from = new Bytes();
    private final Bytes to = new Bytes();
    private final Bytes startAfter = new Bytes();
    private boolean reverse;
    private int rowsMax;
    private int bytesMax;

    /**
     * Forgets all bounds and limits: everything, forward.
     *
     * @return this.
     */
    public ScanRange clear() {
        prefix.clear();
        from.clear();
        to.clear();
        startAfter.clear();
        reverse = false;
        rowsMax = 0;
        bytesMax = 0;
        return this;
    }

    /** @return what every key begins with. */
    public Bytes prefix() {
        return prefix;
    }

    /** @return smallest key, inclusive. */
    public Bytes from() {
        return from;
    }

    /** @return largest key, exclusive. */
    public Bytes to() {
        return to;
    }

    /** @return last key of the page before, in the direction of the scan; exclusive. */
    public Bytes startAfter() {
        return startAfter;
    }

    /** @return whether keys come in descending order. */
    public boolean isReverse() {
        return reverse;
    }

    /**
     * Sets the direction.
     *
     * @param reverse true for descending keys.
     * @return this.
     */
    public ScanRange reverse(final boolean reverse) {
        this.reverse = reverse;
        return this;
    }

    /** @return most rows; 0: no limit but the bytes. */
    public int rowsMax() {
        return rowsMax;
    }

    /**
     * Limits the rows.
     *
     * @param rowsMax most rows; 0: no limit but the bytes.
     * @return this.
     */
    public ScanRange rowsMax(final int rowsMax) {
        this.rowsMax = rowsMax;
        return this;
    }

    /** @return most bytes of rows; 0: what the reply holds. */
    public int bytesMax() {
        return bytesMax;
    }

    /**
     * Limits the bytes of rows.
     *
     * @param bytesMax most bytes; 0: what the reply holds.
     * @return this.
     */
    public ScanRange bytesMax(final int bytesMax) {
        this.bytesMax = bytesMax;
        return this;
    }
}
