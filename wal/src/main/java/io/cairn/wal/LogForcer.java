package io.cairn.wal;

import io.cairn.wal.io.Advice;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageIo;
import io.cairn.wal.layout.RecordDescriptor;
import io.cairn.wal.layout.SegmentDescriptor;
import java.nio.file.Path;
import org.agrona.UnsafeApi;

/**
 * The Syncer's side of the log: makes groups durable, seals full segments, activates the next ones.
 * <p>
 * Order, and why a crash between any two steps is harmless. (1) The records of a full segment are forced; (2) its footer is written and forced: a
 * valid footer proves that all of its records were; (3) the next segment's header is forced, (4) it gets its final name, (5) the directory is
 * forced, (6) the metadata record names it and the floor. Nothing in the next segment counts as durable before (6), and a final name proves
 * everything before its base forced. A crash before (5) leaves a begun spare, which recovery adopts where it continues the log and drops where it
 * does not.
 */
final class LogForcer
{
    private final StorageIo storageIo;
    private final Path dir;
    private final ForceMethod method;
    private final LogMetadata metadata;
    private final LogPositions positions;
    private Segment segment;
    private int offset;
    private long index;
    private long lastTerm;
    private int lastChain;
    private long generation;
    private final LogHealth health;
    private final FaultyRanges faulty;

    LogForcer(
        final WalContext context, final LogMetadata metadata, final LogPositions positions, final LogHealth health, final FaultyRanges faulty)
    {
        this.faulty = faulty;
        this.health = health;
        this.metadata = metadata;
        this.positions = positions;
        storageIo = context.storageIo();
        dir = context.dir();
        method = context.forceMethod();
    }

    /**
     * Stands behind the last durable record.
     */
    void standAt(
        final Segment newSegment, final int newOffset, final long newIndex, final long newTerm, final int newChain, final long newGeneration)
    {
        lastTerm = newTerm;
        lastChain = newChain;
        segment = newSegment;
        offset = newOffset;
        index = newIndex;
        generation = newGeneration;
    }

    void checkUsable()
    {
        if (health.isFailed())
        {
            throw new WalException(
                WalException.Kind.IO, dir + ": an earlier operation failed; nothing more can be made durable until the log is opened again");
        }
    }

    /**
     * Forces what is published and not yet durable.
     *
     * @param onlyFull true to stop at the last full segment.
     * @return how many entries became durable.
     */
    int force(final boolean onlyFull)
    {
        checkUsable();
        final long target = LogPositions.index(positions.appended());
        final long before = index;
        if (target == before)
        {
            return 0;
        }
        try
        {
            while (index < target)
            {
                // In this order. (1) The Sequencer, about to roll, says which index is the last. (2) This thread sees that, and that all of it is
                // published. (3) The Sequencer links the next segment. To seal and go on between (2) and (3) would lead to no segment at all.
                final Segment next = segment.next();
                if (next != null && segment.lastIndex() <= target)
                {
                    final long last = segment.lastIndex();
                    activate(segment);
                    advanceTo(last);
                    letGo(segment);
                    forceRecords(segment, offset);
                    seal(segment);
                    segment = next;
                    offset = SegmentDescriptor.RECORDS_OFFSET;
                }
                else if (onlyFull)
                {
                    break;
                }
                else
                {
                    activate(segment);
                    advanceTo(target);
                    mark(segment);
                    forceRecords(segment, offset);
                }
                positions.durable(LogPositions.position(generation, index));
            }
        }
        catch (final StorageException failure)
        {
            health.fail();
            throw new WalException(
                WalException.Kind.IO,
                failure.getMessage() + "; entries above " + LogPositions.index(positions.durable()) +
                    " may not be durable and the log is closed for writing: open it again",
                failure);
        }
        catch (final RuntimeException failure)
        {
            health.fail();
            throw failure;
        }
        return (int)Math.min(Integer.MAX_VALUE, index - before);
    }

    /**
     * Walks the group to its last record: where it ends, and its term and chain for the mark.
     */
    private void advanceTo(final long last)
    {
        final long address = segment.address();
        int at = offset;
        int lastAt = -1;
        while (index < last)
        {
            final int length = UnsafeApi.getInt(address + at);
            if (!RecordDescriptor.isLengthPossible(length, segment.limit() - at) ||
                UnsafeApi.getLong(address + at + RecordDescriptor.INDEX_OFFSET) != index + 1)
            {
                throw new WalException(
                    WalException.Kind.CORRUPT,
                    segment.path() + ": offset " + at + ": index " + (index + 1) + " was appended and is not there: memory was overwritten;" +
                        " stop, and open the log again");
            }
            lastAt = at;
            at += length + RecordDescriptor.ALIGNMENT - 1 & -RecordDescriptor.ALIGNMENT;
            index++;
        }
        if (lastAt < 0 && index >= segment.firstRecordIndex())
        {
            // An earlier group ended with the segment's last record: the footer still needs its term and chain.
            lastAt = segment.offsetOf(index, faulty);
        }
        if (lastAt >= 0)
        {
            lastTerm = UnsafeApi.getLong(address + lastAt + RecordDescriptor.TERM_OFFSET);
            lastChain = RecordDescriptor.chainAt(address + lastAt, segment.crcState());
        }
        offset = at;
    }

    private void mark(final Segment marked)
    {
        final long sequence = marked.nextMarkSequence();
        final long at = marked.address() + SegmentDescriptor.MARKS_OFFSET +
            (sequence & SegmentDescriptor.MARK_COUNT - 1) * SegmentDescriptor.SECTOR_LENGTH;
        SegmentDescriptor.putMark(at, marked.id(), sequence, generation, index, lastTerm, lastChain, offset);
    }

    /**
     * Forces mark and records. The range runs from the mark page to the end of the group: the pages between are clean and cost nothing.
     */
    private void forceRecords(final Segment forced, final int end)
    {
        if (method == ForceMethod.MSYNC_RANGE)
        {
            forced.region().force(SegmentDescriptor.MARKS_OFFSET, end - SegmentDescriptor.MARKS_OFFSET);
        }
        else
        {
            forced.file().force();
        }
    }

    /**
     * Forcing a dirty page that is mapped interrupts every core that runs a thread of this process, one page at a time: thousands for a segment whose
     * records nobody forced before. Letting go of all of them first is one interruption, and loses nothing of a file. Readers fault them in again.
     */
    private void letGo(final Segment full)
    {
        if (method != ForceMethod.PWRITE_FDATASYNC)
        {
            full.region().advise(Advice.DONT_NEED);
        }
    }

    private void seal(final Segment full)
    {
        if (full.isSealed() || faulty.isAnyIn(full))
        {
            // A footer says that every record was forced: it is written when the damaged ones are back.
            return;
        }
        if (full.isIndexIncomplete())
        {
            final DamageScan scan = new DamageScan(generation);
            scan.scan(full, index);
            full.index(scan.index());
            full.indexIncomplete(false);
        }
        putFooter(full, index, lastTerm, lastChain, offset);
    }

    /** Seals a segment that was damaged and is whole again; its records are forced. */
    void seal(final Segment repaired, final DamageScan scan)
    {
        repaired.index(scan.index());
        repaired.indexIncomplete(false);
        putFooter(repaired, scan.lastIndex(), scan.lastTerm(), (int)scan.chain(), scan.end());
    }

    /** Where the last durable record ends. */
    int offset()
    {
        return offset;
    }

    long lastTerm()
    {
        return lastTerm;
    }

    int lastChain()
    {
        return lastChain;
    }

    private static void putFooter(final Segment full, final long index, final long lastTerm, final int lastChain, final int offset)
    {
        final long footer = full.address() + full.limit();
        UnsafeApi.setMemory(footer, full.footerLength(), (byte)0);
        UnsafeApi.putLong(footer, SegmentDescriptor.FOOTER_MAGIC);
        UnsafeApi.putInt(footer + 8, SegmentDescriptor.VERSION);
        UnsafeApi.putInt(footer + 12, full.footerLength());
        UnsafeApi.putLong(footer + 16, full.id());
        UnsafeApi.putLong(footer + 24, full.baseIndex());
        UnsafeApi.putLong(footer + 32, index);
        UnsafeApi.putLong(footer + 40, lastTerm);
        UnsafeApi.putInt(footer + 48, lastChain);
        UnsafeApi.putInt(footer + SegmentDescriptor.FOOTER_RECORDS_END_OFFSET, offset);
        full.index().writeTo(footer);
        UnsafeApi.putInt(footer + SegmentDescriptor.FOOTER_CRC_OFFSET, SegmentDescriptor.footerCrc(footer, full.footerLength()));
        // From the last record on: zeros behind it that were only stored become durable too.
        full.region().force(offset, full.length() - offset);
        full.sealed(true);
        full.index().sealed(footer);
    }

    /**
     * Gives a begun segment its final name, durably.
     */
    void activate(final Segment begun)
    {
        if (begun.isActivated())
        {
            return;
        }
        begun.region().force(0, SegmentDescriptor.PAGE_LENGTH);
        final Path named = dir.resolve(SegmentNames.active(begun.baseIndex(), begun.id()));
        storageIo.rename(begun.path(), named);
        begun.path(named);
        storageIo.forceDirectory(dir);
        metadata.activated(begun.baseIndex() - 1, begun.baseIndex(), begun.id());
        begun.activated(true);
    }
}
