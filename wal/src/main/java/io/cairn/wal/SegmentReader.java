package io.cairn.wal;

import io.cairn.wal.io.MappedRegion;
import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import io.cairn.wal.layout.SegmentDescriptor;
import java.nio.file.Path;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads any segment file record by record, however damaged, and changes nothing. Behind a bad record it goes on at the next 8-byte boundary where a
 * record verifies.
 */
final class SegmentReader implements AutoCloseable
{
    private final Path path;
    private final StorageFile file;
    private final MappedRegion region;
    private final long address;
    private final int length;
    private final int limit;
    private final long id;
    private final int crcState;
    private final String problem;
    private final UnsafeBuffer payload = new UnsafeBuffer(0, 0);
    private int offset;
    private int nextOffset;
    private long expectedIndex;
    private int expectedChain;
    private long lastTerm;
    private boolean isChainKnown;
    private int goodEnd;
    private long goodCount;
    private String recordProblem;

    SegmentReader(final StorageIo storageIo, final Path path)
    {
        this.path = path;
        file = storageIo.open(path, OpenMode.READ);
        final long size = file.size();
        final boolean isSized =
            size >= SegmentDescriptor.SEGMENT_BYTES_MIN && size <= Integer.MAX_VALUE && size % SegmentDescriptor.PAGE_LENGTH == 0;
        length = isSized ? (int)size : 0;
        region = isSized ? mapOrClose(file, length) : null;
        address = isSized ? region.buffer().addressOffset() : 0;
        limit = isSized ? length - SegmentDescriptor.footerLength(length) : 0;
        problem = isSized ? headerProblem() : "the file has " + size + " bytes, which no segment has";
        id = isSized ? UnsafeApi.getLong(address + SegmentDescriptor.SEGMENT_ID_OFFSET) : -1;
        crcState = Crc32c.stateOf(id);
        rewind();
    }

    private static MappedRegion mapOrClose(final StorageFile file, final int length)
    {
        MappedRegion mapped = null;
        try
        {
            mapped = file.map(0, length, false);
            return mapped;
        }
        finally
        {
            if (mapped == null)
            {
                file.close();
            }
        }
    }

    private String headerProblem()
    {
        if (SegmentDescriptor.isNewer(address))
        {
            return "the format version " + UnsafeApi.getInt(address + SegmentDescriptor.VERSION_OFFSET) + " is newer than this program";
        }
        if (!SegmentDescriptor.isHeaderValid(address))
        {
            return "the header's checksum does not match";
        }
        final String name = path.getFileName().toString();
        if (UnsafeApi.getInt(address + SegmentDescriptor.SEGMENT_BYTES_OFFSET) != length)
        {
            return "the header says " + UnsafeApi.getInt(address + SegmentDescriptor.SEGMENT_BYTES_OFFSET) + " bytes, the file has " + length;
        }
        if (UnsafeApi.getLong(address + SegmentDescriptor.SEGMENT_ID_OFFSET) != SegmentNames.segmentId(name) ||
            SegmentNames.isActive(name) && baseIndex() != SegmentNames.baseIndex(name))
        {
            return "the header says another segment id or base index than the name";
        }
        return null;
    }

    void rewind()
    {
        nextOffset = SegmentDescriptor.RECORDS_OFFSET;
        goodEnd = nextOffset;
        goodCount = 0;
        offset = -1;
        if (problem == null)
        {
            expectedIndex = baseIndex();
            expectedChain = UnsafeApi.getInt(address + SegmentDescriptor.PREV_CHAIN_OFFSET);
            lastTerm = UnsafeApi.getLong(address + SegmentDescriptor.PREV_TERM_OFFSET);
            isChainKnown = true;
        }
    }

    /**
     * Moves to the next record, good or bad.
     *
     * @return false at the end: a zero length with no valid record behind it.
     */
    boolean next()
    {
        if (problem != null || baseIndex() == SegmentDescriptor.NOT_BEGUN || nextOffset + RecordDescriptor.HEADER_LENGTH > limit)
        {
            return false;
        }
        offset = nextOffset;
        final long at = address + offset;
        final int recordLength = UnsafeApi.getInt(at);
        recordProblem = check(at, recordLength);
        if (recordProblem == null)
        {
            good(at, recordLength);
            return true;
        }
        nextOffset = resynchronise();
        isChainKnown = false;
        if (recordLength == 0 && nextOffset == limit && SegmentDescriptor.firstNonZero(at, limit - offset) == limit - offset)
        {
            return false;
        }
        wrapPayload(at, recordLength);
        return true;
    }

    private void good(final long at, final int recordLength)
    {
        expectedIndex = index() + 1;
        expectedChain = RecordDescriptor.chainAt(at, crcState);
        lastTerm = UnsafeApi.getLong(at + RecordDescriptor.TERM_OFFSET);
        isChainKnown = true;
        nextOffset = offset + RecordDescriptor.alignedLength(recordLength - RecordDescriptor.HEADER_LENGTH);
        goodEnd = nextOffset;
        goodCount++;
        wrapPayload(at, recordLength);
    }

    private String check(final long at, final int recordLength)
    {
        if (!RecordDescriptor.isLengthPossible(recordLength, limit - offset))
        {
            return recordLength == 0 ? "unused bytes are not zero" : "the length " + recordLength + " is impossible";
        }
        if (!RecordDescriptor.isHeaderValid(at, crcState))
        {
            return "the header's checksum does not match";
        }
        if (isChainKnown && index() != expectedIndex || index() < expectedIndex)
        {
            return "the index is " + index() + " instead of " + expectedIndex;
        }
        if (isChainKnown && UnsafeApi.getInt(at + RecordDescriptor.PREV_CHAIN_OFFSET) != expectedChain)
        {
            return "it does not continue the entry before";
        }
        if (UnsafeApi.getLong(at + RecordDescriptor.TERM_OFFSET) < lastTerm)
        {
            return "the term goes back";
        }
        return RecordDescriptor.isPayloadValid(at) ? null : "the payload's checksum does not match";
    }

    private int resynchronise()
    {
        for (int at = offset + RecordDescriptor.ALIGNMENT; at + RecordDescriptor.HEADER_LENGTH <= limit; at += RecordDescriptor.ALIGNMENT)
        {
            final int recordLength = UnsafeApi.getInt(address + at);
            if (RecordDescriptor.isLengthPossible(recordLength, limit - at) &&
                UnsafeApi.getLong(address + at + RecordDescriptor.INDEX_OFFSET) >= expectedIndex &&
                RecordDescriptor.isHeaderValid(address + at, crcState))
            {
                return at;
            }
        }
        return limit;
    }

    private void wrapPayload(final long at, final int recordLength)
    {
        final int payloadLength = RecordDescriptor.isLengthPossible(recordLength, limit - offset) ?
            recordLength - RecordDescriptor.HEADER_LENGTH : 0;
        payload.wrap(at + RecordDescriptor.HEADER_LENGTH, payloadLength);
    }

    UnsafeBuffer payload()
    {
        return payload;
    }

    RecordSummary record()
    {
        final long at = address + offset;
        return new RecordSummary(
            path,
            offset,
            UnsafeApi.getShort(at + RecordDescriptor.TYPE_OFFSET) & 0xFFFF,
            UnsafeApi.getShort(at + RecordDescriptor.FLAGS_OFFSET) & 0xFFFF,
            index(),
            UnsafeApi.getLong(at + RecordDescriptor.TERM_OFFSET),
            UnsafeApi.getLong(at + RecordDescriptor.TIMESTAMP_OFFSET),
            UnsafeApi.getInt(at + RecordDescriptor.PAYLOAD_CRC_OFFSET),
            RecordDescriptor.chainAt(at, crcState),
            UnsafeApi.getInt(at + RecordDescriptor.FLOOR_LAG_OFFSET),
            payload.capacity(),
            payload,
            recordProblem);
    }

    SegmentSummary summary()
    {
        rewind();
        while (next())
        {
            // Counting only.
        }
        final boolean isActive = SegmentNames.isActive(path.getFileName().toString());
        final SegmentSummary.State state;
        if (problem != null)
        {
            state = SegmentSummary.State.DAMAGED;
        }
        else if (baseIndex() == SegmentDescriptor.NOT_BEGUN)
        {
            state = SegmentSummary.State.SPARE;
        }
        else if (isActive)
        {
            state = isSealed() ? SegmentSummary.State.SEALED : SegmentSummary.State.ACTIVE;
        }
        else
        {
            state = SegmentSummary.State.BEGUN;
        }
        final boolean isRead = problem == null;
        return new SegmentSummary(
            path,
            state,
            isRead ? id : -1,
            isRead ? baseIndex() : -1,
            isRead ? expectedIndex - 1 : -1,
            goodCount,
            length == 0 ? file.size() : length,
            goodEnd,
            isRead ? UnsafeApi.getLong(address + SegmentDescriptor.GENERATION_OFFSET) : -1,
            isRead ? UnsafeApi.getLong(address + SegmentDescriptor.CREATED_OFFSET) : -1,
            problem);
    }

    boolean isSealed()
    {
        return SegmentDescriptor.isFooterValid(address, limit, length - limit, id);
    }

    Path path()
    {
        return path;
    }

    long address()
    {
        return address;
    }

    int length()
    {
        return length;
    }

    int limit()
    {
        return limit;
    }

    long id()
    {
        return id;
    }

    long baseIndex()
    {
        return UnsafeApi.getLong(address + SegmentDescriptor.BASE_INDEX_OFFSET);
    }

    long prevTerm()
    {
        return UnsafeApi.getLong(address + SegmentDescriptor.PREV_TERM_OFFSET);
    }

    int prevChain()
    {
        return UnsafeApi.getInt(address + SegmentDescriptor.PREV_CHAIN_OFFSET);
    }

    long generation()
    {
        return UnsafeApi.getLong(address + SegmentDescriptor.GENERATION_OFFSET);
    }

    /** Why the file is not a segment, null if it is one. */
    String problem()
    {
        return problem;
    }

    /** What is wrong with the current record, null if nothing is. */
    String recordProblem()
    {
        return recordProblem;
    }

    int offset()
    {
        return offset;
    }

    /** Offset behind the last good record. */
    int goodEnd()
    {
        return goodEnd;
    }

    long goodCount()
    {
        return goodCount;
    }

    long index()
    {
        return UnsafeApi.getLong(address + offset + RecordDescriptor.INDEX_OFFSET);
    }

    long expectedIndex()
    {
        return expectedIndex;
    }

    int expectedChain()
    {
        return expectedChain;
    }

    long lastTerm()
    {
        return lastTerm;
    }

    @Override
    public void close()
    {
        if (region != null)
        {
            region.close();
        }
        file.close();
    }
}
