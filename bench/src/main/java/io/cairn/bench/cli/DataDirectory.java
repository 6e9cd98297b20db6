package io.cairn.bench.cli;

import io.cairn.bench.report.MachineFacts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where a benchmark keeps its data: a directory that was given, which is left in place, or a temporary one on a real disk, which is deleted.
 */
final class DataDirectory implements AutoCloseable {
    private static final List<String> MEMORY_FILE_SYSTEMS = List.of("tmpfs", "ramfs", "devtmpfs");
    private static final String LOG_DIRECTORY = "wal";

    private final Path path;
    private boolean isTemporary;
    private final Thread onInterrupt;

    private DataDirectory(final Path path, final boolean isTemporary) {
        this.path = path;
        this.isTemporary = isTemporary;
        onInterrupt = new Thread(this::deleteQuietly, "delete-temporary-directory");
    }

    private static DataDirectory temporary() throws IOException {
        final DataDirectory directory = new DataDirectory(Files.createTempDirectory(temporaryParent(), "cairn-bench-"), true);
        Runtime.getRuntime().addShutdownHook(directory.onInterrupt);
        return directory;
    }

    /**
     * Finds or makes the directory.
     *
     * @param given by the person, or null.
     * @return the directory, which exists.
     * @throws BenchException if the given one holds something else, or cannot be written.
     */
    static DataDirectory open(final Path given) {
        try {
            if (null == given) {
                return temporary();
            }
            if (Files.exists(given) && !Files.isDirectory(given)) {
                throw new BenchException(given + " is a file: --data-dir takes a directory");
            }
            if (Files.isDirectory(given) && !isEmpty(given) && !Files.isDirectory(given.resolve(LOG_DIRECTORY))) {
                throw new BenchException(given + " is not empty and holds no Cairn data: give an empty or a new directory to --data-dir");
            }
            Files.createDirectories(given);
            if (!Files.isWritable(given)) {
                throw new BenchException(given + " cannot be written: give another --data-dir");
            }
            return new DataDirectory(given, false);
        } catch (final IOException ex) {
            throw new BenchException("the data directory " + (null == given ? temporaryParent() : given) + " cannot be made: "
                + Failures.reason(ex), ex);
        }
    }

    private static Path temporaryParent() {
        final Path first = Path.of(System.getProperty("java.io.tmpdir"));
        final Path second = Path.of("/var/tmp");
        final boolean isFirstInMemory = MEMORY_FILE_SYSTEMS.contains(MachineFacts.fileSystem(first));
        return isFirstInMemory && Files.isWritable(second) && !MEMORY_FILE_SYSTEMS.contains(MachineFacts.fileSystem(second)) ? second : first;
    }

    private static boolean isEmpty(final Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.findAny().isEmpty();
        }
    }

    Path path() {
        return path;
    }

    /** Keeps a temporary directory: something in it is to be looked at. */
    void keep() {
        if (isTemporary) {
            isTemporary = false;
            Runtime.getRuntime().removeShutdownHook(onInterrupt);
        }
    }

    /** Whether what is "forced" here never reaches a disk. */
    boolean isInMemory() {
        return MEMORY_FILE_SYSTEMS.contains(MachineFacts.fileSystem(path));
    }

    /** Length of all files below. */
    static long sizeBytes(final Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    /** Deletes a directory and all below. */
    static void delete(final Path directory) throws IOException {
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
            public FileVisitResult postVisitDirectory(final Path dir, final IOException ex) throws IOException {
                Files.delete(dir);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Deletes a temporary directory; leaves a given one. */
    @Override
    public void close() {
        if (!isTemporary) {
            return;
        }
        try {
            delete(path);
            Runtime.getRuntime().removeShutdownHook(onInterrupt);
        } catch (final IOException ex) {
            throw new BenchException("the temporary directory " + path + " could not be deleted: " + Failures.reason(ex), ex);
        } catch (final IllegalStateException ex) {
            // The JVM is going down already; the hook deletes what is left.
            deleteQuietly();
        }
    }

    /** When the JVM goes down before the benchmark has ended: the engine may still write, so try a few times, and leave what is left. */
    private void deleteQuietly() {
        for (int attempt = 0; attempt < 3 && Files.exists(path); attempt++) {
            try {
                delete(path);
            } catch (final IOException ex) {
                Thread.onSpinWait();
            }
        }
    }
}
