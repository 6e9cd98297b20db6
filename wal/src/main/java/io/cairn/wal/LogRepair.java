package io.cairn.wal;

import io.cairn.wal.io.StorageException;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.agrona.DirectBuffer;
import org.agrona.UnsafeApi;

/**
 * Puts records back where they were damaged, and looks for damage while the log is in use. Runs on the Syncer.
 * <p>
 * A record goes in only as the first of its range: where it begins is known then, and the entry before it is whole. It must continue that entry's
 * chain, and the last one of a range must lead to the chain that the entry behind it continues.
 * <p>
 * Crash argument. (1) The record is stored over bytes of the range, which are damaged and which nobody reads; (2) it is forced; (3) only then does
 * the range shrink. A crash before the end of (2) keeps any subset of the sectors: the record verifies as a whole, or the bytes are damaged as
 * before and
 * the next opening finds the same range. Nothing outside the range is stored to, so no whole record can be lost. A record that has no room in its
 * segment, since the segment that held it is lost, goes to a new one: (a) it is begun and named while it is empty, which the next opening reads as a
 * segment whose records are missing, (b) as above. A footer is written when no damage is left in its segment, after all of its records were forced.
 */
public final class LogRepair
{
    /** {@link #repair}: the record is back, durably. */
    public static final int REPAIRED = 1;

    /** {@link #repair}: the entry is not damaged, or one before it is and comes first. */
    public static final int NOT_DUE = 0;

    /** {@link #repair}: a whole record of another history: it does not continue the entry before, or not lead to the one behind. */
    public static final int MISMATCH = -1;

    /** {@link #repair}: what was given is no whole record of that entry. */
    public static final int DAMAGED = -2;

    /** {@link #repair}: a new segment is needed and none can be had now. */
    public static final int NO_SPACE = -3;

    private static final long NO_SUSPECT = -1;

    private final WalContext context;
    private final LongFunction<Segment> segmentOf;
    private final LogMetadata metadata;
    private final SegmentAllocator allocator;
    private final LogForcer forcer;
    private final LogPositions positions;
    private final LogHealth health;
    private final FaultyRanges faulty;
    private volatile long suspect = NO_SUSPECT;
    private FaultyRange newlyFound;

    LogRepair(
        final WalContext context,
        final LongFunction<Segment> segmentOf,
        final LogMetadata metadata,
        final SegmentAllocator allocator,
        final LogForcer forcer,
        final LogPositions positions,
        final LogHealth health,
        final FaultyRanges faulty)
    {
        this.context = context;
        this.segmentOf = segmentOf;
        this.positions = positions;
        this.metadata = metadata;
        this.allocator = allocator;
        this.forcer = forcer;
        this.health = health;
        this.faulty = faulty;
    }

    /**
     * An entry could not be read, or its payload is not what it was: {@link #examineSuspect()} looks into it. Any thread.
     *
     * @param index of the entry.
     */
    public void suspect(final long index)
    {
        suspect = index;
    }

    /**
     * Is this entry being looked into? Any thread.
     *
     * @param index of the entry.
     * @return true until {@link #examineSuspect()} has done so.
     */
    public boolean isSuspect(final long index)
    {
        return suspect == index;
    }

    /**
     * Which entry is to be looked into? Any thread.
     *
     * @return its index, negative for none.
     */
    public long suspect()
    {
        return suspect;
    }

    /**
     * Is any entry to be looked into? Any thread.
     *
     * @return true while {@link #examineSuspect()} has something to do.
     */
    public boolean isAnySuspect()
    {
        return suspect != NO_SUSPECT;
    }

    /**
     * Reads the segment of an entry that somebody suspects to be damaged. Syncer.
     *
     * @return true when damage was found that was not known.
     */
    public boolean examineSuspect()
    {
        final long index = suspect;
        final long durable = LogPositions.index(positions.durable());
        final Segment segment = index == NO_SUSPECT || index > durable ? null : segmentOf.apply(index);
        final boolean isNew = segment != null && examine(segment, durable);
        suspect = NO_SUSPECT;
        return isNew;
    }

    /**
     * What {@link #examineSuspect()} found last. Syncer.
     *
     * @return the first range that was not known, which need not hold the entry that was suspected; null when it never found any.
     */
    public FaultyRange newlyFound()
    {
        return newlyFound;
    }

    /**
     * The first faulty range that ends at or behind an index. Any thread.
     *
     * @param index to look from.
     * @return the range, null when everything from there on can be read.
     */
    public FaultyRange from(final long index)
    {
        return faulty.from(index);
    }

    /**
     * How many faulty ranges there are. Any thread.
     *
     * @return the count.
     */
    public int count()
    {
        return faulty.count();
    }

    /**
     * May entries behind the end have been promised, of which nothing is left? Any thread.
     *
     * @return true from the opening that found so until {@link #endFound()}.
     */
    public boolean isEndLost()
    {
        return metadata.isEndLost();
    }

    /**
     * Everything that was ever promised is in the log again: it reaches an entry of the present leader's term, durably. Syncer.
     */
    public void endFound()
    {
        metadata.endLost(false);
    }

    /**
     * Puts the record of an entry back that is the first of a faulty range: verified by its payload's checksum and by the chain against both
     * neighbours, and forced before it counts as there. Syncer.
     *
     * @param index  of the entry.
     * @param record buffer off the heap that holds the record as it stands in any member's log, header first.
     * @param offset of the record in it, a multiple of eight.
     * @param length bytes from there on that may be looked at.
     * @return {@link #REPAIRED}, {@link #NOT_DUE}, {@link #MISMATCH}, {@link #DAMAGED} or {@link #NO_SPACE}.
     * @throws WalException of kind {@link WalException.Kind#IO} when the device refused: final, the log must be opened again.
     */
    public int repair(final long index, final DirectBuffer record, final int offset, final int length)
    {
        forcer.checkUsable();
        final FaultyRange range = faulty.find(index);
        if (range == null || range.first() != index)
        {
            return NOT_DUE;
        }
        record.boundsCheck(offset, length);
        final long from = record.addressOffset() + offset;
        if (record.byteArray() != null || length < RecordDescriptor.HEADER_LENGTH || UnsafeApi.getInt(from) > length ||
            UnsafeApi.getInt(from) < RecordDescriptor.HEADER_LENGTH ||
            UnsafeApi.getLong(from + RecordDescriptor.INDEX_OFFSET) != index || !RecordDescriptor.isPayloadValid(from))
        {
            return DAMAGED;
        }
        final int recordLength = UnsafeApi.getInt(from);
        final int alignedLength = RecordDescriptor.alignedLength(recordLength - RecordDescriptor.HEADER_LENGTH);
        final long term = UnsafeApi.getLong(from + RecordDescriptor.TERM_OFFSET);
        final int prevChain = UnsafeApi.getInt(from + RecordDescriptor.PREV_CHAIN_OFFSET);
        final long chain = RecordDescriptor.chain(prevChain, from) & 0xFFFF_FFFFL;
        if (range.prevChain() != FaultyRange.UNKNOWN && prevChain != (int)range.prevChain() || term < range.prevTerm() ||
            index == range.last() && range.lastChain() != FaultyRange.UNKNOWN && chain != range.lastChain() ||
            range.term() != FaultyRange.UNKNOWN && term != range.term())
        {
            return MISMATCH;
        }
        try
        {
            return put(range, from, recordLength, alignedLength, term, chain);
        }
        catch (final StorageException failure)
        {
            health.fail();
            throw new WalException(
                WalException.Kind.IO,
                failure.getMessage() + "; entry " + index + " could not be repaired and the log is closed for writing: open it again", failure);
        }
    }

    private int put(
        final FaultyRange range, final long from, final int recordLength, final int alignedLength, final long term, final long chain)
    {
        final long index = range.first();
        final long behind = range.last() - index;
        final int room = range.endOffset() - range.offset();
        Segment segment = range.segment();
        int at = range.offset();
        if (range.isEndExact())
        {
            if (alignedLength + behind * RecordDescriptor.HEADER_LENGTH > room || behind == 0 && alignedLength != room)
            {
                return MISMATCH;
            }
        }
        else if (alignedLength > room)
        {
            segment = splitAt(range);
            if (segment == null)
            {
                return NO_SPACE;
            }
            at = segment.firstRecordOffset();
        }
        store(segment, at, from, recordLength, alignedLength);
        if (behind == 0 && !range.isEndExact())
        {
            zero(segment, at + alignedLength);
        }
        final int type = UnsafeApi.getShort(from + RecordDescriptor.TYPE_OFFSET);
        if (type == RecordDescriptor.CONFIGURATION && segment.isIndexIncomplete())
        {
            faulty.configurationRepaired(index);
        }
        faulty.replace(range, behind == 0 ? null : range.behindFirst(segment, at + alignedLength, term, chain));
        if (behind == 0)
        {
            onRangeGone(segment, at + alignedLength, index, term, (int)chain);
        }
        return REPAIRED;
    }

    private static void store(final Segment segment, final int at, final long from, final int recordLength, final int alignedLength)
    {
        final long target = segment.address() + at;
        UnsafeApi.putLong(target + alignedLength - 8, 0L);
        UnsafeApi.copyMemory(from, target, recordLength);
        final int chain = RecordDescriptor.chain(UnsafeApi.getInt(from + RecordDescriptor.PREV_CHAIN_OFFSET), from);
        UnsafeApi.putInt(target + RecordDescriptor.FLOOR_LAG_OFFSET, RecordDescriptor.FLOOR_UNKNOWN);
        UnsafeApi.putInt(
            target + RecordDescriptor.CHAIN_OFFSET, chain ^ Crc32c.finish(segment.crcState(), RecordDescriptor.FLOOR_UNKNOWN));
        segment.region().force(at, alignedLength);
    }

    /** Behind the last record of a segment stand zeros. */
    private static void zero(final Segment segment, final int from)
    {
        if (from < segment.limit())
        {
            UnsafeApi.setMemory(segment.address() + from, segment.limit() - from, (byte)0);
            segment.region().force(from, segment.limit() - from);
        }
    }

    /**
     * The segment that held the entry is lost: a new one takes its place in the chain.
     */
    private Segment splitAt(final FaultyRange range)
    {
        if (range.prevChain() == FaultyRange.UNKNOWN || range.prevTerm() == FaultyRange.UNKNOWN)
        {
            return null;
        }
        final Segment before = range.segment();
        final Segment fresh = allocator.prepareApart();
        if (fresh == null)
        {
            return null;
        }
        fresh.begin(range.first(), range.prevTerm(), (int)range.prevChain(), metadata.generation());
        fresh.region().force(0, fresh.length());
        final Path named = context.dir().resolve(SegmentNames.active(range.first(), fresh.id()));
        context.storageIo().rename(fresh.path(), named);
        fresh.path(named);
        context.storageIo().forceDirectory(context.dir());
        fresh.activated(true);
        fresh.indexIncomplete(true);
        fresh.publishedEnd(fresh.limit());
        fresh.lastIndex(range.last());
        fresh.next(before.next());
        before.lastIndex(range.first() - 1);
        before.next(fresh);
        if (!before.isSealed() && !isAnyOther(before, range))
        {
            forcer.seal(before, scan(before, range.first() - 1));
        }
        return fresh;
    }

    private boolean isAnyOther(final Segment segment, final FaultyRange one)
    {
        for (final FaultyRange range : faulty.all())
        {
            if (range != one && range.segment() == segment)
            {
                return true;
            }
        }
        return false;
    }

    private DamageScan scan(final Segment segment, final long last)
    {
        final DamageScan scan = new DamageScan(metadata.generation());
        scan.scan(segment, last);
        return scan;
    }

    private void onRangeGone(final Segment segment, final int end, final long last, final long term, final int chain)
    {
        final Segment next = segment.next();
        if (next != null && last == next.baseIndex() - 1 && !next.isPrevKnown())
        {
            next.prev(term, chain);
            next.rebuildHeader(allocator.clusterId(), metadata.generation(), context.epochClockMs().getAsLong());
            final FaultyRange behind = faulty.find(next.baseIndex());
            if (behind != null)
            {
                faulty.replace(behind, behind.continuing(term, chain & 0xFFFF_FFFFL));
            }
        }
        if (next != null)
        {
            resealIfWhole(segment);
        }
        boolean isAnyUndecided = false;
        for (final FaultyRange range : faulty.all())
        {
            isAnyUndecided |= range.isUndecided();
        }
        if (!isAnyUndecided)
        {
            metadata.decided(0, Long.MAX_VALUE);
        }
    }

    /**
     * Writes the footer of a full segment whose records are all whole and forced.
     */
    void resealIfWhole(final Segment segment)
    {
        final Segment next = segment.next();
        if (segment.isSealed() || faulty.isAnyIn(segment) || next == null || !next.isActivated())
        {
            return;
        }
        final DamageScan scan = scan(segment, next.baseIndex() - 1);
        if (scan.lastIndex() == next.baseIndex() - 1 && scan.ranges().isEmpty())
        {
            forcer.seal(segment, scan);
        }
    }

    /**
     * Reads the segment that holds an entry, all that is durable of it, and notes what is damaged.
     *
     * @return true when there is damage now that was not known.
     */
    private boolean examine(final Segment segment, final long durable)
    {
        final long lastOfSegment = segment.lastIndex();
        final long bound = Math.min(durable, lastOfSegment);
        final DamageScan scan = scan(segment, bound);
        final List<FaultyRange> found = new ArrayList<>();
        for (final FaultyRange range : scan.ranges())
        {
            found.add(named(segment, range));
        }
        if (scan.lastIndex() < bound)
        {
            final Segment next = segment.next();
            final FaultyRange rest = bound == lastOfSegment && next != null ?
                scan.trailing(bound, segment.limit(), false, next.prevTerm(),
                    next.isPrevKnown() ? next.prevChain() & 0xFFFF_FFFFL : FaultyRange.UNKNOWN) :
                scan.trailing(bound, forcer.offset(), true, forcer.lastTerm(), forcer.lastChain() & 0xFFFF_FFFFL);
            found.add(named(segment, rest));
        }
        FaultyRange unknown = null;
        for (final FaultyRange range : found)
        {
            if (unknown == null && isAnyNew(range))
            {
                unknown = range;
            }
        }
        newlyFound = unknown == null ? newlyFound : unknown;
        faulty.replaceIn(segment, found);
        return unknown != null;
    }

    /** What was known as one range may be found as several, and the other way round. */
    private boolean isAnyNew(final FaultyRange range)
    {
        long index = range.first();
        while (index <= range.last())
        {
            final FaultyRange known = faulty.find(index);
            if (known == null)
            {
                return true;
            }
            index = known.last() + 1;
        }
        return false;
    }

    /** The segment's index was built when the records were whole, or from a footer: it knows their terms. */
    private FaultyRange named(final Segment segment, final FaultyRange range)
    {
        final FaultyRange kind = range.undecided(metadata.isUndecided(range.first()));
        final boolean isOneTerm = segment.index().termStart(range.last()) <= range.first();
        return !segment.isIndexIncomplete() && isOneTerm ? kind.withTerm(segment.index().termAt(range.last())) : kind;
    }
}
