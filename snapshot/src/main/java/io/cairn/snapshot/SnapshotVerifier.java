package io.cairn.snapshot;

import io.cairn.wal.io.StorageIo;

import java.nio.file.Path;
import java.util.List;

/**
 * Checks snapshots to the last byte without a store, so that it can look at the directory of a running node.
 */
public final class SnapshotVerifier {
    /**
     * Over a port.
     *
     * @param io where files are.
     */
    public SnapshotVerifier(final StorageIo io) {
        throw new UnsupportedOperationException(String.valueOf(io));
    }

    /**
     * Published snapshots of a directory, readable or not.
     *
     * @param dir the snapshot directory.
     * @return their names, oldest first.
     */
    public List<String> names(final Path dir) {
        throw new UnsupportedOperationException();
    }

    /**
     * Reads a manifest.
     *
     * @param dir  the snapshot directory.
     * @param name of the snapshot.
     * @return the manifest.
     * @throws SnapshotException with file and offset if it is damaged.
     */
    public SnapshotManifest manifest(final Path dir, final String name) {
        throw new UnsupportedOperationException();
    }

    /**
     * Checks every byte of every file of a snapshot, and that its base is there.
     *
     * @param dir  the snapshot directory.
     * @param name of the snapshot.
     * @return what is wrong; empty if it is whole.
     */
    public List<SnapshotFinding> verify(final Path dir, final String name) {
        throw new UnsupportedOperationException();
    }
}
