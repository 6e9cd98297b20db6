package io.cairn.wal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.SimulatedCrash;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.layout.RecordDescriptor;
import io.cairn.wal.layout.SegmentDescriptor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Torn, corrupt or undecided: what recovery makes of a bad record depends on the evidence of what was forced, wherever that evidence stands.
 */
class WalRecoveryTest
{
    private static final Path DIR = Path.of("/node/wal");

    private final SimulatedStorageIo disk = new SimulatedStorageIo(1);
    private final LogFixture fixture = new LogFixture(DIR, disk);

    @AfterEach
    void giveBack()
    {
        disk.close();
    }

    private void kill()
    {
        disk.processCrash();
    }

    private RecordSummary record(final long index)
    {
        final RecordSummary[] found = new RecordSummary[1];
        final WalInspector inspector = new WalInspector(disk, DIR);
        for (final Path file : disk.files())
        {
            if (file.toString().endsWith(".wal"))
            {
                inspector.forEachRecord(file, (record) -> (found[0] = record.index() == index ? record : found[0]) == null);
            }
        }
        assertTrue(found[0] != null, "record " + index);
        return found[0];
    }

    private RecordSummary damage(final long index)
    {
        final RecordSummary record = record(index);
        flip(record.file(), record.offset() + RecordDescriptor.TIMESTAMP_OFFSET);
        return record;
    }

    private void flip(final Path file, final long at)
    {
        disk.damage(file, (int)at, (byte)(disk.byteAt(file, (int)at) ^ 0x10));
    }

    private byte[] bytes(final Path file)
    {
        final byte[] bytes = new byte[(int)disk.sizeOf(file)];
        for (int i = 0; i < bytes.length; i++)
        {
            bytes[i] = disk.byteAt(file, i);
        }
        return bytes;
    }

    private WalException refused(final WalException.Kind kind)
    {
        final WalException refused = assertThrows(WalException.class, fixture::open);
        assertEquals(kind, refused.kind(), refused.getMessage());
        assertEquals(0, disk.openHandles());
        return refused;
    }

    @Test
    void shouldCallTornAndRemoveWhatWasNeverForced()
    {
        fixture.open();
        fixture.appendAll(1, 5, 1);
        fixture.log.force();
        fixture.appendAll(6, 9, 1);
        kill();
        damage(7);
        fixture.open();
        assertEquals(6, fixture.log.lastIndex());
        assertEquals(7, fixture.log.recovery().tornIndex());
        assertEquals(-1, fixture.log.recovery().undecidedIndex());
        fixture.checkAll(1, 6, 1);
        fixture.appendAll(7, 7, 2);
        fixture.log.close();
        assertEquals(List.of(), WalVerifier.verify(disk, DIR).findings());
    }

    @Test
    void shouldCallCorruptWhatARecordBehindItSaysWasForcedAndChangeNothing()
    {
        fixture.open();
        fixture.appendAll(1, 5, 1);
        fixture.log.force();
        fixture.log.publish();
        fixture.appendAll(6, 6, 1);
        kill();
        final RecordSummary damaged = damage(3);
        final byte[] before = bytes(damaged.file());
        final WalException refused = refused(WalException.Kind.CORRUPT);
        assertTrue(
            refused.getMessage().startsWith(damaged.file() + ": offset " + damaged.offset() + ": index 3: ") &&
                refused.getMessage().contains("restore the file from a copy"),
            refused.getMessage());
        assertArrayEquals(before, bytes(damaged.file()));
        flip(damaged.file(), damaged.offset() + RecordDescriptor.TIMESTAMP_OFFSET);
        fixture.open();
        fixture.checkAll(1, 6, 1);
        fixture.log.close();
    }

    @Test
    void shouldCallCorruptTheVeryLastRecordOfALogThatWasClosedInOrder()
    {
        fixture.open();
        fixture.appendAll(1, 5, 1);
        fixture.log.close();
        damage(5);
        assertTrue(refused(WalException.Kind.CORRUPT).getMessage().contains("index 5: "));
    }

    /** Simulator seeds 3471, 4110, 5022 and 5069: the member deleted what it had set aside, and stopped when it wanted to recycle it. */
    @Test
    void shouldRecycleWhatItSetAsideWhenAMemberThenFindsDamage()
    {
        fixture.open();
        fixture.appendAll(1, 300, 1);
        fixture.log.force();
        fixture.log.releasePrefix(250);
        fixture.log.close();
        final RecordSummary damaged = damage(300);
        fixture.log = new WriteAheadLog(fixture.context().singleMember(false).segmentsAhead(2).prepareInline(false).conclude());
        assertEquals(300, fixture.log.repairs().from(0).first());
        final long aside = setAside();
        assertTrue(aside >= 2, "nothing to recycle beside " + damaged.file());
        while (fixture.log.allocator().readyCount() < 2)
        {
            assertTrue(fixture.log.allocator().doWork() > 0);
        }
        assertEquals(aside - 2, setAside());
        fixture.log.close();
    }

    private long setAside()
    {
        return disk.files().stream().filter(file -> file.toString().endsWith(".tmp")).count();
    }

    @Test
    void shouldCallCorruptARecordBelowASegmentThatHasAName()
    {
        fixture.open();
        fixture.appendAll(1, 200, 1);
        fixture.log.force();
        kill();
        final RecordSummary damaged = damage(20);
        // The footer is lost too, so that the segment is read record by record.
        flip(damaged.file(), LogFixture.SEGMENT_BYTES - SegmentDescriptor.footerLength(LogFixture.SEGMENT_BYTES) + 30);
        assertTrue(refused(WalException.Kind.CORRUPT).getMessage().contains("offset " + damaged.offset() + ": index 20: "));
    }

    @Test
    void shouldCallUndecidedWhatOnlyAMarkSpeaksForAndKeepItsBytes()
    {
        fixture.open();
        fixture.appendAll(1, 5, 1);
        fixture.log.force();
        kill();
        final RecordSummary damaged = damage(5);
        final int length = damaged.payloadLength() + RecordDescriptor.HEADER_LENGTH;
        final byte[] before = bytes(damaged.file());
        fixture.open();
        assertEquals(4, fixture.log.lastIndex());
        assertEquals(5, fixture.log.recovery().undecidedIndex());
        assertEquals(-1, fixture.log.recovery().tornIndex());
        final Path aside = disk.files().stream().filter((file) -> file.getFileName().toString().startsWith("undecided-5-")).findFirst().orElseThrow();
        assertTrue(fixture.log.recovery().findings().toString().contains(aside.getFileName().toString()));
        final byte[] kept = bytes(aside);
        for (int i = 0; i < Math.min(length, kept.length); i++)
        {
            assertEquals(before[(int)damaged.offset() + i], kept[i], "byte " + i);
        }
        fixture.log.close();
        fixture.open();
        assertEquals(-1, fixture.log.recovery().undecidedIndex());
        fixture.log.close();
        assertEquals(List.of(), WalVerifier.verify(disk, DIR).findings());
    }

    @Test
    void shouldNotBelieveAMarkOfAnEarlierGeneration()
    {
        fixture.open();
        fixture.appendAll(1, 9, 1);
        fixture.log.force();
        fixture.log.truncateSuffix(6);
        fixture.appendAll(6, 7, 2);
        kill();
        damage(6);
        fixture.open();
        assertEquals(5, fixture.log.lastIndex());
        assertEquals(-1, fixture.log.recovery().undecidedIndex());
        assertEquals(6, fixture.log.recovery().tornIndex());
        fixture.log.close();
    }

    @Test
    void shouldReportAndPassOverDamageThatASnapshotCovers()
    {
        fixture.open();
        fixture.appendAll(1, 200, 1);
        fixture.log.close();
        final RecordSummary damaged = damage(3);
        flip(damaged.file(), LogFixture.SEGMENT_BYTES - SegmentDescriptor.footerLength(LogFixture.SEGMENT_BYTES) + 30);
        fixture.coveredIndex = 2;
        refused(WalException.Kind.CORRUPT);
        fixture.coveredIndex = 150;
        fixture.open();
        assertTrue(fixture.log.firstIndex() > 3 && fixture.log.firstIndex() <= 151, "first " + fixture.log.firstIndex());
        assertTrue(fixture.log.recovery().findings().get(0).toString().contains("index 3: "), fixture.log.recovery().findings().toString());
        fixture.checkAll(fixture.log.firstIndex(), 200, 1);
        fixture.log.close();
        fixture.coveredIndex = 0;
        fixture.open();
        fixture.checkAll(fixture.log.firstIndex(), 200, 1);
        fixture.log.close();
    }

    private Path loseFirst()
    {
        fixture.open();
        fixture.appendAll(1, 200, 1);
        fixture.log.close();
        final Path first = record(1).file();
        disk.damageByLoss(first);
        return first;
    }

    private void openAsMember(final int covered, final int chain)
    {
        final WalContext context = fixture.context().singleMember(false);
        fixture.log = new WriteAheadLog((covered > 0 ? context.covered(covered, 1, chain) : context).conclude());
    }

    @Test
    void shouldBeginBehindALostFirstSegmentThatASnapshotCovers()
    {
        loseFirst();
        refused(WalException.Kind.LOST);
        fixture.coveredIndex = 150;
        fixture.open();
        final long first = fixture.log.firstIndex();
        assertTrue(first > 1 && first <= 151, "first " + first);
        final String found = fixture.log.recovery().findings().get(0).toString();
        assertTrue(found.contains("index 1: the segment that held the entries before it is missing; a valid snapshot covers it"), found);
        fixture.checkAll(first, 200, 1);
        fixture.log.close();
        fixture.coveredIndex = 0;
        openAsMember(0, 0);
        assertEquals(first, fixture.log.firstIndex());
        assertEquals(0, fixture.log.repairs().count());
        fixture.log.close();
        assertEquals(List.of(), WalVerifier.verify(disk, DIR).findings());
    }

    @Test
    void shouldHoldTheEntriesOfALostFirstSegmentAsFaultyInTheLogOfAMember()
    {
        loseFirst();
        for (int i = 0; i < 2; i++)
        {
            openAsMember(0, 0);
            final FaultyRange range = fixture.log.repairs().from(0);
            assertEquals(1, range.first());
            assertEquals(1, fixture.log.firstIndex());
            assertEquals(1, fixture.log.repairs().count());
            assertFalse(range.isUndecided());
            fixture.checkAll(range.last() + 1, 200, 1);
            fixture.log.close();
        }
    }

    @Test
    void shouldHoldOnlyWhatASnapshotDoesNotCoverOfALostFirstSegmentAsFaulty()
    {
        fixture.open();
        fixture.appendAll(1, 200, 1);
        final int chain;
        try (LogCursor cursor = fixture.log.newCursor())
        {
            assertTrue(cursor.seek(5) && cursor.next());
            chain = cursor.chain();
        }
        fixture.log.close();
        final byte[] lost = bytes(record(1).file());
        final RecordSummary missing = record(6);
        disk.damageByLoss(missing.file());
        for (int i = 0; i < 2; i++)
        {
            openAsMember(5, chain);
            assertEquals(6, fixture.log.firstIndex());
            assertEquals(6, fixture.log.repairs().from(0).first());
            fixture.log.close();
        }
        openAsMember(5, chain);
        final int length = RecordDescriptor.alignedLength(missing.payloadLength());
        final UnsafeBuffer record = new UnsafeBuffer(BufferUtil.allocateDirectAligned(length, RecordDescriptor.ALIGNMENT));
        record.putBytes(0, lost, (int)missing.offset(), length);
        assertEquals(LogRepair.REPAIRED, fixture.log.repairs().repair(6, record, 0, length));
        assertEquals(7, fixture.log.repairs().from(0).first());
        fixture.log.close();
    }

    /** What cannot be read ends the run: the segment stays pinned under what was read, which otherwise is memory of nobody. */
    @Test
    void shouldEndARunBeforeARecordThatRottedInASealedSegment()
    {
        fixture.open();
        fixture.appendAll(1, 200, 1);
        fixture.log.close();
        damage(5);
        openAsMember(0, 0);
        try (LogCursor cursor = fixture.log.newCursor())
        {
            assertTrue(cursor.seek(1) && cursor.nextRun(20, 1 << 20));
            assertEquals(4, cursor.runCount());
            assertEquals(4, cursor.index());
            assertTrue(cursor.verifyRun());
            assertFalse(cursor.nextRun(20, 1 << 20));
            assertTrue(cursor.isFaulty());
            assertTrue(fixture.log.repairs().examineSuspect());
            assertEquals(5, fixture.log.repairs().newlyFound().first());
            assertFalse(cursor.nextRun(20, 1 << 20));
        }
        fixture.log.close();
    }

    @Test
    void shouldFinishACutWhenPowerFailsWhileASealedSegmentIsZeroed()
    {
        fixture.open();
        fixture.appendAll(1, 200, 1);
        fixture.log.force();
        final RecordSummary cut = record(20);
        final RecordSummary behind = record(21);
        // The intent is durable, nothing is zeroed yet; then the record at the cut is, the one behind it and the footer are not.
        disk.losePowerAt(disk.operations() + 3);
        assertThrows(SimulatedCrash.class, () -> fixture.log.truncateSuffix(20));
        disk.powerLoss(5);
        for (long at = cut.offset(); at < behind.offset(); at++)
        {
            disk.damage(cut.file(), (int)at, (byte)0);
        }
        fixture.open();
        fixture.checkAll(1, 19, 1);
        assertEquals(List.of(), fixture.log.recovery().findings());
        fixture.appendAll(20, 30, 2);
        fixture.log.close();
        assertEquals(List.of(), WalVerifier.verify(disk, DIR).findings());
    }

    @Test
    void shouldCallCorruptARecordBelowACutThatIsBeingFinished()
    {
        fixture.open();
        fixture.appendAll(1, 200, 1);
        fixture.log.force();
        disk.losePowerAt(disk.operations() + 3);
        assertThrows(SimulatedCrash.class, () -> fixture.log.truncateSuffix(20));
        disk.powerLoss(5);
        damage(19);
        assertTrue(refused(WalException.Kind.CORRUPT).getMessage().contains("index 19: "));
    }

    @Test
    void shouldRefuseALogWhoseStableStoreOrIdentityIsLost()
    {
        fixture.open();
        fixture.appendAll(1, 3, 1);
        fixture.log.stableStore().store(4, 1);
        fixture.log.close();
        final SimulatedStorageIo both = disk.afterProcessCrash();
        disk.damageByLoss(DIR.resolve("stable"));
        assertTrue(refused(WalException.Kind.LOST).getMessage().contains("stable"));
        disk.damageByLoss(DIR.resolve("identity"));
        assertTrue(refused(WalException.Kind.LOST).getMessage().contains("identity"));
        both.damageByLoss(DIR.resolve("identity"));
        for (final Path file : both.files())
        {
            if (file.toString().endsWith(".wal"))
            {
                both.damageByLoss(file);
            }
        }
        // Nothing is left but the promise: a blank log would break it.
        final WalException lost = assertThrows(WalException.class, () -> new LogFixture(DIR, both).open());
        assertEquals(WalException.Kind.LOST, lost.kind(), lost.getMessage());
        both.close();
    }

    @Test
    void shouldRefuseADirectoryThatHoldsSomethingElseAndTouchNothing()
    {
        disk.createDirectories(DIR);
        disk.open(DIR.resolve("stable"), OpenMode.CREATE_NEW).close();
        final Path holiday = DIR.resolve("holiday.jpg");
        disk.open(holiday, OpenMode.CREATE_NEW).close();
        final WalException refused = refused(WalException.Kind.FOREIGN);
        assertTrue(refused.getMessage().contains("holiday.jpg") && refused.getMessage().contains("empty directory"), refused.getMessage());
        assertEquals(List.of(holiday, DIR.resolve("stable")), disk.files());
    }

    @Test
    void shouldRefuseASegmentOfANewerVersion()
    {
        fixture.open();
        fixture.appendAll(1, 3, 1);
        fixture.log.close();
        final Path file = record(1).file();
        final UnsafeBuffer sector = new UnsafeBuffer(BufferUtil.allocateDirectAligned(SegmentDescriptor.SECTOR_LENGTH, 64));
        sector.putBytes(0, bytes(file), 0, SegmentDescriptor.SECTOR_LENGTH);
        sector.putInt(SegmentDescriptor.VERSION_OFFSET, SegmentDescriptor.VERSION + 1);
        SegmentDescriptor.sealSector(sector.addressOffset());
        for (int i = 0; i < SegmentDescriptor.SECTOR_LENGTH; i++)
        {
            disk.damage(file, i, sector.getByte(i));
        }
        final WalException refused = refused(WalException.Kind.NEWER_VERSION);
        assertTrue(refused.getMessage().contains(file + ": offset 8: ") && refused.getMessage().contains("newer program"), refused.getMessage());
    }

    @Test
    void shouldNeverGiveASegmentIdTwice()
    {
        final Map<Long, Long> baseById = new HashMap<>();
        long next = 1;
        for (int round = 0; round < 12; round++)
        {
            fixture.open();
            for (int i = 0; i < 3; i++)
            {
                fixture.appendAll(next, next + 99, 1);
                next += 100;
                fixture.log.force();
                fixture.log.releasePrefix(next - 60);
                fixture.log.allocator().doWork();
                for (final Path file : disk.files())
                {
                    final String name = file.getFileName().toString();
                    if (SegmentNames.isActive(name))
                    {
                        final Long before = baseById.putIfAbsent(SegmentNames.segmentId(name), SegmentNames.baseIndex(name));
                        assertTrue(before == null || before == SegmentNames.baseIndex(name), name + " had base " + before);
                    }
                }
            }
            if (round % 3 == 0)
            {
                fixture.log.close();
            }
            else if (round % 3 == 1)
            {
                kill();
            }
            else
            {
                disk.powerLoss(round);
            }
        }
        assertTrue(baseById.size() > 12, "segments " + baseById.size());
    }

    @Test
    void shouldAdoptSegmentsThatWereBegunAndNotNamed()
    {
        fixture.open();
        fixture.appendAll(1, 10, 1);
        fixture.log.force();
        fixture.log.publish();
        fixture.appendAll(11, 300, 2);
        kill();
        fixture.open();
        assertEquals(300, fixture.log.lastIndex());
        assertEquals(10, fixture.log.recovery().floor());
        fixture.log.close();
        kill();
        fixture.open();
        assertEquals(300, fixture.log.lastIndex());
        assertEquals(300, WriteAheadLog.index(fixture.log.durablePosition()));
        fixture.log.close();
        assertEquals(List.of(), WalVerifier.verify(disk, DIR).findings());
    }
}
