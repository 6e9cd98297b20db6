package io.cairn.wal;

import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageIo;
import io.cairn.wal.layout.SegmentDescriptor;
import org.agrona.UnsafeApi;

/**
 * Cuts the log at either end. Runs on the Syncer; for a suffix or a reset the Sequencer rests.
 * <p>
 * Suffix: (1) everything is forced, and the cut segment read up to the cut, so that damage below it is found while nothing has changed, (2) the
 * intent is forced: a new generation, the floor at the cut, (3) later segments are unlinked, newest first, and the directory is forced, (4) the cut
 * segment is zeroed from the cut on, footer and marks included, and forced, (5) the intent is cleared. A crash after (2) is finished by recovery, at
 * any instruction; before (2) nothing happened. Only after (5) is the cut acknowledged, so a removed entry never returns.
 * <p>
 * Prefix: (1) the first index is forced, (2) the segments below it are recycled or deleted. A crash between leaves files that recovery recycles,
 * whatever they hold.
 */
final class LogTruncation
{
    private final StorageIo storageIo;
    private final WalContext context;
    private final LogMetadata metadata;
    private final SegmentAllocator allocator;
    private final LogAppender appender;
    private final LogForcer forcer;
    private final LogPositions positions;
    private final LogHealth health;
    private final FaultyRanges faulty;

    LogTruncation(
        final WalContext context,
        final LogMetadata metadata,
        final SegmentAllocator allocator,
        final LogAppender appender,
        final LogForcer forcer,
        final LogPositions positions,
        final LogHealth health,
        final FaultyRanges faulty)
    {
        this.faulty = faulty;
        this.context = context;
        this.metadata = metadata;
        this.allocator = allocator;
        this.appender = appender;
        this.forcer = forcer;
        this.positions = positions;
        this.health = health;
        storageIo = context.storageIo();
    }

    /**
     * Removes the entries from an index on.
     *
     * @param first the first segment of the log.
     * @param from  the first entry to go; at least the log's first, at most its last.
     */
    void truncateSuffix(final Segment first, final long from)
    {
        forcer.force(false);
        Segment cut = first;
        for (Segment next = cut.next(); next != null && next.baseIndex() <= from; next = cut.next())
        {
            cut = next;
        }
        final DamageScan kept = scanUpTo(cut, from - 1);
        try
        {
            metadata.cutting(from);
            positions.appendedVolatile(LogPositions.position(metadata.generation(), from - 1));
            positions.durable(LogPositions.position(metadata.generation(), from - 1));
            unlinkBehind(cut);
            cut.index(kept.index());
            cut.indexIncomplete(!kept.ranges().isEmpty() || cut.isIndexIncomplete());
            faulty.removeFrom(from);
            zeroFrom(cut, kept.end());
            // Whoever reads what was found to be damaged below the cut is to find it again, though entries are appended to the segment now.
            cut.cold(cut.isCold() && !kept.ranges().isEmpty());
            appender.standAt(cut, kept.end(), from, kept.lastTerm(), (int)kept.chain(), metadata.generation());
            forcer.standAt(cut, kept.end(), from - 1, kept.lastTerm(), (int)kept.chain(), metadata.generation());
            metadata.cut(from - 1, cut.baseIndex(), cut.id());
        }
        catch (final StorageException failure)
        {
            throw failed("the suffix from index " + from + " could not be removed", failure);
        }
        catch (final RuntimeException failure)
        {
            // What was appended before must never be published again, nor anything forced.
            health.fail();
            throw failure;
        }
    }

    private void unlinkBehind(final Segment cut)
    {
        // Newest first, so that a crash never leaves a gap. The chain is short, and this is rare.
        Segment last = lastOf(cut);
        final boolean isAny = last != cut;
        while (last != cut)
        {
            storageIo.delete(last.path());
            last.path(null);
            Segment before = cut;
            while (before.next() != last)
            {
                before = before.next();
            }
            before.next(null);
            allocator.retire(last);
            last = before;
        }
        if (isAny)
        {
            storageIo.forceDirectory(context.dir());
        }
        cut.lastIndex(Long.MAX_VALUE);
    }

    private static Segment lastOf(final Segment from)
    {
        Segment last = from;
        for (Segment next = last.next(); next != null; next = next.next())
        {
            last = next;
        }
        return last;
    }

    private static void zeroFrom(final Segment cut, final int offset)
    {
        UnsafeApi.setMemory(cut.address() + offset, cut.length() - offset, (byte)0);
        UnsafeApi.setMemory(cut.address() + SegmentDescriptor.MARKS_OFFSET, SegmentDescriptor.PAGE_LENGTH, (byte)0);
        cut.region().force(0, cut.length());
        cut.sealed(false);
        cut.markSequence(0);
    }

    /** Of a member's log, over damage that is known; the entry before the cut must be whole. */
    private DamageScan scanUpTo(final Segment cut, final long last)
    {
        final DamageScan scan = new DamageScan(metadata.generation());
        scan.scan(cut, last);
        if (scan.lastIndex() != last || faulty.find(last) != null || !scan.ranges().isEmpty() && context.singleMember())
        {
            throw new WalException(
                WalException.Kind.CORRUPT,
                damageBelowCut(cut, scan) + "; nothing was removed",
                "restore the file from a copy");
        }
        return scan;
    }

    private static String damageBelowCut(final Segment cut, final DamageScan scan)
    {
        final FaultyRange range = scan.ranges().isEmpty() ? null : scan.ranges().get(0);
        return cut.path() + ": offset " + (range == null ? scan.end() : range.offset()) + ": index " +
            (range == null ? scan.lastIndex() + 1 : range.first()) + ": " + (range == null ? scan.reason() : range);
    }

    /**
     * Lets go of the segments that lie wholly below an index.
     *
     * @return the log's first segment afterwards.
     */
    Segment releasePrefix(final Segment first, final long below)
    {
        Segment newFirst = first;
        int count = 0;
        long held = 0;
        final long bound = Math.min(below, LogPositions.index(positions.durable()) + 1);
        for (Segment segment = first; segment.next() != null && segment.next().baseIndex() <= bound; segment = segment.next())
        {
            held += segment.length();
        }
        for (Segment next = newFirst.next();
            next != null && next.baseIndex() <= bound && held - newFirst.length() >= context.trailingBytes() &&
                isReleasable(newFirst) && next.isActivated() && count < allocator.retirable();
            next = newFirst.next())
        {
            held -= newFirst.length();
            newFirst = next;
            count++;
        }
        if (newFirst != first)
        {
            metadata.released(newFirst.baseIndex());
        }
        return newFirst;
    }

    /** A footer proves that all of it is forced; where damage keeps it from being sealed, the name of the next one does. */
    private boolean isReleasable(final Segment segment)
    {
        return segment.isSealed() || faulty.isAnyIn(segment);
    }

    /** Hands the segments before the new first one to the allocator. Cursors find them retired. */
    void retireBefore(final Segment first, final Segment newFirst)
    {
        Segment segment = first;
        while (segment != newFirst)
        {
            final Segment next = segment.next();
            allocator.retire(segment);
            segment = next;
        }
    }

    /**
     * Discards every segment after the intent to do so is durable, and begins afresh behind an installed snapshot.
     *
     * @return the log's only segment afterwards.
     */
    Segment reset(final Segment first, final long index, final long term, final int chain)
    {
        forcer.checkUsable();
        try
        {
            final FaultyRange range = faulty.find(index);
            if (range != null && range.term() == FaultyRange.UNKNOWN && index < LogPositions.index(positions.appended()))
            {
                // Whether what stands behind continues the snapshot cannot be told, so it goes, and may have been promised.
                metadata.endLost(true);
            }
            metadata.resetting(index, term, chain);
            positions.discardedBelow(index + 1);
            final long position = LogPositions.position(metadata.generation(), index);
            positions.appendedVolatile(position);
            positions.durable(position);
            unlinkBehind(first);
            storageIo.delete(first.path());
            first.path(null);
            storageIo.forceDirectory(context.dir());
            final Segment fresh = begin(index + 1, term, chain);
            appender.standAt(fresh, SegmentDescriptor.RECORDS_OFFSET, index + 1, term, chain, metadata.generation());
            forcer.standAt(fresh, SegmentDescriptor.RECORDS_OFFSET, index, term, chain, metadata.generation());
            first.next(fresh);
            metadata.reset(fresh.baseIndex(), fresh.id());
            allocator.retire(first);
            return fresh;
        }
        catch (final StorageException failure)
        {
            throw failed("the log could not be reset to index " + index, failure);
        }
        catch (final RuntimeException failure)
        {
            // What was appended before must never be published again, nor anything forced.
            health.fail();
            throw failure;
        }
    }

    /**
     * Prepares, begins and activates a segment where there is none.
     */
    Segment begin(final long base, final long prevTerm, final int prevChain)
    {
        Segment fresh = allocator.take();
        allocator.tryAgain();
        for (int i = 0; fresh == null && i < 3; i++)
        {
            allocator.doWork();
            fresh = allocator.take();
        }
        if (fresh == null)
        {
            throw new WalException(
                WalException.Kind.NO_SPACE,
                context.dir() + ": the disk has no room for a segment of " + context.segmentBytes() +
                    " bytes; free some space, or choose smaller segments");
        }
        boolean isActive = false;
        try
        {
            fresh.begin(base, prevTerm, prevChain, metadata.generation());
            forcer.activate(fresh);
            isActive = true;
            return fresh;
        }
        finally
        {
            if (!isActive)
            {
                fresh.close();
            }
        }
    }

    private WalException failed(final String what, final StorageException failure)
    {
        health.fail();
        return new WalException(
            WalException.Kind.IO, failure.getMessage() + "; " + what + ": open the log again, it finishes what was begun", failure);
    }
}
