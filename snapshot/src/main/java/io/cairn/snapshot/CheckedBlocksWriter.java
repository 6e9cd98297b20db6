package io.cairn.snapshot;

import io.cairn.wal.io.StorageFile;
import org.agrona.concurrent.UnsafeBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Writes words as a file of checked blocks, the form of every index file in a snapshot.
 * <pre>
 *   0                                             4088        4092      4096
 *   +----------------------------------------------+-----------+----------+
 *   | payload: little-endian words, then zeros     | block no. | CRC32C   |   CRC32C over bytes 0..4091
 *   +----------------------------------------------+-----------+----------+
 * </pre>
 * The payload of the file is the payload of its blocks in order. The block number keeps a block from standing for another one.
 *
 * <p>Owner: the Snapshotter. Allocates nothing; the buffer is the caller's, a multiple of 4,096 bytes outside the heap.
 */
final class CheckedBlocksWriter {
    static final int BLOCK_LENGTH = 4096;
    static final int PAYLOAD_LENGTH = 4088;
    static final int NUMBER_OFFSET = PAYLOAD_LENGTH;
    static final int CRC_OFFSET = PAYLOAD_LENGTH + 4;

    private final StorageFile file;
    private final UnsafeBuffer buffer;
    private final Checksums checksums;
    private final int capacity;
    private int blockOffset;
    private int payloadOffset;
    private int blockNumber;
    private int checksum;
    private long position;

    CheckedBlocksWriter(final StorageFile file, final UnsafeBuffer buffer, final Checksums checksums) {
        this.file = file;
        this.buffer = buffer;
        this.checksums = checksums;
        capacity = buffer.capacity() / BLOCK_LENGTH * BLOCK_LENGTH;
    }

    void putInt(final int value) {
        reserve(Integer.BYTES);
        buffer.putInt(blockOffset + payloadOffset, value, LITTLE_ENDIAN);
        payloadOffset += Integer.BYTES;
    }

    /** Words of 8 bytes come before any of 4, so that none straddles two blocks. */
    void putLong(final long value) {
        reserve(Long.BYTES);
        buffer.putLong(blockOffset + payloadOffset, value, LITTLE_ENDIAN);
        payloadOffset += Long.BYTES;
    }

    /** Completes the last block and writes what is buffered. */
    void finish() {
        if (payloadOffset > 0 || blockNumber == 0) {
            sealBlock();
        }
        flush();
    }

    long lengthBytes() {
        return position;
    }

    int checksum() {
        return checksum;
    }

    private void reserve(final int length) {
        if (payloadOffset + length > PAYLOAD_LENGTH) {
            sealBlock();
        }
    }

    private void sealBlock() {
        buffer.setMemory(blockOffset + payloadOffset, PAYLOAD_LENGTH - payloadOffset, (byte)0);
        buffer.putInt(blockOffset + NUMBER_OFFSET, blockNumber++, LITTLE_ENDIAN);
        final int crc = Checksums.of(buffer, blockOffset, CRC_OFFSET);
        buffer.putInt(blockOffset + CRC_OFFSET, crc, LITTLE_ENDIAN);
        checksum = checksums.fold(checksum, crc);
        payloadOffset = 0;
        blockOffset += BLOCK_LENGTH;
        if (blockOffset == capacity) {
            flush();
        }
    }

    private void flush() {
        if (blockOffset > 0) {
            file.write(position, buffer, 0, blockOffset);
            position += blockOffset;
            blockOffset = 0;
        }
    }
}
