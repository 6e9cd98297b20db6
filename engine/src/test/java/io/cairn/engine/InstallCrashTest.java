package io.cairn.engine;

import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.fsm.ReadView;
import io.cairn.fsm.StateDigest;
import io.cairn.wal.io.SimulatedCrash;
import io.cairn.wal.io.SimulatedStorageIo;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A member that needs a snapshot is killed, or loses power, at operations of its disk spread over the whole installation (receive, intent, publish,
 * restore, reset, go on from the log): however it went, it comes back by itself and ends with the state of the others. Three members, driven by hand
 * on one thread.
 */
final class InstallCrashTest {
    private static final int RUNS = Integer.getInteger("install.crash.runs", 25);
    private static final Path DATA = Path.of("/data");
    private static final int MEMBERS = 3;
    private static final int CYCLES_MAX = 3_000_000;
    private static final int VALUE_LENGTH = 1_024;

    private final MemoryNetwork network = new MemoryNetwork(MEMBERS);
    private final StorageEngine[] members = new StorageEngine[MEMBERS];
    private final SimulatedStorageIo[] disks = new SimulatedStorageIo[MEMBERS];
    private final SplittableRandom random = new SplittableRandom(3);
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[16]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[VALUE_LENGTH]);
    private long timeMs = 1_700_000_000_000L;
    private int answered;
    private int written;
    private boolean increments;

    @AfterEach
    void close() {
        for (int id = 0; id < MEMBERS; id++) {
            if (null != members[id]) {
                network.leave(id);
                members[id].close();
            }
        }
    }

    private void launch(final int id) {
        final ClusterContext cluster = new ClusterContext().memberId(id).transport(clusterId -> network.join(id, clusterId), random.nextLong());
        for (int member = 0; member < MEMBERS; member++) {
            cluster.member(member, "127.0.0.1:" + (20_000 + 10 * member));
        }
        members[id] = StorageEngine.launch(new EngineContext()
            .dataDirectory(DATA)
            .storageIo(disks[id])
            .handDriven(random.nextLong())
            .clocks(() -> timeMs++, () -> timeMs * 1_000_000L)
            .cluster(cluster)
            .profile("small")
            .set("threading.mode", "invoker")
            .set("durability", "group")
            .set("wal.segment.size", "64k")
            .set("wal.record.max", "4k")
            .set("wal.segments.ahead", "1")
            .set("state.page.size", "4k")
            .set("state.extent.size", "64k")
            .set("state.memory.max", "8m")
            .set("ingress.ring.size", "128k")
            .set("reply.ring.size", "128k")
            .set("client.inflight.max", "16")
            .set("snapshot.trigger.entries", "100")
            .set("snapshot.trigger.bytes", "0")
            .set("snapshot.trigger.ratio", "0")
            .set("snapshot.incremental", "false")
            .set("snapshot.rate", "0")
            .set("cluster.snapshot.rate", "0")
            .set("cluster.snapshot.increments", String.valueOf(increments))
            .set("log.trailing.entries", "0"));
    }

    /** One duty cycle of every member that is up. */
    private void cycle() {
        for (final StorageEngine member : members) {
            if (null != member) {
                member.doWork();
            }
        }
    }

    private void driveUntil(final String what, final BooleanSupplier condition) {
        for (int i = 0; !condition.getAsBoolean(); i++) {
            assertTrue(i < CYCLES_MAX, what);
            cycle();
        }
    }

    private StorageEngine leader() {
        driveUntil("nobody leads", () -> null != leading());
        return leading();
    }

    private StorageEngine leading() {
        for (final StorageEngine member : members) {
            if (null != member && member.isLeader()) {
                return member;
            }
        }
        return null;
    }

    private void put(final int count) {
        try (AsyncKeyValue client = leader().newClient()) {
            for (int i = 0; i < count; i++) {
                key.putLong(8, written % 150);
                value.putLong(0, written++);
                answered = 0;
                assertTrue(client.put(AsyncKeyValue.DEFAULT_TABLE, key, 0, 16, value, 0, VALUE_LENGTH) >= 0);
                driveUntil("no answer", () -> client.poll(this::onReply, 10) >= 0 && answered > 0);
            }
        }
    }

    private void onReply(
        final long correlationId, final int status, final long index, final DirectBuffer buffer, final int offset, final int length) {
        assertEquals(ReplyStatus.OK, status);
        answered++;
    }

    private void awaitEqualStates() {
        final StorageEngine leader = leader();
        driveUntil("a member does not catch up", () -> {
            for (final StorageEngine member : members) {
                if (null != member && member.appliedIndex() != leader.appliedIndex()) {
                    return false;
                }
            }
            return true;
        });
        final long expected = digest(leader);
        for (final StorageEngine member : members) {
            if (null != member) {
                assertEquals(expected, digest(member));
            }
        }
    }

    private static long digest(final StorageEngine member) {
        try (ReadView view = member.readView()) {
            return StateDigest.of(view, true);
        }
    }

    private static boolean isCrash(final Throwable ex) {
        for (Throwable cause = ex; null != cause; cause = cause.getCause()) {
            if (cause instanceof SimulatedCrash) {
                return true;
            }
        }
        return false;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldComeBackByItselfWhereverItIsStoppedWhileItInstalls(final boolean losesPower) {
        stopEverywhere(losesPower);
    }

    /** Receive, restore the base, change it, intent, publish, exchange, reset, go on from the log. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldComeBackByItselfWhereverItIsStoppedWhileItInstallsAnIncrement(final boolean losesPower) {
        increments = true;
        stopEverywhere(losesPower);
    }

    private void stopEverywhere(final boolean losesPower) {
        for (int id = 0; id < MEMBERS; id++) {
            disks[id] = new SimulatedStorageIo(id);
            launch(id);
        }
        put(20);
        awaitEqualStates();
        if (increments) {
            // A snapshot everywhere, of a moment behind one that every member's history has.
            put(150);
            awaitEqualStates();
        }
        final int away = leader() == members[0] ? 1 : 0;
        final long held = members[away].appendedIndex();
        members[away].close();
        members[away] = null;
        final SimulatedStorageIo before = disks[away];
        put(350);
        driveUntil("the log is not released", () -> leader().firstIndex() > held + 1);

        final long operations = install(away, before.afterProcessCrash(), Long.MAX_VALUE, losesPower);
        assertTrue(operations > 50, "the installation did not go by the disk");
        for (int run = 0; run < RUNS; run++) {
            final long at = 1 + operations * run / RUNS + random.nextInt((int)Math.max(1, operations / RUNS));
            try {
                install(away, before.afterProcessCrash(), at, losesPower);
            } catch (final Throwable ex) {
                throw new AssertionError("stopped at operation " + at + " of " + operations, ex);
            }
        }
    }

    /** The disk of the member is set back for each run: only a leader that never heard of what it held since then can be asked to take that. */
    private void forgetProgress() {
        final StorageEngine leader = leader();
        if (increments) {
            // A new term is enough, and leaves the leader its knowledge of what changed.
            final int id = leader.control().status().id();
            network.cut(id, true);
            driveUntil("a leader without followers goes on", () -> !leader.isLeader());
            network.cut(id, false);
            put(1);
            return;
        }
        for (int id = 0; id < MEMBERS; id++) {
            if (members[id] == leader) {
                leader.close();
                launch(id);
            }
        }
        put(1);
    }

    /** @return operations of the disk that it took. */
    private long install(final int id, final SimulatedStorageIo disk, final long crashAt, final boolean losesPower) {
        forgetProgress();
        disks[id] = disk;
        final long first = disk.operations();
        if (crashAt < Long.MAX_VALUE) {
            disk.losePowerAt(first + crashAt);
            boolean crashed = false;
            try {
                launch(id);
                awaitEqualStates();
            } catch (final SimulatedCrash ex) {
                crashed = true;
            } catch (final RuntimeException ex) {
                final Throwable cause = null == members[id] || null == members[id].failure() ? ex : members[id].failure();
                assertTrue(isCrash(cause), () -> "failed by itself: " + cause);
                crashed = true;
            }
            network.leave(id);
            members[id] = null;
            assertTrue(crashed || crashAt > 0);
            disks[id] = losesPower ? disk.afterPowerLoss(crashAt) : disk.afterProcessCrash();
        }
        launch(id);
        awaitEqualStates();
        assertNull(members[id].failure());
        assertNotNull(leading());
        if (increments && Long.MAX_VALUE == crashAt) {
            driveUntil("no increment was installed", () -> 0 < members[id].control().status().transfers().incrementsInstalled());
            assertEquals(0, members[id].control().status().transfers().snapshotsInstalled());
        }
        final long operations = disk.operations() - first;
        members[id].close();
        members[id] = null;
        return operations;
    }
}
