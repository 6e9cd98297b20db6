package io.cairn.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cairn.wal.layout.RecordDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WriteAheadLogTest
{
    @TempDir
    private Path dir;

    @ParameterizedTest
    @EnumSource(ForceMethod.class)
    void shouldReadBackWhatWasAppendedForcedAndReopened(final ForceMethod method)
    {
        final LogFixture fixture = new LogFixture(dir);
        fixture.method = method;
        try (WriteAheadLog log = fixture.open())
        {
            assertTrue(log.recovery().isFormatted());
            assertEquals(1, log.firstIndex());
            assertEquals(0, log.lastIndex());
            fixture.appendAll(1, 100, 1);
            assertEquals(100, log.lastIndex());
            assertEquals(0, WriteAheadLog.index(log.durablePosition()));
            assertEquals(100, log.force());
            assertEquals(0, log.force());
            assertEquals(100, WriteAheadLog.index(log.durablePosition()));
            fixture.checkAll(1, 100, 1);
            fixture.appendAll(101, 500, 1);
            fixture.checkAll(77, 500, 1);
        }
        try (WriteAheadLog log = fixture.open())
        {
            assertFalse(log.recovery().isFormatted());
            assertFalse(log.recovery().isUnclean());
            assertEquals(List.of(), log.recovery().findings());
            assertEquals(1, log.recovery().scannedCount());
            assertEquals(500, log.lastIndex());
            assertEquals(500, WriteAheadLog.index(log.durablePosition()));
            fixture.checkAll(1, 500, 1);
            fixture.appendAll(501, 900, 1);
            log.force();
            fixture.checkAll(1, 900, 1);
        }
    }

    @Test
    void shouldNotShowEntriesToReadersBeforeTheyArePublished()
    {
        final LogFixture fixture = new LogFixture(dir);
        try (WriteAheadLog log = fixture.open(); LogCursor cursor = log.newCursor())
        {
            fixture.append(1, 1);
            assertFalse(cursor.next());
            assertEquals(0, log.lastIndex());
            assertEquals(0, log.force());
            log.publish();
            assertTrue(cursor.next());
            assertFalse(cursor.next());
        }
    }

    @Test
    void shouldFindTermsAndConfigurationsByIndexAcrossSegmentsAndRestarts()
    {
        final LogFixture fixture = new LogFixture(dir);
        fixture.open();
        for (long index = 1; index <= 400; index++)
        {
            final int type = index % 150 == 0 ? RecordDescriptor.CONFIGURATION : RecordDescriptor.COMMAND;
            assertEquals(index, fixture.append(type, index, 1 + index / 70, 100));
        }
        fixture.log.publish();
        for (int round = 0; round < 2; round++)
        {
            for (long index = 1; index <= 400; index++)
            {
                assertEquals(1 + index / 70, fixture.log.termAt(index));
                assertEquals(Math.max(index / 70 * 70, fixture.log.firstIndex()), fixture.log.termStart(index));
            }
            assertEquals(0, fixture.log.termAt(0));
            assertEquals(-1, fixture.log.termAt(401));
            assertEquals(-1, fixture.log.configurationAtOrBelow(149));
            assertEquals(150, fixture.log.configurationAtOrBelow(299));
            assertEquals(300, fixture.log.configurationAtOrBelow(1000));
            assertEquals(1 + 400 / 70, fixture.log.lastTerm());
            final int chain = fixture.log.lastChain();
            fixture.log.close();
            fixture.open();
            assertEquals(chain, fixture.log.lastChain());
        }
        fixture.log.close();
    }

    @Test
    void shouldRollWhenASegmentHasNoRoomForOneMoreTerm()
    {
        final LogFixture fixture = new LogFixture(dir);
        fixture.open();
        for (long index = 1; index <= 200; index++)
        {
            assertEquals(index, fixture.append(RecordDescriptor.NO_OP, index, index, 0));
        }
        fixture.log.close();
        fixture.open();
        for (long index = 1; index <= 200; index++)
        {
            assertEquals(index, fixture.log.termAt(index));
        }
        fixture.log.close();
    }

    @Test
    void shouldRefuseBadAppendsWithAnErrorThatNamesFileOffsetAndIndex()
    {
        final LogFixture fixture = new LogFixture(dir);
        try (WriteAheadLog log = fixture.open())
        {
            fixture.appendAll(1, 3, 5);
            final WalException skip = assertThrows(WalException.class, () -> fixture.append(5, 5));
            assertEquals(WalException.Kind.USAGE, skip.kind());
            assertTrue(skip.getMessage().contains(".wal: offset ") && skip.getMessage().contains("index 5 skips"), skip.getMessage());
            assertThrows(WalException.class, () -> fixture.append(4, 4));
            final int max = LogFixture.SEGMENT_BYTES;
            assertEquals(
                WriteAheadLog.TOO_LARGE,
                log.append(1, 0, 4, 5, 0, 0, new org.agrona.concurrent.UnsafeBuffer(new byte[max]), 0, max));
            fixture.appendAll(4, 4, 5);
            fixture.checkAll(1, 4, 5);
        }
    }

    @Test
    void shouldRefuseADirectoryThatIsLockedAndNameTheHolder()
    {
        final LogFixture fixture = new LogFixture(dir);
        try (WriteAheadLog log = fixture.open())
        {
            assertNotEquals(0, log.clusterId());
            final WalException locked = assertThrows(WalException.class, () -> new WriteAheadLog(fixture.context().conclude()));
            assertEquals(WalException.Kind.LOCKED, locked.kind());
            assertTrue(locked.getMessage().contains(Long.toString(ProcessHandle.current().pid())), locked.getMessage());
        }
        fixture.open().close();
    }

    @Test
    void shouldRefuseAForeignDirectoryANewerOneAndALostStableStore() throws IOException
    {
        final LogFixture fixture = new LogFixture(dir);
        final long clusterId;
        try (WriteAheadLog log = fixture.open())
        {
            clusterId = log.clusterId();
            fixture.appendAll(1, 3, 1);
        }
        final WalException foreign = assertThrows(
            WalException.class, () -> new WriteAheadLog(fixture.context().clusterId(clusterId + 1).conclude()));
        assertEquals(WalException.Kind.FOREIGN, foreign.kind());
        final Path stable = dir.resolve("stable");
        final byte[] bytes = Files.readAllBytes(stable);
        Files.delete(stable);
        assertEquals(WalException.Kind.LOST, assertThrows(WalException.class, fixture::open).kind());
        Files.write(stable, bytes);
        final Path identity = dir.resolve("identity");
        final byte[] id = Files.readAllBytes(identity);
        final byte[] newer = id.clone();
        newer[8] = 9;
        final org.agrona.concurrent.UnsafeBuffer page = new org.agrona.concurrent.UnsafeBuffer(java.nio.ByteBuffer.allocateDirect(4096));
        page.putBytes(0, newer);
        io.cairn.wal.layout.SegmentDescriptor.sealSector(page.addressOffset());
        page.getBytes(0, newer);
        Files.write(identity, newer);
        assertEquals(WalException.Kind.NEWER_VERSION, assertThrows(WalException.class, fixture::open).kind());
        Files.delete(identity);
        assertEquals(WalException.Kind.LOST, assertThrows(WalException.class, fixture::open).kind());
        Files.write(identity, id);
        fixture.open();
        fixture.checkAll(1, 3, 1);
        fixture.log.close();
    }

    @Test
    void shouldReleaseAndRecycleSegmentsAndNeverReadTheirOldRecords() throws IOException
    {
        final LogFixture fixture = new LogFixture(dir);
        fixture.open();
        long next = 1;
        for (int round = 1; round <= 12; round++)
        {
            fixture.appendAll(next, next + 199, 1);
            fixture.log.force();
            next += 200;
            fixture.log.releasePrefix(next - 50);
            fixture.log.allocator().doWork();
            assertTrue(fixture.log.firstIndex() <= next - 50 && fixture.log.firstIndex() > next - 200, "first " + fixture.log.firstIndex());
            fixture.checkAll(fixture.log.firstIndex(), next - 1, 1);
            if (round % 3 == 0)
            {
                fixture.log.close();
                fixture.open();
                assertEquals(List.of(), fixture.log.recovery().findings());
                assertEquals(next - 1, fixture.log.lastIndex());
            }
        }
        try (LogCursor cursor = fixture.log.newCursor())
        {
            assertFalse(cursor.seek(1));
            assertTrue(cursor.isCompacted());
        }
        fixture.log.close();
        try (Stream<Path> files = Files.list(dir))
        {
            final List<Path> segments = files.filter((path) -> path.toString().endsWith(".wal")).collect(Collectors.toList());
            assertTrue(segments.size() < 10, segments.toString());
        }
    }

    @Test
    void shouldKeepSoManyBytesOfLogBehindWhatItReleases()
    {
        final LogFixture fixture = new LogFixture(dir);
        final int trailing = 3 * LogFixture.SEGMENT_BYTES;
        fixture.log = new WriteAheadLog(fixture.context().trailingBytes(trailing).conclude());
        try (WriteAheadLog log = fixture.log)
        {
            long next = 1;
            for (int round = 1; round <= 8; round++)
            {
                fixture.appendAll(next, next + 199, 1);
                log.force();
                next += 200;
                final long before = log.sizeBytes();
                log.releasePrefix(next);
                log.allocator().doWork();
                // The last segment is not behind the point, and of the others not one more than need be stays.
                assertTrue(log.sizeBytes() == before || log.sizeBytes() == trailing + LogFixture.SEGMENT_BYTES, "size " + log.sizeBytes());
                fixture.checkAll(log.firstIndex(), next - 1, 1);
            }
            assertTrue(log.firstIndex() > 1);
        }
    }

    @Test
    void shouldKeepASegmentThatACursorPinsUntilItLetsGo()
    {
        final LogFixture fixture = new LogFixture(dir);
        try (WriteAheadLog log = fixture.open(); LogCursor cursor = log.newCursor())
        {
            fixture.appendAll(1, 600, 1);
            log.force();
            assertTrue(cursor.seek(1));
            assertTrue(cursor.next());
            log.releasePrefix(500);
            for (int i = 0; i < 10; i++)
            {
                log.allocator().doWork();
            }
            fixture.check(cursor, 1, 1);
            while (cursor.next() && cursor.index() < 10)
            {
                fixture.check(cursor, cursor.index(), 1);
            }
            cursor.release();
            log.allocator().doWork();
            assertFalse(cursor.next());
            assertTrue(cursor.isCompacted());
            assertTrue(cursor.seek(log.firstIndex()));
            assertTrue(cursor.next());
            fixture.check(cursor, log.firstIndex(), 1);
        }
    }

    @Test
    void shouldRemoveASuffixForGoodWhereverTheCutIs()
    {
        for (final long cut : new long[] {1, 2, 60, 100, 180, 399, 400})
        {
            final LogFixture fixture = new LogFixture(dir.resolve("cut-" + cut));
            fixture.open();
            fixture.appendAll(1, 400, 1);
            final int generation = WriteAheadLog.generation(fixture.log.appendedPosition());
            fixture.log.truncateSuffix(cut);
            assertEquals(generation + 1, WriteAheadLog.generation(fixture.log.appendedPosition()));
            assertEquals(cut - 1, fixture.log.lastIndex());
            assertEquals(cut - 1, WriteAheadLog.index(fixture.log.durablePosition()));
            fixture.checkAll(1, cut - 1, 1);
            fixture.appendAll(cut, cut + 20, 2);
            fixture.log.force();
            for (int round = 0; round < 2; round++)
            {
                assertEquals(cut + 20, fixture.log.lastIndex());
                try (LogCursor cursor = fixture.log.newCursor())
                {
                    for (long index = 1; index <= cut + 20; index++)
                    {
                        assertTrue(cursor.next());
                        fixture.check(cursor, index, index < cut ? 1 : 2);
                    }
                    assertFalse(cursor.next());
                }
                fixture.log.close();
                fixture.open();
                assertEquals(List.of(), fixture.log.recovery().findings());
            }
            fixture.log.close();
        }
    }

    @Test
    void shouldRefuseToTruncateUnderACursorAndToForgetWhatIsNotThere()
    {
        final LogFixture fixture = new LogFixture(dir);
        try (WriteAheadLog log = fixture.open(); LogCursor cursor = log.newCursor())
        {
            fixture.appendAll(1, 10, 1);
            assertTrue(cursor.seek(7));
            assertTrue(cursor.next());
            assertThrows(WalException.class, () -> log.truncateSuffix(7));
            log.truncateSuffix(8);
            assertFalse(cursor.next());
            assertThrows(WalException.class, () -> log.truncateSuffix(9));
            assertThrows(WalException.class, () -> log.truncateSuffix(0));
            log.truncateSuffix(8);
            fixture.appendAll(8, 8, 3);
            assertTrue(cursor.next());
            fixture.check(cursor, 8, 3);
        }
    }

    @Test
    void shouldBeginAfreshBehindAnInstalledSnapshot()
    {
        final LogFixture fixture = new LogFixture(dir);
        fixture.open();
        fixture.appendAll(1, 300, 1);
        fixture.log.reset(1000, 4, 77);
        assertEquals(1001, fixture.log.firstIndex());
        assertEquals(1000, fixture.log.lastIndex());
        assertEquals(4, fixture.log.termAt(1000));
        assertEquals(-1, fixture.log.termAt(1001));
        fixture.log.close();
        fixture.open();
        assertEquals(1001, fixture.log.firstIndex());
        assertEquals(4, fixture.log.lastTerm());
        assertEquals(77, fixture.log.lastChain());
        fixture.appendAll(1001, 1300, 5);
        fixture.log.force();
        fixture.checkAll(1001, 1300, 5);
        fixture.log.close();
        fixture.open();
        fixture.checkAll(1001, 1300, 5);
        fixture.log.close();
    }

    @Test
    void shouldAnswerNotReadyWhenNoSegmentIsPreparedAndGoOnOnceThereIs()
    {
        final LogFixture fixture = new LogFixture(dir);
        fixture.log = new WriteAheadLog(fixture.context().prepareInline(false).conclude());
        long index = 1;
        while (fixture.append(index, 1) == index)
        {
            index++;
        }
        assertEquals(WriteAheadLog.NOT_READY, fixture.append(index, 1));
        fixture.log.allocator().doWork();
        assertEquals(index, fixture.append(index, 1));
        fixture.log.publish();
        fixture.checkAll(1, index, 1);
        fixture.log.close();
    }

    @Test
    void shouldSealFullSegmentsWithoutForcingTheTail()
    {
        final LogFixture fixture = new LogFixture(dir);
        try (WriteAheadLog log = fixture.open())
        {
            fixture.appendAll(1, 500, 1);
            assertTrue(log.forceFull() > 0);
            final long durable = WriteAheadLog.index(log.durablePosition());
            assertTrue(durable > 300 && durable < 500, "durable " + durable);
            assertEquals(500 - durable, log.force());
        }
    }

    @Test
    void shouldKeepAndNeverLowerAPromise()
    {
        final LogFixture fixture = new LogFixture(dir);
        try (WriteAheadLog log = fixture.open())
        {
            assertEquals(0, log.stableStore().term());
            assertEquals(StableStore.NO_VOTE, log.stableStore().vote());
            log.stableStore().store(3, 1);
            log.stableStore().store(3, 1);
            assertThrows(WalException.class, () -> log.stableStore().store(3, 2));
            assertThrows(WalException.class, () -> log.stableStore().store(2, 1));
            log.stableStore().store(4, StableStore.NO_VOTE);
            log.stableStore().store(4, 2);
        }
        try (WriteAheadLog log = fixture.open())
        {
            assertEquals(4, log.stableStore().term());
            assertEquals(2, log.stableStore().vote());
        }
    }

    @Test
    void shouldGiveEntriesInRunsThatEndWithTheirSegmentOrTheBytesWanted(@TempDir final Path dir)
    {
        final LogFixture fixture = new LogFixture(dir);
        try (WriteAheadLog log = fixture.open(); LogCursor cursor = log.newCursor())
        {
            assertFalse(cursor.nextRun(10, 4096));
            fixture.appendAll(1, 300, 1);
            long index = 1;
            while (index <= 250)
            {
                assertTrue(cursor.nextRun(250, 2048));
                final long last = cursor.index();
                assertEquals(last - index + 1, cursor.runCount());
                assertTrue(last <= 250 && (cursor.runCount() == 1 || cursor.runLength() <= 2048));
                int at = cursor.runOffset();
                for (; index <= last; index++)
                {
                    assertEquals(index, cursor.buffer().getLong(at + RecordDescriptor.INDEX_OFFSET));
                    at += RecordDescriptor.alignedLength(cursor.buffer().getInt(at) - RecordDescriptor.HEADER_LENGTH);
                }
                assertEquals(cursor.runOffset() + cursor.runLength(), at);
            }
            assertFalse(cursor.nextRun(250, 2048));
            assertTrue(cursor.nextRun(251, 1), "one entry goes however long it is");
            assertEquals(1, cursor.runCount());
        }
    }

    @Test
    void shouldPeekAtWhatComesNextWithoutMoving(@TempDir final Path dir)
    {
        final LogFixture fixture = new LogFixture(dir);
        try (WriteAheadLog log = fixture.open(); LogCursor cursor = log.newCursor())
        {
            fixture.appendAll(1, 300, 1);
            assertEquals(-1, cursor.peek(), "it stands in no segment yet");
            int segmentEnds = 0;
            for (long index = 1; index <= 300; index++)
            {
                assertTrue(cursor.next());
                final long segmentId = cursor.segmentId();
                long seen = index;
                for (int at = cursor.peek(); at >= 0 && seen < index + 5; at = cursor.peek())
                {
                    seen++;
                    assertEquals(seen, cursor.buffer().getLong(at + RecordDescriptor.INDEX_OFFSET));
                }
                assertEquals(index, cursor.index());
                for (; index < seen; index++)
                {
                    assertTrue(cursor.next());
                    assertEquals(segmentId, cursor.segmentId());
                }
                assertEquals(seen, cursor.index());
                segmentEnds += seen < index + 5 ? 1 : 0;
            }
            assertTrue(segmentEnds > 1);
            assertEquals(-1, cursor.peek());
            fixture.appendAll(301, 301, 1);
            final boolean isSameSegment = cursor.peek() >= 0;
            final long segmentId = cursor.segmentId();
            assertTrue(cursor.next());
            assertEquals(isSameSegment, segmentId == cursor.segmentId());
            cursor.release();
            assertEquals(-1, cursor.peek());
        }
    }

    /** Seen once, on a machine that held the Sequencer up in between: the force after that one found no segment and failed the node. */
    @ParameterizedTest
    @EnumSource(ForceMethod.class)
    void shouldNotLeaveASegmentThatIsFullBeforeTheNextOneIsLinked(final ForceMethod method)
    {
        for (final boolean onlyFull : new boolean[] {true, false})
        {
            final LogFixture fixture = new LogFixture(dir.resolve(method.name() + onlyFull));
            fixture.method = method;
            try (WriteAheadLog log = fixture.open())
            {
                fixture.appendAll(1, 10, 1);
                // As the Sequencer leaves it when it has said that the segment is full, and has not linked the next one yet.
                final Segment tail = log.segmentOf(10);
                tail.lastIndex(10);
                assertEquals(onlyFull ? 0 : 10, onlyFull ? log.forceFull() : log.force());
                tail.lastIndex(Long.MAX_VALUE);
                fixture.appendAll(11, 300, 1);
                assertTrue(log.segmentOf(300) != tail);
                log.forceFull();
                log.force();
                assertEquals(300, WriteAheadLog.index(log.durablePosition()));
                fixture.checkAll(1, 300, 1);
            }
            assertEquals(List.of(), WalVerifier.verify(fixture.storageIo, fixture.dir).findings());
        }
    }
}
