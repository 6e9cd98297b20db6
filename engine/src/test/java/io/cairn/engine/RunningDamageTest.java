package io.cairn.engine;

import io.cairn.wal.RecordSummary;
import io.cairn.wal.WalInspector;
import io.cairn.wal.WalVerifier;
import io.cairn.wal.io.MappedStorageIo;
import io.cairn.wal.layout.RecordDescriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Bytes of a log rot under a running member: in segments that it has written itself and in those that it found at its start, in every field of a
 * record. Whoever reads them finds it: the member that reads its log over, and the leader that sends them to a follower. What is found is named with
 * file and index, and repaired from the others while the cluster goes on.
 */
@Timeout(300)
final class RunningDamageTest {
    private static final int VICTIM = 2;
    private static final int BEHIND = 0;
    private static final MappedStorageIo STORAGE = new MappedStorageIo();
    private static final int[] FIELDS = {
        RecordDescriptor.LENGTH_OFFSET, RecordDescriptor.TYPE_OFFSET, RecordDescriptor.FLAGS_OFFSET, RecordDescriptor.INDEX_OFFSET,
        RecordDescriptor.TERM_OFFSET, RecordDescriptor.TIMESTAMP_OFFSET, RecordDescriptor.PAYLOAD_CRC_OFFSET, RecordDescriptor.CHAIN_OFFSET,
        RecordDescriptor.PREV_CHAIN_OFFSET, RecordDescriptor.FLOOR_LAG_OFFSET, RecordDescriptor.HEADER_LENGTH + 8,
        RecordDescriptor.HEADER_LENGTH + 60};

    @TempDir
    Path dir;

    private HandDrivenCluster cluster;

    @BeforeEach
    void found() {
        cluster = new HandDrivenCluster(dir, 3, 3).set("error.log.size", "2m");
        for (int id = 0; id < 3; id++) {
            cluster.launch(id);
        }
        cluster.lead(1);
        cluster.put(1_000);
        cluster.awaitEqualStates();
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private Path log(final int id) {
        return cluster.directory(id).resolve("wal");
    }

    private List<RecordSummary> records(final int id) {
        try (Stream<Path> files = Files.list(log(id))) {
            final List<RecordSummary> records = new ArrayList<>();
            final WalInspector inspector = new WalInspector(STORAGE, log(id));
            files.filter(file -> file.getFileName().toString().matches("\\d+-\\d+\\.wal")).sorted()
                .forEach(file -> inspector.forEachRecord(file, records::add));
            return records;
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private static void flip(final RecordSummary record, final int field) {
        try (RandomAccessFile bytes = new RandomAccessFile(record.file().toFile(), "rw")) {
            bytes.seek(record.offset() + field);
            final int was = bytes.read();
            bytes.seek(record.offset() + field);
            bytes.write(was ^ 0x10);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private void awaitRepair(final int id, final RecordSummary damaged, final String what) {
        try {
            cluster.driveUntil("it is said to be damaged", () -> isNamed(id, damaged));
            cluster.driveUntil("it is repaired", () -> 0 == cluster.member(id).faultyRanges());
            cluster.put(1);
            cluster.awaitEqualStates();
        } catch (final Throwable ex) {
            throw new AssertionError(what + " of " + damaged.index() + ": " + ex.getMessage() + cluster.member(id).errors(), ex);
        }
    }

    private boolean isNamed(final int id, final RecordSummary damaged) {
        return cluster.member(id).errors().stream().anyMatch(line -> line.matches(".*entries \\d+ to \\d+ corrupt.*\\Q" + damaged.file() +
            "\\E: offset " + damaged.offset() + ".*being repaired from the other members"));
    }

    private void verifyFiles() {
        for (int id = 0; id < 3; id++) {
            cluster.stop(id);
            assertEquals(List.of(), WalVerifier.verify(STORAGE, log(id)).findings());
        }
    }

    private void scrubs(final String what, final boolean isFresh) {
        final List<RecordSummary> records = records(VICTIM);
        for (int i = isFresh ? 0 : 1; i < FIELDS.length; i += isFresh ? 2 : 3) {
            final RecordSummary record = records.get(100 + 50 * i);
            assertEquals(RecordDescriptor.COMMAND, record.type());
            flip(record, FIELDS[i]);
            awaitRepair(VICTIM, record, what + ", byte " + FIELDS[i]);
        }
    }

    @Test
    void shouldFindWhatRotsWhenItReadsItsLogOver() {
        cluster.stop(VICTIM);
        cluster.set("scrub.interval", "1s").launch(VICTIM);
        cluster.awaitEqualStates();
        scrubs("found at the start", false);
        cluster.put(1_000);
        cluster.awaitEqualStates();
        verifyFiles();
    }

    @Test
    void shouldFindWhatRotsInWhatItWroteItself() {
        cluster.close();
        cluster = new HandDrivenCluster(dir.resolve("anew"), 3, 3).set("error.log.size", "2m").set("scrub.interval", "1s");
        for (int id = 0; id < 3; id++) {
            cluster.launch(id);
        }
        cluster.put(1_000);
        cluster.awaitEqualStates();
        scrubs("written by itself", true);
        verifyFiles();
    }

    /** Nobody reads it over: it is found when the leader sends it. */
    @Test
    void shouldRepairWhatItSendsBeforeAFollowerGetsIt() {
        cluster.lead(VICTIM);
        for (int i = 0; i < FIELDS.length; i += 2) {
            cluster.stop(BEHIND);
            final long from = cluster.member(VICTIM).appendedIndex();
            cluster.put(60);
            final RecordSummary record = records(VICTIM).get((int)from + 30);
            flip(record, FIELDS[i]);
            cluster.launch(BEHIND);
            awaitRepair(VICTIM, record, "byte " + FIELDS[i]);
        }
        verifyFiles();
    }
}
