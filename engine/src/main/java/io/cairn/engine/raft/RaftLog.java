package io.cairn.engine.raft;

/**
 * What the core must know of the log that its owner keeps: indexes and terms, never bytes. Every method is cheap, has no effect and is called
 * by the thread that drives the core.
 */
public interface RaftLog {
    /** Answer of {@link #termAt} for an entry that is not (or no longer) there. */
    long UNKNOWN = -1;

    /** @return the lowest index whose entry can be read; one past the last when there is none. */
    long firstIndex();

    /**
     * @param index of an entry, or the one just before {@link #firstIndex()}, whose term is known from the snapshot.
     * @return its term, 0 for index 0, {@link #UNKNOWN} where it cannot be told.
     */
    long termAt(long index);

    /**
     * @param index of an entry whose term is known.
     * @return the lowest index, not below {@link #firstIndex()} − 1, from which on all entries up to {@code index} have the same term.
     */
    long termStart(long index);

    /** An entry that can be read. */
    int INTACT = 0;
    /** An entry that was promised and whose record is damaged. */
    int CORRUPT = 1;
    /** An entry whose record is damaged, and of which this log cannot tell whether it was ever promised. */
    int UNDECIDED = 2;
    /** Answer of {@link #faultyFrom} when no entry is damaged. */
    long NO_FAULT = Long.MAX_VALUE;

    /**
     * The log of a member may have damaged records; they are part of it and are repaired from the other members.
     *
     * @param index to look from.
     * @return the lowest index from there on whose record is damaged, {@link #NO_FAULT} when there is none.
     */
    default long faultyFrom(final long index) {
        return NO_FAULT;
    }

    /**
     * @param index of an entry.
     * @return {@link #INTACT}, {@link #CORRUPT} or {@link #UNDECIDED}.
     */
    default int fault(final long index) {
        return INTACT;
    }

    /**
     * What identifies a damaged entry when its term is lost: the chain of the last entry of its range. Another log with that chain there holds the
     * same entries up to it.
     *
     * @param index of a damaged entry.
     * @return the index whose chain is known, 0 when none is.
     */
    default long anchorIndex(final long index) {
        return 0;
    }

    /**
     * @param index of a damaged entry.
     * @return the chain at {@link #anchorIndex}, 32 bits.
     */
    default long anchorChain(final long index) {
        return 0;
    }

    /**
     * @param index of an entry.
     * @return its chain, 32 bits; {@link #UNKNOWN} when it is not there or damaged.
     */
    default long chainAt(final long index) {
        return UNKNOWN;
    }
}
