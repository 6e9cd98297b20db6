package io.cairn.snapshot;

import io.cairn.fsm.MachineSnapshot;
import io.cairn.fsm.SnapshotSink;
import io.cairn.fsm.SnapshotSource;
import io.cairn.wal.io.SimulatedStorageIo;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

import static io.cairn.snapshot.StoreFixture.DIR;
import static io.cairn.snapshot.StoreFixture.context;
import static io.cairn.snapshot.StoreFixture.drive;
import static io.cairn.snapshot.StoreFixture.restore;
import static io.cairn.snapshot.StoreFixture.settle;
import static io.cairn.snapshot.StoreFixture.verifyAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class MachineFilesTest {
    private final SimulatedStorageIo io = new SimulatedStorageIo(1);
    private final TestState state = new TestState();

    private static byte[] bytes(final int length, final long seed) {
        final byte[] bytes = new byte[length];
        final SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte)random.nextInt();
        }
        return bytes;
    }

    private SnapshotWriter write(final SnapshotStore store, final long index, final Recorded machine) {
        final SnapshotWriter writer = store.begin(state.request(index).machineSnapshot(machine));
        drive(writer);
        assertEquals(1, machine.closed, "closed once");
        return writer;
    }

    private static byte[] read(final SnapshotSource source, final String name) {
        final byte[] bytes = new byte[(int)source.length(name)];
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        int done = 0;
        while (done < bytes.length) {
            done += source.read(name, done, buffer, done, Math.min(1000, bytes.length - done));
        }
        assertEquals(-1, source.read(name, bytes.length, new UnsafeBuffer(new byte[1]), 0, 1));
        return bytes;
    }

    @Test
    void shouldGiveBackStreamsOfAnyLength() {
        final int[] lengths = {0, 1, 65535, 65536, 65537, 200_000};
        try (SnapshotStore store = new SnapshotStore(context(io).conclude())) {
            final SnapshotWriter writer = write(store, 1, new Recorded(sink -> {
                for (final int length : lengths) {
                    sink.begin("f" + length);
                    final byte[] bytes = bytes(length, length);
                    for (int offset = 0; offset < length; offset += 777) {
                        sink.write(new UnsafeBuffer(bytes), offset, Math.min(777, length - offset));
                    }
                }
            }));
            assertEquals(SnapshotWriter.State.PUBLISHED, writer.state(), () -> String.valueOf(writer.failure()));
            verifyAll(io);
            final SnapshotSource source = restore(store).source();
            assertEquals(List.of("f0", "f1", "f200000", "f65535", "f65536", "f65537"), source.names());
            for (final int length : lengths) {
                assertArrayEquals(bytes(length, length), read(source, "f" + length));
            }
            assertEquals(-1, source.length("missing"));
            assertTrue(source.path("f1").endsWith("machine/f1"));
        }
        assertEquals(0, io.openHandles());
    }

    @Test
    void shouldAdoptFilesByCopyOrInPlaceAndRemoveTheScratchDirectory() {
        for (final boolean link : new boolean[] {false, true}) {
            final SimulatedStorageIo disk = new SimulatedStorageIo(2);
            try (SnapshotStore store = new SnapshotStore(context(disk).linkAdopted(link).conclude())) {
                for (int index = 1; index <= 2; index++) {
                    final SnapshotWriter writer = write(store, index, new Recorded(sink -> {
                        final Path scratch = Path.of(sink.scratchDirectory());
                        disk.createDirectories(scratch.resolve("checkpoint"));
                        FileBytes.writeAll(disk, scratch.resolve("checkpoint/1.sst"), bytes(150_000, 1));
                        FileBytes.writeAll(disk, scratch.resolve("checkpoint/unused"), bytes(15, 1));
                        sink.adopt("checkpoint/1.sst", "1.sst");
                        sink.begin("extra");
                        sink.write(new UnsafeBuffer(bytes(10, 2)), 0, 10);
                    }));
                    assertEquals(SnapshotWriter.State.PUBLISHED, writer.state(), () -> String.valueOf(writer.failure()));
                    assertEquals(List.of("MANIFEST", "machine", "machine.idx", "pages.dat", "pages.idx"),
                        disk.list(DIR.resolve(writer.manifest().orElseThrow().name())));
                    assertEquals(link, writer.manifest().orElseThrow().files().stream().anyMatch(SnapshotFile::linked));
                }
                verifyAll(disk);
                final SnapshotSource source = restore(store).source();
                assertArrayEquals(bytes(150_000, 1), read(source, "1.sst"));
                assertArrayEquals(bytes(10, 2), read(source, "extra"));
                assertEquals(0, store.releasableIndex(), "an increment shares its base");
                final SnapshotWriter full = store.begin(state.request(3).incremental(false));
                drive(full);
                assertEquals(2, store.releasableIndex());
            }
            assertEquals(0, disk.openHandles());
        }
    }

    @Test
    void shouldCopyTheMachinesFilesWhenAChainIsMerged() {
        try (SnapshotStore store = new SnapshotStore(context(io).mergeChainLength(1).conclude())) {
            for (int i = 1; i <= 2; i++) {
                final int seed = i;
                write(store, i, new Recorded(sink -> {
                    sink.begin("f");
                    sink.write(new UnsafeBuffer(bytes(100_000, seed)), 0, 100_000);
                }));
            }
            settle(store);
            assertEquals(1, store.mergedCount(), store::lastError);
            verifyAll(io);
            final LoadedSnapshot loaded = restore(store);
            assertFalse(loaded.manifest().isIncremental());
            assertArrayEquals(bytes(100_000, 2), read(loaded.source(), "f"));
        }
    }

    @Test
    void shouldFallBackWhenAMachinesFileIsDamaged() {
        final SnapshotManifest newest;
        try (SnapshotStore store = new SnapshotStore(context(io).conclude())) {
            final Consumer<SnapshotSink> file = sink -> {
                sink.begin("f");
                sink.write(new UnsafeBuffer(bytes(100_000, 1)), 0, 100_000);
            };
            write(store, 1, new Recorded(file));
            newest = write(store, 2, new Recorded(file)).manifest().orElseThrow();
        }
        final Path path = DIR.resolve(newest.name()).resolve("machine/f");
        io.damage(path, 70_001, (byte)~io.byteAt(path, 70_001));
        try (SnapshotStore store = new SnapshotStore(context(io).conclude())) {
            final RestoreReport report = store.restoreNewest(TestState::newArena);
            assertEquals(1, report.loaded().orElseThrow().manifest().index());
            assertEquals("machine/f", report.findings().get(0).file());
            assertEquals(65536, report.findings().get(0).offset());
        }
    }

    @Test
    void shouldFailTheSnapshotWhenTheMachineDoesOrNamesAFileBadly() {
        final List<Consumer<SnapshotSink>> machines = List.of(
            sink -> {
                throw new IllegalStateException("the machine's disk is gone");
            },
            sink -> sink.begin("../f"),
            sink -> sink.begin("a/b"),
            sink -> {
                sink.begin("f");
                sink.begin("f");
            },
            sink -> sink.write(new UnsafeBuffer(new byte[1]), 0, 1),
            sink -> sink.adopt("../../MANIFEST", "f"),
            sink -> sink.adopt("missing", "f"));
        try (SnapshotStore store = new SnapshotStore(context(io).conclude())) {
            for (final Consumer<SnapshotSink> machine : machines) {
                final SnapshotWriter writer = write(store, 1, new Recorded(machine));
                assertEquals(SnapshotWriter.State.FAILED, writer.state());
                assertEquals(List.of(), io.list(DIR));
                assertEquals(0, io.openHandles());
            }
        }
    }

    /** A machine's snapshot from a lambda. */
    private static final class Recorded implements MachineSnapshot {
        private final Consumer<SnapshotSink> body;
        private int closed;

        Recorded(final Consumer<SnapshotSink> body) {
            this.body = body;
        }

        @Override
        public boolean inTables() {
            return false;
        }

        @Override
        public void writeTo(final SnapshotSink sink) {
            body.accept(sink);
        }

        @Override
        public void close() {
            closed++;
        }
    }
}
