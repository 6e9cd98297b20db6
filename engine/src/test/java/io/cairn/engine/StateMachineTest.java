package io.cairn.engine;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.MachineClient;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.machine.RocksDbStateMachine;
import io.cairn.fsm.StateMachine;
import io.cairn.snapshot.SnapshotManifest;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Machines that bring their own state, through the whole engine: a user's small one on the heap, and the embedded database.
 */
final class StateMachineTest {
    @TempDir
    private Path dir;

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private EngineContext context(final WordCountMachine machine) {
        return new EngineContext().dataDirectory(dir.resolve("data")).profile("small").stateMachine(WordCountMachine.NAME, () -> machine);
    }

    private static long count(final MachineClient.Answer answer) {
        assertEquals(ReplyStatus.OK, answer.status());
        return new UnsafeBuffer(answer.body()).getLong(0);
    }

    private static SnapshotManifest takeSnapshot(final StorageEngine engine) {
        final CompletableFuture<SnapshotManifest> future = engine.takeSnapshot();
        while (!future.isDone()) {
            engine.doWork();
            Thread.onSpinWait();
        }
        return future.join();
    }

    @ParameterizedTest
    @ValueSource(strings = {"invoker", "shared", "dedicated"})
    void shouldRestoreAUsersMachineFromItsSnapshotAndTheLogBehindIt(final String mode) {
        final WordCountMachine first = new WordCountMachine();
        final long snapshotIndex;
        try (StorageEngine engine = StorageEngine.launch(context(first).set("threading.mode", mode));
             MachineClient client = engine.machineClient()) {
            for (int i = 1; i <= 50; i++) {
                assertEquals(i, count(client.command(bytes("often"))));
                assertEquals(1, count(client.command(bytes("word" + i))));
            }
            snapshotIndex = takeSnapshot(engine).index();
            for (int i = 51; i <= 60; i++) {
                assertEquals(i, count(client.command(bytes("often"))));
            }
            assertEquals(60, count(client.query(bytes("often"))));
            assertEquals(WordCountMachine.UNKNOWN_WORD, client.query(bytes("never")).status());
            assertEquals(WordCountMachine.RUDE, client.command(bytes("damn")).status());
            assertTrue(snapshotIndex < engine.appliedIndex());
        }
        assertTrue(first.isClosed());
        final WordCountMachine second = new WordCountMachine();
        try (StorageEngine engine = StorageEngine.launch(context(second).set("threading.mode", mode));
             MachineClient client = engine.machineClient()) {
            assertEquals(51, second.restoredWords());
            assertEquals(60, count(client.query(bytes("often"))));
            assertEquals(1, count(client.query(bytes("word50"))));
            assertEquals(61, count(client.command(bytes("often"))));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"invoker", "shared", "dedicated"})
    void shouldStopLoudlyWhenAMachineThrows(final String mode) {
        final AtomicReference<Throwable> told = new AtomicReference<>();
        final EngineContext poisoned = context(new WordCountMachine().poisonedBy("arsenic")).set("threading.mode", mode).failureHandler(told::set);
        try (StorageEngine engine = StorageEngine.launch(poisoned)) {
            try (MachineClient client = engine.machineClient()) {
                assertEquals(1, count(client.command(bytes("bread"))));
                final KeyValueException unknown = assertThrows(KeyValueException.class, () -> client.command(bytes("arsenic")));
                assertEquals(ReplyStatus.UNKNOWN, unknown.status());
                assertEquals(ReplyStatus.CLOSED, assertThrows(KeyValueException.class, () -> client.command(bytes("bread"))).status());
            }
            assertFalse(engine.isServing());
            assertTrue(engine.failure().getMessage().contains("poison"));
            // Whoever looks sees the failure before the handler has returned, on the thread that met it.
            Members.await(() -> null != told.get());
            assertEquals(engine.failure(), told.get());
            assertThrows(EngineException.class, engine::readView);
            assertTrue(engine.takeSnapshot().isCompletedExceptionally());
        }
        // The command is committed: the same machine stops at it again, a mended one applies it.
        final EngineException refusal = assertThrows(
            EngineException.class, () -> StorageEngine.launch(context(new WordCountMachine().poisonedBy("arsenic")).set("threading.mode", mode)));
        assertTrue(refusal.getMessage().contains("the word 'arsenic' is poison"), refusal.getMessage());
        try (StorageEngine engine = StorageEngine.launch(context(new WordCountMachine()).set("threading.mode", mode));
             MachineClient client = engine.machineClient()) {
            assertEquals(1, count(client.query(bytes("bread"))));
            assertEquals(1, count(client.query(bytes("arsenic"))));
        }
    }

    @Test
    void shouldRefuseADirectoryOfAnotherMachineFromTheFirstEntryOn() throws IOException {
        try (StorageEngine engine = StorageEngine.launch(context(new WordCountMachine())); MachineClient client = engine.machineClient()) {
            client.command(bytes("word"));
        }
        final EngineException refusal = assertThrows(
            EngineException.class, () -> StorageEngine.launch(new EngineContext().dataDirectory(dir.resolve("data")).profile("small")));
        assertEquals(
            "the directory " + dir.resolve("data") + " belongs to the state machine 'word-count', this node runs 'key-value': " +
                "run the machine that made it, or choose another directory",
            refusal.getMessage());
        final Path identity = dir.resolve("data").resolve("machine");
        final byte[] whole = Files.readAllBytes(identity);
        for (int i = 0; i < whole.length - 1; i++) {
            final byte[] damaged = whole.clone();
            damaged[i] ^= 4;
            Files.write(identity, damaged);
            final String message = assertThrows(
                EngineException.class, () -> StorageEngine.launch(context(new WordCountMachine()))).getMessage();
            assertTrue(message.startsWith(identity + ": damaged"), message);
        }
        Files.delete(identity);
        StorageEngine.launch(context(new WordCountMachine())).close();
        assertArrayEquals(whole, Files.readAllBytes(identity));
    }

    @Test
    void shouldRefuseANameThatCannotBeWritten() {
        assertThrows(EngineException.class, () -> new EngineContext().stateMachine("no good", WordCountMachine::new));
        assertThrows(EngineException.class, () -> new EngineContext().stateMachine("", WordCountMachine::new));
    }

    @Test
    void shouldNotStartWhenAMachineCannotBeRestored() {
        try (StorageEngine engine = StorageEngine.launch(context(new WordCountMachine())); MachineClient client = engine.machineClient()) {
            client.command(bytes("word"));
            takeSnapshot(engine);
        }
        final EngineException refusal = assertThrows(
            EngineException.class, () -> StorageEngine.launch(context(new WordCountMachine().failingToRestore())));
        assertTrue(
            refusal.getMessage().contains("cannot read these counts") && refusal.getMessage().contains("move that snapshot aside"),
            refusal.getMessage());
        StorageEngine.launch(context(new WordCountMachine())).close();
    }

    private EngineContext rocks() {
        return new EngineContext()
            .dataDirectory(dir.resolve("data"))
            .profile("small")
            .stateMachine(RocksDbStateMachine.NAME, () -> new RocksDbStateMachine(dir.resolve("rocks")));
    }

    @Test
    void shouldKeepItsStateInAnEmbeddedDatabase() {
        final List<CompletableFuture<Long>> puts = new ArrayList<>();
        try (StorageEngine engine = StorageEngine.launch(rocks()); KeyValueStore store = engine.keyValueStore()) {
            for (int i = 0; i < 2_000; i++) {
                puts.add(store.putAsync(bytes("key" + i), bytes("value" + i)));
            }
            puts.forEach(store::await);
            takeSnapshot(engine);
            for (int i = 0; i < 1_000; i++) {
                store.putAsync(bytes("key" + i), bytes("newer" + i));
            }
            assertTrue(store.delete(bytes("key1999")));
            assertFalse(store.delete(bytes("key1999")));
            final KeyValueException refusal =
                assertThrows(KeyValueException.class, () -> store.put(bytes("k"), bytes("v"), Duration.ofSeconds(1)));
            assertEquals(RocksDbStateMachine.UNSUPPORTED, refusal.status());
        }
        for (int restart = 0; restart < 2; restart++) {
            try (StorageEngine engine = StorageEngine.launch(rocks()); KeyValueStore store = engine.keyValueStore()) {
                assertArrayEquals(bytes("newer999"), store.get(bytes("key999")));
                assertArrayEquals(bytes("value1000"), store.get(bytes("key1000")));
                assertNull(store.get(bytes("key1999")));
                assertEquals(1_999, store.scan(bytes("key"), 5_000).size());
                takeSnapshot(engine);
            }
        }
        final EngineException refusal = assertThrows(
            EngineException.class, () -> StorageEngine.launch(new EngineContext().dataDirectory(dir.resolve("data")).profile("small")));
        assertTrue(refusal.getMessage().contains("'rocksdb'"), refusal.getMessage());
    }

    @Test
    void shouldSayWhatIsMissingWithoutTheDatabaseOnTheClassPath() throws Exception {
        final List<URL> path = new ArrayList<>();
        for (final String element : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!element.contains("rocksdbjni")) {
                path.add(url(element));
            }
        }
        for (final String element : System.getProperty("surefire.test.class.path", "").split(File.pathSeparator)) {
            if (!element.contains("rocksdbjni") && !element.isEmpty()) {
                path.add(url(element));
            }
        }
        try (URLClassLoader loader = new URLClassLoader(path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            final Supplier<StateMachine> supplier = () -> {
                try {
                    final Class<?> machine = loader.loadClass("io.cairn.engine.machine.RocksDbStateMachine");
                    return (StateMachine)machine.getConstructor(Path.class).newInstance(dir);
                } catch (final ReflectiveOperationException ex) {
                    throw new IllegalStateException(ex);
                }
            };
            final EngineException refusal = assertThrows(EngineException.class, () -> StorageEngine.launch(
                new EngineContext().dataDirectory(dir.resolve("data")).profile("small").stateMachine(RocksDbStateMachine.NAME, supplier)));
            assertEquals(
                "the state machine 'rocksdb' needs the class org.rocksdb.RocksDBException, which is not on the class path: add its library to " +
                    "your build (for the rocksdb machine org.rocksdb:rocksdbjni)",
                refusal.getMessage());
        }
    }

    private static URL url(final String element) throws MalformedURLException {
        return Path.of(element).toUri().toURL();
    }
}
