package io.cairn.snapshot;

import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageIo;

import java.nio.file.Path;

/**
 * What is done to whole snapshots in their directory: names are found, damaged ones set aside, unneeded ones removed. Every step leaves,
 * whatever crash
 * follows it, a name that is read with a whole snapshot behind it or a name that is not read.
 *
 * <p>Owner: the Snapshotter.
 */
final class SnapshotDirectory {
    private final StorageIo io;
    private final Path dir;

    SnapshotDirectory(final StorageIo io, final Path dir) {
        this.io = io;
        this.dir = dir;
    }

    boolean contains(final String name) {
        return io.exists(dir.resolve(name));
    }

    /** Removes what is not read as a snapshot anyway; returns what went wrong, or null. Crash: less of it is left. */
    String removeOrphan(final String name) {
        try {
            DirectoryTree.delete(io, dir.resolve(name));
            return null;
        } catch (final StorageException e) {
            return "what a crash left behind could not be removed: " + e.getMessage();
        }
    }

    /** Renames a damaged snapshot so that nothing reads it; returns what went wrong, or null. Crash: its damage is found again. */
    String setAside(final String name) {
        final Path aside = dir.resolve(name + SnapshotNames.DAMAGED);
        try {
            DirectoryTree.delete(io, aside);
            io.rename(dir.resolve(name), aside);
            io.forceDirectory(dir);
            return null;
        } catch (final StorageException e) {
            return "it could not be set aside: " + e.getMessage();
        }
    }

    /** Takes a snapshot away; returns what went wrong, or null. */
    String remove(final String name) {
        try {
            DirectoryTree.retire(io, dir, name);
            return null;
        } catch (final StorageException e) {
            return "a snapshot that is no longer needed could not be removed: " + e.getMessage();
        }
    }

    /** The first time from {@code createdMs} on that gives a name nobody has, whatever its suffix. */
    long uniqueCreatedMs(final long index, final long term, final long createdMs) {
        long unique = Math.max(0, createdMs);
        while (isTaken(SnapshotNames.of(index, term, unique))) {
            unique++;
        }
        return unique;
    }

    /** True if the name stands in the directory, whatever its suffix. */
    boolean isTaken(final String name) {
        return isInUse(name) || contains(name + SnapshotNames.DAMAGED);
    }

    /** True if the name stands in the directory other than as one that was set aside. */
    boolean isInUse(final String name) {
        return contains(name) || contains(name + SnapshotNames.TMP) || contains(name + SnapshotNames.DELETING);
    }
}
