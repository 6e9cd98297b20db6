package io.cairn.engine.memory;

import io.cairn.fsm.page.ExtentSource;
import io.cairn.wal.io.MappedRegion;
import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Extents in a scratch file, mapped shared, so that the state may exceed memory: the kernel writes cold pages back and reads them again.
 * The file is made anew at every start (the state is restored from snapshot and log) and never forced. Its blocks are allocated ahead, so
 * that a full disk is an exhausted arena and not a signal in the middle of a store.
 *
 * <p>Owner: the Applier; {@link #close()} by whoever closes the engine, after it.
 */
public final class ScratchFileExtentSource implements ExtentSource {
    private static final String PREFIX = "pages-";
    private static final String SUFFIX = ".scratch";

    private final StorageIo storageIo;
    private final Path path;
    private final StorageFile file;
    private final List<MappedRegion> regions = new ArrayList<>();
    private long length;

    /**
     * @param storageIo way to the file system.
     * @param dir       directory of the scratch file.
     * @param number    of the state in this process, from 0: while a state is replaced there are two. The first one clears away what an earlier
     *                  process left.
     */
    public ScratchFileExtentSource(final StorageIo storageIo, final Path dir, final int number) {
        this.storageIo = storageIo;
        this.path = dir.resolve(PREFIX + number + SUFFIX);
        storageIo.createDirectories(dir);
        for (final String name : storageIo.list(dir)) {
            if (name.endsWith(SUFFIX) && (0 == number || path.endsWith(name))) {
                storageIo.delete(dir.resolve(name));
            }
        }
        this.file = storageIo.open(path, OpenMode.CREATE_NEW);
    }

    @Override
    public long allocate(final int lengthBytes) {
        try {
            file.allocate(length + lengthBytes);
            final MappedRegion region = file.map(length, lengthBytes, true);
            regions.add(region);
            length += lengthBytes;
            return region.buffer().addressOffset();
        } catch (final StorageException ex) {
            return 0;
        }
    }

    @Override
    public void close() {
        regions.forEach(MappedRegion::close);
        regions.clear();
        file.close();
        if (storageIo.exists(path)) {
            storageIo.delete(path);
        }
    }
}
