package io.cairn.snapshot;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A snapshot with what it is built on, kept from retention while its files are read. Damage is not kept out: a file that was set aside meanwhile can
 * no longer be read under its name.
 *
 * <p>Owner: the Snapshotter.
 */
public final class SnapshotLease implements AutoCloseable {
    private final Path dir;
    private final List<SnapshotManifest> manifests;
    private final List<String> leased;
    private final Runnable onClose;
    private boolean closed;

    SnapshotLease(final Path dir, final List<SnapshotManifest> topFirst, final List<String> leased, final Runnable onClose) {
        this.dir = dir;
        this.leased = leased;
        this.onClose = onClose;
        final List<SnapshotManifest> ordered = new ArrayList<>(topFirst);
        Collections.reverse(ordered);
        manifests = List.copyOf(ordered);
        manifests.forEach(manifest -> leased.add(manifest.name()));
    }

    /**
     * What is leased.
     *
     * @return the full snapshot first, each followed by what is built on it.
     */
    public List<SnapshotManifest> manifests() {
        return manifests;
    }

    /**
     * What all of it leads to.
     *
     * @return the last of {@link #manifests()}.
     */
    public SnapshotManifest top() {
        return manifests.get(manifests.size() - 1);
    }

    /**
     * Where a file lies.
     *
     * @param manifest of {@link #manifests()}.
     * @param file     of that manifest.
     * @return its path.
     */
    public Path path(final SnapshotManifest manifest, final SnapshotFile file) {
        return dir.resolve(manifest.name()).resolve(file.name());
    }

    /**
     * The manifest as it is sent and stored.
     *
     * @param manifest of {@link #manifests()}.
     * @return its bytes.
     */
    public byte[] text(final SnapshotManifest manifest) {
        return ManifestText.render(manifest);
    }

    /** Lets retention have them; harmless when it is over. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            manifests.forEach(manifest -> leased.remove(manifest.name()));
            onClose.run();
        }
    }
}
