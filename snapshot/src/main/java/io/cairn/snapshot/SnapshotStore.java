package io.cairn.snapshot;

import io.cairn.snapshot.ManifestText.ManifestException;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageIo;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The snapshots of one node: opened, restored, written one at a time, merged, retained.
 *
 * <p>Owner: whoever opens it, then the Snapshotter; {@link #releasableIndex()}, {@link #newestIndex()} and the counts may be read by any thread.
 */
public final class SnapshotStore implements AutoCloseable {
    private final SnapshotContext context;
    private final StorageIo io;
    private final SnapshotShelf shelf;
    private final SnapshotUpkeep upkeep;
    private final List<String> unreadable = new ArrayList<>();
    private final List<SnapshotFinding> findings = new ArrayList<>();
    private SnapshotBuffers buffers;
    private SnapshotWriter writer;
    private SnapshotInstaller installer;
    private ReadPace installPace = ReadPace.NONE;

    /**
     * Opens the directory: removes what a crash left behind, makes what is there durable, reads every manifest, resolves chains. Nothing is
     * restored.
     *
     * <p>What is not named after a snapshot belongs to somebody else and is left alone.
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
        shelf = new SnapshotShelf(io, context);
        upkeep = new SnapshotUpkeep(context, shelf, this::buffers);
        io.createDirectories(context.dir());
        for (final String name : io.list(context.dir())) {
            if (SnapshotNames.isSnapshot(name, SnapshotNames.TMP) || SnapshotNames.isSnapshot(name, SnapshotNames.DELETING)) {
                shelf.error(shelf.directory.removeOrphan(name));
            } else if (SnapshotNames.isSnapshot(name, SnapshotNames.DAMAGED)) {
                shelf.damaged.add(name);
            } else if (SnapshotNames.isSnapshot(name)) {
                readManifest(name);
            }
        }
        // A crash between a rename and its force may have left a snapshot whose name is not durable yet: from here on it counts, so it must be.
        io.forceDirectory(context.dir());
        for (final SnapshotManifest broken : shelf.catalog.broken()) {
            findings.add(new SnapshotFinding(broken.name(), SnapshotManifest.FILE_NAME, 0, -1, "what it is built on is not there: base " +
                broken.base().orElseThrow().name()));
            unreadable.add(broken.name());
        }
        for (final String name : unreadable) {
            shelf.catalog.remove(name);
        }
        shelf.refresh();
    }

    private void readManifest(final String name) {
        final Findings found = new Findings(name);
        final SnapshotManifest manifest = SnapshotVerifier.readManifest(io, context.dir(), name, found);
        if (manifest == null) {
            findings.addAll(found.list());
            unreadable.add(name);
        } else {
            shelf.catalog.add(manifest);
        }
    }

    /**
     * What is read where snapshots are received and restored beside a state in use is spread over time from now on.
     *
     * @param value told of every piece.
     */
    public void installPace(final ReadPace value) {
        installPace = value;
    }

    /**
     * Published snapshots whose manifest and chain are there.
     *
     * @return oldest first.
     */
    public List<SnapshotManifest> list() {
        return shelf.catalog.all();
    }

    /**
     * The newest of {@link #list()}.
     *
     * @return empty when there is none.
     */
    public Optional<SnapshotManifest> newest() {
        return Optional.ofNullable(shelf.catalog.newest());
    }

    /**
     * What opening found wrong: manifests that cannot be read, chains without their base. Taken over by the report of the first restore.
     *
     * @return the findings.
     */
    public List<SnapshotFinding> findings() {
        return List.copyOf(findings);
    }

    /**
     * Bytes that restoring a snapshot reads at most: its files and those of its chain. The measure for the policy's ratio.
     *
     * @param manifest of {@link #list()}.
     * @return bytes.
     */
    public long chainBytes(final SnapshotManifest manifest) {
        long sum = 0;
        final List<SnapshotManifest> chain = shelf.catalog.chain(manifest);
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
     * @throws SnapshotException if a snapshot belongs to another cluster or machine, or to a newer version of the machine, or does not fit the
     * arena.
     */
    public RestoreReport restoreNewest(final ArenaFactory factory) {
        final List<SnapshotFinding> found = new ArrayList<>(findings);
        final List<String> skipped = new ArrayList<>();
        shelf.setAside(List.copyOf(unreadable), skipped, found);
        unreadable.clear();
        findings.clear();
        LoadedSnapshot loaded = null;
        while (loaded == null && shelf.catalog.newest() != null) {
            final SnapshotManifest top = shelf.catalog.newest();
            checkOwner(top);
            final List<SnapshotManifest> manifests = shelf.catalog.chain(top);
            try (SnapshotChain chain = SnapshotChain.open(io, context.dir(), manifests)) {
                loaded = new SnapshotReader(context).restore(manifests, factory, chain);
                if (loaded == null) {
                    found.addAll(chain.findings());
                    shelf.setAside(chain.damaged(), skipped, found);
                }
            }
        }
        shelf.descend(loaded == null ? null : loaded.manifest());
        return new RestoreReport(Optional.ofNullable(loaded), List.copyOf(skipped), List.copyOf(found));
    }

    private void checkOwner(final SnapshotManifest manifest) {
        final String where = "the snapshot " + manifest.name() + " in " + context.dir();
        if (manifest.clusterId() != context.clusterId()) {
            throw new SnapshotException(where + " belongs to cluster " + manifest.clusterId() + ", this node to cluster " + context.clusterId() +
                ": give this node its own directory");
        }
        if (!manifest.machineName().equals(context.machineName())) {
            throw new SnapshotException(where + " was made by the state machine " + manifest.machineName() + ", this node runs " +
                context.machineName() + ": run the machine that made it, or use another directory");
        }
        if (manifest.machineVersion() > context.machineVersion()) {
            throw new SnapshotException(where + " was made by version " + manifest.machineVersion() +
                " of the state machine, this node runs version " + context.machineVersion() + ": run the newer version");
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
        if (!found.isEmpty() && shelf.catalog.get(manifest.name()) != null) {
            upkeep.cancelMerge();
            shelf.drop(List.of(manifest.name()), found);
        }
        return found;
    }

    /**
     * Begins to write a snapshot. One at a time; a merge in progress is cancelled.
     *
     * @param request what to persist; its pin and machine snapshot are taken over, also when this throws.
     * @return driven by {@link SnapshotWriter#doWork} until {@link SnapshotWriter#isDone()}.
     * @throws SnapshotException if it cannot begin: one is being written, or the index is not newer than the newest.
     */
    public SnapshotWriter begin(final SnapshotRequest request) {
        return begin(request, base(request), true);
    }

    /**
     * As {@link #begin(SnapshotRequest)}, of a state that was {@link #restore}d beside the one in use and changed since. When it is published, no
     * increment is built on it before {@link #onStateReplaced} says that this state is the one in use.
     *
     * @param request  what to persist.
     * @param restored what that state was restored from.
     * @return to be driven.
     * @throws SnapshotException if it cannot begin.
     */
    public SnapshotWriter beginBeside(final SnapshotRequest request, final SnapshotManifest restored) {
        return begin(request, baseOf(request, shelf.catalog.get(restored.name())), false);
    }

    private SnapshotWriter begin(final SnapshotRequest request, final SnapshotManifest base, final boolean isInUse) {
        String refusal = null;
        if (request.pin == null || request.tables == null || request.pin.root() == null) {
            refusal = "a snapshot was requested without a pinned root: call pages(tables, pin) with a pin that is held";
        } else if (writer != null) {
            refusal = "a snapshot is being written: wait until it is done, or cancel it";
        } else if (request.index <= newestIndex()) {
            refusal = "there is a snapshot of index " + newestIndex() + " already, index " + request.index + " would add nothing";
        }
        if (refusal != null) {
            if (request.pin != null) {
                request.pin.release();
            }
            request.machineSnapshot.close();
            throw new SnapshotException(refusal);
        }
        try {
            upkeep.cancelMerge();
            request.createdMs = shelf.directory.uniqueCreatedMs(request.index, request.term, request.createdMs);
            writer = new SnapshotWriter(context, buffers(), request, base, writerListener(isInUse));
            return writer;
        } catch (final RuntimeException e) {
            request.pin.release();
            request.machineSnapshot.close();
            throw new SnapshotException("the snapshot of index " + request.index + " could not be begun: " + e.getMessage(), e);
        }
    }

    private SnapshotManifest base(final SnapshotRequest request) {
        return baseOf(request, shelf.lineage());
    }

    private SnapshotManifest baseOf(final SnapshotRequest request, final SnapshotManifest lineage) {
        if (!request.incremental || lineage == null) {
            return null;
        }
        final List<SnapshotManifest> chain = shelf.catalog.chain(lineage);
        return chain == null || chain.size() > Math.min(context.chainMax(), SnapshotCatalog.CHAIN_LENGTH_MAX) ? null : lineage;
    }

    private SnapshotBuffers buffers() {
        if (buffers == null) {
            buffers = new SnapshotBuffers(context.sliceBytes());
        }
        return buffers;
    }

    private SnapshotWriter.Listener writerListener(final boolean isInUse) {
        return new SnapshotWriter.Listener() {
            @Override
            public void onPublished(final SnapshotManifest manifest) {
                shelf.descend(isInUse ? manifest : null);
                shelf.add(manifest);
                upkeep.retry();
            }

            @Override
            public void onDone() {
                writer = null;
            }
        };
    }

    /**
     * Begins to receive a snapshot from another member, one at a time; what it is built on must be here already. It becomes the newest when it is
     * complete; the state in memory is not touched: restore it, and only then take the next snapshot.
     *
     * @param manifestText the bytes of the sender's manifest.
     * @return takes the chunks.
     * @throws SnapshotException if the manifest is damaged, is of another cluster or machine, or is not newer than the newest; or the disk failed.
     */
    public SnapshotInstaller install(final byte[] manifestText) {
        final SnapshotManifest manifest = parse(manifestText);
        return install(manifest, manifest.index());
    }

    /**
     * As {@link #install(byte[])}, for a snapshot that another one is built on: it may be older than the newest, if what it is a part of is not.
     *
     * @param manifest of the sender.
     * @param topIndex last index included in what the chain ends with.
     * @return takes the chunks.
     */
    public SnapshotInstaller install(final SnapshotManifest manifest, final long topIndex) {
        checkOwner(manifest);
        if (installer != null) {
            throw new SnapshotException("the snapshot " + installer.manifest().name() + " is being received: wait until it is done, or cancel it");
        }
        if (topIndex <= newestIndex()) {
            throw new SnapshotException("there is a snapshot of index " + newestIndex() + " already, " + manifest.name() + " would add nothing");
        }
        // One that was set aside under this name is what the one that comes replaces.
        if (shelf.directory.isInUse(manifest.name())) {
            throw new SnapshotException("there is something named " + manifest.name() + " in " + context.dir() + " already: move it away");
        }
        final SnapshotInstaller begun = new SnapshotInstaller(context, manifest, installPace, this::onInstalled);
        installer = begun;
        begun.open();
        return begun;
    }

    /**
     * Reads a manifest that was received.
     *
     * @param manifestText its bytes.
     * @return the manifest.
     * @throws SnapshotException if it is damaged.
     */
    public static SnapshotManifest parse(final byte[] manifestText) {
        try {
            return ManifestText.parse(manifestText);
        } catch (final ManifestException e) {
            throw new SnapshotException("the manifest that was received is damaged at offset " + e.offset() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Is a snapshot that somebody offers here already, byte for byte?
     *
     * @param manifest of the offer.
     * @return true if there is nothing to be received.
     */
    public boolean contains(final SnapshotManifest manifest) {
        final SnapshotManifest mine = shelf.catalog.get(manifest.name());
        return mine != null && ManifestText.checksum(mine) == ManifestText.checksum(manifest);
    }

    /**
     * Restores one snapshot into an arena of its own, beside the state in memory. A damaged one is set aside.
     *
     * @param manifest of {@link #list()}.
     * @param factory  makes the blank arena.
     * @return the state.
     * @throws SnapshotException if it is damaged, or does not fit the arena.
     */
    public LoadedSnapshot restore(final SnapshotManifest manifest, final ArenaFactory factory) {
        checkOwner(manifest);
        final List<SnapshotManifest> manifests = shelf.catalog.chain(manifest);
        if (manifests == null) {
            throw new SnapshotException("what the snapshot " + manifest.name() + " is built on is not there");
        }
        upkeep.cancelMerge();
        try (SnapshotChain chain = SnapshotChain.open(io, context.dir(), manifests)) {
            final LoadedSnapshot loaded = new SnapshotReader(context, installPace).restore(manifests, factory, chain);
            if (loaded == null) {
                final List<SnapshotFinding> found = new ArrayList<>(chain.findings());
                shelf.drop(chain.damaged(), found);
                throw new SnapshotException("the snapshot " + manifest.name() + " is damaged and was set aside: " + found.get(0));
            }
            return loaded;
        }
    }

    /**
     * The state in memory is the one of this snapshot now: the next increment may be built on it.
     *
     * @param manifest of {@link #list()}.
     */
    public void onStateReplaced(final SnapshotManifest manifest) {
        shelf.descend(shelf.catalog.get(manifest.name()));
    }

    /**
     * Keeps a snapshot and what it is built on from retention while somebody reads the files.
     *
     * @param manifest of {@link #list()}.
     * @return the chain; to be closed.
     * @throws SnapshotException if the chain is not whole.
     */
    public SnapshotLease lease(final SnapshotManifest manifest) {
        final List<SnapshotManifest> chain = shelf.catalog.chain(manifest);
        if (chain == null) {
            throw new SnapshotException("what the snapshot " + manifest.name() + " is built on is not there");
        }
        return new SnapshotLease(context.dir(), chain, shelf.leased, upkeep::retry);
    }

    private void onInstalled(final SnapshotManifest manifest) {
        installer = null;
        if (manifest != null) {
            // The state in memory does not descend from it.
            shelf.descend(null);
            shelf.add(manifest);
            upkeep.retry();
        }
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
        return writer == null ? upkeep.doWork(nowNs) : 0;
    }

    /**
     * Log entries below this may be released: it is the index of the newest snapshot that shares no file with the newest of all, minus the trailing
     * entries, so that falling back to it never meets a gap. Any thread.
     *
     * @return an index; 0 while there is no such snapshot.
     */
    public long releasableIndex() {
        return shelf.releasableIndex();
    }

    /**
     * Last included index of the newest snapshot. Any thread.
     *
     * @return 0 when there is none.
     */
    public long newestIndex() {
        return shelf.newestIndex();
    }

    /**
     * Snapshots that retention removed since the store was opened. Any thread.
     *
     * @return a count.
     */
    public long removedCount() {
        return upkeep.removedCount();
    }

    /**
     * Chains merged since the store was opened. Any thread.
     *
     * @return a count.
     */
    public long mergedCount() {
        return upkeep.mergedCount();
    }

    /**
     * Failed merges and deletions, and damage noticed, since the store was opened; the last message is in {@link #lastError()}. Any thread.
     *
     * @return a count.
     */
    public long errorCount() {
        return shelf.errorCount();
    }

    /**
     * What went wrong last in the background. Any thread.
     *
     * @return null when nothing did.
     */
    public String lastError() {
        return shelf.lastError();
    }

    /** Cancels what is in progress and frees the buffers. */
    @Override
    public void close() {
        if (writer != null) {
            writer.cancel();
        }
        if (installer != null) {
            installer.cancel();
        }
        upkeep.cancelMerge();
        if (buffers != null) {
            buffers.close();
            buffers = null;
        }
    }
}
