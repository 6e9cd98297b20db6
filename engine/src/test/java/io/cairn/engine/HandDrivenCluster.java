package io.cairn.engine;

import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.client.WriteBatch;
import io.cairn.engine.embedded.EmbeddedClient;
import io.cairn.engine.pipeline.MemberStatus;
import io.cairn.engine.pipeline.PendingChange;
import io.cairn.engine.raft.Proposal;
import io.cairn.fsm.StateMachine;
import io.cairn.snapshot.SnapshotManifest;
import org.agrona.DirectBuffer;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Members with real files, driven by hand on one thread and on a time of their own: what befalls a disk can be tried many times a second. They found
 * their cluster and know each other's incarnations as processes do.
 */
final class HandDrivenCluster implements AutoCloseable {
    private static final int CYCLES_MAX = 2_000_000;
    private static final int KEY_LENGTH = 16;

    private final Path dir;
    private final int founders;
    private final MemoryNetwork network;
    private final StorageEngine[] members;
    private final Random random = new Random(7);
    private final Map<String, String> settings = new TreeMap<>();
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[KEY_LENGTH]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[120]);
    private String machineName;
    private Supplier<StateMachine> machineSupplier;
    private long timeMs = 1_700_000_000_000L;
    private long looks;
    private long written;
    private int status;
    private long result;
    private boolean answered;

    /**
     * @param dir      of the members' directories.
     * @param founders members that found the cluster.
     * @param members  all that there may be.
     */
    HandDrivenCluster(final Path dir, final int founders, final int members) {
        this.dir = dir;
        this.founders = founders;
        network = new MemoryNetwork(members, true);
        this.members = new StorageEngine[members];
    }

    /** For members that are launched from now on. */
    HandDrivenCluster set(final String name, final String to) {
        settings.put(name, to);
        return this;
    }

    /** A user's machine in place of the tables. */
    HandDrivenCluster machine(final String name, final Supplier<StateMachine> supplier) {
        machineName = name;
        machineSupplier = supplier;
        return this;
    }

    Path directory(final int id) {
        return dir.resolve("member-" + id);
    }

    private static String endpoint(final int id) {
        return "127.0.0.1:" + (20_000 + 10 * id);
    }

    StorageEngine launch(final int id) {
        final ClusterContext cluster = new ClusterContext().memberId(id).bootstrap(id < founders)
            .transport(clusterId -> network.join(id, clusterId), random.nextLong());
        for (int member = 0; member < founders; member++) {
            cluster.member(member, endpoint(member));
        }
        cluster.member(id, endpoint(id));
        final EngineContext context = new EngineContext()
            .dataDirectory(directory(id))
            .handDriven(random.nextLong())
            .clocks(() -> timeMs++, this::nanoTime)
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
            .set("error.log.size", "16k")
            .set("snapshot.trigger.bytes", "0")
            .set("snapshot.trigger.ratio", "0")
            .set("snapshot.rate", "0")
            .set("log.trailing.entries", "1000000")
            .set("log.tick.interval", "100ms");
        settings.forEach(context::set);
        if (null != machineName) {
            context.stateMachine(machineName, machineSupplier);
        }
        members[id] = StorageEngine.launch(context);
        return members[id];
    }

    /** Goes on with every look, so that an engine that closes alone does not wait for ever. */
    private long nanoTime() {
        return timeMs * 1_000_000L + looks++ * 1_000L;
    }

    StorageEngine member(final int id) {
        return members[id];
    }

    /** An orderly end, or that of an engine that has failed. */
    void stop(final int id) {
        network.leave(id);
        final StorageEngine engine = members[id];
        members[id] = null;
        if (null != engine) {
            engine.close();
        }
    }

    /**
     * The end of a process that is killed: its directory is as it stands at this moment.
     *
     * @param image a path where nothing is, on the same file system.
     */
    void kill(final int id, final Path image) {
        copy(directory(id), image);
        stop(id);
        IoUtil.delete(directory(id).toFile(), false);
        try {
            Files.move(image, directory(id));
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private static void copy(final Path from, final Path to) {
        try (Stream<Path> files = Files.walk(from)) {
            for (final Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    /** One duty cycle of every member that is up. */
    void cycle() {
        for (final StorageEngine member : members) {
            if (null != member) {
                member.doWork();
            }
        }
    }

    void driveUntil(final String what, final BooleanSupplier condition) {
        for (int i = 0; !condition.getAsBoolean(); i++) {
            assertTrue(i < CYCLES_MAX, () -> "in vain: " + what + "; " + statuses());
            cycle();
        }
    }

    private String statuses() {
        final StringBuilder text = new StringBuilder();
        for (int id = 0; id < members.length; id++) {
            text.append(null == members[id] ? "" : "\n  " + status(id));
        }
        return text.toString();
    }

    MemberStatus status(final int id) {
        return members[id].control().status();
    }

    int leader() {
        driveUntil("somebody leads", () -> leading() >= 0);
        return leading();
    }

    private int leading() {
        for (int id = 0; id < members.length; id++) {
            if (null != members[id] && members[id].isLeader()) {
                return id;
            }
        }
        return -1;
    }

    /** Leadership goes to that member. */
    void lead(final int id) {
        while (leader() != id) {
            final int before = leader();
            members[before].control().handOver(id);
            driveUntil("member " + before + " hands over", () -> leading() >= 0 && leading() != before);
        }
    }

    private void reply(
        final long correlationId, final int replyStatus, final long index, final DirectBuffer buffer, final int offset, final int length) {
        status = replyStatus;
        result = length >= Long.BYTES ? buffer.getLong(offset) : index;
        answered = true;
    }

    private int await(final AsyncKeyValue client, final long correlationId) {
        assertTrue(correlationId >= 0, () -> ReplyStatus.name((int)correlationId));
        answered = false;
        driveUntil("an answer", () -> client.poll(this::reply, 10) >= 0 && answered);
        return status;
    }

    /** Acknowledged, each of them. */
    void put(final int count) {
        try (AsyncKeyValue client = members[leader()].newClient()) {
            for (int i = 0; i < count; i++) {
                key.putLong(8, written);
                value.putLong(0, written++);
                assertEquals(
                    ReplyStatus.OK, await(client, client.put(AsyncKeyValue.DEFAULT_TABLE, key, 0, KEY_LENGTH, value, 0, value.capacity())));
            }
        }
    }

    /** Of a user's machine; acknowledged. */
    void command(final byte[] command) {
        try (AsyncKeyValue client = members[leader()].newClient()) {
            assertEquals(ReplyStatus.OK, await(client, client.command(new UnsafeBuffer(command), 0, command.length)));
        }
    }

    /** @return what a user's machine says, eight bytes of it. */
    long query(final int id, final byte[] query) {
        try (AsyncKeyValue client = members[id].newClient()) {
            assertEquals(ReplyStatus.OK, await(client, client.query(new UnsafeBuffer(query), 0, query.length)));
            return result;
        }
    }

    /** That member writes one, of all that it has applied. */
    SnapshotManifest takeSnapshot(final int id) {
        final CompletableFuture<SnapshotManifest> taken = members[id].takeSnapshot();
        driveUntil("member " + id + " has a snapshot", taken::isDone);
        return taken.join();
    }

    void putBatch() {
        try (AsyncKeyValue client = members[leader()].newClient()) {
            final WriteBatch batch = new WriteBatch();
            for (int i = 0; i < 3; i++) {
                key.putLong(8, written++);
                batch.put(key.byteArray().clone(), new byte[11]);
            }
            assertEquals(ReplyStatus.OK, await(client, client.write(batch)));
        }
    }

    /** @return the session. */
    long openSession(final String name) {
        try (EmbeddedClient client = (EmbeddedClient)members[leader()].newClient()) {
            assertTrue(await(client, client.openSession(60_000, 4, name.getBytes(StandardCharsets.US_ASCII))) >= 0);
            return result;
        }
    }

    void closeSession(final long sessionId) {
        try (EmbeddedClient client = (EmbeddedClient)members[leader()].newClient()) {
            assertTrue(await(client, client.closeSession(sessionId)) >= 0);
        }
    }

    void change(final int action, final int id) {
        final int[] verdict = {Integer.MIN_VALUE};
        final String place = members.length > id && 0 == (status(leader()).configuration().membership().members() & 1L << id) ? endpoint(id) : "";
        members[leader()].control().change(new PendingChange(List.of(new PendingChange.Edit(action, id, place)), false, (text, code) ->
            verdict[0] = code));
        driveUntil("the change of member " + id + " is taken", () -> Integer.MIN_VALUE != verdict[0]);
        assertEquals(Proposal.ACCEPTED, verdict[0]);
        driveUntil("the change of member " + id + " is done", () -> {
            final var membership = status(leader()).configuration().membership();
            return !membership.isJoint() && !membership.isStaging() && status(leader()).commitIndex() == status(leader()).lastIndex();
        });
    }

    /** Everybody who is up has applied all that the leader has, and has the same state: of what is logged meanwhile, as well. */
    void awaitEqualStates() {
        final Set<StorageEngine.Digest> digests = new HashSet<>();
        driveUntil("members apply the same", () -> {
            digests.clear();
            final long applied = members[leader()].appliedIndex();
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

    /** @return keys that were acknowledged. */
    long written() {
        return written;
    }

    @Override
    public void close() {
        for (int id = 0; id < members.length; id++) {
            stop(id);
        }
    }
}
