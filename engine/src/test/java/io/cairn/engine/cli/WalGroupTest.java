package io.cairn.engine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalGroupTest {
    @TempDir
    private Path dataDir;

    /** A log of the start of a term at index 1 and a put at index 2. */
    @BeforeEach
    void put() {
        assertEquals("OK index=2\n", CliRun.success("kv", "--data-dir", dataDir.toString(), "--profile", "small", "put", "key", "value").out);
    }

    private Path segment() throws IOException {
        try (Stream<Path> files = Files.list(dataDir.resolve("wal"))) {
            return files.filter(file -> file.getFileName().toString().matches("\\d+-\\d+\\.wal")).findFirst().orElseThrow();
        }
    }

    private void flipBit(final Path file, final long offset) throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(offset);
            final int value = raw.read();
            raw.seek(offset);
            raw.write(value ^ 1);
        }
    }

    private static long offsetOf(final String dump, final long index) {
        final String line = dump.lines().filter(candidate -> candidate.contains(" index=" + index + " ")).findFirst().orElseThrow();
        return Long.parseLong(line.replaceAll(".*offset=(\\d+) .*", "$1"));
    }

    @Test
    void shouldDumpSegmentsAndRecords() throws IOException {
        final String dump = CliRun.success("wal", "dump", dataDir.toString()).out;
        assertTrue(dump.startsWith(segment().getFileName() + " ACTIVE id=1 base=1 last=2 entries=2 bytes=8388608 "), dump);
        assertTrue(dump.contains(" index=1 term=1 type=NO_OP "), dump);
        assertTrue(dump.contains(" index=2 term=1 type=COMMAND "), dump);
        assertFalse(dump.contains("BAD"), dump);
        assertEquals(dump, CliRun.success("wal", "dump", dataDir.resolve("wal").toString()).out);
        assertEquals(dump, CliRun.success("wal", "--data-dir", dataDir.toString(), "dump").out);
    }

    @Test
    void shouldDumpOnlyWhatIsAskedFor() {
        final String dump = CliRun.success("wal", "dump", dataDir.toString(), "--from", "2", "--payload").out;
        assertFalse(dump.contains(" index=1 "), dump);
        assertTrue(dump.contains(" index=2 ") && dump.contains(" 61 6c 75 65 "), dump);
        assertFalse(CliRun.success("wal", "dump", dataDir.toString(), "--to", "1").out.contains(" index=2 "));
        assertFalse(CliRun.success("wal", "dump", dataDir.toString(), "--limit", "1").out.contains(" index=2 "));
        assertFalse(CliRun.success("wal", "dump", dataDir.toString(), "--segments").out.contains(" index="));
    }

    @Test
    void shouldDumpOneJsonDocument() throws IOException {
        final String json = CliRun.success("wal", "dump", dataDir.toString(), "--json", "--payload").out;
        assertEquals(1, json.lines().count());
        assertTrue(json.startsWith("{\"directory\": \"" + dataDir.resolve("wal") + "\", \"segments\": [{\"file\": \"" + segment().getFileName() +
            "\", \"state\": \"ACTIVE\", "), json);
        assertTrue(json.contains("\"records\": [{\"offset\": 8192, \"index\": 1, \"term\": 1, \"type\": \"NO_OP\", "), json);
        assertTrue(json.contains("6b6579"), json);
        assertTrue(json.endsWith("]}]}\n"), json);
    }

    @Test
    void shouldVerifyALogThatIsWhole() {
        assertTrue(CliRun.success("wal", "verify", dataDir.toString()).out.matches("\\d+ segments, 2 records, index 1 to 2: whole\\n"));
        assertTrue(CliRun.success("wal", "verify", "--json", dataDir.toString()).out.endsWith("\"whole\": true, \"findings\": []}\n"));
    }

    @Test
    void shouldNameFileOffsetAndIndexWhenABitFlipped() throws IOException {
        final Path segment = segment();
        final long offset = offsetOf(CliRun.success("wal", "dump", dataDir.toString()).out, 2);
        flipBit(segment, offset + 60);
        final CliRun run = CliRun.of("wal", "verify", dataDir.toString());
        assertEquals(1, run.code);
        assertTrue(run.out.contains(segment + ": offset " + offset + ": index 2: "), run.out);
        assertTrue(run.err.matches("cairn: \\d+ findings? in [^\\n]+, the first: [^\\n]+\\n"), run.err);
        final CliRun json = CliRun.of("wal", "verify", dataDir.toString(), "--json");
        assertEquals(1, json.code);
        assertTrue(json.out.contains("\"whole\": false, \"findings\": [{\"file\": \"" + segment + "\", \"offset\": " + offset + ", \"index\": 2, "));
        assertTrue(CliRun.success("wal", "dump", dataDir.toString()).out.contains("  BAD: "));
    }

    @Test
    void shouldFindAByteThatIsNotZeroWhereNothingIs() throws IOException {
        final Path segment = segment();
        flipBit(segment, Files.size(segment) / 2);
        final CliRun run = CliRun.of("wal", "verify", dataDir.toString());
        assertEquals(1, run.code);
        assertTrue(run.out.contains("offset " + Files.size(segment) / 2), run.out);
    }

    @Test
    void shouldSayWhenThereIsNoLog() {
        final Path snapshots = dataDir.resolve("snapshots");
        final String message = "cairn: no log in " + snapshots + ": it has no valid segment; name a data directory or its wal directory";
        assertEquals(message, CliRun.refusal(1, "wal", "verify", snapshots.toString()));
        assertEquals(message, CliRun.refusal(1, "wal", "dump", snapshots.toString()));
        final String none = dataDir.resolve("none").toString();
        assertEquals("cairn: no directory " + none + "; name a data directory", CliRun.refusal(1, "wal", "verify", none));
        assertEquals("cairn: name the data directory: cairn wal verify DIR; see cairn wal verify --help", CliRun.refusal(2, "wal", "verify"));
    }
}
