package io.cairn.engine;

import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.embedded.EmbeddedClient;
import io.cairn.fsm.ApplyStatus;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Clients of other processes against members with real threads, logs and drivers, over shared memory and over UDP on the loopback.
 */
@Timeout(240)
final class CairnClientTest {
    private static final int MEMBERS = 3;

    @TempDir
    Path dir;

    private final Members members = new Members();

    @AfterEach
    void close() {
        members.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldPutAndGetWhereverTheLeaderIs(final boolean ipc) {
        members.launch(dir, ipc, MEMBERS);
        try (CairnClient client = CairnClient.connect(members.context()); KeyValueStore store = client.keyValueStore()) {
            store.put(bytes("key"), bytes("value"));
            assertArrayEquals(bytes("value"), store.get(bytes("key")));
            for (int i = 0; i < 1_000; i++) {
                store.increment(bytes("n"), 1);
            }
            assertEquals("1000", new String(store.get(bytes("n")), UTF_8));
        }
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(UTF_8);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGoOnWhenTheLeaderIsLost(final boolean ipc) {
        members.launch(dir, ipc, MEMBERS);
        try (CairnClient client = CairnClient.connect(members.context()); KeyValueStore store = client.keyValueStore()) {
            long sum = 0;
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 200; i++) {
                    sum = store.increment(bytes("n"), 1);
                    if (100 == i) {
                        members.restart(members.leader());
                    }
                }
            }
            assertEquals(600, sum);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldAskOneMemberAndHaveItsAnswerLater(final boolean ipc) {
        members.cluster(cluster -> cluster.adminHandler((buffer, offset, length, answer) -> {
            final byte[] reversed = new byte[length];
            for (int i = 0; i < length; i++) {
                reversed[i] = buffer.getByte(offset + length - 1 - i);
            }
            new Thread(() -> answer.complete(reversed)).start();
        })).launch(dir, ipc, MEMBERS);
        try (CairnClient client = CairnClient.connect(members.context())) {
            for (int id = 0; id < MEMBERS; id++) {
                assertArrayEquals(bytes("olleh"), client.admin(members.target(id), bytes("hello")));
            }
        }
    }

    @Test
    void shouldRefuseToListenToOtherMachinesWithoutASecret() {
        final ClusterContext cluster = new ClusterContext().memberId(0).member(0, "0.0.0.0:21000");
        final EngineException refusal = assertThrows(EngineException.class, () ->
            StorageEngine.launch(new EngineContext().dataDirectory(dir.resolve("open")).profile("small").cluster(cluster)));
        assertTrue(refusal.getMessage().contains("cluster.insecure=true"), refusal.getMessage());
    }

    /** Every increment is in flight somewhere while leaders are lost: each takes effect once, and each is answered. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldApplyWhatWasInFlightExactlyOnceWhenLeadersAreLost(final boolean ipc) {
        members.launch(dir, ipc, MEMBERS);
        final int perThread = 1_500;
        final AtomicLong acknowledged = new AtomicLong();
        try (CairnClient client = CairnClient.connect(members.context().timeout(Duration.ofMinutes(3)))) {
            final List<CompletableFuture<Void>> workers = new ArrayList<>();
            for (int worker = 0; worker < 3; worker++) {
                workers.add(CompletableFuture.runAsync(() -> {
                    try (KeyValueStore store = client.keyValueStore()) {
                        for (int i = 0; i < perThread; i += 50) {
                            final List<CompletableFuture<Long>> batch = new ArrayList<>();
                            for (int j = 0; j < 50; j++) {
                                batch.add(store.incrementAsync(bytes("n"), 1));
                            }
                            batch.forEach(store::await);
                            acknowledged.addAndGet(batch.size());
                        }
                    }
                }, task -> new Thread(task).start()));
            }
            for (int round = 1; round <= 3; round++) {
                final long goal = round * 700L;
                Members.await(() -> acknowledged.get() >= goal || workers.stream().anyMatch(CompletableFuture::isCompletedExceptionally));
                members.restart(members.leader());
            }
            workers.forEach(CompletableFuture::join);
            try (KeyValueStore store = client.keyValueStore()) {
                assertEquals(Long.toString(3 * perThread), new String(store.get(bytes("n")), UTF_8));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldOutliveAStopOfTheWholeCluster(final boolean ipc) {
        members.launch(dir, ipc, MEMBERS);
        try (CairnClient client = CairnClient.connect(members.context().timeout(Duration.ofMinutes(3)));
            KeyValueStore store = client.keyValueStore()) {
            store.increment(bytes("n"), 1);
            for (int id = 0; id < MEMBERS; id++) {
                members.stop(id);
            }
            final CompletableFuture<Long> meanwhile = store.incrementAsync(bytes("n"), 1);
            for (int id = 0; id < MEMBERS; id++) {
                members.launch(id);
            }
            assertEquals(2, store.await(meanwhile));
            assertEquals(3, store.increment(bytes("n"), 1));
        }
    }

    @Test
    void shouldSayThatNothingWasDoneWhenNoMemberIsThere() {
        members.launch(dir, true, 1);
        try (CairnClient client = CairnClient.connect(members.context().timeout(Duration.ofSeconds(2)))) {
            members.stop(0);
            try (KeyValueStore store = client.keyValueStore()) {
                final KeyValueException refusal = assertThrows(KeyValueException.class, () -> store.put(bytes("key"), bytes("value")));
                assertEquals(ReplyStatus.UNAVAILABLE, refusal.status());
            }
        }
    }

    @Test
    void shouldRefuseACommandThatIsTooLongAndGoOn() {
        members.engine(engine -> engine.set("wal.record.max", "16k")).launch(dir, true, 1);
        try (CairnClient client = CairnClient.connect(members.context()); KeyValueStore store = client.keyValueStore()) {
            store.put(bytes("key"), bytes("value"));
            final KeyValueException refusal = assertThrows(KeyValueException.class, () -> store.put(bytes("key"), new byte[100_000]));
            assertTrue(ReplyStatus.TOO_LARGE == refusal.status() || ApplyStatus.VALUE_TOO_LONG == refusal.status(), refusal.getMessage());
            assertArrayEquals(bytes("value"), store.get(bytes("key")));
            store.put(bytes("key"), new byte[8_000]);
            assertEquals(8_000, store.get(bytes("key")).length);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldBringLargeValuesOver(final boolean ipc) {
        members.launch(dir, ipc, 1);
        try (CairnClient client = CairnClient.connect(members.context().bufferLength(1 << 24)); KeyValueStore store = client.keyValueStore()) {
            final byte[] value = new byte[1 << 20];
            new Random(5).nextBytes(value);
            for (int i = 0; i < 5; i++) {
                store.put(bytes("large-" + i), value);
            }
            for (int i = 0; i < 5; i++) {
                assertArrayEquals(value, store.get(bytes("large-" + i)));
            }
        }
    }

    /**
     * Log time is the test's: it goes on by less than a third of the session's timeout once the client was heard after the step before, however long
     * that took.
     */
    @Test
    void shouldKeepTheSessionOfAClientThatLivesAndLetThatOfOneThatIsGoneExpire() {
        final AtomicLong timeMs = new AtomicLong(1_700_000_000_000L);
        members.engine(engine -> engine.clocks(timeMs::get, System::nanoTime).set("log.tick.interval", "100ms")).launch(dir, true, 1);
        final Duration timeout = Duration.ofSeconds(2);
        try (CairnClient client = CairnClient.connect(members.context().sessionTimeout(timeout))) {
            final EmbeddedClient idle = client.newSessionClient("idle");
            for (int step = 0; step < 10; step++) {
                final long before = members.engine(0).appliedIndex();
                timeMs.addAndGet(600);
                // Time that has passed is logged once at most: one of two entries is the client's.
                Members.await(() -> members.engine(0).appliedIndex() >= before + 2);
            }
            try (EmbeddedClient again = client.newSessionClient("idle")) {
                assertTrue(again.session().isResumed(), "it expired although its client lives");
            }
            idle.close();
            try (KeyValueStore store = client.keyValueStore()) {
                // What was still on its way from there is before these.
                store.put(bytes("key"), bytes("value"));
                store.put(bytes("key"), bytes("value"));
            }
            final long last = members.engine(0).appliedIndex();
            timeMs.addAndGet(2 * timeout.toMillis());
            Members.await(() -> members.engine(0).appliedIndex() > last);
            try (EmbeddedClient anew = client.newSessionClient("idle")) {
                assertFalse(anew.session().isResumed(), "it outlived its client");
            }
        }
    }

    /** Its thread stands still in the middle of a conversation. */
    @Test
    void shouldLetAClientGoThatFallsSilentAndTakeItBack() {
        members.engine(engine -> engine.set("client.timeout", "1s").set("cluster.log.term", "16m")).launch(dir, true, 1);
        try (CairnClient other = CairnClient.connect(members.context());
            KeyValueStore store = other.keyValueStore();
            CairnClient slow = CairnClient.connect(members.context().invoker(true));
            AsyncKeyValue slowClient = slow.newClient()) {
            store.put(bytes("key"), new byte[100_000]);
            final UnsafeBuffer key = new UnsafeBuffer(bytes("key"));
            final long[] answers = {0};
            Members.await(() -> {
                slowClient.get(AsyncKeyValue.DEFAULT_TABLE, key, 0, key.capacity());
                slowClient.poll((correlationId, status, index, buffer, offset, length) -> answers[0]++, 1);
                return answers[0] > 0;
            });
            Members.await(() -> {
                slow.doWork();
                return 2 == members.remoteClients(0);
            });
            for (int i = 0; i < 500; i++) {
                slowClient.get(AsyncKeyValue.DEFAULT_TABLE, key, 0, key.capacity());
            }
            slow.doWork();
            Members.await(() -> {
                store.put(bytes("other"), bytes("value"));
                return 1 == members.remoteClients(0);
            });
            // It finds its way back, and has every answer.
            Members.await(() -> {
                slowClient.poll((correlationId, status, index, buffer, offset, length) -> answers[0]++, 100);
                return 0 == slowClient.inFlight();
            });
        }
    }

    @Test
    void shouldServeEveryClientWhileOneFloods() {
        members.launch(dir, true, 1);
        final AtomicBoolean done = new AtomicBoolean();
        final AtomicLong sent = new AtomicLong();
        try (CairnClient client = CairnClient.connect(members.context()); KeyValueStore store = client.keyValueStore()) {
            final CompletableFuture<Void> flood = CompletableFuture.runAsync(() -> {
                final UnsafeBuffer key = new UnsafeBuffer(new byte[16]);
                try (CairnClient flooding = CairnClient.connect(members.context().livenessTimeout(Duration.ofMinutes(1)));
                    AsyncKeyValue async = flooding.newClient()) {
                    while (!done.get()) {
                        if (async.put(AsyncKeyValue.DEFAULT_TABLE, key, 0, 16, key, 0, 16) >= 0) {
                            sent.incrementAndGet();
                        }
                        async.poll((correlationId, status, index, buffer, offset, length) -> assertEquals(ReplyStatus.OK, status), 10);
                    }
                }
            }, task -> new Thread(task).start());
            try {
                Members.await(() -> sent.get() > 500 || flood.isDone());
                for (int i = 0; i < 500; i++) {
                    store.put(bytes("key"), bytes("value-" + i));
                }
                final long before = sent.get();
                Members.await(() -> sent.get() > before || flood.isDone());
            } finally {
                done.set(true);
            }
            flood.join();
            assertTrue(sent.get() > 500);
        }
    }
}
