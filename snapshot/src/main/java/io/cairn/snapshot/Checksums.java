package io.cairn.snapshot;

import org.agrona.DirectBuffer;
import org.agrona.checksum.Crc32c;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * CRC32C of blocks outside the heap, and the fold that makes one checksum of a file from those of its blocks:
 * {@code c(0) = 0, c(k+1) = CRC32C(LE32 c(k), LE32 block(k))}. So every file can be checked block by block, in any order by as many threads as
 * like, and one number in the manifest still stands for all of it.
 *
 * <p>Owner: one thread per instance (the fold's scratch); {@link #of} may be called from any.
 */
final class Checksums {
    private final UnsafeBuffer scratch = new UnsafeBuffer(ByteBuffer.allocateDirect(8));

    /** CRC32C of memory outside the heap. */
    static int of(final long address, final int length) {
        return Crc32c.INSTANCE.compute(address, 0, length);
    }

    /** CRC32C of a range of a buffer outside the heap. */
    static int of(final DirectBuffer buffer, final int offset, final int length) {
        return Crc32c.INSTANCE.compute(buffer.addressOffset(), offset, length);
    }

    /** The file's checksum after one more block. */
    int fold(final int fileChecksum, final int blockChecksum) {
        scratch.putInt(0, fileChecksum, LITTLE_ENDIAN);
        scratch.putInt(4, blockChecksum, LITTLE_ENDIAN);
        return of(scratch, 0, 8);
    }
}
