package io.cairn.engine.install;

import io.cairn.snapshot.SnapshotFile;
import io.cairn.snapshot.SnapshotLease;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One snapshot as a stream of bytes: the manifest, and behind it its files in the order of the manifest. Owner: the Snapshotter.
 */
final class SnapshotStream implements TransferStream {
    private final StorageIo io;
    private final SnapshotLease lease;
    private final SnapshotManifest manifest;
    private final byte[] text;
    private final long lengthBytes;
    private StorageFile open;
    private int openFile = -1;

    SnapshotStream(final StorageIo io, final SnapshotLease lease, final SnapshotManifest manifest) {
        this.io = io;
        this.lease = lease;
        this.manifest = manifest;
        text = lease.text(manifest);
        lengthBytes = text.length + manifest.lengthBytes();
    }

    @Override
    public byte[] manifestText() {
        return text;
    }

    @Override
    public long lengthBytes() {
        return lengthBytes;
    }

    /** As for every stream, and of one file only. */
    @Override
    public int read(final long position, final UnsafeBuffer target, final int offset, final int lengthMax) {
        if (position < text.length) {
            final int length = (int)Math.min(lengthMax, text.length - position);
            target.putBytes(offset, text, (int)position, length);
            return length;
        }
        long start = text.length;
        int index = 0;
        while (position >= start + manifest.files().get(index).lengthBytes()) {
            start += manifest.files().get(index).lengthBytes();
            index++;
        }
        final SnapshotFile file = manifest.files().get(index);
        open(index, file);
        final int length = (int)Math.min(lengthMax, start + file.lengthBytes() - position);
        int done = 0;
        while (done < length) {
            final int read = open.read(position - start + done, target, offset + done, length - done);
            if (read <= 0) {
                throw new StorageException(StorageException.Kind.IO, open.path(), "it ends before the length in its manifest");
            }
            done += read;
        }
        return length;
    }

    private void open(final int index, final SnapshotFile file) {
        if (index != openFile) {
            close();
            open = io.open(lease.path(manifest, file), OpenMode.READ);
            openFile = index;
        }
    }

    @Override
    public void close() {
        if (null != open) {
            open.close();
            open = null;
            openFile = -1;
        }
    }
}
