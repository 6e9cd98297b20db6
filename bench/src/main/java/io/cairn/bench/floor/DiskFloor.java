package io.cairn.bench.floor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The disk's own sequential write: one file written in large pieces and forced after each stretch, the way a log of that segment size would be.
 */
public final class DiskFloor {
    private static final int PIECE_BYTES = 1 << 20;

    private DiskFloor() {
    }

    /**
     * Writes a file, forces it after each stretch, deletes it.
     *
     * @param directory    on the disk in question.
     * @param lengthBytes  how much to write; whole pieces of 1 MiB are written, at least one.
     * @param stretchBytes forced after each so many bytes.
     * @return bytes per second, the forces included.
     * @throws IOException if the directory cannot be written.
     */
    public static double sequentialWriteBytesPerSecond(final Path directory, final long lengthBytes, final long stretchBytes) throws IOException {
        final Path path = Files.createTempFile(directory, "disk-floor-", ".bin");
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES);
            for (int i = 0; i < PIECE_BYTES; i += Long.BYTES) {
                piece.putLong(i, i * 0x9E3779B97F4A7C15L);
            }
            final long startNs = System.nanoTime();
            long written = 0;
            long forced = 0;
            while (written < Math.max(1, lengthBytes)) {
                piece.clear();
                while (piece.hasRemaining()) {
                    channel.write(piece, written + piece.position());
                }
                written += PIECE_BYTES;
                if (written - forced >= stretchBytes) {
                    channel.force(false);
                    forced = written;
                }
            }
            channel.force(false);
            return written * 1e9 / (System.nanoTime() - startNs);
        } finally {
            Files.deleteIfExists(path);
        }
    }
}
