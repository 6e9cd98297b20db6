package io.cairn.engine;

import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.MachineClient;
import io.cairn.engine.config.ConfigException;
import io.cairn.engine.status.AgentKind;
import io.cairn.engine.status.CounterSample;
import io.cairn.engine.status.CountersView;
import io.cairn.engine.status.EngineCounter;
import io.cairn.fsm.ReadView;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a running engine shows in its counters file, read through the file as another process reads it.
 */
final class EngineCountersFileTest {
    private static final long PATIENCE_NS = 60_000_000_000L;

    @TempDir
    private Path dir;

    private EngineContext context() {
        return new EngineContext().dataDirectory(dir).profile("small").set("threading.mode", "dedicated");
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private long value(final EngineCounter counter) {
        return value(counter, null);
    }

    private long value(final EngineCounter counter, final AgentKind agent) {
        try (CountersView view = CountersView.open(dir.resolve("counters.dat"))) {
            return view.samples().stream()
                .filter(sample -> counter == sample.counter() && agent == sample.agent())
                .mapToLong(CounterSample::value).findFirst().orElseThrow();
        }
    }

    private void awaitAtLeast(final EngineCounter counter, final long bound) {
        awaitAtLeast(counter, null, bound);
    }

    private void awaitAtLeast(final EngineCounter counter, final AgentKind agent, final long bound) {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (value(counter, agent) < bound) {
            assertTrue(System.nanoTime() - deadlineNs < 0, () -> counter + " stays below " + bound);
            Thread.onSpinWait();
        }
    }

    @Test
    void shouldShowWhatTheAgentsDo() {
        try (StorageEngine engine = StorageEngine.launch(context()); KeyValueStore store = engine.keyValueStore()) {
            for (int i = 0; i < 2_000; i++) {
                store.putAsync(bytes("key" + i), new byte[500]);
            }
            store.put(bytes("last"), bytes("one"));
            store.get(bytes("last"));
            engine.takeSnapshot().join();
            try (ReadView view = engine.readView()) {
                awaitAtLeast(EngineCounter.STATE_PINS, 1);
                awaitAtLeast(EngineCounter.APPLIED_INDEX, view.index());
            }
            awaitAtLeast(EngineCounter.QUERIES, 1);
            awaitAtLeast(EngineCounter.SNAPSHOT_INDEX, 2_001);
            // The opening of the store's session is one more.
            awaitAtLeast(EngineCounter.COMMANDS, 2_002);
            awaitAtLeast(EngineCounter.SESSIONS, 1);
            awaitAtLeast(EngineCounter.NODE_STATE, EngineCounter.STATE_RUNNING);
            assertEquals(EngineCounter.STATE_RUNNING, value(EngineCounter.NODE_STATE));
            assertEquals(1, value(EngineCounter.SNAPSHOTS));
            assertEquals(1, value(EngineCounter.CLIENTS));
            assertEquals(0, value(EngineCounter.ERRORS));
            for (final EngineCounter counter : new EngineCounter[] {
                EngineCounter.FORCES, EngineCounter.FORCED_ENTRIES, EngineCounter.FORCE_TIME, EngineCounter.FORCE_TIME_MAX,
                EngineCounter.APPLY_TIME, EngineCounter.APPLY_TIME_MAX, EngineCounter.APPLIED_ENTRIES, EngineCounter.SNAPSHOT_SIZE,
                EngineCounter.SNAPSHOT_DURATION, EngineCounter.SNAPSHOT_DISK, EngineCounter.LOG_DISK, EngineCounter.LOG_APPENDED,
                EngineCounter.STATE_LIVE, EngineCounter.STATE_ALLOCATED}) {
                awaitAtLeast(counter, 1);
            }
            for (final AgentKind agent : AgentKind.values()) {
                // The first of the allocator's lasts for as long as a segment takes to be written.
                awaitAtLeast(EngineCounter.DUTY_CYCLE_MAX, agent, 1);
            }
            for (final EngineCounter queue : new EngineCounter[] {
                EngineCounter.INGRESS_QUEUE_BYTES, EngineCounter.REPLY_QUEUE_BYTES, EngineCounter.QUERY_QUEUE_BYTES,
                EngineCounter.SYNC_QUEUE_ENTRIES, EngineCounter.APPLY_QUEUE_ENTRIES}) {
                assertTrue(value(queue) >= 0, queue::name);
            }
        }
        assertEquals(EngineCounter.STATE_CLOSED, value(EngineCounter.NODE_STATE));
    }

    @Test
    void shouldKeepTheErrorThatStoppedTheNodeForWhoeverLooksLater() {
        final EngineContext poisoned = context().stateMachine(WordCountMachine.NAME, () -> new WordCountMachine().poisonedBy("arsenic"));
        try (StorageEngine engine = StorageEngine.launch(poisoned); MachineClient client = engine.machineClient()) {
            assertThrows(KeyValueException.class, () -> client.command(bytes("arsenic")));
        }
        assertEquals(EngineCounter.STATE_FAILED, value(EngineCounter.NODE_STATE));
        assertEquals(1, value(EngineCounter.ERRORS));
        try (CountersView view = CountersView.open(dir.resolve("counters.dat"))) {
            assertTrue(view.errors().get(0).trace().contains("poison"), () -> view.errors().get(0).trace());
        }
    }

    @Test
    void shouldRefuseAWindowWhoseRepliesDoNotFit() {
        final ConfigException refusal = assertThrows(
            ConfigException.class, () -> StorageEngine.launch(context().set("client.inflight.max", "131072")));
        assertTrue(
            refusal.getMessage().startsWith("client.inflight.max=131072 (code) contradicts reply.ring.size="), refusal.getMessage());
    }
}
