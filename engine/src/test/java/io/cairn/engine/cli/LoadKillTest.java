package io.cairn.engine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import io.cairn.engine.EngineContext;
import io.cairn.engine.StorageEngine;
import io.cairn.fsm.KeyValueCommands;
import io.cairn.fsm.ReadView;
import io.cairn.fsm.ScanCursor;
import io.cairn.fsm.ScanRange;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills {@code cairn kv load} with SIGKILL at random moments, again and again in one directory, and looks each time at what a start finds there: the
 * state after some number of lines, in their order, and no fewer lines than were reported as acknowledged.
 *
 * <p>Every load has lines of its own, over the same keys, so that what an earlier one left is not mistaken for what this one did. Segments and the
 * distance between snapshots are small, so that kills hit rolls, snapshots and the release of the log too. Half of the looks are at a copy, so that
 * the next load starts from what the kill left; the others open the directory itself and close it in order.
 */
@Timeout(600)
class LoadKillTest {
    private static final int KILLS = Integer.getInteger("cairn.test.kills", 50);
    private static final int LINES = 30_000;
    private static final int KEYS = 3_000;
    private static final String[] SETTINGS = {
        "wal.segment.size=1m", "wal.record.max=64k", "snapshot.trigger.entries=4000", "log.trailing.entries=100", "snapshot.retain=2"};

    private final long seed = Long.getLong("cairn.test.kill.seed", System.nanoTime());
    private final SplittableRandom random = new SplittableRandom(seed);
    private final Map<String, String> state = new HashMap<>();

    @TempDir
    private Path scratch;
    private Path data;
    private int kills;

    /** The lines of one load, and how it went. */
    private record Load(int number, int[] keys, String[] values, Path file) {
    }

    @Test
    void shouldFindEveryAcknowledgedLineWhenKilledAtAnyMoment() throws IOException, InterruptedException {
        data = scratch.resolve("data");
        for (int number = 1; kills < KILLS; number++) {
            final Load load = newLoad(number);
            final String where = "seed " + seed + ", load " + number + ", after " + kills + " kills: ";
            final long acknowledged = loadAndKill(load, where);
            if (Files.exists(data.resolve("wal"))) {
                final boolean isCopy = random.nextBoolean();
                final long found = look(load, isCopy ? copy() : data, where);
                assertTrue(found >= acknowledged, where + acknowledged + " lines were acknowledged, " + found + " are there");
            } else {
                assertEquals(0, acknowledged, where);
            }
            Files.delete(load.file());
        }
    }

    private Load newLoad(final int number) throws IOException {
        final int[] keys = new int[LINES];
        final String[] values = new String[LINES];
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < LINES; i++) {
            keys[i] = random.nextInt(KEYS);
            values[i] = number + ":" + i + ":" + "x".repeat(random.nextInt(100));
            text.append("key-").append(keys[i]).append('\t').append(values[i]).append('\n');
        }
        return new Load(number, keys, values, Files.writeString(scratch.resolve("lines-" + number), text));
    }

    /** @return how many lines were acknowledged. */
    private long loadAndKill(final Load load, final String where) throws IOException, InterruptedException {
        final Stream<String> settings = Stream.of(SETTINGS).flatMap(setting -> Stream.of("--set", setting));
        final Stream<String> command = Stream.of(
            "kv", "--data-dir", data.toString(), "--profile", "small", "--durability", "group", "load", load.file().toString());
        try (CairnProcess victim = CairnProcess.start(scratch, Map.of(), Stream.concat(command, settings).toArray(String[]::new))) {
            final boolean whileItStarts = random.nextInt(5) == 0;
            // As many kills early, among few lines, as late, among many.
            final long target = whileItStarts ? 0 : (long)Math.exp(random.nextDouble() * Math.log(LINES * 0.9));
            long acknowledged = 0;
            if (whileItStarts) {
                awaitLock(victim.process());
            }
            for (String line = ""; acknowledged < target && line != null;) {
                line = victim.readLine();
                acknowledged = line == null ? acknowledged : acknowledged(line);
            }
            LockSupport.parkNanos(random.nextInt(whileItStarts ? 100_000_000 : 5_000_000));
            victim.kill();
            for (final String line : victim.readAll()) {
                acknowledged = acknowledged(line);
            }
            final int code = victim.await();
            // It may have been done before; any other end is a failure of its own.
            assertTrue(code == 137 || code == 0, where + "exit code " + code + ": " + victim.errors());
            assertEquals("", victim.errors(), where);
            kills += code == 137 ? 1 : 0;
            return acknowledged;
        }
    }

    private static long acknowledged(final String line) {
        // A line that the kill cut off is none.
        return line.matches("acked \\d+") ? Long.parseLong(line.substring("acked ".length())) : 0;
    }

    /** Until it has the directory: from there on it recovers, restores and replays. */
    private void awaitLock(final Process victim) throws IOException {
        final String holder = Long.toString(victim.pid());
        String found = "";
        while (victim.isAlive() && !holder.equals(found)) {
            try {
                found = Files.readString(data.resolve("lock")).strip();
            } catch (final NoSuchFileException ex) {
                Thread.onSpinWait();
            }
        }
    }

    private Path copy() throws IOException {
        final Path copy = Files.createTempDirectory(scratch, "copy");
        try (Stream<Path> files = Files.walk(data)) {
            for (final Path file : files.sorted().toList()) {
                final Path target = copy.resolve(data.relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
        return copy;
    }

    /** @return how many lines of the load are in the directory. */
    private long look(final Load load, final Path dir, final String where) throws IOException {
        final EngineContext context = new EngineContext().dataDirectory(dir).profile("small").set("durability", "group");
        for (final String setting : SETTINGS) {
            context.set(setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
        }
        final Map<String, String> found;
        try (StorageEngine engine = StorageEngine.launch(context)) {
            assertEquals(List.of(), engine.warnings(), where);
            found = content(engine);
        }
        if (!dir.equals(data)) {
            delete(dir);
        }
        final String own = load.number() + ":";
        final int lines = found.values().stream().filter(value -> value.startsWith(own)).mapToInt(value -> Integer.parseInt(value.split(":")[1]) + 1)
            .max().orElse(0);
        for (int i = 0; i < lines; i++) {
            state.put("key-" + load.keys()[i], load.values()[i]);
        }
        assertEquals(state, found, where + "not the state after " + lines + " lines");
        return lines;
    }

    private static Map<String, String> content(final StorageEngine engine) {
        final Map<String, String> content = new HashMap<>();
        try (ReadView view = engine.readView()) {
            final ScanCursor cursor = view.scan(KeyValueCommands.DEFAULT_TABLE, new ScanRange());
            while (cursor.next()) {
                final byte[] key = new byte[cursor.keyLength()];
                cursor.key().getBytes(0, key);
                final byte[] value = new byte[cursor.valueLength()];
                cursor.copyValue(new UnsafeBuffer(value), 0, value.length);
                content.put(new String(key, StandardCharsets.UTF_8), new String(value, StandardCharsets.UTF_8));
            }
        }
        return content;
    }

    private static void delete(final Path dir) throws IOException {
        try (Stream<Path> files = Files.walk(dir)) {
            files.sorted((left, right) -> right.compareTo(left)).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (final IOException ex) {
                    throw new UncheckedIOException(ex);
                }
            });
        }
    }
}
