package io.cairn.snapshot;

import io.cairn.snapshot.ManifestText.ManifestException;
import io.cairn.snapshot.SnapshotManifest.PageImage;
import io.cairn.snapshot.SnapshotManifest.SnapshotBase;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class ManifestTextTest {
    static SnapshotManifest manifest(final boolean incremental) {
        final SnapshotManifest.Builder builder = new SnapshotManifest.Builder();
        builder.index = 12345;
        builder.term = 3;
        builder.timestampMs = 1_700_000_000_100L;
        builder.createdMs = 1_700_000_000_123L;
        builder.walChain = 0xF0E1D2C3;
        builder.clusterId = -7;
        builder.machineName = "key-value";
        builder.machineVersion = 2;
        builder.configuration = new byte[] {10, -1};
        builder.pages = new PageImage(42, 17, 4096, 262144, 250000, incremental ? 12 : 250000);
        builder.base = incremental ? new SnapshotBase(SnapshotNames.of(12000, 3, 1_700_000_000_000L), 40, 0x89ABCDEF) : null;
        builder.files = List.of(
            new SnapshotFile("pages.dat", 53248, 1, false), new SnapshotFile("pages.idx", 73728, -1, false),
            new SnapshotFile("machine/000012.sst", 0, 0, true));
        return builder.build();
    }

    @Test
    void shouldReadWhatItWrote() throws ManifestException {
        for (final boolean incremental : new boolean[] {false, true}) {
            final SnapshotManifest manifest = manifest(incremental);
            final byte[] bytes = ManifestText.render(manifest);
            final SnapshotManifest read = ManifestText.parse(bytes);
            assertArrayEquals(bytes, ManifestText.render(read));
            assertEquals(manifest.name(), read.name());
            assertEquals(manifest.pages(), read.pages());
            assertEquals(manifest.base(), read.base());
            assertEquals(manifest.files(), read.files());
            assertEquals(ManifestText.checksum(manifest), ManifestText.checksum(read));
            assertEquals("0000000000000012345-0000000003-1700000000123", read.name());
        }
    }

    @Test
    void shouldNoticeEveryFlippedBitAndNameItsByte() {
        final byte[] bytes = ManifestText.render(manifest(true));
        final int checksumLine = bytes.length - "checksum=01234567\n".length();
        for (int i = 0; i < bytes.length; i++) {
            for (int bit = 0; bit < 8; bit++) {
                final byte[] flipped = bytes.clone();
                flipped[i] ^= (byte)(1 << bit);
                final ManifestException e = assertThrows(ManifestException.class, () -> ManifestText.parse(flipped), "byte " + i + " bit " + bit);
                if (i < checksumLine) {
                    assertEquals(i, e.offset(), "byte " + i + " bit " + bit);
                }
            }
        }
    }

    @Test
    void shouldNoticeEveryTruncationAndAnythingAppended() {
        final byte[] bytes = ManifestText.render(manifest(false));
        for (int length = 0; length < bytes.length; length++) {
            final byte[] cut = Arrays.copyOf(bytes, length);
            assertThrows(ManifestException.class, () -> ManifestText.parse(cut), "length " + length);
        }
        assertThrows(ManifestException.class, () -> ManifestText.parse(Arrays.copyOf(bytes, bytes.length + 1)));
    }

    @Test
    void shouldRefuseAnotherFormRightlyChecksummed() {
        final String text = new String(ManifestText.render(manifest(false)), StandardCharsets.US_ASCII);
        assertThrows(ManifestException.class, () -> ManifestText.parse(checksummed(text.replace("term=3", "term=03"))));
        assertThrows(ManifestException.class, () -> ManifestText.parse(checksummed(text.replace("wal-chain=f0e1d2c3", "wal-chain=F0e1d2c3"))));
        assertThrows(ManifestException.class, () -> ManifestText.parse(checksummed(text.replace("machine/000012.sst", "../000012.sst"))));
        assertThrows(ManifestException.class, () -> ManifestText.parse(checksummed(text.replace("files=3", "files=2"))));
        assertThrows(ManifestException.class, () -> ManifestText.parse(checksummed(text.replace("index=12345\n", ""))));
    }

    /** It becomes a path, and manifests come from other members too. */
    @Test
    void shouldRefuseABaseOrANameThatNoSnapshotHas() {
        final String text = new String(ManifestText.render(manifest(true)), StandardCharsets.US_ASCII);
        final String base = SnapshotNames.of(12000, 3, 1_700_000_000_000L);
        for (final String other : List.of("../../elsewhere", "", "/etc", base + "/..", base + "\0", base.replace('-', '_'), "x".repeat(300))) {
            assertThrows(ManifestException.class, () -> ManifestText.parse(checksummed(text.replace("base=" + base, "base=" + other))), other);
        }
        for (final String line : List.of("\nindex=", "\nterm=", "\ncreated-ms=")) {
            assertThrows(ManifestException.class, () -> ManifestText.parse(checksummed(text.replace(line, line + "-"))), line);
        }
    }

    @Test
    void shouldSayThatItIsAnotherFormatWhenItIs() {
        final String text = new String(ManifestText.render(manifest(false)), StandardCharsets.US_ASCII);
        final byte[] newer = checksummed(text.replace("format=1", "format=2"));
        final ManifestException e = assertThrows(ManifestException.class, () -> ManifestText.parse(newer));
        assertTrue(e.isOfAnotherFormat());
        assertTrue(e.getMessage().contains("format version 2, this program knows 1"), e.getMessage());
    }

    static byte[] checksummed(final String text) {
        final String lines = text.substring(0, text.length() - "checksum=01234567\n".length());
        final CRC32C crc = new CRC32C();
        crc.update(lines.getBytes(StandardCharsets.US_ASCII));
        return (lines + "checksum=" + ManifestText.hex((int)crc.getValue()) + "\n").getBytes(StandardCharsets.US_ASCII);
    }
}
