package io.cairn.wal.io;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * A range of a file mapped into memory.
 * <p>
 * Every region of one file shows the same bytes, and so do {@link StorageFile#read} and {@link StorageFile#write}. The buffer always wraps memory
 * outside the heap ({@code buffer().byteArray() == null}), so its {@code addressOffset()} is a raw address.
 * <p>
 * Threads: the bytes belong to whoever the user says; {@link #force} may run beside stores. Nobody may touch the buffer once {@link #close} ran:
 * the memory is gone and an access kills the process.
 */
public interface MappedRegion extends AutoCloseable
{
    /**
     * The mapped bytes.
     *
     * @return a buffer over the whole region, the same one at each call.
     */
    UnsafeBuffer buffer();

    /**
     * Makes a range durable: on return its bytes, as they were at the call, survive a power loss. The range is widened to whole pages.
     *
     * @param offset in bytes from the start of the region.
     * @param length in bytes.
     * @throws StorageException of kind {@link StorageException.Kind#IO} when the device refused. Never retry: the kernel marks the pages clean.
     */
    void force(int offset, int length);

    /**
     * Makes pages dirty without changing a byte, so that the next force writes them. A force that failed leaves pages that are clean and not on the
     * disk; whoever takes such bytes over from an earlier process must make them dirty before forcing proves anything.
     *
     * @param offset in bytes from the start of the region; the range is widened to whole pages.
     * @param length in bytes.
     */
    void markDirty(int offset, int length);

    /**
     * Tells the kernel how the region will be used.
     *
     * @param advice a hint, ignored where it cannot be given.
     */
    void advise(Advice advice);

    /**
     * Unmaps. Closing twice is harmless.
     */
    @Override
    void close();
}
