package io.cairn.snapshot;

import io.cairn.snapshot.SnapshotManifest.PageImage;
import io.cairn.snapshot.SnapshotManifest.SnapshotBase;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

final class SnapshotCatalogTest {
    private final SnapshotCatalog catalog = new SnapshotCatalog();

    private SnapshotManifest add(final long index, final long createdMs, final SnapshotManifest base, final SnapshotFile... machine) {
        final SnapshotManifest.Builder builder = new SnapshotManifest.Builder();
        builder.index = index;
        builder.createdMs = createdMs;
        builder.pages = new PageImage(index, 0, 256, 10, 5, 5);
        builder.base = base == null ? null : new SnapshotBase(base.name(), base.pages().epoch(), ManifestText.checksum(base));
        builder.files = List.of(machine);
        final SnapshotManifest manifest = builder.build();
        catalog.add(manifest);
        return manifest;
    }

    @Test
    void shouldReleaseNothingWhenAllSnapshotsShareAFile() {
        assertEquals(0, catalog.releasableIndex(0));
        final SnapshotManifest full = add(10, 1, null);
        assertEquals(0, catalog.releasableIndex(0));
        final SnapshotManifest first = add(20, 2, full);
        add(30, 3, first);
        assertNull(catalog.fallback());
        assertEquals(0, catalog.releasableIndex(0));
    }

    @Test
    void shouldReleaseUpToTheNewestThatSharesNoFileWithTheNewest() {
        final SnapshotManifest full = add(10, 1, null);
        final SnapshotManifest increment = add(20, 2, full);
        final SnapshotManifest other = add(30, 3, null);
        assertEquals(20, catalog.releasableIndex(0));
        assertEquals(15, catalog.releasableIndex(5));
        assertEquals(0, catalog.releasableIndex(50));
        add(40, 4, other);
        assertEquals(increment.name(), catalog.fallback().name());
        add(50, 5, null);
        assertEquals(40, catalog.releasableIndex(0));
    }

    @Test
    void shouldFallBackToTheChainWhenItWasMerged() {
        final SnapshotManifest full = add(10, 1, null);
        final SnapshotManifest increment = add(20, 2, full);
        final SnapshotManifest merged = add(20, 3, null);
        assertEquals(merged.name(), catalog.newest().name());
        assertEquals(increment.name(), catalog.fallback().name());
        assertEquals(List.of(), catalog.expendable(2, List.of()));
    }

    @Test
    void shouldKeepTheNewestAndTheirChainsAndTheFallback() {
        final SnapshotManifest a = add(10, 1, null);
        final SnapshotManifest b = add(20, 2, null);
        final SnapshotManifest c = add(30, 3, b);
        final SnapshotManifest d = add(40, 4, c);
        add(50, 5, d);
        assertEquals(List.of(), catalog.expendable(2, List.of()), "a is the only one that shares no file with the newest");
        final SnapshotManifest e = add(60, 6, null);
        assertEquals(List.of(a.name()), names(catalog.expendable(2, List.of())));
        add(70, 7, e);
        assertEquals(List.of(a.name()), names(catalog.expendable(2, List.of())), "the chain of 50 is the fallback");
        add(80, 8, null);
        assertEquals(List.of(SnapshotNames.of(50, 0, 5), d.name(), c.name(), b.name(), a.name()), names(catalog.expendable(2, List.of())));
    }

    @Test
    void shouldCountLinkedFilesOfOneContentAsShared() {
        add(10, 1, null, new SnapshotFile("machine/1.sst", 100, 7, true));
        add(20, 2, null, new SnapshotFile("machine/1.sst", 100, 7, false));
        add(30, 3, null, new SnapshotFile("machine/1.sst", 100, 7, true));
        assertEquals(20, catalog.fallback().index());
        catalog.remove(SnapshotNames.of(20, 0, 2));
        assertNull(catalog.fallback());
    }

    @Test
    void shouldNotTakeAnotherSnapshotOfTheSameNameForTheBase() {
        final SnapshotManifest full = add(10, 1, null);
        final SnapshotManifest increment = add(20, 2, full);
        assertEquals(List.of(), catalog.broken());
        add(10, 1, null, new SnapshotFile("machine/other", 1, 1, false));
        assertEquals(List.of(increment.name()), names(catalog.broken()));
        assertNull(catalog.chain(increment));
    }

    private static List<String> names(final List<SnapshotManifest> manifests) {
        return manifests.stream().map(SnapshotManifest::name).toList();
    }
}
