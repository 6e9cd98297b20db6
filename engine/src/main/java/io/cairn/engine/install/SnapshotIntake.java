package io.cairn.engine.install;

import io.cairn.snapshot.SnapshotException;
import io.cairn.snapshot.SnapshotFile;
import io.cairn.snapshot.SnapshotInstaller;
import io.cairn.snapshot.SnapshotManifest;
import org.agrona.DirectBuffer;

/** The files of a snapshot, in the order of its manifest. Owner: the Snapshotter. */
final class SnapshotIntake implements TransferIntake {
    private final SnapshotManifest manifest;
    private final SnapshotInstaller installer;
    private int file;
    private long fileStart;

    SnapshotIntake(final SnapshotManifest manifest, final SnapshotInstaller installer) {
        this.manifest = manifest;
        this.installer = installer;
    }

    SnapshotManifest manifest() {
        return manifest;
    }

    @Override
    public boolean onChunk(final long position, final DirectBuffer data, final int offset, final int length) {
        // What was taken ends where the files of it end; a chunk that goes on from there belongs to the next one that is not empty.
        while (installer.received(current().name()) == current().lengthBytes() && file + 1 < manifest.files().size()) {
            fileStart += current().lengthBytes();
            file++;
        }
        if (position < fileStart) {
            throw new SnapshotException("a chunk reaches over two files");
        }
        return installer.onChunk(current().name(), position - fileStart, data, offset, length);
    }

    private SnapshotFile current() {
        return manifest.files().get(file);
    }

    void complete() {
        installer.complete();
    }

    @Override
    public void cancel() {
        installer.cancel();
    }
}
