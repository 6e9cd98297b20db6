package io.cairn.engine;

import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.embedded.EmbeddedClient;
import io.cairn.engine.embedded.SessionIdentity;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.LogEntry;
import io.cairn.fsm.MachineSnapshot;
import io.cairn.fsm.ReadView;
import io.cairn.fsm.Reply;
import io.cairn.fsm.ScanCursor;
import io.cairn.fsm.ScanRange;
import io.cairn.fsm.SnapshotSink;
import io.cairn.fsm.SnapshotSource;
import io.cairn.fsm.StateMachine;
import io.cairn.fsm.StateMachineContext;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The end of an engine: under load, with views and streams open, and for those who come too late.
 */
final class EngineEndTest {
    private static final int THREADS = 6;
    private static final Set<Integer> REFUSALS = Set.of(ReplyStatus.CLOSED, ReplyStatus.UNKNOWN);

    @TempDir
    private Path dir;

    private EngineContext context(final String mode, final String durability) {
        return new EngineContext()
            .dataDirectory(dir)
            .profile("small")
            .set("threading.mode", mode)
            .set("durability", durability);
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** An agent that fails takes the Snapshotter with it: who waits for a snapshot is to hear why, and not that somebody closed the engine. */
    @Test
    void shouldTellWhoWaitsForASnapshotThatTheEngineFailed() throws Exception {
        final AtomicReference<Throwable> told = new AtomicReference<>();
        final StorageEngine engine = StorageEngine.launch(
            context("shared", "os").stateMachine("failing", FailingSnapshots::new).failureHandler(told::set));
        final ExecutionException refused = assertThrows(ExecutionException.class, () -> engine.takeSnapshot().get(60, TimeUnit.SECONDS));
        assertTrue(refused.getCause().getMessage().contains("the engine failed before the snapshot was published"), refused::getMessage);
        assertTrue(refused.getCause().getMessage().contains("no such snapshot"), refused::getMessage);
        assertEquals("no such snapshot", told.get().getMessage());
        engine.close();
    }

    /** A machine whose snapshot ends the thread that writes it. */
    private static final class FailingSnapshots implements StateMachine {
        @Override
        public void open(final StateMachineContext context) {
        }

        @Override
        public void apply(final LogEntry entry, final Reply reply) {
        }

        @Override
        public void query(final DirectBuffer request, final int offset, final int length, final long logTimeMs, final Reply reply) {
        }

        @Override
        public MachineSnapshot snapshot() {
            return new MachineSnapshot() {
                @Override
                public boolean inTables() {
                    return false;
                }

                @Override
                public void writeTo(final SnapshotSink sink) {
                    throw new LinkageError("no such snapshot");
                }

                @Override
                public void close() {
                }
            };
        }

        @Override
        public void restore(final SnapshotSource source) {
        }

        @Override
        public int validate(final DirectBuffer command, final int offset, final int length) {
            return 0;
        }

        @Override
        public void close() {
        }
    }

    @ParameterizedTest
    @CsvSource({"shared,os", "shared,group", "shared,interval", "dedicated,os", "dedicated,group", "dedicated,interval"})
    void shouldAnswerEveryCallOfManyThreadsAndKeepWhatItAcknowledged(final String mode, final String durability) throws Exception {
        final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
        final ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        final StorageEngine engine = StorageEngine.launch(context(mode, durability));
        final KeyValueStore store = engine.keyValueStore();
        final List<Future<?>> workers = new ArrayList<>();
        for (int worker = 0; worker < THREADS; worker++) {
            final int id = worker;
            workers.add(pool.submit(() -> {
                if (0 == id % 3) {
                    callUntilClosed(store, id, acknowledged);
                } else if (1 == id % 3) {
                    sendUntilClosed(store, id, acknowledged);
                } else {
                    pollUntilClosed(engine, id, acknowledged);
                }
                return null;
            }));
        }
        while (acknowledged.size() < 500) {
            Thread.onSpinWait();
        }
        engine.close();
        for (final Future<?> worker : workers) {
            worker.get();
        }
        store.close();
        pool.shutdown();
        try (StorageEngine again = StorageEngine.launch(context(mode, durability)); ReadView view = again.readView()) {
            final UnsafeBuffer key = new UnsafeBuffer(new byte[0]);
            final UnsafeBuffer value = new UnsafeBuffer(new byte[64]);
            for (final String name : acknowledged) {
                key.wrap(bytes(name));
                assertTrue(view.get(0, key, 0, key.capacity(), value, 0, 64) >= 0, () -> name + " was acknowledged and is gone");
            }
        }
    }

    private static void callUntilClosed(final KeyValueStore store, final int id, final Set<String> acknowledged) {
        for (int i = 0;; i++) {
            final String name = "call-" + id + "-" + i;
            try {
                store.put(bytes(name), bytes("v"));
                acknowledged.add(name);
            } catch (final KeyValueException ex) {
                assertTrue(REFUSALS.contains(ex.status()), ex.getMessage());
                return;
            }
        }
    }

    private static void sendUntilClosed(final KeyValueStore store, final int id, final Set<String> acknowledged) throws Exception {
        final List<CompletableFuture<Long>> futures = new ArrayList<>();
        final AtomicBoolean ended = new AtomicBoolean();
        for (int i = 0; !ended.get(); i++) {
            final String name = "send-" + id + "-" + i;
            futures.add(store.putAsync(bytes(name), bytes("v")).whenComplete((index, failure) -> {
                if (null == failure) {
                    acknowledged.add(name);
                } else {
                    ended.set(true);
                }
            }));
        }
        for (final CompletableFuture<Long> future : futures) {
            try {
                future.get();
            } catch (final ExecutionException ex) {
                assertTrue(REFUSALS.contains(((KeyValueException)ex.getCause()).status()), ex.getCause().getMessage());
            }
        }
    }

    private static void pollUntilClosed(final StorageEngine engine, final int id, final Set<String> acknowledged) {
        final long[] answers = new long[1];
        long sent = 0;
        try (AsyncKeyValue client = engine.newClient()) {
            long result = 0;
            final ConcurrentHashMap<Long, String> names = new ConcurrentHashMap<>();
            while (ReplyStatus.CLOSED != result || client.inFlight() > 0) {
                final String name = "poll-" + id + "-" + sent;
                final UnsafeBuffer key = new UnsafeBuffer(bytes(name));
                result = client.put(0, key, 0, key.capacity(), key, 0, 1);
                if (result >= 0) {
                    names.put(result, name);
                    sent++;
                }
                client.poll((correlationId, status, index, buffer, offset, length) -> {
                    answers[0]++;
                    final String answered = names.remove(correlationId);
                    assertNotNull(answered, "an answer to nothing, or a second one");
                    if (ReplyStatus.OK == status) {
                        acknowledged.add(answered);
                    } else {
                        assertTrue(REFUSALS.contains(status), ReplyStatus.name(status));
                    }
                }, 64);
            }
        }
        assertEquals(sent, answers[0], "every request gets one answer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"os", "group", "interval"})
    void shouldAnswerEveryRequestOfAnInvokerToo(final String durability) {
        final StorageEngine engine = StorageEngine.launch(context("invoker", durability));
        final List<AsyncKeyValue> clients = List.of(engine.newClient(), engine.newClient(), engine.newClient());
        final UnsafeBuffer key = new UnsafeBuffer(new byte[8]);
        final long[] counts = new long[2];
        long sent = 0;
        for (int i = 0; i < 2_000; i++) {
            key.putLong(0, i);
            final AsyncKeyValue client = clients.get(i % 3);
            if (client.put(0, key, 0, 8, key, 0, 8) >= 0) {
                sent++;
            }
            if (0 == i % 7) {
                counts[0] += client.poll((id, status, index, b, o, l) -> assertEquals(ReplyStatus.OK, status), 4);
            }
        }
        engine.close();
        for (final AsyncKeyValue client : clients) {
            while (client.inFlight() > 0) {
                counts[0] += client.poll((id, status, index, b, o, l) -> assertEquals(ReplyStatus.OK, status), 100);
            }
            assertEquals(ReplyStatus.CLOSED, client.put(0, key, 0, 8, key, 0, 8));
            client.close();
        }
        assertEquals(sent, counts[0], "what was taken is finished");
        assertThrows(EngineException.class, engine::doWork);
    }

    @ParameterizedTest
    @ValueSource(strings = {"invoker", "shared", "dedicated"})
    void shouldSayThatItIsClosedToWhoeverComesTooLate(final String mode) {
        final StorageEngine engine = StorageEngine.launch(context(mode, "os"));
        final KeyValueStore store = engine.keyValueStore();
        store.put(bytes("k"), bytes("v"));
        engine.close();
        engine.close();
        assertFalse(engine.isServing());
        assertEquals(ReplyStatus.CLOSED, assertThrows(KeyValueException.class, () -> store.put(bytes("k"), bytes("v"))).status());
        assertEquals(ReplyStatus.CLOSED, assertThrows(KeyValueException.class, () -> store.get(bytes("k"))).status());
        assertEquals("the engine is closed", assertThrows(EngineException.class, engine::readView).getMessage());
        assertEquals("the engine is closed", assertThrows(EngineException.class, () -> engine.digest(false)).getMessage());
        assertEquals("the engine is closed", assertThrows(EngineException.class, () -> engine.subscribe(1)).getMessage());
        assertTrue(engine.takeSnapshot().isCompletedExceptionally());
        assertThrows(KeyValueException.class, () -> engine.newSessionClient("late"));
        store.close();
        assertTrue(engine.appliedIndex() > 0, "positions stay readable");
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory", "file"})
    void shouldLeaveAReadViewReadableUntilItIsClosed(final String storage) {
        final StorageEngine engine = StorageEngine.launch(context("shared", "os").set("state.storage", storage));
        try (KeyValueStore store = engine.keyValueStore()) {
            for (int i = 0; i < 5_000; i++) {
                store.putAsync(bytes("key" + i), bytes("value" + i));
            }
            store.put(bytes("last"), bytes("one"));
        }
        final ReadView view = engine.readView();
        engine.close();
        final ScanCursor cursor = view.scan(0, new ScanRange());
        int rows = 0;
        while (cursor.next()) {
            rows++;
        }
        assertEquals(5_001, rows);
        view.close();
        assertThrows(IllegalStateException.class, () -> view.scan(0, new ScanRange()));
        StorageEngine.launch(context("shared", "os").set("state.storage", storage)).close();
    }

    @Test
    void shouldRefuseASessionThatItDoesNotKnow() {
        try (StorageEngine engine = StorageEngine.launch(context("invoker", "os"));
             EmbeddedClient client = engine.newSessionClient("known")) {
            final int[] seen = new int[1];
            final UnsafeBuffer key = new UnsafeBuffer(bytes("k"));
            client.session(new SessionIdentity(4_711, 1, false));
            assertTrue(client.put(0, key, 0, 1, key, 0, 1) >= 0);
            while (client.inFlight() > 0) {
                client.poll((id, status, index, b, o, l) -> seen[0] = status, 1);
            }
            assertEquals(ApplyStatus.SESSION_EXPIRED, seen[0]);
            client.session(null);
            assertTrue(client.get(0, key, 0, 1) >= 0);
            while (client.inFlight() > 0) {
                client.poll((id, status, index, b, o, l) -> seen[0] = status, 1);
            }
            assertEquals(ApplyStatus.NOT_FOUND, seen[0], "it was not executed");
        }
    }
}
