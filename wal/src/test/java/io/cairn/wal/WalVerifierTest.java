package io.cairn.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cairn.wal.io.MappedStorageIo;
import io.cairn.wal.layout.SegmentDescriptor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalVerifierTest
{
    @TempDir
    private Path dir;

    private LogFixture write(final long entries)
    {
        final LogFixture fixture = new LogFixture(dir);
        try (WriteAheadLog log = fixture.open())
        {
            for (long index = 1; index <= entries; index++)
            {
                fixture.appendAll(index, index, 1);
                if (index % 13 == 0)
                {
                    log.force();
                }
            }
            log.stableStore().store(3, 2);
        }
        return fixture;
    }

    @Test
    void shouldFindNothingInASoundLogAndSummariseIt()
    {
        write(200);
        final WalVerification verification = WalVerifier.verify(new MappedStorageIo(), dir);
        assertEquals(List.of(), verification.findings());
        assertEquals(200, verification.recordCount());
        assertEquals(1, verification.firstIndex());
        assertEquals(200, verification.lastIndex());
        final WalInspector inspector = new WalInspector(new MappedStorageIo(), dir);
        assertTrue(inspector.isLog());
        final List<SegmentSummary> segments = inspector.segments();
        assertEquals(200, segments.stream().mapToLong(SegmentSummary::entryCount).sum());
        assertEquals(SegmentSummary.State.SEALED, segments.get(0).state());
        final List<Long> indexes = new ArrayList<>();
        for (final SegmentSummary segment : segments)
        {
            assertTrue(inspector.forEachRecord(segment.file(), (record) -> record.isGood() && indexes.add(record.index())));
        }
        assertEquals(200, indexes.size());
        final String dump = inspector.hexDump(segments.get(0).file(), 0, 64);
        assertTrue(dump.contains("CAIRNWAL"), dump);
    }

    @Test
    void shouldFindFlipsInAllFilesOfARealDirectory() throws IOException
    {
        final LogFixture fixture = write(60);
        final List<Path> files;
        try (Stream<Path> paths = Files.list(dir))
        {
            files = paths.filter((path) -> !path.getFileName().toString().equals("lock")).sorted().collect(Collectors.toList());
        }
        assertTrue(files.size() >= 4, files.toString());
        for (final Path file : files)
        {
            final long size = Files.size(file);
            for (long at = 0; at < size; at += at % 4096 < 64 ? 5 : 331)
            {
                final long flipped = at;
                flip(file, at);
                final WalVerification verification = WalVerifier.verify(new MappedStorageIo(), dir);
                final String where = file.getFileName() + " at " + at;
                assertFalse(verification.isGood(), where);
                assertTrue(
                    verification.findings().stream().anyMatch(
                        (finding) -> finding.file().equals(file) && finding.offset() <= flipped && finding.offset() > flipped - 9000),
                    () -> where + " in " + verification.findings());
                flip(file, at);
            }
        }
        assertTrue(WalVerifier.verify(new MappedStorageIo(), dir).isGood());
        fixture.open();
        fixture.checkAll(1, 60, 1);
        fixture.log.close();
    }

    @Test
    void shouldNotFollowAFooterOutOfItsSegment() throws IOException
    {
        write(200);
        final Path file = new WalInspector(new MappedStorageIo(), dir).segments().get(0).file();
        final byte[] sound = Files.readAllBytes(file);
        final int footerLength = SegmentDescriptor.footerLength(sound.length);
        final int[][] changes = {
            {SegmentDescriptor.FOOTER_SPARSE_COUNT_OFFSET, 1 << 28},
            {SegmentDescriptor.FOOTER_SPARSE_COUNT_OFFSET, -1},
            {SegmentDescriptor.FOOTER_TERM_COUNT_OFFSET, Integer.MAX_VALUE},
            {SegmentDescriptor.FOOTER_TERM_COUNT_OFFSET, Integer.MIN_VALUE},
            {SegmentDescriptor.FOOTER_CONFIGURATION_COUNT_OFFSET, 1 << 20},
            {SegmentDescriptor.FOOTER_RECORDS_END_OFFSET, Integer.MAX_VALUE},
            {SegmentDescriptor.FOOTER_FIXED_LENGTH + 4, -8},
            {SegmentDescriptor.FOOTER_FIXED_LENGTH + 4, Integer.MAX_VALUE - 7},
            {SegmentDescriptor.FOOTER_FIXED_LENGTH + 4, SegmentDescriptor.RECORDS_OFFSET + 4}
        };
        for (final int[] change : changes)
        {
            final UnsafeBuffer footer = new UnsafeBuffer(ByteBuffer.allocateDirect(footerLength));
            footer.putBytes(0, sound, sound.length - footerLength, footerLength);
            footer.putInt(change[0], change[1]);
            footer.putInt(SegmentDescriptor.FOOTER_CRC_OFFSET, SegmentDescriptor.footerCrc(footer.addressOffset(), footerLength));
            final byte[] changed = sound.clone();
            footer.getBytes(0, changed, sound.length - footerLength, footerLength);
            Files.write(file, changed);
            final WalVerification verification = WalVerifier.verify(new MappedStorageIo(), dir);
            assertEquals(1, verification.findings().size(), verification.findings()::toString);
            assertTrue(verification.findings().get(0).reason().contains("lead out of the segment"), verification.findings()::toString);
            final LogFixture fixture = new LogFixture(dir);
            fixture.open();
            fixture.checkAll(1, 200, 1);
            fixture.log.close();
        }
    }

    private static void flip(final Path file, final long at) throws IOException
    {
        try (RandomAccessFile raf = new RandomAccessFile(file.toFile(), "rw"))
        {
            raf.seek(at);
            final int value = raf.read();
            raf.seek(at);
            raf.write(value ^ 1 << (int)(at % 8));
        }
    }
}
