package io.cairn.snapshot;

import io.cairn.wal.io.SimulatedOperation;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.io.StorageException;
import org.junit.jupiter.api.Test;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

import static io.cairn.snapshot.StoreFixture.DIR;
import static io.cairn.snapshot.StoreFixture.context;
import static io.cairn.snapshot.StoreFixture.drive;
import static io.cairn.snapshot.StoreFixture.indexes;
import static io.cairn.snapshot.StoreFixture.restore;
import static io.cairn.snapshot.StoreFixture.settle;
import static io.cairn.snapshot.StoreFixture.take;
import static io.cairn.snapshot.StoreFixture.verifyAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class SnapshotStoreTest {
    private final SimulatedStorageIo io = new SimulatedStorageIo(1);
    private final SplittableRandom random = new SplittableRandom(7);

    private SnapshotStore open() {
        return new SnapshotStore(context(io).conclude());
    }

    @Test
    void shouldRestoreWhatAFullSnapshotHeld() {
        try (TestState state = new TestState(); SnapshotStore store = open()) {
            state.change(random, 3000, 500);
            final long digest = state.digest();
            final SnapshotManifest manifest = take(store, state, 10, false);
            state.change(random, 1000, 500);

            assertFalse(manifest.isIncremental());
            assertEquals(10, store.newestIndex());
            verifyAll(io);
            try (SnapshotStore again = open()) {
                final LoadedSnapshot loaded = restore(again);
                assertEquals(digest, new TestState(loaded.tables()).digest());
                assertEquals(10, loaded.manifest().index());
                assertEquals(1, loaded.manifest().term());
                assertEquals(1010, loaded.manifest().timestampMs());
                assertEquals(310, loaded.manifest().walChain());
                assertArrayEquals(new byte[] {1, 2, 10}, loaded.manifest().configuration());
                assertEquals(loaded.manifest().pages().livePages(), manifest.pages().livePages());
                loaded.tables().arena().close();
            }
        }
        assertEquals(0, io.openHandles());
    }

    @Test
    void shouldRestoreAnEmptyState() {
        try (TestState state = new TestState(); SnapshotStore store = open()) {
            final long digest = state.digest();
            take(store, state, 1, true);
            assertEquals(digest, new TestState(restore(store).tables()).digest());
        }
    }

    @Test
    void shouldLoadNothingWhenThereIsNothing() {
        try (SnapshotStore store = open()) {
            assertEquals(new RestoreReport(Optional.empty(), List.of(), List.of()), store.restoreNewest(TestState::newArena));
            assertEquals(0, store.newestIndex());
            assertEquals(0, store.releasableIndex());
        }
    }

    @Test
    void shouldRestoreEveryStateOfARandomHistoryWithRestarts() {
        for (int seed = 0; seed < 12; seed++) {
            final SplittableRandom draw = new SplittableRandom(seed);
            final SimulatedStorageIo disk = new SimulatedStorageIo(seed);
            final SnapshotContext context = context(disk).verifyStructure(seed % 2 == 0)
                .chainMax(3 + seed % 3).mergeChainLength(seed % 4).retain(2 + seed % 2).conclude();
            TestState state = new TestState();
            SnapshotStore store = new SnapshotStore(context);
            for (int step = 1; step <= 25; step++) {
                if (draw.nextInt(6) == 0) {
                    state.removeAll();
                }
                state.change(draw, draw.nextInt(400), 300);
                final long digest = state.digest();
                final SnapshotManifest manifest = take(store, state, step * 10L, draw.nextInt(8) != 0);
                if (draw.nextBoolean()) {
                    settle(store);
                }
                if (draw.nextInt(3) == 0) {
                    store.close();
                    store = new SnapshotStore(context);
                    final LoadedSnapshot loaded = restore(store);
                    assertEquals(manifest.index(), loaded.manifest().index(), "seed " + seed);
                    state.close();
                    state = new TestState(loaded.tables());
                    assertEquals(digest, state.digest(), "seed " + seed + " step " + step);
                }
                verifyAll(disk);
            }
            assertTrue(store.releasableIndex() > 0, "seed " + seed);
            assertEquals(0, store.errorCount(), () -> "an error in the background");
            store.close();
            state.close();
            assertEquals(0, disk.openHandles(), "seed " + seed);
        }
    }

    @Test
    void shouldStoreOnlyWhatChangedWhenIncremental() {
        try (TestState state = new TestState(); SnapshotStore store = open()) {
            state.change(random, 5000, 3000);
            final SnapshotManifest full = take(store, state, 1, true);
            state.change(random, 3, 3000);
            final SnapshotManifest increment = take(store, state, 2, true);
            assertTrue(increment.isIncremental());
            assertEquals(full.name(), increment.base().orElseThrow().name());
            assertTrue(increment.pages().storedPages() < full.pages().storedPages() / 10, increment.pages() + " on " + full.pages());
            assertTrue(increment.pages().livePages() > full.pages().livePages() / 2);
        }
    }

    @Test
    void shouldKeepTheNextIncrementSmallWhenTheStateWasRestored() {
        try (TestState state = new TestState(); SnapshotStore store = open()) {
            state.change(random, 5000, 3000);
            take(store, state, 1, true);
        }
        try (SnapshotStore store = open(); TestState state = new TestState(restore(store).tables())) {
            state.change(random, 3, 3000);
            final SnapshotManifest increment = take(store, state, 2, true);
            assertTrue(increment.isIncremental());
            assertTrue(increment.pages().storedPages() < increment.pages().livePages() / 10);
        }
    }

    @Test
    void shouldWriteAFullOneWhenTheChainIsFullOrMostPagesChangedOrThereIsNoBase() {
        try (TestState state = new TestState();
            SnapshotStore store = new SnapshotStore(context(io).chainMax(2).mergeChainLength(0).incrementPercentMax(50).conclude())) {
            state.change(random, 5000, 3000);
            assertFalse(take(store, state, 1, true).isIncremental());
            for (int i = 2; i <= 3; i++) {
                state.change(random, 2, 3000);
                assertTrue(take(store, state, i, true).isIncremental());
            }
            state.change(random, 2, 3000);
            assertFalse(take(store, state, 4, true).isIncremental(), "the chain is full");
            state.change(random, 20_000, 3000);
            assertFalse(take(store, state, 5, true).isIncremental(), "most pages changed");
            state.change(random, 2, 3000);
            assertFalse(take(store, state, 6, false).isIncremental(), "asked for");
        }
        try (TestState blank = new TestState(); SnapshotStore store = open()) {
            blank.change(random, 10, 10);
            assertFalse(take(store, blank, 7, true).isIncremental(), "not restored, so nothing to build on");
        }
    }

    @Test
    void shouldMergeAChainFromItsFilesAndRestoreTheSame() {
        final SnapshotContext context = context(io).mergeChainLength(3).verifyStructure(true).conclude();
        final long digest;
        try (TestState state = new TestState(); SnapshotStore store = new SnapshotStore(context)) {
            state.change(random, 3000, 1000);
            take(store, state, 10, true);
            for (int i = 2; i <= 4; i++) {
                state.change(random, 50, 1000);
                take(store, state, 10 * i, true);
            }
            digest = state.digest();
            settle(store);
            assertEquals(1, store.mergedCount(), store.lastError());
            assertFalse(store.newest().orElseThrow().isIncremental());
            assertEquals(40, store.releasableIndex(), "the chain is what the merged one falls back to");
            verifyAll(io);
            state.change(random, 50, 1000);
            final SnapshotManifest next = take(store, state, 50, true);
            assertEquals(40, Long.parseLong(next.base().orElseThrow().name().substring(0, 19)));
            final String base = next.base().orElseThrow().name();
            assertFalse(store.list().stream().filter(m -> m.name().equals(base)).findFirst().orElseThrow().isIncremental());
            final long later = state.digest();
            try (SnapshotStore again = open()) {
                assertEquals(later, new TestState(restore(again).tables()).digest());
            }
            io.damageByLoss(DIR.resolve(next.name()).resolve("MANIFEST"));
        }
        try (SnapshotStore again = open()) {
            final RestoreReport report = again.restoreNewest(TestState::newArena);
            assertEquals(digest, new TestState(report.loaded().orElseThrow().tables()).digest());
            assertEquals(1, report.skipped().size());
        }
    }

    @Test
    void shouldKeepTheNewestAndRemoveTheRest() {
        try (TestState state = new TestState(); SnapshotStore store = open()) {
            for (int i = 1; i <= 5; i++) {
                state.change(random, 100, 100);
                take(store, state, i, false);
                settle(store);
            }
            assertEquals(List.of(4L, 5L), indexes(store));
            assertEquals(3, store.removedCount());
            assertEquals(2, io.list(DIR).size(), () -> io.list(DIR).toString());
            assertEquals(4, store.releasableIndex());
        }
    }

    @Test
    void shouldHoldBackTheLogByTheTrailingEntries() {
        try (TestState state = new TestState(); SnapshotStore store = new SnapshotStore(context(io).trailingEntries(30).conclude())) {
            take(store, state, 100, false);
            assertEquals(0, store.releasableIndex());
            take(store, state, 200, false);
            assertEquals(70, store.releasableIndex());
        }
    }

    @Test
    void shouldFallBackToTheOneBeforeWhenTheNewestIsDamaged() {
        final long digest;
        final SnapshotManifest damaged;
        try (TestState state = new TestState(); SnapshotStore store = open()) {
            state.change(random, 2000, 500);
            take(store, state, 1, false);
            digest = state.digest();
            state.change(random, 500, 500);
            damaged = take(store, state, 2, false);
        }
        final Path file = DIR.resolve(damaged.name()).resolve("pages.dat");
        final int offset = 4096 + 256 * damaged.pages().catalogRoot() + 77;
        io.damage(file, offset, (byte)(io.byteAt(file, offset) ^ 8));
        try (SnapshotStore store = open()) {
            final RestoreReport report = store.restoreNewest(TestState::newArena);
            final TestState state = new TestState(report.loaded().orElseThrow().tables());
            assertEquals(digest, state.digest());
            assertEquals(List.of(damaged.name()), report.skipped());
            assertEquals(1, report.findings().size());
            final SnapshotFinding finding = report.findings().get(0);
            assertEquals("pages.dat", finding.file());
            assertEquals(offset, finding.offset());
            assertEquals(damaged.pages().catalogRoot(), finding.page());
            assertEquals(1, store.newestIndex());
            assertTrue(io.exists(DIR.resolve(damaged.name() + ".damaged")));

            state.change(random, 5, 500);
            final SnapshotManifest next = take(store, state, 2, true);
            assertEquals(1, Long.parseLong(next.base().orElseThrow().name().substring(0, 19)), "relative to what was restored");
            assertEquals(0, store.releasableIndex(), "the damaged one does not count");
            state.close();
        }
        try (SnapshotStore store = open()) {
            assertEquals(0, store.releasableIndex(), "nor after a restart");
            restore(store).tables().arena().close();
        }
    }

    @Test
    void shouldSkipEverythingBuiltOnADamagedSnapshot() {
        final long digest;
        final List<SnapshotManifest> chain = new ArrayList<>();
        try (TestState state = new TestState(); SnapshotStore store = new SnapshotStore(context(io).mergeChainLength(0).conclude())) {
            state.change(random, 2000, 500);
            chain.add(take(store, state, 1, true));
            digest = state.digest();
            for (int i = 2; i <= 4; i++) {
                state.change(random, 100, 500);
                chain.add(take(store, state, i, true));
            }
        }
        io.damageSize(DIR.resolve(chain.get(1).name()).resolve("pages.idx"), 100);
        try (SnapshotStore store = open()) {
            final RestoreReport report = store.restoreNewest(TestState::newArena);
            assertEquals(1, report.loaded().orElseThrow().manifest().index());
            assertEquals(digest, new TestState(report.loaded().orElseThrow().tables()).digest());
            assertEquals(3, report.skipped().size());
            assertEquals(List.of(1L), indexes(store));
        }
    }

    @Test
    void shouldSkipASnapshotWhoseBaseIsGone() {
        try (TestState state = new TestState(); SnapshotStore store = open()) {
            take(store, state, 1, false);
            final SnapshotManifest base = take(store, state, 2, false);
            take(store, state, 3, true);
            DirectoryTree.delete(io, DIR.resolve(base.name()));
        }
        try (SnapshotStore store = open()) {
            assertEquals(List.of(1L), indexes(store));
            assertEquals(1, store.findings().size());
            final RestoreReport report = store.restoreNewest(TestState::newArena);
            assertEquals(1, report.loaded().orElseThrow().manifest().index());
            assertTrue(report.findings().get(0).toString().contains("base"), report.findings()::toString);
        }
    }

    @Test
    void shouldLeaveNothingWhenCancelledAtAnyCycle() {
        for (int cycles = 0; cycles < 40; cycles++) {
            final SimulatedStorageIo disk = new SimulatedStorageIo(cycles);
            try (TestState state = new TestState(); SnapshotStore store = new SnapshotStore(context(disk).conclude())) {
                state.change(random, 3000, 1000);
                final SnapshotWriter writer = store.begin(state.request(1));
                for (int i = 0; i < cycles; i++) {
                    writer.doWork(i);
                }
                if (cycles % 2 == 0) {
                    writer.cancel();
                } else {
                    writer.requestCancel();
                    writer.doWork(0);
                }
                assertEquals(writer.state() == SnapshotWriter.State.PUBLISHED ? 1 : 0, disk.list(DIR).size());
                assertEquals(0, disk.openHandles());
                assertEquals(0, writer.doWork(1));
                take(store, state, 5, true);
            }
        }
    }

    @Test
    void shouldFailAndLeaveNothingWhenAnyOperationFails() {
        for (final StorageException.Kind kind : new StorageException.Kind[] {StorageException.Kind.NO_SPACE, StorageException.Kind.IO}) {
            boolean failed = true;
            for (long at = 0; failed; at++) {
                final SimulatedStorageIo disk = new SimulatedStorageIo(at);
                try (TestState state = new TestState(); SnapshotStore store = new SnapshotStore(context(disk).conclude())) {
                    state.change(random, 300, 100);
                    take(store, state, 1, false);
                    state.change(random, 300, 100);
                    final long failAt = disk.operations() + at;
                    final long[] seen = {-1};
                    disk.faults((number, operation, path) -> {
                        final boolean now = number == failAt && operation.isChanging() && seen[0] < 0;
                        seen[0] = now ? number : seen[0];
                        return now ? kind : null;
                    });
                    final SnapshotWriter writer = store.begin(state.request(2).incremental(at % 2 == 0));
                    final SnapshotWriter.State end = drive(writer);
                    failed = seen[0] >= 0;
                    assertEquals(failed ? SnapshotWriter.State.FAILED : SnapshotWriter.State.PUBLISHED, end, "operation " + at);
                    if (failed) {
                        assertTrue(writer.failure().getMessage().contains("index 2"), writer.failure().getMessage());
                        assertEquals(1, disk.list(DIR).size(), () -> disk.list(DIR).toString());
                        assertEquals(1, store.newestIndex());
                        assertEquals(0, store.releasableIndex());
                        take(store, state, 2, true);
                    }
                    verifyAll(disk);
                    assertEquals(0, disk.openHandles());
                }
            }
        }
    }

    @Test
    void shouldFailBeforeItWritesWhenTheSpaceIsMissing() {
        try (TestState state = new TestState(); SnapshotStore store = open()) {
            state.change(random, 3000, 1000);
            io.capacityBytes(50_000);
            final List<SimulatedOperation> operations = new ArrayList<>();
            io.observer((number, operation, path) -> operations.add(operation));
            final SnapshotWriter writer = store.begin(state.request(1));
            assertEquals(SnapshotWriter.State.FAILED, drive(writer));
            assertTrue(writer.failure().getMessage().contains("does not fit"), writer.failure().getMessage());
            assertEquals(List.of(), operations);
            io.capacityBytes(1L << 30);
            take(store, state, 1, true);
        }
    }

    @Test
    void shouldHoldTheRateOnTheClockItIsGiven() {
        try (TestState state = new TestState(); SnapshotStore store = new SnapshotStore(context(io).rateBytesPerSecond(64 << 10).conclude())) {
            state.change(random, 20_000, 5000);
            final SnapshotWriter writer = store.begin(state.request(1));
            long nowNs = 0;
            while (!writer.isDone()) {
                if (writer.doWork(nowNs) == 0) {
                    assertTrue(writer.nextWorkNs() > nowNs);
                    nowNs = writer.nextWorkNs();
                }
                assertTrue(writer.bytesWritten() <= (64 << 10) * (nowNs / 1_000_000_000.0) + (64 << 10) + 1, "ahead of its rate");
            }
            assertEquals(SnapshotWriter.State.PUBLISHED, writer.state());
            assertTrue(nowNs > 3_000_000_000L, "took " + nowNs);
            assertTrue(writer.bytesWritten() >= writer.bytesExpected());
        }
    }

    @Test
    void shouldPublishOnlyWhenTheIndexIsDurable() {
        final long[] durable = {9};
        try (TestState state = new TestState(); SnapshotStore store = new SnapshotStore(context(io).durableIndex(() -> durable[0]).conclude())) {
            final SnapshotWriter writer = store.begin(state.request(10));
            for (int i = 0; i < 100; i++) {
                writer.doWork(i);
            }
            assertEquals(SnapshotWriter.State.PUBLISHING, writer.state());
            assertEquals(0, writer.doWork(101));
            durable[0] = 10;
            assertEquals(1, writer.doWork(102));
            assertEquals(SnapshotWriter.State.PUBLISHED, writer.state());
        }
    }

    @Test
    void shouldRefuseASecondWriterAndAnOldIndexAndLetGoOfThePin() {
        try (TestState state = new TestState(); SnapshotStore store = open()) {
            take(store, state, 5, true);
            assertThrows(SnapshotException.class, () -> store.begin(state.request(5)));
            final SnapshotWriter writer = store.begin(state.request(6));
            final SnapshotException e = assertThrows(SnapshotException.class, () -> store.begin(state.request(7)));
            assertTrue(e.getMessage().contains("is being written"), e.getMessage());
            writer.cancel();
            assertThrows(SnapshotException.class, () -> store.begin(new SnapshotRequest(8, 1, 1)));
        }
    }

    @Test
    void shouldRemoveWhatACrashLeftBehindWhenOpened() {
        io.createDirectories(DIR.resolve(SnapshotNames.of(1, 1, 1) + ".tmp/machine"));
        FileBytes.writeAll(io, DIR.resolve(SnapshotNames.of(1, 1, 1) + ".tmp/machine/file"), new byte[10]);
        io.createDirectories(DIR.resolve(SnapshotNames.of(2, 1, 1) + ".deleting"));
        open().close();
        assertEquals(List.of(), io.list(DIR));
    }

    @Test
    void shouldFindWhatWasSetAsideStillAsideAfterAPowerLoss() {
        final SnapshotManifest damaged;
        try (TestState state = new TestState(); SnapshotStore store = open()) {
            take(store, state, 1, false);
            damaged = take(store, state, 2, false);
        }
        io.damage(DIR.resolve(damaged.name()).resolve("pages.idx"), 10, (byte)99);
        try (SnapshotStore store = open()) {
            restoreAt(store, 1);
        }
        for (int seed = 0; seed < 20; seed++) {
            try (SimulatedStorageIo after = io.afterPowerLoss(seed)) {
                assertTrue(after.list(DIR).contains(damaged.name() + SnapshotNames.DAMAGED), "seed " + seed + ": " + after.list(DIR));
            }
        }
    }

    private static void restoreAt(final SnapshotStore store, final long index) {
        final LoadedSnapshot loaded = store.restoreNewest(TestState::newArena).loaded().orElseThrow();
        assertEquals(index, loaded.manifest().index());
        loaded.tables().arena().close();
    }

    @Test
    void shouldLeaveAloneWhatIsNotNamedAfterASnapshot() {
        final List<String> others = List.of("build.tmp", "old.deleting", "report.damaged", "1-1-1.tmp", "notes");
        for (final String name : others) {
            io.createDirectories(DIR.resolve(name));
            FileBytes.writeAll(io, DIR.resolve(name).resolve("file"), new byte[10]);
        }
        try (TestState state = new TestState(); SnapshotStore store = open()) {
            for (int i = 1; i <= 5; i++) {
                take(store, state, i, false);
                settle(store);
            }
        }
        for (final String name : others) {
            assertTrue(io.exists(DIR.resolve(name).resolve("file")), name);
        }
    }

    @Test
    void shouldRefuseTheSnapshotOfAnotherClusterMachineOrVersion() {
        try (TestState state = new TestState(); SnapshotStore store = new SnapshotStore(context(io).machineVersion(3).conclude())) {
            take(store, state, 1, true);
        }
        final List<SnapshotContext> others = List.of(
            context(io).machineVersion(3).clusterId(43), context(io).machineVersion(3).machineName("other"), context(io).machineVersion(2));
        for (final SnapshotContext other : others) {
            try (SnapshotStore store = new SnapshotStore(other.conclude())) {
                assertThrows(SnapshotException.class, () -> store.restoreNewest(TestState::newArena));
                assertEquals(1, io.list(DIR).size(), "nothing is set aside");
            }
        }
        try (SnapshotStore store = new SnapshotStore(context(io).machineVersion(4).conclude())) {
            restore(store);
        }
    }

    @Test
    void shouldRefuseAnArenaOfAnotherPageSizeOrTooSmallWithoutBlamingTheSnapshot() {
        try (TestState state = new TestState(); SnapshotStore store = open()) {
            state.change(random, 3000, 1000);
            take(store, state, 1, true);
            assertThrows(SnapshotException.class, () -> store.restoreNewest((pageSize, pageCount) -> TestState.newArena(512, pageCount)));
            assertThrows(IllegalStateException.class, () -> store.restoreNewest((pageSize, pageCount) -> {
                throw new IllegalStateException("too little memory");
            }));
            assertEquals(1, io.list(DIR).size());
            assertTrue(SnapshotNames.isSnapshot(io.list(DIR).get(0)));
        }
    }

    @Test
    void shouldSetAsideWhatAVerifyFindsDamagedAndWriteAFullOneNext() {
        try (TestState state = new TestState(); SnapshotStore store = open()) {
            state.change(random, 1000, 300);
            take(store, state, 1, false);
            final SnapshotManifest manifest = take(store, state, 2, true);
            assertEquals(List.of(), store.verify(manifest));
            io.damage(DIR.resolve(manifest.name()).resolve("pages.idx"), 10, (byte)99);
            assertEquals(1, store.verify(manifest).size());
            assertEquals(1, store.newestIndex());
            assertEquals(1, store.errorCount());
            assertFalse(take(store, state, 3, true).isIncremental());
        }
    }

    @Test
    void shouldFailTheMergeAndGoOnWhenTheChainIsDamaged() {
        try (TestState state = new TestState(); SnapshotStore store = new SnapshotStore(context(io).mergeChainLength(2).conclude())) {
            state.change(random, 1000, 300);
            final SnapshotManifest first = take(store, state, 1, false);
            state.change(random, 10, 300);
            take(store, state, 2, true);
            state.change(random, 10, 300);
            take(store, state, 3, true);
            final Path file = DIR.resolve(first.name()).resolve("pages.dat");
            for (int page = 0; page < first.pages().pageCount(); page++) {
                final int offset = 4096 + 256 * page + 100;
                io.damage(file, offset, (byte)~io.byteAt(file, offset));
            }
            settle(store);
            assertEquals(1, store.errorCount());
            assertTrue(store.lastError().contains("pages.dat"), store.lastError());
            assertEquals(0, store.mergedCount());
            assertEquals(List.of(), store.list(), "all three depended on it");
            assertFalse(take(store, state, 4, true).isIncremental());
        }
    }

    @Test
    void shouldAllocateNothingWhileThereIsNothingToTidy() {
        final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
        try (TestState state = new TestState(); SnapshotStore store = new SnapshotStore(context(io).mergeChainLength(4).conclude())) {
            for (int index = 1; index <= 3; index++) {
                state.change(random, 200, 300);
                take(store, state, index, true);
            }
            settle(store);
            final long thread = Thread.currentThread().getId();
            long allocated = Long.MAX_VALUE;
            for (int round = 0; round < 20 && allocated > 0; round++) {
                final long before = threads.getThreadAllocatedBytes(thread);
                for (int i = 0; i < 10_000; i++) {
                    assertEquals(0, store.doWork(i));
                }
                allocated = threads.getThreadAllocatedBytes(thread) - before;
            }
            assertEquals(0, allocated, "bytes allocated by 10,000 looks at a store that is at rest");
        }
    }

    @Test
    void shouldReadWithSeveralThreadsWhatOneWrote() {
        final SnapshotContext context = context(io).readThreads(1).conclude();
        final long digest;
        try (TestState state = new TestState(); SnapshotStore store = new SnapshotStore(context)) {
            state.change(random, 60_000, 20_000);
            digest = state.digest();
            take(store, state, 1, true);
        }
        // The simulated disk belongs to one thread; its reads share nothing but the fault plan, which is not used here.
        try (SnapshotStore store = new SnapshotStore(context(io).readThreads(3).conclude())) {
            assertEquals(digest, new TestState(restore(store).tables()).digest());
        }
    }
}
