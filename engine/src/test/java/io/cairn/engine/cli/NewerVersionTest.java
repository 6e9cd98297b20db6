package io.cairn.engine.cli;

import io.cairn.engine.Members;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.SegmentDescriptor;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A member's directory that a newer version has written: every file that has a version, right in its checksum. Each is refused in one line that
 * names the file, the version found, the one that is known and the way out; nothing on disk is another afterwards.
 */
@Timeout(240)
final class NewerVersionTest {
    private static final int FOUNDING_VERSION_OFFSET = 8;

    @TempDir
    private Path dir;

    private interface Change {
        byte[] of(byte[] bytes);
    }

    private static UnsafeBuffer direct(final byte[] bytes) {
        final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(bytes.length));
        buffer.putBytes(0, bytes);
        return buffer;
    }

    private static byte[] bytes(final UnsafeBuffer buffer) {
        final byte[] bytes = new byte[buffer.capacity()];
        buffer.getBytes(0, bytes);
        return bytes;
    }

    private static int crc(final String text) {
        return Crc32c.compute(direct(text.getBytes(UTF_8)), 0, text.length());
    }

    /** The identity, and the header of a segment. */
    private static byte[] newerSector(final byte[] bytes) {
        final UnsafeBuffer buffer = direct(bytes);
        buffer.putInt(SegmentDescriptor.VERSION_OFFSET, buffer.getInt(SegmentDescriptor.VERSION_OFFSET) + 1);
        SegmentDescriptor.sealSector(buffer.addressOffset());
        return bytes(buffer);
    }

    /** Term, vote and metadata: pages of their own, each with its checksum. */
    private static byte[] newerPages(final byte[] bytes) {
        final UnsafeBuffer buffer = direct(bytes);
        for (int at = 0; at < bytes.length; at += SegmentDescriptor.PAGE_LENGTH) {
            buffer.putInt(at + SegmentDescriptor.VERSION_OFFSET, buffer.getInt(at + SegmentDescriptor.VERSION_OFFSET) + 1);
            SegmentDescriptor.sealSector(buffer.addressOffset() + at);
        }
        return bytes(buffer);
    }

    private static byte[] newerManifest(final byte[] bytes) {
        final String text = new String(bytes, UTF_8).replace("format=1\n", "format=2\n");
        final String checked = text.substring(0, text.lastIndexOf("checksum="));
        return (checked + "checksum=" + String.format("%08x", crc(checked)) + "\n").getBytes(UTF_8);
    }

    private static byte[] newerFounding(final byte[] bytes) {
        final UnsafeBuffer buffer = direct(bytes);
        buffer.putInt(FOUNDING_VERSION_OFFSET, 2, ByteOrder.LITTLE_ENDIAN);
        final int length = bytes.length - Integer.BYTES;
        buffer.putInt(length, Crc32c.compute(buffer, 0, length), ByteOrder.LITTLE_ENDIAN);
        return bytes(buffer);
    }

    private static byte[] newerMachine(final byte[] bytes) {
        final String line = new String(bytes, UTF_8);
        final String checked = line.substring(0, line.lastIndexOf(" crc=")).replace("cairn-machine 1 ", "cairn-machine 2 ");
        return (checked + " crc=" + String.format("%08x", crc(checked)) + "\n").getBytes(UTF_8);
    }

    /** Every file with its bytes' checksum and its time; what says that somebody looked, the lock and the counters, is left out. */
    private static Map<String, String> tree(final Path root) throws IOException {
        final Map<String, String> tree = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (final Path file : files.toList()) {
                final String name = root.relativize(file).toString();
                if (Files.isRegularFile(file) && !name.equals("counters.dat") && !name.endsWith("lock")) {
                    final byte[] bytes = Files.readAllBytes(file);
                    final FileTime time = Files.getLastModifiedTime(file);
                    tree.put(name, bytes.length + " " + Crc32c.compute(direct(bytes), 0, bytes.length) + " " + time);
                }
            }
        }
        return tree;
    }

    private static Path find(final Path root, final String pattern) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> root.relativize(file).toString().matches(pattern)).sorted().findFirst().orElseThrow();
        }
    }

    private static void put(final Members members) {
        try (AsyncKeyValue client = members.engine(0).newClient()) {
            final UnsafeBuffer bytes = new UnsafeBuffer(new byte[8]);
            assertTrue(client.put(AsyncKeyValue.DEFAULT_TABLE, bytes, 0, 8, bytes, 0, 8) >= 0);
            final int[] answer = {ReplyStatus.UNKNOWN};
            Members.await(() -> client.poll((correlationId, status, index, buffer, offset, length) -> answer[0] = status, 1) > 0);
            assertEquals(ReplyStatus.OK, answer[0]);
        }
    }

    @Test
    void shouldRefuseWhatANewerVersionWroteAndChangeNothing() throws Exception {
        final Path data = dir.resolve("member-0");
        final String endpoint;
        try (Members members = new Members()) {
            members.cluster(context -> context.bootstrap(true)).launch(dir, false, 1);
            members.leader();
            put(members);
            assertTrue(members.engine(0).takeSnapshot().get(60, TimeUnit.SECONDS).index() > 0);
            endpoint = members.endpoint(0);
        }
        refused(data, endpoint, "wal/identity", 3, 2, NewerVersionTest::newerSector);
        refused(data, endpoint, "wal/\\d+-\\d+\\.wal", 0, 0, NewerVersionTest::newerSector);
        refused(data, endpoint, "wal/spare-\\d+\\.wal", 0, 0, NewerVersionTest::newerSector);
        refused(data, endpoint, "wal/stable", 0, 0, NewerVersionTest::newerPages);
        refused(data, endpoint, "snapshots/[^/]+/MANIFEST", 2, 1, NewerVersionTest::newerManifest);
        refused(data, endpoint, "founding", 2, 1, NewerVersionTest::newerFounding);
        refused(data, endpoint, "machine", 2, 1, NewerVersionTest::newerMachine);
    }

    private static void refused(
        final Path data, final String endpoint, final String pattern, final int found, final int known, final Change change) throws IOException {
        final Path file = find(data, pattern);
        final byte[] whole = Files.readAllBytes(file);
        Files.write(file, change.of(whole));
        final Map<String, String> before = tree(data);
        final CliRun run = CliRun.of("node", "--id", "0", "--members", "0=" + endpoint, "--data-dir", data.toString(), "--profile", "small");
        assertEquals(1, run.code, run.err);
        final String versions = 0 == found ? "\\d+, this program knows \\d+" : found + ", this program knows " + known;
        assertTrue(run.err.matches("cairn: \\Q" + file + "\\E: [^\\n]* has format version " + versions + "; use a newer program\\n"), run.err);
        assertEquals(before, tree(data), file + " was refused, and something was changed");
        Files.write(file, whole);
    }
}
