package io.cairn.engine.fuzz;

import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.io.StorageFile;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

/**
 * What an input says about a disk: bytes that are others, files that are cut, lost, exchanged. The same notation for every target that damages one:
 *
 * <pre>
 *   u8 kind | u8 file | u24 offset | then by kind: u8 length and bytes, an i32, an i64; the size to cut to is the offset
 * </pre>
 */
final class DiskEdits {
    /** Bytes from the input. */
    static final int BYTES = 0;
    /** Four bytes. */
    static final int INT = 1;
    /** Eight bytes. */
    static final int LONG = 2;
    /** One bit. */
    static final int BIT = 3;
    /** Another size. */
    static final int SIZE = 4;
    /** No file any more. */
    static final int LOSS = 5;
    /** The next file in its place. */
    static final int SWAP = 6;

    private static final int KINDS = 7;
    private static final int SIZE_MAX = 1 << 20;

    private final SimulatedStorageIo disk;
    private final List<Path> files;
    private final UnsafeBuffer word = new UnsafeBuffer(BufferUtil.allocateDirectAligned(Long.BYTES, Long.BYTES));
    private final UnsafeBuffer scratch = new UnsafeBuffer(BufferUtil.allocateDirectAligned(1 << 16, 64));

    DiskEdits(final SimulatedStorageIo disk) {
        this.disk = disk;
        files = disk.files();
    }

    /** Seals what an edit touched. */
    interface Seal {
        void seal(Path file, int offset);
    }

    /** @return the file that was edited; null where the input says nothing that can be done. */
    Path apply(final Draw draw, final Seal seal) {
        final int kind = draw.u8() % KINDS;
        final Path file = files.get(draw.u8() % files.size());
        final int offset = draw.u16() | draw.u8() << 16;
        final List<Path> now = disk.files();
        if (!now.contains(file)) {
            return null;
        }
        switch (kind) {
            case SIZE -> disk.damageSize(file, Math.min(offset, SIZE_MAX));
            case LOSS -> disk.damageByLoss(file);
            case SWAP -> disk.damageBySwap(file, now.get((now.indexOf(file) + 1) % now.size()));
            default -> {
                final byte[] bytes = switch (kind) {
                    case BYTES -> draw.bytes(draw.u8());
                    case INT -> draw.bytes(Integer.BYTES);
                    case LONG -> draw.bytes(Long.BYTES);
                    default -> new byte[] {(byte)(1 << (draw.u8() & 7))};
                };
                final int size = (int)disk.sizeOf(file);
                for (int i = 0; i < bytes.length && size > 0; i++) {
                    final int at = (offset + i) % size;
                    disk.damage(file, at, BIT == kind ? (byte)(disk.byteAt(file, at) ^ bytes[i]) : bytes[i]);
                }
                if (null != seal && size > 0) {
                    seal.seal(file, offset % size);
                }
            }
        }
        return file;
    }

    /** A piece of a file, off the heap; what lies behind its end is zero. */
    UnsafeBuffer read(final Path file, final int offset, final int length) {
        scratch.setMemory(0, length, (byte)0);
        try (StorageFile opened = disk.open(file, OpenMode.READ)) {
            final int available = (int)Math.min(length, opened.size() - offset);
            if (available > 0) {
                opened.read(offset, scratch, 0, available);
            }
        }
        return scratch;
    }

    void putInt(final Path file, final int offset, final int value) {
        word.putInt(0, value, ByteOrder.LITTLE_ENDIAN);
        try (StorageFile opened = disk.open(file, OpenMode.READ_WRITE)) {
            if (offset + Integer.BYTES <= opened.size()) {
                opened.write(offset, word, 0, Integer.BYTES);
            }
        }
    }

    /** One edit as bytes, for seeds. */
    static byte[] edit(final int kind, final int file, final int offset, final byte... operand) {
        final byte[] edit = new byte[5 + operand.length];
        edit[0] = (byte)kind;
        edit[1] = (byte)file;
        edit[2] = (byte)offset;
        edit[3] = (byte)(offset >> 8);
        edit[4] = (byte)(offset >> 16);
        System.arraycopy(operand, 0, edit, 5, operand.length);
        return edit;
    }
}
