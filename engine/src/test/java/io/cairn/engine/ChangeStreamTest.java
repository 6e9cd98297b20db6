package io.cairn.engine;

import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.embedded.EmbeddedClient;
import io.cairn.fsm.KeyValueCommands;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.collections.MutableLong;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class ChangeStreamTest {
    private static final ChangeStream.Handler IGNORE = (index, term, timestampMs, command, offset, length) -> { };

    @TempDir
    private Path dir;

    private EngineContext context() {
        return new EngineContext()
            .dataDirectory(dir)
            .profile("small")
            .set("durability", "os")
            .set("wal.segment.size", "64k")
            .set("wal.record.max", "4k")
            .set("log.tick.interval", "3600s")
            .set("log.trailing.entries", "0");
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(final DirectBuffer buffer, final int offset, final int length) {
        return buffer.getStringWithoutLengthUtf8(offset, length);
    }

    @Test
    void shouldGiveTheCommandsAsTheyWereSentAndResumeFromAnIndex() {
        final List<String> seen = new ArrayList<>();
        final MutableLong last = new MutableLong();
        final ChangeStream.Handler handler = (index, term, timestampMs, command, offset, length) -> {
            seen.add(text(command, offset, length));
            last.set(index);
        };
        final EngineContext custom = context().stateMachine(WordCountMachine.NAME, WordCountMachine::new);
        try (StorageEngine engine = StorageEngine.launch(custom); var client = engine.machineClient(); AsyncKeyValue bare = engine.newClient()) {
            for (final String word : List.of("one", "two", "three", "four")) {
                client.command(bytes(word));
            }
            final UnsafeBuffer outside = new UnsafeBuffer(bytes("outside"));
            bare.command(outside, 0, outside.capacity());
            while (bare.inFlight() > 0) {
                bare.poll((id, status, index, b, o, l) -> { }, 1);
            }
            try (ChangeStream stream = engine.subscribe(1)) {
                final long[] sessions = new long[2];
                while (stream.nextIndex() <= engine.committedIndex()) {
                    stream.poll((index, term, timestampMs, command, offset, length) -> {
                        handler.onChange(index, term, timestampMs, command, offset, length);
                        sessions[0 == stream.sessionId() ? 0 : 1]++;
                        assertEquals(0 == stream.sessionId() ? 0 : seen.size(), stream.serial());
                    }, 2);
                }
                assertEquals(1, sessions[0]);
                assertEquals(4, sessions[1]);
                assertEquals(0, stream.poll(IGNORE, 10), "it ends at what is committed");
            }
            assertEquals(List.of("one", "two", "three", "four", "outside"), seen);
        }
        try (StorageEngine engine = StorageEngine.launch(context().stateMachine(WordCountMachine.NAME, WordCountMachine::new));
             var client = engine.machineClient();
             ChangeStream stream = engine.subscribe(last.get() + 1)) {
            client.command(bytes("five"));
            while (stream.nextIndex() <= engine.committedIndex()) {
                assertTrue(stream.poll(handler, 1) > 0);
            }
        }
        assertEquals(List.of("one", "two", "three", "four", "outside", "five"), seen);
    }

    @ParameterizedTest
    @ValueSource(strings = {"shared", "dedicated"})
    void shouldFollowWhileOthersWriteTakeSnapshotsAndRecycleSegments(final String mode) {
        final int commands = 20_000;
        final List<Long> numbers = new ArrayList<>(commands);
        try (StorageEngine engine = StorageEngine.launch(context()
                .set("threading.mode", mode).set("snapshot.trigger.entries", "3000").set("log.trailing.entries", "1000000"));
             AsyncKeyValue client = engine.newClient();
             ChangeStream stream = engine.subscribe(1)) {
            final CompletableFuture<Void> follower = CompletableFuture.runAsync(() -> {
                while (numbers.size() < commands) {
                    assertTrue(stream.poll(
                        (index, term, ts, command, offset, length) -> numbers.add(command.getLong(offset + length - 8)), 64) >= 0);
                }
            });
            final UnsafeBuffer key = new UnsafeBuffer(new byte[8]);
            for (long i = 0; i < commands; i++) {
                key.putLong(0, i);
                while (client.put(0, key, 0, 8, key, 0, 8) < 0) {
                    client.poll((id, status, index, b, o, l) -> { }, 64);
                }
            }
            follower.join();
            while (client.inFlight() > 0) {
                client.poll((id, status, index, b, o, l) -> { }, 64);
            }
        }
        for (int i = 0; i < commands; i++) {
            assertEquals(i, numbers.get(i));
        }
    }

    @Test
    void shouldAnswerCompactedBehindTheReleasedPrefixAndGoOnFromAReadView() {
        try (StorageEngine engine = StorageEngine.launch(context()); KeyValueStore store = engine.keyValueStore()) {
            try (ChangeStream early = engine.subscribe(1)) {
                assertTrue(early.poll(IGNORE, 1) > 0);
                for (int round = 0; round < 4; round++) {
                    for (int i = 0; i < 1_000; i++) {
                        store.putAsync(bytes("key" + i), new byte[200]);
                    }
                    store.put(bytes("round"), bytes("" + round));
                    engine.takeSnapshot().join();
                }
                try (ChangeStream late = engine.subscribe(1)) {
                    while (ChangeStream.COMPACTED != late.poll(IGNORE, 1)) {
                        Thread.onSpinWait();
                    }
                    assertEquals(ChangeStream.COMPACTED, late.poll(IGNORE, 1), "it stays so");
                }
                // The early one pins the segment it stands in: it reads on to its end, and is told then.
                int passed = 0;
                while (passed >= 0) {
                    passed = early.poll(IGNORE, 100);
                    assertTrue(passed != 0, "the end of the log is not reached over a gap");
                }
                assertEquals(ChangeStream.COMPACTED, passed);
            }
            final long index;
            try (var view = engine.readView()) {
                index = view.index();
            }
            store.put(bytes("after"), bytes("view"));
            try (ChangeStream stream = engine.subscribe(index + 1)) {
                while (stream.nextIndex() <= engine.committedIndex()) {
                    assertTrue(stream.poll(IGNORE, 10) > 0);
                }
            }
        }
    }

    @Test
    void shouldShowACommandThatWasSentAgainUnderItsSerial() {
        final List<Long> serials = new ArrayList<>();
        try (StorageEngine engine = StorageEngine.launch(context().set("threading.mode", "invoker"));
             EmbeddedClient client = engine.newSessionClient("s")) {
            final UnsafeBuffer key = new UnsafeBuffer(bytes("n"));
            final ExpandableArrayBuffer command = new ExpandableArrayBuffer();
            final int length = new KeyValueCommands().encodeIncrement(command, 0, 0, key, 0, 1, 1);
            client.command(command, 0, length);
            while (client.inFlight() > 0) {
                client.poll((id, status, index, b, o, l) -> { }, 1);
            }
            client.sessionCommand(1, command, 0, length);
            while (client.inFlight() > 0) {
                client.poll((id, status, index, b, o, l) -> { }, 1);
            }
            try (ChangeStream stream = engine.subscribe(1)) {
                while (stream.nextIndex() <= engine.committedIndex()) {
                    stream.poll((index, term, ts, b, o, l) -> serials.add(stream.serial()), 100);
                }
            }
        }
        assertEquals(List.of(1L, 1L), serials);
    }

    @Test
    void shouldComeAgainWhenTheHandlerThrew() {
        try (StorageEngine engine = StorageEngine.launch(context()); KeyValueStore store = engine.keyValueStore()) {
            store.put(bytes("a"), bytes("1"));
            store.put(bytes("b"), bytes("2"));
            final List<Long> seen = new ArrayList<>();
            try (ChangeStream stream = engine.subscribe(1)) {
                assertThrows(IllegalStateException.class, () -> stream.poll((index, term, ts, b, o, l) -> {
                    if (!seen.contains(index)) {
                        seen.add(index);
                        throw new IllegalStateException("not now");
                    }
                }, 100));
                final List<Long> again = new ArrayList<>();
                while (stream.nextIndex() <= engine.committedIndex()) {
                    assertTrue(stream.poll((index, term, ts, b, o, l) -> again.add(index), 100) > 0);
                }
                assertEquals(seen.get(0), again.get(0));
                assertEquals(2, again.size());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"shared", "dedicated"})
    void shouldEndWhenTheEngineIsClosedUnderIt(final String mode) {
        final StorageEngine engine = StorageEngine.launch(context().set("threading.mode", mode));
        final List<CompletableFuture<Integer>> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            final ChangeStream stream = engine.subscribe(1);
            readers.add(CompletableFuture.supplyAsync(() -> {
                int passed = 0;
                while (passed >= 0) {
                    passed = stream.poll(IGNORE, 7);
                }
                stream.close();
                return passed;
            }));
        }
        try (KeyValueStore store = engine.keyValueStore()) {
            for (int i = 0; i < 2_000; i++) {
                store.putAsync(bytes("key" + i), new byte[100]);
            }
        }
        engine.close();
        readers.forEach(reader -> assertEquals(ChangeStream.CLOSED, reader.join()));
        assertThrows(EngineException.class, () -> engine.subscribe(1));
    }

    @Test
    void shouldLetItsHandlerCloseTheEngine() {
        final StorageEngine engine = StorageEngine.launch(context());
        try (KeyValueStore store = engine.keyValueStore()) {
            for (int i = 0; i < 10; i++) {
                store.put(bytes("key" + i), bytes("v"));
            }
        }
        final ChangeStream stream = engine.subscribe(1);
        final List<Long> seen = new ArrayList<>();
        stream.poll((index, term, ts, b, o, l) -> {
            seen.add(index);
            engine.close();
        }, 100);
        assertEquals(1, seen.size());
        assertEquals(ChangeStream.CLOSED, stream.poll(IGNORE, 1));
    }

    @Test
    void shouldRefuseAnIndexBelowTheFirst() {
        try (StorageEngine engine = StorageEngine.launch(context())) {
            assertThrows(IllegalArgumentException.class, () -> engine.subscribe(0));
        }
    }
}
