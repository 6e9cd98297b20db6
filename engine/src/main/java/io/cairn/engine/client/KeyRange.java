package io.cairn.engine.client;

/**
 * Which keys a scan gives, in which order, and how many at most. All bounds hold at once. Immutable: every method gives a new range.
 *
 * <pre>{@code
 * store.scan(KeyRange.prefix(user).reversed().limit(10));      // the last ten
 * store.scan(KeyRange.between(from, to));                      // from inclusive, to exclusive
 * store.page(KeyRange.all().limit(100).after(lastKeyOfThePageBefore));
 * }</pre>
 */
public final class KeyRange {
    /** No limit of rows. */
    public static final int UNLIMITED = 0;

    private static final byte[] OPEN = new byte[0];
    private static final KeyRange ALL = new KeyRange(OPEN, OPEN, OPEN, OPEN, false, UNLIMITED);

    private final byte[] prefix;
    private final byte[] from;
    private final byte[] to;
    private final byte[] after;
    private final boolean reversed;
    private final int limit;

    private KeyRange(
        final byte[] prefix, final byte[] from, final byte[] to, final byte[] after, final boolean reversed, final int limit) {
        this.prefix = prefix;
        this.from = from;
        this.to = to;
        this.after = after;
        this.reversed = reversed;
        this.limit = limit;
    }

    /** @return every key, in ascending order. */
    public static KeyRange all() {
        return ALL;
    }

    /**
     * @param prefix with which the keys begin; empty for every key.
     * @return these keys, in ascending order.
     */
    public static KeyRange prefix(final byte[] prefix) {
        return new KeyRange(prefix.clone(), OPEN, OPEN, OPEN, false, UNLIMITED);
    }

    /**
     * @param from smallest key, inclusive; empty: from the first.
     * @param to   largest key, exclusive; empty: through the last.
     * @return these keys, in ascending order.
     */
    public static KeyRange between(final byte[] from, final byte[] to) {
        return new KeyRange(OPEN, from.clone(), to.clone(), OPEN, false, UNLIMITED);
    }

    /**
     * @param key smallest key, inclusive; empty: from the first.
     * @return as this, from that key.
     */
    public KeyRange from(final byte[] key) {
        return new KeyRange(prefix, key.clone(), to, after, reversed, limit);
    }

    /**
     * @param key largest key, exclusive; empty: through the last.
     * @return as this, to that key.
     */
    public KeyRange to(final byte[] key) {
        return new KeyRange(prefix, from, key.clone(), after, reversed, limit);
    }

    /**
     * @param key last key of the page before, in the direction of the scan.
     * @return as this, behind that key.
     */
    public KeyRange after(final byte[] key) {
        return new KeyRange(prefix, from, to, key.clone(), reversed, limit);
    }

    /** @return as this, in the other order; bounds stay what they are. */
    public KeyRange reversed() {
        return new KeyRange(prefix, from, to, after, !reversed, limit);
    }

    /**
     * @param rows most rows, at least 1, or {@link #UNLIMITED}.
     * @return as this, with so many rows at most.
     */
    public KeyRange limit(final int rows) {
        if (rows < 0) {
            throw new IllegalArgumentException("a scan gives at least one row, not " + rows + "; 0 for no limit");
        }
        return new KeyRange(prefix, from, to, after, reversed, rows);
    }

    /** @return with which every key begins; empty for no bound. */
    public byte[] prefix() {
        return prefix.clone();
    }

    /** @return smallest key, inclusive; empty for no bound. */
    public byte[] from() {
        return from.clone();
    }

    /** @return largest key, exclusive; empty for no bound. */
    public byte[] to() {
        return to.clone();
    }

    /** @return key behind which the scan begins; empty for no bound. */
    public byte[] after() {
        return after.clone();
    }

    /** @return true for descending keys. */
    public boolean isReversed() {
        return reversed;
    }

    /** @return most rows, or {@link #UNLIMITED}. */
    public int limit() {
        return limit;
    }

    @Override
    public String toString() {
        return "KeyRange[prefix=" + prefix.length + " bytes, from=" + from.length + " bytes, to=" + to.length + " bytes, after=" + after.length +
            " bytes" + (reversed ? ", reversed" : "") + (UNLIMITED == limit ? "" : ", limit=" + limit) + "]";
    }

}
