package io.cairn.engine;

import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.ReplyStatus;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Three members with real threads, logs and drivers, in one process: over shared memory and over UDP on the loopback.
 */
@Timeout(240)
final class ClusterTest {
    private static final int MEMBERS = 3;
    private static final long PATIENCE_NS = 60_000_000_000L;

    @TempDir
    Path dir;

    private MediaDriver driver;
    private int port;
    private final StorageEngine[] members = new StorageEngine[MEMBERS];
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[16]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[64]);
    private final List<Integer> statuses = new ArrayList<>();

    @AfterEach
    void close() {
        for (final StorageEngine member : members) {
            if (null != member) {
                member.close();
            }
        }
        if (null != driver) {
            driver.close();
        }
    }

    private void launch(final boolean ipc) {
        port = Members.freePorts(10 * MEMBERS);
        if (ipc) {
            driver = MediaDriver.launch(new MediaDriver.Context()
                .aeronDirectoryName(dir.resolve("aeron").toString())
                .threadingMode(ThreadingMode.SHARED)
                .asyncExecutorEnabled(false)
                .clientLivenessTimeoutNs(60_000_000_000L)
                .publicationUnblockTimeoutNs(120_000_000_000L)
                .dirDeleteOnShutdown(true));
        }
        for (int id = 0; id < MEMBERS; id++) {
            launch(ipc, id);
        }
    }

    private void launch(final boolean ipc, final int id) {
        final ClusterContext cluster = new ClusterContext().memberId(id);
        for (int member = 0; member < MEMBERS; member++) {
            cluster.member(member, "127.0.0.1:" + (port + 10 * member));
        }
        if (ipc) {
            cluster.sharedMemory(dir.resolve("aeron"));
        }
        members[id] = StorageEngine.launch(new EngineContext()
            .dataDirectory(dir.resolve("member-" + id))
            .profile("small")
            .failureHandler(Throwable::printStackTrace)
            .set("durability", "os")
            .cluster(cluster));
    }

    private StorageEngine leader() {
        final StorageEngine[] found = new StorageEngine[1];
        await(() -> {
            for (final StorageEngine member : members) {
                if (null != member && member.isLeader()) {
                    found[0] = member;
                }
            }
            return null != found[0];
        });
        return found[0];
    }

    private static void await(final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadlineNs < 0, "waited for a minute");
            LockSupport.parkNanos(100_000);
        }
    }

    /** A busy machine may change its leader in between: then the same is put again, through who leads now. */
    private void put(final int from, final int count) {
        boolean isPut = false;
        while (!isPut) {
            isPut = put(leader(), from, count);
        }
    }

    private boolean put(final StorageEngine leader, final int from, final int count) {
        statuses.clear();
        try (AsyncKeyValue client = leader.newClient()) {
            for (int i = 0; i < count; i++) {
                key.putLong(8, from + i);
                value.putLong(0, from + i);
                while (client.put(AsyncKeyValue.DEFAULT_TABLE, key, 0, 16, value, 0, 64) < 0) {
                    client.poll(this::onReply, 100);
                }
            }
            await(() -> {
                client.poll(this::onReply, 100);
                return statuses.size() >= count;
            });
        }
        boolean isLed = true;
        for (final int status : statuses) {
            if (ReplyStatus.NOT_LEADER == status || ReplyStatus.UNKNOWN == status) {
                isLed = false;
            } else {
                assertEquals(ReplyStatus.OK, status);
            }
        }
        return isLed;
    }

    private void onReply(
        final long correlationId, final int status, final long index, final DirectBuffer buffer, final int offset, final int length) {
        statuses.add(status);
    }

    /** What a leader appended and nobody confirms is never applied: closing it must not wait for that. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCloseAlthoughWhatItAppendedIsNeverCommitted(final boolean ipc) throws InterruptedException {
        launch(ipc);
        put(0, 100);
        final StorageEngine last = leader();
        for (int id = 0; id < MEMBERS; id++) {
            if (members[id] != last) {
                members[id].close();
            }
            members[id] = null;
        }
        try (AsyncKeyValue client = last.newClient()) {
            client.put(AsyncKeyValue.DEFAULT_TABLE, key, 0, 16, value, 0, 64);
            final Thread closer = new Thread(last::close);
            closer.setDaemon(true);
            closer.start();
            closer.join(PATIENCE_NS / 1_000_000);
            assertFalse(closer.isAlive(), "closing waits for ever");
        }
    }

    /** What is logged unasked, by a new leader for instance, may come in between: then they are looked at again. */
    private void awaitEqualDigests() {
        final Set<StorageEngine.Digest> digests = new HashSet<>();
        await(() -> {
            final long applied = leader().appliedIndex();
            digests.clear();
            for (final StorageEngine member : members) {
                if (null != member && member.appliedIndex() != applied) {
                    return false;
                }
            }
            for (final StorageEngine member : members) {
                if (null != member) {
                    digests.add(member.digest(true));
                }
            }
            return 1 == digests.stream().mapToLong(StorageEngine.Digest::index).distinct().count();
        });
        assertEquals(1, digests.size(), "states at one index differ");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldReplicateToEveryMember(final boolean ipc) {
        launch(ipc);
        put(0, 20_000);
        awaitEqualDigests();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGoOnWithoutItsLeaderAndTakeItBack(final boolean ipc) {
        launch(ipc);
        put(0, 5_000);
        final StorageEngine first = leader();
        int gone = -1;
        for (int id = 0; id < MEMBERS; id++) {
            if (members[id] == first) {
                gone = id;
            }
        }
        members[gone].close();
        members[gone] = null;
        final StorageEngine second = leader();
        assertNotEquals(first, second);
        put(5_000, 5_000);
        launch(ipc, gone);
        put(10_000, 100);
        awaitEqualDigests();
    }
}
