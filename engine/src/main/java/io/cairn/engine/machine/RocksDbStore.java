package io.cairn.engine.machine;

import io.cairn.fsm.MachineSnapshot;
import io.cairn.fsm.SnapshotSource;
import org.rocksdb.Checkpoint;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The database of a {@link RocksDbStateMachine} on disk: {@code live-<n>}, the state, and {@code checkpoint-<index>} directories until they are in a
 * snapshot. Owner: the Applier; a checkpoint is the Snapshotter's.
 */
final class RocksDbStore implements AutoCloseable {
    /** Writes that are in memory only: what taking a checkpoint has to flush at most. */
    static final long WRITE_BUFFER_BYTES = 8 << 20;

    private static final String LIVE = "live-";
    /** Databases of this process: while a snapshot of another member is installed there are two in one directory. */
    private static final Set<Path> IN_USE = ConcurrentHashMap.newKeySet();
    private static final String CHECKPOINT = "checkpoint-";
    private static final String TABLE_SUFFIX = ".sst";
    /** File of a checkpoint that holds the index it was taken at. */
    private static final String INDEX_FILE = "applied-index";

    static {
        RocksDB.loadLibrary();
    }

    private final Path dir;
    private final Options options = new Options().setCreateIfMissing(true).setWriteBufferSize(WRITE_BUFFER_BYTES).setMaxWriteBufferNumber(4);
    private final WriteOptions writeOptions = new WriteOptions().setDisableWAL(true);
    private final ReadOptions readOptions = new ReadOptions();
    private RocksDB database;
    private Path live;

    RocksDbStore(final Path dir) {
        this.dir = dir;
    }

    Path dir() {
        return dir;
    }

    /**
     * Begins from a snapshot, or from nothing, whatever the directory held.
     *
     * @param source of the snapshot.
     * @return index the state is as of.
     */
    long restore(final SnapshotSource source) {
        try {
            closeDatabase();
            live = newLive();
            for (final String name : source.names()) {
                if (!INDEX_FILE.equals(name)) {
                    place(Path.of(source.path(name)), live.resolve(name));
                }
            }
            database = RocksDB.open(options, live.toString());
            return source.names().isEmpty() ? 0 : Long.parseLong(Files.readString(Path.of(source.path(INDEX_FILE))).strip());
        } catch (final IOException | RocksDBException | NumberFormatException ex) {
            throw new RocksDbException("the state cannot be restored", dir, ex);
        }
    }

    /** A directory for the database; what an earlier process or a closed machine left goes. */
    private Path newLive() throws IOException {
        Files.createDirectories(dir);
        try (DirectoryStream<Path> children = Files.newDirectoryStream(dir)) {
            for (final Path child : children) {
                if (!IN_USE.contains(child.toAbsolutePath())) {
                    deleteRecursively(child);
                }
            }
        }
        int number = 0;
        while (!IN_USE.add(dir.resolve(LIVE + number).toAbsolutePath())) {
            number++;
        }
        return Files.createDirectories(dir.resolve(LIVE + number));
    }

    /** Tables never change and are linked, where the file system can; the rest is written to by whoever opens it, and copied. */
    private static void place(final Path source, final Path target) throws IOException {
        if (source.toString().endsWith(TABLE_SUFFIX)) {
            try {
                Files.createLink(target, source);
                return;
            } catch (final IOException | UnsupportedOperationException ex) {
                // Another file system: copied below.
                Files.deleteIfExists(target);
            }
        }
        Files.copy(source, target);
    }

    void put(final byte[] key, final int keyLength, final byte[] value, final int valueLength) throws RocksDBException {
        database.put(writeOptions, key, 0, keyLength, value, 0, valueLength);
    }

    void delete(final byte[] key, final int keyLength) throws RocksDBException {
        database.delete(writeOptions, key, 0, keyLength);
    }

    byte[] get(final byte[] key, final int keyLength) throws RocksDBException {
        return database.get(readOptions, key, 0, keyLength);
    }

    RocksIterator iterator() {
        return database.newIterator(readOptions);
    }

    /**
     * Takes a checkpoint of the state as it is.
     *
     * @param index the state is as of.
     * @return what the Snapshotter writes.
     */
    MachineSnapshot checkpoint(final long index) {
        final Path target = dir.resolve(CHECKPOINT + index);
        try (Checkpoint checkpoint = Checkpoint.create(database)) {
            deleteRecursively(target);
            checkpoint.createCheckpoint(target.toString());
            Files.writeString(target.resolve(INDEX_FILE), Long.toString(index));
        } catch (final IOException | RocksDBException ex) {
            throw new RocksDbException("a checkpoint cannot be taken", dir, ex);
        }
        return new RocksDbSnapshot(target);
    }

    /** The files of a directory go with it; nothing happens where there is none. */
    static void deleteRecursively(final Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(final Path file, final BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(final Path visited, final IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private void closeDatabase() {
        if (database != null) {
            database.close();
            database = null;
        }
        if (live != null) {
            IN_USE.remove(live.toAbsolutePath());
            live = null;
        }
    }

    @Override
    public void close() {
        closeDatabase();
        readOptions.close();
        writeOptions.close();
        options.close();
    }

    static void link(final Path source, final Path target) throws IOException {
        try {
            Files.createLink(target, source);
        } catch (final IOException | UnsupportedOperationException ex) {
            // Another file system than that of the snapshots: the bytes have to move.
            Files.copy(source, target);
        }
    }
}
