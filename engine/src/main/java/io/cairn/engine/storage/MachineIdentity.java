package io.cairn.engine.storage;

import io.cairn.engine.client.EngineException;
import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import io.cairn.wal.layout.Crc32c;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The file {@code machine} of a data directory: which state machine its log is for, so that no other machine ever applies it. One line,
 * readable by a person:
 *
 * <pre>
 * cairn-machine 1 NAME crc=xxxxxxxx
 * </pre>
 *
 * The CRC32C is that of everything before the blank in front of it. A snapshot says the same of itself; this file says it from the first entry
 * on.
 *
 * <p>Crash argument: written aside, forced, renamed, directory forced, before the first entry is logged. A crash before the rename leaves a
 * directory without entries and without the file, which the next start writes. A directory whose file was lost takes the name of the next
 * machine that opens it: the file guards against mistakes, it holds no data.
 */
public final class MachineIdentity {
    static final String FILE_NAME = "machine";

    private static final String TEMPORARY_NAME = "machine.tmp";
    private static final int VERSION = 1;
    private static final String TITLE = "cairn-machine ";
    private static final String PREFIX = TITLE + VERSION + " ";
    private static final String CRC = " crc=";
    private static final int LENGTH_MAX = 4096;

    private MachineIdentity() {
    }

    /**
     * Which machine a directory is for.
     *
     * @param storageIo way to the file system.
     * @param dir       data directory.
     * @return the machine's name; null where nobody has claimed the directory yet.
     * @throws EngineException when the file is damaged, or of a newer version.
     */
    public static String nameOf(final StorageIo storageIo, final Path dir) {
        final Path path = dir.resolve(FILE_NAME);
        if (!storageIo.exists(path)) {
            return null;
        }
        final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(LENGTH_MAX, 64));
        final int length;
        try (StorageFile file = storageIo.open(path, OpenMode.READ)) {
            length = Math.max(0, file.read(0, buffer, 0, LENGTH_MAX));
        }
        final String line = buffer.getStringWithoutLengthUtf8(0, length).stripTrailing();
        final int crcAt = line.lastIndexOf(CRC);
        final int version = versionOf(line, crcAt);
        if (version > VERSION) {
            throw new EngineException(
                path + ": the file has format version " + version + ", this program knows " + VERSION + "; use a newer program");
        }
        if (crcAt < PREFIX.length() || !line.startsWith(PREFIX) || !isChecked(line, crcAt)) {
            throw new EngineException(
                path + ": damaged, it does not say which state machine the directory belongs to: restore it, or delete it if you are sure which" +
                    " it is");
        }
        return line.substring(PREFIX.length(), crcAt);
    }

    /** @return of a line that is whole, 0 for any other. */
    private static int versionOf(final String line, final int crcAt) {
        final int end = line.indexOf(' ', TITLE.length());
        if (!line.startsWith(TITLE) || end < 0 || crcAt < end || !isChecked(line, crcAt)) {
            return 0;
        }
        try {
            return Integer.parseInt(line.substring(TITLE.length(), end));
        } catch (final NumberFormatException ex) {
            return 0;
        }
    }

    private static boolean isChecked(final String line, final int crcAt) {
        return line.equals(checked(line.substring(0, crcAt)));
    }

    /** Refuses a directory of another machine. A directory without the file passes. */
    static void check(final StorageIo storageIo, final Path dir, final String name) {
        final String found = nameOf(storageIo, dir);
        if (null != found && !found.equals(name)) {
            throw new EngineException(
                "the directory " + dir + " belongs to the state machine '" + found + "', this node runs '" + name +
                    "': run the machine that made it, or choose another directory");
        }
    }

    /** Claims a directory that nobody has claimed yet. */
    static void claim(final StorageIo storageIo, final Path dir, final String name) {
        if (storageIo.exists(dir.resolve(FILE_NAME))) {
            return;
        }
        final Path temporary = dir.resolve(TEMPORARY_NAME);
        if (storageIo.exists(temporary)) {
            storageIo.delete(temporary);
        }
        final byte[] bytes = line(name).getBytes(StandardCharsets.UTF_8);
        final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(bytes.length, 64));
        buffer.putBytes(0, bytes);
        try (StorageFile file = storageIo.open(temporary, OpenMode.CREATE_NEW)) {
            file.write(0, buffer, 0, bytes.length);
            file.force();
        }
        storageIo.rename(temporary, dir.resolve(FILE_NAME));
        storageIo.forceDirectory(dir);
    }

    private static String line(final String name) {
        return checked(PREFIX + name) + "\n";
    }

    private static String checked(final String text) {
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(Math.max(1, bytes.length), 64));
        buffer.putBytes(0, bytes);
        return text + CRC + String.format("%08x", Crc32c.compute(buffer, 0, bytes.length));
    }
}
