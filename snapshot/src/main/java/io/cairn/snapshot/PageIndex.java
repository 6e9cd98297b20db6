package io.cairn.snapshot;

import io.cairn.snapshot.SnapshotManifest.PageImage;
import io.cairn.wal.io.StorageIo;

import java.nio.file.Path;

/**
 * {@code pages.idx}: which pages are live, which are stored here, and the CRC32C of each stored one. Payload of checked blocks:
 * <pre>
 *   header (80) | live bitmap: ceil(pageCount / 64) × i64 | stored bitmap: the same, only when incremental | CRC32C of each stored page in order
 *   of id
 * </pre>
 * A page that is live but not stored here is in the base or below. A page that is not live is free.
 *
 * <p>Owner: one thread while it is loaded; read-only afterwards.
 */
final class PageIndex implements AutoCloseable {
    static final String FILE_NAME = "pages.idx";

    private final CheckedBlocksReader reader;
    private final PageBitmap live = new PageBitmap();
    private final PageBitmap stored = new PageBitmap();
    private final int checksumsOffset;

    private PageIndex(final CheckedBlocksReader reader, final int checksumsOffset) {
        this.reader = reader;
        this.checksumsOffset = checksumsOffset;
    }

    /** Writes everything before the checksums; they follow with {@link CheckedBlocksWriter#putInt} as pages are written. */
    static void writeHead(final CheckedBlocksWriter out, final PageHeader header, final PageBitmap live, final PageBitmap stored) {
        for (int offset = 0; offset < PageHeader.LENGTH; offset += Long.BYTES) {
            out.putLong(header.word(offset));
        }
        final int words = PageBitmap.wordCount(live.pageCount());
        for (int i = 0; i < words; i++) {
            out.putLong(live.word(i));
        }
        if (stored != null) {
            for (int i = 0; i < words; i++) {
                out.putLong(stored.word(i));
            }
        }
    }

    /**
     * Loads and checks the index of a snapshot.
     *
     * @return the index, or null if the findings say why there is none.
     */
    static PageIndex load(final StorageIo io, final Path dir, final SnapshotManifest manifest, final Findings findings) {
        final SnapshotFile file = PageFile.named(manifest, FILE_NAME, findings);
        if (file == null) {
            return null;
        }
        final CheckedBlocksReader reader = CheckedBlocksReader.load(io, dir, file, findings);
        final PageIndex index = reader.isValid() ? of(reader, manifest, findings) : null;
        if (index == null) {
            reader.close();
        }
        return index;
    }

    private static PageIndex of(final CheckedBlocksReader reader, final SnapshotManifest manifest, final Findings findings) {
        final PageImage image = manifest.pages();
        final int words = PageBitmap.wordCount(image.pageCount());
        final int bitmaps = manifest.isIncremental() ? 2 : 1;
        final int checksumsOffset = PageHeader.LENGTH + bitmaps * words * Long.BYTES;
        final long end = checksumsOffset + (long)image.storedPages() * Integer.BYTES;
        if (end > reader.lengthBytes() || reader.lengthBytes() - end >= CheckedBlocksWriter.PAYLOAD_LENGTH) {
            findings.add(FILE_NAME, 0, -1, "its length does not fit " + image.pageCount() + " pages of which " + image.storedPages() + " are stored");
            return null;
        }
        final PageHeader expected = new PageHeader().of(PageHeader.INDEX_MAGIC, manifest);
        for (int offset = 0; offset < PageHeader.LENGTH; offset += Long.BYTES) {
            if (reader.getLong(offset) != expected.word(offset)) {
                findings.add(FILE_NAME, offset, -1, "its header does not agree with the manifest");
                return null;
            }
        }
        final PageIndex index = new PageIndex(reader, checksumsOffset);
        index.live.reset(image.pageCount());
        index.stored.reset(image.pageCount());
        for (int i = 0; i < words; i++) {
            final int offset = PageHeader.LENGTH + i * Long.BYTES;
            index.live.word(i, reader.getLong(offset));
            index.stored.word(i, reader.getLong(manifest.isIncremental() ? offset + words * Long.BYTES : offset));
        }
        if (!index.live.isTailClear() || !index.stored.isSubsetOf(index.live) || index.live.cardinality() != image.livePages() ||
            index.stored.cardinality() != image.storedPages() || !reader.isZeroFrom((int)end)) {
            findings.add(FILE_NAME, PageHeader.LENGTH, -1, "its page sets are not the manifest's: " + index.live.cardinality() + " live and " +
                index.stored.cardinality() + " stored pages, or bytes behind the last checksum that are not zero");
            return null;
        }
        return index;
    }

    /** Pages reachable from the root. */
    PageBitmap live() {
        return live;
    }

    /** Pages in this snapshot's own file. */
    PageBitmap stored() {
        return stored;
    }

    /** CRC32C of the stored page with this rank among the stored ones. */
    int checksum(final int rank) {
        return reader.getInt(checksumsOffset + rank * Integer.BYTES);
    }

    @Override
    public void close() {
        reader.close();
    }
}
