package io.cairn.snapshot;

import io.cairn.fsm.SnapshotSource;
import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import org.agrona.BufferUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The files that a machine with storage of its own added, {@code machine/<name>}, and their index {@code machine.idx}: checked blocks whose
 * payload is
 * <pre>
 *   0 i64 magic   8 i32 version   12 i32 zero   16 i64 index   24 i64 term   32 i64 created ms
 *  40 CRC32C of each block of 64 KiB (the last one of a file shorter) of each machine file in the order of the manifest
 * </pre>
 * A snapshot without such files has no index.
 */
final class MachineFiles implements SnapshotSource {
    static final String DIRECTORY = "machine";
    static final String INDEX_NAME = "machine.idx";
    static final int BLOCK_LENGTH = 64 << 10;
    private static final long MAGIC = 0x31454C464E524143L; // "CARNFLE1"
    private static final int HEAD_LENGTH = 40;

    private final StorageIo io;
    private final Path dir;
    private final List<SnapshotFile> files;

    private MachineFiles(final StorageIo io, final Path dir, final List<SnapshotFile> files) {
        this.io = io;
        this.dir = dir;
        this.files = files;
    }

    /** Path of a machine's file below the snapshot's directory. */
    static String relativePath(final String name) {
        return DIRECTORY + '/' + name;
    }

    /** The machine's files in a manifest. */
    static List<SnapshotFile> of(final SnapshotManifest manifest) {
        final List<SnapshotFile> files = new ArrayList<>();
        for (final SnapshotFile file : manifest.files()) {
            if (file.name().startsWith(DIRECTORY + '/')) {
                files.add(file);
            }
        }
        return files;
    }

    static void writeHead(final CheckedBlocksWriter out, final long index, final long term, final long createdMs) {
        out.putLong(MAGIC);
        out.putInt(SnapshotManifest.FORMAT_VERSION);
        out.putInt(0);
        out.putLong(index);
        out.putLong(term);
        out.putLong(createdMs);
    }

    /** The files of a snapshot as a source for the machine; they must have been {@link #check}ed. */
    static SnapshotSource source(final StorageIo io, final Path dir, final SnapshotManifest manifest) {
        final List<SnapshotFile> files = of(manifest);
        return files.isEmpty() ? SnapshotSource.EMPTY : new MachineFiles(io, dir, files);
    }

    /** Reads and checks every byte of the machine's files and of their index; returns bytes read. */
    static long check(final StorageIo io, final Path dir, final SnapshotManifest manifest, final Findings findings) {
        final List<SnapshotFile> files = of(manifest);
        if (files.isEmpty()) {
            return 0;
        }
        final SnapshotFile indexFile = PageFile.named(manifest, INDEX_NAME, findings);
        if (indexFile == null) {
            return 0;
        }
        long bytes = indexFile.lengthBytes();
        try (CheckedBlocksReader index = CheckedBlocksReader.load(io, dir, indexFile, findings)) {
            if (!index.isValid() || !checkHead(index, manifest, files, findings)) {
                return bytes;
            }
            final ByteBuffer memory = ByteBuffer.allocateDirect(16 * BLOCK_LENGTH);
            final UnsafeBuffer buffer = new UnsafeBuffer(memory);
            int word = HEAD_LENGTH;
            for (final SnapshotFile file : files) {
                checkFile(io, dir, file, new Expected(index, word), buffer, findings);
                word += blockCount(file) * Integer.BYTES;
                bytes += file.lengthBytes();
            }
            BufferUtil.free(memory);
        }
        return bytes;
    }

    private static boolean checkHead(
        final CheckedBlocksReader index, final SnapshotManifest manifest, final List<SnapshotFile> files, final Findings findings) {
        long end = HEAD_LENGTH;
        for (final SnapshotFile file : files) {
            end += (long)blockCount(file) * Integer.BYTES;
        }
        final boolean headIsRight = index.getLong(0) == MAGIC && index.getInt(8) == SnapshotManifest.FORMAT_VERSION && index.getInt(12) == 0 &&
            index.getLong(16) == manifest.index() && index.getLong(24) == manifest.term() && index.getLong(32) == manifest.createdMs();
        if (!headIsRight) {
            findings.add(INDEX_NAME, 0, -1, "its header does not agree with the manifest");
        } else if (end > index.lengthBytes() || !index.isZeroFrom((int)end)) {
            findings.add(INDEX_NAME, HEAD_LENGTH, -1, "it does not hold one checksum for each block of the " + files.size() + " machine files");
            return false;
        }
        return headIsRight;
    }

    private static void checkFile(
        final StorageIo io, final Path dir, final SnapshotFile file, final Expected expected, final UnsafeBuffer buffer, final Findings findings) {
        final Checksums checksums = new Checksums();
        final long before = findings.total();
        int checksum = 0;
        try (StorageFile in = io.open(dir.resolve(file.name()), OpenMode.READ)) {
            if (in.size() != file.lengthBytes()) {
                findings.add(file.name(), Math.min(in.size(), file.lengthBytes()), -1,
                    "the file has " + in.size() + " bytes, the manifest says " + file.lengthBytes());
                return;
            }
            int block = 0;
            for (long position = 0; position < file.lengthBytes(); position += buffer.capacity()) {
                final int length = (int)Math.min(buffer.capacity(), file.lengthBytes() - position);
                FileBytes.readFully(in, position, buffer, 0, length);
                for (int offset = 0; offset < length; offset += BLOCK_LENGTH) {
                    final int blockLength = Math.min(BLOCK_LENGTH, length - offset);
                    final int computed = Checksums.of(buffer, offset, blockLength);
                    final int stated = expected.index().getInt(expected.offset() + block++ * Integer.BYTES);
                    if (computed != stated) {
                        findings.addChecksum(file.name(), position + offset, -1, blockLength, computed, stated);
                    }
                    checksum = checksums.fold(checksum, stated);
                }
            }
        } catch (final StorageException e) {
            findings.add(file.name(), 0, -1, e.getMessage());
        }
        if (findings.total() == before && checksum != file.checksum()) {
            findings.add(file.name(), 0, -1, "every block is intact, but the file is not the one the manifest names");
        }
    }

    private static int blockCount(final SnapshotFile file) {
        return (int)((file.lengthBytes() + BLOCK_LENGTH - 1) / BLOCK_LENGTH);
    }

    @Override
    public List<String> names() {
        final List<String> names = new ArrayList<>();
        for (final SnapshotFile file : files) {
            names.add(file.name().substring(DIRECTORY.length() + 1));
        }
        names.sort(null);
        return names;
    }

    @Override
    public long length(final String name) {
        for (final SnapshotFile file : files) {
            if (file.name().equals(relativePath(name))) {
                return file.lengthBytes();
            }
        }
        return -1;
    }

    @Override
    public int read(final String name, final long position, final MutableDirectBuffer target, final int offset, final int length) {
        try (StorageFile file = io.open(dir.resolve(relativePath(name)), OpenMode.READ)) {
            return file.read(position, target, offset, length);
        }
    }

    @Override
    public String path(final String name) {
        return dir.resolve(relativePath(name)).toString();
    }

    /** Where the checksums of one file's blocks begin. */
    private record Expected(CheckedBlocksReader index, int offset) {
    }
}
