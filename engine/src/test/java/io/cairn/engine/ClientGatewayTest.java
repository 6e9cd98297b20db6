package io.cairn.engine;

import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.SharedSecret;
import io.cairn.engine.gateway.ClientMessage;
import io.cairn.engine.gateway.CloseReason;
import io.cairn.engine.gateway.RequestEntry;
import io.cairn.engine.pipeline.IngressDescriptor;
import io.cairn.fsm.KeyValueCommands;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A member does not trust its clients: who does not keep to the rules loses its own connection, and the member serves everyone else.
 */
@Timeout(240)
final class ClientGatewayTest {
    private static final int WINDOW = 1_024;

    @TempDir
    Path dir;

    private final Members members = new Members();

    @AfterEach
    void close() {
        members.close();
    }

    private void assertServes() {
        try (CairnClient client = CairnClient.connect(members.context()); KeyValueStore store = client.keyValueStore()) {
            store.put("key".getBytes(UTF_8), "value".getBytes(UTF_8));
            assertArrayEquals("value".getBytes(UTF_8), store.get("key".getBytes(UTF_8)));
        }
    }

    private RawClient newRawClient(final int number) {
        return new RawClient(dir.resolve("aeron"), 0, number);
    }

    private static RawClient connect(final RawClient client) {
        client.say(ClientMessage.CONNECT, new byte[0]);
        client.await(ClientMessage.CONNECTED);
        return client;
    }

    private void launchOne() {
        members.launch(dir, true, 1);
        members.leader();
    }

    @Test
    void shouldEndAConnectionWhoseRequestsMakeNoSense() {
        launchOne();
        final byte[] tooLong = RawClient.request(1, IngressDescriptor.QUERY, new byte[16]);
        new UnsafeBuffer(tooLong).putInt(12, 1 << 20);
        final byte[] ofNoKind = RawClient.request(1, 99, new byte[16]);
        final byte[] damaged = RawClient.request(1, IngressDescriptor.COMMAND, new byte[16]);
        damaged[RequestEntry.HEADER_LENGTH] ^= 1;
        int number = 0;
        for (final byte[] body : new byte[][] {tooLong, ofNoKind, damaged, new byte[7]}) {
            try (RawClient client = connect(newRawClient(number++))) {
                client.say(ClientMessage.REQUESTS, body);
                assertEquals(CloseReason.VIOLATION, client.await(ClientMessage.CLOSED).status());
            }
        }
        assertServes();
    }

    @Test
    void shouldEndAConnectionThatExceedsItsWindow() {
        launchOne();
        try (RawClient client = connect(newRawClient(1))) {
            // Reads nothing, so that no answer makes room for another request.
            final byte[] request = RawClient.request(1, IngressDescriptor.QUERY, new byte[8]);
            final byte[] many = new byte[request.length * 64];
            for (int i = 0; i < 64; i++) {
                System.arraycopy(request, 0, many, i * request.length, request.length);
            }
            for (int i = 0; i < 4 * WINDOW / 64; i++) {
                client.say(ClientMessage.REQUESTS, many);
            }
            assertEquals(CloseReason.VIOLATION, client.await(ClientMessage.CLOSED).status());
        }
        assertServes();
    }

    @Test
    void shouldTakeNothingOfWhoDidNotProveWhoItIs() {
        members.cluster(cluster -> cluster.authenticator(new SharedSecret("a secret of sufficient length".getBytes(UTF_8)))).launch(dir, true, 1);
        members.leader();
        final long before = members.engine(0).appendedIndex();
        try (RawClient client = newRawClient(1)) {
            client.say(ClientMessage.CONNECT, new byte[32]);
            client.await(ClientMessage.CHALLENGE);
            final byte[] opening = new byte[16];
            client.say(ClientMessage.REQUESTS, RawClient.request(1, IngressDescriptor.OPEN_SESSION, opening));
            client.say(ClientMessage.ADMIN, new byte[1]);
            client.say(ClientMessage.ANSWER, new byte[32]);
            final RawClient.Heard closed = client.await(ClientMessage.CLOSED);
            assertTrue(closed.status() == CloseReason.NOT_AUTHENTICATED || closed.status() == CloseReason.VIOLATION);
            assertTrue(new String(closed.body(), UTF_8).indexOf("127.0.0.1") < 0, "a stranger is told who the members are");
        }
        assertEquals(before, members.engine(0).appendedIndex());
    }

    /** What one connection said opens no other. */
    @Test
    void shouldRefuseAHandshakeThatIsPlayedAgain() {
        final SharedSecret secret = new SharedSecret("a secret of sufficient length".getBytes(UTF_8));
        members.cluster(cluster -> cluster.authenticator(secret)).launch(dir, true, 1);
        members.leader();
        final byte[] hello = secret.hello();
        final byte[] answer;
        try (RawClient client = newRawClient(1)) {
            client.say(ClientMessage.CONNECT, hello);
            answer = secret.answer(hello, client.await(ClientMessage.CHALLENGE).body());
            client.say(ClientMessage.ANSWER, answer);
            client.await(ClientMessage.CONNECTED);
        }
        try (RawClient client = newRawClient(2)) {
            client.say(ClientMessage.CONNECT, hello);
            client.await(ClientMessage.CHALLENGE);
            client.say(ClientMessage.ANSWER, answer);
            assertEquals(CloseReason.NOT_AUTHENTICATED, client.await(ClientMessage.CLOSED).status());
        }
    }

    @Test
    void shouldOutliveRandomMessages() {
        launchOne();
        final Random random = new Random(7);
        final UnsafeBuffer bytes = new UnsafeBuffer(BufferUtil.allocateDirectAligned(2_048, 64));
        final byte[] noise = new byte[1_024];
        try (RawClient client = connect(newRawClient(1))) {
            for (int i = 0; i < 20_000; i++) {
                random.nextBytes(noise);
                bytes.putBytes(0, noise);
                client.say(bytes, 1 + random.nextInt(noise.length));
            }
            for (int i = 0; i < 200; i++) {
                // Well framed, so that the entries are what is looked at.
                random.nextBytes(noise);
                client.say(ClientMessage.ANSWER + random.nextInt(8), Arrays.copyOf(noise, random.nextInt(noise.length)));
            }
        }
        assertServes();
    }

    @Test
    void shouldOutliveRandomDatagramsOnItsPort() throws IOException {
        members.launch(dir, false, 1);
        members.leader();
        final String endpoint = members.endpoint(0);
        final int port = Integer.parseInt(endpoint.substring(endpoint.indexOf(':') + 1));
        final Random random = new Random(11);
        final byte[] noise = new byte[1_400];
        try (DatagramSocket socket = new DatagramSocket()) {
            for (int i = 0; i < 5_000; i++) {
                random.nextBytes(noise);
                socket.send(new DatagramPacket(noise, random.nextInt(noise.length), new InetSocketAddress("127.0.0.1", port)));
            }
        }
        assertServes();
    }

    @Test
    void shouldRefuseOneClientTooManyAndGiveItsPlaceToTheNext() {
        members.engine(engine -> engine.set("clients.max", "2")).launch(dir, true, 1);
        members.leader();
        try (RawClient first = connect(newRawClient(1))) {
            try (RawClient second = connect(newRawClient(2)); RawClient third = newRawClient(3)) {
                third.say(ClientMessage.CONNECT, new byte[0]);
                assertEquals(CloseReason.FULL, third.await(ClientMessage.CLOSED).status());
                second.say(ClientMessage.CLOSED, new byte[0]);
            }
            Members.await(() -> {
                try (RawClient next = newRawClient(first.heard.size() + 10)) {
                    next.say(ClientMessage.CONNECT, new byte[0]);
                    Members.await(() -> {
                        next.poll();
                        return !next.heard.isEmpty();
                    });
                    return ClientMessage.CONNECTED == next.heard.get(0).type();
                }
            });
        }
    }

    /** It asks for much, says that it lives, and takes nothing. */
    @Test
    void shouldLetAClientGoThatReadsNothingAndServeTheOthers() {
        members.engine(engine -> engine.set("client.timeout", "2s")).launch(dir, true, 1);
        final byte[] key = "key".getBytes(UTF_8);
        try (CairnClient client = CairnClient.connect(members.context()); KeyValueStore store = client.keyValueStore()) {
            store.put(key, new byte[100_000]);
            final UnsafeBuffer query = new UnsafeBuffer(new byte[256]);
            final int length = new KeyValueCommands().encodeGet(query, 0, KeyValueCommands.DEFAULT_TABLE, new UnsafeBuffer(key), 0, key.length);
            final byte[] request = RawClient.request(1, IngressDescriptor.QUERY, Arrays.copyOf(query.byteArray(), length));
            try (RawClient slow = connect(newRawClient(1))) {
                Members.await(() -> {
                    slow.say(ClientMessage.HEARTBEAT, new byte[0]);
                    return 2 == members.remoteClients(0);
                });
                for (int i = 0; i < WINDOW / 2; i++) {
                    slow.say(ClientMessage.REQUESTS, request);
                }
                Members.await(() -> {
                    slow.say(ClientMessage.HEARTBEAT, new byte[0]);
                    store.put("other".getBytes(UTF_8), key);
                    return 1 == members.remoteClients(0);
                });
            }
        }
    }

    @Test
    void shouldPutNothingTogetherForAStranger() {
        launchOne();
        try (RawClient client = newRawClient(1)) {
            // A greeting that spans several fragments is none; one that does not is heard behind it.
            client.say(ClientMessage.CONNECT, new byte[20_000]);
            client.say(ClientMessage.CONNECT, new byte[0]);
            client.await(ClientMessage.CONNECTED);
            assertEquals(1, client.heard.stream().filter(heard -> ClientMessage.HEARTBEAT != heard.type()).count());
        }
    }
}
