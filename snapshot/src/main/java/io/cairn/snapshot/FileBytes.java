package io.cairn.snapshot;

import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Path;

/** Whole reads and whole small files over the port. */
final class FileBytes {
    private FileBytes() {
    }

    /** Reads exactly {@code length} bytes or throws. */
    static void readFully(final StorageFile file, final long position, final MutableDirectBuffer dst, final int offset, final int length) {
        int done = 0;
        while (done < length) {
            final int read = file.read(position + done, dst, offset + done, length - done);
            if (read <= 0) {
                throw new StorageException(StorageException.Kind.IO, file.path(), "ends at " + (position + done) + " while " + length +
                    " bytes at " + position + " were read: the file was cut short");
            }
            done += read;
        }
    }

    /** The bytes of a small file. */
    static byte[] readAll(final StorageIo io, final Path path, final int lengthMax) {
        try (StorageFile file = io.open(path, OpenMode.READ)) {
            final long size = file.size();
            if (size > lengthMax) {
                throw new StorageException(StorageException.Kind.IO, path, size + " bytes, more than the " + lengthMax + " expected");
            }
            final byte[] bytes = new byte[(int)size];
            readFully(file, 0, new UnsafeBuffer(bytes), 0, bytes.length);
            return bytes;
        }
    }

    /** Writes a small new file and forces it. */
    static void writeAll(final StorageIo io, final Path path, final byte[] bytes) {
        try (StorageFile file = io.open(path, OpenMode.CREATE_NEW)) {
            file.write(0, new UnsafeBuffer(bytes), 0, bytes.length);
            file.force();
        }
    }
}
