package io.cairn.engine;

import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.embedded.EmbeddedClient;
import io.cairn.fsm.KeyValueCommands;
import io.cairn.fsm.ReadView;
import io.cairn.snapshot.SnapshotManifest;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class StorageEngineTest {
    @TempDir
    private Path dir;

    private EngineContext context() {
        return new EngineContext().dataDirectory(dir).profile("small");
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({
        "invoker,os", "invoker,group", "invoker,interval", "shared,os", "shared,group", "shared,interval",
        "dedicated,os", "dedicated,group", "dedicated,interval"})
    void shouldGiveBackWhatWasPutInEveryMode(final String mode, final String durability) {
        final EngineContext first = context().set("threading.mode", mode).set("durability", durability);
        try (StorageEngine engine = StorageEngine.launch(first); KeyValueStore store = engine.keyValueStore()) {
            for (int i = 0; i < 100; i++) {
                store.put(bytes("key" + i), bytes("value" + i));
            }
            assertTrue(store.delete(bytes("key7")));
            assertFalse(store.delete(bytes("key7")));
            assertTrue(store.compareAndSet(bytes("key8"), bytes("value8"), bytes("new")));
            assertFalse(store.compareAndSet(bytes("key8"), bytes("value8"), bytes("other")));
            assertTrue(store.compareAndSet(bytes("fresh"), null, bytes("1")));
            assertEquals(6, store.increment(bytes("fresh"), 5));
        }
        final EngineContext second = context().set("threading.mode", mode).set("durability", durability);
        try (StorageEngine engine = StorageEngine.launch(second); KeyValueStore store = engine.keyValueStore()) {
            assertNull(store.get(bytes("key7")));
            assertArrayEquals(bytes("new"), store.get(bytes("key8")));
            assertArrayEquals(bytes("6"), store.get(bytes("fresh")));
            assertArrayEquals(bytes("value42"), store.get(bytes("key42")));
            final List<KeyValueStore.Row> rows = store.scan(bytes("key9"), 100);
            assertEquals(11, rows.size());
            assertArrayEquals(bytes("key9"), rows.get(0).key());
        }
    }

    @Test
    void shouldServeManyThreadsThroughOneStore() {
        try (StorageEngine engine = StorageEngine.launch(context()); KeyValueStore store = engine.keyValueStore()) {
            final List<CompletableFuture<Void>> workers = new ArrayList<>();
            for (int w = 0; w < 4; w++) {
                workers.add(CompletableFuture.runAsync(() -> {
                    for (int i = 0; i < 250; i++) {
                        store.increment(bytes("counter"), 1);
                    }
                }));
            }
            workers.forEach(CompletableFuture::join);
            assertArrayEquals(bytes("1000"), store.get(bytes("counter")));
        }
    }

    @Test
    void shouldRestartFromASnapshotAndReleaseTheLog() {
        final long firstDigest;
        try (StorageEngine engine = StorageEngine.launch(snapshotting()); KeyValueStore store = engine.keyValueStore()) {
            for (int round = 0; round < 4; round++) {
                for (int i = 0; i < 2_000; i++) {
                    store.putAsync(bytes("key" + i), bytes("round" + round + " value" + i));
                }
                store.put(bytes("last"), bytes("round" + round));
                final SnapshotManifest manifest = engine.takeSnapshot().join();
                assertTrue(manifest.index() <= engine.appliedIndex());
            }
            firstDigest = engine.digest(false).value();
        }
        try (StorageEngine engine = StorageEngine.launch(snapshotting()); KeyValueStore store = engine.keyValueStore()) {
            assertEquals(firstDigest, engine.digest(false).value());
            assertArrayEquals(bytes("round3 value1999"), store.get(bytes("key1999")));
            assertEquals(ChangeStream.COMPACTED, engine.subscribe(1).poll((i, t, ts, b, o, l) -> { }, 10));
        }
    }

    private EngineContext snapshotting() {
        return context().set("wal.segment.size", "64k").set("wal.record.max", "4k").set("log.trailing.entries", "0");
    }

    @Test
    void shouldApplyARetriedCommandOnce() {
        final UnsafeBuffer key = new UnsafeBuffer(bytes("counter"));
        final ExpandableArrayBuffer command = new ExpandableArrayBuffer();
        final int length = new KeyValueCommands().encodeIncrement(command, 0, 0, key, 0, key.capacity(), 1);
        final EngineContext invoker = context().set("threading.mode", "invoker");
        final AtomicLong firstIndex = new AtomicLong();
        try (StorageEngine engine = StorageEngine.launch(invoker); EmbeddedClient client = engine.newSessionClient("s")) {
            client.sessionCommand(1, command, 0, length);
            while (0 == client.poll((id, status, index, b, o, l) -> firstIndex.set(index), 1)) {
                assertTrue(engine.isServing());
            }
        }
        try (StorageEngine engine = StorageEngine.launch(context().set("threading.mode", "invoker"));
             EmbeddedClient client = engine.newSessionClient("s");
             KeyValueStore store = engine.keyValueStore()) {
            assertEquals(2, client.session().nextSerial());
            client.sessionCommand(1, command, 0, length);
            while (0 == client.poll((id, status, index, b, o, l) -> assertEquals(firstIndex.get(), index), 1)) {
                assertTrue(engine.isServing());
            }
            assertArrayEquals(bytes("1"), store.get(bytes("counter")));
        }
    }

    @Test
    void shouldStreamCommittedChangesInOrder() {
        try (StorageEngine engine = StorageEngine.launch(context()); KeyValueStore store = engine.keyValueStore()) {
            for (int i = 0; i < 50; i++) {
                store.put(bytes("key" + i), bytes("v"));
            }
            final List<Long> indices = new ArrayList<>();
            try (ChangeStream stream = engine.subscribe(1)) {
                while (stream.nextIndex() <= engine.committedIndex()) {
                    assertTrue(stream.poll((index, term, ts, b, o, l) -> indices.add(index), 7) > 0);
                }
            }
            assertEquals(50, indices.size());
        }
    }

    @Test
    void shouldShowAReadViewThatDoesNotMove() {
        try (StorageEngine engine = StorageEngine.launch(context()); KeyValueStore store = engine.keyValueStore()) {
            store.put(bytes("key"), bytes("old"));
            final UnsafeBuffer key = new UnsafeBuffer(bytes("key"));
            final UnsafeBuffer value = new UnsafeBuffer(new byte[16]);
            try (ReadView view = engine.readView()) {
                store.put(bytes("key"), bytes("newer"));
                assertEquals(3, view.get(0, key, 0, 3, value, 0, 16));
            }
            try (ReadView view = engine.readView()) {
                assertEquals(5, view.get(0, key, 0, 3, value, 0, 16));
            }
        }
    }

    @Test
    void shouldRefuseASecondEngineOnTheSameDirectory() {
        try (StorageEngine engine = StorageEngine.launch(context())) {
            final RuntimeException refusal = assertThrows(RuntimeException.class, () -> StorageEngine.launch(context()));
            assertTrue(refusal.getMessage().contains(dir.toString()), refusal.getMessage());
            assertTrue(engine.isServing());
        }
    }

    @Test
    void shouldRefuseRequestsOnceClosed() {
        final StorageEngine engine = StorageEngine.launch(context());
        final AsyncKeyValue client = engine.newClient();
        engine.close();
        final UnsafeBuffer key = new UnsafeBuffer(bytes("key"));
        assertEquals(ReplyStatus.CLOSED, client.put(0, key, 0, 3, key, 0, 3));
    }

    @Test
    void shouldFinishWhatItTookWhenClosedUnderLoad() {
        final AtomicLong answered = new AtomicLong();
        final StorageEngine engine = StorageEngine.launch(context().set("durability", "group"));
        final AsyncKeyValue client = engine.newClient();
        final UnsafeBuffer key = new UnsafeBuffer(new byte[8]);
        long sent = 0;
        for (int i = 0; i < 2_000; i++) {
            key.putLong(0, i);
            if (client.put(0, key, 0, 8, key, 0, 8) >= 0) {
                sent++;
            }
        }
        engine.close();
        while (client.poll((id, status, index, b, o, l) -> answered.addAndGet(ReplyStatus.OK == status ? 1 : 0), 100) > 0) {
            assertTrue(answered.get() <= sent);
        }
        assertEquals(sent, answered.get());
    }

    /**
     * A restart reads the whole chain, and against that the log is measured: an increment of one megabyte on a full snapshot of 40 must not make
     * the ratio fire as if one megabyte were all there is.
     */
    @Test
    void shouldMeasureTheLogAgainstTheWholeChainOfTheNewestSnapshot() throws Exception {
        final List<String> names;
        try (StorageEngine engine = StorageEngine.launch(handDriven()); AsyncKeyValue client = engine.newClient()) {
            for (int key = 0; key < 40; key++) {
                putMegabyte(engine, client, key);
            }
            takeSnapshot(engine);
            putMegabyte(engine, client, 0);
            assertTrue(takeSnapshot(engine).isIncremental());
            names = snapshotNames();
            for (int i = 0; i < 70; i++) {
                putMegabyte(engine, client, 0);
            }
            run(engine, 1_000);
            assertEquals(names, snapshotNames());
        }
        try (StorageEngine engine = StorageEngine.launch(handDriven()); AsyncKeyValue client = engine.newClient()) {
            run(engine, 1_000);
            assertEquals(names, snapshotNames());
            for (int i = 0; i < 20; i++) {
                putMegabyte(engine, client, 0);
            }
            run(engine, 1_000);
            assertTrue(snapshotNames().size() > names.size(), "90 MiB of log are more than twice the 41 MiB of the chain");
        }
    }

    private EngineContext handDriven() {
        return context().handDriven(7).set("threading.mode", "invoker").set("durability", "os").set("snapshot.rate", "0")
            .set("snapshot.trigger.entries", "0").set("snapshot.trigger.bytes", "0").set("snapshot.trigger.ratio", "2")
            .set("snapshot.chain.max", "100").set("log.trailing.entries", "0");
    }

    private static void putMegabyte(final StorageEngine engine, final AsyncKeyValue client, final int key) {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[1 << 20]);
        buffer.putInt(0, key);
        assertTrue(client.put(0, buffer, 0, Integer.BYTES, buffer, 0, buffer.capacity()) >= 0);
        while (0 == client.poll((id, status, index, b, o, l) -> assertEquals(ReplyStatus.OK, status), 1)) {
            engine.doWork();
        }
    }

    private static SnapshotManifest takeSnapshot(final StorageEngine engine) throws Exception {
        final CompletableFuture<SnapshotManifest> future = engine.takeSnapshot();
        while (!future.isDone()) {
            engine.doWork();
        }
        return future.get();
    }

    private static void run(final StorageEngine engine, final int cycles) {
        for (int i = 0; i < cycles; i++) {
            engine.doWork();
        }
    }

    private List<String> snapshotNames() throws IOException {
        try (Stream<Path> paths = Files.list(dir.resolve("snapshots"))) {
            return paths.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void shouldAskForADirectory() {
        assertThrows(EngineException.class, () -> StorageEngine.launch(new EngineContext()));
    }
}
