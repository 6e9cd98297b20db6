package io.cairn.wal;

import io.cairn.wal.io.StorageException;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import io.cairn.wal.layout.SegmentDescriptor;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The Sequencer's side of the log: encodes records behind each other into the mapped segment and rolls to the next prepared one. Nothing here blocks,
 * allocates or reads a clock.
 * <p>
 * Order of stores in one record: payload, header without the length, length (release). Readers do not depend on it, they stop at the published
 * position; a dump of a running log does. After a crash only the CRCs count: write-back may keep any subset of the sectors, in any order.
 */
final class LogAppender
{
    private static final int STAGE_LENGTH_MIN = 1 << 20;
    private static final int COPY_BY_WORD_MAX = 256;

    private final SegmentAllocator allocator;
    private final LogPositions positions;
    private final LogHealth health;
    private final int payloadMax;
    private final boolean inline;

    /** Where a header is put together, off the heap: its chain is computed before the length may be visible in the log. */
    private final UnsafeBuffer header = new UnsafeBuffer(BufferUtil.allocateDirectAligned(64, 64));
    private final long headerAddress = header.addressOffset();
    private final UnsafeBuffer stage;

    private long generation;
    private Segment tail;
    private long tailAddress;
    private int tailLimit;
    private int crcState;
    private LogIndex logIndex;
    private int offset;
    private int stagedFrom;
    private long nextIndex;
    private long lastTerm;
    private int chain;
    private long knownDurable;
    private volatile Segment touchSegment;

    LogAppender(final WalContext context, final SegmentAllocator allocator, final LogPositions positions, final LogHealth health)
    {
        this.health = health;
        this.allocator = allocator;
        this.positions = positions;
        payloadMax = context.recordBytesMax();
        inline = context.prepareInline();
        stage = context.forceMethod() == ForceMethod.PWRITE_FDATASYNC ?
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(
                Math.max(Math.min(STAGE_LENGTH_MIN, context.segmentBytes()), RecordDescriptor.alignedLength(payloadMax)),
                SegmentDescriptor.PAGE_LENGTH)) :
            null;
    }

    /**
     * Stands behind the last record. Called while the log opens, truncates or resets, and the Sequencer rests.
     */
    void standAt(
        final Segment segment, final int newOffset, final long newNextIndex, final long newLastTerm, final int newChain, final long newGeneration)
    {
        tail(segment, newOffset);
        nextIndex = newNextIndex;
        lastTerm = newLastTerm;
        chain = newChain;
        generation = newGeneration;
        knownDurable = LogPositions.index(positions.durable());
    }

    private void tail(final Segment segment, final int newOffset)
    {
        tail = segment;
        tailAddress = segment.address();
        tailLimit = segment.limit();
        crcState = segment.crcState();
        logIndex = segment.index();
        offset = newOffset;
        stagedFrom = newOffset;
        segment.publishedEnd(newOffset);
        touchSegment = segment;
    }

    long append(
        final int type,
        final int flags,
        final long index,
        final long term,
        final long timestampMs,
        final int payloadCrc,
        final DirectBuffer payload,
        final int payloadOffset,
        final int payloadLength)
    {
        if (index != nextIndex || term < lastTerm || type <= 0 || health.isFailed())
        {
            throw skipped(type, index, term);
        }
        if (payloadLength > payloadMax)
        {
            return WriteAheadLog.TOO_LARGE;
        }
        payload.boundsCheck(payloadOffset, payloadLength);
        final int recordLength = RecordDescriptor.HEADER_LENGTH + payloadLength;
        final int alignedLength = recordLength + RecordDescriptor.ALIGNMENT - 1 & -RecordDescriptor.ALIGNMENT;
        if (alignedLength > tailLimit - offset || logIndex.isNoted(type, term, offset) && !logIndex.hasRoom(type, term))
        {
            final long status = roll();
            if (status < 0)
            {
                return status;
            }
        }
        final int at = offset;
        if (logIndex.isNoted(type, term, at))
        {
            logIndex.add(type, index, term, at);
        }
        final long target = stage == null ? tailAddress + at : stageAddress(at, alignedLength);
        final long paddedAt = target + alignedLength - 8;
        if (stage != null)
        {
            UnsafeApi.putLong(paddedAt, 0L);
        }
        copy(payload.byteArray(), payload.addressOffset() + payloadOffset, target + RecordDescriptor.HEADER_LENGTH, payloadLength);
        putHeader(target, recordLength | (long)(type & 0xFFFF) << 32 | (long)flags << 48, index, term, timestampMs, payloadCrc);
        offset = at + alignedLength;
        nextIndex = index + 1;
        lastTerm = term;
        return index;
    }

    private void putHeader(
        final long target, final long lengthTypeFlags, final long index, final long term, final long timestampMs, final int payloadCrc)
    {
        final long scratch = headerAddress;
        UnsafeApi.putLong(scratch, lengthTypeFlags);
        UnsafeApi.putLong(scratch + RecordDescriptor.INDEX_OFFSET, index);
        UnsafeApi.putLong(scratch + RecordDescriptor.TERM_OFFSET, term);
        UnsafeApi.putLong(scratch + RecordDescriptor.TIMESTAMP_OFFSET, timestampMs);
        UnsafeApi.putInt(scratch + RecordDescriptor.PAYLOAD_CRC_OFFSET, payloadCrc);
        final int prevChain = chain;
        final int newChain = RecordDescriptor.chain(prevChain, scratch);
        final long lag = index - knownDurable;
        final int floorLag = lag < RecordDescriptor.FLOOR_UNKNOWN ? (int)lag : RecordDescriptor.FLOOR_UNKNOWN;
        final int masked = newChain ^ Crc32c.finish(crcState, floorLag);
        UnsafeApi.putLong(target + RecordDescriptor.INDEX_OFFSET, index);
        UnsafeApi.putLong(target + RecordDescriptor.TERM_OFFSET, term);
        UnsafeApi.putLong(target + RecordDescriptor.TIMESTAMP_OFFSET, timestampMs);
        UnsafeApi.putLong(target + RecordDescriptor.PAYLOAD_CRC_OFFSET, payloadCrc & 0xFFFF_FFFFL | (long)masked << 32);
        UnsafeApi.putLong(target + RecordDescriptor.PREV_CHAIN_OFFSET, prevChain & 0xFFFF_FFFFL | (long)floorLag << 32);
        UnsafeApi.putLongRelease(null, target, lengthTypeFlags);
        chain = newChain;
    }

    private static void copy(final byte[] array, final long from, final long to, final int length)
    {
        if (length > COPY_BY_WORD_MAX)
        {
            UnsafeApi.copyMemory(array, from, null, to, length);
            return;
        }
        int i = 0;
        for (; i + 8 <= length; i += 8)
        {
            UnsafeApi.putLong(to + i, UnsafeApi.getLongUnaligned(array, from + i));
        }
        for (; i < length; i++)
        {
            UnsafeApi.putByte(to + i, UnsafeApi.getByte(array, from + i));
        }
    }

    /**
     * Where a record goes that is staged: a full stage is written out first, so that it always fits.
     */
    private long stageAddress(final int at, final int alignedLength)
    {
        if (at - stagedFrom + alignedLength > stage.capacity())
        {
            writeStage();
        }
        return stage.addressOffset() + at - stagedFrom;
    }

    private void writeStage()
    {
        if (stage != null && offset > stagedFrom)
        {
            try
            {
                tail.file().write(stagedFrom, stage, 0, offset - stagedFrom);
            }
            catch (final StorageException failure)
            {
                // Readers see the file and not the stage: nothing of this group may be published, now or by another try.
                health.fail();
                throw new WalException(
                    failure.kind() == StorageException.Kind.NO_SPACE ? WalException.Kind.NO_SPACE : WalException.Kind.IO,
                    failure.getMessage() + "; entries above " + LogPositions.index(positions.appended()) +
                        " are not in the log and it is closed for writing: open it again",
                    failure);
            }
            stagedFrom = offset;
        }
    }

    void publish()
    {
        if (health.isFailed())
        {
            throw closedForWriting();
        }
        final long last = nextIndex - 1;
        writeStage();
        tail.publishedEnd(offset);
        positions.appended(LogPositions.position(generation, last));
        knownDurable = LogPositions.index(positions.durable());
    }

    private long roll()
    {
        if (inline)
        {
            allocator.prepareForRoll();
        }
        final Segment next = allocator.take();
        if (next == null)
        {
            return allocator.isOutOfSpace() ? WriteAheadLog.NO_SPACE : WriteAheadLog.NOT_READY;
        }
        writeStage();
        tail.publishedEnd(offset);
        tail.lastIndex(nextIndex - 1);
        next.begin(nextIndex, lastTerm, chain, generation);
        tail.next(next);
        tail(next, SegmentDescriptor.RECORDS_OFFSET);
        return 0;
    }

    private WalException closedForWriting()
    {
        return new WalException(
            WalException.Kind.IO, tail.path() + ": an earlier operation failed; nothing more can be appended until the log is opened again");
    }

    private WalException skipped(final int type, final long index, final long term)
    {
        if (health.isFailed())
        {
            return closedForWriting();
        }
        if (type <= 0)
        {
            return new WalException(WalException.Kind.USAGE, "a record of type " + type + " cannot be appended: types start at 1");
        }
        return index != nextIndex ?
            new WalException(
                WalException.Kind.USAGE,
                tail.path() + ": offset " + offset + ": index " + index + " skips: the next one must be " + nextIndex +
                    "; append it, or truncate the suffix first") :
            new WalException(
                WalException.Kind.USAGE,
                tail.path() + ": offset " + offset + ": index " + index + " has term " + term + " behind term " + lastTerm +
                    "; terms never go back");
    }

    /** The segment whose pages are wanted ahead. Any thread. */
    Segment touchSegment()
    {
        return touchSegment;
    }

    Segment tail()
    {
        return tail;
    }

    long nextIndex()
    {
        return nextIndex;
    }

    long lastTerm()
    {
        return lastTerm;
    }

    int chain()
    {
        return chain;
    }
}
