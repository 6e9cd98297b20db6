package io.cairn.engine.storage;

import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import io.cairn.wal.layout.Crc32c;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Path;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * The word, durable before a snapshot from another member is published, that this snapshot may lie ahead of the log. Without it a start that finds
 * a log which ends before the newest snapshot must take it for a log that was lost.
 *
 * <pre>
 *   install.intent:  0 magic i64 | 8 index i64 | 16 term i64 | 24 CRC32C of all before i32
 * </pre>
 *
 * <p>A chain is published from its first snapshot on, each with an intent of its own that replaces the one before it: a start that finds an
 * intent, and a newest snapshot at or before it that the log does not hold, finds either the one that was intended or one that it is built on, and
 * treats both alike. So an intent outlives a transfer that broke off, and is removed by the next installation or the next start: as long as the log
 * holds the newest snapshot it changes nothing.
 *
 * <p>Crash, step by step: (1) intent written, forced, renamed, directory forced: the snapshot is not there yet, a start removes the intent and goes
 * on with state and log as they were. (2) The snapshot is published: a start restores it, finds that the log does not hold its last entry, resets
 * the log to it and removes the intent. (3) The log's own intent to be reset is durable: the log's recovery finishes that; the rest as in (2), with
 * nothing to reset. (4) The log is reset: the same. (5) The intent is removed: an ordinary start. A snapshot that turns out damaged at (2) is set
 * aside and the node goes on with what was there before, since the log is untouched until the snapshot has been restored.
 *
 * @param index last entry that the snapshot includes.
 * @param term  of that entry.
 */
record InstallIntent(long index, long term) {
    private static final String FILE_NAME = "install.intent";
    private static final String TMP_NAME = "install.intent.tmp";
    private static final long MAGIC = 0x544E_4549_5243_4E43L;
    private static final int INDEX_OFFSET = 8;
    private static final int TERM_OFFSET = 16;
    private static final int CRC_OFFSET = 24;
    private static final int LENGTH = 28;

    static void write(final StorageIo io, final Path dir, final InstallIntent intent) {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[LENGTH]);
        buffer.putLong(0, MAGIC, LITTLE_ENDIAN);
        buffer.putLong(INDEX_OFFSET, intent.index, LITTLE_ENDIAN);
        buffer.putLong(TERM_OFFSET, intent.term, LITTLE_ENDIAN);
        buffer.putInt(CRC_OFFSET, Crc32c.compute(buffer, 0, CRC_OFFSET), LITTLE_ENDIAN);
        final Path tmp = dir.resolve(TMP_NAME);
        if (io.exists(tmp)) {
            io.delete(tmp);
        }
        try (StorageFile file = io.open(tmp, OpenMode.CREATE_NEW)) {
            file.write(0, buffer, 0, LENGTH);
            file.force();
        }
        io.rename(tmp, dir.resolve(FILE_NAME));
        io.forceDirectory(dir);
    }

    /** @return what is intended; null when nothing is. A damaged one says nothing: the file is complete before it has its name. */
    static InstallIntent read(final StorageIo io, final Path dir) {
        final Path path = dir.resolve(FILE_NAME);
        if (!io.exists(path)) {
            return null;
        }
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[LENGTH]);
        try (StorageFile file = io.open(path, OpenMode.READ)) {
            if (file.size() != LENGTH || file.read(0, buffer, 0, LENGTH) != LENGTH || buffer.getLong(0, LITTLE_ENDIAN) != MAGIC ||
                buffer.getInt(CRC_OFFSET, LITTLE_ENDIAN) != Crc32c.compute(buffer, 0, CRC_OFFSET)) {
                return null;
            }
        }
        return new InstallIntent(buffer.getLong(INDEX_OFFSET, LITTLE_ENDIAN), buffer.getLong(TERM_OFFSET, LITTLE_ENDIAN));
    }

    static void remove(final StorageIo io, final Path dir) {
        final Path path = dir.resolve(FILE_NAME);
        if (io.exists(path)) {
            io.delete(path);
            io.forceDirectory(dir);
        }
    }
}
