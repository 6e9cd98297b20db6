package io.cairn.engine;

import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.MachineClient;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.status.CountersView;
import io.cairn.engine.status.EngineCounter;
import io.cairn.fsm.Reply;
import io.cairn.snapshot.SnapshotManifest;
import org.agrona.DirectBuffer;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
    private final WordCountMachine[] machines = new WordCountMachine[MEMBERS];
    private boolean ipc = true;
    private boolean countsWords;
    private boolean increments;
    private String rate = "0";

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

    private void launchAll() {
        prepare();
        for (int id = 0; id < MEMBERS; id++) {
            launch(id);
        }
    }

    private void prepare() {
        if (ipc) {
            driver = MediaDriver.launch(new MediaDriver.Context()
                .aeronDirectoryName(dir.resolve("aeron").toString())
                .threadingMode(ThreadingMode.SHARED)
                .asyncExecutorEnabled(false)
                .clientLivenessTimeoutNs(60_000_000_000L)
                .publicationUnblockTimeoutNs(120_000_000_000L)
                .dirDeleteOnShutdown(true));
        }
        final int port = Members.freePorts(10 * MEMBERS);
        for (int id = 0; id < MEMBERS; id++) {
            endpoints[id] = "127.0.0.1:" + (port + 10 * id);
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
        final EngineContext context = new EngineContext();
        if (countsWords) {
            context.stateMachine(WordCountMachine.NAME, () -> {
                machines[id] = new WordCountMachine();
                return machines[id];
            });
        }
        members[id] = StorageEngine.launch(context
            .dataDirectory(dir.resolve("member-" + id))
            .profile("small")
            .failureHandler(Throwable::printStackTrace)
            .set("durability", "os")
            .set("wal.segment.size", "64k")
            .set("wal.record.max", "4k")
            .set("log.trailing.entries", "0")
            .set("snapshot.trigger.ratio", "0")
            .set("snapshot.incremental", "false")
            .set("cluster.snapshot.rate", rate)
            .set("cluster.snapshot.increments", String.valueOf(increments))
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

    private Path snapshots(final int id) {
        return dir.resolve("member-" + id).resolve("snapshots");
    }

    /** Is a snapshot being received? */
    private boolean isReceiving(final int id) {
        final String[] names = snapshots(id).toFile().list((directory, name) -> name.endsWith(".tmp"));
        return null != names && names.length > 0;
    }

    private int bringAwayBehindTheLog() throws Exception {
        launchAll();
        put(leader(), 0, 500);
        awaitEqualDigests();
        final int away = follower();
        final long held = members[away].appendedIndex();
        stop(away);
        compact(1_000);
        awaitReleasedBehind(held + 1);
        return away;
    }

    /** By all that run: any of them may lead when the one that is away comes back. */
    private void awaitReleasedBehind(final long index) {
        await(() -> Arrays.stream(members).allMatch(member -> null == member || member.firstIndex() > index));
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

    /** A busy machine may change its leader in between: then the same is put again, through who leads now. */
    private void put(final int leader, final int from, final int count) {
        int asked = leader;
        while (!isPut(asked, from, count)) {
            asked = leader();
        }
    }

    private boolean isPut(final int leader, final int from, final int count) {
        statuses.clear();
        try (AsyncKeyValue client = members[leader].newClient()) {
            for (int i = 0; i < count; i++) {
                key.putLong(8, from + i, ByteOrder.BIG_ENDIAN);
                value.putLong(0, from + i);
                while (client.put(AsyncKeyValue.DEFAULT_TABLE, key, 0, 16, value, 0, VALUE_LENGTH) < 0) {
                    client.poll(this::onReply, 100);
                    assertNull(members[leader].failure(), "the leader failed");
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

    /** What is logged unasked, a change of members for instance, may come in between: then they are looked at again. */
    private void awaitEqualDigests() {
        final Set<StorageEngine.Digest> digests = new HashSet<>();
        await(() -> {
            final long applied = members[leader()].appliedIndex();
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

    private void bringBackOneThatWasAway() throws Exception {
        final int away = bringAwayBehindTheLog();
        launch(away);
        try (ChangeStream changes = members[away].subscribe(1)) {
            put(leader(), 10_000, 100);
            awaitEqualDigests();
            assertTrue(members[away].firstIndex() > 1_000, "it got the entries from the log");
            assertEquals(ChangeStream.COMPACTED, changes.poll((index, term, timestampMs, command, offset, length) -> { }, 10));
        }
        // Restored again from what it now has by itself, and another time from what it then writes by itself.
        for (int i = 0; i < 2; i++) {
            put(leader(), 20_000 + i, 1);
            awaitEqualDigests();
            assertTrue(members[away].takeSnapshot().get(60, TimeUnit.SECONDS).index() > 0);
            stop(away);
            launch(away);
        }
        awaitEqualDigests();
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

    private long counter(final int id, final EngineCounter counter) {
        try (CountersView view = CountersView.open(dir.resolve("member-" + id).resolve("counters.dat"))) {
            return view.samples().stream().filter(sample -> counter == sample.counter()).findFirst().orElseThrow().value();
        }
    }

    /** Of all members: whoever leads sends. */
    private long sum(final EngineCounter counter) {
        return IntStream.range(0, MEMBERS).mapToLong(id -> counter(id, counter)).sum();
    }

    @Test
    void shouldSendNoSnapshotAfterAShortAbsence() throws Exception {
        launchAll();
        compact(0);
        awaitEqualDigests();
        final int away = follower();
        stop(away);
        put(leader(), 5_000, 500);
        launch(away);
        put(leader(), 6_000, 10);
        awaitEqualDigests();
        stop(away);
        for (int id = 0; id < MEMBERS; id++) {
            assertEquals(0, counter(id, EngineCounter.SNAPSHOT_SENT_BYTES));
            assertEquals(0, counter(id, EngineCounter.SNAPSHOTS_INSTALLED));
        }
    }

    @Test
    void shouldCountWhatItSendsAndReceives() throws Exception {
        final int away = bringAwayBehindTheLog();
        launch(away);
        put(leader(), 10_000, 10);
        awaitEqualDigests();
        await(() -> 1 == sum(EngineCounter.SNAPSHOTS_SENT) && 1 == counter(away, EngineCounter.SNAPSHOTS_INSTALLED));
        final long received = counter(away, EngineCounter.SNAPSHOT_RECEIVED_BYTES);
        assertTrue(received > 1_000 * VALUE_LENGTH, () -> "received " + received);
        assertTrue(sum(EngineCounter.SNAPSHOT_SENT_BYTES) >= received);
        assertEquals(0, counter(away, EngineCounter.TRANSFER_DROPPED));
    }

    @Test
    void shouldRefuseToTakeASnapshotBeforeAnythingWasApplied() throws Exception {
        prepare();
        launch(0);
        final ExecutionException refused =
            assertThrows(ExecutionException.class, () -> members[0].takeSnapshot().get(60, TimeUnit.SECONDS));
        assertTrue(refused.getCause().getMessage().contains("no entry was applied here yet"), refused::toString);
    }

    private void takeSnapshots() throws Exception {
        for (final StorageEngine member : members) {
            if (null != member) {
                assertTrue(member.takeSnapshot().get(60, TimeUnit.SECONDS).index() > 0);
            }
        }
    }

    /** Away behind the log, while a fortieth of the state was changed again and again. */
    private int bringAwayWhileLittleChanges() throws Exception {
        increments = true;
        launchAll();
        put(leader(), 0, 20_000);
        awaitEqualDigests();
        takeSnapshots();
        final int away = follower();
        final long held = members[away].appendedIndex();
        stop(away);
        for (int i = 0; i < 4; i++) {
            put(leader(), 7_000, 500);
            takeSnapshots();
        }
        awaitReleasedBehind(held + 1);
        return away;
    }

    private void assertReceivedAnIncrement(final int away) {
        await(() -> 1 == counter(away, EngineCounter.INCREMENTS_INSTALLED));
        assertEquals(0, counter(away, EngineCounter.SNAPSHOTS_INSTALLED));
        assertEquals(0, counter(away, EngineCounter.SNAPSHOT_RECEIVED_BYTES));
        final long received = counter(away, EngineCounter.INCREMENT_RECEIVED_BYTES);
        assertTrue(received > 500 * VALUE_LENGTH && received < 1_500 * VALUE_LENGTH, () -> "received " + received);
    }

    @Test
    void shouldSendOnlyWhatChangedAfterALongAbsence() throws Exception {
        final int away = bringAwayWhileLittleChanges();
        launch(away);
        put(leader(), 7_000, 10);
        awaitEqualDigests();
        assertReceivedAnIncrement(away);
        await(() -> 1 == sum(EngineCounter.INCREMENTS_SENT));
        assertEquals(0, sum(EngineCounter.SNAPSHOT_SENT_BYTES));
        assertTrue(sum(EngineCounter.INCREMENT_SENT_BYTES) >= counter(away, EngineCounter.INCREMENT_RECEIVED_BYTES));
        // It stands on what it wrote itself, and goes on from there.
        stop(away);
        launch(away);
        put(leader(), 30_000, 10);
        awaitEqualDigests();
    }

    /** Of a leader that was started anew nobody knows what changed behind a state before its own newest snapshot. */
    @Test
    void shouldSendTheWholeWhenTheLeaderDoesNotKnowWhatChanged() throws Exception {
        final int away = bringAwayWhileLittleChanges();
        for (int id = 0; id < MEMBERS; id++) {
            if (id != away) {
                stop(id);
            }
        }
        for (int id = 0; id < MEMBERS; id++) {
            launch(id);
        }
        put(leader(), 7_000, 10);
        awaitEqualDigests();
        await(() -> 1 == counter(away, EngineCounter.SNAPSHOTS_INSTALLED));
        assertEquals(0, counter(away, EngineCounter.INCREMENT_RECEIVED_BYTES));
        assertTrue(counter(away, EngineCounter.SNAPSHOT_RECEIVED_BYTES) > 20_000 * VALUE_LENGTH);
    }

    /** The log that is there goes on from the snapshot that comes: nothing of it is discarded. */
    @Test
    void shouldKeepItsLogWhenOnlyItsSnapshotsAreDamaged() throws Exception {
        launchAll();
        compact(0);
        final int damaged = follower();
        await(() -> members[damaged].firstIndex() > 1);
        put(leader(), 5_000, 10);
        awaitEqualDigests();
        final long first = members[damaged].firstIndex();
        stop(damaged);
        for (final File snapshot : Objects.requireNonNull(snapshots(damaged).toFile().listFiles())) {
            final Path pages = snapshot.toPath().resolve("pages.dat");
            final byte[] bytes = Files.readAllBytes(pages);
            for (int i = 100; i < bytes.length; i += 4_096) {
                bytes[i] ^= 1;
            }
            Files.write(pages, bytes);
        }
        launch(damaged);
        assertTrue(members[damaged].warnings().stream().anyMatch(warning -> warning.contains("asked of the other members")));
        put(leader(), 6_000, 10);
        awaitEqualDigests();
        assertEquals(first, members[damaged].firstIndex(), "the log was discarded");
    }

    @Test
    void shouldBringBackAMemberThatLostItsDiskWhenTheLogIsGone() throws Exception {
        final int away = bringAwayBehindTheLog();
        IoUtil.delete(dir.resolve("member-" + away).toFile(), false);
        launch(away);
        put(leader(), 5_000, 10);
        awaitEqualDigests();
        assertTrue(members[away].firstIndex() > 1_000, "it got the entries from the log");
    }

    @Test
    void shouldGoOnWhenTheReceiverIsStoppedInTheMiddle() throws Exception {
        rate = "256k";
        final int away = bringAwayBehindTheLog();
        launch(away);
        await(() -> isReceiving(away));
        stop(away);
        launch(away);
        put(leader(), 10_000, 10);
        awaitEqualDigests();
    }

    @Test
    void shouldGetItFromAnotherLeaderWhenTheFirstGoesInTheMiddle() throws Exception {
        rate = "256k";
        final int away = bringAwayBehindTheLog();
        launch(away);
        await(() -> isReceiving(away));
        final int gone = leader();
        stop(gone);
        launch(gone);
        put(leader(), 10_000, 10);
        awaitEqualDigests();
    }

    @Test
    void shouldExchangeAMachineThatBringsItsOwnState() throws Exception {
        countsWords = true;
        launchAll();
        count(50);
        awaitEqualDigests();
        final int away = follower();
        final WordCountMachine before = machines[away];
        stop(away);
        for (int i = 0; i < 2; i++) {
            count(1_000);
            for (final StorageEngine member : members) {
                if (null != member) {
                    assertTrue(member.takeSnapshot().get(60, TimeUnit.SECONDS).index() > 0);
                }
            }
        }
        awaitReleasedBehind(100);
        launch(away);
        final WordCountMachine started = machines[away];
        count(5);
        awaitEqualDigests();
        assertTrue(before.isClosed());
        await(started::isClosed);
        assertFalse(machines[away].isClosed());
        stop(away);
        final Reply reply = new Reply().wrap(new UnsafeBuffer(new byte[64]), 0, 64);
        final byte[] word = "word".getBytes(StandardCharsets.UTF_8);
        machines[away].query(new UnsafeBuffer(word), 0, word.length, 0, reply);
        assertEquals(2_055, reply.buffer().getLong(reply.offset()));
    }

    /** Through a client that finds whoever leads: each word is counted once, also where the leader changes in between. */
    private void count(final int words) {
        final CairnClientContext context = new CairnClientContext().sharedMemory(dir.resolve("aeron"), 0, 1, 2).timeout(Duration.ofMinutes(1));
        try (CairnClient cluster = CairnClient.connect(context); MachineClient client = cluster.machineClient()) {
            final byte[] word = "word".getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < words; i++) {
                client.command(word);
            }
        }
    }
}
