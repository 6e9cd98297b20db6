package io.cairn.wal.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cairn.wal.FaultyRange;
import io.cairn.wal.ForceMethod;
import io.cairn.wal.LogCursor;
import io.cairn.wal.LogRepair;
import io.cairn.wal.RecordSummary;
import io.cairn.wal.WalException;
import io.cairn.wal.WalFinding;
import io.cairn.wal.WalInspector;
import io.cairn.wal.WalVerifier;
import io.cairn.wal.WriteAheadLog;
import io.cairn.wal.io.SimulatedCrash;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import io.cairn.wal.layout.SegmentDescriptor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A log that is opened as a member's starts over any damage, holds what is damaged as faulty, goes on behind it, and is whole again once the records
 * were put back from a sound copy: equal entries, equal chains, and verification finds nothing.
 */
final class WalRepairTest
{
    private static final int SEGMENT_BYTES = 16 * 1024;
    private static final Path DIR = LogChecker.DIR;

    private final LogChecker checker = new LogChecker(ForceMethod.PWRITE_FDATASYNC, SEGMENT_BYTES, true).asMember();
    private final UnsafeBuffer record = new UnsafeBuffer(BufferUtil.allocateDirectAligned(SEGMENT_BYTES, 8));
    private SimulatedStorageIo disk;
    private LogModel model;
    private SimulatedStorageIo sound;
    private WriteAheadLog peer;
    private LogCursor source;

    /** How the log that is damaged was left. */
    enum Left
    {
        CLOSED,
        KILLED
    }

    private void begin(final Left left)
    {
        final CrashRun run = new CrashRun("repair", 5, ForceMethod.PWRITE_FDATASYNC, SEGMENT_BYTES, true).quietly();
        run.open().store(3, 2).append(7, 500).force().append(12, 700).force().nextTerm().append(9, 600).append(4, 600);
        run.nextTerm().append(2, 90).force();
        if (left == Left.CLOSED)
        {
            run.log().close();
            run.model().published();
            run.model().forced();
            disk = run.disk();
        }
        else
        {
            disk = run.disk().afterProcessCrash();
        }
        model = run.model();
        sound = disk.afterProcessCrash();
        peer = checker.open(sound);
        source = peer.newCursor();
    }

    private void end()
    {
        peer.close();
        sound.close();
    }

    private List<RecordSummary> records()
    {
        final List<RecordSummary> records = new ArrayList<>();
        final WalInspector inspector = new WalInspector(disk, DIR);
        for (final Path file : segments())
        {
            inspector.forEachRecord(file, records::add);
        }
        return records;
    }

    private List<Path> segments()
    {
        return disk.files().stream().filter(file -> file.getFileName().toString().matches("\\d+-\\d+\\.wal")).toList();
    }

    /** Puts back what is faulty, record by record, as a peer holds it. */
    private int repairAll(final String where, final WriteAheadLog log)
    {
        int repaired = 0;
        for (FaultyRange range = log.repairs().from(0); range != null; range = log.repairs().from(0))
        {
            final long index = range.first();
            assertEquals(LogRepair.REPAIRED, repair(log, index), where + ": " + range);
            assertTrue(++repaired < 1000, where);
        }
        return repaired;
    }

    private int repair(final WriteAheadLog log, final long index)
    {
        assertTrue(source.seek(index) && source.nextRun(index, SEGMENT_BYTES));
        record.putBytes(0, source.buffer(), source.runOffset(), source.runLength());
        return log.repairs().repair(index, record, 0, source.runLength());
    }

    /** Opens a damaged copy as a member, and expects all of it back. */
    private void mend(final String where, final SimulatedStorageIo damaged, final boolean mayLoseEnd)
    {
        final long forced = model.forcedIndex();
        final WriteAheadLog log = checker.open(damaged);
        assertEquals(3, log.stableStore().term(), where);
        final boolean isEndLost = log.repairs().isEndLost();
        assertTrue(mayLoseEnd || !isEndLost, where + ": the end is lost: " + log.recovery());
        final long last = log.lastIndex();
        assertTrue(isEndLost || last >= forced, () -> where + ": ends at " + last + ": " + log.recovery());
        final boolean isFoundByReading = scrub(log);
        for (FaultyRange range = log.repairs().from(0); range != null; range = log.repairs().from(range.last() + 1))
        {
            refuseToRead(where, log, range);
        }
        repairAll(where, log);
        append(log, last + 1);
        log.force();
        checkAll(where, log, last);
        final int chain = log.lastChain();
        // A byte that nobody reads is none that anybody repairs.
        final boolean isHarmless = log.recovery().findings().isEmpty() && !isFoundByReading;
        log.close();
        mended(where, damaged, last, isEndLost, chain, isHarmless);
    }

    private void mended(
        final String where,
        final SimulatedStorageIo damaged,
        final long last,
        final boolean isEndLost,
        final int chain,
        final boolean isHarmless)
    {
        if (isEndLost)
        {
            // What the metadata says of a lost end is in use, not left over.
            final List<WalFinding> meanwhile = WalVerifier.verify(damaged, DIR).findings();
            assertTrue(meanwhile.stream().noneMatch(finding -> finding.file().endsWith("stable")), () -> where + ": " + meanwhile);
        }
        final WriteAheadLog again = checker.open(damaged);
        assertEquals(0, again.repairs().count(), () -> where + ": " + again.recovery());
        assertEquals(isEndLost, again.repairs().isEndLost(), where);
        assertEquals(last + 1, again.lastIndex(), where);
        assertEquals(chain, again.lastChain(), where);
        checkAll(where, again, last);
        again.repairs().endFound();
        again.close();
        final List<WalFinding> findings = WalVerifier.verify(damaged, DIR).findings();
        assertTrue(isHarmless || findings.isEmpty(), () -> where + ": " + findings);
        assertEquals(0, damaged.openHandles(), where);
        damaged.close();
    }

    /** Sealed segments are not read when a log is opened: who reads them finds the damage, and tells. */
    private boolean scrub(final WriteAheadLog log)
    {
        boolean isAny = false;
        try (LogCursor cursor = log.newCursor())
        {
            long index = log.firstIndex();
            while (index <= log.lastIndex())
            {
                assertTrue(cursor.seek(index));
                final boolean isRead = cursor.next();
                if (isRead && cursor.verifyPayload())
                {
                    index++;
                    continue;
                }
                if (isRead)
                {
                    cursor.suspect();
                }
                assertTrue(cursor.isFaulty());
                isAny |= log.repairs().examineSuspect();
                index = log.repairs().from(index).last() + 1;
            }
        }
        return isAny;
    }

    private void append(final WriteAheadLog log, final long index)
    {
        record.setMemory(0, 64, (byte)7);
        final int crc = Crc32c.compute(record, 0, 64);
        assertEquals(index, log.append(1, 0, index, Math.max(9, log.lastTerm()), 5, crc, record, 0, 64));
        log.publish();
    }

    private void refuseToRead(final String where, final WriteAheadLog log, final FaultyRange range)
    {
        try (LogCursor cursor = log.newCursor())
        {
            assertTrue(cursor.seek(range.first()), where);
            assertFalse(cursor.next(), where);
            assertTrue(cursor.isFaulty(), where);
        }
        final long term = log.termAt(range.first());
        assertTrue(term == FaultyRange.UNKNOWN || term == model.entry(range.first()).term(), () -> where + ": term " + term + " of " + range);
    }

    private void checkAll(final String where, final WriteAheadLog log, final long last)
    {
        try (LogCursor cursor = log.newCursor())
        {
            assertTrue(cursor.seek(log.firstIndex()), where);
            for (long index = log.firstIndex(); index <= last; index++)
            {
                final boolean isRead = cursor.next();
                assertTrue(isRead, () -> where + ": " + cursor.location() + " index " + cursor.nextIndex() + " faulty=" + cursor.isFaulty() +
                    " " + log.repairs().from(0) + " suspect=" + log.repairs().isAnySuspect());
                assertTrue(cursor.verifyPayload(), where + ": index " + index);
                assertEquals(model.entry(index).term(), cursor.term(), where);
                assertEquals(model.entry(index).term(), log.termAt(index), where);
                assertEquals(model.entry(index).length(), cursor.payloadLength(), where);
                assertEquals(model.entry(index).type(), cursor.type(), where);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Left.class)
    void shouldStartOverAFlipOfAnyByteAndMendItFromAPeerWhenOpenedAsAMember(final Left left)
    {
        begin(left);
        final SplittableRandom random = new SplittableRandom(Long.getLong("cairn.damage.seed", 1));
        final int step = 7;
        for (final Path file : segments())
        {
            final int size = (int)disk.sizeOf(file);
            for (int at = random.nextInt(step); at < size; at += disk.byteAt(file, at) != 0 ? 1 + random.nextInt(step) : 97)
            {
                final byte was = disk.byteAt(file, at);
                disk.damage(file, at, (byte)(was ^ 1 << random.nextInt(8)));
                mend("byte " + at + " of " + file.getFileName(), disk.afterProcessCrash(), false);
                disk.damage(file, at, was);
            }
        }
        end();
    }

    /** Sealed, so that the checksum matches: only sense tells that no segment has that length. */
    @ParameterizedTest
    @EnumSource(Left.class)
    void shouldNotCutASegmentToALengthThatNoSegmentHas(final Left left)
    {
        begin(left);
        final Path file = segments().get(0);
        for (final int length : new int[] {0, 256, 4096, SEGMENT_BYTES + 1, -4096, Integer.MAX_VALUE})
        {
            final SimulatedStorageIo damaged = disk.afterProcessCrash();
            for (int at = 0; at < SegmentDescriptor.SECTOR_LENGTH; at++)
            {
                record.putByte(at, damaged.byteAt(file, at));
            }
            record.putInt(SegmentDescriptor.SEGMENT_BYTES_OFFSET, length);
            SegmentDescriptor.sealSector(record.addressOffset());
            for (int at = 0; at < SegmentDescriptor.SECTOR_LENGTH; at++)
            {
                damaged.damage(file, at, record.getByte(at));
            }
            mend("a header that says " + length + " bytes", damaged, false);
        }
        end();
    }

    @Test
    void shouldLeaveASegmentOfANewerVersionAsItIsWhateverItsLength()
    {
        begin(Left.KILLED);
        final Path file = segments().get(0);
        final int size = (int)disk.sizeOf(file);
        final SimulatedStorageIo damaged = disk.afterProcessCrash();
        for (int at = 0; at < SegmentDescriptor.SECTOR_LENGTH; at++)
        {
            record.putByte(at, damaged.byteAt(file, at));
        }
        record.putInt(SegmentDescriptor.VERSION_OFFSET, SegmentDescriptor.VERSION + 1);
        SegmentDescriptor.sealSector(record.addressOffset());
        for (int at = 0; at < SegmentDescriptor.SECTOR_LENGTH; at++)
        {
            damaged.damage(file, at, record.getByte(at));
        }
        damaged.damageSize(file, size + 100);
        final WalException refused = assertThrows(WalException.class, () -> checker.open(damaged));
        assertEquals(WalException.Kind.NEWER_VERSION, refused.kind());
        assertEquals(size + 100, damaged.sizeOf(file), "not touched");
        assertEquals(0, damaged.openHandles());
        damaged.close();
        end();
    }

    @Test
    void shouldNotEndTheLogWhereAMarkLeadsOutOfTheSegment()
    {
        begin(Left.KILLED);
        final List<RecordSummary> records = records();
        final RecordSummary victim = records.get(records.size() - 1);
        for (final int end : new int[] {-8, 0, SegmentDescriptor.RECORDS_OFFSET - 8, SegmentDescriptor.RECORDS_OFFSET + 4, SEGMENT_BYTES, 1 << 30})
        {
            final SimulatedStorageIo damaged = disk.afterProcessCrash();
            damaged.damage(victim.file(), (int)victim.offset() + RecordDescriptor.CHAIN_OFFSET, (byte)99);
            int changed = 0;
            for (int mark = 0; mark < SegmentDescriptor.MARK_COUNT; mark++)
            {
                changed += endMarkAt(damaged, victim.file(), SegmentDescriptor.MARKS_OFFSET + mark * SegmentDescriptor.SECTOR_LENGTH, end);
            }
            assertTrue(changed > 0, "no mark");
            final WriteAheadLog log = checker.open(damaged);
            final long last = log.lastIndex();
            assertEquals(victim.index() - 1, last, "the mark counts as none");
            append(log, last + 1);
            log.force();
            checkAll("marks that end at " + end, log, last);
            log.close();
            damaged.close();
        }
        end();
    }

    private int endMarkAt(final SimulatedStorageIo damaged, final Path file, final int offset, final int end)
    {
        for (int at = 0; at < SegmentDescriptor.SECTOR_LENGTH; at++)
        {
            record.putByte(at, damaged.byteAt(file, offset + at));
        }
        if (record.getLong(0) != SegmentDescriptor.MARK_MAGIC)
        {
            return 0;
        }
        record.putInt(52, end);
        SegmentDescriptor.sealSector(record.addressOffset());
        for (int at = 0; at < SegmentDescriptor.SECTOR_LENGTH; at++)
        {
            damaged.damage(file, offset + at, record.getByte(at));
        }
        return 1;
    }

    @ParameterizedTest
    @EnumSource(Left.class)
    void shouldMendAFileThatIsLostCutEmptyOrZeroWhenOpenedAsAMember(final Left left)
    {
        begin(left);
        final List<Path> files = segments();
        for (final Path file : files)
        {
            final int size = (int)disk.sizeOf(file);
            final boolean isTail = file.equals(files.get(files.size() - 1));
            for (final int length : new int[] {-2, -1, 0, 511, 4096, 8192 + 100, size / 2, size - 1, size + 4096})
            {
                final SimulatedStorageIo damaged = disk.afterProcessCrash();
                if (length == -2)
                {
                    damaged.damageByLoss(file);
                }
                else if (length == -1)
                {
                    for (int at = 0; at < size; at++)
                    {
                        damaged.damage(file, at, (byte)0);
                    }
                }
                else
                {
                    damaged.damageSize(file, length);
                }
                if (length != -2 || !file.equals(files.get(0)))
                {
                    mend(file.getFileName() + " cut to " + length, damaged, isTail);
                }
            }
        }
        end();
    }

    @ParameterizedTest
    @EnumSource(Left.class)
    void shouldMendSeveralRecordsAtOnceWhereverTheyStand(final Left left)
    {
        begin(left);
        final List<RecordSummary> records = records();
        final SplittableRandom random = new SplittableRandom(11);
        for (int run = 0; run < 300; run++)
        {
            final SimulatedStorageIo damaged = disk.afterProcessCrash();
            final StringBuilder where = new StringBuilder("run " + run);
            for (int i = 1 + random.nextInt(4); i > 0; i--)
            {
                final int from = random.nextInt(records.size());
                for (int at = from; at < Math.min(records.size(), from + 1 + random.nextInt(4)); at++)
                {
                    final RecordSummary record = records.get(at);
                    final int offset = (int)record.offset() + random.nextInt(48 + record.payloadLength());
                    damaged.damage(record.file(), offset, (byte)(damaged.byteAt(record.file(), offset) ^ 1 << random.nextInt(8)));
                    where.append(", entry ").append(record.index()).append(" byte ").append(offset - record.offset());
                }
            }
            mend(where.toString(), damaged, false);
        }
        end();
    }

    @Test
    void shouldHoldDamageOrTheRecordButNothingElseWhenPowerFailsAmidARepair()
    {
        begin(Left.CLOSED);
        final List<RecordSummary> records = records();
        for (final RecordSummary victim : List.of(records.get(2), records.get(9), records.get(records.size() - 1)))
        {
            for (final int count : new int[] {1, 3})
            {
                for (long operation = 1; crashAmidRepair(victim, count, operation); operation++)
                {
                    assertTrue(operation < 500);
                }
            }
        }
        end();
    }

    /** @return false when the repair was over before the power failed. */
    private boolean crashAmidRepair(final RecordSummary victim, final int count, final long operation)
    {
        final SimulatedStorageIo damaged = disk.afterProcessCrash();
        for (final RecordSummary hit : records())
        {
            if (hit.file().equals(victim.file()) && hit.index() >= victim.index() && hit.index() < victim.index() + count)
            {
                damaged.damage(hit.file(), (int)hit.offset(), (byte)(damaged.byteAt(hit.file(), (int)hit.offset()) ^ 1));
            }
        }
        final WriteAheadLog log = checker.open(damaged);
        boolean hasCrashed = false;
        try
        {
            scrub(log);
            damaged.losePowerAt(damaged.operations() + operation);
            repairAll("crash at " + operation, log);
            log.close();
        }
        catch (final SimulatedCrash crash)
        {
            hasCrashed = true;
        }
        for (long seed = 0; hasCrashed && seed < 4; seed++)
        {
            mend("entry " + victim.index() + ", " + count + " damaged, crash at " + operation + ", seed " + seed,
                damaged.afterPowerLoss(seed), false);
        }
        return hasCrashed;
    }

    @Test
    void shouldRefuseARecordOfAnotherHistoryOrADamagedOne()
    {
        begin(Left.CLOSED);
        final RecordSummary victim = records().get(records().size() - 2);
        disk.damage(victim.file(), (int)victim.offset() + 20, (byte)99);
        final WriteAheadLog log = checker.open(disk.afterProcessCrash());
        final long index = victim.index();
        assertEquals(index, log.repairs().from(0).first());
        assertEquals(index, log.repairs().from(0).last());
        assertTrue(source.seek(index) && source.nextRun(index, SEGMENT_BYTES));
        final int length = source.runLength();
        record.putBytes(0, source.buffer(), source.runOffset(), length);
        record.putLong(24, 12345);
        assertEquals(LogRepair.MISMATCH, log.repairs().repair(index, record, 0, length), "another time, so another chain");
        record.putBytes(0, source.buffer(), source.runOffset(), length);
        record.putByte(48, (byte)(record.getByte(48) ^ 1));
        assertEquals(LogRepair.DAMAGED, log.repairs().repair(index, record, 0, length));
        assertEquals(LogRepair.NOT_DUE, log.repairs().repair(index + 1, record, 0, length));
        assertEquals(LogRepair.REPAIRED, repair(log, index));
        assertEquals(0, log.repairs().count());
        log.close();
        end();
    }

    /** Whoever asks where a term begins walks through records that nobody has checked since the log was opened. */
    @Test
    void shouldStayWithinTheSegmentWhenALengthRotsUnderARunningLogThatWasRepaired()
    {
        begin(Left.KILLED);
        final List<RecordSummary> records = records();
        for (final RecordSummary victim : records.subList(0, records.size() - 2))
        {
            final SimulatedStorageIo running = disk.afterProcessCrash();
            final RecordSummary repaired = records.get(records.indexOf(victim) + 1);
            running.damage(repaired.file(), (int)repaired.offset() + 20, (byte)99);
            final WriteAheadLog log = checker.open(running);
            repairAll("entry " + repaired.index(), log);
            for (final byte[] length : new byte[][] {{0, 0, 0, 0}, {-1, -1, -1, 127}, {-16, -1, -1, -1}, {0, 0, 0, 64}})
            {
                for (int i = 0; i < length.length; i++)
                {
                    running.damage(victim.file(), (int)victim.offset() + i, length[i]);
                }
                for (long index = log.firstIndex(); index <= log.lastIndex(); index++)
                {
                    final long start = log.termStart(index);
                    assertTrue(start >= log.firstIndex() - 1 && start <= index, "entry " + index + ": " + start);
                }
            }
            log.close();
            running.close();
        }
        end();
    }

    @Test
    void shouldFindInARunWhatRottedUnderTheRunningLogAndReadOnWhenItIsMended()
    {
        begin(Left.KILLED);
        final WriteAheadLog log = checker.open(disk.afterProcessCrash());
        final LogCursor cursor = log.newCursor();
        assertTrue(cursor.nextRun(log.lastIndex(), SEGMENT_BYTES) && cursor.runCount() > 3);
        assertTrue(cursor.verifyRun());
        final long rotten = cursor.index() - 2;
        final LogCursor one = log.newCursor();
        assertTrue(one.seek(rotten) && one.next());
        final UnsafeBuffer bytes = (UnsafeBuffer)one.buffer();
        bytes.putByte(one.payloadOffset() + 5, (byte)~bytes.getByte(one.payloadOffset() + 5));
        assertFalse(cursor.verifyRun());
        assertEquals(rotten, log.repairs().suspect());
        assertTrue(log.repairs().examineSuspect());
        assertTrue(cursor.nextRun(log.lastIndex(), SEGMENT_BYTES) && cursor.verifyRun());
        assertEquals(rotten - 1, cursor.index());
        assertFalse(cursor.next());
        assertEquals(LogRepair.REPAIRED, repair(log, rotten));
        assertTrue(cursor.nextRun(log.lastIndex(), SEGMENT_BYTES) && cursor.verifyRun());
        assertEquals(rotten, cursor.index() - cursor.runCount() + 1);
        one.close();
        cursor.close();
        log.close();
        end();
    }

    /** A sealed segment is not read when the log is opened, and is the tail again after the cut: nobody would look at its headers any more. */
    @Test
    void shouldFindDamageInASealedSegmentAfterItWasCutBehindIt()
    {
        begin(Left.CLOSED);
        final List<RecordSummary> records = records();
        final RecordSummary victim = records.get(2);
        assertEquals(victim.file(), records.get(5).file());
        final SimulatedStorageIo damaged = disk.afterProcessCrash();
        damaged.damage(victim.file(), (int)victim.offset() + RecordDescriptor.TIMESTAMP_OFFSET + 1, (byte)99);
        final WriteAheadLog log = checker.open(damaged);
        assertEquals(0, log.repairs().count(), "it is sealed");
        log.truncateSuffix(victim.index() + 2);
        append(log, victim.index() + 2);
        try (LogCursor cursor = log.newCursor())
        {
            assertTrue(cursor.next() && cursor.next());
            assertFalse(cursor.next(), "its time is not what was written");
            assertEquals(victim.index(), log.repairs().suspect());
            assertTrue(log.repairs().examineSuspect());
            assertEquals(LogRepair.REPAIRED, repair(log, victim.index()));
            for (long index = victim.index(); index <= log.lastIndex(); index++)
            {
                assertTrue(cursor.next() && cursor.verifyRecord(), "entry " + index);
                assertEquals(index, cursor.index());
            }
        }
        log.close();
        damaged.close();
        end();
    }
}
