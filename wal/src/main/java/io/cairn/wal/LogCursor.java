package io.cairn.wal;

import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import io.cairn.wal.layout.SegmentDescriptor;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.agrona.DirectBuffer;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads the log from any index up to {@code appended}, zero-copy over the mapping, while another thread appends. The current entry stays readable
 * until the cursor moves, is released or closed: its segment is pinned, so it is neither unmapped nor recycled.
 * <p>
 * One thread at a time per cursor. Headers of segments that were read from disk are verified as they are read; payloads where
 * {@link #verifyPayload()} is called. A suffix must not be truncated under a cursor that stands in it; {@link WriteAheadLog#truncateSuffix} refuses.
 */
public final class LogCursor implements AutoCloseable
{
    private static final VarHandle STANDS_AT;

    static
    {
        try
        {
            STANDS_AT = MethodHandles.lookup().findVarHandle(LogCursor.class, "standsAt", long.class);
        }
        catch (final ReflectiveOperationException failure)
        {
            throw new ExceptionInInitializerError(failure);
        }
    }

    private final WriteAheadLog log;
    private final CursorRegistry registry;
    private final LogPositions positions;
    private final FaultyRanges faulty;
    private final LogRepair repairs;
    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private final ReadAhead readAhead;
    private volatile Segment pinned;
    private long standsAt;

    private Segment segment;
    private long address;
    private int limit;
    private boolean cold;
    private int prevChain;
    private boolean isChainKnown;
    private long appendedPosition;
    private long appendedIndex;
    private long nextIndex;
    private int nextOffset;
    private int offset = -1;
    private int runOffset;
    private int runLength;
    private int runCount;
    private long peekedIndex;
    private int peekedEnd;
    private boolean compacted;
    private boolean closed;

    LogCursor(final WriteAheadLog log, final CursorRegistry registry, final LogPositions positions)
    {
        this.log = log;
        this.registry = registry;
        this.positions = positions;
        faulty = log.faulty();
        repairs = log.repairs();
        readAhead = log.allocator().newReadAhead();
        nextIndex = log.firstIndex();
        refresh();
    }

    Segment pinned()
    {
        return pinned;
    }

    long standsAt()
    {
        return (long)STANDS_AT.getAcquire(this);
    }

    /** Brings into memory what will be read next, where {@link #isAtHand} asked for it. The allocator's thread. */
    int touchAhead()
    {
        return readAhead.touch(pinned);
    }

    /**
     * Can the next bytes be read without waiting for the disk? Where they lie far behind the end of the log, this tells the allocator's thread to
     * bring them into memory, and is true when it has: for who must not wait, such as the thread that appends. Where the cursor holds no segment yet,
     * after {@link #seek} or {@link #release}, nobody can tell, and the answer is yes.
     *
     * @param bytes that will be read at most.
     * @return false while they are still being brought in; ask again.
     */
    public boolean isAtHand(final int bytes)
    {
        Segment within = segment;
        int from = nextOffset;
        if (within != null && nextIndex > within.lastIndex())
        {
            within = within.next();
            from = SegmentDescriptor.RECORDS_OFFSET;
        }
        if (within == null || within.next() == null || readAhead.isNearEnd(within, from))
        {
            return true;
        }
        return readAhead.covers(within, from, Math.min(within.limit(), from + Math.min(bytes, ReadAhead.WINDOW_LENGTH)));
    }

    /**
     * Positions the cursor so that the next {@link #next()} gives the entry at {@code index}.
     *
     * @param index wanted; may be one past the last appended entry.
     * @return false when it was released ({@link #isCompacted()}) or lies further ahead.
     */
    public boolean seek(final long index)
    {
        checkOpen();
        unpin();
        refresh();
        compacted = index < log.firstIndex();
        if (compacted || index > appendedIndex + 1)
        {
            return false;
        }
        nextIndex = index;
        return true;
    }

    /**
     * Moves to the next entry.
     *
     * @return false when there is none yet, when it is gone ({@link #isCompacted()}), or when it is damaged in the log of a member
     *     ({@link #isFaulty()}): it can be read once it is repaired.
     * @throws WalException of kind {@link WalException.Kind#CORRUPT} when the bytes on disk are not what was written, and this log has no peers.
     */
    public boolean next()
    {
        final long index = nextIndex;
        if (index > appendedIndex)
        {
            refresh();
            if (index > appendedIndex)
            {
                return false;
            }
        }
        if (faulty.mayHold(index) && faulty.find(index) != null)
        {
            return false;
        }
        if (segment == null || index > segment.lastIndex())
        {
            if (!enter(index))
            {
                return false;
            }
        }
        if (!isRecord(index))
        {
            return isTruncatedMeanwhile(nextOffset) && next();
        }
        move(index);
        return true;
    }

    /** Does the record of that entry stand where the one before it ends? */
    private boolean isRecord(final long index)
    {
        final long at = address + nextOffset;
        return RecordDescriptor.isLengthPossible(UnsafeApi.getInt(at), limit - nextOffset) &&
            UnsafeApi.getLong(at + RecordDescriptor.INDEX_OFFSET) == index &&
            (!cold || isHeaderGood(at));
    }

    private void move(final long index)
    {
        offset = nextOffset;
        nextOffset += UnsafeApi.getInt(address + offset) + RecordDescriptor.ALIGNMENT - 1 & -RecordDescriptor.ALIGNMENT;
        STANDS_AT.setRelease(this, index);
        nextIndex = index + 1;
    }

    /**
     * Moves over as many entries as lie behind each other in one segment and fit: at least one, however long it is. They begin at
     * {@link #runOffset()} in {@link #buffer()}, {@link #runLength()} bytes, padding included, {@link #runCount()} entries; the last of them is the
     * current entry.
     *
     * @param toIndex  last entry wanted.
     * @param bytesMax bytes wanted at most.
     * @return false when there is none yet, or when it is gone ({@link #isCompacted()}).
     */
    public boolean nextRun(final long toIndex, final int bytesMax)
    {
        if (nextIndex > toIndex || !next())
        {
            return false;
        }
        runOffset = offset;
        runCount = 1;
        final Segment within = segment;
        final long last = Math.min(toIndex, Math.min(appendedIndex, within.lastIndex()));
        // What cannot be read ends the run and is found by the next call: here the segment of the run must stay pinned, and be the same.
        while (nextIndex <= last && isInRun(nextIndex, bytesMax))
        {
            move(nextIndex);
            runCount++;
        }
        runLength = nextOffset - runOffset;
        return true;
    }

    private boolean isInRun(final long index, final int bytesMax)
    {
        final int length = UnsafeApi.getInt(address + nextOffset);
        return RecordDescriptor.isLengthPossible(length, limit - nextOffset) &&
            nextOffset - runOffset + RecordDescriptor.alignedLength(length - RecordDescriptor.HEADER_LENGTH) <= bytesMax &&
            !(faulty.mayHold(index) && faulty.find(index) != null) &&
            isRecord(index);
    }

    /**
     * Looks at an entry that {@link #next()} has yet to give, without moving: the next one, or the one behind that of the last call. Only entries in
     * the current entry's segment are seen, and nothing of them is verified but that they lie within it: for hints, never for decisions.
     *
     * @return where its header begins in {@link #buffer()}, or -1 when there is none.
     */
    public int peek()
    {
        final boolean isFirst = peekedIndex < nextIndex;
        final long index = isFirst ? nextIndex : peekedIndex + 1;
        if (index > appendedIndex)
        {
            refresh();
        }
        if (segment == null || index > appendedIndex || index > segment.lastIndex())
        {
            return -1;
        }
        final int at = isFirst ? nextOffset : peekedEnd;
        final int length = UnsafeApi.getInt(address + at);
        if (!RecordDescriptor.isLengthPossible(length, limit - at) || UnsafeApi.getLong(address + at + RecordDescriptor.INDEX_OFFSET) != index)
        {
            return -1;
        }
        peekedIndex = index;
        peekedEnd = at + RecordDescriptor.alignedLength(length - RecordDescriptor.HEADER_LENGTH);
        return at;
    }

    /**
     * What lay below this index when the log was reset last may have been of another history, even where this cursor still stands in it.
     *
     * @return the first index after the last reset since the log was opened, 0 for none.
     */
    public long discardedBelow()
    {
        return positions.discardedBelow();
    }

    /**
     * The entry that {@link #next()} looks for.
     *
     * @return its index.
     */
    public long nextIndex()
    {
        return nextIndex;
    }

    /**
     * Where the run begins.
     *
     * @return offset of its first entry's header in {@link #buffer()}.
     */
    public int runOffset()
    {
        return runOffset;
    }

    /**
     * How long the run is.
     *
     * @return in bytes, padding included.
     */
    public int runLength()
    {
        return runLength;
    }

    /**
     * How many entries the run has.
     *
     * @return at least 1.
     */
    public int runCount()
    {
        return runCount;
    }

    /**
     * The segment of the current entry.
     *
     * @return its id.
     */
    public long segmentId()
    {
        return segment.id();
    }

    private boolean isHeaderGood(final long at)
    {
        final int crcState = segment.crcState();
        if (!RecordDescriptor.isHeaderValid(at, crcState) ||
            isChainKnown && UnsafeApi.getInt(at + RecordDescriptor.PREV_CHAIN_OFFSET) != prevChain)
        {
            return false;
        }
        prevChain = RecordDescriptor.chainAt(at, crcState);
        isChainKnown = true;
        return true;
    }

    private void refresh()
    {
        appendedPosition = positions.appended();
        appendedIndex = LogPositions.index(appendedPosition);
    }

    /**
     * Pins the segment that holds an index and stands before it: publish the pin, full fence, check that the segment was not retired meanwhile.
     */
    private boolean enter(final long index)
    {
        Segment found = segment != null && index == segment.lastIndex() + 1 ? segment.next() : null;
        final boolean isNext = found != null;
        while (true)
        {
            if (found == null)
            {
                found = log.segmentOf(index);
            }
            if (found == null)
            {
                unpin();
                compacted = true;
                return false;
            }
            STANDS_AT.setRelease(this, index);
            pinned = found;
            if (!found.isRetired())
            {
                break;
            }
            found = null;
        }
        segment = found;
        peekedIndex = 0;
        address = found.address();
        limit = found.limit();
        cold = found.isCold();
        buffer.wrap(address, found.length());
        if (cold)
        {
            found.warm();
        }
        if (isNext && index == found.baseIndex())
        {
            // Chains are followed in cold segments only: over one that is not, the thread is lost.
            isChainKnown &= cold;
            nextOffset = SegmentDescriptor.RECORDS_OFFSET;
            return true;
        }
        isChainKnown = false;
        nextOffset = index == found.baseIndex() ? SegmentDescriptor.RECORDS_OFFSET : found.offsetOf(index, faulty);
        if (nextOffset < 0)
        {
            if (log.isMember())
            {
                repairs.suspect(index);
                unpin();
                return false;
            }
            throw damaged(index, SegmentDescriptor.RECORDS_OFFSET);
        }
        return true;
    }

    /**
     * The bytes are not the entry that was looked for: either the suffix was truncated since the last look at {@code appended}, or they are damaged.
     */
    private boolean isTruncatedMeanwhile(final int at)
    {
        final long before = appendedPosition;
        refresh();
        if (LogPositions.generation(before) == LogPositions.generation(appendedPosition))
        {
            if (log.isMember())
            {
                repairs.suspect(nextIndex);
                unpin();
                return false;
            }
            throw damaged(nextIndex, at);
        }
        unpin();
        return nextIndex <= appendedIndex;
    }

    private WalException damaged(final long index, final int at)
    {
        return new WalException(
            WalException.Kind.CORRUPT,
            segment.path() + ": offset " + at + ": the record of index " + index +
                " is damaged; restore the file from a copy, or the node from a snapshot taken after that index");
    }

    /**
     * Is the wanted entry behind the released prefix?
     *
     * @return true if it is gone.
     */
    public boolean isCompacted()
    {
        return compacted;
    }

    /**
     * Is the wanted entry damaged, or is that being looked into? Then {@link #next()} gives it once it is repaired.
     *
     * @return true if it is.
     */
    public boolean isFaulty()
    {
        return faulty.find(nextIndex) != null || repairs.isSuspect(nextIndex);
    }

    /**
     * Does this log have peers to repair from?
     *
     * @return true for a member's.
     */
    public boolean isOfMember()
    {
        return log.isMember();
    }

    /**
     * The current entry's payload is not what entered the system, in the log of a member: the Syncer looks into it, and this cursor stands before the
     * entry again.
     */
    public void suspect()
    {
        final long index = index();
        repairs.suspect(index);
        nextIndex = index;
        unpin();
    }

    /**
     * The current entry's type.
     *
     * @return see {@link RecordDescriptor}.
     */
    public int type()
    {
        return UnsafeApi.getShort(address + offset + RecordDescriptor.TYPE_OFFSET) & 0xFFFF;
    }

    /**
     * The current entry's flags.
     *
     * @return 16 bits.
     */
    public int flags()
    {
        return UnsafeApi.getShort(address + offset + RecordDescriptor.FLAGS_OFFSET) & 0xFFFF;
    }

    /**
     * The current entry's index.
     *
     * @return the index.
     */
    public long index()
    {
        return UnsafeApi.getLong(address + offset + RecordDescriptor.INDEX_OFFSET);
    }

    /**
     * The current entry's term.
     *
     * @return the term.
     */
    public long term()
    {
        return UnsafeApi.getLong(address + offset + RecordDescriptor.TERM_OFFSET);
    }

    /**
     * The current entry's log time.
     *
     * @return in milliseconds.
     */
    public long timestampMs()
    {
        return UnsafeApi.getLong(address + offset + RecordDescriptor.TIMESTAMP_OFFSET);
    }

    /**
     * The CRC32C of the current entry's payload as it entered the system.
     *
     * @return the CRC.
     */
    public int payloadCrc()
    {
        return UnsafeApi.getInt(address + offset + RecordDescriptor.PAYLOAD_CRC_OFFSET);
    }

    /**
     * The chained CRC of the log up to and with the current entry.
     *
     * @return the chain, equal on every replica.
     */
    public int chain()
    {
        return RecordDescriptor.chainAt(address + offset, segment.crcState());
    }

    /**
     * Where the payload is.
     *
     * @return a buffer over the segment; the payload begins at {@link #payloadOffset()}.
     */
    public DirectBuffer buffer()
    {
        return buffer;
    }

    /**
     * Where the payload begins in {@link #buffer()}.
     *
     * @return an offset in bytes.
     */
    public int payloadOffset()
    {
        return offset + RecordDescriptor.HEADER_LENGTH;
    }

    /**
     * How long the payload is.
     *
     * @return in bytes.
     */
    public int payloadLength()
    {
        return UnsafeApi.getInt(address + offset) - RecordDescriptor.HEADER_LENGTH;
    }

    /**
     * Is the payload what entered the system?
     *
     * @return true if its CRC matches.
     */
    public boolean verifyPayload()
    {
        final long at = address + offset;
        final int length = UnsafeApi.getInt(at) - RecordDescriptor.HEADER_LENGTH;
        return Crc32c.compute(at + RecordDescriptor.HEADER_LENGTH, length) == UnsafeApi.getInt(at + RecordDescriptor.PAYLOAD_CRC_OFFSET);
    }

    /**
     * Is the current entry what was appended: its header, which is not looked at while it is fresh, and its payload?
     *
     * @return true if all of it matches its checksums.
     */
    public boolean verifyRecord()
    {
        return RecordDescriptor.isHeaderValid(address + offset, segment.crcState()) && verifyPayload();
    }

    /**
     * Is every entry of the run what was written, header and payload? In the log of a member the Syncer looks into the first one that is not, and
     * this cursor stands before the run again.
     *
     * @return true if all checksums match.
     */
    public boolean verifyRun()
    {
        final int crcState = segment.crcState();
        long index = nextIndex - runCount;
        for (int at = runOffset; at < runOffset + runLength; index++)
        {
            final long record = address + at;
            final int length = UnsafeApi.getInt(record);
            if (!RecordDescriptor.isLengthPossible(length, runOffset + runLength - at) ||
                !RecordDescriptor.isHeaderValid(record, crcState) ||
                !RecordDescriptor.isPayloadValid(record))
            {
                repairs.suspect(index);
                nextIndex -= runCount;
                unpin();
                return false;
            }
            at += RecordDescriptor.alignedLength(length - RecordDescriptor.HEADER_LENGTH);
        }
        return true;
    }

    /**
     * The file that holds the current entry, for messages.
     *
     * @return its path and the entry's offset.
     */
    public String location()
    {
        return segment == null ? "released" : segment.path() + ": offset " + offset;
    }

    /**
     * Lets go of the segment, so that it can be recycled; the position is kept and taken up again by {@link #next()}.
     */
    public void release()
    {
        unpin();
    }

    private void unpin()
    {
        pinned = null;
        segment = null;
        offset = -1;
        address = 0;
    }

    private void checkOpen()
    {
        if (closed)
        {
            throw new WalException(WalException.Kind.USAGE, "the cursor is closed");
        }
    }

    /**
     * Lets go of everything. Closing twice is harmless.
     */
    @Override
    public void close()
    {
        if (!closed)
        {
            closed = true;
            unpin();
            registry.remove(this);
        }
    }
}
