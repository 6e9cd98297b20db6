package io.cairn.wal;

import io.cairn.wal.layout.RecordDescriptor;
import io.cairn.wal.layout.SegmentDescriptor;
import org.agrona.UnsafeApi;

/**
 * Reads a segment record by record as far as it is whole, builds an index of it, and gathers evidence of what was forced: the floor in each record,
 * beyond a bad one too (it looks for valid records at every 8-byte boundary), and the marks.
 */
final class SegmentScan
{
    private final long generation;
    private Segment segment;
    private LogIndex index;
    private long lastIndexMax;
    private long lastIndex;
    private long lastTerm;
    private int chain;
    private int end;
    private boolean dirtyBehindEnd;
    private String reason;
    private long floor;
    private long markIndex;
    private long markSequence;
    private long resumeIndex;
    private int resumeOffset;
    private int resumePrevChain;

    SegmentScan(final long generation)
    {
        this.generation = generation;
    }

    /**
     * Scans from the first record.
     */
    void scan(final Segment scanned)
    {
        scan(scanned, Long.MAX_VALUE);
    }

    /**
     * Scans from the first record up to a bound that a durable intent to cut has set: what stands behind it is void, whole or not, and is neither
     * read nor called damaged.
     */
    void scan(final Segment scanned, final long lastIndexBound)
    {
        segment = scanned;
        lastIndexMax = lastIndexBound;
        floor = -1;
        if (scanned.firstRecordIndex() > scanned.baseIndex())
        {
            // What stands before is damaged, and a snapshot covers it.
            resumeIndex = scanned.firstRecordIndex();
            resumeOffset = scanned.firstRecordOffset();
            resumePrevChain = UnsafeApi.getInt(scanned.address() + resumeOffset + RecordDescriptor.PREV_CHAIN_OFFSET);
            scanFrom(resumeOffset, resumeIndex, 0, resumePrevChain);
        }
        else
        {
            scanFrom(SegmentDescriptor.RECORDS_OFFSET, scanned.baseIndex(), scanned.prevTerm(), scanned.prevChain());
        }
        readMarks();
    }

    /**
     * Goes on behind the damage, at the valid record that was found there.
     */
    void resume()
    {
        segment.firstRecord(resumeIndex, resumeOffset);
        scanFrom(resumeOffset, resumeIndex, 0, resumePrevChain);
    }

    private void scanFrom(final int from, final long firstIndex, final long prevTerm, final int prevChain)
    {
        final long address = segment.address();
        final int limit = segment.limit();
        index = segment.newIndex();
        lastIndex = firstIndex - 1;
        lastTerm = prevTerm;
        chain = prevChain;
        end = from;
        reason = null;
        resumeIndex = -1;
        while (lastIndex < lastIndexMax && end + RecordDescriptor.HEADER_LENGTH <= limit)
        {
            final long at = address + end;
            final int length = UnsafeApi.getInt(at);
            if (length == 0)
            {
                break;
            }
            reason = check(at, length, limit - end);
            if (reason != null)
            {
                break;
            }
            lastIndex++;
            lastTerm = UnsafeApi.getLong(at + RecordDescriptor.TERM_OFFSET);
            chain = RecordDescriptor.chainAt(at, segment.crcState());
            noteFloor(at, lastIndex);
            index.add(UnsafeApi.getShort(at + RecordDescriptor.TYPE_OFFSET) & 0xFFFF, lastIndex, lastTerm, end);
            end += length + RecordDescriptor.ALIGNMENT - 1 & -RecordDescriptor.ALIGNMENT;
        }
        final int rest = segment.length() - end;
        final int dirtyAt = SegmentDescriptor.firstNonZero(address + end, rest);
        dirtyBehindEnd = dirtyAt < rest;
        if (dirtyBehindEnd && lastIndex < lastIndexMax)
        {
            if (reason == null)
            {
                reason = "the length is zero, and bytes that are not zero follow at offset " + (end + dirtyAt);
            }
            resynchronise(limit);
        }
    }

    private String check(final long at, final int length, final int available)
    {
        if (!RecordDescriptor.isLengthPossible(length, available))
        {
            return "the length " + length + " is impossible";
        }
        if (!RecordDescriptor.isHeaderValid(at, segment.crcState()))
        {
            return "the header's checksum does not match";
        }
        if (UnsafeApi.getLong(at + RecordDescriptor.INDEX_OFFSET) != lastIndex + 1)
        {
            return "the index is " + UnsafeApi.getLong(at + RecordDescriptor.INDEX_OFFSET) + " instead of " + (lastIndex + 1);
        }
        if (UnsafeApi.getInt(at + RecordDescriptor.PREV_CHAIN_OFFSET) != chain)
        {
            return "it does not continue the entry before";
        }
        if (UnsafeApi.getLong(at + RecordDescriptor.TERM_OFFSET) < lastTerm)
        {
            return "the term goes back";
        }
        return RecordDescriptor.isPayloadValid(at) ? null : "the payload's checksum does not match";
    }

    private void noteFloor(final long at, final long index)
    {
        final int lag = UnsafeApi.getInt(at + RecordDescriptor.FLOOR_LAG_OFFSET);
        if (lag != RecordDescriptor.FLOOR_UNKNOWN)
        {
            floor = Math.max(floor, index - lag);
        }
    }

    /**
     * Valid records behind a bad one: each carries the floor of its time.
     */
    private void resynchronise(final int limit)
    {
        final long address = segment.address();
        final long indexMax = lastIndex + 1 + (limit - end) / RecordDescriptor.HEADER_LENGTH;
        for (int at = end; at + RecordDescriptor.HEADER_LENGTH <= limit; at += RecordDescriptor.ALIGNMENT)
        {
            final int length = UnsafeApi.getInt(address + at);
            final long index = UnsafeApi.getLong(address + at + RecordDescriptor.INDEX_OFFSET);
            if (index <= lastIndex || index > indexMax ||
                !RecordDescriptor.isLengthPossible(length, limit - at) ||
                !RecordDescriptor.isHeaderValid(address + at, segment.crcState()))
            {
                continue;
            }
            noteFloor(address + at, index);
            if (resumeIndex < 0 && RecordDescriptor.isPayloadValid(address + at))
            {
                resumeIndex = index;
                resumeOffset = at;
                resumePrevChain = UnsafeApi.getInt(address + at + RecordDescriptor.PREV_CHAIN_OFFSET);
            }
        }
    }

    private void readMarks()
    {
        markIndex = -1;
        markSequence = 0;
        for (int i = 0; i < SegmentDescriptor.MARK_COUNT; i++)
        {
            final long mark = segment.address() + SegmentDescriptor.MARKS_OFFSET + (long)i * SegmentDescriptor.SECTOR_LENGTH;
            if (SegmentDescriptor.isMarkValid(mark, segment.id(), segment.limit()))
            {
                markSequence = Math.max(markSequence, UnsafeApi.getLong(mark + 16));
                if (UnsafeApi.getLong(mark + 24) == generation)
                {
                    markIndex = Math.max(markIndex, UnsafeApi.getLong(mark + 32));
                }
            }
        }
    }

    /** An index of the records up to {@link #lastIndex()}, for the segment to take over. */
    LogIndex index()
    {
        return index;
    }

    long lastIndex()
    {
        return lastIndex;
    }

    long lastTerm()
    {
        return lastTerm;
    }

    int chain()
    {
        return chain;
    }

    /** The offset behind the last whole record. */
    int end()
    {
        return end;
    }

    /** Is there anything but zeros behind the last whole record? */
    boolean isDirtyBehindEnd()
    {
        return dirtyBehindEnd;
    }

    /** Why the record at {@link #end()} is not one. */
    String reason()
    {
        return reason == null ? "the record is missing" : reason;
    }

    /** The highest index that some record says was forced. */
    long floor()
    {
        return floor;
    }

    /** The highest index that a force had begun to cover. */
    long markIndex()
    {
        return markIndex;
    }

    long markSequence()
    {
        return markSequence;
    }

    /** The first valid record behind a bad one, -1 if there is none. */
    long resumeIndex()
    {
        return resumeIndex;
    }
}
