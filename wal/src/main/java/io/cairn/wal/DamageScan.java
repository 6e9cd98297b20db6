package io.cairn.wal;

import io.cairn.wal.layout.RecordDescriptor;
import io.cairn.wal.layout.SegmentDescriptor;
import java.util.ArrayList;
import java.util.List;
import org.agrona.UnsafeApi;

/**
 * Reads a segment from end to end, over damage: what is whole goes into an index, what is not becomes faulty ranges. Where the header of a record is
 * whole its payload alone is damaged; otherwise reading goes on at the next multiple of eight where a header verifies.
 */
final class DamageScan
{
    private final long generation;
    private final List<FaultyRange> ranges = new ArrayList<>();
    private Segment segment;
    private LogIndex index;
    private long lastIndexMax;
    private long lastIndex;
    private long lastTerm;
    private long chain;
    private int end;
    private boolean dirtyBehindEnd;
    private String reason;
    private long floor;
    private long markAt;

    DamageScan(final long generation)
    {
        this.generation = generation;
    }

    /**
     * Reads it.
     *
     * @param scanned      segment; its base must be known, its predecessor's term and chain may be unknown.
     * @param lastIndexEnd nothing behind this entry is looked at.
     */
    void scan(final Segment scanned, final long lastIndexEnd)
    {
        segment = scanned;
        lastIndexMax = lastIndexEnd;
        index = scanned.newIndex();
        ranges.clear();
        floor = -1;
        lastIndex = scanned.firstRecordIndex() - 1;
        final boolean isFromBase = lastIndex == scanned.baseIndex() - 1;
        lastTerm = isFromBase ? scanned.prevTerm() : FaultyRange.UNKNOWN;
        chain = isFromBase && scanned.isPrevKnown() ? scanned.prevChain() & 0xFFFF_FFFFL : FaultyRange.UNKNOWN;
        end = scanned.firstRecordOffset();
        readRecords();
        final int rest = scanned.length() - end;
        dirtyBehindEnd = SegmentDescriptor.firstNonZero(scanned.address() + end, rest) < rest;
        readMarks();
    }

    private void readRecords()
    {
        final long address = segment.address();
        final int limit = segment.limit();
        reason = null;
        while (lastIndex < lastIndexMax && end + RecordDescriptor.HEADER_LENGTH <= limit)
        {
            final long at = address + end;
            reason = check(at, limit - end);
            if (reason == null)
            {
                final int alignedLength = RecordDescriptor.alignedLength(UnsafeApi.getInt(at) - RecordDescriptor.HEADER_LENGTH);
                take(at, alignedLength);
            }
            else if (!resume(limit))
            {
                return;
            }
        }
    }

    /** Takes a record whose header is whole. */
    private void take(final long at, final int alignedLength)
    {
        final long termBefore = lastTerm;
        final long chainBefore = chain == FaultyRange.UNKNOWN ? UnsafeApi.getInt(at + RecordDescriptor.PREV_CHAIN_OFFSET) & 0xFFFF_FFFFL : chain;
        lastIndex++;
        lastTerm = UnsafeApi.getLong(at + RecordDescriptor.TERM_OFFSET);
        chain = RecordDescriptor.chainAt(at, segment.crcState()) & 0xFFFF_FFFFL;
        noteFloor(at, lastIndex);
        index.add(UnsafeApi.getShort(at + RecordDescriptor.TYPE_OFFSET) & 0xFFFF, lastIndex, lastTerm, end);
        if (!RecordDescriptor.isPayloadValid(at))
        {
            ranges.add(new FaultyRange(segment, lastIndex, lastIndex, end, end + alignedLength, true, termBefore, chainBefore, lastTerm, chain,
                false, "the payload's checksum does not match"));
        }
        end += alignedLength;
    }

    private String check(final long at, final int available)
    {
        final int length = UnsafeApi.getInt(at);
        if (!RecordDescriptor.isLengthPossible(length, available))
        {
            return length == 0 ? "the record is missing" : "the length " + length + " is impossible";
        }
        if (!RecordDescriptor.isHeaderValid(at, segment.crcState()))
        {
            return "the header's checksum does not match";
        }
        if (UnsafeApi.getLong(at + RecordDescriptor.INDEX_OFFSET) != lastIndex + 1)
        {
            return "the index is " + UnsafeApi.getLong(at + RecordDescriptor.INDEX_OFFSET) + " instead of " + (lastIndex + 1);
        }
        if (chain != FaultyRange.UNKNOWN && UnsafeApi.getInt(at + RecordDescriptor.PREV_CHAIN_OFFSET) != (int)chain)
        {
            return "it does not continue the entry before";
        }
        return UnsafeApi.getLong(at + RecordDescriptor.TERM_OFFSET) < lastTerm ? "the term goes back" : null;
    }

    /** Goes on at the next header that verifies. */
    private boolean resume(final int limit)
    {
        final long address = segment.address();
        for (int at = end + RecordDescriptor.HEADER_LENGTH; at + RecordDescriptor.HEADER_LENGTH <= limit; at += RecordDescriptor.ALIGNMENT)
        {
            final long found = UnsafeApi.getLong(address + at + RecordDescriptor.INDEX_OFFSET);
            if (found <= lastIndex + 1 ||
                found > lastIndexMax ||
                found - lastIndex - 1 > (at - end) / RecordDescriptor.HEADER_LENGTH ||
                !RecordDescriptor.isLengthPossible(UnsafeApi.getInt(address + at), limit - at) ||
                !RecordDescriptor.isHeaderValid(address + at, segment.crcState()) ||
                UnsafeApi.getLong(address + at + RecordDescriptor.TERM_OFFSET) < lastTerm)
            {
                continue;
            }
            final long termBehind = UnsafeApi.getLong(address + at + RecordDescriptor.TERM_OFFSET);
            final long chainBehind = UnsafeApi.getInt(address + at + RecordDescriptor.PREV_CHAIN_OFFSET) & 0xFFFF_FFFFL;
            ranges.add(new FaultyRange(segment, lastIndex + 1, found - 1, end, at, true, lastTerm, chain,
                termBehind == lastTerm ? lastTerm : FaultyRange.UNKNOWN, chainBehind, false, reason));
            lastIndex = found - 1;
            chain = chainBehind;
            end = at;
            return true;
        }
        return false;
    }

    /**
     * A range that begins where reading ended.
     *
     * @param last       entry of it.
     * @param lastEnd    where the last one ends.
     * @param isExact    false when it ends there at the latest.
     * @param termThere  of the last one, or unknown.
     * @param chainThere of the last one, or unknown.
     */
    FaultyRange trailing(final long last, final int lastEnd, final boolean isExact, final long termThere, final long chainThere)
    {
        final boolean isTermKnown = termThere == lastTerm || last == lastIndex + 1;
        return new FaultyRange(segment, lastIndex + 1, last, end, lastEnd, isExact, lastTerm, chain,
            isTermKnown ? termThere : FaultyRange.UNKNOWN, chainThere, false, reason());
    }

    private void noteFloor(final long at, final long recordIndex)
    {
        final int lag = UnsafeApi.getInt(at + RecordDescriptor.FLOOR_LAG_OFFSET);
        if (lag != RecordDescriptor.FLOOR_UNKNOWN)
        {
            floor = Math.max(floor, recordIndex - lag);
        }
    }

    private void readMarks()
    {
        markAt = 0;
        long newest = -1;
        for (int i = 0; i < SegmentDescriptor.MARK_COUNT; i++)
        {
            final long mark = segment.address() + SegmentDescriptor.MARKS_OFFSET + (long)i * SegmentDescriptor.SECTOR_LENGTH;
            if (SegmentDescriptor.isMarkValid(mark, segment.id(), segment.limit()) &&
                UnsafeApi.getLong(mark + 24) == generation &&
                UnsafeApi.getLong(mark + 32) > newest)
            {
                newest = UnsafeApi.getLong(mark + 32);
                markAt = mark;
            }
        }
    }

    List<FaultyRange> ranges()
    {
        return ranges;
    }

    LogIndex index()
    {
        return index;
    }

    /** The last entry read, over damage: a range that has no whole record behind it begins at the next one. */
    long lastIndex()
    {
        return lastIndex;
    }

    long lastTerm()
    {
        return lastTerm;
    }

    /** The chain of {@link #lastIndex()}, or unknown. */
    long chain()
    {
        return chain;
    }

    int end()
    {
        return end;
    }

    boolean isDirtyBehindEnd()
    {
        return dirtyBehindEnd;
    }

    String reason()
    {
        return reason == null ? "the record is missing" : reason;
    }

    long floor()
    {
        return floor;
    }

    /** The highest entry that a force had begun to cover; -1 for none. */
    long markIndex()
    {
        return markAt == 0 ? -1 : UnsafeApi.getLong(markAt + 32);
    }

    long markTerm()
    {
        return UnsafeApi.getLong(markAt + 40);
    }

    long markChain()
    {
        return UnsafeApi.getInt(markAt + 48) & 0xFFFF_FFFFL;
    }

    int markEnd()
    {
        return UnsafeApi.getInt(markAt + 52);
    }

    long markSequence()
    {
        long sequence = 0;
        for (int i = 0; i < SegmentDescriptor.MARK_COUNT; i++)
        {
            final long mark = segment.address() + SegmentDescriptor.MARKS_OFFSET + (long)i * SegmentDescriptor.SECTOR_LENGTH;
            if (SegmentDescriptor.isMarkValid(mark, segment.id(), segment.limit()))
            {
                sequence = Math.max(sequence, UnsafeApi.getLong(mark + 16));
            }
        }
        return sequence;
    }
}
