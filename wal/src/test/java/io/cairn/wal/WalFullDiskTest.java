package io.cairn.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cairn.wal.io.SimulatedStorageIo;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A disk that runs full stops appends and nothing else.
 */
class WalFullDiskTest
{
    private static final Path DIR = Path.of("/node/wal");
    private static final long SMALL = 10L * LogFixture.SEGMENT_BYTES;
    private static final long LARGE = 1L << 30;

    private static long appendUntilFull(final LogFixture fixture, final long from, final boolean inline)
    {
        long next = from;
        for (int notReady = 0; notReady < 3;)
        {
            final long result = fixture.append(next, 1);
            if (result == WriteAheadLog.NO_SPACE)
            {
                return next;
            }
            if (result == WriteAheadLog.NOT_READY)
            {
                assertTrue(!inline, "nothing prepared although the append prepares");
                fixture.log.allocator().doWork();
                notReady++;
                continue;
            }
            assertEquals(next, result);
            notReady = 0;
            next++;
        }
        throw new AssertionError("neither full nor ready");
    }

    @ParameterizedTest
    @EnumSource(ForceMethod.class)
    void shouldStopAppendsAndGoOnReadingWhenTheDiskIsFullAndAppendAgainWhenReopenedWithSpace(final ForceMethod method)
    {
        for (final boolean inline : new boolean[] {true, false})
        {
            final SimulatedStorageIo disk = new SimulatedStorageIo(1).capacityBytes(SMALL);
            final LogFixture fixture = new LogFixture(DIR, disk);
            fixture.method = method;
            fixture.log = new WriteAheadLog(fixture.context().prepareInline(inline).conclude());
            final long full = appendUntilFull(fixture, 1, inline);
            assertTrue(full > 100, "full at " + full);
            fixture.log.publish();
            fixture.checkAll(1, full - 1, 1);
            assertEquals(WriteAheadLog.NO_SPACE, fixture.append(full, 1));
            assertEquals(full - 1, fixture.log.force());
            fixture.log.stableStore().store(9, 1);
            fixture.checkAll(1, full - 1, 1);
            // Space comes back; what is open stays stopped until it looks, what opens again goes on.
            disk.capacityBytes(LARGE);
            assertEquals(WriteAheadLog.NO_SPACE, fixture.append(full, 1));
            fixture.log.close();
            assertEquals(0, disk.openHandles());
            assertEquals(List.of(), WalVerifier.verify(disk, DIR).findings());
            fixture.open();
            assertEquals(9, fixture.log.stableStore().term());
            fixture.appendAll(full, full + 300, 1);
            fixture.log.force();
            fixture.checkAll(1, full + 300, 1);
            fixture.log.close();
            disk.close();
        }
    }

    @Test
    void shouldAppendAgainIntoRecycledSegmentsWhenThePrefixIsReleasedOnAFullDisk()
    {
        final SimulatedStorageIo disk = new SimulatedStorageIo(1).capacityBytes(SMALL);
        final LogFixture fixture = new LogFixture(DIR, disk);
        fixture.open();
        final long full = appendUntilFull(fixture, 1, true);
        fixture.log.publish();
        fixture.log.force();
        fixture.log.releasePrefix(full);
        fixture.log.allocator().doWork();
        fixture.appendAll(full, full + 40, 1);
        fixture.log.force();
        fixture.checkAll(fixture.log.firstIndex(), full + 40, 1);
        fixture.log.close();
        disk.close();
    }

    /** Simulation, seeds 3 and 19: members whose disks were full for a second took nothing for as long as they lived. */
    @Test
    void shouldAppendAgainWithoutBeingReopenedWhenTheDiskHasRoomAgain()
    {
        final SimulatedStorageIo disk = new SimulatedStorageIo(1).capacityBytes(SMALL);
        final LogFixture fixture = new LogFixture(DIR, disk);
        fixture.log = new WriteAheadLog(fixture.context().prepareInline(false).conclude());
        final long full = appendUntilFull(fixture, 1, false);
        fixture.log.publish();
        fixture.log.force();
        for (int i = 0; i < 2 * SegmentAllocator.FULL_CYCLES; i++)
        {
            fixture.log.allocator().doWork();
        }
        assertEquals(WriteAheadLog.NO_SPACE, fixture.append(full, 1));
        disk.capacityBytes(LARGE);
        for (int i = 0; i < SegmentAllocator.FULL_CYCLES; i++)
        {
            fixture.log.allocator().doWork();
        }
        assertEquals(full, fixture.append(full, 1));
        fixture.log.publish();
        fixture.log.force();
        fixture.checkAll(1, full, 1);
        fixture.log.close();
        disk.close();
    }

    /** Simulation, seed 3467: a member did not come to an end when it was closed, since appends waited for a change stream that nobody read. */
    @Test
    void shouldSayThatTheDiskIsFullWhenAReaderHoldsTheOnlySegmentThatCouldBeRecycled()
    {
        final SimulatedStorageIo disk = new SimulatedStorageIo(1).capacityBytes(SMALL);
        final LogFixture fixture = new LogFixture(DIR, disk);
        fixture.log = new WriteAheadLog(fixture.context().prepareInline(false).conclude());
        final long full = appendUntilFull(fixture, 1, false);
        fixture.log.publish();
        fixture.log.force();
        final LogCursor reader = fixture.log.newCursor();
        assertTrue(reader.seek(1) && reader.next());
        fixture.log.releasePrefix(baseOfTheSecondSegment(disk));
        for (int i = 0; i < SegmentAllocator.FULL_CYCLES - 1; i++)
        {
            fixture.log.allocator().doWork();
            assertEquals(WriteAheadLog.NOT_READY, fixture.append(full, 1), "it may be given back any moment");
        }
        fixture.log.allocator().doWork();
        assertEquals(WriteAheadLog.NO_SPACE, fixture.append(full, 1));
        reader.close();
        fixture.log.allocator().doWork();
        assertEquals(full, fixture.append(full, 1));
        fixture.log.publish();
        fixture.log.close();
        disk.close();
    }

    private static long baseOfTheSecondSegment(final SimulatedStorageIo disk)
    {
        return disk.files().stream()
            .map(file -> file.getFileName().toString())
            .filter(name -> name.matches("\\d+-\\d+\\.wal"))
            .mapToLong(SegmentNames::baseIndex)
            .sorted().skip(1).findFirst().orElseThrow();
    }

    @Test
    void shouldSayThatTheDiskIsFullWhenADirectoryCannotBeFormattedAndFormatItOnceThereIsSpace()
    {
        for (final long capacity : new long[] {0, 8_192, 40_000})
        {
            final SimulatedStorageIo disk = new SimulatedStorageIo(1).capacityBytes(capacity);
            final LogFixture fixture = new LogFixture(DIR, disk);
            final WalException full = assertThrows(WalException.class, fixture::open);
            assertEquals(WalException.Kind.NO_SPACE, full.kind(), full.getMessage());
            assertTrue(full.getMessage().contains(DIR.toString()), full.getMessage());
            assertEquals(0, disk.openHandles());
            disk.capacityBytes(LARGE);
            fixture.open();
            fixture.appendAll(1, 3, 1);
            fixture.log.close();
            disk.close();
        }
    }
}
