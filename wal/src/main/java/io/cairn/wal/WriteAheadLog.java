package io.cairn.wal;

import org.agrona.DirectBuffer;

/**
 * A segmented, memory-mapped log: bytes at (index, term) are durable.
 */
public final class WriteAheadLog implements AutoCloseable
{
    /** The next segment is not prepared yet: let the allocator work and try again. */
    public static final long NOT_READY = -1;

    /** The disk is full: appends have stopped until the log is opened again with space; reads go on. */
    public static final long NO_SPACE = -2;

    /** The payload is longer than the limit. */
    public static final long TOO_LARGE = -3;

    /**
     * Opens and recovers a log, or formats an empty directory.
     *
     * @param context concluded settings.
     */
    public WriteAheadLog(final WalContext context)
    {
        throw new UnsupportedOperationException();
    }

    /** @return what opening found and did. */
    public RecoveryReport recovery()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Appends an entry; readers see it after {@link #publish()}. Sequencer.
     *
     * @param type        of the entry, see {@link io.cairn.wal.layout.RecordDescriptor}.
     * @param flags       16 bits, free for the type's use.
     * @param index       the last one plus one.
     * @param term        not lower than the last one.
     * @param timestampMs log time.
     * @param payloadCrc  CRC32C of the payload, computed where it entered.
     * @param payload     buffer, on or off the heap.
     * @param offset      of the payload in it.
     * @param length      of the payload.
     * @return the index, or {@link #NOT_READY}, {@link #NO_SPACE}, {@link #TOO_LARGE}.
     */
    public long append(
        final int type,
        final int flags,
        final long index,
        final long term,
        final long timestampMs,
        final int payloadCrc,
        final DirectBuffer payload,
        final int offset,
        final int length)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Makes everything appended visible to readers. Sequencer.
     */
    public void publish()
    {
        throw new UnsupportedOperationException();
    }

    /** @return generation and index of the last published entry. Any thread. */
    public long appendedPosition()
    {
        throw new UnsupportedOperationException();
    }

    /** @return generation and index of the last entry known forced. Any thread. */
    public long durablePosition()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * The index in a position.
     *
     * @param position generation and index.
     * @return the index.
     */
    public static long index(final long position)
    {
        return position & 0xFFFF_FFFF_FFFFL;
    }

    /**
     * The truncation generation in a position.
     *
     * @param position generation and index.
     * @return the generation, 0 to 32,767.
     */
    public static int generation(final long position)
    {
        return (int)(position >>> 48);
    }

    /** @return the lowest index that can be read; {@code lastIndex() + 1} when the log is empty. Any thread. */
    public long firstIndex()
    {
        throw new UnsupportedOperationException();
    }

    /** @return the last published index. Any thread. */
    public long lastIndex()
    {
        throw new UnsupportedOperationException();
    }

    /** @return the term of the last appended entry. Sequencer. */
    public long lastTerm()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * The term of an entry.
     *
     * @param index of the entry, or the one just before the first (whose term is known).
     * @return the term, -1 when the index is not in the log.
     */
    public long termAt(final long index)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Forces everything published and not yet durable as one group. Syncer.
     *
     * @return how many entries became durable, 0 when idle.
     * @throws WalException of kind {@link WalException.Kind#IO} when the device refused: final, the log must be opened again.
     */
    public int force()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Removes the entries from an index on, durably. Syncer; the Sequencer appends nothing meanwhile.
     *
     * @param fromIndex the first entry to go.
     */
    public void truncateSuffix(final long fromIndex)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Lets the entries below an index go, in whole segments. Syncer.
     *
     * @param belowIndex the lowest index that must stay.
     */
    public void releasePrefix(final long belowIndex)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Discards the whole log after an installed snapshot: the next entry is {@code index + 1}. Syncer; the Sequencer appends nothing meanwhile.
     *
     * @param index the last entry that the snapshot includes.
     * @param term  of that entry.
     * @param chain of that entry.
     */
    public void reset(final long index, final long term, final int chain)
    {
        throw new UnsupportedOperationException();
    }

    /** @return the agent that prepares segments. */
    public SegmentAllocator allocator()
    {
        throw new UnsupportedOperationException();
    }

    /** @return a new cursor; close it when done. Any thread. */
    public LogCursor newCursor()
    {
        throw new UnsupportedOperationException();
    }

    /** @return term and vote. */
    public StableStore stableStore()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Forces, raises the floor to the end, gives the directory back.
     */
    @Override
    public void close()
    {
        throw new UnsupportedOperationException();
    }
}
