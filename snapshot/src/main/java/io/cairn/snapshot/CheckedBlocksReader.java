package io.cairn.snapshot;

import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.nio.file.Path;

import static io.cairn.snapshot.CheckedBlocksWriter.BLOCK_LENGTH;
import static io.cairn.snapshot.CheckedBlocksWriter.CRC_OFFSET;
import static io.cairn.snapshot.CheckedBlocksWriter.NUMBER_OFFSET;
import static io.cairn.snapshot.CheckedBlocksWriter.PAYLOAD_LENGTH;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Reads a whole file of checked blocks (see {@link CheckedBlocksWriter}) and hands out its payload as words. Every byte of the file is checked;
 * what is
 * wrong goes to the findings and the payload must then not be used.
 *
 * <p>Owner: one thread; the payload may be read by several once it is loaded. {@link #close} frees the memory.
 */
final class CheckedBlocksReader implements AutoCloseable {
    private static final int BLOCKS_PER_READ = 256;

    private final ByteBuffer memory;
    private final UnsafeBuffer payload;
    private final boolean valid;

    private CheckedBlocksReader(final ByteBuffer memory, final boolean valid) {
        this.memory = memory;
        this.payload = new UnsafeBuffer(memory);
        this.valid = valid;
    }

    /**
     * Loads and checks.
     *
     * @param io       where files are.
     * @param dir      directory of the snapshot.
     * @param expected what the manifest says of the file.
     * @param findings takes what is wrong.
     * @return the payload; {@link #isValid()} says whether anything was found.
     */
    static CheckedBlocksReader load(final StorageIo io, final Path dir, final SnapshotFile expected, final Findings findings) {
        final long before = findings.total();
        final long blocks = expected.lengthBytes() / BLOCK_LENGTH;
        if (expected.lengthBytes() % BLOCK_LENGTH != 0 || blocks < 1 || blocks * PAYLOAD_LENGTH > Integer.MAX_VALUE - 8) {
            findings.add(expected.name(), 0, -1, "a length of " + expected.lengthBytes() + " bytes is impossible for an index");
            return new CheckedBlocksReader(ByteBuffer.allocateDirect(8), false);
        }
        try (StorageFile file = io.open(dir.resolve(expected.name()), OpenMode.READ)) {
            if (file.size() != expected.lengthBytes()) {
                findings.add(expected.name(), Math.min(file.size(), expected.lengthBytes()), -1,
                    "the file has " + file.size() + " bytes, the manifest says " + expected.lengthBytes());
                return new CheckedBlocksReader(ByteBuffer.allocateDirect(8), false);
            }
            final ByteBuffer memory = ByteBuffer.allocateDirect((int)blocks * PAYLOAD_LENGTH);
            final int checksum = readBlocks(file, expected.name(), (int)blocks, new UnsafeBuffer(memory), findings);
            if (findings.total() == before && checksum != expected.checksum()) {
                findings.add(expected.name(), 0, -1, "every block is intact, but the file is not the one the manifest names: checksum " +
                    ManifestText.hex(checksum) + ", the manifest says " + ManifestText.hex(expected.checksum()));
            }
            return new CheckedBlocksReader(memory, findings.total() == before);
        }
    }

    private static int readBlocks(
        final StorageFile file, final String name, final int blocks, final UnsafeBuffer payload, final Findings findings) {
        final ByteBuffer memory = ByteBuffer.allocateDirect(Math.min(BLOCKS_PER_READ, blocks) * BLOCK_LENGTH);
        final UnsafeBuffer raw = new UnsafeBuffer(memory);
        final Checksums checksums = new Checksums();
        int checksum = 0;
        for (int first = 0; first < blocks; first += BLOCKS_PER_READ) {
            final int count = Math.min(BLOCKS_PER_READ, blocks - first);
            final long position = (long)first * BLOCK_LENGTH;
            FileBytes.readFully(file, position, raw, 0, count * BLOCK_LENGTH);
            for (int i = 0; i < count; i++) {
                final int offset = i * BLOCK_LENGTH;
                final int computed = Checksums.of(raw, offset, CRC_OFFSET);
                final int stated = raw.getInt(offset + CRC_OFFSET, LITTLE_ENDIAN);
                final int number = raw.getInt(offset + NUMBER_OFFSET, LITTLE_ENDIAN);
                if (computed != stated) {
                    findings.addChecksum(name, position + offset, -1, CRC_OFFSET, computed, stated);
                } else if (number != first + i) {
                    findings.add(name, position + offset + NUMBER_OFFSET, -1, "block " + (first + i) + " holds block " + number);
                }
                checksum = checksums.fold(checksum, stated);
                payload.putBytes((first + i) * PAYLOAD_LENGTH, raw, offset, PAYLOAD_LENGTH);
            }
        }
        BufferUtil.free(memory);
        return checksum;
    }

    boolean isValid() {
        return valid;
    }

    int lengthBytes() {
        return payload.capacity();
    }

    int getInt(final int offset) {
        return payload.getInt(offset, LITTLE_ENDIAN);
    }

    long getLong(final int offset) {
        return payload.getLong(offset, LITTLE_ENDIAN);
    }

    /** True if all bytes from {@code offset} on are zero. */
    boolean isZeroFrom(final int offset) {
        for (int i = offset; i < payload.capacity(); i++) {
            if (payload.getByte(i) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        payload.wrap(0, 0);
        BufferUtil.free(memory);
    }
}
