package io.cairn.wal.io;

import java.nio.file.Path;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * One open file. Positions and lengths are bytes. Every failure is a {@link StorageException}. One owner thread, but {@link #force} may run beside
 * reads, writes and stores through a mapping.
 */
public interface StorageFile extends AutoCloseable
{
    /**
     * Where the file was when it was opened.
     *
     * @return its path.
     */
    Path path();

    /**
     * The length of the file.
     *
     * @return in bytes.
     */
    long size();

    /**
     * Cuts the file, or extends it with a hole.
     *
     * @param sizeBytes the length afterwards.
     */
    void truncate(long sizeBytes);

    /**
     * Reads up to {@code length} bytes.
     *
     * @param position in the file.
     * @param dst      receives the bytes.
     * @param offset   in {@code dst}.
     * @param length   at most so many.
     * @return how many were read, -1 at the end of the file.
     */
    int read(long position, MutableDirectBuffer dst, int offset, int length);

    /**
     * Writes all {@code length} bytes, or throws.
     *
     * @param position in the file; the file grows when needed.
     * @param src      the bytes.
     * @param offset   in {@code src}.
     * @param length   how many.
     */
    void write(long position, DirectBuffer src, int offset, int length);

    /**
     * Makes the file's bytes durable, those stored through a mapping included, and the length (fdatasync). A failure is final: never retry.
     */
    void force();

    /**
     * Allocates blocks for the first {@code lengthBytes} and extends the file to that length, so that a full disk shows here, as
     * {@link StorageException.Kind#NO_SPACE}, and not as a SIGBUS of a later store. New bytes read as zero; existing ones stay.
     *
     * @param lengthBytes how much of the file must have blocks.
     */
    void allocate(long lengthBytes);

    /**
     * Maps a range that lies wholly inside the file.
     *
     * @param position    in the file, a multiple of 4,096.
     * @param lengthBytes of the region.
     * @param writable    false for a region that must not be stored to.
     * @return the region; it outlives {@link #close()} of the file only if the caller keeps the file open.
     */
    MappedRegion map(long position, int lengthBytes, boolean writable);

    /**
     * Closes the file. Closing twice is harmless.
     */
    @Override
    void close();
}
