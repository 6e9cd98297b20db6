package io.cairn.snapshot;

import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageIo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The snapshots of one node: opened, restored, written one at a time, merged, retained.
 *
 * <p>Owner: whoever opens it, then the Snapshotter; {@link #releasableIndex()}, {@link #newestIndex()} and the counts may be read by any thread.
 */
public final class SnapshotStore implements AutoCloseable {
    private final SnapshotContext context;
    private final StorageIo io;
    private final SnapshotCatalog catalog = new SnapshotCatalog();
    private final List<String> unreadable = new ArrayList<>();
    private final List<String> damaged = new ArrayList<>();
    private final List<SnapshotFinding> findings = new ArrayList<>();
    private final Set<String> givenUp = new HashSet<>();
    private SnapshotBuffers buffers;
    private SnapshotWriter writer;
    private SnapshotMerger merger;
    private SnapshotManifest lineage;
    private String mergeFailedTop;
    private volatile long releasableIndex;
    private volatile long newestIndex;
    private volatile long removedCount;
    private volatile long mergedCount;
    private volatile long errorCount;
    private volatile String lastError;

    /**
     * Opens the directory: removes what a crash left behind, makes what is there durable, reads every manifest, resolves chains. Nothing is
     * restored.
     *
     * <p>Crash while opening: only directories that are never read as snapshots were removed; opening again does the rest.
     *
     * @param context concluded.
     * @throws SnapshotException if a snapshot was written by a newer build.
     * @throws StorageException  if the directory cannot be read or forced.
     */
    public SnapshotStore(final SnapshotContext context) {
        this.context = context;
        io = context.storageIo();
        io.createDirectories(context.dir());
        for (final String name : io.list(context.dir())) {
            if (name.endsWith(SnapshotNames.TMP) || name.endsWith(SnapshotNames.DELETING)) {
                removeOrphan(name);
            } else if (name.endsWith(SnapshotNames.DAMAGED)) {
                damaged.add(name);
            } else if (SnapshotNames.isSnapshot(name)) {
                readManifest(name);
            }
        }
        // A crash between a rename and its force may have left a snapshot whose name is not durable yet: from here on it counts, so it must be.
        io.forceDirectory(context.dir());
        for (final SnapshotManifest broken : catalog.broken()) {
            findings.add(new SnapshotFinding(broken.name(), SnapshotManifest.FILE_NAME, 0, -1, "what it is built on is not there: base " +
                broken.base().orElseThrow().name()));
            unreadable.add(broken.name());
        }
        for (final String name : unreadable) {
            catalog.remove(name);
        }
        refresh();
    }

    private void removeOrphan(final String name) {
        try {
            DirectoryTree.delete(io, context.dir().resolve(name));
        } catch (final StorageException e) {
            error("what a crash left behind could not be removed: " + e.getMessage());
        }
    }

    private void readManifest(final String name) {
        final Findings found = new Findings(name);
        final SnapshotManifest manifest = SnapshotVerifier.readManifest(io, context.dir(), name, found);
        if (manifest == null) {
            findings.addAll(found.list());
            unreadable.add(name);
        } else {
            catalog.add(manifest);
        }
    }

    /**
     * Published snapshots whose manifest and chain are there.
     *
     * @return oldest first.
     */
    public List<SnapshotManifest> list() {
        return catalog.all();
    }

    /**
     * The newest of {@link #list()}.
     *
     * @return empty when there is none.
     */
    public Optional<SnapshotManifest> newest() {
        return Optional.ofNullable(catalog.newest());
    }

    /**
     * What opening found wrong: manifests that cannot be read, chains without their base.
     *
     * @return the findings.
     */
    public List<SnapshotFinding> findings() {
        return List.copyOf(findings);
    }

    /**
     * Bytes that restoring a snapshot reads at most: its files and those of its chain.
     *
     * @param manifest of {@link #list()}.
     * @return bytes.
     */
    public long chainBytes(final SnapshotManifest manifest) {
        long sum = 0;
        final List<SnapshotManifest> chain = catalog.chain(manifest);
        for (final SnapshotManifest element : chain == null ? List.of(manifest) : chain) {
            sum += element.lengthBytes();
        }
        return sum;
    }

    /**
     * Restores the newest snapshot that is whole. A damaged one is set aside as {@code <name>.damaged} and the one before is tried.
     *
     * @param factory makes blank arenas.
     * @return what was loaded and what was skipped.
     * @throws SnapshotException if a snapshot belongs to another cluster or machine, or to a newer version of the machine.
     */
    public RestoreReport restoreNewest(final ArenaFactory factory) {
        final List<SnapshotFinding> found = new ArrayList<>(findings);
        final List<String> skipped = new ArrayList<>();
        setAside(List.copyOf(unreadable), skipped, found);
        unreadable.clear();
        findings.clear();
        LoadedSnapshot loaded = null;
        while (loaded == null && catalog.newest() != null) {
            final SnapshotManifest top = catalog.newest();
            checkOwner(top);
            final List<SnapshotManifest> manifests = catalog.chain(top);
            try (SnapshotChain chain = SnapshotChain.open(io, context.dir(), manifests)) {
                loaded = new SnapshotReader(context).restore(manifests, factory, chain);
                if (loaded == null) {
                    found.addAll(chain.findings());
                    setAside(chain.damaged(), skipped, found);
                }
            }
        }
        lineage = loaded == null ? null : loaded.manifest();
        refresh();
        return new RestoreReport(Optional.ofNullable(loaded), List.copyOf(skipped), List.copyOf(found));
    }

    private void checkOwner(final SnapshotManifest manifest) {
        if (manifest.clusterId() != context.clusterId()) {
            throw new SnapshotException("the snapshot " + manifest.name() + " in " + context.dir() + " belongs to cluster " + manifest.clusterId() +
                ", this node to cluster " + context.clusterId() + ": give this node its own directory");
        }
        if (!manifest.machineName().equals(context.machineName())) {
            throw new SnapshotException("the snapshot " + manifest.name() + " in " + context.dir() + " was made by the state machine " +
                manifest.machineName() + ", this node runs " + context.machineName() + ": run the machine that made it, or use another directory");
        }
        if (manifest.machineVersion() > context.machineVersion()) {
            throw new SnapshotException("the snapshot " + manifest.name() + " in " + context.dir() + " was made by version " +
                manifest.machineVersion() + " of the state machine, this node runs version " + context.machineVersion() + ": run the newer version");
        }
    }

    /** Renames damaged snapshots, and those built on them, so that nothing counts on them any more. */
    private void setAside(final List<String> names, final List<String> skipped, final List<SnapshotFinding> found) {
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
    }

    private void setAside(final String name, final List<String> skipped, final List<SnapshotFinding> found) {
        catalog.remove(name);
        skipped.add(name);
        final String aside = name + SnapshotNames.DAMAGED;
        try {
            DirectoryTree.delete(io, context.dir().resolve(aside));
            io.rename(context.dir().resolve(name), context.dir().resolve(aside));
            io.forceDirectory(context.dir());
            damaged.add(aside);
        } catch (final StorageException e) {
            found.add(new SnapshotFinding(name, "", 0, -1, "it could not be set aside: " + e.getMessage()));
        }
    }

    /**
     * Checks every byte of a snapshot. A damaged one is set aside with all that is built on it, and the next snapshot is a full one if the
     * state's own
     * was among them.
     *
     * @param manifest of {@link #list()}.
     * @return what is wrong, with file and offset; empty if it is whole.
     */
    public List<SnapshotFinding> verify(final SnapshotManifest manifest) {
        final List<SnapshotFinding> found = new ArrayList<>(new SnapshotVerifier(io).verify(context.dir(), manifest.name()));
        if (!found.isEmpty() && catalog.get(manifest.name()) != null) {
            cancelMerge();
            dropDamaged(List.of(manifest.name()), found);
        }
        return found;
    }

    private void dropDamaged(final List<String> names, final List<SnapshotFinding> found) {
        setAside(names, new ArrayList<>(), found);
        if (lineage != null && catalog.get(lineage.name()) == null) {
            lineage = null;
        }
        error("a snapshot is damaged: " + found.get(0));
        refresh();
    }

    /**
     * Begins to write a snapshot. One at a time; a merge in progress is cancelled.
     *
     * @param request what to persist; its pin and machine snapshot are taken over, also when this throws.
     * @return driven by {@link SnapshotWriter#doWork} until {@link SnapshotWriter#isDone()}.
     * @throws SnapshotException if it cannot begin: one is being written, or the index is not newer than the newest.
     */
    public SnapshotWriter begin(final SnapshotRequest request) {
        String refusal = null;
        if (request.pin == null || request.tables == null || request.pin.root() == null) {
            refusal = "a snapshot was requested without a pinned root: call pages(tables, pin) with a pin that is held";
        } else if (writer != null) {
            refusal = "a snapshot is being written: wait until it is done, or cancel it";
        } else if (request.index <= newestIndex) {
            refusal = "there is a snapshot of index " + newestIndex + " already, index " + request.index + " would add nothing";
        }
        if (refusal != null) {
            if (request.pin != null) {
                request.pin.release();
            }
            request.machineSnapshot.close();
            throw new SnapshotException(refusal);
        }
        cancelMerge();
        request.createdMs = uniqueCreatedMs(request.index, request.term, request.createdMs);
        writer = new SnapshotWriter(context, buffers(), request, base(request), writerListener());
        return writer;
    }

    private SnapshotManifest base(final SnapshotRequest request) {
        if (!request.incremental || lineage == null) {
            return null;
        }
        final List<SnapshotManifest> chain = catalog.chain(lineage);
        return chain == null || chain.size() > Math.min(context.chainMax(), SnapshotCatalog.CHAIN_LENGTH_MAX) ? null : lineage;
    }

    private SnapshotBuffers buffers() {
        if (buffers == null) {
            buffers = new SnapshotBuffers(context.sliceBytes());
        }
        return buffers;
    }

    /** The first time from {@code createdMs} on that gives a name nobody has, whatever its suffix. */
    private long uniqueCreatedMs(final long index, final long term, final long createdMs) {
        long unique = Math.max(0, createdMs);
        while (isTaken(SnapshotNames.of(index, term, unique))) {
            unique++;
        }
        return unique;
    }

    private boolean isTaken(final String name) {
        final Path dir = context.dir();
        return io.exists(dir.resolve(name)) || io.exists(dir.resolve(name + SnapshotNames.TMP)) ||
            io.exists(dir.resolve(name + SnapshotNames.DELETING)) || io.exists(dir.resolve(name + SnapshotNames.DAMAGED));
    }

    private SnapshotWriter.Listener writerListener() {
        return new SnapshotWriter.Listener() {
            @Override
            public void onPublished(final SnapshotManifest manifest) {
                catalog.add(manifest);
                lineage = manifest;
                givenUp.clear();
                mergeFailedTop = null;
                refresh();
            }

            @Override
            public void onDone() {
                writer = null;
            }
        };
    }

    private void refresh() {
        final SnapshotManifest newest = catalog.newest();
        newestIndex = newest == null ? 0 : newest.index();
        releasableIndex = catalog.releasableIndex(context.trailingEntries());
    }

    /**
     * One slice of background work other than writing a snapshot: deleting what retention gave up, merging a chain. Nothing is done while a
     * snapshot is
     * being written. Failures are counted and kept in {@link #lastError()}; none is thrown.
     *
     * @param nowNs monotonic time, for the rate limit.
     * @return 0 when there is nothing to do now.
     */
    public int doWork(final long nowNs) {
        if (writer != null) {
            return 0;
        }
        if (merger != null) {
            return mergeSlice(nowNs);
        }
        return removeOne() || beginMerge() ? 1 : 0;
    }

    private boolean removeOne() {
        for (final SnapshotManifest expendable : catalog.expendable(context.retain())) {
            if (remove(expendable.name(), expendable)) {
                return true;
            }
        }
        for (final String name : damaged) {
            if (isOutlived(name) && remove(name, null)) {
                return true;
            }
        }
        return false;
    }

    /** A damaged one is of interest until as many whole ones as are kept anyway are newer. */
    private boolean isOutlived(final String name) {
        final long index = SnapshotNames.index(name.substring(0, name.length() - SnapshotNames.DAMAGED.length()));
        int newer = 0;
        for (final SnapshotManifest manifest : catalog.all()) {
            newer += manifest.index() > index ? 1 : 0;
        }
        return newer >= context.retain();
    }

    private boolean remove(final String name, final SnapshotManifest manifest) {
        if (givenUp.contains(name)) {
            return false;
        }
        try {
            DirectoryTree.retire(io, context.dir(), name);
            removedCount++;
        } catch (final StorageException e) {
            givenUp.add(name);
            error("a snapshot that is no longer needed could not be removed: " + e.getMessage());
        }
        if (!io.exists(context.dir().resolve(name))) {
            damaged.remove(name);
            if (manifest != null) {
                catalog.remove(name);
            }
        }
        return true;
    }

    private boolean beginMerge() {
        final SnapshotManifest newest = catalog.newest();
        if (context.mergeChainLength() == 0 || newest == null || newest.name().equals(mergeFailedTop)) {
            return false;
        }
        final List<SnapshotManifest> chain = catalog.chain(newest);
        if (chain == null || chain.size() - 1 < context.mergeChainLength()) {
            return false;
        }
        try {
            final long createdMs = uniqueCreatedMs(newest.index(), newest.term(), newest.createdMs() + 1);
            merger = new SnapshotMerger(context, buffers(), chain, createdMs);
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
                catalog.add(merged);
                lineage = lineage != null && lineage.name().equals(top.name()) ? merged : lineage;
                mergedCount++;
                refresh();
            }
        } catch (final RuntimeException e) {
            merger = null;
            mergeFailed(top, e);
        }
        return 1;
    }

    private void mergeFailed(final SnapshotManifest top, final RuntimeException e) {
        mergeFailedTop = top.name();
        if (e instanceof SnapshotMerger.DamagedChainException) {
            final SnapshotMerger.DamagedChainException chain = (SnapshotMerger.DamagedChainException)e;
            dropDamaged(chain.names(), new ArrayList<>(chain.findings()));
        } else {
            error("the chain of " + top.name() + " could not be merged: " + e.getMessage());
        }
    }

    private void cancelMerge() {
        if (merger != null) {
            merger.cancel();
            merger = null;
        }
    }

    private void error(final String message) {
        lastError = message;
        errorCount++;
    }

    /**
     * Log entries below this may be released: it is the index of the newest snapshot that shares no file with the newest of all, minus the trailing
     * entries, so that falling back to it never meets a gap. Any thread.
     *
     * @return an index; 0 while there is no such snapshot.
     */
    public long releasableIndex() {
        return releasableIndex;
    }

    /**
     * Last included index of the newest snapshot. Any thread.
     *
     * @return 0 when there is none.
     */
    public long newestIndex() {
        return newestIndex;
    }

    /**
     * Snapshots that retention removed since the store was opened. Any thread.
     *
     * @return a count.
     */
    public long removedCount() {
        return removedCount;
    }

    /**
     * Chains merged since the store was opened. Any thread.
     *
     * @return a count.
     */
    public long mergedCount() {
        return mergedCount;
    }

    /**
     * Failed merges and deletions, and damage noticed, since the store was opened; the last message is in {@link #lastError()}. Any thread.
     *
     * @return a count.
     */
    public long errorCount() {
        return errorCount;
    }

    /**
     * What went wrong last in the background. Any thread.
     *
     * @return null when nothing did.
     */
    public String lastError() {
        return lastError;
    }

    /** Cancels what is in progress and frees the buffers. */
    @Override
    public void close() {
        if (writer != null) {
            writer.cancel();
        }
        cancelMerge();
        if (buffers != null) {
            buffers.close();
            buffers = null;
        }
    }
}
