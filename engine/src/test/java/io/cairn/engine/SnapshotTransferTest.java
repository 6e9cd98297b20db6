package io.cairn.engine;

import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.snapshot.SnapshotManifest;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Members that were away for longer than the log reaches back: three of them with real threads, logs, snapshots and drivers, in one process.
 */
@Timeout(180)
final class SnapshotTransferTest {
    private static final int MEMBERS = 3;
    private static final long PATIENCE_NS = 60_000_000_000L;
    private static final int VALUE_LENGTH = 256;

    @TempDir
    Path dir;

    private MediaDriver driver;
    private final StorageEngine[] members = new StorageEngine[MEMBERS];
    private final String[] endpoints = new String[MEMBERS];
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[16]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[VALUE_LENGTH]);
    private final List<Integer> statuses = new ArrayList<>();
    private boolean ipc = true;

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

    private void launchAll() throws IOException {
        if (ipc) {
            driver = MediaDriver.launch(new MediaDriver.Context()
                .aeronDirectoryName(dir.resolve("aeron").toString())
                .threadingMode(ThreadingMode.SHARED)
                .asyncExecutorEnabled(false)
                .dirDeleteOnShutdown(true));
        }
        for (int id = 0; id < MEMBERS; id++) {
            endpoints[id] = "127.0.0.1:" + freePorts();
        }
        for (int id = 0; id < MEMBERS; id++) {
            launch(id);
        }
    }

    /** Ten in a row that nobody has. */
    private static int freePorts() throws IOException {
        while (true) {
            try (DatagramSocket first = new DatagramSocket(0)) {
                final int port = first.getLocalPort();
                boolean free = port < 65_000;
                for (int i = 1; i < 10 && free; i++) {
                    try (DatagramSocket next = new DatagramSocket(port + i)) {
                        free = next.isBound();
                    } catch (final IOException taken) {
                        free = false;
                    }
                }
                if (free) {
                    return port;
                }
            }
        }
    }

    private void launch(final int id) {
        final ClusterContext cluster = new ClusterContext().memberId(id);
        for (int member = 0; member < MEMBERS; member++) {
            cluster.member(member, endpoints[member]);
        }
        if (ipc) {
            cluster.sharedMemory(dir.resolve("aeron"));
        }
        members[id] = StorageEngine.launch(new EngineContext()
            .dataDirectory(dir.resolve("member-" + id))
            .profile("small")
            .set("durability", "os")
            .set("wal.segment.size", "64k")
            .set("wal.record.max", "4k")
            .set("log.trailing.entries", "0")
            .set("snapshot.trigger.ratio", "0")
            .set("snapshot.incremental", "false")
            .set("cluster.snapshot.rate", "0")
            .cluster(cluster));
    }

    private int leader() {
        final int[] found = new int[1];
        await(() -> {
            for (int id = 0; id < MEMBERS; id++) {
                if (null != members[id] && members[id].isLeader()) {
                    found[0] = id;
                    return true;
                }
            }
            return false;
        });
        return found[0];
    }

    private int follower() {
        return (leader() + 1) % MEMBERS;
    }

    private void stop(final int id) {
        members[id].close();
        members[id] = null;
    }

    private String describe() {
        final StringBuilder all = new StringBuilder("waited for a minute");
        for (final StorageEngine member : members) {
            if (null != member) {
                all.append("; leader ").append(member.isLeader()).append(" log ").append(member.firstIndex()).append('-')
                    .append(member.appendedIndex()).append(" committed ").append(member.committedIndex()).append(" applied ")
                    .append(member.appliedIndex()).append(" errors ").append(member.errorCount()).append(' ').append(member.failure());
            }
        }
        return all.toString();
    }

    private void await(final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadlineNs < 0, this::describe);
            LockSupport.parkNanos(100_000);
        }
    }

    private void put(final int leader, final int from, final int count) {
        try (AsyncKeyValue client = members[leader].newClient()) {
            for (int i = 0; i < count; i++) {
                key.putLong(8, from + i);
                value.putLong(0, from + i);
                while (client.put(AsyncKeyValue.DEFAULT_TABLE, key, 0, 16, value, 0, VALUE_LENGTH) < 0) {
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

    /** Two full ones, so that the log behind the first is released, on every member that runs. */
    private void compact(final int from) throws Exception {
        for (int i = 0; i < 2; i++) {
            put(leader(), from + i * 1_000, 1_000);
            for (final StorageEngine member : members) {
                if (null != member) {
                    final SnapshotManifest manifest = member.takeSnapshot().get(60, TimeUnit.SECONDS);
                    assertTrue(manifest.index() > 0);
                }
            }
        }
    }

    private void awaitEqualDigests() {
        await(() -> {
            final long applied = members[leader()].appliedIndex();
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

    private void bringBackOneThatWasAway() throws Exception {
        launchAll();
        put(leader(), 0, 500);
        awaitEqualDigests();
        final int away = follower();
        final long held = members[away].appendedIndex();
        stop(away);
        compact(1_000);
        final int leader = leader();
        await(() -> members[leader].firstIndex() > held + 1);
        launch(away);
        put(leader(), 10_000, 100);
        awaitEqualDigests();
        assertTrue(members[away].firstIndex() > held + 1, "it got the entries from the log");
    }

    @Test
    void shouldBringBackAMemberThatNeedsReleasedEntriesOverSharedMemory() throws Exception {
        bringBackOneThatWasAway();
    }

    @Test
    void shouldBringBackAMemberThatNeedsReleasedEntriesOverUdp() throws Exception {
        ipc = false;
        bringBackOneThatWasAway();
    }
}
