package io.cairn.snapshot;

import io.cairn.snapshot.SnapshotManifest.PageImage;
import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Path;
import java.util.List;

/**
 * Writes {@code pages.dat} and {@code pages.idx} side by side, a slice at a time, pages in ascending order of id. Pages that lie close together
 * go out in
 * one write, short gaps of a full snapshot as zeros; long gaps become holes.
 *
 * <p>Owner: the Snapshotter.
 */
final class PageFileWriter implements AutoCloseable {
    /** A gap is written as zeros up to this length and skipped from it on: one large write is cheaper than two with a seek between. */
    private static final int GAP_BYTES_MAX = 32 << 10;

    private final SnapshotBuffers buffers;
    private final PageImage image;
    private final boolean incremental;
    private final PageBitmap stored;
    private final long forceBytes;
    private final StorageFile pages;
    private final StorageFile index;
    private final CheckedBlocksWriter indexWriter;
    private int checksum;
    private int nextPage;
    private int nextSlot;
    private long unforcedBytes;
    private long endPosition;

    PageFileWriter(
        final StorageIo io, final Path dir, final SnapshotManifest.Builder manifest, final SnapshotBuffers buffers, final long forceBytes) {
        this.buffers = buffers;
        this.forceBytes = forceBytes;
        image = manifest.pages;
        incremental = manifest.base != null;
        stored = incremental ? buffers.stored : buffers.live;
        pages = io.open(dir.resolve(PageFile.FILE_NAME), OpenMode.CREATE_NEW);
        try {
            index = io.open(dir.resolve(PageIndex.FILE_NAME), OpenMode.CREATE_NEW);
        } catch (final RuntimeException e) {
            pages.close();
            throw e;
        }
        indexWriter = new CheckedBlocksWriter(index, buffers.pageIndex, buffers.checksums);
    }

    /** Writes the headers and the page sets. */
    void begin(final SnapshotManifest.Builder manifest) {
        final PageHeader header = new PageHeader();
        final int crc = PageFile.encodeHeader(header.of(PageHeader.PAGES_MAGIC, manifest), buffers.slice);
        pages.write(0, buffers.slice, 0, PageFile.HEADER_LENGTH);
        endPosition = PageFile.HEADER_LENGTH;
        checksum = buffers.checksums.fold(0, crc);
        PageIndex.writeHead(indexWriter, header.of(PageHeader.INDEX_MAGIC, manifest), buffers.live, incremental ? buffers.stored : null);
        nextPage = stored.next(0);
    }

    boolean isComplete() {
        return nextPage >= image.pageCount();
    }

    /** Writes the next pages, at most a buffer of them; returns bytes written. */
    int writeSlice(final PageProvider provider) {
        final UnsafeBuffer slice = buffers.slice;
        final int pageSize = image.pageSize();
        final int slots = slice.capacity() / pageSize;
        final int gapMax = Math.max(1, GAP_BYTES_MAX / pageSize);
        final int firstSlot = incremental ? nextSlot : nextPage;
        int endSlot = firstSlot;
        while (nextPage < image.pageCount()) {
            final int slot = incremental ? nextSlot : nextPage;
            if (slot - firstSlot >= slots || slot - endSlot > gapMax) {
                break;
            }
            slice.setMemory((endSlot - firstSlot) * pageSize, (slot - endSlot) * pageSize, (byte)0);
            final int crc = provider.copy(nextPage, slice, (slot - firstSlot) * pageSize);
            checksum = buffers.checksums.fold(checksum, crc);
            indexWriter.putInt(crc);
            endSlot = slot + 1;
            nextSlot++;
            nextPage = stored.next(nextPage + 1);
        }
        final int length = (endSlot - firstSlot) * pageSize;
        if (length > 0) {
            pages.write(PageFile.position(firstSlot, pageSize), slice, 0, length);
            endPosition = PageFile.position(endSlot, pageSize);
            unforcedBytes += length;
            if (unforcedBytes >= forceBytes) {
                pages.force();
                unforcedBytes = 0;
            }
        }
        return length;
    }

    /** Ends both files, forces them and adds them to the list. */
    void finish(final List<SnapshotFile> files) {
        final long length = PageFile.lengthBytes(image, incremental);
        if (endPosition < length) {
            pages.truncate(length);
        }
        pages.force();
        indexWriter.finish();
        index.force();
        files.add(new SnapshotFile(PageFile.FILE_NAME, length, checksum, false));
        files.add(new SnapshotFile(PageIndex.FILE_NAME, indexWriter.lengthBytes(), indexWriter.checksum(), false));
        close();
    }

    @Override
    public void close() {
        pages.close();
        index.close();
    }
}
