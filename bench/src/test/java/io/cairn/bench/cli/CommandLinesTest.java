package io.cairn.bench.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class CommandLinesTest {
    private static final int FAILURE = 1;
    private static final int USAGE = 2;

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(final String... args) {
        final CommandLine commandLine = CommandLines.create();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(args);
    }

    private void assertRefused(final int expectedCode, final String expectedWords, final String... args) {
        final int code = run(args);
        final String line = err.toString();
        assertEquals(expectedCode, code, line);
        assertEquals(1, line.lines().count(), line);
        assertTrue(line.startsWith("cairn-bench"), line);
        assertTrue(line.contains(expectedWords), line);
        assertFalse(line.contains("Exception"), line);
        assertEquals("", out.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "latency --rate -5", "latency --rate 0", "latency --rate fast", "latency --rate 1000000m", "latency --duration 5", "latency --duration 0s",
        "latency --duration -3s", "latency --keys 0", "latency --key-size 4", "latency --key-size 2000", "latency --value-size 2m",
        "latency --value-size 1", "latency --durability sometimes", "latency --threading many", "latency --distribution bell", "latency --runs 0",
        "latency --unknown", "latency surplus", "latency --set novalue", "throughput --batch 5000", "throughput --in-flight 0",
        "throughput --operations delete", "ycsb --workloads AX", "snapshot --rate -1", "snapshot --state-size big", "recovery --commands none",
        "cluster --members 0", "cluster --members 8", "cluster --transport tcp", "cluster --threads 3", "cluster --in-flight 100k", "check-history",
        "micro --forks 0", "micro (", "torture --faults flood", "torture --members 8", "report", "nonsense", ""
    })
    void shouldExitWithTwoAndOneLineWhenTheCommandLineMakesNoSense(final String line) {
        assertRefused(USAGE, ": ", line.isEmpty() ? new String[0] : line.split(" "));
    }

    @Test
    void shouldSayWhichProfilesThereAreWhenTheNameIsUnknown() {
        assertRefused(FAILURE, "unknown profile 'balancd'", "latency", "--profile", "balancd");
    }

    @Test
    void shouldRefuseADirectoryThatHoldsSomethingElse() throws IOException {
        Files.writeString(directory.resolve("thesis.txt"), "mine");
        assertRefused(FAILURE, "is not empty and holds no Cairn data", "latency", "--data-dir", directory.toString());
        assertEquals("mine", Files.readString(directory.resolve("thesis.txt")));
    }

    @Test
    void shouldRefuseAFileAsDataDirectory() throws IOException {
        final Path file = Files.writeString(directory.resolve("file"), "");
        assertRefused(FAILURE, "is a file", "throughput", "--data-dir", file.toString());
    }

    @Test
    void shouldRefuseReportsThatCannotBeWrittenBeforeAnythingIsMeasured() {
        assertRefused(FAILURE, "does not exist", "latency", "--json", directory.resolve("missing/out.json").toString());
    }

    @Test
    void shouldRefuseADirectoryAsReport() {
        assertRefused(FAILURE, "is a directory", "snapshot", "--html", directory.toString());
    }

    @Test
    void shouldSayThatAReportIsMissing() {
        assertRefused(FAILURE, "no such file", "report", directory.resolve("none.json").toString());
    }

    @Test
    void shouldSayThatAReportIsNone() throws IOException {
        final Path file = Files.writeString(directory.resolve("other.json"), "{\"a\": 1}");
        assertRefused(FAILURE, "schemaVersion is missing", "report", file.toString());
    }

    @Test
    void shouldSayWhereAReportIsBroken() throws IOException {
        final Path file = Files.writeString(directory.resolve("broken.json"), "{\"schemaVersion\": 1, ");
        assertRefused(FAILURE, "at character", "report", file.toString());
    }

    @Test
    void shouldSayThatNoBenchmarkMatches() {
        assertRefused(FAILURE, "--list prints the names", "micro", "nothing-like-this");
    }

    @Test
    void shouldListTheMicroBenchmarks() {
        assertEquals(0, run("micro", "--list"));
        for (final String name : new String[] {"BTree.put", "BTree.get", "BTree.scan", "Crc32c", "Freeze", "PageCopy", "RingHop", "Codec"}) {
            assertTrue(out.toString().contains(name), out.toString());
        }
    }

    @Test
    void shouldHelpEverywhere() {
        assertEquals(0, run("--help"));
        for (final String command : CommandLines.create().getSubcommands().keySet()) {
            if (!"help".equals(command)) {
                assertEquals(0, run(command, "--help"), command);
            }
        }
        assertTrue(out.toString().contains("Usage: cairn-bench latency"));
        assertEquals("", err.toString());
    }

    @Test
    void shouldMakeATemporaryDirectoryAndDeleteItWithAllInIt() throws IOException {
        final Path path;
        try (DataDirectory temporary = DataDirectory.open(null)) {
            path = temporary.path();
            Files.createDirectories(path.resolve("a/b"));
            Files.writeString(path.resolve("a/b/c"), "12345");
            assertEquals(5, DataDirectory.sizeBytes(path));
        }
        assertFalse(Files.exists(path));
    }

    @Test
    void shouldLeaveAGivenDirectoryInPlace() {
        final Path given = directory.resolve("new");
        try (DataDirectory open = DataDirectory.open(given)) {
            assertEquals(given, open.path());
        }
        assertTrue(Files.isDirectory(given));
    }

    @Test
    void shouldWriteOverItsLineAndWipeItAway() throws IOException {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final Progress progress = new Progress(new PrintStream(bytes, true, "UTF-8"), true);
        progress.say("a long line");
        progress.say("short");
        progress.done();
        assertEquals("\ra long line\rshort      \r     \r", bytes.toString("UTF-8"));
    }
}
