package io.cairn.engine.install;

import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageFile;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Path;

/** An increment that was written to be sent. Owner: the Snapshotter. */
final class IncrementCargo implements TransferCargo {
    private final IncrementFiles files;
    private final Path path;
    private final IncrementHeader header;

    IncrementCargo(final IncrementFiles files, final Path path, final IncrementHeader header) {
        this.files = files;
        this.path = path;
        this.header = header;
    }

    @Override
    public long index() {
        return header.index();
    }

    @Override
    public int itemCount() {
        return 1;
    }

    @Override
    public boolean isIncrement() {
        return true;
    }

    @Override
    public String name() {
        return "increment from entry " + header.baseIndex() + " to entry " + header.index();
    }

    @Override
    public TransferStream open(final int item) {
        return new Stream(files.open(path), header);
    }

    @Override
    public void close() {
        files.delete(path);
    }

    /** Header, and behind it the records. */
    private static final class Stream implements TransferStream {
        private final StorageFile file;
        private final byte[] text;
        private final long lengthBytes;

        private Stream(final StorageFile file, final IncrementHeader header) {
            this.file = file;
            text = header.encode();
            lengthBytes = text.length + header.lengthBytes();
        }

        @Override
        public byte[] manifestText() {
            return text;
        }

        @Override
        public long lengthBytes() {
            return lengthBytes;
        }

        @Override
        public int read(final long position, final UnsafeBuffer target, final int offset, final int lengthMax) {
            if (position < text.length) {
                final int length = (int)Math.min(lengthMax, text.length - position);
                target.putBytes(offset, text, (int)position, length);
                return length;
            }
            final int length = (int)Math.min(lengthMax, lengthBytes - position);
            int done = 0;
            while (done < length) {
                final int read = file.read(position - text.length + done, target, offset + done, length - done);
                if (read <= 0) {
                    throw new StorageException(StorageException.Kind.IO, file.path(), "it ends before its length");
                }
                done += read;
            }
            return length;
        }

        @Override
        public void close() {
            file.close();
        }
    }
}
