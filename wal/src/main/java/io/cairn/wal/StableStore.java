package io.cairn.wal;

/**
 * Term and vote, durable before they are spoken. Owner: the Syncer.
 */
public final class StableStore
{
    StableStore()
    {
    }

    /** No vote in this term. */
    public static final int NO_VOTE = -1;

    /**
     * The highest term this node has promised.
     *
     * @return the term.
     */
    public long term()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Whom it voted for in that term.
     *
     * @return a member id or {@link #NO_VOTE}.
     */
    public int vote()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Makes a promise durable.
     *
     * @param term never lower than {@link #term()}.
     * @param vote for whom; changes within a term only from {@link #NO_VOTE}.
     */
    public void store(final long term, final int vote)
    {
        throw new UnsupportedOperationException();
    }
}
