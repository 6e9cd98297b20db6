package io.cairn.engine;

import io.cairn.engine.client.KeyValueStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/** Members whose media driver is outside of them, and ends. */
@Timeout(240)
final class ExternalDriverTest {
    private static final int MEMBERS = 3;
    private static final int RESTARTS = 2;

    @TempDir
    Path dir;

    private final Members members = new Members();

    @AfterEach
    void close() {
        members.close();
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(UTF_8);
    }

    private CairnClient connect() {
        return CairnClient.connect(members.context().timeout(Duration.ofSeconds(120)));
    }

    /** Nobody leads: a leader that hears no quorum steps down, so the members know by then that their driver has gone. */
    private boolean isLeaderless() {
        for (int id = 0; id < MEMBERS; id++) {
            if (members.engine(id).isLeader()) {
                return false;
            }
        }
        return true;
    }

    @Test
    void shouldGoOnWhenTheDriverIsStartedAnew() {
        members.launch(dir, true, MEMBERS);
        for (int restart = 0; restart < RESTARTS; restart++) {
            try (CairnClient client = connect(); KeyValueStore store = client.keyValueStore()) {
                store.put(bytes("before-" + restart), bytes("1"));
            }
            members.stopDriver();
            Members.await(this::isLeaderless);
            members.startDriver();
            try (CairnClient client = connect(); KeyValueStore store = client.keyValueStore()) {
                store.put(bytes("after-" + restart), bytes("2"));
                assertArrayEquals(bytes("1"), store.get(bytes("before-" + restart)));
                assertArrayEquals(bytes("2"), store.get(bytes("after-" + restart)));
            }
        }
        for (int id = 0; id < MEMBERS; id++) {
            assertNull(members.engine(id).failure());
        }
    }

    @Test
    void shouldCloseWhenThereIsNoDriver() {
        members.launch(dir, true, MEMBERS);
        members.leader();
        members.stopDriver();
        Members.await(this::isLeaderless);
        members.close();
    }

    @Test
    void shouldTakeBackAClientThatStayed() {
        members.launch(dir, true, MEMBERS);
        try (CairnClient client = connect(); KeyValueStore store = client.keyValueStore()) {
            store.put(bytes("key"), bytes("1"));
            members.stopDriver();
            members.startDriver();
            store.put(bytes("key"), bytes("2"));
            assertArrayEquals(bytes("2"), store.get(bytes("key")));
        }
    }
}
