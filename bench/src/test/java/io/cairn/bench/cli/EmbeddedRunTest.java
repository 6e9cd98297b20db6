package io.cairn.bench.cli;

import io.cairn.bench.report.Document;
import io.cairn.bench.report.Floor;
import io.cairn.bench.report.JsonReader;
import io.cairn.bench.report.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Each command once on a real engine, as small as it goes. Says nothing about speed.
 */
final class EmbeddedRunTest {
    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private Document run(final String line, final String... more) throws IOException {
        final Path json = directory.resolve("out.json");
        final List<String> args = new ArrayList<>(List.of(line.split(" ")));
        args.addAll(List.of(more));
        args.addAll(List.of("--json", json.toString()));
        final CommandLine commandLine = CommandLines.create();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        assertEquals(0, commandLine.execute(args.toArray(new String[0])), err.toString());
        assertEquals("", err.toString());
        return Document.fromJson(JsonReader.read(Files.readString(json)));
    }

    private static void assertSound(final Result result) {
        assertTrue(result.count() > 0, result.label());
        assertTrue(result.achievedRate() > 0, result.label());
        long previous = 0;
        for (final long figure : result.latency().figures()) {
            assertTrue(figure >= previous, result.label());
            previous = figure;
        }
    }

    @Test
    void shouldGivePutAndGetBesideTheFloorsWhenLatencyRuns() throws IOException {
        final Document document = run("latency --profile small --keys 500 --rate 2000 --duration 50ms --warm-up 20ms --runs 2",
            "--html", directory.resolve("out.html").toString(), "--hgrm", directory.resolve("out.hgrm").toString());

        assertEquals("small", document.profile());
        assertEquals("group", document.durability());
        assertEquals(4, document.results().size());
        document.results().forEach(EmbeddedRunTest::assertSound);
        assertEquals(200, document.results().get(0).count());
        assertEquals(2, document.runs().size());
        for (final String floor : List.of(Floor.RING_ROUND_TRIP, Floor.FORCE, Floor.JITTER)) {
            assertTrue(document.floor(floor).latency().max() > 0, floor);
        }
        assertTrue(Files.readString(directory.resolve("out.html")).contains("put, open 2,000/s"));
        assertTrue(Files.readString(directory.resolve("out.hgrm")).contains("TotalCount"));
        assertTrue(out.toString().contains("survives power loss"));
    }

    @Test
    void shouldDriveTheEngineOnTheCallersThreadWhenInvoked() throws IOException {
        final Path data = directory.resolve("data");
        final Document document = run(
            "latency --profile small --threading invoker --durability os --keys 200 --rate 2000 --duration 30ms --warm-up 10ms",
            "--runs", "1", "--data-dir", data.toString());

        assertEquals("INVOKER", document.configuration().get("threading"));
        document.results().forEach(EmbeddedRunTest::assertSound);
        assertTrue(Files.isDirectory(data.resolve("wal")), "a given directory is left in place");
    }

    @Test
    void shouldCountCommandsWhenThroughputRuns() throws IOException {
        final Document document = run("throughput --profile small --keys 500 --in-flight 1,50 --duration 50ms --warm-up 20ms --runs 1 --batch 4");

        assertEquals(4, document.results().size());
        document.results().forEach(EmbeddedRunTest::assertSound);
        assertEquals("put of 4", document.results().get(0).operation());
    }

    @Test
    void shouldTakeSnapshotsInTurnsWhenSnapshotRuns() throws IOException {
        final Document document = run("snapshot --profile small --keys 500 --rate 2000 --duration 60ms --warm-up 20ms --runs 2");

        assertEquals(2, document.results().size());
        document.results().forEach(EmbeddedRunTest::assertSound);
        assertTrue(((Number) document.configuration().get("snapshots")).intValue() >= 2);
    }

    @Test
    void shouldOpenAgainWhenRecoveryRuns() throws IOException {
        final Document document = run("recovery --profile small --keys 200 --state-size 64k --commands 1000 --runs 2");

        assertEquals(4, document.results().size());
        document.results().forEach(EmbeddedRunTest::assertSound);
        assertEquals(List.of("open", "cat", "replay", "cat"), document.results().stream().map(Result::operation).toList());
    }

    @Test
    void shouldRunEveryMixWhenYcsbRuns() throws IOException {
        final Document document = run("ycsb --profile small --durability os --keys 500 --duration 40ms --runs 1");

        assertEquals(11, document.results().size());
        document.results().forEach(result -> assertEquals(0L, ((Number) result.more().get("failed")).longValue(), result.label()));
    }

    @Test
    void shouldCompareWithTheDiskWhenTheLogAloneRuns() throws IOException {
        final Document document = run("wal --burst 1m --sustained 1m --runs 1");

        assertEquals(3, document.results().size());
        assertFalse(document.results().stream().anyMatch(result -> result.achievedRate() <= 0));
        assertTrue(out.toString().contains("the disk's own sequential write"));
    }

    @ParameterizedTest
    @CsvSource({"ipc,3,1", "udp,3,2", "ipc,1,1"})
    void shouldMeasureAClusterBesideAeron(final String transport, final int members, final int threads) throws IOException {
        final Document document = run("cluster --profile small --keys 200 --rate 1000 --in-flight 50 --duration 50ms --warm-up 20ms --runs 1 "
            + "--set cluster.election.timeout.min=3s --set cluster.election.timeout.max=4s --transport " + transport + " --members " + members
            + " --threads " + threads);

        assertEquals("os", document.durability());
        assertEquals(6, document.results().size());
        document.results().forEach(EmbeddedRunTest::assertSound);
        assertEquals(50, document.results().get(1).count());
        assertTrue(document.floor(Floor.AERON_ROUND_TRIP).latency().p50() > 0);
        assertEquals(members, ((Number) document.configuration().get("members")).intValue());
    }

    @Test
    void shouldMeasureAClusterOfProcesses() throws IOException {
        final Document document = run("cluster --processes --profile small --keys 200 --rate 200 --in-flight 50 --duration 50ms --warm-up 20ms "
            + "--runs 1 --set cluster.election.timeout.min=3s --set cluster.election.timeout.max=4s");

        assertEquals("udp", document.configuration().get("transport"));
        document.results().forEach(EmbeddedRunTest::assertSound);
    }
}
