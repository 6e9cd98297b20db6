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
}
