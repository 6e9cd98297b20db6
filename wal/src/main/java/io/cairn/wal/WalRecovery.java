package io.cairn.wal;

import io.cairn.wal.io.Advice;
import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import io.cairn.wal.layout.SegmentDescriptor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.agrona.UnsafeApi;

/**
 * Finds the log in a directory: finishes what an intent began, chains the segments by index, term and checksum, reads those without a valid footer,
 * and tells a torn tail from damage.
 * <p>
 * A bad or missing record at or below the floor is damage: it was acknowledged. The floor is the highest of: what the metadata says, the base of the
 * last named segment minus one, what any record says that can be found, before or behind the bad one. Above the floor and under a mark nobody can
 * tell; the bytes are copied aside. Anything else is torn by the crash and was never acknowledged: it is zeroed.
 */
final class WalRecovery
{
    private final WalContext context;
    private final StorageIo storageIo;
    private final LogMetadata metadata;
    private final SegmentAllocator allocator;
    private final SegmentDirectory directory;
    private final RecoveryReport report;
    private final FaultyRanges faulty;
    private final List<Segment> repairable = new ArrayList<>();
    private final SegmentScan scan;
    private final List<Segment> segments = new ArrayList<>();
    private final List<String> unwanted = new ArrayList<>();
    private final Set<String> aside = new HashSet<>();
    private final String[] reason = new String[1];
    private long firstIndex;
    private long lastIndex;
    private long lastTerm;
    private int lastChain;
    private int end;
    private long floor;
    private long covered;
    private int scanned;
    private boolean tailScanned;
    private Segment firstUnsealed;

    WalRecovery(
        final WalContext context,
        final LogMetadata metadata,
        final SegmentAllocator allocator,
        final SegmentDirectory directory,
        final RecoveryReport report,
        final FaultyRanges faulty)
    {
        this.faulty = faulty;
        this.context = context;
        this.metadata = metadata;
        this.allocator = allocator;
        this.directory = directory;
        this.report = report;
        storageIo = context.storageIo();
        scan = new SegmentScan(metadata.generation());
    }

    /**
     * Reads the directory. On return the segments are linked; {@link #tail()} is null when there is none and the log begins afresh.
     */
    void run(final List<String> names)
    {
        final List<String> active = new ArrayList<>();
        final List<String> spares = new ArrayList<>();
        for (final String name : names)
        {
            if (SegmentNames.isActive(name))
            {
                active.add(name);
            }
            else if (SegmentNames.isSpare(name))
            {
                spares.add(name);
            }
        }
        firstIndex = metadata.firstIndex();
        floor = metadata.floor();
        covered = Math.max(context.coveredIndex(), firstIndex - 1);
        if (metadata.resetIndex() != LogMetadata.NONE)
        {
            discardAll(active, spares);
            return;
        }
        finishCut(active);
        dropReleased(active);
        try
        {
            chain(active);
            adopt(spares);
            judge();
        }
        catch (final WalException refusal)
        {
            if (context.singleMember() || refusal.kind() != WalException.Kind.CORRUPT && refusal.kind() != WalException.Kind.LOST)
            {
                throw refusal;
            }
            recoverMember(refusal);
        }
        for (final String name : unwanted)
        {
            keepOrDelete(name);
        }
        report.segments(segments.size(), scanned);
    }

    /**
     * A member has peers to repair from, so it starts with what is damaged. It reads the directory afresh: names may have changed meanwhile. A file
     * that was set aside belongs to the allocator already; taken for one that a crash left half prepared, it would be deleted under it.
     */
    private void recoverMember(final WalException refusal)
    {
        close();
        segments.clear();
        unwanted.clear();
        firstUnsealed = null;
        final List<String> active = new ArrayList<>();
        final List<String> spares = new ArrayList<>();
        for (final String name : storageIo.list(directory.resolve("")))
        {
            if (SegmentNames.isActive(name))
            {
                active.add(name);
            }
            else if (SegmentNames.isSpare(name) && !aside.contains(name))
            {
                spares.add(name);
            }
        }
        dropReleased(active);
        final MemberRecovery member = new MemberRecovery(context, metadata, allocator, directory, report, faulty, segments);
        member.run(active, firstIndex, floor, refusal);
        firstIndex = member.firstIndex();
        lastIndex = member.lastIndex();
        lastTerm = member.lastTerm();
        lastChain = member.lastChain();
        end = member.end();
        floor = member.floor();
        scanned += member.unsealed().size();
        repairable.addAll(member.unsealed());
        final int before = segments.size();
        tailScanned = !tail().isSealed();
        adopt(spares);
        if (segments.size() > before)
        {
            judge();
        }
    }

    private void discardAll(final List<String> active, final List<String> spares)
    {
        for (int i = active.size() - 1; i >= 0; i--)
        {
            directory.delete(active.get(i));
        }
        for (final String spare : spares)
        {
            keepOrDelete(spare);
        }
        directory.force();
        lastIndex = metadata.resetIndex();
        lastTerm = metadata.resetTerm();
        lastChain = metadata.resetChain();
        firstIndex = lastIndex + 1;
    }

    /**
     * A durable intent to cut voids every entry from the cut on, and says that all below it were forced. Whatever the crash left of removing them is
     * finished here and in {@link #judge()}: (1) segments based above the cut are deleted, (2) the one that holds it is read record by record up to
     * the entry before the cut, (3) the rest of it is zeroed and forced, (4) the caller clears the intent.
     * <p>
     * A crash amid (3), here or in {@link LogTruncation}, keeps any subset of the zeroed sectors: of the record at the cut nothing may be left while
     * one behind it, a mark or the footer still stands. So none of them is asked where the cut is (a footer that reaches beyond it is void too, and
     * its segment scanned), the scan does not look beyond, and it can run any number of times: sectors before the end of the entry before the cut are
     * rewritten with their own bytes only. An entry below the cut that the scan cannot read is damage, for the intent says that it was forced.
     */
    private void finishCut(final List<String> active)
    {
        final long cut = metadata.cutIndex();
        boolean changed = false;
        while (cut != LogMetadata.NONE && !active.isEmpty() && SegmentNames.baseIndex(active.get(active.size() - 1)) > cut)
        {
            directory.delete(active.remove(active.size() - 1));
            changed = true;
        }
        if (changed)
        {
            directory.force();
        }
    }

    /**
     * Segments that lie wholly below the first index were released before the crash: whatever they hold now, they are recycled.
     */
    private void dropReleased(final List<String> active)
    {
        while (active.size() > 1 && SegmentNames.baseIndex(active.get(1)) <= firstIndex)
        {
            keepOrDelete(active.remove(0));
        }
    }

    private void keepOrDelete(final String name)
    {
        final Path leftover = directory.setAside(name, context.segmentBytes());
        if (leftover != null)
        {
            aside.add(leftover.getFileName().toString());
            allocator.leftover(leftover);
        }
    }

    private void chain(final List<String> active)
    {
        final long activeBase = metadata.activeBase();
        if (activeBase != LogMetadata.NONE && metadata.cutIndex() == LogMetadata.NONE &&
            !active.contains(SegmentNames.active(activeBase, metadata.activeSegmentId())) &&
            (active.isEmpty() || SegmentNames.baseIndex(active.get(active.size() - 1)) < activeBase))
        {
            throw new WalException(
                WalException.Kind.LOST,
                directory.resolve(SegmentNames.active(activeBase, metadata.activeSegmentId())) + ": offset 0: index " + activeBase +
                    ": the segment is missing",
                "restore the file from a copy");
        }
        if (!active.isEmpty())
        {
            floor = Math.max(floor, SegmentNames.baseIndex(active.get(active.size() - 1)) - 1);
        }
        for (int i = 0; i < active.size(); i++)
        {
            final long nextBase = i + 1 < active.size() ? SegmentNames.baseIndex(active.get(i + 1)) : -1;
            final boolean isCovered = nextBase >= 0 && nextBase - 1 <= covered;
            final Segment segment = directory.open(active.get(i), reason);
            if (segment == null)
            {
                skipCovered(isCovered, active.get(i), nextBase);
                continue;
            }
            if (!followsOrCloses(segment, isCovered, nextBase))
            {
                continue;
            }
            link(segment);
            if (nextBase >= 0 && lastIndex < nextBase - 1)
            {
                final long missing = lastIndex + 1;
                if (isCovered || missing <= covered)
                {
                    forgetUpTo(nextBase, segment.path(), end, missing, "entries up to " + (nextBase - 1) + " are missing");
                    continue;
                }
                throw tailScanned ?
                    corrupt(segment.path(), end, missing, scan.reason()) :
                    lost(segment.path(), missing, nextBase);
            }
        }
    }

    /**
     * A damaged segment that a valid snapshot covers is reported and left out; any other keeps the log from opening.
     */
    private void skipCovered(final boolean isCovered, final String name, final long nextBase)
    {
        if (!isCovered)
        {
            throw corrupt(directory.resolve(name), 0, SegmentNames.baseIndex(name), reason[0]);
        }
        forgetUpTo(nextBase, directory.resolve(name), 0, SegmentNames.baseIndex(name), reason[0]);
        keepOrDelete(name);
    }

    private boolean followsOrCloses(final Segment segment, final boolean isCovered, final long nextBase)
    {
        boolean follows = false;
        try
        {
            follows = follows(segment, isCovered, nextBase);
            return follows;
        }
        finally
        {
            if (!follows)
            {
                segment.close();
            }
        }
    }

    private boolean follows(final Segment segment, final boolean isCovered, final long nextBase)
    {
        if (segments.isEmpty())
        {
            if (segment.baseIndex() > firstIndex)
            {
                if (segment.baseIndex() - 1 > covered)
                {
                    throw lost(segment.path(), firstIndex, segment.baseIndex());
                }
                forgetUpTo(segment.baseIndex(), segment.path(), 0, firstIndex, "the segment that held the entries before it is missing");
            }
            return true;
        }
        if (segment.baseIndex() == lastIndex + 1 && segment.prevChain() == lastChain && segment.prevTerm() == lastTerm)
        {
            return true;
        }
        if (isCovered)
        {
            forgetUpTo(nextBase, segment.path(), 0, segment.baseIndex(), "the segment does not continue the one before");
            return false;
        }
        throw segment.baseIndex() > lastIndex + 1 ?
            lost(segment.path(), lastIndex + 1, segment.baseIndex()) :
            corrupt(segment.path(), 0, segment.baseIndex(), "the segment does not continue the one before, which ends at index " + lastIndex);
    }

    /**
     * The first index moves before any file goes: a crash between leaves files behind it, which the next opening sets aside, never a gap.
     */
    private void forgetUpTo(final long newFirst, final Path path, final long offset, final long index, final String why)
    {
        firstIndex = newFirst;
        metadata.released(newFirst);
        for (final Segment segment : segments)
        {
            segment.close();
            keepOrDelete(segment.path().getFileName().toString());
        }
        segments.clear();
        firstUnsealed = null;
        report.finding(new WalFinding(path, offset, index, why + "; a valid snapshot covers it, so the log begins at index " + newFirst));
    }

    private void link(final Segment segment)
    {
        if (!segments.isEmpty())
        {
            final Segment before = segments.get(segments.size() - 1);
            before.lastIndex(lastIndex);
            before.next(segment);
        }
        segments.add(segment);
        final long footer = segment.address() + segment.limit();
        tailScanned = !segment.isFooterValid() ||
            UnsafeApi.getLong(footer + 32) > cutLimit();
        if (tailScanned)
        {
            scan(segment);
            return;
        }
        segment.index().readFrom(footer);
        segment.sealed(true);
        segment.cold(true);
        lastIndex = UnsafeApi.getLong(footer + 32);
        lastTerm = UnsafeApi.getLong(footer + 40);
        lastChain = UnsafeApi.getInt(footer + 48);
        end = UnsafeApi.getInt(footer + SegmentDescriptor.FOOTER_RECORDS_END_OFFSET);
        floor = Math.max(floor, Math.min(lastIndex, cutLimit()));
    }

    private void scan(final Segment segment)
    {
        segment.region().advise(Advice.WILL_NEED);
        scan.scan(segment, cutLimit());
        scanned++;
        floor = Math.max(floor, Math.min(scan.floor(), cutLimit()));
        while (scan.lastIndex() < covered && scan.resumeIndex() > 0 && scan.resumeIndex() <= covered + 1)
        {
            report.finding(new WalFinding(segment.path(), scan.end(), scan.lastIndex() + 1, scan.reason() +
                "; a valid snapshot covers it, so the log begins at index " + scan.resumeIndex()));
            firstIndex = scan.resumeIndex();
            metadata.released(firstIndex);
            for (final Segment before : segments)
            {
                if (before != segment)
                {
                    before.close();
                    keepOrDelete(before.path().getFileName().toString());
                }
            }
            segments.clear();
            segments.add(segment);
            firstUnsealed = null;
            scan.resume();
        }
        segment.index(scan.index());
        lastIndex = scan.lastIndex();
        lastTerm = scan.lastTerm();
        lastChain = scan.chain();
        end = scan.end();
        if (firstUnsealed == null)
        {
            firstUnsealed = segment;
        }
    }

    private long cutLimit()
    {
        return metadata.cutIndex() == LogMetadata.NONE ? Long.MAX_VALUE : metadata.cutIndex() - 1;
    }

    /**
     * Begun spares that continue the log were appended to and not yet named when the process stopped: they are the log's end. Several may have begun
     * at one index: one that an earlier recovery dropped comes back when the power fails before its new name is durable.
     */
    private void adopt(final List<String> spares)
    {
        final List<String> begun = new ArrayList<>();
        for (final String spare : spares)
        {
            if (metadata.cutIndex() == LogMetadata.NONE && directory.isBegun(spare, metadata.generation()))
            {
                begun.add(spare);
                noteEvidence(spare);
            }
            else
            {
                unwanted.add(spare);
            }
        }
        if (segments.isEmpty())
        {
            lastIndex = firstIndex - 1;
        }
        int remaining;
        do
        {
            remaining = begun.size();
            begun.removeIf(this::isAdopted);
        }
        while (begun.size() < remaining);
        unwanted.addAll(begun);
    }

    private boolean isAdopted(final String name)
    {
        final Segment segment = directory.open(name, reason);
        if (segment == null)
        {
            return false;
        }
        if (segment.baseIndex() != lastIndex + 1 ||
            !segments.isEmpty() && (segment.prevChain() != lastChain || segment.prevTerm() != lastTerm))
        {
            segment.close();
            return false;
        }
        if (tailScanned && !segments.isEmpty())
        {
            zeroBehind(segments.get(segments.size() - 1), end);
        }
        link(segment);
        return true;
    }

    private void noteEvidence(final String name)
    {
        final Segment peek = directory.open(name, reason);
        if (peek == null)
        {
            return;
        }
        final SegmentScan evidence = new SegmentScan(metadata.generation());
        evidence.scan(peek);
        floor = Math.max(floor, evidence.floor());
        peek.close();
    }

    /**
     * What stands at the end of the log?
     */
    private void judge()
    {
        if (segments.isEmpty())
        {
            if (floor >= firstIndex)
            {
                throw corrupt(directory.resolve(""), 0, firstIndex, "there is no segment, and entries up to index " + floor + " were forced");
            }
            lastIndex = firstIndex - 1;
            return;
        }
        final Segment tail = segments.get(segments.size() - 1);
        final long cut = metadata.cutIndex();
        final long missing = lastIndex + 1;
        if (missing <= floor)
        {
            if (floor > covered)
            {
                throw corrupt(
                    tail.path(), end, missing, (tailScanned ? scan.reason() : "the record is missing") + ", and index " + floor + " was forced");
            }
            report.finding(new WalFinding(tail.path(), end, missing, scan.reason() + "; a valid snapshot covers it"));
        }
        if (!tailScanned)
        {
            return;
        }
        tail.markSequence(scan.markSequence());
        final boolean undecided = missing > floor && scan.markIndex() >= missing;
        if (undecided && !context.singleMember())
        {
            throw corrupt(tail.path(), end, missing, scan.reason() + ", and a force had begun to cover it");
        }
        if (undecided)
        {
            copyAside(tail, missing);
        }
        else if (scan.isDirtyBehindEnd() && missing > floor && cut == LogMetadata.NONE)
        {
            report.torn(missing);
            report.finding(new WalFinding(tail.path(), end, missing, "torn by a crash and never forced: " + scan.reason() + "; zeroed"));
        }
        if (undecided || scan.isDirtyBehindEnd() || cut != LogMetadata.NONE || missing <= floor)
        {
            zeroBehind(tail, end);
            UnsafeApi.setMemory(tail.address() + SegmentDescriptor.MARKS_OFFSET, SegmentDescriptor.PAGE_LENGTH, (byte)0);
            tail.region().markDirty(0, tail.length());
            tail.file().force();
        }
    }

    private static void zeroBehind(final Segment segment, final int from)
    {
        UnsafeApi.setMemory(segment.address() + from, segment.length() - from, (byte)0);
    }

    private void copyAside(final Segment tail, final long index)
    {
        final Path aside = directory.resolve("undecided-" + index + "-" + tail.id() + ".bytes");
        int length = tail.limit() - end;
        while (length > 0 && UnsafeApi.getByte(tail.address() + end + length - 1) == 0)
        {
            length--;
        }
        if (storageIo.exists(aside))
        {
            storageIo.delete(aside);
        }
        try (StorageFile file = storageIo.open(aside, OpenMode.CREATE_NEW))
        {
            file.write(0, tail.region().buffer(), end, length);
            file.force();
        }
        directory.force();
        report.undecided(index);
        report.finding(new WalFinding(tail.path(), end, index, "a force had begun to cover entries up to " + scan.markIndex() +
            " when the power failed, and this one is not whole: " + scan.reason() + "; its bytes are kept in " + aside.getFileName()));
    }

    private WalException corrupt(final Path path, final long offset, final long index, final String why)
    {
        return new WalException(
            WalException.Kind.CORRUPT,
            path + ": offset " + offset + ": index " + index + ": " + why +
                "; entries that were acknowledged are damaged and nothing was changed",
            "restore the file from a copy");
    }

    private static WalException lost(final Path path, final long from, final long until)
    {
        return new WalException(
            WalException.Kind.LOST,
            path + ": offset 0: index " + from + ": entries " + from + " to " + (until - 1) +
                " are missing before this segment",
            "restore the file that held them from a copy");
    }

    Segment first()
    {
        return segments.isEmpty() ? null : segments.get(0);
    }

    Segment tail()
    {
        return segments.isEmpty() ? null : segments.get(segments.size() - 1);
    }

    /** Segments of a damaged log that were read and forced, and have no valid footer. */
    List<Segment> repairable()
    {
        return repairable;
    }

    /** The first segment whose footer must still be written, null if only a sealed tail is left. */
    Segment firstUnsealed()
    {
        return firstUnsealed;
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
        return lastChain;
    }

    int end()
    {
        return end;
    }

    long floor()
    {
        return floor;
    }

    void close()
    {
        for (final Segment segment : segments)
        {
            segment.close();
        }
    }
}
