package io.cairn.engine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.cairn.fsm.KeyValueStateMachine;
import io.cairn.fsm.StateMachine;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalReplayTest {
    @TempDir
    private Path dir;

    private Path dataDir;

    @BeforeEach
    void write() throws IOException {
        dataDir = dir.resolve("data");
        final Path pairs = dir.resolve("pairs");
        Files.write(pairs, IntStream.rangeClosed(1, 300).mapToObj(i -> "key-" + i % 40 + "\tvalue-" + i).toList());
        CliRun.of("kv", "load", pairs.toString(), "--data-dir", dataDir.toString(), "--profile", "small");
    }

    private String replay(final String... options) {
        return CliRun.success(Stream.concat(Stream.of("wal", "replay", dataDir.toString()), Stream.of(options)).toArray(String[]::new)).out;
    }

    private String refusal(final int code, final String... options) {
        final CliRun run = CliRun.of(Stream.concat(Stream.of("wal", "replay", dataDir.toString()), Stream.of(options)).toArray(String[]::new));
        assertEquals(code, run.code, run.err);
        assertTrue(run.err.matches("cairn: [^\\n]+\\R"), run.err);
        return run.err.strip();
    }

    private static List<String> digests(final String output) {
        return output.lines().filter(line -> line.startsWith("index=")).toList();
    }

    @Test
    void shouldGiveTheDigestThatTheNodeGives() throws IOException {
        final String digest = CliRun.success("kv", "digest", "--data-dir", dataDir.toString(), "--profile", "small").out.strip();
        final Path file = dir.resolve("digest");
        Files.writeString(file, digest);
        final String output = replay("--compare", file.toString());
        assertTrue(digests(output).get(0).matches(digest.replace(" digest", " term=\\d+ digest")), output + digest);
        assertTrue(output.contains("compared     1 of 1 digests in " + file + ": equal"), output);
        assertTrue(output.contains(": a single node commits all that is in its log"), output);
        assertTrue(output.startsWith("machine      key-value\nstart        nothing, log from entry 1\n"), output);
        assertTrue(output.contains(", closed in order\n"), output);
    }

    @Test
    void shouldShowDigestsEveryFewEntriesAndCompareThemWithThoseOfAnotherRun() throws IOException {
        final String output = replay("--every", "50", "--to", "225");
        final List<String> digests = digests(output);
        assertEquals(5, digests.size(), output);
        assertTrue(digests.get(0).startsWith("index=50 ") && digests.get(4).startsWith("index=225 "), output);
        assertTrue(output.contains("log end      not reached; "), output);
        final Path file = dir.resolve("digests");
        Files.writeString(file, output);
        assertTrue(replay("--compare", file.toString()).contains("compared     5 of 5 digests"));
        final String json = replay("--every", "50", "--json", "--to", "225", "--compare", file.toString());
        assertEquals(1, json.lines().count());
        assertTrue(json.contains("\"compared\": {\"given\": 5, \"compared\": 5, \"firstDifference\": null}"), json);
        Files.writeString(file, json);
        assertTrue(replay("--compare", file.toString()).contains("compared     5 of 5 digests"));

        final String hex = digests.get(2).replaceAll(".*digest=", "");
        Files.writeString(file, output.replace(hex, "0123456789abcdef"));
        final String difference = "cairn: the states differ at entry 150: " + hex + " here, 0123456789abcdef in " + file +
            "; they were equal at entry 100";
        assertEquals(difference, refusal(1, "--compare", file.toString()));
        assertEquals(difference, refusal(1, "--compare", file.toString(), "--json"));
    }

    @Test
    void shouldReplayThroughAMachineOfOnesOwn() {
        final List<String> builtIn = digests(replay());
        assertEquals(builtIn, digests(replay("--machine", KeyValueStateMachine.class.getName())));
        assertEquals(builtIn, digests(replay("--machine", Made.class.getName(), "--class-path", dir.toString())));
        assertEquals("cairn: no class com.example.None; name its jars with --class-path", refusal(1, "--machine", "com.example.None"));
        assertEquals("cairn: no class com.example.None in " + dir, refusal(1, "--machine", "com.example.None", "--class-path", dir.toString()));
        assertEquals("cairn: --class-path: no file or directory none.jar", refusal(1, "--machine", "X", "--class-path", "none.jar"));
        assertEquals("cairn: java.lang.Object is neither a io.cairn.fsm.StateMachine nor a Supplier of one",
            refusal(1, "--machine", "java.lang.Object"));
        assertEquals("cairn: io.cairn.engine.machine.RocksDbStateMachine has no constructor without arguments: name a Supplier that makes it",
            refusal(1, "--machine", "io.cairn.engine.machine.RocksDbStateMachine"));
        assertEquals("cairn: --class-path is for a machine of your own: name it with --machine; see cairn wal replay --help",
            refusal(2, "--class-path", dir.toString()));
    }

    @Test
    void shouldStartWhereItIsTold() {
        CliRun.success("snapshot", "take", dataDir.toString(), "--profile", "small");
        CliRun.success("kv", "put", "a", "b", "--data-dir", dataDir.toString(), "--profile", "small");
        final List<String> whole = digests(replay());
        final String latest = replay("--from-snapshot", "latest");
        assertTrue(latest.contains("start        snapshot "), latest);
        assertEquals(whole, digests(latest));
        assertEquals(whole, digests(replay("--from-snapshot", "none")));
        assertEquals(whole, digests(replay("--from-snapshot", "1000")));
        assertEquals(whole, digests(replay("--to", "committed")));
        assertEquals("cairn: --from-snapshot=newest: it takes earliest, latest, none or an index from 1; see cairn wal replay --help",
            refusal(2, "--from-snapshot", "newest"));
        assertEquals("cairn: --to=end: it takes committed or an index from 1; see cairn wal replay --help", refusal(2, "--to", "end"));
        assertEquals("cairn: --every=0 is out of bounds; it takes entries from 1; see cairn wal replay --help", refusal(2, "--every", "0"));
    }

    @Test
    void shouldSayWhatIsWrongWithADirectory() throws IOException {
        final Path digest = dir.resolve("nothing");
        Files.writeString(digest, "no digest here");
        assertTrue(refusal(1, "--compare", digest.toString()).startsWith("cairn: " + digest + ": no digest in it"));
        Files.writeString(digest, "index=100000 digest=0123456789abcdef");
        assertTrue(refusal(1, "--compare", digest.toString()).contains("is of an entry that was replayed, which ended at "));
        assertEquals("cairn: " + dir.resolve("none") + ": no such file or directory", refusal(1, "--compare", dir.resolve("none").toString()));
        final String none = dir.resolve("none").toString();
        assertEquals("cairn: no directory " + none + "; name a data directory", CliRun.refusal(1, "wal", "replay", none));
        final String dump = CliRun.success("wal", "dump", dataDir.toString()).out;
        final long offset = Long.parseLong(dump.lines().filter(line -> line.contains(" index=100 ")).findFirst().orElseThrow()
            .replaceAll(".*offset=(\\d+) .*", "$1"));
        final Path segment = dataDir.resolve("wal").resolve(dump.substring(0, dump.indexOf(' ')));
        try (RandomAccessFile raw = new RandomAccessFile(segment.toFile(), "rw")) {
            raw.seek(offset + 60);
            final int value = raw.read();
            raw.seek(offset + 60);
            raw.write(value ^ 4);
        }
        final String damaged = refusal(1);
        assertTrue(damaged.contains("entry 100 was forced (up to ") && damaged.contains(segment + ": offset " + offset), damaged);
        assertEquals(1, digests(replay("--to", "99")).size());
        Files.delete(dataDir.resolve("wal/identity"));
        assertTrue(refusal(1).contains("identity"));
    }

    /** For a machine that cannot be made by its name. */
    public static final class Made implements Supplier<StateMachine> {
        @Override
        public StateMachine get() {
            return new KeyValueStateMachine();
        }
    }
}
