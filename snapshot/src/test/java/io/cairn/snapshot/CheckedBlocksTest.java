package io.cairn.snapshot;

import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.io.StorageFile;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class CheckedBlocksTest {
    private static final Path DIR = Path.of("/blocks");
    private final SimulatedStorageIo io = new SimulatedStorageIo(1);

    private SnapshotFile write(final String name, final int words) {
        io.createDirectories(DIR);
        try (StorageFile file = io.open(DIR.resolve(name), OpenMode.CREATE_NEW)) {
            final CheckedBlocksWriter writer =
                new CheckedBlocksWriter(file, new UnsafeBuffer(BufferUtil.allocateDirectAligned(8192, 4096)), new Checksums());
            for (int i = 0; i < words; i++) {
                writer.putLong(i * 0x9E3779B97F4A7C15L);
            }
            writer.putInt(words);
            writer.finish();
            return new SnapshotFile(name, writer.lengthBytes(), writer.checksum(), false);
        }
    }

    @Test
    void shouldReadWhatWasWrittenWhateverTheNumberOfBlocks() {
        for (final int words : new int[] {0, 1, 510, 511, 512, 3 * 511, 5000}) {
            final SnapshotFile file = write("words-" + words, words);
            final Findings findings = new Findings("s");
            try (CheckedBlocksReader reader = CheckedBlocksReader.load(io, DIR, file, findings)) {
                assertTrue(reader.isValid(), () -> findings.list().toString());
                for (int i = 0; i < words; i++) {
                    assertEquals(i * 0x9E3779B97F4A7C15L, reader.getLong(i * 8));
                }
                assertEquals(words, reader.getInt(words * 8));
                assertTrue(reader.isZeroFrom(words * 8 + 4));
            }
        }
    }

    @Test
    void shouldNoticeEveryFlippedByteAndNameIt() {
        final SnapshotFile file = write("f", 600);
        for (int i = 0; i < file.lengthBytes(); i++) {
            final byte was = io.byteAt(DIR.resolve("f"), i);
            io.damage(DIR.resolve("f"), i, (byte)(was ^ 1 << i % 8));
            final Findings findings = new Findings("s");
            try (CheckedBlocksReader reader = CheckedBlocksReader.load(io, DIR, file, findings)) {
                assertFalse(reader.isValid(), "byte " + i);
                if (i % 4096 < 4092) {
                    assertEquals(i, findings.list().get(0).offset());
                }
            }
            io.damage(DIR.resolve("f"), i, was);
        }
    }

    @Test
    void shouldNoticeWhenTheFileIsAnotherOneOrHasAnotherLength() {
        final SnapshotFile a = write("a", 600);
        write("b", 601);
        io.damageBySwap(DIR.resolve("a"), DIR.resolve("b"));
        final Findings findings = new Findings("s");
        CheckedBlocksReader.load(io, DIR, a, findings).close();
        assertEquals(1, findings.total());
        io.damageSize(DIR.resolve("a"), 4096);
        CheckedBlocksReader.load(io, DIR, a, findings).close();
        assertEquals(2, findings.total());
        assertEquals(4096, findings.list().get(1).offset());
    }
}
