package io.cairn.engine.storage;

import io.cairn.engine.client.EngineException;
import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import io.cairn.wal.layout.Crc32c;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Path;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * The file {@code founding} of a member's data directory: the first configuration of its cluster, as every member of it computed it when the
 * cluster was founded. It counts until the log has a configuration entry. Until the cluster is known it holds the list that the member was started
 * with, without a cluster: then the directory is a member's, and blank.
 *
 * <pre>
 *   0 magic CAIRNFND | 8 version i32 | 12 length i32 | 16 configuration | crc i32 of everything before
 * </pre>
 *
 * <p>Crash argument: written aside, forced, renamed, directory forced, before the member votes or stands in that configuration for the first time. A
 * crash before the rename leaves a blank member, which finds the same configuration again; whoever lost the file learns it from the log of the
 * others.
 */
public final class FoundingFile {
    /** Name in the data directory. */
    public static final String FILE_NAME = "founding";

    private static final String TEMPORARY_NAME = "founding.tmp";
    private static final long MAGIC = 0x444E_464E_5249_4143L;
    private static final int VERSION = 1;
    /** Beyond is damage. */
    private static final int VERSION_POSSIBLE = 1_000;
    private static final int HEADER_LENGTH = 16;
    private static final int LENGTH_MAX = 1 << 16;

    private final StorageIo storageIo;
    private final Path dir;

    /**
     * @param storageIo way to the file system.
     * @param dir       data directory.
     */
    public FoundingFile(final StorageIo storageIo, final Path dir) {
        this.storageIo = storageIo;
        this.dir = dir;
    }

    /** Before anything of the directory is changed: a newer version's file is no damage. */
    void refuseNewer() {
        final Path path = dir.resolve(FILE_NAME);
        if (storageIo.exists(path)) {
            final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(HEADER_LENGTH, 64));
            try (StorageFile file = storageIo.open(path, OpenMode.READ)) {
                final boolean isRead = file.read(0, buffer, 0, HEADER_LENGTH) == HEADER_LENGTH;
                final int version = buffer.getInt(8, LITTLE_ENDIAN);
                if (isRead && buffer.getLong(0, LITTLE_ENDIAN) == MAGIC && version > VERSION && version <= VERSION_POSSIBLE) {
                    throw new EngineException(
                        path + ": the file has format version " + version + ", this program knows " + VERSION + "; use a newer program");
                }
            }
        }
    }

    /**
     * @return the configuration, encoded; null where the directory has none.
     * @throws EngineException when the file is damaged.
     */
    public byte[] read() {
        final Path path = dir.resolve(FILE_NAME);
        if (!storageIo.exists(path)) {
            return null;
        }
        final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(LENGTH_MAX, 64));
        final int found;
        try (StorageFile file = storageIo.open(path, OpenMode.READ)) {
            found = Math.max(0, file.read(0, buffer, 0, LENGTH_MAX));
        }
        final int length = found < HEADER_LENGTH + Integer.BYTES ? -1 : buffer.getInt(12, LITTLE_ENDIAN);
        if (length < 0 || length != found - HEADER_LENGTH - Integer.BYTES || buffer.getLong(0, LITTLE_ENDIAN) != MAGIC ||
            buffer.getInt(8, LITTLE_ENDIAN) != VERSION ||
            buffer.getInt(HEADER_LENGTH + length, LITTLE_ENDIAN) != Crc32c.compute(buffer, 0, HEADER_LENGTH + length)) {
            throw new EngineException(
                path + ": damaged, it does not say who the members were at first: restore it, or delete it and let the others take this one up");
        }
        final byte[] configuration = new byte[length];
        buffer.getBytes(HEADER_LENGTH, configuration);
        return configuration;
    }

    /**
     * Durable on return.
     *
     * @param configuration encoded.
     */
    public void write(final byte[] configuration) {
        final Path temporary = dir.resolve(TEMPORARY_NAME);
        if (storageIo.exists(temporary)) {
            storageIo.delete(temporary);
        }
        final int length = HEADER_LENGTH + configuration.length;
        final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(length + Integer.BYTES, 64));
        buffer.putLong(0, MAGIC, LITTLE_ENDIAN);
        buffer.putInt(8, VERSION, LITTLE_ENDIAN);
        buffer.putInt(12, configuration.length, LITTLE_ENDIAN);
        buffer.putBytes(HEADER_LENGTH, configuration);
        buffer.putInt(length, Crc32c.compute(buffer, 0, length), LITTLE_ENDIAN);
        try (StorageFile file = storageIo.open(temporary, OpenMode.CREATE_NEW)) {
            file.write(0, buffer, 0, length + Integer.BYTES);
            file.force();
        }
        storageIo.rename(temporary, dir.resolve(FILE_NAME));
        storageIo.forceDirectory(dir);
    }
}
