package io.cairn.snapshot;

import io.cairn.wal.io.SimulatedStorageIo;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

import static io.cairn.snapshot.StoreFixture.DIR;
import static io.cairn.snapshot.StoreFixture.context;
import static io.cairn.snapshot.StoreFixture.take;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class SnapshotVerifierTest {
    private final SimulatedStorageIo io = new SimulatedStorageIo(1);
    private final SnapshotVerifier verifier = new SnapshotVerifier(io);
    private final SnapshotManifest full;
    private final SnapshotManifest increment;

    SnapshotVerifierTest() {
        final SplittableRandom random = new SplittableRandom(3);
        try (TestState state = new TestState(); SnapshotStore store = new SnapshotStore(context(io).conclude())) {
            state.change(random, 200, 60);
            state.removeAll();
            state.freeze().close();
            state.change(random, 150, 60);
            full = take(store, state, 1, true);
            state.change(random, 10, 60);
            increment = take(store, state, 2, true);
        }
        assertTrue(increment.isIncremental());
        assertTrue(full.pages().livePages() < full.pages().pageCount(), "dead pages are part of the test");
    }

    @Test
    void shouldReportEveryFlippedByteWithItsFileAndOffset() {
        final SplittableRandom random = new SplittableRandom(5);
        for (final SnapshotManifest manifest : new SnapshotManifest[] {full, increment}) {
            final Path dir = DIR.resolve(manifest.name());
            for (final String name : io.list(dir)) {
                final Path file = dir.resolve(name);
                for (int i = 0; i < io.sizeOf(file); i += 1 + random.nextInt(5)) {
                    final byte was = io.byteAt(file, i);
                    io.damage(file, i, (byte)(was ^ 1 << random.nextInt(8)));
                    final List<SnapshotFinding> findings = verifier.verify(DIR, manifest.name());
                    assertFalse(findings.isEmpty(), name + " byte " + i);
                    assertEquals(name, findings.get(0).file());
                    assertTrue(findings.get(0).offset() <= i && i - findings.get(0).offset() < 4096, findings.get(0) + " for byte " + i);
                    io.damage(file, i, was);
                }
            }
            assertEquals(List.of(), verifier.verify(DIR, manifest.name()));
        }
    }

    @Test
    void shouldReportFilesThatAreMissingCutTooLongSwappedOrUnknown() {
        final Path dir = DIR.resolve(full.name());
        final Path other = DIR.resolve(increment.name());
        for (final String name : List.of("MANIFEST", "pages.dat", "pages.idx")) {
            final long size = io.sizeOf(dir.resolve(name));
            final byte last = io.byteAt(dir.resolve(name), (int)size - 1);
            io.damageSize(dir.resolve(name), size - 1);
            assertFalse(verifier.verify(DIR, full.name()).isEmpty(), name + " cut");
            io.damageSize(dir.resolve(name), 0);
            assertFalse(verifier.verify(DIR, full.name()).isEmpty(), name + " empty");
            io.damageSize(dir.resolve(name), size + 1);
            assertFalse(verifier.verify(DIR, full.name()).isEmpty(), name + " longer, last byte was " + last);
        }
        for (final String name : List.of("MANIFEST", "pages.dat", "pages.idx")) {
            io.damageBySwap(dir.resolve(name), other.resolve(name));
            assertFalse(verifier.verify(DIR, increment.name()).isEmpty(), name + " swapped");
            io.damageBySwap(dir.resolve(name), other.resolve(name));
        }
        FileBytes.writeAll(io, other.resolve("core"), new byte[5]);
        assertTrue(verifier.verify(DIR, increment.name()).stream().anyMatch(f -> f.file().equals("core")));
    }

    @Test
    void shouldNameTheFileThatIsMissing() {
        for (final String name : List.of("pages.dat", "pages.idx", "MANIFEST")) {
            io.damageByLoss(DIR.resolve(increment.name()).resolve(name));
            assertEquals(name, verifier.verify(DIR, increment.name()).get(0).file());
        }
    }

    @Test
    void shouldReportAMissingBase() {
        DirectoryTree.delete(io, DIR.resolve(full.name()));
        final List<SnapshotFinding> findings = verifier.verify(DIR, increment.name());
        assertTrue(findings.get(0).message().contains(full.name()), findings::toString);
    }

    @Test
    void shouldReadManifestsAndNameWhatIsWrongWithThem() {
        assertEquals(List.of(full.name(), increment.name()), verifier.names(DIR));
        assertEquals(full.pages(), verifier.manifest(DIR, full.name()).pages());
        io.damage(DIR.resolve(full.name()).resolve("MANIFEST"), 200, (byte)1);
        final SnapshotException e = assertThrows(SnapshotException.class, () -> verifier.manifest(DIR, full.name()));
        assertTrue(e.getMessage().contains("MANIFEST") && e.getMessage().contains("offset="), e.getMessage());
        assertEquals(List.of(), verifier.verify(DIR, SnapshotNames.of(9, 9, 9)), "removed meanwhile");
    }
}
