package io.cairn.snapshot;

import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageIo;

import java.util.ArrayList;
import java.util.List;

/**
 * One snapshot that is written here, from pages and a machine's files to its {@link Publication}.
 *
 * <p>Owner: the Snapshotter.
 */
final class SnapshotBuild {
    private final SnapshotContext context;
    private final StorageIo io;
    private final SnapshotBuffers buffers;
    private final SnapshotManifest.Builder manifest;
    private final Publication publication;
    private final List<SnapshotFile> files = new ArrayList<>();
    private PageFileWriter pages;
    private MachineFileWriter machine;

    /** A build of the manifest's name; its page image and base must be known, and the page sets be in the buffers. */
    SnapshotBuild(final SnapshotContext context, final SnapshotBuffers buffers, final SnapshotManifest.Builder manifest) {
        this.context = context;
        this.buffers = buffers;
        this.manifest = manifest;
        io = context.storageIo();
        publication = new Publication(io, context.dir(), SnapshotNames.of(manifest.index, manifest.term, manifest.createdMs));
    }

    /** Bytes that pages and their index take on disk. */
    static long expectedBytes(final SnapshotManifest.PageImage image) {
        return PageFile.HEADER_LENGTH + (long)image.storedPages() * image.pageSize() + image.storedPages() * 4L + image.pageCount() / 4L + 8192L;
    }

    /** Refuses before anything is written what would take the last bytes of the disk. */
    static void checkSpace(final SnapshotContext context, final long neededBytes) {
        final long usable = context.storageIo().usableSpaceBytes(context.dir());
        if (usable < neededBytes + context.spaceReserveBytes()) {
            throw new StorageException(StorageException.Kind.NO_SPACE, context.dir(), "a snapshot of " + neededBytes + " bytes does not fit into " +
                usable + " usable bytes while " + context.spaceReserveBytes() + " are kept free: make room");
        }
    }

    /** Makes the directory and begins the page files. */
    void open() {
        checkSpace(context, expectedBytes(manifest.pages));
        publication.open();
        pages = new PageFileWriter(io, publication.directory(), manifest, buffers, context.forceBytes());
        pages.begin(manifest);
        machine = new MachineFileWriter(context, publication.directory(), manifest, buffers);
    }

    /** Writes the next pages; returns bytes, or −1 when all are written and forced. */
    int pagesSlice(final PageProvider provider) {
        if (pages.isComplete()) {
            pages.finish(files);
            return -1;
        }
        return pages.writeSlice(provider);
    }

    /** Takes the machine's own files. */
    MachineFileWriter machine() {
        return machine;
    }

    /** Ends the machine's files and publishes. */
    SnapshotManifest publish() {
        machine.finish(files);
        manifest.files = files;
        final SnapshotManifest published = manifest.build();
        publication.publish(published);
        return published;
    }

    /** Closes everything and removes what was written. */
    void discard() {
        try {
            if (pages != null) {
                pages.close();
            }
            if (machine != null) {
                machine.close();
            }
        } catch (final RuntimeException ignore) {
            // The files are given up; what counts is that the directory goes.
        }
        publication.discard();
    }
}
