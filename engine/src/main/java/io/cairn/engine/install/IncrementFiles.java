package io.cairn.engine.install;

import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;

import java.nio.file.Path;

/**
 * Increments on their way, in a directory of their own: written to be sent, received to be applied. None outlives the process, so none is forced;
 * what a crash leaves is removed at the start. Owner: the Snapshotter.
 */
public final class IncrementFiles {
    private static final String PREFIX = "increment-";
    private static final String SUFFIX = ".tmp";

    private final StorageIo io;
    private final Path dir;
    private long count;

    /**
     * @param io  way to the files.
     * @param dir that holds nothing else under these names.
     */
    public IncrementFiles(final StorageIo io, final Path dir) {
        this.io = io;
        this.dir = dir;
        for (final String name : io.list(dir)) {
            if (name.startsWith(PREFIX) && name.endsWith(SUFFIX)) {
                io.delete(dir.resolve(name));
            }
        }
    }

    /** A blank one. */
    StorageFile create() {
        return io.open(dir.resolve(PREFIX + ++count + SUFFIX), OpenMode.CREATE_NEW);
    }

    /** One that is there. */
    StorageFile open(final Path path) {
        return io.open(path, OpenMode.READ);
    }

    /** Harmless when it is gone. */
    void delete(final Path path) {
        if (io.exists(path)) {
            io.delete(path);
        }
    }
}
