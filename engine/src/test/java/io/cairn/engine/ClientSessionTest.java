package io.cairn.engine;

import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.embedded.EmbeddedClient;
import io.cairn.engine.status.CounterSample;
import io.cairn.engine.status.CountersView;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.KeyValueCommands;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a client in a session may rely on when some of its commands are refused, when its session is gone, and when the engine is.
 */
final class ClientSessionTest {
    private static final int KEY_TOO_LONG = 2_000;

    @TempDir
    private Path dir;

    private final List<Integer> statuses = new ArrayList<>();
    private final long[] timeMs = {1_700_000_000_000L};

    private EngineContext context(final String mode) {
        return new EngineContext().dataDirectory(dir).profile("small").set("threading.mode", mode).set("durability", "os");
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static long put(final EmbeddedClient client, final String key, final String value) {
        final UnsafeBuffer keyBuffer = new UnsafeBuffer(bytes(key));
        final UnsafeBuffer valueBuffer = new UnsafeBuffer(bytes(value));
        return client.put(0, keyBuffer, 0, keyBuffer.capacity(), valueBuffer, 0, valueBuffer.capacity());
    }

    private void take(final EmbeddedClient client, final int answers) {
        for (int i = 0; i < answers; i++) {
            while (0 == client.poll(this::onReply, 1)) {
                Thread.onSpinWait();
            }
        }
    }

    private void onReply(
        final long correlationId, final int status, final long index, final DirectBuffer buffer, final int offset, final int length) {
        statuses.add(status);
    }

    @Test
    void shouldNotGiveASerialTwiceWhenTheGapsBehindARefusalArriveLate() {
        try (StorageEngine engine = StorageEngine.launch(context("invoker"));
             EmbeddedClient client = engine.newSessionClient("");
             KeyValueStore store = engine.keyValueStore()) {
            put(client, "x".repeat(KEY_TOO_LONG), "1");
            put(client, "a", "1");
            take(client, 1);
            assertEquals(List.of(ApplyStatus.KEY_TOO_LONG), statuses, "the refusal overtakes");
            put(client, "b", "1");
            put(client, "c", "1");
            take(client, 1);
            assertEquals(ApplyStatus.SESSION_GAP, statuses.get(1), "the gap comes when others are under way with the same serials");
            put(client, "d", "1");
            take(client, 3);
            assertEquals(List.of(ReplyStatus.OK, ReplyStatus.OK, ReplyStatus.OK), statuses.subList(2, 5));
            assertNull(store.get(bytes("a")));
            for (final String key : List.of("b", "c", "d")) {
                assertArrayEquals(bytes("1"), store.get(bytes(key)), key + " was acknowledged");
            }
        }
    }

    @Test
    void shouldGoOnWithNewSerialsWhenARepetitionOfAnOldOneIsRefused() {
        try (StorageEngine engine = StorageEngine.launch(context("invoker"));
             EmbeddedClient client = engine.newSessionClient("");
             KeyValueStore store = engine.keyValueStore()) {
            put(client, "a", "1");
            put(client, "b", "1");
            take(client, 2);
            final UnsafeBuffer key = new UnsafeBuffer(new byte[KEY_TOO_LONG]);
            final ExpandableArrayBuffer command = new ExpandableArrayBuffer();
            final int length = new KeyValueCommands().encodeDelete(command, 0, 0, key, 0, key.capacity());
            assertTrue(client.sessionCommand(1, command, 0, length) >= 0);
            take(client, 1);
            assertEquals(ApplyStatus.KEY_TOO_LONG, statuses.get(2));
            assertEquals(3, client.session().nextSerial());
            put(client, "c", "1");
            take(client, 1);
            assertEquals(ReplyStatus.OK, statuses.get(3));
            assertArrayEquals(bytes("1"), store.get(bytes("c")));
        }
    }

    @Test
    void shouldSayClosedWhenTheWindowIsFullAndTheEngineIsGone() {
        final StorageEngine engine = StorageEngine.launch(context("invoker").set("client.inflight.max", "16"));
        final EmbeddedClient client = engine.newSessionClient("");
        for (int i = 0; i < 16; i++) {
            assertTrue(put(client, "key" + i, "v") >= 0);
        }
        assertEquals(ReplyStatus.BACK_PRESSURED, put(client, "more", "v"));
        engine.close();
        assertEquals(ReplyStatus.CLOSED, put(client, "more", "v"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"invoker", "shared", "dedicated"})
    void shouldHideTheGapsBehindTheRefusedCommandOfAnotherCaller(final String mode) {
        try (StorageEngine engine = StorageEngine.launch(context(mode)); KeyValueStore store = engine.keyValueStore()) {
            final List<CompletableFuture<Long>> refused = new ArrayList<>();
            final List<CompletableFuture<Long>> taken = new ArrayList<>();
            for (int i = 0; i < 600; i++) {
                if (0 == i % 100) {
                    refused.add(store.putAsync(new byte[KEY_TOO_LONG], bytes("v")));
                }
                taken.add(store.putAsync(bytes("key" + i % 50), bytes("value" + i)));
            }
            taken.forEach(store::await);
            for (final CompletableFuture<Long> future : refused) {
                final KeyValueException ex = assertThrows(KeyValueException.class, () -> store.await(future));
                assertEquals(ApplyStatus.KEY_TOO_LONG, ex.status());
            }
            for (int i = 0; i < 50; i++) {
                assertArrayEquals(bytes("value" + (550 + i)), store.get(bytes("key" + i)), "the last put of a key was the last to take effect");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"invoker", "shared"})
    void shouldOpenAnotherSessionWhenItsOwnExpiredWhileNobodyUsedTheStore(final String mode) {
        final EngineContext timed =
            context(mode).clocks(() -> timeMs[0], () -> timeMs[0] * 1_000_000L).set("session.timeout", "2s").set("log.tick.interval", "1s");
        try (StorageEngine engine = StorageEngine.launch(ticking(timed, mode)); KeyValueStore store = engine.keyValueStore()) {
            for (int i = 1; i <= 3; i++) {
                final byte[] value = bytes("value" + i);
                final byte[] key = bytes("key");
                final List<CompletableFuture<Long>> puts = new ArrayList<>();
                for (int n = 0; n < 20; n++) {
                    puts.add(store.putAsync(bytes("key" + n), value));
                }
                final CompletableFuture<Long> last = store.putAsync(key, value);
                puts.forEach(store::await);
                store.await(last);
                assertArrayEquals(bytes("value" + i), store.get(key));
                assertEquals(i + 10, store.increment(bytes("counter"), 1 == i ? 11 : 1));
                advance(10_000);
            }
        }
    }

    /** With threads the clock is read by the Sequencer while this test moves it: a volatile read of it. */
    private EngineContext ticking(final EngineContext timed, final String mode) {
        return "invoker".equals(mode) ? timed.clocks(() -> timeMs[0]++, () -> timeMs[0] * 1_000_000L) :
            timed.clocks(this::now, () -> now() * 1_000_000L);
    }

    private synchronized long now() {
        return timeMs[0]++;
    }

    private synchronized void advance(final long ms) {
        timeMs[0] += ms;
    }

    @Test
    void shouldRefuseSessionsWhenTheStateIsFullAndGoOn() {
        try (StorageEngine engine = StorageEngine.launch(small()); EmbeddedClient client = engine.newSessionClient("first")) {
            int sent = 0;
            while (statuses.isEmpty() || last() >= 0) {
                put(client, "key" + sent++, "x".repeat(100));
                take(client, 1);
            }
            assertEquals(ApplyStatus.STATE_FULL, last());
            int opened = 0;
            do {
                assertTrue(client.openSession(1_000_000, 16, bytes("%060d".formatted(opened++))) >= 0);
                take(client, 1);
            } while (last() >= 0 && opened < 10_000);
            assertEquals(ApplyStatus.STATE_FULL, last());
            assertTrue(opened > 1, "whoever finds the state full can still open a session");
            for (int i = 0; i < sent / 2; i++) {
                final UnsafeBuffer key = new UnsafeBuffer(bytes("key" + i));
                assertTrue(client.delete(0, key, 0, key.capacity()) >= 0);
                take(client, 1);
                assertEquals(ReplyStatus.OK, last());
            }
        }
        try (StorageEngine engine = StorageEngine.launch(small()); EmbeddedClient client = engine.newSessionClient("first")) {
            put(client, "key", "value");
            take(client, 1);
            assertEquals(ReplyStatus.OK, last(), "after the same log was applied again");
        }
    }

    private int last() {
        return statuses.get(statuses.size() - 1);
    }

    private EngineContext small() {
        return context("invoker").set("state.memory.max", "1m").set("state.page.size", "512").set("state.extent.size", "64k");
    }

    @Test
    void shouldEndItsSessionWhenAStoreIsClosed() {
        try (StorageEngine engine = StorageEngine.launch(context("shared")); KeyValueStore last = engine.keyValueStore()) {
            for (int i = 0; i < 5; i++) {
                try (KeyValueStore store = engine.keyValueStore()) {
                    store.put(bytes("key"), bytes("value" + i));
                }
            }
            last.put(bytes("key"), bytes("last"));
            final long before = engine.appliedIndex();
            while (engine.appliedIndex() <= before) {
                last.put(bytes("key"), bytes("last"));
            }
            awaitSessions(1);
        }
    }

    /** Counters are copied from time to time: this ends when they say so. */
    private void awaitSessions(final long expected) {
        try (CountersView view = CountersView.open(dir.resolve("counters.dat"))) {
            Members.await(() ->
                expected == view.samples().stream().filter(sample -> sample.label().equals("sessions")).mapToLong(CounterSample::value).sum());
        }
    }

    @Test
    void shouldAnswerEverythingOrSayThatItIsUnknownWhenTheEngineClosesUnderAStore() {
        for (int round = 0; round < 5; round++) {
            final StorageEngine engine = StorageEngine.launch(context("dedicated").set("durability", "group"));
            final KeyValueStore store = engine.keyValueStore();
            final List<CompletableFuture<Long>> puts = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                puts.add(store.putAsync(bytes("key" + i), bytes("value")));
            }
            engine.close();
            puts.forEach(store::await);
            final CompletableFuture<Long> late = store.putAsync(bytes("late"), bytes("value"));
            assertEquals(ReplyStatus.CLOSED, assertThrows(KeyValueException.class, () -> store.await(late)).status());
            store.close();
            final CompletableFuture<Long> later = store.putAsync(bytes("later"), bytes("value"));
            assertThrows(CompletionException.class, later::join);
        }
    }
}
