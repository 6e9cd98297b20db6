package io.cairn.engine;

import io.cairn.engine.bootstrap.MemberChange;
import io.cairn.wal.RecordSummary;
import io.cairn.wal.WalInspector;
import io.cairn.wal.WalVerifier;
import io.cairn.wal.io.MappedStorageIo;
import io.cairn.wal.layout.RecordDescriptor;
import io.cairn.wal.layout.SegmentDescriptor;
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
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Every kind of thing that a member has on disk is damaged, one after the other, in real files: in a directory that was closed in order, and in one
 * whose process was killed. What may have been acknowledged is found, named with file, offset and index, and repaired from the others; where a member
 * no longer knows what it promised it refuses to start and says what to do, and what it says works. The states are equal in the end, each time.
 */
@Timeout(300)
final class MemberDamageTest {
    private static final int VICTIM = 2;
    private static final int SPARE = 3;
    private static final MappedStorageIo STORAGE = new MappedStorageIo();
    private static final int[] HEADER_FIELDS = {
        RecordDescriptor.LENGTH_OFFSET, RecordDescriptor.TYPE_OFFSET, RecordDescriptor.INDEX_OFFSET, RecordDescriptor.TERM_OFFSET,
        RecordDescriptor.TIMESTAMP_OFFSET, RecordDescriptor.PAYLOAD_CRC_OFFSET, RecordDescriptor.CHAIN_OFFSET, RecordDescriptor.PREV_CHAIN_OFFSET,
        RecordDescriptor.FLOOR_LAG_OFFSET};

    @TempDir
    Path dir;

    private HandDrivenCluster cluster;

    @BeforeEach
    void found() {
        cluster = new HandDrivenCluster(dir, 3, 4);
        for (int id = 0; id < 3; id++) {
            cluster.launch(id);
        }
        cluster.put(40);
        final long session = cluster.openSession("one");
        cluster.openSession("two");
        cluster.putBatch();
        cluster.launch(SPARE);
        cluster.change(MemberChange.ADD, SPARE);
        cluster.put(300);
        cluster.change(MemberChange.REMOVE, SPARE);
        cluster.stop(SPARE);
        cluster.closeSession(session);
        final long before = cluster.member(cluster.leader()).appendedIndex();
        cluster.driveUntil("a tick is logged", () -> cluster.member(cluster.leader()).appendedIndex() > before);
        cluster.put(900);
        cluster.lead(1);
        cluster.put(50);
        cluster.awaitEqualStates();
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private Path log() {
        return cluster.directory(VICTIM).resolve("wal");
    }

    private List<Path> segments() {
        return list(log()).filter(file -> file.getFileName().toString().matches("\\d+-\\d+\\.wal")).sorted().toList();
    }

    private static Stream<Path> list(final Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList().stream();
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private List<RecordSummary> records() {
        final List<RecordSummary> records = new ArrayList<>();
        final WalInspector inspector = new WalInspector(STORAGE, log());
        segments().forEach(file -> inspector.forEachRecord(file, records::add));
        return records;
    }

    private static void flip(final Path file, final long at) {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            final int was = bytes.read();
            bytes.seek(at);
            bytes.write(was ^ 0x10);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private static void resize(final Path file, final long length) {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.setLength(length);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private static long size(final Path file) {
        return file.toFile().length();
    }

    private static void swap(final Path one, final Path other) {
        final Path aside = one.resolveSibling("aside");
        move(one, aside);
        move(other, one);
        move(aside, other);
    }

    private static void move(final Path from, final Path to) {
        try {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private static void delete(final Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted((left, right) -> right.compareTo(left)).forEach(file -> assertTrue(file.toFile().delete(), file.toString()));
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    /** The process of the victim ends in order, or is killed: then its directory is as it stands at this moment. */
    private void stop(final boolean isKilled) {
        if (VICTIM == cluster.leader()) {
            cluster.lead(0);
        }
        cluster.put(3);
        cluster.awaitEqualStates();
        if (!isKilled) {
            cluster.stop(VICTIM);
            return;
        }
        cluster.kill(VICTIM, dir.resolve("image"));
    }

    /** All of it is there again, and the cluster takes more. */
    private void awaitRepair() {
        cluster.driveUntil("the victim has no faulty range", () -> 0 == cluster.member(VICTIM).faultyRanges());
        cluster.awaitEqualStates();
        cluster.put(2);
        cluster.awaitEqualStates();
        cluster.driveUntil("the victim has no faulty range", () -> 0 == cluster.member(VICTIM).faultyRanges());
        assertTrue(cluster.status(VICTIM).notice().isEmpty(), cluster.status(VICTIM).notice());
    }

    private void verifyFiles() {
        cluster.stop(VICTIM);
        assertEquals(List.of(), WalVerifier.verify(STORAGE, log()).findings());
        cluster.launch(VICTIM);
        assertEquals(List.of(), cluster.member(VICTIM).warnings());
    }

    /** Whoever takes it refuses it, and the leader alone can find out why. */
    @Test
    void shouldBringUpANewMemberWhenAnEntryRotsUnderTheLeaderThatRuns() {
        cluster.lead(VICTIM);
        cluster.put(3);
        cluster.awaitEqualStates();
        final List<RecordSummary> records = records();
        final RecordSummary rotten = records.get(records.size() / 2);
        flip(rotten.file(), rotten.offset() + RecordDescriptor.HEADER_LENGTH + 1);
        delete(cluster.directory(SPARE));
        cluster.launch(SPARE);
        cluster.change(MemberChange.ADD, SPARE);
        cluster.put(3);
        cluster.awaitEqualStates();
        assertEquals(cluster.member(VICTIM).appliedIndex(), cluster.member(SPARE).appliedIndex());
        verifyFiles();
    }

    /** Damaged while the process is down; found at the start. */
    private void shouldRepair(final String what, final boolean isKilled, final String named, final Runnable damage) {
        try {
            stop(isKilled);
            damage.run();
            cluster.launch(VICTIM);
            final List<String> warnings = cluster.member(VICTIM).warnings();
            awaitRepair();
            final List<String> told = new ArrayList<>(warnings);
            told.addAll(cluster.member(VICTIM).errors());
            if (null != named) {
                assertTrue(told.stream().anyMatch(line -> line.matches(named)), () -> "nobody was told: " + named + " in " + told);
            }
        } catch (final Throwable ex) {
            throw new AssertionError(what + (isKilled ? ", killed" : ", closed") + ": " + ex.getMessage(), ex);
        }
    }

    private static String named(final RecordSummary record) {
        return ".*\\Q" + record.file() + "\\E: offset " + record.offset() + ": index " + record.index() + ": .*|.*entr.* " + record.index() +
            " .*\\Q" + record.file() + "\\E: offset " + record.offset() + ": .*";
    }

    private static String named(final Path file) {
        return ".*\\Q" + file + "\\E: offset .*";
    }

    /** Every type of record, the first, one in the middle and the last of each, in every field of the header and in the payload. */
    @Test
    void shouldRepairEveryFieldOfEveryKindOfRecord() {
        stop(false);
        final List<RecordSummary> records = records();
        cluster.launch(VICTIM);
        int tried = 0;
        for (final int type : new int[] {
            RecordDescriptor.COMMAND, RecordDescriptor.NO_OP, RecordDescriptor.CONFIGURATION, RecordDescriptor.TICK, RecordDescriptor.SESSION}) {
            final List<RecordSummary> ofType = records.stream().filter(record -> record.type() == type).toList();
            assertFalse(ofType.isEmpty(), "no record of type " + type);
            for (int i = 0; i < HEADER_FIELDS.length; i++) {
                final RecordSummary record = ofType.get(i * (ofType.size() - 1) / (HEADER_FIELDS.length - 1));
                final int field = HEADER_FIELDS[i];
                shouldRepair("type " + type + " byte " + field, 0 == tried++ % 3, named(record), () -> flip(record.file(), record.offset() + field));
            }
            for (final RecordSummary record : List.of(ofType.get(0), ofType.get(ofType.size() / 2), ofType.get(ofType.size() - 1))) {
                if (record.payloadLength() > 0) {
                    final int last = RecordDescriptor.HEADER_LENGTH + record.payloadLength() - 1;
                    shouldRepair("type " + type + " payload", 0 == tried++ % 2, named(record), () -> flip(record.file(), record.offset() + last));
                }
            }
        }
        verifyFiles();
    }

    /** All configuration entries at once, among them the joint ones: what the members are must be learned from the others. */
    @Test
    void shouldRepairAllEntriesOfOneKindAtOnce() {
        stop(false);
        final List<RecordSummary> records = records();
        cluster.launch(VICTIM);
        for (final int type : new int[] {RecordDescriptor.CONFIGURATION, RecordDescriptor.SESSION, RecordDescriptor.NO_OP, RecordDescriptor.TICK}) {
            final List<RecordSummary> ofType = records.stream().filter(record -> record.type() == type).toList();
            for (final boolean isKilled : new boolean[] {false, true}) {
                shouldRepair("every entry of type " + type, isKilled, named(ofType.get(0)), () ->
                    ofType.forEach(record -> flip(record.file(), record.offset() + RecordDescriptor.INDEX_OFFSET)));
            }
        }
        verifyFiles();
    }

    @Test
    void shouldRepairEveryPartOfASegmentAndSegmentsThatAreLost() {
        final int headerPage = SegmentDescriptor.PAGE_LENGTH;
        for (final boolean isKilled : new boolean[] {false, true}) {
            final List<Path> now = segments();
            assertTrue(now.size() > 4, "too few segments: " + now);
            final int middle = now.size() / 2;
            final Path sealed = now.get(middle);
            final Consumer<Path> zero = file -> {
                final long length = size(file);
                resize(file, 0);
                resize(file, length);
            };
            shouldRepair("header of a sealed segment", isKilled, named(sealed), () -> flip(sealed, 40));
            shouldRepair("unused byte of the header page", isKilled, null, () -> flip(sealed, headerPage - 8));
            shouldRepair("header of the first segment", isKilled, named(now.get(0)), () -> flip(now.get(0), 20));
            shouldRepair("mark page of a sealed segment", isKilled, null, () -> flip(sealed, headerPage + 24));
            shouldRepair("footer of a sealed segment", isKilled, null, () -> flip(sealed, size(sealed) - headerPage + 40));
            shouldRepair("sparse index of a footer", isKilled, null, () -> flip(sealed, size(sealed) - headerPage + 130));
            shouldRepair("a sealed segment of zero bytes", isKilled, named(sealed), () -> resize(sealed, 0));
            shouldRepair("a sealed segment that is cut short", isKilled, named(sealed), () -> resize(sealed, size(sealed) / 2));
            shouldRepair("a sealed segment that is zeroed", isKilled, named(sealed), () -> zero.accept(sealed));
            shouldRepair("a sealed segment that is lost", isKilled, named(now.get(middle - 1)), () -> assertTrue(sealed.toFile().delete()));
            shouldRepair("the first segment is of zero bytes", isKilled, named(now.get(0)), () -> resize(now.get(0), 0));
            shouldRepair("the first segment is zeroed", isKilled, named(now.get(0)), () -> zero.accept(now.get(0)));
            shouldRepair("the first segment is lost", isKilled, ".*entries 1 to \\d+ corrupt at .*", () ->
                assertTrue(now.get(0).toFile().delete()));
            shouldRepair("the first two segments are lost", isKilled, ".*entries 1 to \\d+ corrupt at .*", () -> {
                final List<Path> first = segments();
                assertTrue(first.get(0).toFile().delete());
                assertTrue(first.get(1).toFile().delete());
            });
            final List<Path> then = segments();
            shouldRepair("two sealed segments that are lost", isKilled, named(then.get(middle - 1)), () -> {
                assertTrue(then.get(middle).toFile().delete());
                assertTrue(then.get(middle + 1).toFile().delete());
            });
            shouldRepair("header of the last segment", isKilled, null, () -> flip(last(), 40));
            shouldRepair("marks of the last segment", isKilled, null, this::flipMarks);
            shouldRepair("the last segment is lost", isKilled, null, () -> assertTrue(last().toFile().delete()));
            shouldRepair("the last segment is of zero bytes", isKilled, null, () -> resize(last(), 0));
            shouldRepair("the room behind the last record", isKilled, null, () -> flip(last(), size(last()) - headerPage - 8));
            shouldRepair("the spare segment", isKilled, null, () ->
                list(log()).filter(file -> file.getFileName().toString().startsWith("spare-")).forEach(file -> flip(file, 9000)));
        }
        verifyFiles();
    }

    private Path last() {
        final List<Path> now = segments();
        return now.get(now.size() - 1);
    }

    @Test
    void shouldGoOnWithOneWholeCopyOfAPromise() {
        for (final boolean isKilled : new boolean[] {false, true}) {
            for (int page = 0; page < 8; page++) {
                final long at = (long)SegmentDescriptor.PAGE_LENGTH * page + 24;
                shouldRepair("page " + page + " of stable", isKilled, null, () -> flip(log().resolve("stable"), at));
            }
        }
        verifyFiles();
    }

    /** What a member promised, and whose directory this is, stands nowhere else: it refuses, and does not come back but as a new one. */
    @Test
    void shouldRefuseToStartWhereItDoesNotKnowWhatItPromisedAndComeBackBlank() {
        refuses("both copies of the first slot of the promise", () -> {
            flip(log().resolve("stable"), 24);
            flip(log().resolve("stable"), 24 + 2 * 4096);
        });
        refuses("both copies of the second slot of the metadata", () -> {
            flip(log().resolve("stable"), 24 + 5 * 4096);
            flip(log().resolve("stable"), 24 + 7 * 4096);
        });
        refuses("stable is lost", () -> assertTrue(log().resolve("stable").toFile().delete()));
        refuses("stable is cut short", () -> resize(log().resolve("stable"), 5000));
        refuses("identity", () -> flip(log().resolve("identity"), 33));
        refuses("identity is lost", () -> assertTrue(log().resolve("identity").toFile().delete()));
        refuses("every segment is lost", () -> segments().forEach(file -> assertTrue(file.toFile().delete())));
        refuses("two segments that stand in each other's place", () -> swap(segments().get(1), segments().get(2)));
    }

    /** The entry that says which cluster it is; a directory that founded the cluster has that in a file as well. */
    @Test
    void shouldLearnItsClusterAgainWhereItWasTakenUpBlank() {
        refuses("every segment is lost", () -> segments().forEach(file -> assertTrue(file.toFile().delete())));
        stop(false);
        final List<RecordSummary> configurations = records().stream().filter(record -> RecordDescriptor.CONFIGURATION == record.type()).toList();
        assertFalse(configurations.isEmpty());
        cluster.launch(VICTIM);
        for (final boolean isKilled : new boolean[] {false, true}) {
            shouldRepair("what names the cluster", isKilled, named(configurations.get(0)), () ->
                configurations.forEach(record -> flip(record.file(), record.offset() + RecordDescriptor.HEADER_LENGTH)));
        }
        verifyFiles();
    }

    /** Damage that a snapshot covered let the log begin in the middle of a segment; then the snapshot is gone, and what was left before. */
    @Test
    void shouldRefuseToStartWhereTheLogEndsBeforeItBegins() {
        cluster.takeSnapshot(VICTIM);
        stop(false);
        final List<RecordSummary> records = records();
        final RecordSummary covered = records.get(records.size() - 20);
        final RecordSummary before = records.get(records.size() - 30);
        assertEquals(last(), before.file(), "the last records stand in two segments");
        flip(covered.file(), covered.offset() + RecordDescriptor.INDEX_OFFSET);
        cluster.launch(VICTIM);
        assertEquals(covered.index() + 1, cluster.member(VICTIM).firstIndex());
        awaitRepair();
        refuses("snapshots and the end of the log are lost", () -> {
            delete(cluster.directory(VICTIM).resolve("snapshots"));
            flipMarks();
            for (long at = before.offset(); at < size(last()) - SegmentDescriptor.PAGE_LENGTH; at += 8) {
                flip(last(), at);
            }
        });
    }

    private void flipMarks() {
        for (int mark = 0; mark < SegmentDescriptor.MARK_COUNT; mark++) {
            flip(last(), SegmentDescriptor.MARKS_OFFSET + SegmentDescriptor.SECTOR_LENGTH * mark + 24);
        }
    }

    private void refuses(final String what, final Runnable damage) {
        try {
            stop(false);
            damage.run();
            final Throwable refusal = assertThrows(RuntimeException.class, () -> cluster.launch(VICTIM));
            assertTrue(refusal.getMessage().matches("\\Q" + log() + "\\E[^\\n]*: delete \\Q" + cluster.directory(VICTIM) +
                "\\E and start the member again[^\\n]*"), refusal.getMessage());
            final long incarnation = cluster.status(0).configuration().membership().incarnation(VICTIM);
            delete(cluster.directory(VICTIM));
            cluster.launch(VICTIM);
            cluster.driveUntil("it votes again", () -> {
                final var membership = cluster.status(cluster.leader()).configuration().membership();
                final boolean isNew = membership.isVoter(VICTIM) && membership.incarnation(VICTIM) != incarnation;
                return isNew && !membership.isJoint() && !membership.isStaging();
            });
            awaitRepair();
        } catch (final Throwable ex) {
            throw new AssertionError(what + ": " + ex.getMessage(), ex);
        }
    }
}
