package io.cairn.wal;

import io.cairn.wal.io.Advice;
import io.cairn.wal.layout.SegmentDescriptor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.UnsafeApi;

/**
 * Opens a log that is damaged where a single node must refuse: a member can repair it from its peers (Alagappan et al., Protocol-Aware Recovery,
 * FAST'18). What is damaged becomes {@link FaultyRange}s and stays part of the log; the log goes on behind it.
 * <p>
 * The end. A mark says where the records of a force end, with term and chain, so entries that it covers are promised even if none of them is left.
 * Where the floor says that more was forced than can be found, the log ends before it, and it is remembered durably that its end is lost: the member
 * no longer knows the last entry that it promised.
 * <p>
 * Crash argument: the files are changed in three ways only, each of which a second opening finds done or does again. Bytes behind the promised end
 * are zeroed; a footer is written again where all records of its segment are whole; a header is written again where its neighbours say all of it.
 * What
 * is remembered (an end that was lost, what was undecided) is forced before the bytes that prove it are changed.
 */
final class MemberRecovery
{
    private final WalContext context;
    private final LogMetadata metadata;
    private final SegmentAllocator allocator;
    private final SegmentDirectory directory;
    private final RecoveryReport report;
    private final FaultyRanges faulty;
    private final DamageScan scan;
    private final List<Segment> segments;
    private final List<Segment> unsealed = new ArrayList<>();
    private final List<FaultyRange> found = new ArrayList<>();
    private final String[] reason = new String[1];
    private long firstIndex;
    private long lastIndex;
    private long lastTerm;
    private long lastChain;
    private int end;
    private long floor;
    private boolean endLost;
    private boolean isTailBroken;

    MemberRecovery(
        final WalContext context,
        final LogMetadata metadata,
        final SegmentAllocator allocator,
        final SegmentDirectory directory,
        final RecoveryReport report,
        final FaultyRanges faulty,
        final List<Segment> segments)
    {
        this.segments = segments;
        this.context = context;
        this.metadata = metadata;
        this.allocator = allocator;
        this.directory = directory;
        this.report = report;
        this.faulty = faulty;
        scan = new DamageScan(metadata.generation());
    }

    /**
     * Reads the segments.
     *
     * @param active     names of the segments, in order; what an intent wants gone is gone.
     * @param first      first index of the log.
     * @param knownFloor highest index known forced from elsewhere.
     * @param refusal    what a single node says: for what a member cannot mend either.
     */
    void run(final List<String> active, final long first, final long knownFloor, final WalException refusal)
    {
        firstIndex = first;
        floor = knownFloor;
        endLost = metadata.isEndLost();
        if (active.isEmpty())
        {
            throw refusal;
        }
        if (SegmentNames.baseIndex(active.get(0)) > first)
        {
            replaceFirst(active);
        }
        floor = Math.max(floor, SegmentNames.baseIndex(active.get(active.size() - 1)) - 1);
        openAll(active, refusal);
        for (int i = 0; i < segments.size(); i++)
        {
            read(segments.get(i), i + 1 < segments.size() ? segments.get(i + 1) : null, refusal);
        }
        final long activeBase = metadata.activeBase();
        if (activeBase != LogMetadata.NONE && metadata.cutIndex() == LogMetadata.NONE && tail().baseIndex() < activeBase)
        {
            loseEnd(activeBase - 1, "the segment that begins at index " + activeBase + " is missing");
        }
        passCovered();
        decide();
        settle();
    }

    /**
     * The first segment is lost, or the first few. What a valid snapshot covers is not needed; for the rest an empty segment takes their place, as
     * one takes the place of any other that is lost, and its entries are missing.
     * <p>
     * Crash argument: (1) the first index moves behind what is covered; (2) an empty segment is forced, (3) named and its name forced. A crash before
     * (3) leaves a spare, and the next opening does the same again; after it, the segment is one whose records are missing.
     */
    private void replaceFirst(final List<String> active)
    {
        final long next = SegmentNames.baseIndex(active.get(0));
        final Path behind = directory.resolve(active.get(0));
        final long covered = Math.min(context.coveredIndex(), next - 1);
        if (covered >= firstIndex)
        {
            report.finding(new WalFinding(behind, 0, firstIndex, "the segment that held the entries before it is missing; a valid snapshot covers" +
                " those up to " + covered + ", so the log begins at index " + (covered + 1)));
            firstIndex = covered + 1;
            metadata.released(firstIndex);
        }
        if (firstIndex == next)
        {
            return;
        }
        report.finding(new WalFinding(behind, 0, firstIndex, "the segment that held entries " + firstIndex + " to " + (next - 1) +
            " is missing; an empty one takes its place"));
        final Segment empty = allocator.prepareApart();
        if (empty == null)
        {
            throw new WalException(
                WalException.Kind.NO_SPACE,
                behind + ": offset 0: index " + firstIndex + ": the segment before this one is missing, and the disk has no room for" +
                    " another; free some space and start again");
        }
        if (firstIndex == 1)
        {
            empty.begin(1, 0, 0, metadata.generation());
        }
        else if (firstIndex == context.coveredIndex() + 1 && context.coveredTerm() != FaultyRange.UNKNOWN)
        {
            empty.begin(firstIndex, context.coveredTerm(), (int)context.coveredChain(), metadata.generation());
        }
        else
        {
            // What it continues is not known: as where a header is damaged.
            UnsafeApi.setMemory(empty.address(), SegmentDescriptor.PAGE_LENGTH, (byte)0);
        }
        empty.region().force(0, empty.length());
        final String name = SegmentNames.active(firstIndex, empty.id());
        final Path path = empty.path();
        empty.close();
        context.storageIo().rename(path, directory.resolve(name));
        directory.force();
        active.add(0, name);
    }

    /** What a valid snapshot covers need not be repaired: the log begins behind it. */
    private void passCovered()
    {
        long newFirst = firstIndex;
        for (final FaultyRange range : List.copyOf(found))
        {
            if (range.last() <= context.coveredIndex())
            {
                newFirst = range.last() + 1;
                found.remove(range);
                report.finding(new WalFinding(range.segment().path(), range.offset(), range.first(),
                    range + "; a valid snapshot covers it, so the log begins at index " + newFirst));
                if (range.isEndExact())
                {
                    range.segment().firstRecord(newFirst, range.endOffset());
                }
            }
        }
        if (newFirst > firstIndex)
        {
            firstIndex = newFirst;
            metadata.released(newFirst);
        }
    }

    private void openAll(final List<String> active, final WalException refusal)
    {
        int length = context.segmentBytes();
        for (final String name : active)
        {
            Segment segment = directory.open(name, reason);
            if (segment == null)
            {
                if (directory.isOfAnother(name))
                {
                    throw refusal;
                }
                segment = directory.openDamaged(name, length);
                isTailBroken = name.equals(active.get(active.size() - 1));
                report.finding(new WalFinding(segment.path(), 0, segment.baseIndex(), reason[0] + "; it is rebuilt from its neighbours"));
            }
            length = Math.max(length, segment.length());
            if (!segments.isEmpty())
            {
                tail().next(segment);
            }
            segments.add(segment);
        }
    }

    private void read(final Segment segment, final Segment next, final WalException refusal)
    {
        if (segment.baseIndex() > firstIndex && !segment.isPrevKnown() && lastChain != FaultyRange.UNKNOWN && lastTerm != FaultyRange.UNKNOWN)
        {
            segment.prev(lastTerm, (int)lastChain);
        }
        else if (segment.baseIndex() == 1 && !segment.isPrevKnown())
        {
            segment.prev(0, 0);
        }
        if (segment.isPrevKnown() && segment != segments.get(0) && lastChain != FaultyRange.UNKNOWN && (int)lastChain != segment.prevChain())
        {
            throw refusal;
        }
        final long nextBase = next == null ? -1 : next.baseIndex();
        final long footer = segment.address() + segment.limit();
        if (segment.isFooterValid() && UnsafeApi.getLong(footer + 32) <= cutLimit())
        {
            readSealed(segment, footer);
        }
        else
        {
            readUnsealed(segment, next == null ? cutLimit() : nextBase - 1, next == null);
        }
        if (next != null && lastIndex < nextBase - 1)
        {
            found.add(missingUntil(segment, next));
            lastIndex = nextBase - 1;
            lastTerm = next.isPrevKnown() ? next.prevTerm() : FaultyRange.UNKNOWN;
            lastChain = next.isPrevKnown() ? next.prevChain() & 0xFFFF_FFFFL : FaultyRange.UNKNOWN;
        }
        if (next != null)
        {
            segment.lastIndex(lastIndex);
        }
    }

    private void readSealed(final Segment segment, final long footer)
    {
        segment.index().readFrom(footer);
        segment.sealed(true);
        segment.cold(true);
        lastIndex = UnsafeApi.getLong(footer + 32);
        lastTerm = UnsafeApi.getLong(footer + 40);
        lastChain = UnsafeApi.getInt(footer + 48) & 0xFFFF_FFFFL;
        end = UnsafeApi.getInt(footer + SegmentDescriptor.FOOTER_RECORDS_END_OFFSET);
        floor = Math.max(floor, Math.min(lastIndex, cutLimit()));
    }

    private void readUnsealed(final Segment segment, final long bound, final boolean isTail)
    {
        segment.region().advise(Advice.WILL_NEED);
        scan.scan(segment, bound);
        segment.index(scan.index());
        segment.markSequence(scan.markSequence());
        floor = Math.max(floor, Math.min(scan.floor(), cutLimit()));
        lastIndex = scan.lastIndex();
        lastTerm = scan.lastTerm();
        lastChain = scan.chain();
        end = scan.end();
        unsealed.add(segment);
        final int before = found.size();
        if (isTail)
        {
            judgeTail(segment);
        }
        else
        {
            found.addAll(scan.ranges());
        }
        segment.indexIncomplete(found.size() > before || !isTail && lastIndex < bound);
    }

    /** Entries that should stand before a segment and do not: behind what its predecessor holds, or in a segment that is lost. */
    private FaultyRange missingUntil(final Segment segment, final Segment next)
    {
        final long last = next.baseIndex() - 1;
        final long term = next.isPrevKnown() ? next.prevTerm() : FaultyRange.UNKNOWN;
        final long chain = next.isPrevKnown() ? next.prevChain() & 0xFFFF_FFFFL : FaultyRange.UNKNOWN;
        if (!segment.isSealed())
        {
            return scan.trailing(last, segment.limit(), false, term, chain);
        }
        final boolean isTermKnown = term == lastTerm || last == lastIndex + 1;
        return new FaultyRange(segment, lastIndex + 1, last, segment.limit(), segment.limit(), false, lastTerm, lastChain,
            isTermKnown ? term : FaultyRange.UNKNOWN, chain, false, "the segment that held them is missing");
    }

    /**
     * Where does the log end, and what of it is promised? (1) Behind a first bad record above floor and mark nothing was. (2) Up to the mark, or the
     * floor, everything was; what lies behind both and was not read without a gap was not, and goes. (3) A floor that nothing reaches is a lost end.
     */
    private void judgeTail(final Segment tail)
    {
        final long mark = Math.min(scan.markIndex(), cutLimit());
        final long promised = Math.max(floor, mark);
        FaultyRange beyond = null;
        for (final FaultyRange range : scan.ranges())
        {
            if (beyond == null && range.first() <= promised)
            {
                found.add(range);
            }
            else if (beyond == null)
            {
                beyond = range;
            }
        }
        final FaultyRange lastFound = found.isEmpty() ? null : found.get(found.size() - 1);
        if (beyond != null)
        {
            endsAt(beyond.first() - 1, beyond.prevTerm(), beyond.prevChain(), beyond.offset());
        }
        if (lastFound != null && lastFound.segment() == tail && mark == promised && mark >= lastFound.first() && mark < lastFound.last())
        {
            found.set(found.size() - 1, clipped(lastFound, mark));
            endsAtMark();
        }
        else if (lastIndex < promised && mark == promised && metadata.cutIndex() == LogMetadata.NONE)
        {
            found.add(scan.trailing(mark, scan.markEnd(), true, scan.markTerm(), scan.markChain()));
            endsAtMark();
        }
        else if (lastIndex < promised)
        {
            loseEnd(promised, scan.reason());
        }
        else if (isTailBroken && scan.markIndex() < 0 && !metadata.isClean())
        {
            loseEnd(promised, "header and marks of the last segment are lost");
        }
    }

    private FaultyRange clipped(final FaultyRange range, final long last)
    {
        return new FaultyRange(range.segment(), range.first(), last, range.offset(), scan.markEnd(), true, range.prevTerm(), range.prevChain(),
            scan.markTerm() == range.prevTerm() || range.first() == last ? scan.markTerm() : FaultyRange.UNKNOWN, scan.markChain(), false, "torn");
    }

    private void endsAtMark()
    {
        endsAt(scan.markIndex(), scan.markTerm(), scan.markChain(), scan.markEnd());
    }

    private void endsAt(final long index, final long term, final long chain, final int offset)
    {
        lastIndex = index;
        lastTerm = term;
        lastChain = chain;
        end = offset;
    }

    private void loseEnd(final long promised, final String why)
    {
        if (!endLost)
        {
            endLost = true;
            metadata.endLost(true);
        }
        report.endLost();
        report.finding(new WalFinding(tail().path(), end, lastIndex + 1, why + ", and entries up to " + promised +
            " or further were promised: this member neither votes nor stands until it has caught up with a leader"));
    }

    /** Corrupt, or undecided? What was undecided once stays so, whatever entries behind it say by now. */
    private void decide()
    {
        final List<FaultyRange> decided = new ArrayList<>();
        for (final FaultyRange range : found)
        {
            final boolean isKnown = metadata.isUndecided(range.first());
            final boolean isUndecided = isKnown || range.first() > floor;
            if (isUndecided && !isKnown)
            {
                metadata.undecided(range.first(), range.last());
            }
            final FaultyRange kind = range.undecided(isUndecided && metadata.isUndecided(range.first()));
            decided.add(kind);
            report.finding(new WalFinding(kind.segment().path(), kind.offset(), kind.first(), kind + "; to be repaired from the other members"));
        }
        found.clear();
        found.addAll(decided);
    }

    private void settle()
    {
        for (final Segment segment : segments)
        {
            final List<FaultyRange> within = new ArrayList<>();
            for (final FaultyRange range : found)
            {
                if (range.segment() == segment)
                {
                    within.add(range);
                }
            }
            faulty.replaceIn(segment, within);
            if (segment.isHeaderDamaged() && segment.isPrevKnown())
            {
                segment.rebuildHeader(directory.clusterId(), metadata.generation(), context.epochClockMs().getAsLong());
            }
        }
        if (!tail().isSealed())
        {
            UnsafeApi.setMemory(tail().address() + end, tail().length() - end, (byte)0);
            if (scan.markIndex() > lastIndex)
            {
                UnsafeApi.setMemory(tail().address() + SegmentDescriptor.MARKS_OFFSET, SegmentDescriptor.PAGE_LENGTH, (byte)0);
            }
        }
        for (final Segment segment : unsealed)
        {
            segment.region().markDirty(0, segment.length());
            segment.region().force(0, segment.length());
        }
    }

    private long cutLimit()
    {
        return metadata.cutIndex() == LogMetadata.NONE ? Long.MAX_VALUE : metadata.cutIndex() - 1;
    }

    /** The segments without a valid footer; all of them are read and forced. */
    List<Segment> unsealed()
    {
        return unsealed;
    }

    private Segment tail()
    {
        return segments.get(segments.size() - 1);
    }

    long firstIndex()
    {
        return firstIndex;
    }

    long lastIndex()
    {
        return lastIndex;
    }

    long lastTerm()
    {
        return lastTerm;
    }

    int lastChain()
    {
        return (int)lastChain;
    }

    int end()
    {
        return end;
    }

    long floor()
    {
        return floor;
    }
}
