package io.cairn.snapshot;

import io.cairn.snapshot.SnapshotManifest.PageImage;

import java.util.List;

/**
 * Merges a chain into a full snapshot of the same index, from its files, in bounded slices. The result is published beside the chain under a later
 * {@code created}; nothing of the chain is touched. Crash: as for any snapshot that is being written (see {@link SnapshotBuild}).
 *
 * <p>Owner: the Snapshotter.
 */
final class SnapshotMerger {
    private final SnapshotManifest top;
    private final SnapshotContext context;
    private final SnapshotChain chain;
    private final ChainPages pages;
    private final SnapshotBuild build;
    private final RateLimit rate;
    private boolean pagesDone;
    private boolean filesQueued;
    private boolean filesDone;

    /**
     * Opens the chain and the directory of the result.
     *
     * @throws SnapshotException if the chain is damaged, with the findings; or any failure of the disk. Nothing is left then.
     */
    SnapshotMerger(final SnapshotContext context, final SnapshotBuffers buffers, final List<SnapshotManifest> manifests, final long createdMs) {
        this.context = context;
        top = manifests.get(0);
        rate = new RateLimit(context.rateBytesPerSecond());
        chain = SnapshotChain.open(context.storageIo(), context.dir(), manifests);
        ChainPages opened = null;
        SnapshotBuild started = null;
        try {
            if (!chain.isValid()) {
                throw new SnapshotException("damaged: " + chain.findings().get(0));
            }
            opened = new ChainPages(chain);
            buffers.live.copyFrom(chain.live());
            started = new SnapshotBuild(context, buffers, manifest(top, createdMs));
            started.open();
        } catch (final RuntimeException e) {
            if (started != null) {
                started.discard();
            }
            if (opened != null) {
                opened.close();
            }
            chain.close();
            throw chain.isValid() ? e : new DamagedChainException(chain, e);
        }
        pages = opened;
        build = started;
    }

    private static SnapshotManifest.Builder manifest(final SnapshotManifest top, final long createdMs) {
        final PageImage image = top.pages();
        final SnapshotManifest.Builder manifest = new SnapshotManifest.Builder();
        manifest.index = top.index();
        manifest.term = top.term();
        manifest.timestampMs = top.timestampMs();
        manifest.createdMs = createdMs;
        manifest.walChain = top.walChain();
        manifest.clusterId = top.clusterId();
        manifest.machineName = top.machineName();
        manifest.machineVersion = top.machineVersion();
        manifest.configuration = top.configuration();
        manifest.pages = new PageImage(
            image.epoch(), image.catalogRoot(), image.pageSize(), image.pageCount(), image.livePages(), image.livePages());
        return manifest;
    }

    SnapshotManifest top() {
        return top;
    }

    /**
     * One slice.
     *
     * @return what was published, or null while there is more to do.
     * @throws DamagedChainException if a page of the chain is damaged.
     */
    SnapshotManifest doWork(final long nowNs) {
        if (!rate.allows(nowNs)) {
            return null;
        }
        try {
            return step(nowNs);
        } catch (final RuntimeException e) {
            cancel();
            throw chain.isValid() ? e : new DamagedChainException(chain, e);
        }
    }

    /** True if the rate limit says to wait. */
    boolean isWaiting(final long nowNs) {
        return !rate.allows(nowNs);
    }

    private SnapshotManifest step(final long nowNs) {
        if (!pagesDone) {
            final int written = build.pagesSlice(pages);
            pagesDone = written < 0;
            rate.spent(Math.max(0, written), nowNs);
        } else if (!filesQueued) {
            filesQueued = true;
            for (final SnapshotFile file : MachineFiles.of(top)) {
                final String name = file.name().substring(MachineFiles.DIRECTORY.length() + 1);
                build.machine().copy(context.dir().resolve(top.name()).resolve(file.name()), name);
            }
        } else if (!filesDone) {
            final int copied = build.machine().adoptSlice();
            filesDone = copied < 0;
            rate.spent(Math.max(0, copied), nowNs);
        } else {
            build.machine().requireSame(MachineFiles.of(top));
            final SnapshotManifest merged = build.publish();
            pages.close();
            chain.close();
            return merged;
        }
        return null;
    }

    /** Gives up and removes what was written. */
    void cancel() {
        pages.close();
        build.discard();
        chain.close();
    }

    /** A chain that cannot be merged because it is damaged. */
    static final class DamagedChainException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient List<String> names;
        private final transient List<SnapshotFinding> findings;

        DamagedChainException(final SnapshotChain chain, final RuntimeException cause) {
            super(cause.getMessage(), cause);
            names = chain.damaged();
            findings = chain.findings();
        }

        List<String> names() {
            return names;
        }

        List<SnapshotFinding> findings() {
            return findings;
        }
    }
}
