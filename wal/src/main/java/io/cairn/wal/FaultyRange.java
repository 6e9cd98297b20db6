package io.cairn.wal;

/**
 * Entries that the log promised and whose records are damaged, behind each other in one segment. They are part of the log: counted, compared, never
 * overwritten by another entry, and not readable until {@link WriteAheadLog#repair} has put their records back. Immutable.
 * <p>
 * What is left of their identity: the chain of the last of them, from the entry behind it, the segment behind it or a mark; and the term, where both
 * neighbours have the same one or a header is left. The records fill the bytes from {@code offset} on without a gap, so the place of the first one
 * is known, and that of each other one once those before it are back.
 */
public final class FaultyRange
{
    /** A term or a chain that nobody can tell. */
    public static final long UNKNOWN = -1;

    private final Segment segment;
    private final long first;
    private final long last;
    private final int offset;
    private final int endOffset;
    private final boolean isEndExact;
    private final long prevTerm;
    private final long prevChain;
    private final long term;
    private final long lastChain;
    private final boolean undecided;
    private final String reason;

    FaultyRange(
        final Segment segment,
        final long first,
        final long last,
        final int offset,
        final int endOffset,
        final boolean isEndExact,
        final long prevTerm,
        final long prevChain,
        final long term,
        final long lastChain,
        final boolean undecided,
        final String reason)
    {
        this.segment = segment;
        this.first = first;
        this.last = last;
        this.offset = offset;
        this.endOffset = endOffset;
        this.isEndExact = isEndExact;
        this.prevTerm = prevTerm;
        this.prevChain = prevChain;
        this.term = term;
        this.lastChain = lastChain;
        this.undecided = undecided;
        this.reason = reason;
    }

    /** What is left of the range when the record of its first entry is back. */
    FaultyRange behindFirst(final Segment within, final int newOffset, final long termOfFirst, final long chainOfFirst)
    {
        return new FaultyRange(
            within, first + 1, last, newOffset, within == segment ? endOffset : within.limit(), within == segment && isEndExact, termOfFirst,
            chainOfFirst, term, lastChain, undecided, reason);
    }

    FaultyRange withTerm(final long knownTerm)
    {
        return new FaultyRange(
            segment, first, last, offset, endOffset, isEndExact, prevTerm, prevChain, knownTerm, lastChain, undecided, reason);
    }

    FaultyRange undecided(final boolean isUndecided)
    {
        return new FaultyRange(
            segment, first, last, offset, endOffset, isEndExact, prevTerm, prevChain, term, lastChain, isUndecided, reason);
    }

    /** The neighbour in front turned out to end so. */
    FaultyRange continuing(final long termBefore, final long chainBefore)
    {
        return new FaultyRange(
            segment, first, last, offset, endOffset, isEndExact, termBefore, chainBefore, term, lastChain, undecided, reason);
    }

    Segment segment()
    {
        return segment;
    }

    int offset()
    {
        return offset;
    }

    int endOffset()
    {
        return endOffset;
    }

    boolean isEndExact()
    {
        return isEndExact;
    }

    long prevTerm()
    {
        return prevTerm;
    }

    long prevChain()
    {
        return prevChain;
    }

    /**
     * The first entry whose record is damaged.
     *
     * @return its index.
     */
    public long first()
    {
        return first;
    }

    /**
     * The last entry whose record is damaged.
     *
     * @return its index.
     */
    public long last()
    {
        return last;
    }

    /**
     * The term of all of them.
     *
     * @return the term, {@link #UNKNOWN} when it cannot be told.
     */
    public long term()
    {
        return term;
    }

    /**
     * The chain of the last of them: a log that has the same one there has the same entries.
     *
     * @return the chain as an unsigned number of 32 bits, {@link #UNKNOWN} when it cannot be told from here alone.
     */
    public long lastChain()
    {
        return lastChain;
    }

    /**
     * Where the first of them stands.
     *
     * @return file and offset.
     */
    public String location()
    {
        return segment.path() + ": offset " + offset;
    }

    /**
     * Can nobody tell from this log whether they were ever forced? They are corrupt otherwise: they were.
     *
     * @return true when a force had begun to cover them and may not have ended.
     */
    public boolean isUndecided()
    {
        return undecided;
    }

    @Override
    public String toString()
    {
        return "entries " + first + " to " + last + (undecided ? " undecided" : " corrupt") +
            (term == UNKNOWN ? "" : " of term " + term) + " at " + location() + ": " + reason;
    }
}
