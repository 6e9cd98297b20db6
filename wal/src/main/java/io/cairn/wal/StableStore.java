package io.cairn.wal;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Term and vote, durable before they are spoken: the promise of a node. Kept in the file {@code stable} beside the log, in two alternating slots of
 * two copies each.
 * <p>
 * Owner: the Syncer. {@link #term()} and {@link #vote()} may be read by any thread, each by itself.
 */
public final class StableStore
{
    /** No vote in this term. */
    public static final int NO_VOTE = -1;

    private static final int RECORD = 0;
    private static final int TERM_OFFSET = StableFile.FIELDS_OFFSET;
    private static final int VOTE_OFFSET = TERM_OFFSET + 8;

    private final StableFile file;
    private final UnsafeBuffer record = new UnsafeBuffer(BufferUtil.allocateDirectAligned(StableFile.COPY_LENGTH, 64));
    private volatile long term;
    private volatile int vote;

    StableStore(final StableFile file)
    {
        this.file = file;
        file.load(RECORD, record);
        term = record.getLong(TERM_OFFSET);
        vote = record.getInt(VOTE_OFFSET);
    }

    static UnsafeBuffer blank()
    {
        final UnsafeBuffer record = new UnsafeBuffer(BufferUtil.allocateDirectAligned(StableFile.COPY_LENGTH, 64));
        record.putInt(VOTE_OFFSET, NO_VOTE);
        return record;
    }

    static boolean isBlank(final UnsafeBuffer record)
    {
        return record.getLong(TERM_OFFSET) == 0 && record.getInt(VOTE_OFFSET) == NO_VOTE;
    }

    /**
     * The highest term this node has promised.
     *
     * @return the term.
     */
    public long term()
    {
        return term;
    }

    /**
     * Whom it voted for in that term.
     *
     * @return a member id or {@link #NO_VOTE}.
     */
    public int vote()
    {
        return vote;
    }

    /**
     * Makes a promise durable: on return it survives a power loss.
     *
     * @param newTerm never lower than {@link #term()}.
     * @param newVote for whom, or {@link #NO_VOTE}; within a term it changes only from {@link #NO_VOTE}.
     * @throws WalException of kind {@link WalException.Kind#USAGE} when the promise would go back, of kind {@link WalException.Kind#IO} when the
     *                      device refused: then neither may be spoken.
     */
    public void store(final long newTerm, final int newVote)
    {
        if (newTerm < term || newTerm == term && vote != NO_VOTE && newVote != vote)
        {
            throw new WalException(
                WalException.Kind.USAGE,
                "the promise (term " + term + ", vote " + vote + ") cannot go back to (term " + newTerm + ", vote " + newVote + ")");
        }
        record.putLong(TERM_OFFSET, newTerm);
        record.putInt(VOTE_OFFSET, newVote);
        file.store(RECORD, record);
        term = newTerm;
        vote = newVote;
    }
}
