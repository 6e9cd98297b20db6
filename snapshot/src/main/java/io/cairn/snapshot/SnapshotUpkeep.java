package io.cairn.snapshot;

import io.cairn.snapshot.SnapshotMerger.DamagedChainException;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Background work on published snapshots: removes what retention gave up, one at a time, and merges the newest chain once it is long enough.
 *
 * <p>Owner: the Snapshotter; the counts may be read by any thread.
 */
final class SnapshotUpkeep {
    private static final long UNSETTLED = -1;

    private final SnapshotContext context;
    private final SnapshotShelf shelf;
    private final Supplier<SnapshotBuffers> buffers;
    private final Set<String> givenUp = new HashSet<>();
    private SnapshotMerger merger;
    private String mergeFailedTop;
    private long settledAt = UNSETTLED;
    private volatile long removedCount;
    private volatile long mergedCount;

    SnapshotUpkeep(final SnapshotContext context, final SnapshotShelf shelf, final Supplier<SnapshotBuffers> buffers) {
        this.context = context;
        this.shelf = shelf;
        this.buffers = buffers;
    }

    /** One slice; 0 when there is nothing to do now. */
    int doWork(final long nowNs) {
        if (merger != null) {
            return mergeSlice(nowNs);
        }
        // What was looked at and left alone stays so until the catalog changes: an idle store neither searches nor allocates.
        final long changes = shelf.catalog.changes();
        if (changes == settledAt) {
            return 0;
        }
        if (removeOne() || beginMerge()) {
            return 1;
        }
        settledAt = changes;
        return 0;
    }

    /** A new snapshot was published: what failed may be tried again. */
    void retry() {
        givenUp.clear();
        mergeFailedTop = null;
        settledAt = UNSETTLED;
    }

    void cancelMerge() {
        if (merger != null) {
            merger.cancel();
            merger = null;
            settledAt = UNSETTLED;
        }
    }

    long removedCount() {
        return removedCount;
    }

    long mergedCount() {
        return mergedCount;
    }

    private boolean removeOne() {
        for (final SnapshotManifest expendable : shelf.catalog.expendable(context.retain(), shelf.leased)) {
            if (!givenUp.contains(expendable.name())) {
                remove(expendable.name());
                return true;
            }
        }
        for (final String name : shelf.damaged) {
            if (isOutlived(name) && !givenUp.contains(name)) {
                remove(name);
                return true;
            }
        }
        return false;
    }

    /** A damaged one is of interest until as many whole ones as are kept anyway are newer. */
    private boolean isOutlived(final String name) {
        final long index = SnapshotNames.index(name.substring(0, name.length() - SnapshotNames.DAMAGED.length()));
        int newer = 0;
        for (final SnapshotManifest manifest : shelf.catalog.all()) {
            newer += manifest.index() > index ? 1 : 0;
        }
        return newer >= context.retain();
    }

    private void remove(final String name) {
        final String error = shelf.directory.remove(name);
        if (error == null) {
            removedCount++;
        } else {
            givenUp.add(name);
            shelf.error(error);
        }
        if (!shelf.directory.contains(name)) {
            shelf.damaged.remove(name);
            shelf.catalog.remove(name);
        }
    }

    private boolean beginMerge() {
        final SnapshotManifest newest = shelf.catalog.newest();
        if (context.mergeChainLength() == 0 || newest == null || newest.name().equals(mergeFailedTop)) {
            return false;
        }
        final List<SnapshotManifest> chain = shelf.catalog.chain(newest);
        if (chain == null || chain.size() - 1 < context.mergeChainLength()) {
            return false;
        }
        try {
            final long createdMs = shelf.directory.uniqueCreatedMs(newest.index(), newest.term(), newest.createdMs() + 1);
            merger = new SnapshotMerger(context, buffers.get(), chain, createdMs);
        } catch (final RuntimeException e) {
            mergeFailed(newest, e);
        }
        return true;
    }

    private int mergeSlice(final long nowNs) {
        if (merger.isWaiting(nowNs)) {
            return 0;
        }
        final SnapshotManifest top = merger.top();
        try {
            final SnapshotManifest merged = merger.doWork(nowNs);
            if (merged != null) {
                merger = null;
                shelf.add(merged);
                if (shelf.lineage() != null && shelf.lineage().name().equals(top.name())) {
                    shelf.descend(merged);
                }
                mergedCount++;
            }
        } catch (final RuntimeException e) {
            merger = null;
            mergeFailed(top, e);
        }
        return 1;
    }

    private void mergeFailed(final SnapshotManifest top, final RuntimeException e) {
        mergeFailedTop = top.name();
        if (e instanceof DamagedChainException) {
            final DamagedChainException chain = (DamagedChainException)e;
            shelf.drop(chain.names(), new ArrayList<>(chain.findings()));
        } else {
            shelf.error("the chain of " + top.name() + " could not be merged: " + e.getMessage());
        }
    }
}
