package io.cairn.snapshot;

import io.cairn.snapshot.SnapshotManifest.PageImage;
import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The page files of one snapshot of a chain, opened for reading: header, length and index checked, and which of its pages the top of the chain
 * takes from here.
 *
 * <p>Owner: one thread; read-only once {@link #assign} has been called.
 */
final class ChainElement implements AutoCloseable {
    private final StorageIo io;
    private final Path dir;
    private final SnapshotManifest manifest;
    private final PageIndex index;
    private final PageBitmap assigned = new PageBitmap();

    private ChainElement(final StorageIo io, final Path dir, final SnapshotManifest manifest, final PageIndex index) {
        this.io = io;
        this.dir = dir;
        this.manifest = manifest;
        this.index = index;
    }

    /** Opens and checks everything but the pages themselves; null if the findings say why not. */
    static ChainElement open(final StorageIo io, final Path dir, final SnapshotManifest manifest, final Findings findings) {
        final long before = findings.total();
        PageIndex index = null;
        try {
            index = PageIndex.load(io, dir, manifest, findings);
            if (index != null) {
                checkPageFile(io, dir, manifest, index, findings);
            }
        } catch (final StorageException e) {
            findings.add(String.valueOf(e.path() == null ? "" : e.path().getFileName()), 0, -1, e.getMessage());
        }
        if (index != null && findings.total() != before) {
            index.close();
            index = null;
        }
        return index == null ? null : new ChainElement(io, dir, manifest, index);
    }

    private static void checkPageFile(
        final StorageIo io, final Path dir, final SnapshotManifest manifest, final PageIndex index, final Findings findings) {
        final SnapshotFile file = PageFile.named(manifest, PageFile.FILE_NAME, findings);
        if (file == null) {
            return;
        }
        final long length = PageFile.lengthBytes(manifest.pages(), manifest.isIncremental());
        try (StorageFile pages = io.open(dir.resolve(PageFile.FILE_NAME), OpenMode.READ)) {
            if (pages.size() != length || file.lengthBytes() != length) {
                findings.add(PageFile.FILE_NAME, Math.min(pages.size(), length), -1, "the file has " + pages.size() + " bytes, the manifest says " +
                    file.lengthBytes() + " and its pages need " + length);
                return;
            }
            final ByteBuffer memory = ByteBuffer.allocateDirect(PageFile.HEADER_LENGTH);
            final UnsafeBuffer block = new UnsafeBuffer(memory);
            FileBytes.readFully(pages, 0, block, 0, PageFile.HEADER_LENGTH);
            final long before = findings.total();
            final Checksums checksums = new Checksums();
            int checksum = checksums.fold(0, PageFile.checkHeader(block, manifest, findings));
            BufferUtil.free(memory);
            for (int rank = 0; rank < index.stored().cardinality(); rank++) {
                checksum = checksums.fold(checksum, index.checksum(rank));
            }
            if (findings.total() == before && checksum != file.checksum()) {
                findings.add(PageIndex.FILE_NAME, 0, -1, "its page checksums fold to " + ManifestText.hex(checksum) + ", the manifest says " +
                    ManifestText.hex(file.checksum()) + " for " + PageFile.FILE_NAME + ": files of two snapshots are mixed");
            }
        }
    }

    /** Takes every remaining page that is stored here, and removes it from what remains. */
    void assign(final PageBitmap remaining) {
        assigned.reset(manifest.pages().pageCount());
        final PageBitmap stored = index.stored();
        for (int page = stored.next(0); page < stored.pageCount(); page = stored.next(page + 1)) {
            if (remaining.contains(page)) {
                assigned.add(page);
                remaining.remove(page);
            }
        }
    }

    StorageFile openPages() {
        return io.open(dir.resolve(PageFile.FILE_NAME), OpenMode.READ);
    }

    SnapshotManifest manifest() {
        return manifest;
    }

    PageImage image() {
        return manifest.pages();
    }

    PageIndex index() {
        return index;
    }

    /** Pages that the top of the chain takes from here. */
    PageBitmap assigned() {
        return assigned;
    }

    /** Where a stored page is in the file, given its rank among the stored ones. */
    int slot(final int page, final int rank) {
        return manifest.isIncremental() ? rank : page;
    }

    @Override
    public void close() {
        index.close();
    }
}
