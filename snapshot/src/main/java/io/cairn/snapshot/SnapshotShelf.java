package io.cairn.snapshot;

import io.cairn.wal.io.StorageIo;

import java.util.ArrayList;
import java.util.List;

/**
 * The snapshots that count, those that were set aside, and which of them the state in memory descends from. What follows for the log is
 * published to
 * other threads here.
 *
 * <p>Owner: the Snapshotter; the volatile values may be read by any thread.
 */
final class SnapshotShelf {
    final SnapshotCatalog catalog = new SnapshotCatalog();
    final SnapshotDirectory directory;
    final List<String> damaged = new ArrayList<>();
    /** Names of snapshots that somebody reads, once for each reader: retention leaves them alone. */
    final List<String> leased = new ArrayList<>();
    private final long trailingEntries;
    private SnapshotManifest lineage;
    private volatile long releasableIndex;
    private volatile long newestIndex;
    private volatile long errorCount;
    private volatile String lastError;

    SnapshotShelf(final StorageIo io, final SnapshotContext context) {
        directory = new SnapshotDirectory(io, context.dir());
        trailingEntries = context.trailingEntries();
    }

    /** What the next increment may be built on: the snapshot that the state in memory was written to or restored from last; null if there is none. */
    SnapshotManifest lineage() {
        return lineage;
    }

    /** The state in memory descends from this one now. */
    void descend(final SnapshotManifest manifest) {
        lineage = manifest;
    }

    /** Counts a published snapshot in. */
    void add(final SnapshotManifest manifest) {
        catalog.add(manifest);
        refresh();
    }

    void refresh() {
        final SnapshotManifest newest = catalog.newest();
        newestIndex = newest == null ? 0 : newest.index();
        releasableIndex = catalog.releasableIndex(trailingEntries);
    }

    /** Renames damaged snapshots, and those built on them, so that nothing counts on them any more. */
    void setAside(final List<String> names, final List<String> skipped, final List<SnapshotFinding> found) {
        for (final String name : names) {
            setAside(name, skipped, found);
        }
        List<SnapshotManifest> broken = catalog.broken();
        while (!broken.isEmpty()) {
            for (final SnapshotManifest dependant : broken) {
                found.add(new SnapshotFinding(dependant.name(), "", 0, -1, "it is built on a damaged snapshot: base " +
                    dependant.base().orElseThrow().name()));
                setAside(dependant.name(), skipped, found);
            }
            broken = catalog.broken();
        }
        if (lineage != null && catalog.get(lineage.name()) == null) {
            lineage = null;
        }
        refresh();
    }

    private void setAside(final String name, final List<String> skipped, final List<SnapshotFinding> found) {
        catalog.remove(name);
        skipped.add(name);
        final String error = directory.setAside(name);
        if (error == null) {
            damaged.remove(name + SnapshotNames.DAMAGED);
            damaged.add(name + SnapshotNames.DAMAGED);
        } else {
            found.add(new SnapshotFinding(name, "", 0, -1, error));
        }
    }

    /** Damage that was noticed while the node runs. */
    void drop(final List<String> names, final List<SnapshotFinding> found) {
        setAside(names, new ArrayList<>(), found);
        error("a snapshot is damaged: " + found.get(0));
    }

    void error(final String message) {
        if (message != null) {
            lastError = message;
            errorCount++;
        }
    }

    long releasableIndex() {
        return releasableIndex;
    }

    long newestIndex() {
        return newestIndex;
    }

    long errorCount() {
        return errorCount;
    }

    String lastError() {
        return lastError;
    }
}
