package io.cairn.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cairn.wal.io.DirectoryLock;
import io.cairn.wal.io.MappedStorageIo;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageIo;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogReaderTest
{
    private final StorageIo storageIo = new MappedStorageIo();

    @TempDir
    private Path dir;

    @TempDir
    private Path copy;

    private LogFixture write(final long entries)
    {
        final LogFixture fixture = new LogFixture(dir);
        try (WriteAheadLog log = fixture.open())
        {
            fixture.appendAll(1, entries / 2, 1);
            fixture.appendAll(entries / 2 + 1, entries, 2);
            log.force();
        }
        return fixture;
    }

    private Map<String, Long> times() throws IOException
    {
        final Map<String, Long> times = new TreeMap<>();
        try (Stream<Path> files = Files.list(dir))
        {
            for (final Path file : files.toList())
            {
                times.put(file.getFileName().toString(), Files.getLastModifiedTime(file).toMillis());
            }
        }
        return times;
    }

    private RecordSummary record(final long index)
    {
        final RecordSummary[] found = new RecordSummary[1];
        final WalInspector inspector = new WalInspector(storageIo, dir);
        for (final SegmentSummary segment : inspector.segments())
        {
            if (segment.state() == SegmentSummary.State.ACTIVE || segment.state() == SegmentSummary.State.SEALED)
            {
                inspector.forEachRecord(segment.file(), (record) ->
                {
                    found[0] = record.index() == index ? record : found[0];
                    return found[0] == null;
                });
            }
        }
        return found[0];
    }

    private static void flip(final Path file, final long offset) throws IOException
    {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw"))
        {
            raw.seek(offset);
            final int value = raw.read();
            raw.seek(offset);
            raw.write(value ^ 1);
        }
    }

    private static long readAll(final LogReader reader, final long from)
    {
        reader.seek(from);
        assertEquals(from - 1, reader.index());
        long count = 0;
        while (reader.next())
        {
            assertEquals(from + count, reader.index());
            assertEquals(reader.index() * 3, reader.timestampMs());
            assertEquals(LogFixture.lengthOf(reader.index()), reader.payload().capacity());
            count++;
        }
        return count;
    }

    @Test
    void shouldReadEveryEntryAcrossSegmentsAndChangeNothing() throws IOException
    {
        write(300);
        final Map<String, Long> before = times();
        try (LogReader reader = new LogReader(storageIo, dir))
        {
            assertEquals(1, reader.firstIndex());
            assertEquals(300, reader.floor());
            assertTrue(reader.isClosedInOrder());
            assertEquals(300, readAll(reader, 1));
            assertEquals("", reader.end());
            assertEquals(2, reader.term());
            for (long from = 1; from <= 301; from += 7)
            {
                assertEquals(301 - from, readAll(reader, from));
            }
            reader.seek(400);
            assertEquals(300, reader.index());
        }
        assertEquals(before, times());
    }

    @Test
    void shouldGiveTheChainThatTheLogHas()
    {
        final LogFixture fixture = write(120);
        try (LogReader reader = new LogReader(storageIo, dir); WriteAheadLog log = fixture.open(); LogCursor cursor = log.newCursor())
        {
            reader.seek(1);
            assertTrue(cursor.seek(1));
            while (reader.next())
            {
                assertTrue(cursor.next());
                assertEquals(cursor.chain(), reader.chain());
                assertEquals(cursor.type(), reader.type());
                assertEquals(cursor.flags(), reader.flags());
            }
        }
    }

    @Test
    void shouldRefuseToGoOnWhereAForcedEntryIsDamaged() throws IOException
    {
        write(300);
        final RecordSummary record = record(200);
        flip(record.file(), record.offset() + 50);
        try (LogReader reader = new LogReader(storageIo, dir))
        {
            reader.seek(1);
            for (long index = 1; index < 200; index++)
            {
                assertTrue(reader.next());
            }
            final WalException refusal = assertThrows(WalException.class, reader::next);
            assertEquals(WalException.Kind.CORRUPT, refusal.kind());
            assertTrue(refusal.getMessage().contains("entry 200 was forced (up to 300 were) and is not whole: " + record.file() + ": offset "),
                refusal.getMessage());
        }
    }

    @Test
    void shouldReadBehindDamageThatLiesBeforeTheStart() throws IOException
    {
        write(300);
        final RecordSummary record = record(150);
        flip(record.file(), record.offset() + 50);
        try (LogReader reader = new LogReader(storageIo, dir))
        {
            assertEquals(149, readAll(reader, 152));
            final WalException refusal = assertThrows(WalException.class, () -> reader.seek(151));
            assertTrue(refusal.getMessage().contains("the entry before 151 is damaged"), refusal.getMessage());
        }
    }

    @Test
    void shouldEndWhereATornTailBeginsThatNobodyForced() throws IOException
    {
        final LogFixture fixture = new LogFixture(dir);
        final WriteAheadLog log = fixture.open();
        fixture.appendAll(1, 20, 1);
        log.force();
        fixture.appendAll(21, 25, 1);
        // As a crash leaves it: copied while it is open.
        try (Stream<Path> files = Files.list(dir))
        {
            for (final Path file : files.filter(Files::isRegularFile).toList())
            {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        log.close();
        // The segment that it had begun has no name of its own yet.
        final Path segment = copy.resolve("spare-00000000000000000002.wal");
        final long[] offset = new long[1];
        new WalInspector(storageIo, copy).forEachRecord(segment, (record) ->
        {
            offset[0] = record.offset();
            return record.index() < 24;
        });
        flip(segment, offset[0] + 20);
        try (LogReader reader = new LogReader(storageIo, copy))
        {
            assertFalse(reader.isClosedInOrder());
            assertEquals(23, readAll(reader, 1), reader.end());
            assertTrue(reader.end().startsWith(segment + ": offset " + offset[0] + ": "), reader.end());
        }
    }

    @Test
    void shouldTakeTheWordOfLaterRecordsForWhatWasForced() throws IOException
    {
        final LogFixture fixture = new LogFixture(dir);
        final RecordSummary damaged;
        try (WriteAheadLog log = fixture.open())
        {
            fixture.appendAll(1, 5, 1);
            log.force();
            fixture.appendAll(6, 6, 1);
            fixture.appendAll(7, 10, 1);
            damaged = record(4);
            try (Stream<Path> files = Files.list(dir))
            {
                for (final Path file : files.filter(Files::isRegularFile).toList())
                {
                    Files.copy(file, copy.resolve(file.getFileName()));
                }
            }
        }
        flip(copy.resolve(damaged.file().getFileName()), damaged.offset() + 20);
        try (LogReader reader = new LogReader(storageIo, copy))
        {
            assertEquals(0, reader.floor());
            final WalException refusal = assertThrows(WalException.class, () -> readAll(reader, 1));
            assertTrue(refusal.getMessage().contains("entry 4 was forced (up to 5 were)"), refusal.getMessage());
        }
    }

    @Test
    void shouldSayWhichEntriesAreGone()
    {
        final LogFixture fixture = new LogFixture(dir);
        try (WriteAheadLog log = fixture.open())
        {
            fixture.appendAll(1, 300, 1);
            log.force();
            log.releasePrefix(150);
        }
        try (LogReader reader = new LogReader(storageIo, dir))
        {
            final long first = reader.firstIndex();
            assertTrue(first > 1 && first <= 150, "first " + first);
            assertEquals(301 - first, readAll(reader, first));
            final WalException refusal = assertThrows(WalException.class, () -> reader.seek(first - 1));
            assertTrue(refusal.getMessage().endsWith("is no longer here, the log begins at " + first), refusal.getMessage());
        }
    }

    @Test
    void shouldRefuseALogThatIsNone() throws IOException
    {
        assertThrows(RuntimeException.class, () -> new LogReader(storageIo, dir));
        write(10);
        Files.write(dir.resolve("stable"), new byte[StableFile.FILE_LENGTH]);
        final WalException refusal = assertThrows(WalException.class, () -> new LogReader(storageIo, dir));
        assertTrue(refusal.getMessage().contains("no copy of the log's metadata is whole"), refusal.getMessage());
    }

    @Test
    void shouldSeeWhoHoldsADirectoryWithoutTakingItFromThem()
    {
        assertNull(storageIo.lockHolder(dir));
        final DirectoryLock lock = storageIo.lock(dir);
        try
        {
            final String pid = Long.toString(ProcessHandle.current().pid());
            assertEquals(pid, storageIo.lockHolder(dir));
            assertEquals(pid, new MappedStorageIo().lockHolder(dir.resolve(".")));
            assertThrows(StorageException.class, () -> storageIo.lock(dir));
            assertEquals(pid, storageIo.lockHolder(dir));
        }
        finally
        {
            lock.close();
        }
        assertNull(storageIo.lockHolder(dir));
        storageIo.lock(dir).close();
    }
}
