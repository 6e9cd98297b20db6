package io.cairn.engine.install;

import io.cairn.snapshot.SnapshotException;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageFile;
import org.agrona.DirectBuffer;

/** An increment that is being received, in a file of its own. Owner: the Snapshotter. */
final class IncrementIntake implements TransferIntake {
    private final IncrementFiles files;
    private final IncrementHeader header;
    private final StorageFile file;
    private long received;

    IncrementIntake(final IncrementFiles files, final IncrementHeader header) {
        this.files = files;
        this.header = header;
        file = files.create();
    }

    IncrementHeader header() {
        return header;
    }

    @Override
    public boolean onChunk(final long position, final DirectBuffer data, final int offset, final int length) {
        if (position > received) {
            return false;
        }
        try {
            final int known = (int)Math.min(length, received - position);
            file.write(position + known, data, offset + known, length - known);
            received = Math.max(received, position + length);
            return true;
        } catch (final StorageException ex) {
            throw new SnapshotException("the increment to entry " + header.index() + " could not be received: " + ex.getMessage(), ex);
        }
    }

    /** To be read from its beginning; it is gone with {@link #cancel()}. */
    StorageFile complete() {
        return file;
    }

    @Override
    public void cancel() {
        file.close();
        files.delete(file.path());
    }
}
