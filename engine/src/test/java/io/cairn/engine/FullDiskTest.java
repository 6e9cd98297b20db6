package io.cairn.engine;

import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.wal.io.SimulatedStorageIo;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.Random;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The disk of a leader fills up: another leads, clients are sent there, and the member goes on by itself once there is room.
 */
final class FullDiskTest {
    private static final Path DATA = Path.of("/data");
    private static final int MEMBERS = 3;
    private static final int VALUE_LENGTH = 1_000;
    private static final int CYCLES_MAX = 400_000;

    private final Random random = new Random(11);
    private final MemoryNetwork network = new MemoryNetwork(MEMBERS);
    private final SimulatedStorageIo[] disks = new SimulatedStorageIo[MEMBERS];
    private final StorageEngine[] members = new StorageEngine[MEMBERS];
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[16]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[VALUE_LENGTH]);
    private long timeMs = 1_700_000_000_000L;
    private int status;
    private boolean answered;

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
        disks[id] = new SimulatedStorageIo(id);
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
            .set("snapshot.trigger.bytes", "0")
            .set("snapshot.trigger.ratio", "0")
            .set("snapshot.rate", "0"));
    }

    private void driveUntil(final String what, final BooleanSupplier condition) {
        for (int i = 0; !condition.getAsBoolean(); i++) {
            assertTrue(i < CYCLES_MAX, what);
            for (final StorageEngine member : members) {
                member.doWork();
            }
        }
    }

    private int leader() {
        driveUntil("nobody leads", () -> leading() >= 0);
        return leading();
    }

    private int leading() {
        for (int id = 0; id < MEMBERS; id++) {
            if (members[id].isLeader()) {
                return id;
            }
        }
        return -1;
    }

    private int put(final int member, final long number) {
        try (AsyncKeyValue client = members[member].newClient()) {
            key.putLong(8, number % 50);
            value.putLong(0, number);
            answered = false;
            assertTrue(client.put(AsyncKeyValue.DEFAULT_TABLE, key, 0, 16, value, 0, VALUE_LENGTH) >= 0);
            driveUntil("no answer", () -> client.poll(this::onReply, 10) >= 0 && answered);
            return status;
        }
    }

    private void onReply(
        final long correlationId, final int replyStatus, final long index, final DirectBuffer buffer, final int offset, final int length) {
        status = replyStatus;
        answered = true;
    }

    private static long usedBytes(final SimulatedStorageIo disk) {
        return disk.files().stream().mapToLong(disk::sizeOf).sum();
    }

    @Test
    void shouldLeadNoMoreWhenItsDiskIsFullAndGoOnOnceThereIsRoom() {
        for (int id = 0; id < MEMBERS; id++) {
            launch(id);
        }
        final int full = leader();
        assertEquals(ReplyStatus.OK, put(full, 0));
        disks[full].capacityBytes(usedBytes(disks[full]));
        int answer = ReplyStatus.OK;
        long number = 1;
        while (ReplyStatus.OK == answer) {
            answer = put(full, number++);
            assertTrue(number < 1_000, "the disk was never full");
        }
        assertEquals(ReplyStatus.NOT_LEADER, answer, "whoever asks is sent on");
        driveUntil("nobody else leads", () -> leading() >= 0 && leading() != full);
        for (int i = 0; i < 300; i++) {
            assertEquals(ReplyStatus.OK, put(leader(), number++));
        }
        assertNotEquals(full, leader());
        final long written = members[leader()].appliedIndex();
        assertTrue(members[full].appliedIndex() < written, "the full one took everything");
        disks[full].capacityBytes(1L << 40);
        driveUntil("the full one does not catch up", () -> members[full].appliedIndex() >= written);
        assertTrue(members[full].isServing());
    }
}
