package io.cairn.snapshot;

import org.agrona.concurrent.UnsafeBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * {@code pages.dat}: a header of 4,096 bytes (see {@link PageHeader}, zeros, CRC32C of bytes 0..4091 at 4092), then pages. In a full snapshot page
 * <i>i</i> stands at {@code 4096 + i × pageSize} and everything else is zero or a hole; in an incremental one the <i>k</i>-th stored page, in
 * order of
 * id, stands at {@code 4096 + k × pageSize}. A page's checksum is in {@code pages.idx}. Blocks of the file's checksum: the header, then every
 * stored page in order of id.
 */
final class PageFile {
    static final String FILE_NAME = "pages.dat";
    static final int HEADER_LENGTH = 4096;
    static final int HEADER_CRC_OFFSET = 4092;

    private PageFile() {
    }

    /** Where a page is: by its id in a full snapshot, by its rank among the stored ones in an incremental one. */
    static long position(final int slot, final int pageSize) {
        return HEADER_LENGTH + (long)slot * pageSize;
    }

    /** Length of the file of a snapshot. */
    static long lengthBytes(final SnapshotManifest.PageImage image, final boolean incremental) {
        return position(incremental ? image.storedPages() : image.pageCount(), image.pageSize());
    }

    /** Encodes the header block and returns its checksum. */
    static int encodeHeader(final PageHeader header, final UnsafeBuffer block) {
        block.setMemory(0, HEADER_LENGTH, (byte)0);
        block.putBytes(0, header.buffer(), 0, PageHeader.LENGTH);
        final int crc = Checksums.of(block, 0, HEADER_CRC_OFFSET);
        block.putInt(HEADER_CRC_OFFSET, crc, LITTLE_ENDIAN);
        return crc;
    }

    /** Checks the header block against the manifest; returns its checksum. */
    static int checkHeader(final UnsafeBuffer block, final SnapshotManifest manifest, final Findings findings) {
        final int computed = Checksums.of(block, 0, HEADER_CRC_OFFSET);
        final int stated = block.getInt(HEADER_CRC_OFFSET, LITTLE_ENDIAN);
        if (computed != stated) {
            findings.addChecksum(FILE_NAME, 0, -1, HEADER_CRC_OFFSET, computed, stated);
            return stated;
        }
        final PageHeader expected = new PageHeader().of(PageHeader.PAGES_MAGIC, manifest);
        for (int i = 0; i < HEADER_CRC_OFFSET; i++) {
            final byte value = i < PageHeader.LENGTH ? expected.buffer().getByte(i) : 0;
            if (block.getByte(i) != value) {
                findings.add(FILE_NAME, i, -1, "its header does not agree with the manifest");
                break;
            }
        }
        return stated;
    }

    /** The file of that name in the manifest, or null with a finding. */
    static SnapshotFile named(final SnapshotManifest manifest, final String name, final Findings findings) {
        for (final SnapshotFile file : manifest.files()) {
            if (file.name().equals(name)) {
                return file;
            }
        }
        findings.add(SnapshotManifest.FILE_NAME, 0, -1, "it names no file " + name);
        return null;
    }
}
