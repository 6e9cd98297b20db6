package io.cairn.engine;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.MachineClient;
import io.cairn.engine.client.WriteBatch;
import io.cairn.engine.machine.RocksDbStateMachine;
import io.cairn.engine.replay.DigestList;
import io.cairn.engine.replay.LogReplay;
import io.cairn.engine.replay.LogReplayContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Logs of real nodes, replayed.
 */
final class LogReplayTest {
    @TempDir
    private Path dir;

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private EngineContext context() {
        return new EngineContext().dataDirectory(dir.resolve("data")).profile("small").set("threading.mode", "invoker");
    }

    private LogReplayContext replay() {
        return new LogReplayContext().dataDirectory(dir.resolve("data"));
    }

    /** Every file with the time it was changed and a checksum. */
    private Map<String, String> content() throws IOException {
        final Map<String, String> content = new TreeMap<>();
        try (Stream<Path> files = Files.walk(dir.resolve("data"))) {
            for (final Path file : files.toList()) {
                final CRC32C crc = new CRC32C();
                if (Files.isRegularFile(file)) {
                    crc.update(Files.readAllBytes(file));
                }
                content.put(file.toString(), Files.getLastModifiedTime(file) + " " + crc.getValue());
            }
        }
        return content;
    }

    private static void takeSnapshot(final StorageEngine engine) {
        final var taken = engine.takeSnapshot();
        while (!taken.isDone()) {
            engine.doWork();
        }
        taken.join();
    }

    private static void write(final StorageEngine engine, final long seed, final int count) {
        final SplittableRandom random = new SplittableRandom(seed);
        try (KeyValueStore store = engine.keyValueStore()) {
            for (int i = 0; i < count; i++) {
                final byte[] key = bytes("key-" + random.nextInt(50));
                switch (random.nextInt(6)) {
                    case 0 -> store.delete(key);
                    case 1 -> store.increment(bytes("count-" + random.nextInt(5)), random.nextInt(100));
                    case 2 -> store.put(key, bytes("short-lived"), Duration.ofMillis(1 + random.nextInt(20)));
                    case 3 -> store.write(new WriteBatch().put(key, bytes("a" + i)).put(bytes("other"), bytes("b" + i)));
                    default -> store.put(key, bytes("value-" + i));
                }
            }
        }
    }

    private static long digestAtTheEnd(final LogReplayContext context) {
        try (LogReplay replay = LogReplay.open(context)) {
            while (replay.next()) {
                assertTrue(replay.index() > 0);
            }
            return replay.digest();
        }
    }

    @Test
    void shouldMakeTheStateThatTheNodeMadeAndTouchNothing() throws IOException {
        final StorageEngine.Digest digest;
        try (StorageEngine engine = StorageEngine.launch(context())) {
            write(engine, 1, 400);
            takeSnapshot(engine);
            write(engine, 2, 400);
            digest = engine.digest(false);
        }
        final Map<String, String> before = content();
        try (LogReplay replay = LogReplay.open(replay().to(digest.index()))) {
            assertNull(replay.start());
            long count = 0;
            while (replay.next()) {
                count++;
            }
            assertEquals(digest.index(), count);
            assertEquals(digest.index(), replay.index());
            assertTrue(replay.commandCount() >= 800, "commands " + replay.commandCount());
            assertEquals(digest.value(), replay.digest());
            assertEquals(Long.MAX_VALUE, replay.committedIndex());
            replay.checkStillUnused();
        }
        assertEquals(digest.value(), digestAtTheEnd(replay().to(digest.index()).from(LogReplayContext.FROM_LATEST)));
        assertEquals(digest.value(), digestAtTheEnd(replay().to(digest.index()).from(digest.index())));
        assertEquals(digest.value(), digestAtTheEnd(replay().to(digest.index()).from(LogReplayContext.FROM_NOTHING)));
        assertEquals(before, content());
    }

    @Test
    void shouldReplayThroughAUsersMachineAndNoticeOneThatChanged() {
        try (StorageEngine engine = StorageEngine.launch(context().stateMachine(WordCountMachine.NAME, WordCountMachine::new));
             MachineClient client = engine.machineClient()) {
            for (int i = 0; i < 100; i++) {
                client.command(bytes("word-" + i % 7));
            }
            takeSnapshot(engine);
            for (int i = 0; i < 100; i++) {
                client.command(bytes("word-" + i % 9));
            }
        }
        final EngineException refusal = assertThrows(EngineException.class, () -> LogReplay.open(replay()));
        assertTrue(refusal.getMessage().endsWith("belongs to the state machine 'word-count', which is not built in: name its class"),
            refusal.getMessage());
        final long digest = digestAtTheEnd(replay().stateMachine(WordCountMachine::new));
        assertEquals(digest, digestAtTheEnd(replay().stateMachine(WordCountMachine::new).from(LogReplayContext.FROM_LATEST)));
        assertNotEquals(digest, digestAtTheEnd(replay().stateMachine(() -> new WordCountMachine().ignoring("word-6"))));
        final EngineException thrown = assertThrows(
            EngineException.class, () -> digestAtTheEnd(replay().stateMachine(() -> new WordCountMachine().poisonedBy("word-5"))));
        assertTrue(thrown.getMessage().matches(
            "the state machine did not apply entry \\d+: IllegalStateException: the word 'word-5' is poison"), thrown.getMessage());
        final EngineException restore = assertThrows(
            EngineException.class,
            () -> LogReplay.open(replay().stateMachine(() -> new WordCountMachine().failingToRestore()).from(LogReplayContext.FROM_LATEST)));
        assertTrue(restore.getMessage().startsWith("the state machine could not be restored from the snapshot "), restore.getMessage());
    }

    @Test
    void shouldReplayAMachineWhoseSnapshotIsACheckpointOfFiles() {
        try (StorageEngine engine = StorageEngine.launch(
            context().stateMachine(RocksDbStateMachine.NAME, () -> new RocksDbStateMachine(dir.resolve("rocks"))));
             KeyValueStore store = engine.keyValueStore()) {
            for (int i = 0; i < 50; i++) {
                store.put(bytes("key-" + i), bytes("value-" + i));
            }
        }
        try (LogReplay replay = LogReplay.open(replay().stateMachine(() -> new RocksDbStateMachine(dir.resolve("scratch"))))) {
            while (replay.next()) {
                assertTrue(replay.index() > 0);
            }
            assertEquals(replay.index(), replay.floor());
            // A database writes equal states in different bytes, but the files can be read.
            assertNotEquals(0, replay.digest());
        }
    }

    @Test
    void shouldStartFromASnapshotWhereTheLogBeginsLater() throws IOException {
        final StorageEngine.Digest digest;
        try (StorageEngine engine = StorageEngine.launch(
            context().set("wal.segment.size", "64k").set("wal.record.max", "4k").set("log.trailing.entries", "0"))) {
            for (int round = 0; round < 6; round++) {
                write(engine, 10 + round, 500);
                takeSnapshot(engine);
            }
            for (int i = 0; i < 10_000 && engine.firstIndex() == 1; i++) {
                engine.doWork();
            }
            write(engine, 20, 100);
            digest = engine.digest(false);
        }
        try (LogReplay replay = LogReplay.open(replay().to(digest.index()))) {
            assertTrue(replay.firstIndex() > 1, "first " + replay.firstIndex());
            assertTrue(replay.start().index() >= replay.firstIndex() - 1);
            while (replay.next()) {
                assertTrue(replay.index() > replay.start().index());
            }
            assertEquals(digest.value(), replay.digest());
        }
        final EngineException refusal = assertThrows(
            EngineException.class, () -> LogReplay.open(replay().from(LogReplayContext.FROM_NOTHING)));
        assertTrue(refusal.getMessage().endsWith("what lies before is in snapshots only: start from one of them"), refusal.getMessage());
        final EngineException tooLow = assertThrows(EngineException.class, () -> LogReplay.open(replay().from(1)));
        assertTrue(tooLow.getMessage().startsWith("no snapshot at or below entry 1 that the log continues"), tooLow.getMessage());
    }

    @Test
    void shouldPassOverADamagedSnapshotAndLeaveItWhereItIs() throws IOException {
        final StorageEngine.Digest digest;
        try (StorageEngine engine = StorageEngine.launch(context())) {
            write(engine, 1, 200);
            takeSnapshot(engine);
            write(engine, 2, 200);
            takeSnapshot(engine);
            digest = engine.digest(false);
        }
        final Path newest;
        try (Stream<Path> snapshots = Files.list(dir.resolve("data/snapshots"))) {
            newest = snapshots.sorted().reduce((first, second) -> second).orElseThrow();
        }
        final Path damaged = newest.resolve("pages.dat");
        final byte[] content = Files.readAllBytes(damaged);
        // In the last page that is stored: pages that are not live are zero.
        int at = content.length - 1;
        while (content[at] == 0) {
            at--;
        }
        content[at] ^= 1;
        Files.write(damaged, content);
        final Map<String, String> before = content();
        try (LogReplay replay = LogReplay.open(replay().from(LogReplayContext.FROM_LATEST).to(digest.index()))) {
            assertFalse(replay.findings().isEmpty());
            assertNotEquals(newest.getFileName().toString(), replay.start().name());
            while (replay.next()) {
                assertTrue(replay.index() > replay.start().index());
            }
            assertEquals(digest.value(), replay.digest());
        }
        assertEquals(before, content());
    }

    @Test
    void shouldRefuseTheDirectoryOfALiveNodeAndLeaveItAlive() {
        try (StorageEngine engine = StorageEngine.launch(context())) {
            write(engine, 1, 10);
            final EngineException refusal = assertThrows(EngineException.class, () -> LogReplay.open(replay()));
            assertTrue(refusal.getMessage().contains("is in use by process " + ProcessHandle.current().pid()), refusal.getMessage());
            write(engine, 2, 10);
            assertThrows(RuntimeException.class, () -> StorageEngine.launch(context()));
        }
        assertNotEquals(0, digestAtTheEnd(replay()));
    }

    @Test
    void shouldSayWhatIsKnownToBeCommittedInAMembersLog() throws IOException {
        try (Members members = new Members()) {
            Files.createDirectory(dir.resolve("cluster"));
            members.launch(dir.resolve("cluster"), true, 1);
            assertEquals(0, members.leader());
            try (KeyValueStore store = members.engine(0).keyValueStore()) {
                for (int i = 0; i < 100; i++) {
                    store.put(bytes("key-" + i), bytes("value-" + i));
                }
                members.engine(0).takeSnapshot().join();
                store.put(bytes("after"), bytes("it"));
            }
        }
        try (LogReplay replay = LogReplay.open(new LogReplayContext().dataDirectory(dir.resolve("cluster/member-0")))) {
            assertTrue(replay.isMember());
            while (replay.next()) {
                assertTrue(replay.commandCount() <= replay.index());
            }
            assertTrue(replay.committedIndex() >= 100 && replay.committedIndex() < replay.index(), "" + replay.committedIndex());
        }
    }

    @Test
    void shouldReadDigestsHoweverTheyWereWrittenDown() {
        final Map<Long, Long> expected = Map.of(7L, 0xabcL, 12L, -1L);
        assertEquals(expected, DigestList.of("machine x\nindex=7 term=2 digest=0000000000000abc\nmember=1 index=12 digest=ffffffffffffffff\n"));
        assertEquals(expected, DigestList.of("{\"digests\": [{\"index\": 7, \"term\": 2, \"digest\": \"0000000000000abc\"}], "
            + "\"digest\": {\"index\": 12, \"value\": \"ffffffffffffffff\"}}"));
        assertEquals(expected, DigestList.of("0  FOLLOWER  0000000000000abc@7\n1  ffffffffffffffff@12\n"));
        final EngineException refusal = assertThrows(EngineException.class, () -> DigestList.of(
            "index=7 digest=0000000000000abc\nindex=7 digest=0000000000000abd\n"));
        assertEquals("there are two digests of entry 7: 0000000000000abc and 0000000000000abd", refusal.getMessage());
    }
}
