package io.cairn.snapshot;

import io.cairn.snapshot.SnapshotManifest.SnapshotBase;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * The published snapshots of a store and what follows from them: chains, what is kept, and up to where the log may be released. Pure.
 *
 * <p>Owner: the Snapshotter.
 */
final class SnapshotCatalog {
    /** Longer chains than this are not written and not followed. */
    static final int CHAIN_LENGTH_MAX = 1_000;
    private final TreeMap<String, Entry> entries = new TreeMap<>();
    private long changes;

    /** Grows whenever a snapshot is added or removed. */
    long changes() {
        return changes;
    }

    void add(final SnapshotManifest manifest) {
        changes++;
        entries.put(manifest.name(), new Entry(manifest, ManifestText.checksum(manifest)));
    }

    void remove(final String name) {
        changes++;
        entries.remove(name);
    }

    SnapshotManifest get(final String name) {
        final Entry entry = entries.get(name);
        return entry == null ? null : entry.manifest;
    }

    /** All of them, oldest first: names sort by index. */
    List<SnapshotManifest> all() {
        final List<SnapshotManifest> all = new ArrayList<>();
        for (final Entry entry : entries.values()) {
            all.add(entry.manifest);
        }
        return all;
    }

    /** The newest one, or null. */
    SnapshotManifest newest() {
        return entries.isEmpty() ? null : entries.lastEntry().getValue().manifest;
    }

    /** A snapshot and what it is built on, down to a full one; null if that is not there. */
    List<SnapshotManifest> chain(final SnapshotManifest top) {
        final List<SnapshotManifest> chain = new ArrayList<>();
        SnapshotManifest element = top;
        chain.add(element);
        while (element.isIncremental()) {
            final SnapshotBase base = element.base().orElseThrow();
            final Entry below = entries.get(base.name());
            if (below == null || !fits(element, base, below) || chain.size() > CHAIN_LENGTH_MAX) {
                return null;
            }
            element = below.manifest;
            chain.add(element);
        }
        return chain;
    }

    private static boolean fits(final SnapshotManifest element, final SnapshotBase base, final Entry below) {
        return below.checksum == base.manifestChecksum() && below.manifest.pages().epoch() == base.epoch() &&
            below.manifest.pages().pageSize() == element.pages().pageSize() && below.manifest.index() <= element.index() &&
            below.manifest.name().compareTo(element.name()) < 0;
    }

    /** The newest snapshot that shares no file with the newest of all, or null: what a node falls back to whatever happens to the newest. */
    SnapshotManifest fallback() {
        final SnapshotManifest newest = newest();
        if (newest == null) {
            return null;
        }
        final List<SnapshotManifest> chain = chain(newest);
        for (final String name : entries.descendingKeySet()) {
            final SnapshotManifest candidate = entries.get(name).manifest;
            final List<SnapshotManifest> other = chain(candidate);
            if (chain != null && other != null && areDisjoint(chain, other)) {
                return candidate;
            }
        }
        return null;
    }

    private static boolean areDisjoint(final List<SnapshotManifest> chain, final List<SnapshotManifest> other) {
        for (final SnapshotManifest mine : chain) {
            for (final SnapshotManifest theirs : other) {
                if (mine.name().equals(theirs.name())) {
                    return false;
                }
            }
        }
        // Of a chain only the top's machine files are read.
        final Set<Long> linked = new HashSet<>();
        for (final SnapshotFile file : chain.get(0).files()) {
            if (file.linked()) {
                linked.add(identity(file));
            }
        }
        for (final SnapshotFile file : other.get(0).files()) {
            if (file.linked() && linked.contains(identity(file))) {
                return false;
            }
        }
        return true;
    }

    /** Two linked files of one length and checksum are taken for two names of one file. */
    private static long identity(final SnapshotFile file) {
        return file.lengthBytes() * 31 ^ (long)file.checksum() << 32;
    }

    /** Log entries below this may be released; 0 while there is nothing to fall back to. */
    long releasableIndex(final long trailingEntries) {
        final SnapshotManifest fallback = fallback();
        return fallback == null ? 0 : Math.max(0, fallback.index() - trailingEntries);
    }

    /** What may be deleted while {@code retain} indexes and what is leased are kept, dependants before what they are built on. */
    List<SnapshotManifest> expendable(final int retain, final Collection<String> leased) {
        final Set<String> kept = new HashSet<>(leased);
        long lastIndex = -1;
        int count = 0;
        for (final String name : entries.descendingKeySet()) {
            final SnapshotManifest manifest = entries.get(name).manifest;
            if (count < retain && manifest.index() != lastIndex) {
                lastIndex = manifest.index();
                count++;
                keep(manifest, kept);
            }
        }
        final SnapshotManifest fallback = fallback();
        if (fallback != null) {
            keep(fallback, kept);
        }
        final List<SnapshotManifest> expendable = new ArrayList<>();
        for (final String name : entries.descendingKeySet()) {
            if (!kept.contains(name)) {
                expendable.add(entries.get(name).manifest);
            }
        }
        return expendable;
    }

    private void keep(final SnapshotManifest manifest, final Set<String> kept) {
        final List<SnapshotManifest> chain = chain(manifest);
        if (chain != null) {
            for (final SnapshotManifest element : chain) {
                kept.add(element.name());
            }
        }
    }

    /** Those whose chain is broken: their base is missing or is not the one they were built on. */
    List<SnapshotManifest> broken() {
        final List<SnapshotManifest> broken = new ArrayList<>();
        for (final Entry entry : entries.values()) {
            if (chain(entry.manifest) == null) {
                broken.add(entry.manifest);
            }
        }
        return broken;
    }

    private record Entry(SnapshotManifest manifest, int checksum) {
    }
}
