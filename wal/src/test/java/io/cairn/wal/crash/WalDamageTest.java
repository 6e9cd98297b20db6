package io.cairn.wal.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cairn.wal.ForceMethod;
import io.cairn.wal.LogCursor;
import io.cairn.wal.RecordSummary;
import io.cairn.wal.WalException;
import io.cairn.wal.WalFinding;
import io.cairn.wal.WalInspector;
import io.cairn.wal.WalVerification;
import io.cairn.wal.WalVerifier;
import io.cairn.wal.WriteAheadLog;
import io.cairn.wal.io.SimulatedStorageIo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every byte of every file of a small log is flipped, and every file as a whole is lost, cut, emptied, zeroed, exchanged with another: verification
 * names the file, the offset and the index, and opening refuses with an error that does, or is unharmed: every forced entry comes back as it was,
 * never another value, never a log that ends earlier without a word.
 */
final class WalDamageTest
{
    private static final int SEGMENT_BYTES = 16 * 1024;
    private static final Path DIR = LogChecker.DIR;

    /** How the log that is damaged was left. */
    enum Left
    {
        CLOSED,
        KILLED
    }

    /**
     * A sound log and what it holds.
     */
    private static final class Subject
    {
        private final LogChecker checker = new LogChecker(ForceMethod.PWRITE_FDATASYNC, SEGMENT_BYTES, true);
        private final UnsafeBuffer expected = new UnsafeBuffer(new byte[LogChecker.PAYLOAD_MAX]);
        private final List<RecordSummary> records = new ArrayList<>();
        private final SimulatedStorageIo disk;
        private final LogModel model;
        private final List<Path> files;
        private final Left left;

        Subject(final Left left)
        {
            this.left = left;
            final CrashRun run = new CrashRun("damage", 3, ForceMethod.PWRITE_FDATASYNC, SEGMENT_BYTES, true).quietly();
            run.open().store(3, 2).append(7, 500).force().append(12, 700).force().releasePrefix(4).append(4, 600).nextTerm().append(2, 90).force();
            if (left == Left.CLOSED)
            {
                run.log().close();
                run.model().published();
                run.model().forced();
                disk = run.disk();
            }
            else
            {
                // The last group is forced and marked, and behind it stand entries that were only published.
                run.append(2, 200);
                disk = run.disk().afterProcessCrash();
            }
            model = run.model();
            files = disk.files();
            final WalInspector inspector = new WalInspector(disk, DIR);
            for (final Path file : files)
            {
                if (file.toString().endsWith(".wal"))
                {
                    inspector.forEachRecord(file, records::add);
                }
            }
            assertEquals(List.of(), WalVerifier.verify(disk, DIR).findings(), "a sound log");
            assertTrue(files.size() >= 5, files.toString());
        }

        /** The record that a byte of a file is part of, its padding included; null if none. */
        RecordSummary recordAt(final Path file, final int at)
        {
            for (final RecordSummary record : records)
            {
                final long end = record.offset() + (48 + record.payloadLength() + 7 & -8);
                if (record.file().equals(file) && record.offset() <= at && at < end)
                {
                    return record;
                }
            }
            return null;
        }

        /** Opens a copy, and reads whatever it lets read. */
        void openDamaged(final String where, final Path damaged)
        {
            final SimulatedStorageIo copy = disk.afterProcessCrash();
            try
            {
                final WriteAheadLog log = checker.open(copy);
                try
                {
                    readAll(log);
                }
                finally
                {
                    log.close();
                }
            }
            catch (final WalException refused)
            {
                assertTrue(
                    refused.kind() == WalException.Kind.CORRUPT || refused.kind() == WalException.Kind.LOST ||
                        refused.kind() == WalException.Kind.FOREIGN,
                    () -> where + ": refused as " + refused.kind() + ": " + refused.getMessage());
                assertTrue(refused.getMessage().contains(DIR.toString()), () -> where + ": names no file: " + refused.getMessage());
            }
            catch (final RuntimeException | AssertionError failure)
            {
                throw new AssertionError(where + ": " + failure.getMessage(), failure);
            }
            assertEquals(0, copy.openHandles(), where);
            copy.close();
        }

        private void readAll(final WriteAheadLog log)
        {
            final long forced = model.forcedIndex();
            assertEquals(3, log.stableStore().term());
            assertEquals(2, log.stableStore().vote());
            assertTrue(log.firstIndex() <= model.firstIndex(), () -> "first " + log.firstIndex());
            // A group that was forced and not yet named by a later record can only be called undecided: copied aside, reported, removed.
            assertTrue(
                log.lastIndex() >= forced || left == Left.KILLED && log.recovery().undecidedIndex() == log.lastIndex() + 1,
                () -> "ends at " + log.lastIndex() + " in silence, forced was " + forced + ": " + log.recovery().findings());
            try (LogCursor cursor = log.newCursor())
            {
                for (long index = model.firstIndex(); index <= log.lastIndex(); index++)
                {
                    assertTrue(cursor.seek(index) && cursor.next());
                    if (!cursor.verifyPayload())
                    {
                        throw new WalException(WalException.Kind.CORRUPT, cursor.location() + ": index " + index + ": a reader sees that");
                    }
                    final LogModel.Entry entry = model.entry(index);
                    entry.payload(expected);
                    assertEquals(entry.length(), cursor.payloadLength());
                    assertEquals(entry.term(), cursor.term());
                    assertEquals(entry.type(), cursor.type());
                    assertEquals(entry.flags(), cursor.flags());
                    assertEquals(entry.timestampMs(), cursor.timestampMs());
                    for (int i = 0; i < entry.length(); i++)
                    {
                        assertEquals(expected.getByte(i), cursor.buffer().getByte(cursor.payloadOffset() + i));
                    }
                }
            }
        }

        void flip(final Path file, final int at, final int bit)
        {
            final byte sound = disk.byteAt(file, at);
            final String where = "bit " + bit + " of byte " + at + " of " + file.getFileName();
            disk.damage(file, at, (byte)(sound ^ 1 << bit));
            final WalVerification verification = WalVerifier.verify(disk, DIR);
            final RecordSummary record = recordAt(file, at);
            boolean isNamed = false;
            for (final WalFinding finding : verification.findings())
            {
                isNamed |= finding.file().equals(file) && finding.offset() <= at && at < finding.offset() + 4096 &&
                    (record == null || finding.index() == record.index());
            }
            assertTrue(isNamed, () -> where + ", record " + record + ": found " + verification.findings());
            openDamaged(where, file);
            disk.damage(file, at, sound);
        }
    }

    @ParameterizedTest
    @EnumSource(Left.class)
    void shouldReportAFlipOfAnyByteAndNeverReadAWrongEntryWhenOpened(final Left left)
    {
        final Subject subject = new Subject(left);
        final SplittableRandom random = new SplittableRandom(Long.getLong("cairn.damage.seed", 1));
        for (final Path file : subject.files)
        {
            final int size = (int)subject.disk.sizeOf(file);
            for (int at = 0; at < size; at++)
            {
                // Of the log that was killed, which differs in its records only, not every byte of every field of zeros.
                if (left == Left.CLOSED || subject.disk.byteAt(file, at) != 0 || at % 13 == 0)
                {
                    subject.flip(file, at, random.nextInt(8));
                }
            }
        }
    }

    @Tag("soak")
    @ParameterizedTest
    @EnumSource(Left.class)
    void shouldReportAFlipOfAnyBitAndNeverReadAWrongEntryWhenOpened(final Left left)
    {
        final Subject subject = new Subject(left);
        for (final Path file : subject.files)
        {
            final int size = (int)subject.disk.sizeOf(file);
            for (int at = 0; at < 8 * size; at++)
            {
                subject.flip(file, at >> 3, at & 7);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Left.class)
    void shouldReportAFileThatIsLostCutEmptyOrZeroAndNeverOpenAsIfNothingWere(final Left left)
    {
        final Subject sound = new Subject(left);
        for (int i = 0; i < sound.files.size(); i++)
        {
            final long size = sound.disk.sizeOf(sound.files.get(i));
            for (final long length : new long[] {-2, -1, 0, 1, 511, 512, 4096, size / 2, size - 1, size + 1, size + 4096})
            {
                final Subject subject = new Subject(left);
                final Path file = subject.files.get(i);
                final String where = file.getFileName() + " cut to " + length;
                if (length == -2)
                {
                    subject.disk.damageByLoss(file);
                }
                else if (length == -1)
                {
                    for (int at = 0; at < size; at++)
                    {
                        subject.disk.damage(file, at, (byte)0);
                    }
                }
                else if (length != size)
                {
                    subject.disk.damageSize(file, length);
                }
                final boolean isUnneeded = length == -2 && file.getFileName().toString().startsWith("spare-");
                final WalVerification verification = WalVerifier.verify(subject.disk, DIR);
                assertEquals(isUnneeded || length == size, verification.isGood(), () -> where + ": " + verification.findings());
                subject.openDamaged(where, file);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Left.class)
    void shouldReportTwoFilesThatWereExchangedAndNeverOpenAsIfNothingWere(final Left left)
    {
        final int count = new Subject(left).files.size();
        for (int a = 0; a < count; a++)
        {
            for (int b = a + 1; b < count; b++)
            {
                final Subject subject = new Subject(left);
                final Path fileA = subject.files.get(a);
                final Path fileB = subject.files.get(b);
                final String where = fileA.getFileName() + " and " + fileB.getFileName() + " exchanged";
                subject.disk.damageBySwap(fileA, fileB);
                final WalVerification verification = WalVerifier.verify(subject.disk, DIR);
                for (final Path file : List.of(fileA, fileB))
                {
                    assertTrue(
                        verification.findings().stream().anyMatch((finding) -> finding.file().equals(file)),
                        () -> where + ": " + verification.findings());
                }
                subject.openDamaged(where, fileA);
            }
        }
    }
}
