package io.cairn.engine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.cairn.wal.RecordSummary;
import io.cairn.wal.WalInspector;
import io.cairn.wal.io.MappedStorageIo;
import io.cairn.wal.layout.RecordDescriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Members as processes of their own over UDP on the loopback, and the commands for them: what an operator does, end to end. The commands run in this
 * process, as {@code bin/cairn} would run them.
 */
@Timeout(400)
class NodeProcessTest {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(120);
    private static final int PORTS = 10;
    private static final Pattern LEADER = Pattern.compile("\"id\": (\\d+), [^{]*\"role\": \"LEADER\"");
    private static final Pattern DIGEST = Pattern.compile("\"digest\": \\{\"index\": (\\d+), \"value\": \"([0-9a-f]{16})\"\\}");

    @TempDir
    private Path scratch;
    private final Map<Integer, CairnProcess> running = new TreeMap<>();
    private final Map<Integer, String> endpoints = new TreeMap<>();

    @AfterEach
    void stop() {
        running.values().forEach(CairnProcess::close);
    }

    /** One command in this process. */
    private record Answer(int code, String out, String err) {
    }

    private static Answer cairn(final String... arguments) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final int code = CairnCli.run(new Console(new ByteArrayInputStream(new byte[0]), out, err, false), arguments);
        return new Answer(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static void await(final String what, final BooleanSupplier condition) {
        final long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - startNs < PATIENCE_NS, "waited in vain: " + what);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    /** Ten ports that nobody uses now, for each member. */
    private void choosePorts(final int members) {
        int port = 20_000 + (int)(ProcessHandle.current().pid() % 400) * 30;
        while (endpoints.size() < members) {
            if (IntStream.range(port, port + PORTS).allMatch(NodeProcessTest::isFree)) {
                endpoints.put(endpoints.size(), "127.0.0.1:" + port);
            }
            port = port + PORTS > 32_000 ? 20_000 : port + PORTS;
        }
    }

    private static boolean isFree(final int port) {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress("127.0.0.1", port))) {
            return socket.isBound();
        } catch (final IOException ex) {
            return false;
        }
    }

    private String list(final int members) {
        return endpoints.entrySet().stream().limit(members).map(entry -> entry.getKey() + "=" + entry.getValue()).collect(Collectors.joining(","));
    }

    private String cluster() {
        return running.keySet().stream().map(endpoints::get).collect(Collectors.joining(","));
    }

    private void start(final int id, final int members, final String... more) throws IOException {
        final List<String> arguments = new ArrayList<>(List.of(
            "node", "--id", Integer.toString(id), "--members", list(members), "--data-dir", directory(id).toString(), "--profile", "small",
            "--set", "wal.segment.size=1m", "--set", "wal.record.max=64k", "--set", "cluster.log.term=1m"));
        arguments.addAll(List.of(more));
        final CairnProcess process = CairnProcess.start(scratch, Map.of(), arguments.toArray(String[]::new));
        running.put(id, process);
    }

    private void awaitReady(final int id) throws IOException {
        final String line = running.get(id).readLine();
        assertTrue(null != line && line.matches("READY id=" + id + " client=" + endpoints.get(id) + " pid=\\d+"),
            line + " / " + running.get(id).errors());
    }

    private Path directory(final int id) {
        return scratch.resolve("member-" + id);
    }

    private void kill(final int id) throws InterruptedException {
        final CairnProcess process = running.remove(id);
        process.kill();
        process.await();
        process.close();
    }

    private int leader() {
        final int[] found = {-1};
        await("a leader", () -> {
            final Matcher matcher = LEADER.matcher(cairn("cluster", "status", "--json", "--cluster", cluster()).out());
            found[0] = matcher.find() ? Integer.parseInt(matcher.group(1)) : -1;
            return found[0] >= 0;
        });
        return found[0];
    }

    private void put(final String key, final String value) {
        final Answer answer = cairn("kv", "--cluster", cluster(), "--timeout", "60s", "put", key, value);
        assertEquals(0, answer.code(), answer.err());
    }

    private String get(final String key) {
        return cairn("kv", "--cluster", cluster(), "--timeout", "60s", "get", key).out().strip();
    }

    private String status() {
        return cairn("cluster", "status", "--json", "--cluster", cluster()).out();
    }

    private void awaitEqualDigests(final int members) {
        await("equal digests of " + members + " members: " + status(), () -> {
            final List<String> digests = DIGEST.matcher(status()).results().map(result -> result.group(1) + "@" + result.group(2)).toList();
            return digests.size() == members && digests.stream().distinct().count() == 1;
        });
    }

    @Test
    void shouldDoWhatAnOperatorDoes() throws IOException, InterruptedException {
        choosePorts(4);
        for (int id = 0; id < 3; id++) {
            start(id, 3, "--bootstrap");
            // Clients are accepted before there is anybody to found a cluster with.
            awaitReady(id);
        }
        final int first = leader();
        put("color", "blue");
        awaitEqualDigests(3);

        // The leader dies, and comes back.
        kill(first);
        final int second = leader();
        assertNotEquals(first, second);
        put("color", "green");
        start(first, 3, "--bootstrap");
        awaitReady(first);
        awaitEqualDigests(3);

        // A disk is lost: the member is taken back by itself, and votes again.
        final int lost = IntStream.range(0, 3).filter(id -> id != leader()).findFirst().orElseThrow();
        kill(lost);
        delete(directory(lost));
        start(lost, 3, "--bootstrap");
        awaitReady(lost);
        await("member " + lost + " votes again", () -> {
            final String members = cairn("cluster", "members", "--json", "--cluster", cluster()).out();
            return members.contains("\"id\": " + lost + ",") && !members.contains("learner") &&
                status().lines().findFirst().orElse("").matches(".*\"id\": " + lost + ", [^{]*\"role\": \"(FOLLOWER|LEADER)\".*");
        });
        awaitEqualDigests(3);
        assertEquals("green", get("color"));

        // A fourth member: not before it answers.
        final Answer absent = cairn("cluster", "add", "3=" + endpoints.get(3), "--cluster", cluster());
        assertEquals(1, absent.code());
        assertTrue(absent.err().matches("cairn: member 3 does not answer at [^\\n]*\\n"), absent.err());
        start(3, 4);
        awaitReady(3);
        final Answer added = cairn("cluster", "add", "3=" + endpoints.get(3), "--cluster", cluster(), "--timeout", "100s");
        assertEquals("OK voters=[0, 1, 2, 3]\n", added.out(), added.err());
        final Answer again = cairn("cluster", "add", "3=" + endpoints.get(3), "--cluster", cluster());
        assertEquals(1, again.code());

        // Leadership moves where it is told to, and away from a leader that is removed.
        final Answer moved = cairn("cluster", "transfer", "3", "--cluster", cluster());
        assertEquals("OK leader=3\n", moved.out(), moved.err());
        final Answer removed = cairn("cluster", "remove", "3", "--cluster", cluster());
        assertEquals("OK voters=[0, 1, 2]\n", removed.out(), removed.err());
        await("another leads", () -> 3 != leader());
        kill(3);
        put("color", "red");
        awaitEqualDigests(3);

        // An orderly end hands over, and is no failure.
        final int last = leader();
        final CairnProcess ending = running.remove(last);
        ending.terminate();
        assertEquals(0, ending.await(), ending.errors());
        assertEquals("red", get("color"));

        // A majority is lost for good.
        final int survivor = running.keySet().iterator().next();
        for (final int id : List.copyOf(running.keySet())) {
            kill(id);
        }
        final Answer recovered = cairn("cluster", "recover", "--accept-loss", "--yes", "--data-dir", directory(survivor).toString());
        assertEquals(0, recovered.code(), recovered.err());
        start(survivor, 3, "--bootstrap");
        awaitReady(survivor);
        assertEquals(survivor, leader());
        assertEquals("red", get("color"));
        put("color", "white");
    }

    /** The record of one entry in the log of a member that is down. */
    private RecordSummary record(final int id, final String value) throws IOException {
        final Path log = directory(id).resolve("wal");
        final RecordSummary[] found = new RecordSummary[1];
        try (Stream<Path> files = Files.list(log)) {
            for (final Path file : files.filter(path -> path.getFileName().toString().matches("\\d+-\\d+\\.wal")).toList()) {
                final byte[] bytes = Files.readAllBytes(file);
                new WalInspector(new MappedStorageIo(), log).forEachRecord(file, record -> {
                    final String payload = new String(bytes, (int)record.offset() + RecordDescriptor.HEADER_LENGTH, record.payloadLength(),
                        StandardCharsets.ISO_8859_1);
                    found[0] = payload.contains(value) ? record : found[0];
                    return true;
                });
            }
        }
        return found[0];
    }

    private static void flip(final RecordSummary record) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(record.file().toFile(), "rw")) {
            final long last = record.offset() + RecordDescriptor.HEADER_LENGTH + record.payloadLength() - 1;
            file.seek(last);
            final int was = file.read();
            file.seek(last);
            file.write(was ^ 1);
        }
    }

    private void startFounder(final int id) throws IOException {
        start(id, 3, "--bootstrap");
        awaitReady(id);
    }

    /** Two of three copies of an entry that was acknowledged: the third is down, and without it nothing goes on, which everybody is told. */
    @Test
    void shouldRefuseToGoOnWithoutAnEntryThatAMajorityHasLostAndSaySo() throws IOException, InterruptedException {
        choosePorts(3);
        for (int id = 0; id < 3; id++) {
            startFounder(id);
        }
        put("before", "one");
        put("lost", "the value that is damaged");
        put("behind", "two");
        awaitEqualDigests(3);
        running.values().forEach(CairnProcess::terminate);
        for (final CairnProcess ending : running.values()) {
            assertEquals(0, ending.await(), ending.errors());
        }
        running.clear();
        final RecordSummary[] lost = {record(0, "the value that is damaged"), record(1, "the value that is damaged")};
        assertEquals(lost[0].index(), lost[1].index());
        for (int id = 0; id < 2; id++) {
            flip(lost[id]);
            startFounder(id);
        }
        for (int id = 0; id < 2; id++) {
            final CairnProcess process = running.get(id);
            final String where = lost[id].file() + ": offset " + lost[id].offset();
            final String line = "(?s).*cairn: entry " + lost[id].index() + " of this log \\(\\Q" + where + "\\E\\) is damaged and no member that" +
                " answers can send it: [^\\n]*start the members that are down[^\\n]*'cairn cluster recover'\\n.*";
            await("member " + id + " to say so", () -> errors(process).matches(line));
        }
        final String status = status();
        final Matcher member = Pattern.compile("\"role\": \"(\\w+)\"[^{]*?\"applied\": (\\d+), [^{]*\"faultyRanges\": (\\d+),").matcher(status);
        for (int id = 0; id < 2; id++) {
            assertTrue(member.find(), status);
            assertTrue(member.group(1).matches("LEADER|FOLLOWER|CANDIDATE"), status);
            assertTrue(Long.parseLong(member.group(2)) < lost[id].index(), status);
            assertEquals("1", member.group(3), status);
        }
        final String text = cairn("cluster", "status", "--cluster", cluster()).out();
        assertTrue(text.matches("(?s).*member 0: entry " + lost[0].index() + " of this log [^\\n]*\\n.*"), text);
        final Answer refused = cairn("kv", "--cluster", cluster(), "--timeout", "1s", "put", "more", "three");
        assertEquals(1, refused.code());
        assertTrue(refused.err().matches("cairn: [^\\n]+\\n"), refused.err());
        assertFalse(cairn("kv", "--cluster", cluster(), "--timeout", "1s", "get", "before").out().contains("one"));

        // Whoever has it whole brings it back, to all.
        startFounder(2);
        assertEquals("the value that is damaged", get("lost"));
        assertEquals("two", get("behind"));
        await("nothing is damaged any more", () -> Pattern.compile("\"faultyRanges\": 0,").matcher(status()).results().count() == 3);
        awaitEqualDigests(3);
    }

    private static String errors(final CairnProcess process) {
        try {
            return process.errors();
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
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
