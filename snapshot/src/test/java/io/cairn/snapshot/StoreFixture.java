package io.cairn.snapshot;

import io.cairn.wal.io.SimulatedStorageIo;

import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A store over a simulated disk, driven by hand. */
final class StoreFixture {
    static final Path DIR = Path.of("/data/snapshots");
    private static final int CYCLES_MAX = 1_000_000;

    private StoreFixture() {
    }

    static SnapshotContext context(final SimulatedStorageIo io) {
        return new SnapshotContext().dir(DIR).storageIo(io).clusterId(42).sliceBytes(64 << 10).forceBytes(64 << 10).spaceReserveBytes(0)
            .incrementPercentMax(100);
    }

    static SnapshotWriter.State drive(final SnapshotWriter writer) {
        for (int i = 0; i < CYCLES_MAX && !writer.isDone(); i++) {
            writer.doWork(i);
        }
        assertTrue(writer.isDone());
        return writer.state();
    }

    /** Takes a snapshot and requires it to succeed. */
    static SnapshotManifest take(final SnapshotStore store, final TestState state, final long index, final boolean incremental) {
        final SnapshotWriter writer = store.begin(state.request(index).incremental(incremental));
        final SnapshotWriter.State end = drive(writer);
        assertEquals(SnapshotWriter.State.PUBLISHED, end, () -> String.valueOf(writer.failure()));
        return writer.manifest().orElseThrow();
    }

    /** Background work until there is none. */
    static void settle(final SnapshotStore store) {
        int i = 0;
        while (store.doWork(i) > 0 && i < CYCLES_MAX) {
            i++;
        }
        assertTrue(i < CYCLES_MAX, "background work never ends");
    }

    static List<Long> indexes(final SnapshotStore store) {
        return store.list().stream().map(SnapshotManifest::index).distinct().toList();
    }

    /** Restores the newest and requires that nothing was skipped. */
    static LoadedSnapshot restore(final SnapshotStore store) {
        final RestoreReport report = store.restoreNewest(TestState::newArena);
        assertEquals(List.of(), report.findings());
        return report.loaded().orElseThrow();
    }

    /** Verifies every published snapshot. */
    static void verifyAll(final SimulatedStorageIo io) {
        final SnapshotVerifier verifier = new SnapshotVerifier(io);
        for (final String name : verifier.names(DIR)) {
            assertEquals(List.of(), verifier.verify(DIR, name));
        }
    }
}
