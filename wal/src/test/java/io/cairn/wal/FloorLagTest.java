package io.cairn.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.layout.RecordDescriptor;
import io.cairn.wal.layout.SegmentDescriptor;
import java.nio.file.Path;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class FloorLagTest
{
    private static final long FAR = 3_000_000_000L;

    @Test
    void shouldSaturateAndClaimNothingWhenTheFloorIsTooFarBelow()
    {
        final SimulatedStorageIo disk = new SimulatedStorageIo(1);
        final LogFixture fixture = new LogFixture(Path.of("/node/wal"), disk);
        fixture.open();
        fixture.log.allocator().doWork();
        final Segment segment = fixture.log.allocator().take();
        segment.begin(FAR, 1, 0, 0);
        final LogPositions positions = new LogPositions();
        final LogAppender appender = new LogAppender(fixture.context().conclude(), fixture.log.allocator(), positions, new LogHealth());
        appender.standAt(segment, SegmentDescriptor.RECORDS_OFFSET, FAR, 1, 0, 0);
        final UnsafeBuffer empty = new UnsafeBuffer(new byte[8]);
        assertEquals(FAR, appender.append(RecordDescriptor.COMMAND, 0, FAR, 1, 0, 0, empty, 0, 0));
        final long first = segment.address() + SegmentDescriptor.RECORDS_OFFSET;
        assertEquals(RecordDescriptor.FLOOR_UNKNOWN, UnsafeApi.getInt(first + RecordDescriptor.FLOOR_LAG_OFFSET));
        assertTrue(RecordDescriptor.isHeaderValid(first, segment.crcState()));
        final SegmentScan scan = new SegmentScan(0);
        scan.scan(segment);
        assertEquals(FAR, scan.lastIndex());
        assertEquals(-1, scan.floor());

        final long durable = FAR + 1 - (RecordDescriptor.FLOOR_UNKNOWN - 1);
        positions.durable(LogPositions.position(0, durable));
        appender.publish();
        assertEquals(FAR + 1, appender.append(RecordDescriptor.COMMAND, 0, FAR + 1, 1, 0, 0, empty, 0, 0));
        final long second = first + RecordDescriptor.HEADER_LENGTH;
        assertEquals(RecordDescriptor.FLOOR_UNKNOWN - 1, UnsafeApi.getInt(second + RecordDescriptor.FLOOR_LAG_OFFSET));
        scan.scan(segment);
        assertEquals(durable, scan.floor());
        segment.close();
        fixture.log.close();
        disk.close();
    }
}
