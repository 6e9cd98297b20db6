package io.cairn.wal;

import io.cairn.wal.io.Advice;
import io.cairn.wal.io.MappedRegion;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import io.cairn.wal.layout.SegmentDescriptor;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import org.agrona.UnsafeApi;

/**
 * One mapped segment file, in one of its lives: prepared, begun, activated (its name and header are durable), sealed (its footer is), retired.
 * <p>
 * Owner threads: the allocator until it is begun and after it is retired; the Sequencer writes records, {@code publishedEnd}, {@code lastIndex} and
 * {@code next}; the Syncer {@code activated}, {@code sealed} and the path. Cursors of any thread read what is published.
 */
final class Segment
{
    private static final VarHandle PUBLISHED_END;

    static
    {
        try
        {
            PUBLISHED_END = MethodHandles.lookup().findVarHandle(Segment.class, "publishedEnd", int.class);
        }
        catch (final ReflectiveOperationException failure)
        {
            throw new ExceptionInInitializerError(failure);
        }
    }

    private final StorageFile file;
    private final MappedRegion region;
    private final long address;
    private final int length;
    private final int limit;
    private final long id;
    private final int crcState;
    private Path path;
    private long baseIndex = SegmentDescriptor.NOT_BEGUN;
    private long prevTerm;
    private int prevChain;
    private boolean prevKnown = true;
    private boolean headerDamaged;
    private boolean indexIncomplete;
    private volatile LogIndex index;
    private boolean activated;
    private boolean sealed;
    private boolean cold;
    private boolean warmed;
    private long markSequence;
    private long firstRecordIndex = SegmentDescriptor.NOT_BEGUN;
    private int firstRecordOffset = SegmentDescriptor.RECORDS_OFFSET;
    private int publishedEnd = SegmentDescriptor.RECORDS_OFFSET;

    /** The last index once the segment is full, before that the largest long. Published by the release of what follows. */
    private long lastIndex = Long.MAX_VALUE;
    private volatile Segment next;
    private volatile boolean retired;

    Segment(final StorageFile file, final MappedRegion region, final Path path, final long id)
    {
        this.file = file;
        this.region = region;
        this.path = path;
        this.id = id;
        address = region.buffer().addressOffset();
        length = region.buffer().capacity();
        limit = length - SegmentDescriptor.footerLength(length);
        crcState = Crc32c.stateOf(id);
    }

    /**
     * Writes the header of a prepared segment: it has an id and no base. Its index is made here too, so that beginning it allocates nothing.
     */
    void putPreparedHeader(final long clusterId, final long createdMs)
    {
        putHeaderFields(clusterId, createdMs);
        index = new LogIndex(length);
    }

    private void putHeaderFields(final long clusterId, final long createdMs)
    {
        UnsafeApi.setMemory(address, SegmentDescriptor.SECTOR_LENGTH, (byte)0);
        UnsafeApi.putLong(address, SegmentDescriptor.MAGIC);
        UnsafeApi.putInt(address + SegmentDescriptor.VERSION_OFFSET, SegmentDescriptor.VERSION);
        UnsafeApi.putInt(address + SegmentDescriptor.SEGMENT_BYTES_OFFSET, length);
        UnsafeApi.putLong(address + SegmentDescriptor.SEGMENT_ID_OFFSET, id);
        UnsafeApi.putLong(address + SegmentDescriptor.CLUSTER_ID_OFFSET, clusterId);
        UnsafeApi.putLong(address + SegmentDescriptor.BASE_INDEX_OFFSET, SegmentDescriptor.NOT_BEGUN);
        UnsafeApi.putInt(address + SegmentDescriptor.FOOTER_LENGTH_OFFSET, length - limit);
        UnsafeApi.putLong(address + SegmentDescriptor.CREATED_OFFSET, createdMs);
        SegmentDescriptor.sealSector(address);
    }

    /**
     * Begins the segment: from now on it continues the log.
     */
    void begin(final long base, final long term, final int chain, final long generation)
    {
        if (baseIndex != SegmentDescriptor.NOT_BEGUN)
        {
            throw new IllegalStateException(path + ": begun twice, at " + baseIndex + " and " + base);
        }
        putBegun(base, term, chain, generation);
        baseIndex = base;
        prevTerm = term;
        prevChain = chain;
        index.baseIndex(base);
    }

    private void putBegun(final long base, final long term, final int chain, final long generation)
    {
        UnsafeApi.putLong(address + SegmentDescriptor.BASE_INDEX_OFFSET, base);
        UnsafeApi.putLong(address + SegmentDescriptor.PREV_INDEX_OFFSET, base - 1);
        UnsafeApi.putLong(address + SegmentDescriptor.PREV_TERM_OFFSET, term);
        UnsafeApi.putInt(address + SegmentDescriptor.PREV_CHAIN_OFFSET, chain);
        UnsafeApi.putLong(address + SegmentDescriptor.GENERATION_OFFSET, generation);
        SegmentDescriptor.sealSector(address);
    }

    /**
     * Takes over what a valid header says.
     */
    void adopt()
    {
        baseIndex = UnsafeApi.getLong(address + SegmentDescriptor.BASE_INDEX_OFFSET);
        prevTerm = UnsafeApi.getLong(address + SegmentDescriptor.PREV_TERM_OFFSET);
        prevChain = UnsafeApi.getInt(address + SegmentDescriptor.PREV_CHAIN_OFFSET);
        index = newIndex();
    }

    /** The header is lost: what the name and the neighbours say stands in for it, and it is written anew once they say all of it. */
    void adoptDamaged(final long base)
    {
        baseIndex = base;
        prevTerm = FaultyRange.UNKNOWN;
        prevKnown = false;
        headerDamaged = true;
        index = newIndex();
    }

    /** What the entry before the base is: term and chain. */
    void prev(final long term, final int chain)
    {
        prevTerm = term;
        prevChain = chain;
        prevKnown = true;
    }

    boolean isPrevKnown()
    {
        return prevKnown;
    }

    boolean isHeaderDamaged()
    {
        return headerDamaged;
    }

    /** Writes a header anew that was damaged, durably: a crash leaves the damaged one or the new one. */
    void rebuildHeader(final long clusterId, final long generation, final long createdMs)
    {
        putHeaderFields(clusterId, createdMs);
        putBegun(baseIndex, prevTerm, prevChain, generation);
        UnsafeApi.setMemory(address + SegmentDescriptor.SECTOR_LENGTH, SegmentDescriptor.PAGE_LENGTH - SegmentDescriptor.SECTOR_LENGTH, (byte)0);
        region.force(0, SegmentDescriptor.PAGE_LENGTH);
        headerDamaged = false;
    }

    /** Some records were damaged when the index was built: it may lack term starts and configuration entries. */
    boolean isIndexIncomplete()
    {
        return indexIncomplete;
    }

    void indexIncomplete(final boolean isIncomplete)
    {
        indexIncomplete = isIncomplete;
    }

    LogIndex newIndex()
    {
        final LogIndex fresh = new LogIndex(length);
        fresh.baseIndex(baseIndex);
        return fresh;
    }

    /** Takes over the index that a scan has built. */
    void index(final LogIndex scanned)
    {
        index = scanned;
    }

    StorageFile file()
    {
        return file;
    }

    MappedRegion region()
    {
        return region;
    }

    long address()
    {
        return address;
    }

    int length()
    {
        return length;
    }

    /** Where records must end: the offset of the footer. */
    int limit()
    {
        return limit;
    }

    int footerLength()
    {
        return length - limit;
    }

    boolean isFooterValid()
    {
        return SegmentDescriptor.isFooterValid(address, limit, length - limit, id);
    }

    long id()
    {
        return id;
    }

    int crcState()
    {
        return crcState;
    }

    Path path()
    {
        return path;
    }

    void path(final Path newPath)
    {
        path = newPath;
    }

    long baseIndex()
    {
        return baseIndex;
    }

    long prevTerm()
    {
        return prevTerm;
    }

    int prevChain()
    {
        return prevChain;
    }

    LogIndex index()
    {
        return index;
    }

    boolean isActivated()
    {
        return activated;
    }

    void activated(final boolean isActivated)
    {
        activated = isActivated;
    }

    boolean isSealed()
    {
        return sealed;
    }

    void sealed(final boolean isSealed)
    {
        sealed = isSealed;
    }

    /** Was it read from disk, so that its headers are to be verified as they are read? */
    boolean isCold()
    {
        return cold;
    }

    void cold(final boolean isCold)
    {
        cold = isCold;
    }

    /**
     * Asks the kernel once to read the whole of a cold segment ahead, and the one behind it, so that a reader that goes on finds that one read. Page
     * by page, which leaves no large folios behind. The mapping itself is advised against reading ahead: without this each page would cost its reader
     * a read of its own. The one behind is not pinned: it may be unmapped meanwhile, and advice about an address that is gone does nothing.
     */
    void warm()
    {
        warmOne();
        final Segment following = next;
        if (following != null && !following.retired)
        {
            following.warmOne();
        }
    }

    private void warmOne()
    {
        if (cold && !warmed)
        {
            warmed = true;
            region.advise(Advice.WILL_NEED);
        }
    }

    /** Records before this one are damaged and covered by a snapshot. */
    void firstRecord(final long recordIndex, final int recordOffset)
    {
        firstRecordIndex = recordIndex;
        firstRecordOffset = recordOffset;
    }

    long firstRecordIndex()
    {
        return firstRecordIndex == SegmentDescriptor.NOT_BEGUN ? baseIndex : firstRecordIndex;
    }

    int firstRecordOffset()
    {
        return firstRecordOffset;
    }

    long nextMarkSequence()
    {
        return ++markSequence;
    }

    void markSequence(final long sequence)
    {
        markSequence = sequence;
    }

    int publishedEnd()
    {
        return (int)PUBLISHED_END.getAcquire(this);
    }

    void publishedEnd(final int end)
    {
        PUBLISHED_END.setRelease(this, end);
    }

    long lastIndex()
    {
        return lastIndex;
    }

    void lastIndex(final long index1)
    {
        lastIndex = index1;
    }

    Segment next()
    {
        return next;
    }

    void next(final Segment segment)
    {
        next = segment;
    }

    boolean isRetired()
    {
        return retired;
    }

    void retire()
    {
        retired = true;
    }

    /**
     * Walks to a record of this segment.
     *
     * @param damaged the log's faulty ranges: a walk does not lead through one, and may begin behind it.
     * @return its offset, -1 where the bytes on the way are not a log.
     */
    int offsetOf(final long wanted, final FaultyRanges damaged)
    {
        final int indexed = index.offsetBefore(wanted);
        int offset = indexed < SegmentDescriptor.RECORDS_OFFSET ? -1 : walk(indexed, wanted);
        if (offset < 0 && damaged.mayHold(wanted))
        {
            for (final FaultyRange range : damaged.all())
            {
                if (offset < 0 && range.segment() == this && range.last() < wanted && range.isEndExact())
                {
                    offset = walk(range.endOffset(), wanted);
                }
            }
        }
        // The sparse index may be read from a footer that is just being zeroed, because a suffix above the wanted entry goes.
        return offset < 0 && indexed != firstRecordOffset ? walk(firstRecordOffset, wanted) : offset;
    }

    /**
     * The first index from which on all entries up to one have the same term, as the records say; where some are damaged, an index behind them.
     */
    long termStart(final long wanted, final FaultyRanges damaged)
    {
        long start = wanted;
        long before = FaultyRange.UNKNOWN;
        int offset = firstRecordOffset;
        for (long at = firstRecordIndex(); at <= wanted; at++)
        {
            final FaultyRange range = damaged.find(at);
            if (range != null)
            {
                if (range.last() >= wanted || !range.isEndExact())
                {
                    return wanted;
                }
                at = range.last();
                offset = range.endOffset();
                before = FaultyRange.UNKNOWN;
                continue;
            }
            // Bits may have flipped since the log was opened, of a length too, and nobody has read the record since.
            final int recordLength = offset <= limit - RecordDescriptor.HEADER_LENGTH ? UnsafeApi.getInt(address + offset) : 0;
            if (!RecordDescriptor.isLengthPossible(recordLength, limit - offset))
            {
                return wanted;
            }
            final long term = UnsafeApi.getLong(address + offset + RecordDescriptor.TERM_OFFSET);
            if (term != before)
            {
                start = at;
                before = term;
            }
            offset += RecordDescriptor.alignedLength(recordLength - RecordDescriptor.HEADER_LENGTH);
        }
        return start;
    }

    private int walk(final int from, final long wanted)
    {
        int offset = from;
        while (offset <= limit - RecordDescriptor.HEADER_LENGTH)
        {
            final int recordLength = UnsafeApi.getInt(address + offset);
            if (!RecordDescriptor.isLengthPossible(recordLength, limit - offset))
            {
                return -1;
            }
            final long at = UnsafeApi.getLong(address + offset + RecordDescriptor.INDEX_OFFSET);
            if (at == wanted)
            {
                return offset;
            }
            if (at > wanted)
            {
                return -1;
            }
            offset += recordLength + RecordDescriptor.ALIGNMENT - 1 & -RecordDescriptor.ALIGNMENT;
        }
        return -1;
    }

    /** Unmaps and closes. Nobody may hold a pin. */
    void close()
    {
        region.close();
        file.close();
    }
}
