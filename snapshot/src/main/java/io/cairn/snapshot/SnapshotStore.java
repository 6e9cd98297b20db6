package io.cairn.snapshot;

import java.util.List;
import java.util.Optional;

/**
 * The snapshots of one node.
 *
 * <p>Owner: whoever opens it, then the Snapshotter; {@link #releasableIndex()} and {@link #newestIndex()} may be read by any thread.
 */
public final class SnapshotStore implements AutoCloseable {
    /**
     * Opens the directory: removes what a crash left behind, reads every manifest, resolves chains.
     *
     * @param context concluded.
     */
    public SnapshotStore(final SnapshotContext context) {
        throw new UnsupportedOperationException(String.valueOf(context));
    }

    /**
     * Published snapshots whose manifest and chain are there.
     *
     * @return oldest first.
     */
    public List<SnapshotManifest> list() {
        throw new UnsupportedOperationException();
    }

    /**
     * The newest of {@link #list()}.
     *
     * @return empty when there is none.
     */
    public Optional<SnapshotManifest> newest() {
        throw new UnsupportedOperationException();
    }

    /**
     * What opening found wrong: manifests that cannot be read, chains without their base.
     *
     * @return the findings.
     */
    public List<SnapshotFinding> findings() {
        throw new UnsupportedOperationException();
    }

    /**
     * Restores the newest snapshot that is whole. A damaged one is set aside as {@code <name>.damaged} and the one before is tried.
     *
     * @param factory makes blank arenas.
     * @return what was loaded and what was skipped.
     */
    public RestoreReport restoreNewest(final ArenaFactory factory) {
        throw new UnsupportedOperationException();
    }

    /**
     * Begins to write a snapshot. One at a time; a merge in progress is cancelled.
     *
     * @param request what to persist; its pin and machine snapshot are taken over, also when this throws.
     * @return driven by {@link SnapshotWriter#doWork} until {@link SnapshotWriter#isDone()}.
     * @throws SnapshotException if it cannot begin: the space is missing, one is being written, the index is not newer than the newest.
     */
    public SnapshotWriter begin(final SnapshotRequest request) {
        throw new UnsupportedOperationException();
    }

    /**
     * One slice of background work other than writing a snapshot: merging a chain, deleting what retention gave up.
     *
     * @param nowNs monotonic time.
     * @return 0 when there is nothing to do now.
     */
    public int doWork(final long nowNs) {
        throw new UnsupportedOperationException();
    }

    /**
     * Log entries below this may be released: it is the index of the newest snapshot that shares no file with the newest of all, minus the trailing
     * entries, so that falling back to it never meets a gap. Any thread.
     *
     * @return an index; 0 while there is no such snapshot.
     */
    public long releasableIndex() {
        throw new UnsupportedOperationException();
    }

    /**
     * Last included index of the newest snapshot. Any thread.
     *
     * @return 0 when there is none.
     */
    public long newestIndex() {
        throw new UnsupportedOperationException();
    }

    /**
     * Snapshots that retention removed since the store was opened.
     *
     * @return a count.
     */
    public long removedCount() {
        throw new UnsupportedOperationException();
    }

    /**
     * Chains merged since the store was opened.
     *
     * @return a count.
     */
    public long mergedCount() {
        throw new UnsupportedOperationException();
    }

    /**
     * Failed merges and deletions since the store was opened; the last message is in {@link #lastError()}.
     *
     * @return a count.
     */
    public long errorCount() {
        throw new UnsupportedOperationException();
    }

    /**
     * What went wrong last in {@link #doWork}.
     *
     * @return null when nothing did.
     */
    public String lastError() {
        throw new UnsupportedOperationException();
    }

    /** Cancels what is in progress and frees the buffers. */
    @Override
    public void close() {
    }
}
