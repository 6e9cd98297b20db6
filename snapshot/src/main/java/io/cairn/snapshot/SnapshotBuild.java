package io.cairn.snapshot;

import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageIo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One snapshot from its temporary directory to its publication.
 *
 * <p>Order, and what a crash leaves behind (also in {@code docs/formats/snapshot.md}):
 * <ol>
 * <li>{@code <name>.tmp} is made and every file in it written and forced. Crash: a directory that is never read and that the next open
 * removes.</li>
 * <li>The manifest, which has the checksum of every file, is written and forced. Crash: the same.</li>
 * <li>The directory itself is forced, so that every entry is durable. Crash: the same.</li>
 * <li>Rename to {@code <name>}. Crash: one of the two names survives; behind the final one stands a snapshot that is whole and durable.</li>
 * <li>The parent is forced. Only now does the snapshot count and may the log be released. Crash: it is there, whole.</li>
 * </ol>
 * A force that fails anywhere ends the build and removes the directory; it is never tried again on the same file, because the kernel has marked the
 * pages clean. A failure of step 5 takes the directory away again.
 *
 * <p>Owner: the Snapshotter.
 */
final class SnapshotBuild {
    private final SnapshotContext context;
    private final StorageIo io;
    private final SnapshotBuffers buffers;
    private final SnapshotManifest.Builder manifest;
    private final String name;
    private final Path tmp;
    private final List<SnapshotFile> files = new ArrayList<>();
    private PageFileWriter pages;
    private MachineFileWriter machine;
    private boolean renamed;

    /** A build of the manifest's name; its page image and base must be known, and the page sets be in the buffers. */
    SnapshotBuild(final SnapshotContext context, final SnapshotBuffers buffers, final SnapshotManifest.Builder manifest) {
        this.context = context;
        this.buffers = buffers;
        this.manifest = manifest;
        io = context.storageIo();
        name = SnapshotNames.of(manifest.index, manifest.term, manifest.createdMs);
        tmp = context.dir().resolve(name + SnapshotNames.TMP);
    }

    /** Bytes that pages and their index take on disk. */
    static long expectedBytes(final SnapshotManifest.PageImage image) {
        return PageFile.HEADER_LENGTH + (long)image.storedPages() * image.pageSize() + image.storedPages() * 4L + image.pageCount() / 4L + 8192L;
    }

    /** Makes the directory and begins the page files. */
    void open() {
        final long needed = expectedBytes(manifest.pages) + context.spaceReserveBytes();
        final long usable = io.usableSpaceBytes(context.dir());
        if (usable < needed) {
            throw new StorageException(StorageException.Kind.NO_SPACE, context.dir(), "a snapshot of " + expectedBytes(manifest.pages) +
                " bytes does not fit into " + usable + " usable bytes while " + context.spaceReserveBytes() + " are kept free: make room");
        }
        io.createDirectories(tmp);
        pages = new PageFileWriter(io, tmp, manifest, buffers, context.forceBytes());
        pages.begin(manifest);
        machine = new MachineFileWriter(context, tmp, manifest, buffers);
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

    /** Steps 2 to 5. */
    SnapshotManifest publish() {
        machine.finish(files);
        manifest.files = files;
        final SnapshotManifest published = manifest.build();
        final byte[] text = ManifestText.render(published);
        if (text.length > ManifestText.LENGTH_MAX) {
            throw new SnapshotException("the manifest of " + name + " would have " + text.length + " bytes: the machine brings too many files");
        }
        FileBytes.writeAll(io, tmp.resolve(SnapshotManifest.FILE_NAME), text);
        io.forceDirectory(tmp);
        io.rename(tmp, context.dir().resolve(name));
        renamed = true;
        io.forceDirectory(context.dir());
        return published;
    }

    /** Closes everything and removes what was written; what cannot be removed now, the next open removes. */
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
        try {
            if (renamed) {
                DirectoryTree.retire(io, context.dir(), name);
            } else {
                DirectoryTree.delete(io, tmp);
            }
        } catch (final RuntimeException ignore) {
            // A name that is never read as a snapshot; or, after a failed force of the parent, a whole and valid one.
        }
    }
}
