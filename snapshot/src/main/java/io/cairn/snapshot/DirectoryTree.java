package io.cairn.snapshot;

import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageIo;

import java.nio.file.Path;

/** Deletes directories through the port, which knows single files and empty directories only. */
final class DirectoryTree {
    private static final int DEPTH_MAX = 8;

    private DirectoryTree() {
    }

    /** Deletes a file, or a directory with all below it; nothing happens if it is missing. */
    static void delete(final StorageIo io, final Path path) {
        delete(io, path, 0);
    }

    /**
     * Takes a published directory away: renamed first, so that no crash leaves half of it under a name that is read.
     * <p>Crash before the rename is durable: it is there, whole. After: {@code .deleting}, which the next open removes.
     */
    static void retire(final StorageIo io, final Path dir, final String name) {
        final Path gone = dir.resolve(name + SnapshotNames.DELETING);
        io.rename(dir.resolve(name), gone);
        io.forceDirectory(dir);
        delete(io, gone);
    }

    private static void delete(final StorageIo io, final Path path, final int depth) {
        if (!io.exists(path)) {
            return;
        }
        for (final String name : io.list(path)) {
            final Path child = path.resolve(name);
            try {
                io.delete(child);
            } catch (final StorageException e) {
                if (e.kind() != StorageException.Kind.EXISTS || depth == DEPTH_MAX) {
                    throw e;
                }
                delete(io, child, depth + 1);
            }
        }
        io.delete(path);
    }
}
