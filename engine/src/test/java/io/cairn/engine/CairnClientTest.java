package io.cairn.engine;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.KeyValueStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
}
