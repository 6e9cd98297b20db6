package io.cairn.engine;

import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.ReadFrom;
import io.cairn.engine.client.ReplyStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/**
 * Clients that read from members that do not lead.
 */
@Timeout(240)
final class FollowerReadTest {
    private static final int MEMBERS = 3;
    private static final int ROUNDS = 300;

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

    private static String get(final KeyValueStore store, final String key) {
        final byte[] value = store.get(bytes(key));
        return null == value ? null : new String(value, UTF_8);
    }

    /** Asks this member first. */
    private CairnClientContext reader(final int member, final boolean ipc, final ReadFrom readFrom) {
        final CairnClientContext context = new CairnClientContext().bufferLength(1 << 20).readFrom(readFrom);
        return ipc ? context.sharedMemory(dir.resolve("aeron"), member) : context.cluster(members.endpoint(member));
    }

    private int follower() {
        return (members.leader() + 1) % MEMBERS;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldReadOnAFollowerWhatWasAcknowledgedBefore(final boolean ipc) {
        members.launch(dir, ipc, MEMBERS);
        final int follower = follower();
        try (CairnClient writing = CairnClient.connect(members.context()); KeyValueStore store = writing.keyValueStore();
            CairnClient reading = CairnClient.connect(reader(follower, ipc, ReadFrom.ANY)); KeyValueStore view = reading.keyValueStore()) {
            for (int round = 0; round < ROUNDS; round++) {
                store.put(bytes("key"), bytes("value-" + round));
                assertEquals("value-" + round, get(view, "key"));
            }
            // Where a busy machine made it the leader meanwhile, who writes is there as well.
            Members.await(() -> (members.engine(follower).isLeader() ? 2 : 1) == members.remoteClients(follower));
        }
    }

    @Test
    void shouldRefuseTheCommandsOfAClientThatReads() {
        members.launch(dir, true, MEMBERS);
        try (CairnClient reading = CairnClient.connect(reader(follower(), true, ReadFrom.ANY)); KeyValueStore view = reading.keyValueStore()) {
            final KeyValueException refusal = assertThrows(KeyValueException.class, () -> view.put(bytes("key"), bytes("value")));
            assertEquals(ReplyStatus.READ_ONLY, refusal.status());
            assertEquals(null, get(view, "key"));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGoOnReadingWhenTheLeaderOrTheMemberThatAnsweredIsLost(final boolean ipc) {
        members.launch(dir, ipc, MEMBERS);
        final int follower = follower();
        try (CairnClient writing = CairnClient.connect(members.context()); KeyValueStore store = writing.keyValueStore();
            CairnClient reading = CairnClient.connect(reader(follower, ipc, ReadFrom.ANY)); KeyValueStore view = reading.keyValueStore()) {
            store.put(bytes("key"), bytes("1"));
            assertEquals("1", get(view, "key"));
            final int leader = members.leader();
            members.restart(leader);
            assertEquals("1", get(view, "key"));
            store.put(bytes("key"), bytes("2"));
            assertEquals("2", get(view, "key"));
            members.stop(follower);
            store.put(bytes("key"), bytes("3"));
            assertEquals("3", get(view, "key"));
        }
    }

    @Test
    void shouldAnswerWhatIsAppliedWhereNoLeaderIsOnlyToWhoeverAsksForThat() {
        members.launch(dir, true, MEMBERS);
        final int follower = follower();
        try (CairnClient writing = CairnClient.connect(members.context()); KeyValueStore store = writing.keyValueStore();
            CairnClient local = CairnClient.connect(reader(follower, true, ReadFrom.LOCAL)); KeyValueStore old = local.keyValueStore();
            CairnClient any = CairnClient.connect(reader(follower, true, ReadFrom.ANY).timeout(Duration.ofSeconds(2)));
            KeyValueStore view = any.keyValueStore()) {
            store.put(bytes("key"), bytes("value"));
            Members.await(() -> "value".equals(get(old, "key")));
            for (int id = 0; id < MEMBERS; id++) {
                if (id != follower) {
                    members.stop(id);
                }
            }
            assertEquals("value", get(old, "key"));
            assertEquals(ReplyStatus.UNAVAILABLE, assertThrows(KeyValueException.class, () -> get(view, "key")).status());
            assertEquals("value", get(old, "key"));
        }
    }
}
