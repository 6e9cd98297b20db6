package io.cairn.snapshot;

import java.util.List;
import java.util.Optional;

/**
 * What a published snapshot is: the last included index and term, the configuration at that index, the version of the pages, and every file with
 * its length and checksum. Immutable. Stored as text (see {@link ManifestText}) that a person can read and that carries its own checksum.
 */
public final class SnapshotManifest {
    /** Version of the directory layout and of every file in it; written into each of them. */
    public static final int FORMAT_VERSION = 1;
    /** Name of the manifest in a snapshot's directory. */
    public static final String FILE_NAME = "MANIFEST";

    private final long index;
    private final long term;
    private final long timestampMs;
    private final long createdMs;
    private final int walChain;
    private final long clusterId;
    private final String machineName;
    private final int machineVersion;
    private final byte[] configuration;
    private final PageImage pages;
    private final SnapshotBase base;
    private final List<SnapshotFile> files;

    SnapshotManifest(final Builder builder) {
        index = builder.index;
        term = builder.term;
        timestampMs = builder.timestampMs;
        createdMs = builder.createdMs;
        walChain = builder.walChain;
        clusterId = builder.clusterId;
        machineName = builder.machineName;
        machineVersion = builder.machineVersion;
        configuration = builder.configuration.clone();
        pages = builder.pages;
        base = builder.base;
        files = List.copyOf(builder.files);
    }

    /**
     * Directory name: {@code <index>-<term>-<created>}, each in decimal with leading zeros so that names sort by index.
     *
     * @return the name.
     */
    public String name() {
        return SnapshotNames.of(index, term, createdMs);
    }

    /**
     * Last included index.
     *
     * @return ≥ 1.
     */
    public long index() {
        return index;
    }

    /**
     * Term of the last included entry.
     *
     * @return ≥ 0.
     */
    public long term() {
        return term;
    }

    /**
     * Log time of the last included entry: the next entry's is not below it.
     *
     * @return ms.
     */
    public long timestampMs() {
        return timestampMs;
    }

    /**
     * Wall clock when the snapshot was begun; makes the name unique where one index was snapshotted twice.
     *
     * @return ms since 1970.
     */
    public long createdMs() {
        return createdMs;
    }

    /**
     * The log's chain value at {@link #index()}: proves that a log belongs to this snapshot.
     *
     * @return CRC32C chain.
     */
    public int walChain() {
        return walChain;
    }

    /**
     * Which cluster (or single node) this is a state of.
     *
     * @return the id.
     */
    public long clusterId() {
        return clusterId;
    }

    /**
     * Name of the state machine that made the state.
     *
     * @return letters, digits, {@code . _ -}.
     */
    public String machineName() {
        return machineName;
    }

    /**
     * Version of that machine's state.
     *
     * @return the version.
     */
    public int machineVersion() {
        return machineVersion;
    }

    /**
     * Membership and configuration as of {@link #index()}, as bytes of the engine.
     *
     * @return a copy.
     */
    public byte[] configuration() {
        return configuration.clone();
    }

    /**
     * The pages this state consists of.
     *
     * @return never null.
     */
    public PageImage pages() {
        return pages;
    }

    /**
     * What an incremental snapshot is relative to.
     *
     * @return empty for a full one.
     */
    public Optional<SnapshotBase> base() {
        return Optional.ofNullable(base);
    }

    /**
     * True if only the pages newer than the base's epoch are stored.
     *
     * @return true if incremental.
     */
    public boolean isIncremental() {
        return base != null;
    }

    /**
     * All files but the manifest.
     *
     * @return in the order of the manifest.
     */
    public List<SnapshotFile> files() {
        return files;
    }

    /**
     * Sum of the files' lengths (holes included), without the manifest and without the base.
     *
     * @return bytes.
     */
    public long lengthBytes() {
        long sum = 0;
        for (final SnapshotFile file : files) {
            sum += file.lengthBytes();
        }
        return sum;
    }

    @Override
    public String toString() {
        return name() + (base == null ? " full" : " on " + base.name());
    }

    /**
     * The version of the pages in a snapshot.
     *
     * @param epoch       epoch of the frozen root.
     * @param catalogRoot page id of the catalog's root.
     * @param pageSize    bytes.
     * @param pageCount   page ids are below this.
     * @param livePages   pages reachable from the root.
     * @param storedPages pages in this snapshot's own file: all live ones when full.
     */
    public record PageImage(long epoch, int catalogRoot, int pageSize, int pageCount, int livePages, int storedPages) {
    }

    /**
     * What an incremental snapshot is relative to.
     *
     * @param name             directory name of the base.
     * @param epoch            the base's epoch: pages of a newer one are stored.
     * @param manifestChecksum the checksum in the base's manifest: the same name with other content is another snapshot.
     */
    public record SnapshotBase(String name, long epoch, int manifestChecksum) {
    }

    /** Collects a manifest's values. */
    static final class Builder {
        long index;
        long term;
        long timestampMs;
        long createdMs;
        int walChain;
        long clusterId;
        String machineName = "";
        int machineVersion;
        byte[] configuration = new byte[0];
        PageImage pages;
        SnapshotBase base;
        List<SnapshotFile> files = List.of();

        SnapshotManifest build() {
            return new SnapshotManifest(this);
        }
    }
}
