package io.cairn.engine;

import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.fsm.ApplyStatus;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.wal.WalException;
import io.cairn.wal.io.FaultPlan;
import io.cairn.wal.io.SimulatedOperation;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.io.StorageException;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The whole engine over a simulated disk that is full, fails to force, or rots: what goes on, what stops, and what is said.
 */
final class EngineFaultTest {
    private static final Path DATA = Path.of("/data");
    private static final int VALUE_LENGTH = 1_000;

    private final long[] timeMs = {1_700_000_000_000L};
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[8]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[VALUE_LENGTH]);
    private SimulatedStorageIo disk = new SimulatedStorageIo(1);
    private int replyStatus;
    private long replyNumber;

    private EngineContext context(final String durability) {
        return new EngineContext()
            .dataDirectory(DATA)
            .storageIo(disk)
            .handDriven(7)
            .clocks(() -> timeMs[0]++, () -> timeMs[0] * 1_000_000L)
            .profile("small")
            .set("threading.mode", "invoker")
            .set("durability", durability)
            .set("wal.segment.size", "64k")
            .set("wal.record.max", "4k")
            .set("wal.segments.ahead", "1")
            .set("state.page.size", "512")
            .set("state.extent.size", "64k")
            .set("state.memory.max", "16m")
            .set("ingress.ring.size", "128k")
            .set("reply.ring.size", "128k")
            .set("client.inflight.max", "16")
            .set("snapshot.trigger.bytes", "0")
            .set("snapshot.trigger.ratio", "0")
            .set("snapshot.rate", "0")
            .set("log.trailing.entries", "0");
    }

    private int put(final AsyncKeyValue client, final long number) {
        key.putLong(0, number);
        value.putLong(0, number);
        return call(client, client.put(0, key, 0, 8, value, 0, VALUE_LENGTH));
    }

    private int get(final AsyncKeyValue client, final long number) {
        key.putLong(0, number);
        return call(client, client.get(0, key, 0, 8));
    }

    private int call(final AsyncKeyValue client, final long correlationId) {
        if (correlationId < 0) {
            return (int)correlationId;
        }
        int cycles = 0;
        while (0 == client.poll(this::onReply, 1)) {
            assertTrue(++cycles < 1_000_000, "no answer");
        }
        return replyStatus;
    }

    private void onReply(
        final long correlationId, final int status, final long index, final DirectBuffer buffer, final int offset, final int length) {
        replyStatus = status;
        replyNumber = length > 8 ? buffer.getLong(offset + 1) : -1;
    }

    private static SnapshotManifest takeSnapshot(final StorageEngine engine) {
        final CompletableFuture<SnapshotManifest> future = engine.takeSnapshot();
        for (int i = 0; i < 1_000_000 && !future.isDone(); i++) {
            engine.doWork();
        }
        return future.join();
    }

    @ParameterizedTest
    @ValueSource(strings = {"os", "group", "interval"})
    void shouldRefuseWritesAndServeReadsWhileTheDiskIsFullAndGoOnAfterwards(final String durability) {
        long acknowledged = 0;
        try (StorageEngine engine = StorageEngine.launch(context(durability)); AsyncKeyValue client = engine.newClient()) {
            put(client, 0);
            disk.capacityBytes(usedBytes());
            int status = ReplyStatus.OK;
            while (ReplyStatus.OK == status) {
                status = put(client, acknowledged);
                acknowledged += ReplyStatus.OK == status ? 1 : 0;
                assertTrue(acknowledged < 10_000, "the disk was never full");
            }
            assertEquals(ReplyStatus.NO_SPACE, status);
            assertEquals(ReplyStatus.NO_SPACE, put(client, acknowledged));
            for (long number = 0; number < acknowledged; number++) {
                assertEquals(ReplyStatus.OK, get(client, number));
                assertEquals(number, replyNumber);
            }
            assertTrue(engine.isServing());
        }
        disk.capacityBytes(1L << 40);
        try (StorageEngine engine = StorageEngine.launch(context(durability)); AsyncKeyValue client = engine.newClient()) {
            for (long number = 0; number < acknowledged; number++) {
                assertEquals(ReplyStatus.OK, get(client, number));
                assertEquals(number, replyNumber);
            }
            for (int i = 0; i < 200; i++) {
                assertEquals(ReplyStatus.OK, put(client, acknowledged + i));
            }
            assertEquals(ReplyStatus.OK, get(client, acknowledged + 199));
        }
    }

    private long usedBytes() {
        return disk.files().stream().mapToLong(disk::sizeOf).sum();
    }

    private static boolean isForce(final SimulatedOperation operation) {
        return SimulatedOperation.FORCE == operation || SimulatedOperation.FORCE_RANGE == operation;
    }

    @ParameterizedTest
    @ValueSource(strings = {"os", "group", "interval"})
    void shouldStopAtTheFirstForceThatFailsAndLoseNothingThatWasForced(final String durability) {
        final AtomicBoolean told = new AtomicBoolean();
        final AtomicBoolean fails = new AtomicBoolean();
        final FaultPlan plan = (number, operation, path) ->
            fails.get() && isForce(operation) && path.startsWith(DATA.resolve("wal")) ? StorageException.Kind.IO : null;
        long acknowledged = 0;
        final StorageEngine engine = StorageEngine.launch(context(durability).failureHandler(cause -> told.set(true)));
        final AsyncKeyValue client = engine.newClient();
        for (int i = 0; i < 20; i++) {
            assertEquals(ReplyStatus.OK, put(client, acknowledged++));
        }
        final long sure = acknowledged;
        disk.faults(plan);
        fails.set(true);
        int status = ReplyStatus.OK;
        while (ReplyStatus.OK == status) {
            status = put(client, acknowledged);
            acknowledged += ReplyStatus.OK == status ? 1 : 0;
            assertTrue(acknowledged < 100_000, "no force was ever tried");
        }
        assertTrue(ReplyStatus.UNKNOWN == status || ReplyStatus.CLOSED == status, ReplyStatus.name(status));
        assertTrue(told.get());
        assertFalse(engine.isServing());
        assertTrue(engine.failure() instanceof WalException, () -> "stopped by " + engine.failure());
        assertEquals(ReplyStatus.CLOSED, put(client, acknowledged));
        client.close();
        fails.set(false);
        engine.close();
        // The page cache calls the lost pages clean: only what the disk holds counts.
        disk = disk.afterPowerLoss(3);
        try (StorageEngine again = StorageEngine.launch(context(durability)); AsyncKeyValue reader = again.newClient()) {
            for (long number = 0; "group".equals(durability) && number < sure; number++) {
                assertEquals(ReplyStatus.OK, get(reader, number));
                assertEquals(number, replyNumber);
            }
            assertEquals(ReplyStatus.OK, put(reader, acknowledged));
        }
    }

    @Test
    void shouldGoOnWhenASnapshotFailsCountItAndTryAgain() {
        final AtomicBoolean fails = new AtomicBoolean(true);
        disk.faults((number, operation, path) ->
            fails.get() && SimulatedOperation.WRITE == operation && path.toString().contains("/snapshots/") ? StorageException.Kind.NO_SPACE : null);
        try (StorageEngine engine = StorageEngine.launch(context("group").set("snapshot.trigger.entries", "100"));
             AsyncKeyValue client = engine.newClient()) {
            for (int i = 0; i < 300; i++) {
                assertEquals(ReplyStatus.OK, put(client, i));
            }
            assertTrue(engine.errorCount() > 0, "no snapshot was tried");
            assertTrue(engine.isServing());
            final CompletionException failure = assertThrows(CompletionException.class, () -> takeSnapshot(engine));
            assertTrue(failure.getCause().getMessage().contains("snapshots"), failure.getCause().getMessage());
            try (ChangeStream stream = engine.subscribe(1)) {
                assertTrue(stream.poll((index, term, ts, b, o, l) -> { }, 10) > 0, "the log must be kept while no snapshot covers it");
            }
            fails.set(false);
            final long errors = engine.errorCount();
            assertTrue(takeSnapshot(engine).index() > 300);
            assertEquals(errors, engine.errorCount());
        }
    }

    @Test
    void shouldFallBackToTheSnapshotBeforeWhenTheNewestIsDamaged() {
        final String newest;
        final long digest;
        try (StorageEngine engine = StorageEngine.launch(context("group").set("snapshot.incremental", "false"));
             AsyncKeyValue client = engine.newClient()) {
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 200; i++) {
                    put(client, round * 150 + i);
                }
                takeSnapshot(engine);
            }
            newest = takeSnapshot(engine).name();
            put(client, 9_999);
            digest = engine.digest(false).value();
        }
        final Path file = disk.files().stream()
            .filter(path -> path.toString().contains("/" + newest + "/") && !path.toString().endsWith("manifest"))
            .findFirst().orElseThrow();
        final int at = (int)(disk.sizeOf(file) / 2);
        disk.damage(file, at, (byte)(disk.byteAt(file, at) ^ 0x10));
        try (StorageEngine engine = StorageEngine.launch(context("group").set("snapshot.incremental", "false"));
             AsyncKeyValue client = engine.newClient()) {
            assertEquals(digest, engine.digest(false).value());
            assertEquals(ReplyStatus.OK, get(client, 9_999));
            assertTrue(engine.warnings().stream().anyMatch(warning -> warning.contains(newest)), () -> "warnings: " + engine.warnings());
        }
    }

    /** What a whole snapshot includes need not be read from the log any more: damage there is told, and never keeps the node from starting. */
    @Test
    void shouldStartWhenTheLogIsDamagedBehindAWholeSnapshot() {
        final long digest;
        try (StorageEngine engine = StorageEngine.launch(context("group").set("snapshot.incremental", "false"));
             AsyncKeyValue client = engine.newClient()) {
            for (int i = 0; i < 400; i++) {
                put(client, i);
            }
            takeSnapshot(engine);
            put(client, 9_999);
            digest = engine.digest(false).value();
        }
        final Path first = disk.files().stream()
            .filter(path -> path.toString().endsWith(".wal") && !path.toString().contains("spare"))
            .sorted().findFirst().orElseThrow();
        disk.damage(first, 20, (byte)(disk.byteAt(first, 20) ^ 0x10));
        try (StorageEngine engine = StorageEngine.launch(context("group").set("snapshot.incremental", "false"));
             AsyncKeyValue client = engine.newClient()) {
            assertEquals(digest, engine.digest(false).value());
            assertEquals(ReplyStatus.OK, get(client, 9_999));
            assertTrue(
                engine.warnings().stream().anyMatch(warning -> warning.contains(first.getFileName().toString())),
                () -> "warnings: " + engine.warnings());
            assertEquals(ReplyStatus.OK, put(client, 10_000));
        }
    }

    @Test
    void shouldRefuseToStartWhenTheLogIsDamagedAndNoSnapshotCoversIt() {
        try (StorageEngine engine = StorageEngine.launch(context("group"));
             AsyncKeyValue client = engine.newClient()) {
            for (int i = 0; i < 400; i++) {
                put(client, i);
            }
        }
        final Path first = disk.files().stream()
            .filter(path -> path.toString().endsWith(".wal") && !path.toString().contains("spare"))
            .sorted().findFirst().orElseThrow();
        disk.damage(first, 20, (byte)(disk.byteAt(first, 20) ^ 0x10));
        final WalException refusal = assertThrows(WalException.class, () -> StorageEngine.launch(context("group")));
        assertTrue(refusal.getMessage().contains(first.getFileName().toString()), refusal.getMessage());
        assertEquals(0, disk.openHandles(), "a refused start leaves nothing open");
    }

    @Test
    void shouldRefuseToStartOverAGapAndSayWhatIsMissing() {
        try (StorageEngine engine = StorageEngine.launch(context("group").set("snapshot.incremental", "false"));
             AsyncKeyValue client = engine.newClient()) {
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 200; i++) {
                    put(client, i);
                }
                takeSnapshot(engine);
            }
            for (int i = 0; i < 10_000; i++) {
                engine.doWork();
            }
        }
        disk.files().stream()
            .filter(path -> path.toString().contains("/snapshots/"))
            .forEach(path -> disk.damage(path, 16, (byte)(disk.byteAt(path, 16) ^ 0x10)));
        final EngineException refusal = assertThrows(EngineException.class, () -> StorageEngine.launch(context("group")));
        assertTrue(refusal.getMessage().startsWith("the log starts at entry "), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("bring back"), refusal.getMessage());
        assertFalse(refusal.getMessage().contains("\n"), refusal.getMessage());
        assertEquals(0, disk.openHandles(), "a refused start leaves nothing open");
    }

    @Test
    void shouldAnswerEveryRequestWithinTheWindowWhenTheReplyRingIsFull() {
        final int[] answers = new int[1];
        final int[] pressed = new int[1];
        try (StorageEngine engine = StorageEngine.launch(context("os").set("reply.ring.size", "64k").set("client.inflight.max", "128"));
             AsyncKeyValue client = engine.newClient()) {
            assertEquals(ReplyStatus.OK, put(client, 1));
            final int requests = 128;
            for (int i = 0; i < requests; i++) {
                key.putLong(0, 1);
                assertTrue(client.get(0, key, 0, 8) >= 0, "the window has room");
            }
            assertEquals(ReplyStatus.BACK_PRESSURED, client.get(0, key, 0, 8));
            for (int i = 0; i < 10_000; i++) {
                engine.doWork();
            }
            assertEquals(requests, client.inFlight());
            while (client.inFlight() > 0) {
                client.poll((id, status, index, buffer, offset, length) -> {
                    answers[0]++;
                    pressed[0] += ReplyStatus.BACK_PRESSURED == status ? 1 : 0;
                    assertTrue(ReplyStatus.BACK_PRESSURED == status || ReplyStatus.OK == status && VALUE_LENGTH < length);
                }, 16);
            }
            assertEquals(requests, answers[0], "each request is answered once");
            assertTrue(pressed[0] > 0 && pressed[0] < requests, "some bodies fit and some did not: " + pressed[0]);
            assertEquals(ReplyStatus.OK, get(client, 1));
        }
    }

    @Test
    void shouldPushBackWhenTheIngressRingIsFull() {
        try (StorageEngine engine = StorageEngine.launch(context("os").set("client.inflight.max", "256"));
             AsyncKeyValue client = engine.newClient()) {
            int taken = 0;
            long last = 0;
            while (last >= 0) {
                key.putLong(0, taken);
                last = client.put(0, key, 0, 8, value, 0, VALUE_LENGTH);
                taken += last >= 0 ? 1 : 0;
            }
            assertEquals(ReplyStatus.BACK_PRESSURED, last);
            assertTrue(taken > 100 && taken < 256, "the ring of 128k is full before the window: " + taken);
            assertEquals(taken, client.inFlight());
            while (client.inFlight() > 0) {
                client.poll(this::onReply, 16);
                assertEquals(ApplyStatus.OK, replyStatus);
            }
            assertEquals(ReplyStatus.OK, get(client, taken - 1));
            assertEquals(ApplyStatus.NOT_FOUND, get(client, taken));
        }
    }
}
