package io.cairn.engine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

import io.cairn.fsm.page.DirectExtentSource;
import io.cairn.fsm.page.PageArena;
import io.cairn.fsm.page.Tables;
import io.cairn.snapshot.SnapshotContext;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.snapshot.SnapshotRequest;
import io.cairn.snapshot.SnapshotStore;
import io.cairn.snapshot.SnapshotWriter;
import io.cairn.wal.io.MappedStorageIo;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotGroupTest {
    private static final int CYCLES_MAX = 100_000;

    @TempDir
    private Path dataDir;

    private Path dir;
    private SnapshotManifest full;
    private SnapshotManifest increment;

    /** A full snapshot at index 10 and an increment on it at 20. */
    @BeforeEach
    void takeSnapshots() {
        dir = dataDir.resolve("snapshots");
        final UnsafeBuffer bytes = new UnsafeBuffer(ByteBuffer.allocateDirect(64));
        final Tables tables = new Tables(new PageArena(new DirectExtentSource(), 4096, 16, 1 << 10));
        final SnapshotContext context = new SnapshotContext().dir(dir).storageIo(new MappedStorageIo()).clusterId(42).spaceReserveBytes(0)
            .incrementPercentMax(100).conclude();
        try (SnapshotStore store = new SnapshotStore(context)) {
            tables.create("$a").put(bytes, 0, 8, bytes, 0, 64);
            full = take(store, tables, 10, false);
            tables.table("$a").put(bytes, 0, 4, bytes, 0, 64);
            increment = take(store, tables, 20, true);
        } finally {
            tables.arena().close();
        }
    }

    private static SnapshotManifest take(final SnapshotStore store, final Tables tables, final long index, final boolean incremental) {
        tables.freeze();
        final SnapshotWriter writer = store.begin(new SnapshotRequest(index, 3, 1_000 + index).pages(tables, tables.pinNewest())
            .createdMs(5_000 + index).configuration(new byte[] {1}).incremental(incremental));
        for (int i = 0; i < CYCLES_MAX && !writer.isDone(); i++) {
            writer.doWork(i);
        }
        assertEquals(SnapshotWriter.State.PUBLISHED, writer.state(), () -> String.valueOf(writer.failure()));
        return writer.manifest().orElseThrow();
    }

    private void flipBit(final Path file, final long offset) throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(offset);
            final int value = raw.read();
            raw.seek(offset);
            raw.write(value ^ 4);
        }
    }

    @Test
    void shouldListSnapshotsOfADataDirectoryAndOfTheirOwn() {
        final String list = CliRun.success("snapshot", "list", dataDir.toString()).out;
        assertEquals(3, list.lines().count());
        assertTrue(list.contains(full.name()) && list.contains("full") && list.contains("incremental"), list);
        assertEquals(list, CliRun.success("snapshot", "list", dir.toString()).out);
        assertEquals(list, CliRun.success("snapshot", "--data-dir", dataDir.toString(), "list").out);
        assertEquals(list, CliRun.success("snapshot", "list", "--data-dir", dataDir.toString()).out);
        final String json = CliRun.success("snapshot", "list", "--json", dataDir.toString()).out;
        assertTrue(json.startsWith("{\"directory\": \"" + dir + "\", \"snapshots\": [{\"name\": \"" + full.name() +
            "\", \"readable\": true, \"index\": 10, \"term\": 3, \"createdMs\": 5010, \"incremental\": false, \"base\": null, "), json);
    }

    @Test
    void shouldShowTheNewestOrTheNamedOne() {
        final String newest = CliRun.success("snapshot", "show", dataDir.toString()).out;
        assertTrue(newest.contains("incremental on " + full.name()), newest);
        final String named = CliRun.success("snapshot", "show", dataDir.toString(), full.name()).out;
        assertTrue(named.startsWith("name           " + full.name()), named);
        assertTrue(named.contains("index 10, term 3, log time 1970-01-01T00:00:01.010Z"), named);
        assertEquals(named, CliRun.success("snapshot", "show", full.name(), "--data-dir", dataDir.toString()).out);
        assertTrue(CliRun.success("snapshot", "show", dataDir.toString(), "--json").out.contains("\"base\": \"" + full.name() + "\""));
        assertEquals("cairn: no snapshot x in " + dir + "; see cairn snapshot list", CliRun.refusal(1, "snapshot", "show", dataDir.toString(), "x"));
    }

    @Test
    void shouldVerifyAllOrTheNamedOnes() {
        assertEquals(full.name() + " is whole\n" + increment.name() + " is whole\n", CliRun.success("snapshot", "verify", dataDir.toString()).out);
        assertEquals(full.name() + " is whole\n", CliRun.success("snapshot", "verify", dataDir.toString(), full.name()).out);
        assertTrue(CliRun.success("--json", "snapshot", "verify", dataDir.toString()).out.endsWith("\"damaged\": 0}\n"));
    }

    @Test
    void shouldNameFileAndOffsetWhenABitFlipped() throws IOException {
        final Path file = dir.resolve(full.name()).resolve(full.files().get(0).name());
        flipBit(file, Files.size(file) / 2);
        final CliRun run = CliRun.of("snapshot", "verify", dataDir.toString());
        assertEquals(1, run.code);
        assertTrue(run.out.contains(full.name() + "/" + full.files().get(0).name() + " offset=" + Files.size(file) / 2), run.out);
        assertTrue(run.err.matches("cairn: 1 of 2 snapshots in " + dir + " damaged, first finding: [^\\n]+\\n"), run.err);
        final CliRun json = CliRun.of("snapshot", "verify", dataDir.toString(), "--json");
        assertEquals(1, json.code);
        assertTrue(json.out.contains("\"whole\": false, \"findings\": [{\"file\": \"") && json.out.endsWith("\"damaged\": 1}\n"), json.out);
    }

    @Test
    void shouldListASnapshotWhoseManifestIsDamaged() throws IOException {
        flipBit(dir.resolve(full.name()).resolve(SnapshotManifest.FILE_NAME), 20);
        assertTrue(CliRun.success("snapshot", "list", dataDir.toString()).out.contains(full.name() + "  "));
        assertNotNull(CliRun.refusal(1, "snapshot", "show", dataDir.toString(), full.name()));
        assertFalse(CliRun.of("snapshot", "verify", dataDir.toString()).err.isEmpty());
    }

    @Test
    void shouldSayWhenThereIsNothingToLookAt() throws IOException {
        final Path empty = Files.createDirectory(dataDir.resolve("empty"));
        final String none = dataDir.resolve("none").toString();
        assertEquals("cairn: no directory " + none + "; name a data directory", CliRun.refusal(1, "snapshot", "list", none));
        assertEquals("cairn: no snapshot in " + empty, CliRun.refusal(1, "snapshot", "verify", empty.toString()));
        assertEquals("cairn: no snapshot in " + empty, CliRun.refusal(1, "snapshot", "show", empty.toString()));
        assertEquals("cairn: name the data directory: cairn snapshot verify DIR; see cairn snapshot verify --help",
            CliRun.refusal(2, "snapshot", "verify"));
    }

    @Test
    void shouldTakeASnapshotThatTheNextStartRestores(@TempDir final Path other) {
        final String place = other.toString();
        CliRun.success("kv", "put", "a", "b", "--data-dir", place, "--profile", "small");
        final String first = CliRun.success("snapshot", "take", place, "--profile", "small").out;
        assertTrue(first.matches("\\d+-\\d+-\\d+  index 3, term 2, full, \\d+ bytes\\n"), first);
        final String[] driven = {"snapshot", "--data-dir", place, "take", "--json", "--profile", "small", "--set", "threading.mode=invoker"};
        final String second = CliRun.success(driven).out;
        assertTrue(second.matches("\\{\"name\": \"[^\"]+\", \"index\": 4, \"term\": 3, [^\\n]+\\}\\n"), second);
        assertEquals(3, CliRun.success("snapshot", "list", place).out.lines().count());
        assertTrue(CliRun.success("snapshot", "verify", place).out.lines().allMatch(line -> line.endsWith(" is whole")));
        assertEquals("b\n", CliRun.success("kv", "get", "a", "--data-dir", place, "--profile", "small").out);
    }
}
