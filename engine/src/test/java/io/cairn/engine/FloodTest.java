package io.cairn.engine;

import io.aeron.Aeron;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.gateway.ClientMessage;
import io.cairn.engine.gateway.CloseReason;
import io.cairn.engine.pipeline.EntryDescriptor;
import io.cairn.engine.pipeline.IngressDescriptor;
import io.cairn.engine.status.CountersView;
import io.cairn.engine.status.EngineCounter;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Clients that take all that they can get: requests, sessions, connections. What is too much is refused by name, nothing grows beyond what was set,
 * and a client that asks for one thing after the other goes on being answered.
 */
@Tag("soak")
@Timeout(240)
final class FloodTest {
    private static final int FLOODS = 4;
    private static final int WINDOW = 256;
    private static final int POLITE_PUTS = 50;
    private static final int RING_BYTES = 1 << 20;
    private static final int SESSIONS = 500;
    private static final int CLIENTS_MAX = 8;
    private static final int STRANGERS_MAX = 16;
    private static final int CONNECTIONS = 40;

    @TempDir
    Path dir;

    private final Members members = new Members();

    @AfterEach
    void close() {
        members.close();
    }

    private long counter(final int id, final EngineCounter counter) {
        try (CountersView view = CountersView.open(dir.resolve("member-" + id).resolve("counters.dat"))) {
            return view.samples().stream().filter(sample -> counter == sample.counter()).findFirst().orElseThrow().value();
        }
    }

    private static void serves(final KeyValueStore store, final int number) {
        final byte[] key = ("polite-" + number % 10).getBytes(UTF_8);
        final byte[] value = Integer.toString(number).getBytes(UTF_8);
        store.put(key, value);
        assertArrayEquals(value, store.get(key));
    }

    /** Fills its window, and asks for more without waiting. */
    private static final class Flood extends Thread {
        private final CairnClient client;
        private final UnsafeBuffer bytes = new UnsafeBuffer(new byte[512]);
        private volatile boolean isOver;
        private volatile long answered;
        private volatile long refused;
        private volatile String surprise;

        private Flood(final CairnClient client, final int number) {
            this.client = client;
            bytes.putInt(0, number);
        }

        @Override
        public void run() {
            try (AsyncKeyValue pipeline = client.newClient()) {
                while (!isOver) {
                    final long sent = pipeline.put(AsyncKeyValue.DEFAULT_TABLE, bytes, 0, 4, bytes, 0, bytes.capacity());
                    if (sent < 0) {
                        refused++;
                        if (ReplyStatus.BACK_PRESSURED != sent) {
                            surprise = ReplyStatus.name((int)sent);
                        }
                        LockSupport.parkNanos(1_000);
                        pipeline.poll(this::onReply, WINDOW);
                    }
                }
            } catch (final RuntimeException ex) {
                surprise = ex.toString();
            }
        }

        private void onReply(
            final long correlationId,
            final int status,
            final long index,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
            answered++;
            if (ReplyStatus.OK != status) {
                surprise = ReplyStatus.name(status);
            }
        }
    }

    @Test
    void shouldServeAPoliteClientBesideManyThatFlood() throws InterruptedException {
        members.engine(engine -> engine
            .set("client.inflight.max", Integer.toString(WINDOW))
            .set("ingress.ring.size", "1m")
            .set("wal.record.max", "64k")).launch(dir, true, 3);
        members.leader();
        final List<CairnClient> clients = new ArrayList<>();
        final List<Flood> floods = new ArrayList<>();
        try (CairnClient polite = CairnClient.connect(members.context()); KeyValueStore store = polite.keyValueStore()) {
            for (int i = 0; i < FLOODS; i++) {
                clients.add(CairnClient.connect(members.context()));
                floods.add(new Flood(clients.get(i), i));
            }
            floods.forEach(Thread::start);
            int puts = 0;
            while (puts < POLITE_PUTS || floods.stream().anyMatch(flood -> flood.answered < 4 * WINDOW || 0 == flood.refused)) {
                serves(store, puts++);
                for (int id = 0; id < members.count(); id++) {
                    final long queued = counter(id, EngineCounter.INGRESS_QUEUE_BYTES);
                    assertTrue(queued <= RING_BYTES, () -> queued + " bytes wait");
                    final long connected = counter(id, EngineCounter.REMOTE_CLIENTS);
                    assertTrue(connected <= 2 * (FLOODS + 1), () -> connected + " connections");
                }
                floods.forEach(flood -> assertEquals(null, flood.surprise));
            }
            floods.forEach(flood -> flood.isOver = true);
            for (final Flood flood : floods) {
                flood.join();
                assertEquals(null, flood.surprise);
            }
            clients.forEach(CairnClient::close);
            serves(store, puts);
            for (int id = 0; id < members.count(); id++) {
                final long live = counter(id, EngineCounter.STATE_LIVE);
                assertTrue(live < 1 << 20, () -> live + " bytes of state");
            }
        } finally {
            floods.forEach(flood -> flood.isOver = true);
            clients.forEach(CairnClient::close);
        }
    }

    private static byte[] opening() {
        final UnsafeBuffer opening = new UnsafeBuffer(new byte[64]);
        final int length = EntryDescriptor.encodeOpen(opening, 0, 60_000, 4, new byte[0]);
        return Arrays.copyOf(opening.byteArray(), length);
    }

    @Test
    void shouldKeepASessionBesideAClientThatOpensHundreds() {
        members.launch(dir, true, 1);
        members.leader();
        try (CairnClient polite = CairnClient.connect(members.context()); KeyValueStore store = polite.keyValueStore()) {
            serves(store, 0);
            Members.await(() -> 1 == counter(0, EngineCounter.SESSIONS));
            try (RawClient flood = new RawClient(dir.resolve("aeron"), 0, 1)) {
                flood.say(ClientMessage.CONNECT, new byte[0]);
                flood.await(ClientMessage.CONNECTED);
                for (int i = 0; i < SESSIONS; i++) {
                    flood.say(ClientMessage.REQUESTS, RawClient.request(i, IngressDescriptor.OPEN_SESSION, opening()));
                    if (0 == i % 50) {
                        serves(store, i);
                    }
                }
                Members.await(() -> {
                    flood.poll();
                    return counter(0, EngineCounter.SESSIONS) == 1 + SESSIONS;
                });
                serves(store, SESSIONS);
            }
            serves(store, 1);
        }
    }

    @Test
    void shouldRefuseConnectionsBeyondWhatWasSetAndServeThoseThatItHas() {
        members.engine(engine -> engine.set("clients.max", Integer.toString(CLIENTS_MAX)).set("client.timeout", "2s")).launch(dir, true, 1);
        members.leader();
        try (CairnClient polite = CairnClient.connect(members.context()); KeyValueStore store = polite.keyValueStore()) {
            serves(store, 0);
            final List<RawClient> connections = new ArrayList<>();
            try (Aeron aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(dir.resolve("aeron").toString()))) {
                for (int i = 0; i < CONNECTIONS; i++) {
                    final RawClient connection = new RawClient(aeron, 0, i);
                    connections.add(connection);
                    connection.say(ClientMessage.CONNECT, new byte[0]);
                    if (0 == i % 10) {
                        serves(store, i);
                    }
                    final long connected = counter(0, EngineCounter.REMOTE_CLIENTS);
                    assertTrue(connected <= CLIENTS_MAX + STRANGERS_MAX, () -> connected + " connections");
                }
                Members.await(() -> {
                    connections.forEach(RawClient::poll);
                    return counter(0, EngineCounter.CLIENT_CONNECTIONS_REFUSED) >= CONNECTIONS - CLIENTS_MAX;
                });
                serves(store, 1);
                int accepted = 0;
                for (final RawClient connection : connections) {
                    for (final RawClient.Heard heard : connection.heard) {
                        accepted += ClientMessage.CONNECTED == heard.type() ? 1 : 0;
                        assertTrue(ClientMessage.CLOSED != heard.type() || CloseReason.FULL == heard.status(), () -> "closed: " + heard);
                    }
                }
                assertTrue(accepted > 0 && accepted < CLIENTS_MAX, accepted + " were let in");
            }
            Members.await(() -> {
                serves(store, 2);
                return counter(0, EngineCounter.REMOTE_CLIENTS) <= 2;
            });
            try (CairnClient next = CairnClient.connect(members.context()); KeyValueStore other = next.keyValueStore()) {
                serves(other, 3);
            }
        }
    }
}
