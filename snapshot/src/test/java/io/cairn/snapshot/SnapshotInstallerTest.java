package io.cairn.snapshot;

import io.cairn.wal.io.SimulatedOperation;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.io.StorageException;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

import static io.cairn.snapshot.StoreFixture.DIR;
import static io.cairn.snapshot.StoreFixture.context;
import static io.cairn.snapshot.StoreFixture.restore;
import static io.cairn.snapshot.StoreFixture.take;
import static io.cairn.snapshot.StoreFixture.verifyAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class SnapshotInstallerTest {
    private static final int CHUNK = 1000;
    private final SplittableRandom random = new SplittableRandom(11);
    private final SimulatedStorageIo sender = new SimulatedStorageIo(1);
    private final SimulatedStorageIo receiver = new SimulatedStorageIo(2);
    private final SnapshotManifest full;
    private final SnapshotManifest increment;
    private final long digest;

    SnapshotInstallerTest() {
        try (TestState state = new TestState(); SnapshotStore store = new SnapshotStore(context(sender).conclude())) {
            state.change(random, 2000, 600);
            full = take(store, state, 10, true);
            state.change(random, 20, 600);
            digest = state.digest();
            increment = take(store, state, 20, true);
        }
    }

    private byte[] file(final SnapshotManifest manifest, final String name) {
        return FileBytes.readAll(sender, DIR.resolve(manifest.name()).resolve(name), 1 << 30);
    }

    private static boolean send(final SnapshotInstaller installer, final String name, final byte[] bytes, final int from, final int to) {
        final UnsafeBuffer chunk = new UnsafeBuffer(ByteBuffer.allocateDirect(Math.max(1, to - from)));
        chunk.putBytes(0, bytes, from, to - from);
        return installer.onChunk(name, from, chunk, 0, to - from, Checksums.of(chunk, 0, to - from));
    }

    private void sendAll(final SnapshotInstaller installer, final SnapshotManifest manifest) {
        for (final SnapshotFile file : manifest.files()) {
            final byte[] bytes = file(manifest, file.name());
            for (int from = (int)installer.received(file.name()); from < bytes.length; from += CHUNK) {
                assertTrue(send(installer, file.name(), bytes, from, Math.min(bytes.length, from + CHUNK)));
            }
        }
    }

    @Test
    void shouldInstallAChainAndRestoreIt() {
        try (SnapshotStore store = new SnapshotStore(context(receiver).conclude())) {
            for (final SnapshotManifest manifest : new SnapshotManifest[] {full, increment}) {
                final SnapshotInstaller installer = store.install(file(manifest, "MANIFEST"));
                sendAll(installer, manifest);
                assertEquals(manifest.name(), installer.complete().name());
                assertEquals(manifest.index(), store.newestIndex());
            }
            verifyAll(receiver);
            final TestState state = new TestState(restore(store).tables());
            assertEquals(digest, state.digest());
            state.change(random, 5, 600);
            assertEquals(increment.name(), take(store, state, 30, true).base().orElseThrow().name());
            state.close();
        }
        assertEquals(0, receiver.openHandles());
    }

    /** It is the newest that the sender has: without it the receiver would wait for the sender's next one. */
    @Test
    void shouldTakeASnapshotAgainThatWasSetAsideUnderItsName() {
        try (SnapshotStore store = new SnapshotStore(context(receiver).conclude())) {
            for (int i = 0; i < 3; i++) {
                final SnapshotInstaller installer = store.install(file(full, "MANIFEST"));
                sendAll(installer, full);
                final SnapshotManifest installed = installer.complete();
                verifyAll(receiver);
                receiver.damage(DIR.resolve(full.name()).resolve("pages.dat"), 5000, (byte)-1);
                assertFalse(store.verify(installed).isEmpty());
                assertEquals(List.of(), store.list());
                assertEquals(List.of(full.name() + ".damaged"), receiver.list(DIR));
            }
        }
    }

    @Test
    void shouldTellHowMuchItReadsWhenItChecksAndWhenItRestores() {
        final long[] read = new long[1];
        try (SnapshotStore store = new SnapshotStore(context(receiver).conclude())) {
            store.installPace(bytes -> read[0] += bytes);
            final SnapshotInstaller installer = store.install(file(full, "MANIFEST"));
            sendAll(installer, full);
            assertEquals(0, read[0]);
            installer.complete();
            final long pages = (long)full.pages().livePages() * full.pages().pageSize();
            assertTrue(read[0] >= pages, () -> read[0] + " of " + pages);
            read[0] = 0;
            restore(store).tables().arena().close();
            assertEquals(0, read[0], "opening is not paced");
        }
    }

    @Test
    void shouldWriteAFullOneWhenTheStateInMemoryIsNotTheInstalledOne() {
        try (SnapshotStore store = new SnapshotStore(context(receiver).conclude()); TestState mine = new TestState()) {
            take(store, mine, 1, true);
            final SnapshotInstaller installer = store.install(file(full, "MANIFEST"));
            sendAll(installer, full);
            installer.complete();
            mine.change(random, 5, 5);
            assertFalse(take(store, mine, 40, true).isIncremental());
        }
    }

    @Test
    void shouldAskAgainForDamagedChunksAndGapsAndIgnoreRepeats() {
        try (SnapshotStore store = new SnapshotStore(context(receiver).conclude())) {
            final SnapshotInstaller installer = store.install(file(full, "MANIFEST"));
            final byte[] pages = file(full, "pages.dat");
            assertTrue(send(installer, "pages.dat", pages, 0, 500));
            assertFalse(send(installer, "pages.dat", pages, 600, 700), "a gap");
            final UnsafeBuffer chunk = new UnsafeBuffer(ByteBuffer.allocateDirect(10));
            assertFalse(installer.onChunk("pages.dat", 500, chunk, 0, 10, 12345), "damaged on its way");
            assertTrue(send(installer, "pages.dat", pages, 0, 500), "known");
            assertTrue(send(installer, "pages.dat", pages, 300, 800), "half known");
            assertEquals(800, installer.received("pages.dat"));
            sendAll(installer, full);
            installer.complete();
            verifyAll(receiver);
        }
    }

    @Test
    void shouldPublishNothingThatIsNotWhatTheManifestSays() {
        try (SnapshotStore store = new SnapshotStore(context(receiver).conclude())) {
            final SnapshotInstaller cut = store.install(file(full, "MANIFEST"));
            send(cut, "pages.dat", file(full, "pages.dat"), 0, 500);
            assertThrows(SnapshotException.class, cut::complete);
            assertEquals(List.of(), receiver.list(DIR));

            final SnapshotInstaller wrong = store.install(file(full, "MANIFEST"));
            for (final SnapshotFile file : full.files()) {
                final byte[] bytes = file(full, file.name());
                bytes[bytes.length / 2] ^= 4;
                send(wrong, file.name(), bytes, 0, bytes.length);
            }
            final SnapshotException e = assertThrows(SnapshotException.class, wrong::complete);
            assertTrue(e.getMessage().contains("offset="), e.getMessage());
            assertEquals(List.of(), receiver.list(DIR));

            final SnapshotInstaller tooMuch = store.install(file(full, "MANIFEST"));
            final byte[] longer = new byte[(int)full.files().get(1).lengthBytes() + 1];
            assertThrows(SnapshotException.class, () -> send(tooMuch, "pages.idx", longer, 0, longer.length));
            assertEquals(List.of(), receiver.list(DIR));
            assertThrows(SnapshotException.class, () -> send(tooMuch, "pages.idx", longer, 0, 1));

            final SnapshotInstaller alone = store.install(file(increment, "MANIFEST"));
            sendAll(alone, increment);
            assertTrue(assertThrows(SnapshotException.class, alone::complete).getMessage().contains("base"));
            assertEquals(0, store.newestIndex());
        }
        assertEquals(0, receiver.openHandles());
    }

    @Test
    void shouldRefuseAManifestThatIsDamagedForeignOrOld() {
        try (SnapshotStore store = new SnapshotStore(context(receiver).conclude()); TestState mine = new TestState()) {
            final byte[] damaged = file(full, "MANIFEST");
            damaged[100] ^= 1;
            assertTrue(assertThrows(SnapshotException.class, () -> store.install(damaged)).getMessage().contains("offset 100"));
            final SnapshotInstaller first = store.install(file(full, "MANIFEST"));
            assertThrows(SnapshotException.class, () -> store.install(file(increment, "MANIFEST")));
            first.cancel();
            first.cancel();
            assertEquals(List.of(), receiver.list(DIR));
            take(store, mine, 10, true);
            assertThrows(SnapshotException.class, () -> store.install(file(full, "MANIFEST")));
        }
        try (SnapshotStore store = new SnapshotStore(context(receiver).clusterId(1).conclude())) {
            assertThrows(SnapshotException.class, () -> store.install(file(full, "MANIFEST")));
        }
    }

    @Test
    void shouldLeaveNothingWhenTheDiskFails() {
        for (final SimulatedOperation failing : new SimulatedOperation[] {
            SimulatedOperation.CREATE, SimulatedOperation.WRITE, SimulatedOperation.FORCE, SimulatedOperation.RENAME,
            SimulatedOperation.FORCE_DIRECTORY}) {
            try (SnapshotStore store = new SnapshotStore(context(receiver).conclude())) {
                final int[] failures = {0};
                receiver.faults((number, operation, path) ->
                    operation == failing && !path.equals(DIR.getParent()) && failures[0]++ == 0 ? StorageException.Kind.IO : null);
                assertThrows(SnapshotException.class, () -> {
                    final SnapshotInstaller installer = store.install(file(full, "MANIFEST"));
                    sendAll(installer, full);
                    installer.complete();
                }, failing::name);
                assertEquals(List.of(), receiver.list(DIR), failing::name);
                assertEquals(0, store.newestIndex());
                assertEquals(0, receiver.openHandles(), failing::name);
            }
        }
        assertFalse(receiver.exists(Path.of("/data/snapshots").resolve(full.name())));
    }
}
