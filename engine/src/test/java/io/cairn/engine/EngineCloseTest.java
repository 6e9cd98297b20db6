package io.cairn.engine;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.fsm.KeyValueStateMachine;
import io.cairn.fsm.LogEntry;
import io.cairn.fsm.MachineSnapshot;
import io.cairn.fsm.ReadView;
import io.cairn.fsm.Reply;
import io.cairn.fsm.SnapshotSource;
import io.cairn.fsm.StateMachine;
import io.cairn.fsm.StateMachineContext;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.wal.io.SimulatedOperation;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.io.StorageException;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Closing, failing, and asking afterwards: nobody waits for ever, nothing runs on over memory that is gone, the directory is free again.
 */
final class EngineCloseTest {
    private static final Path DATA = Path.of("/data");

    @TempDir
    private Path dir;

    private final List<Thread> threads = new ArrayList<>();

    private EngineContext context(final String mode) {
        return new EngineContext().dataDirectory(dir).profile("small").set("threading.mode", mode).threadFactory(task -> {
            final Thread thread = new Thread(task);
            thread.setDaemon(true);
            threads.add(thread);
            return thread;
        });
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"invoker", "shared", "dedicated"})
    void shouldWaitForItsThreadsWhenTheOneThatClosesIsInterrupted(final String mode) {
        for (int i = 0; i < 10; i++) {
            final StorageEngine engine = StorageEngine.launch(context(mode));
            final KeyValueStore store = engine.keyValueStore();
            store.put(bytes("key"), bytes("value" + i));
            Thread.currentThread().interrupt();
            engine.close();
            assertTrue(Thread.interrupted(), "the interrupt is kept for whoever it was meant for");
            threads.forEach(thread -> assertFalse(thread.isAlive(), thread::getName));
            store.close();
            assertEquals(null, engine.failure());
        }
    }

    @Test
    void shouldGoOnWhenAnAgentIsInterrupted() {
        try (StorageEngine engine = StorageEngine.launch(context("dedicated").set("durability", "os"));
             KeyValueStore store = engine.keyValueStore()) {
            for (int i = 0; i < 100; i++) {
                threads.stream().filter(thread -> thread.getName().equals("cairn-applier")).forEach(Thread::interrupt);
                store.put(bytes("key"), bytes("value" + i));
            }
            assertArrayEquals(bytes("value99"), store.get(bytes("key")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"invoker", "shared", "dedicated"})
    void shouldRefuseViewsAndSnapshotsWhenClosed(final String mode) {
        final StorageEngine engine = StorageEngine.launch(context(mode));
        engine.close();
        assertThrows(EngineException.class, engine::readView);
        assertThrows(EngineException.class, () -> engine.digest(false));
        final CompletableFuture<SnapshotManifest> snapshot = engine.takeSnapshot();
        assertTrue(assertThrows(CompletionException.class, snapshot::join).getMessage().contains("closed"));
    }

    @Test
    void shouldKeepThePagesOfAViewThatOutlivesTheEngine() {
        final StorageEngine engine = StorageEngine.launch(context("shared"));
        try (KeyValueStore store = engine.keyValueStore()) {
            store.put(bytes("key"), bytes("value"));
        }
        final ReadView view = engine.readView();
        engine.close();
        final byte[] value = new byte[5];
        final org.agrona.concurrent.UnsafeBuffer key = new org.agrona.concurrent.UnsafeBuffer(bytes("key"));
        assertEquals(5, view.get(0, key, 0, 3, new org.agrona.concurrent.UnsafeBuffer(value), 0, 5));
        assertArrayEquals(bytes("value"), value);
        view.close();
        StorageEngine.launch(context("shared")).close();
    }

    @Test
    void shouldAnswerUnknownAndCloseWhenTheForceFailsInTheCallersThread() {
        final SimulatedStorageIo disk = new SimulatedStorageIo(1);
        final EngineContext context = new EngineContext().dataDirectory(DATA).storageIo(disk).handDriven(1).profile("small")
            .set("threading.mode", "invoker").set("wal.segment.size", "64k").set("wal.record.max", "4k").set("state.extent.size", "64k")
            .set("state.memory.max", "4m");
        final StorageEngine engine = StorageEngine.launch(context);
        final KeyValueStore store = engine.keyValueStore();
        store.put(bytes("key"), bytes("old"));
        disk.faults((number, operation, path) ->
            SimulatedOperation.FORCE == operation || SimulatedOperation.FORCE_RANGE == operation ? StorageException.Kind.IO : null);
        final KeyValueException ex = assertThrows(KeyValueException.class, () -> store.put(bytes("key"), bytes("new")));
        assertEquals(ReplyStatus.UNKNOWN, ex.status());
        assertFalse(engine.isServing());
        assertTrue(engine.failure().getMessage().length() > 0);
        assertEquals(ReplyStatus.CLOSED, assertThrows(KeyValueException.class, () -> store.put(bytes("key"), bytes("newer"))).status());
        store.close();
        engine.close();
        assertEquals(0, disk.openHandles(), "everything is closed all the same");
    }

    /** The key-value machine, but for a snapshot that cannot be made at times. */
    private static final class Stubborn implements StateMachine {
        private final StateMachine machine = new KeyValueStateMachine();
        private final AtomicBoolean refuses;

        private Stubborn(final AtomicBoolean refuses) {
            this.refuses = refuses;
        }

        @Override
        public void open(final StateMachineContext context) {
            machine.open(context);
        }

        @Override
        public void apply(final LogEntry entry, final Reply reply) {
            machine.apply(entry, reply);
        }

        @Override
        public void query(final DirectBuffer request, final int offset, final int length, final long logTimeMs, final Reply reply) {
            machine.query(request, offset, length, logTimeMs, reply);
        }

        @Override
        public MachineSnapshot snapshot() {
            if (refuses.get()) {
                throw new IllegalStateException("no room for a checkpoint");
            }
            return machine.snapshot();
        }

        @Override
        public void restore(final SnapshotSource source) {
            machine.restore(source);
        }

        @Override
        public int validate(final DirectBuffer command, final int offset, final int length) {
            return machine.validate(command, offset, length);
        }

        @Override
        public void close() {
            machine.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"shared", "dedicated"})
    void shouldGoOnWhenTheMachineCannotMakeASnapshot(final String mode) {
        final AtomicBoolean refuses = new AtomicBoolean(true);
        final EngineContext stubborn = context(mode).stateMachine("stubborn", () -> new Stubborn(refuses));
        try (StorageEngine engine = StorageEngine.launch(stubborn); KeyValueStore store = engine.keyValueStore()) {
            store.put(bytes("key"), bytes("value"));
            final CompletionException ex = assertThrows(CompletionException.class, () -> engine.takeSnapshot().join());
            assertTrue(ex.getMessage().contains("no room for a checkpoint"), ex.getMessage());
            assertEquals(1, engine.errorCount());
            store.put(bytes("key"), bytes("newer"));
            refuses.set(false);
            assertTrue(engine.takeSnapshot().join().index() > 0);
            assertTrue(engine.isServing());
        }
    }

    @Test
    void shouldGoOnWhenSoManyViewsAreOpenThatNoSnapshotCanBePinned() {
        try (StorageEngine engine = StorageEngine.launch(context("shared")); KeyValueStore store = engine.keyValueStore()) {
            store.put(bytes("key"), bytes("value"));
            final List<ReadView> views = new ArrayList<>();
            final IllegalStateException full = assertThrows(IllegalStateException.class, () -> {
                while (views.size() < 10_000) {
                    views.add(engine.readView());
                }
            });
            assertTrue(full.getMessage().contains("pins are held"), full.getMessage());
            assertThrows(CompletionException.class, () -> engine.takeSnapshot().join());
            views.forEach(ReadView::close);
            assertTrue(engine.takeSnapshot().join().index() > 0);
            assertTrue(engine.isServing());
        }
    }
}
