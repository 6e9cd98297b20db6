package io.cairn.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cairn.wal.io.MappedStorageIo;
import io.cairn.wal.io.StorageIo;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A log with tiny segments whose entries' payloads follow from their index, so that a reader can check any of them.
 */
final class LogFixture
{
    static final int SEGMENT_BYTES = 16 * 1024;

    final UnsafeBuffer payload = new UnsafeBuffer(new byte[8192]);
    final StorageIo storageIo;
    final Path dir;
    ForceMethod method = ForceMethod.MSYNC_RANGE;
    long coveredIndex;
    WriteAheadLog log;

    LogFixture(final Path dir)
    {
        this(dir, new MappedStorageIo());
    }

    LogFixture(final Path dir, final StorageIo storageIo)
    {
        this.dir = dir;
        this.storageIo = storageIo;
    }

    WalContext context()
    {
        return new WalContext()
            .dir(dir)
            .storageIo(storageIo)
            .segmentBytes(SEGMENT_BYTES)
            .segmentsAhead(1)
            .recycledMax(2)
            .preTouchPages(2)
            .forceMethod(method)
            .coveredIndex(coveredIndex)
            .prepareInline(true)
            .preparingGently(true)
            .epochClockMs(() -> 1);
    }

    WriteAheadLog open()
    {
        log = new WriteAheadLog(context().conclude());
        return log;
    }

    static int lengthOf(final long index)
    {
        return (int)(index * 37 % 301);
    }

    long append(final long index, final long term)
    {
        return append(RecordDescriptor.COMMAND, index, term, lengthOf(index));
    }

    long append(final int type, final long index, final long term, final int length)
    {
        fill(index, term, length);
        return log.append(type, (int)index & 0xFFFF, index, term, index * 3, Crc32c.compute(payload, 0, length), payload, 0, length);
    }

    private void fill(final long index, final long term, final int length)
    {
        for (int i = 0; i < length; i++)
        {
            payload.putByte(i, (byte)(index * 31 + term * 7 + i));
        }
    }

    void appendAll(final long from, final long to, final long term)
    {
        for (long index = from; index <= to; index++)
        {
            assertEquals(index, append(index, term));
        }
        log.publish();
    }

    void check(final LogCursor cursor, final long index, final long term)
    {
        check(cursor, index, term, lengthOf(index));
    }

    void check(final LogCursor cursor, final long index, final long term, final int length)
    {
        assertEquals(index, cursor.index());
        assertEquals(term, cursor.term());
        assertEquals(index * 3, cursor.timestampMs());
        assertEquals((int)index & 0xFFFF, cursor.flags());
        assertEquals(length, cursor.payloadLength());
        assertTrue(cursor.verifyPayload());
        for (int i = 0; i < length; i++)
        {
            assertEquals((byte)(index * 31 + term * 7 + i), cursor.buffer().getByte(cursor.payloadOffset() + i));
        }
    }

    void checkAll(final long from, final long to, final long term)
    {
        try (LogCursor cursor = log.newCursor())
        {
            assertTrue(cursor.seek(from));
            for (long index = from; index <= to; index++)
            {
                assertTrue(cursor.next(), "index " + index);
                check(cursor, index, term);
            }
            assertFalse(cursor.next());
        }
    }
}
