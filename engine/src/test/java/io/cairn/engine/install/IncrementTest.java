package io.cairn.engine.install;

import io.cairn.engine.memory.AnonymousExtentSource;
import io.cairn.fsm.EpochHistory;
import io.cairn.fsm.StateDigest;
import io.cairn.fsm.page.BTree;
import io.cairn.fsm.page.PageArena;
import io.cairn.fsm.page.Pin;
import io.cairn.fsm.page.Tables;
import io.cairn.snapshot.SnapshotException;
import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.io.StorageFile;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the leader writes of a change and what the follower makes of it, with pages so small that everything moves all the time. */
final class IncrementTest {
    private static final Path DIR = Path.of("/data/snapshots");
    private static final int TABLES = 4;
    private static final int ENTRIES = 2_000;
    private static final int PAGE = 512;

    private final SimulatedStorageIo disk = new SimulatedStorageIo(3);
    private final Tables leader = blank();
    private final Tables follower = blank();
    private final EpochHistory history = new EpochHistory();
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[64]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[8 * PAGE]);
    private IncrementFiles files;
    private long index;

    IncrementTest() {
        disk.createDirectories(DIR);
        files = new IncrementFiles(disk, DIR);
    }

    private static Tables blank() {
        return new Tables(new PageArena(new AnonymousExtentSource(false), PAGE, 64, 1 << 16));
    }

    @AfterEach
    void close() {
        leader.arena().close();
        follower.arena().close();
        assertEquals(0, disk.openHandles());
    }

    /** One entry of a log: the same change wherever it is applied. */
    private void apply(final Tables tables, final long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        final int table = random.nextInt(TABLES);
        final String name = 0 == table ? "$sessions" : "table-" + table;
        final int choice = random.nextInt(1_000);
        if (choice < 2) {
            tables.drop(name);
            return;
        }
        final BTree tree = null == tables.table(name) ? tables.create(name) : tables.table(name);
        final int number = random.nextInt(1_500);
        final int length = 6 + number % 40;
        key.setMemory(0, length, (byte)0);
        key.putStringWithoutLengthAscii(0, String.valueOf(100_000 + number));
        if (choice < 550) {
            final int valueLength = 0 == random.nextInt(30) ? random.nextInt(8 * PAGE) : random.nextInt(40);
            for (int i = 0; i < valueLength; i++) {
                value.putByte(i, (byte)random.nextInt());
            }
            tree.put(key, 0, length, value, 0, valueLength);
        } else if (choice < 560) {
            tree.removeRange(key, 0, length, null, 0, 0, random.nextInt(200));
        } else {
            tree.remove(key, 0, length);
        }
    }

    private IncrementWriter newWriter(final long since, final long lengthMax) {
        history.add(index, leader.freeze().epoch());
        final IncrementWriter.Request request = new IncrementWriter.Request();
        request.tables = leader;
        request.pin = leader.pinNewest();
        request.baseIndex = history.indexAt(since);
        request.baseEpoch = history.epochAt(since);
        request.index = index;
        request.term = 3;
        request.timestampMs = 1_000;
        request.walChain = 77;
        request.configuration = new byte[] {4, 5, 6};
        request.machineName = "test";
        request.lengthMax = lengthMax;
        return new IncrementWriter(files, request, 0);
    }

    private TransferCargo write(final long since) {
        try (IncrementWriter writer = newWriter(since, Long.MAX_VALUE)) {
            for (int i = 0; !writer.isOver(); i++) {
                writer.doWork(i);
            }
            return writer.take();
        }
    }

    private IncrementHeader header(final TransferCargo cargo) {
        try (TransferStream stream = cargo.open(0)) {
            return IncrementHeader.decode(stream.manifestText());
        }
    }

    /** As it goes over the wire. */
    private byte[] bytes(final TransferCargo cargo) {
        try (TransferStream stream = cargo.open(0)) {
            final UnsafeBuffer chunk = new UnsafeBuffer(BufferUtil.allocateDirectAligned(333, 64));
            final byte[] all = new byte[(int)stream.lengthBytes()];
            int position = 0;
            while (position < all.length) {
                final int length = stream.read(position, chunk, 0, 333);
                chunk.getBytes(0, all, position, length);
                position += length;
            }
            return Arrays.copyOfRange(all, stream.manifestText().length, all.length);
        }
    }

    private void read(final IncrementHeader header, final byte[] bytes) {
        final Path path = DIR.resolve("received");
        if (disk.exists(path)) {
            disk.delete(path);
        }
        try (StorageFile file = disk.open(path, OpenMode.CREATE_NEW)) {
            final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(Math.max(64, bytes.length), 64));
            buffer.putBytes(0, bytes);
            if (bytes.length > 0) {
                file.write(0, buffer, 0, bytes.length);
            }
            final IncrementReader reader = new IncrementReader(header, file, follower);
            while (!reader.isOver()) {
                reader.doWork(7);
            }
        }
    }

    private long digestOfFollower() {
        follower.freeze();
        try (Pin pin = follower.pinNewest()) {
            final StateDigest digest = StateDigest.begin(follower.view(pin));
            while (!digest.isDone()) {
                digest.doWork(100);
            }
            return digest.value();
        }
    }

    private void run(final long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        final int entries = 1 + random.nextInt(ENTRIES);
        final int base = random.nextInt(entries);
        for (int i = 1; i <= entries; i++) {
            index = i;
            final long change = random.nextLong();
            apply(leader, change);
            if (i <= base) {
                apply(follower, change);
            }
            if (0 == random.nextInt(40)) {
                history.add(index, leader.freeze().epoch());
            }
            if (0 == random.nextInt(60)) {
                follower.freeze();
            }
        }
        if (history.indexAt(base) < 0) {
            return;
        }
        final TransferCargo cargo = write(base);
        final IncrementHeader header = header(cargo);
        read(header, bytes(cargo));
        assertEquals(header.digest(), digestOfFollower());
        assertEquals(leader.nextTableId(), follower.nextTableId());
        cargo.close();
        assertEquals(1, disk.list(DIR).size(), "only what was received is left");
    }

    @Test
    void shouldBecomeEqualFromWhateverMoment() {
        for (long seed = 1; seed <= 12; seed++) {
            final IncrementTest one = new IncrementTest();
            one.history.add(0, one.leader.freeze().epoch());
            try {
                one.run(seed);
            } catch (final RuntimeException | AssertionError failure) {
                throw new AssertionError("seed " + seed, failure);
            }
            one.close();
        }
    }

    private void diverge() {
        for (int i = 1; i <= 600; i++) {
            index = i;
            apply(leader, i);
            if (i <= 400) {
                apply(follower, i);
            }
            if (i == 390) {
                history.add(index, leader.freeze().epoch());
            }
        }
    }

    @Test
    void shouldSayWhatItIs() {
        diverge();
        final TransferCargo cargo = write(400);
        final IncrementHeader header = header(cargo);
        assertEquals(390, header.baseIndex());
        assertEquals(600, header.index());
        assertEquals(3, header.term());
        assertEquals(77, header.walChain());
        assertEquals("test", header.machineName());
        assertEquals(6, header.configuration()[2]);
        assertEquals(leader.tableCount(), header.tables().size());
        assertTrue(cargo.isIncrement());
        cargo.close();
        assertNull(newWriterThatIsTooLong());
    }

    private TransferCargo newWriterThatIsTooLong() {
        try (IncrementWriter writer = newWriter(400, 5_000)) {
            while (!writer.isOver()) {
                writer.doWork(0);
            }
            return writer.take();
        }
    }

    @Test
    void shouldRefuseADamagedIncrement() {
        diverge();
        final TransferCargo cargo = write(400);
        final IncrementHeader header = header(cargo);
        final byte[] bytes = bytes(cargo);
        final SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 300; i++) {
            final byte[] damaged = bytes.clone();
            damaged[random.nextInt(damaged.length)] ^= (byte)(1 << random.nextInt(8));
            assertThrows(SnapshotException.class, () -> read(header, damaged));
        }
        assertThrows(SnapshotException.class, () -> read(header, Arrays.copyOf(bytes, bytes.length - 1)));
        // Nothing was lost by it that the increment itself does not bring: a state that is thrown away in the engine.
        cargo.close();
    }

    @Test
    void shouldRefuseADamagedHeader() {
        diverge();
        final TransferCargo cargo = write(400);
        final byte[] text;
        try (TransferStream stream = cargo.open(0)) {
            text = stream.manifestText();
        }
        final SplittableRandom random = new SplittableRandom(6);
        for (int i = 0; i < 2_000; i++) {
            final byte[] damaged = Arrays.copyOf(text, random.nextInt(4) == 0 ? random.nextInt(text.length) : text.length);
            if (damaged.length > 0) {
                damaged[random.nextInt(damaged.length)] ^= (byte)(1 << random.nextInt(8));
            }
            try {
                IncrementHeader.decode(damaged);
            } catch (final SnapshotException expected) {
                assertFalse(expected.getMessage().isEmpty());
            }
        }
        cargo.close();
    }

    @Test
    void shouldRemoveWhatACrashLeft() {
        diverge();
        write(400);
        assertEquals(1, disk.list(DIR).size());
        files = new IncrementFiles(disk, DIR);
        assertEquals(0, disk.list(DIR).size());
    }
}
