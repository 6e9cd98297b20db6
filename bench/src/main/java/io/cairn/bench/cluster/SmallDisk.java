package io.cairn.bench.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file system of its own for a member's data, so small that it can be filled: a tmpfs, which takes the right to mount. One thread.
 */
public final class SmallDisk implements AutoCloseable {
    private static final int BLOCK = 1 << 16;

    private final Path directory;
    private final Path filler;

    private SmallDisk(final Path directory) {
        this.directory = directory;
        filler = directory.resolve("filler");
    }

    /**
     * Mounts it.
     *
     * @param directory to mount it on; made if missing, and empty afterwards.
     * @param bytes     that it holds.
     * @return the disk.
     * @throws IOException where this process may not mount, with the reason.
     */
    public static SmallDisk mount(final Path directory, final long bytes) throws IOException {
        Files.createDirectories(directory);
        run("mount", "-t", "tmpfs", "-o", "size=" + bytes + ",mode=0700", "tmpfs", directory.toString());
        return new SmallDisk(directory);
    }

    private static void run(final String... command) throws IOException {
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip().replaceAll("\\s+", " ");
        try {
            if (0 != process.waitFor()) {
                throw new IOException(said.isEmpty() ? command[0] + " failed" : said);
            }
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", ex);
        }
    }

    /**
     * Takes what room there is, but for a rest.
     *
     * @param leaveBytes that stay free.
     */
    public void fill(final long leaveBytes) {
        final ByteBuffer block = ByteBuffer.allocate(BLOCK);
        try (FileChannel channel = FileChannel.open(filler, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            long position = channel.size();
            while (Files.getFileStore(directory).getUsableSpace() > leaveBytes) {
                block.clear().limit((int) Math.min(BLOCK, Math.max(1, Files.getFileStore(directory).getUsableSpace() - leaveBytes)));
                position += channel.write(block, position);
            }
        } catch (final IOException ex) {
            if (!String.valueOf(ex.getMessage()).contains("No space left")) {
                throw new UncheckedIOException(ex);
            }
            // Somebody else took the last of it: it is full.
        }
    }

    /** Gives the room back. */
    public void free() {
        try {
            Files.deleteIfExists(filler);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    /** Takes it away with all that is on it. */
    @Override
    public void close() {
        try {
            run("umount", directory.toString());
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }
}
