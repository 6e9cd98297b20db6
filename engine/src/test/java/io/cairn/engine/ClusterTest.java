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
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Three members with real threads, logs and drivers, in one process: over shared memory and over UDP on the loopback.
 */
@Timeout(120)
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

    private void put(final StorageEngine leader, final int from, final int count) {
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
        for (final int status : statuses) {
            assertEquals(ReplyStatus.OK, status);
        }
        statuses.clear();
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
        final StorageEngine last = leader();
        put(last, 0, 100);
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

    private void awaitEqualDigests() {
        await(() -> {
            final long applied = leader().appliedIndex();
            for (final StorageEngine member : members) {
                if (null != member && member.appliedIndex() != applied) {
                    return false;
                }
            }
            return true;
        });
        StorageEngine.Digest digest = null;
        for (final StorageEngine member : members) {
            if (null != member) {
                final StorageEngine.Digest own = member.digest(true);
                digest = null == digest ? own : digest;
                assertEquals(digest, own);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldReplicateToEveryMember(final boolean ipc) {
        launch(ipc);
        put(leader(), 0, 20_000);
        awaitEqualDigests();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGoOnWithoutItsLeaderAndTakeItBack(final boolean ipc) {
        launch(ipc);
        final StorageEngine first = leader();
        put(first, 0, 5_000);
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
        put(second, 5_000, 5_000);
        launch(ipc, gone);
        put(leader(), 10_000, 100);
        awaitEqualDigests();
    }
}
