package io.cairn.snapshot;

import io.cairn.wal.io.StorageIo;

import java.nio.file.Path;

/**
 * A snapshot's way from its temporary directory to its name.
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
 * A force that fails anywhere ends it and removes the directory; it is never tried again on the same file, because the kernel has marked the pages
 * clean. A failure of step 5 takes the directory away again.
 *
 * <p>Owner: the Snapshotter.
 */
final class Publication {
    private final StorageIo io;
    private final Path snapshots;
    private final String name;
    private final Path tmp;
    private boolean renamed;

    Publication(final StorageIo io, final Path snapshots, final String name) {
        this.io = io;
        this.snapshots = snapshots;
        this.name = name;
        tmp = snapshots.resolve(name + SnapshotNames.TMP);
    }

    /** Where the files are written. */
    Path directory() {
        return tmp;
    }

    /** Makes the temporary directory. */
    void open() {
        io.createDirectories(tmp);
    }

    /** Steps 2 to 5; every other file has been forced, and so has every directory below the temporary one. */
    void publish(final SnapshotManifest manifest) {
        final byte[] text = ManifestText.render(manifest);
        if (text.length > ManifestText.LENGTH_MAX) {
            throw new SnapshotException("the manifest of " + name + " would have " + text.length + " bytes: the machine brings too many files");
        }
        FileBytes.writeAll(io, tmp.resolve(SnapshotManifest.FILE_NAME), text);
        io.forceDirectory(tmp);
        io.rename(tmp, snapshots.resolve(name));
        renamed = true;
        io.forceDirectory(snapshots);
    }

    /** Removes everything; what cannot be removed now, the next open removes. */
    void discard() {
        try {
            if (renamed) {
                DirectoryTree.retire(io, snapshots, name);
            } else {
                DirectoryTree.delete(io, tmp);
            }
        } catch (final RuntimeException ignore) {
            // A name that is never read as a snapshot; or, after a failed force of the parent, a whole and valid one.
        }
    }
}
