package io.cairn.snapshot;

import java.util.ArrayList;
import java.util.List;

/**
 * The snapshots of a directory that belongs to somebody else: listed and restored, and nothing is changed. A {@link SnapshotStore} removes what a
 * crash left behind and sets damaged snapshots aside; this one only says what is wrong.
 *
 * <p>One thread.
 */
public final class SnapshotArchive {
    private final SnapshotContext context;
    private final SnapshotCatalog catalog = new SnapshotCatalog();
    private final List<SnapshotFinding> findings = new ArrayList<>();

    /**
     * Reads every manifest.
     *
     * @param context concluded; only directory, port, read threads and structure check count.
     * @throws SnapshotException if a snapshot was written by a newer build.
     */
    public SnapshotArchive(final SnapshotContext context) {
        this.context = context;
        for (final String name : new SnapshotVerifier(context.storageIo()).names(context.dir())) {
            final Findings found = new Findings(name);
            final SnapshotManifest manifest = SnapshotVerifier.readManifest(context.storageIo(), context.dir(), name, found);
            if (manifest == null) {
                findings.addAll(found.list());
            } else {
                catalog.add(manifest);
            }
        }
        for (final SnapshotManifest broken : catalog.broken()) {
            findings.add(new SnapshotFinding(broken.name(), SnapshotManifest.FILE_NAME, 0, -1, "what it is built on is not there: base " +
                broken.base().orElseThrow().name()));
        }
        catalog.broken().forEach(broken -> catalog.remove(broken.name()));
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
     * What was found wrong so far, in manifests and by {@link #restore}.
     *
     * @return the findings.
     */
    public List<SnapshotFinding> findings() {
        return List.copyOf(findings);
    }

    /**
     * Restores one snapshot.
     *
     * @param manifest of {@link #list()}.
     * @param factory  makes the blank arena.
     * @return the state; null where it is damaged, and {@link #findings()} say how.
     */
    public LoadedSnapshot restore(final SnapshotManifest manifest, final ArenaFactory factory) {
        final List<SnapshotManifest> manifests = catalog.chain(manifest);
        try (SnapshotChain chain = SnapshotChain.open(context.storageIo(), context.dir(), manifests)) {
            final LoadedSnapshot loaded = new SnapshotReader(context).restore(manifests, factory, chain);
            if (loaded == null) {
                findings.addAll(chain.findings());
            }
            return loaded;
        }
    }
}
