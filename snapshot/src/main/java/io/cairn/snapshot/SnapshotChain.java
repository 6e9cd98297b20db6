package io.cairn.snapshot;

import io.cairn.wal.io.StorageIo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A snapshot and what it is built on, opened for reading, with every live page assigned to the newest element that stores it.
 *
 * <p>Owner: one thread; read-only once opened.
 */
final class SnapshotChain implements AutoCloseable {
    private final List<ChainElement> elements = new ArrayList<>();
    private final Map<String, Findings> findings = new LinkedHashMap<>();
    private final PageBitmap live = new PageBitmap();

    private SnapshotChain() {
    }

    /** Opens a chain, its top first. What is wrong is in {@link #findings()}; pages may be read only if that is empty. */
    static SnapshotChain open(final StorageIo io, final Path snapshots, final List<SnapshotManifest> manifests) {
        final SnapshotChain chain = new SnapshotChain();
        for (final SnapshotManifest manifest : manifests) {
            final ChainElement element = ChainElement.open(io, snapshots.resolve(manifest.name()), manifest, chain.findings(manifest));
            if (element != null) {
                chain.elements.add(element);
            }
        }
        if (chain.isValid()) {
            chain.assign();
        }
        return chain;
    }

    private void assign() {
        live.copyFrom(top().index().live());
        final PageBitmap remaining = new PageBitmap();
        remaining.copyFrom(live);
        for (final ChainElement element : elements) {
            element.assign(remaining);
        }
        if (remaining.cardinality() > 0) {
            findings(top().manifest()).add(PageIndex.FILE_NAME, PageHeader.LENGTH, remaining.next(0), remaining.cardinality() +
                " live pages are stored nowhere in its chain, first page " + remaining.next(0));
        }
    }

    ChainElement top() {
        return elements.get(0);
    }

    List<ChainElement> elements() {
        return elements;
    }

    /** Live pages of the top. */
    PageBitmap live() {
        return live;
    }

    /** What is wrong with one element; more may be added while pages are read. */
    Findings findings(final SnapshotManifest manifest) {
        return findings.computeIfAbsent(manifest.name(), Findings::new);
    }

    /** Nothing was found wrong. */
    boolean isValid() {
        for (final Findings one : findings.values()) {
            if (!one.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /** Names of the elements that are damaged. */
    List<String> damaged() {
        final List<String> names = new ArrayList<>();
        for (final Map.Entry<String, Findings> entry : findings.entrySet()) {
            if (!entry.getValue().isEmpty()) {
                names.add(entry.getKey());
            }
        }
        return names;
    }

    /** All that is wrong. */
    List<SnapshotFinding> findings() {
        final List<SnapshotFinding> all = new ArrayList<>();
        for (final Findings one : findings.values()) {
            all.addAll(one.list());
        }
        return all;
    }

    @Override
    public void close() {
        for (final ChainElement element : elements) {
            element.close();
        }
    }
}
