package io.cairn.snapshot;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;

/**
 * The memory that writing needs, allocated once per store: a slice of pages or of a file, and the blocks of two indexes. Wraps byte buffers, so
 * that the
 * port writes them without another copy.
 *
 * <p>Owner: the Snapshotter.
 */
final class SnapshotBuffers implements AutoCloseable {
    private static final int INDEX_LENGTH = 64 << 10;
    final UnsafeBuffer slice;
    final UnsafeBuffer pageIndex;
    final UnsafeBuffer fileIndex;
    final Checksums checksums = new Checksums();
    final PageBitmap live = new PageBitmap();
    final PageBitmap stored = new PageBitmap();
    private final ByteBuffer[] memory;

    SnapshotBuffers(final int sliceBytes) {
        final int sliceLength = (sliceBytes + MachineFiles.BLOCK_LENGTH - 1) / MachineFiles.BLOCK_LENGTH * MachineFiles.BLOCK_LENGTH;
        memory = new ByteBuffer[] {
            ByteBuffer.allocateDirect(sliceLength),
            ByteBuffer.allocateDirect(INDEX_LENGTH),
            ByteBuffer.allocateDirect(INDEX_LENGTH)};
        slice = new UnsafeBuffer(memory[0]);
        pageIndex = new UnsafeBuffer(memory[1]);
        fileIndex = new UnsafeBuffer(memory[2]);
    }

    @Override
    public void close() {
        slice.wrap(0, 0);
        pageIndex.wrap(0, 0);
        fileIndex.wrap(0, 0);
        for (final ByteBuffer buffer : memory) {
            BufferUtil.free(buffer);
        }
    }
}
