package io.cairn.engine;

import io.cairn.snapshot.SnapshotManifest;
import io.cairn.snapshot.SnapshotVerifier;
import io.cairn.wal.WalVerifier;
import io.cairn.wal.io.MappedStorageIo;
import org.agrona.IoUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Every file of a member's snapshots is damaged in every region, one after the other, in real files: while the member is down, while it runs and
 * reads them over, and while it sends them to another. Each is found and named with snapshot, file and offset; the member goes on from an older
 * snapshot and its log, or, where the log behind that is gone, from a snapshot of another member, and keeps its log. The states are equal each time.
 */
@Timeout(300)
final class SnapshotFileDamageTest {
    private static final int VICTIM = 2;
    private static final MappedStorageIo STORAGE = new MappedStorageIo();
    private static final String MANIFEST = SnapshotManifest.FILE_NAME;
    private static final String PAGES = "pages.dat";
    private static final String INDEX = "pages.idx";
    private static final int SNAPSHOTS = 4;
    private static final int[] PAGE_HEADER_FIELDS = {0, 8, 12, 16, 20, 24, 28, 32, 36, 40, 48, 56, 64, 72, 100, 4091, 4092};
    private static final int[] INDEX_FIELDS = {0, 8, 12, 28, 32, 56, 72, 80, 100, 4087, 4088, 4092};

    @TempDir
    Path dir;

    private HandDrivenCluster cluster;
    private int tried;

    /** Which of a member's snapshots: two chains of a full one and an increment are there, and the log behind the older chain is gone. */
    private enum Which {
        /** The newest alone, an increment. */
        NEWEST,
        /** The one that the newest is built on. */
        BASE,
        /** Every one. */
        ALL
    }

    private interface Damage {
        void to(Path file) throws IOException;
    }

    /** Damage that is found when what is newest is restored: of a page that was changed since, an older copy is not read. */
    private record Case(String what, String file, boolean isReadOfBase, Damage damage) {
        private Case(final String what, final String file, final Damage damage) {
            this(what, file, true, damage);
        }
    }

    private void found() {
        cluster = new HandDrivenCluster(dir, 3, 3)
            .set("log.trailing.entries", "0")
            .set("snapshot.chain.max", "1")
            .set("cluster.snapshot.increments", "false")
            .set("error.log.size", "2m");
        for (int id = 0; id < 3; id++) {
            cluster.launch(id);
        }
        cluster.put(1_000);
        cluster.openSession("one");
        takeSnapshots();
        keepOne();
        cluster.driveUntil("the log behind the older chain is released", () -> cluster.member(VICTIM).firstIndex() > 1);
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    /** For what is exchanged: whole, and of this member, but not what should stand there. */
    private void keepOne() {
        final Path earlier = dir.resolve("earlier");
        try {
            Files.createDirectory(earlier);
            for (final String file : List.of(MANIFEST, PAGES, INDEX)) {
                Files.copy(snapshots(VICTIM).resolve(names(VICTIM).get(0)).resolve(file), earlier.resolve(file));
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private Path snapshots(final int id) {
        return cluster.directory(id).resolve("snapshots");
    }

    private List<String> names(final int id) {
        return new SnapshotVerifier(STORAGE).names(snapshots(id));
    }

    private SnapshotManifest manifest(final String name) {
        return new SnapshotVerifier(STORAGE).manifest(snapshots(VICTIM), name);
    }

    /** Until there is an increment on a full one, and such a chain behind it that shares no file with the first. */
    private void takeSnapshots() {
        boolean isComplete = false;
        while (!isComplete) {
            cluster.put(1);
            cluster.takeSnapshot(VICTIM);
            final List<String> names = names(VICTIM);
            isComplete = names.size() >= SNAPSHOTS;
            for (int i = 0; isComplete && i < SNAPSHOTS; i++) {
                isComplete = manifest(names.get(names.size() - 1 - i)).isIncremental() == (0 == i % 2);
            }
        }
    }

    private static void flip(final Path path, final long at) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(path.toFile(), "rw")) {
            bytes.seek(at);
            final int was = bytes.read();
            bytes.seek(at);
            bytes.write(was ^ 0x01);
        }
    }

    private static void resize(final Path path, final long length) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(path.toFile(), "rw")) {
            bytes.setLength(length);
        }
    }

    private static long size(final Path path) {
        return path.toFile().length();
    }

    /** Every region of every file, and what can befall a file as a whole. */
    private static List<Case> cases() {
        final List<Case> cases = new ArrayList<>();
        for (final int field : PAGE_HEADER_FIELDS) {
            cases.add(new Case("header, byte " + field, PAGES, file -> flip(file, field)));
        }
        cases.add(new Case("first page", PAGES, false, file -> flip(file, 4096 + 9)));
        cases.add(new Case("last byte", PAGES, false, file -> flip(file, size(file) - 1)));
        cases.add(new Case("every page", PAGES, file -> {
            for (long at = 4096 + 100; at < size(file); at += 4096) {
                flip(file, at);
            }
        }));
        for (final int field : INDEX_FIELDS) {
            cases.add(new Case("byte " + field, INDEX, file -> flip(file, field)));
        }
        for (int eighth = 0; eighth < 8; eighth++) {
            final int part = eighth;
            cases.add(new Case("eighth " + part, MANIFEST, file -> flip(file, size(file) * part / 8)));
        }
        cases.add(new Case("its checksum", MANIFEST, file -> flip(file, size(file) - 3)));
        return cases;
    }

    private List<Case> wholeFiles() {
        final List<Case> cases = new ArrayList<>();
        for (final String file : List.of(MANIFEST, PAGES, INDEX)) {
            cases.add(new Case("lost", file, Files::delete));
            cases.add(new Case("empty", file, path -> resize(path, 0)));
            cases.add(new Case("cut short", file, path -> resize(path, size(path) / 2)));
            cases.add(new Case("a byte short", file, path -> resize(path, size(path) - 1)));
            cases.add(new Case("too long", file, path -> resize(path, size(path) + 4096)));
            cases.add(new Case("zeroed", file, path -> Files.write(path, new byte[(int)size(path)])));
            cases.add(new Case("of another snapshot", file, path -> Files.copy(dir.resolve("earlier").resolve(file), path,
                StandardCopyOption.REPLACE_EXISTING)));
            cases.add(new Case("of another program", file, path -> Files.writeString(path, "#!/bin/sh\nexit 0\n")));
        }
        return cases;
    }

    private void damage(final Case one, final List<String> names, final Which which) {
        final List<String> damaged = Which.BASE == which ? names.subList(names.size() - 2, names.size() - 1) :
            names.subList(Which.ALL == which ? 0 : names.size() - 1, names.size());
        try {
            for (final String name : damaged) {
                one.damage().to(snapshots(VICTIM).resolve(name).resolve(one.file()));
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    /** Damaged while the process is down. */
    private void recovers(final Case one, final Which which) {
        recovers(one, which, () -> cluster.put(1));
    }

    private void recovers(final Case one, final Which which, final Runnable write) {
        final boolean isKilled = 0 == tried++ % 2;
        try {
            if (VICTIM == cluster.leader()) {
                cluster.lead(0);
            }
            write.run();
            write.run();
            cluster.awaitEqualStates();
            final long first = cluster.member(VICTIM).firstIndex();
            final List<String> names = names(VICTIM);
            if (isKilled) {
                cluster.kill(VICTIM, dir.resolve("image"));
            } else {
                cluster.stop(VICTIM);
            }
            damage(one, names, which);
            cluster.launch(VICTIM);
            final List<String> told = cluster.member(VICTIM).warnings();
            final String damaged = names.get(names.size() - (Which.BASE == which ? 2 : 1));
            assertTrue(told.stream().anyMatch(line -> line.matches("(?s).*\\Q" + damaged + "/" + one.file() + "\\E offset=\\d+.*")), () ->
                "nobody was told: " + told);
            final boolean isAsked = told.stream().anyMatch(line -> line.contains("a snapshot is asked of the other members"));
            assertEquals(Which.ALL == which, isAsked, told::toString);
            cluster.awaitEqualStates();
            write.run();
            cluster.awaitEqualStates();
            if (Which.ALL == which) {
                assertTrue(cluster.member(VICTIM).firstIndex() <= first, "the log was discarded");
                assertEquals(1, names(VICTIM).size(), "a snapshot of another member is not here");
            } else {
                takeSnapshots();
            }
        } catch (final Throwable ex) {
            throw new AssertionError(one + " " + which + (isKilled ? ", killed" : ", closed") + ": " + ex.getMessage(), ex);
        }
    }

    private void verifyFiles() {
        for (int id = 0; id < 3; id++) {
            cluster.stop(id);
            for (final String name : names(id)) {
                assertEquals(List.of(), new SnapshotVerifier(STORAGE).verify(snapshots(id), name));
            }
            assertEquals(List.of(), WalVerifier.verify(STORAGE, cluster.directory(id).resolve("wal")).findings());
        }
        for (int id = 0; id < 3; id++) {
            assertEquals(List.of(), cluster.launch(id).warnings());
        }
        cluster.awaitEqualStates();
    }

    @Test
    void shouldGoOnWithoutTheNewestSnapshotWhereverItIsDamaged() {
        found();
        for (final Case one : cases()) {
            recovers(one, one.isReadOfBase() && 0 == tried % 3 ? Which.BASE : Which.NEWEST);
        }
        for (final Case one : wholeFiles()) {
            recovers(one, 0 == tried % 3 ? Which.NEWEST : Which.BASE);
        }
        verifyFiles();
    }

    @Test
    void shouldTakeASnapshotOfAnotherMemberWhereEveryOneIsDamaged() {
        found();
        final List<Case> read = cases().stream().filter(Case::isReadOfBase).toList();
        for (int i = 0; i < read.size(); i += 6) {
            recovers(read.get(i), Which.ALL);
        }
        final List<Case> whole = wholeFiles();
        for (int i = 0; i < whole.size(); i += 2) {
            recovers(whole.get(i), Which.ALL);
        }
        verifyFiles();
    }

    /** Read over and over: what rots is set aside before anything is built on it, and another one is written. */
    @Test
    void shouldReplaceASnapshotThatRotsWhileTheMemberRuns() {
        found();
        cluster.stop(VICTIM);
        cluster.set("scrub.interval", "1s").launch(VICTIM);
        cluster.awaitEqualStates();
        final List<Case> all = Stream.concat(cases().stream(), wholeFiles().stream()).toList();
        for (int i = 0; i < all.size(); i += 7) {
            final Case one = all.get(i);
            try {
                cluster.put(1);
                final String damaged = cluster.takeSnapshot(VICTIM).name();
                one.damage().to(snapshots(VICTIM).resolve(damaged).resolve(one.file()));
                cluster.driveUntil("it is found, and another one is there", () -> {
                    final List<String> names = names(VICTIM);
                    return !names.contains(damaged) && !names.isEmpty() && names.get(names.size() - 1).compareTo(damaged) >= 0;
                });
                final List<String> told = cluster.member(VICTIM).errors();
                assertTrue(told.stream().anyMatch(line -> line.matches(".*snapshot damaged: \\Q" + damaged + "/" + one.file() + "\\E offset=\\d+.*" +
                    "; it was set aside, a new one is being taken")), () -> "nobody was told: " + told);
            } catch (final IOException | AssertionError ex) {
                throw new AssertionError(one + ": " + ex.getMessage(), ex);
            }
        }
        cluster.awaitEqualStates();
        verifyFiles();
    }

    /** Nobody reads them over but the member that they are sent to: what it cannot use is not sent for ever. */
    @Test
    void shouldSendAnotherSnapshotWhenThoseThatAreThereHaveRotted() throws IOException {
        found();
        for (final Case one : wholeFiles()) {
            if (MANIFEST.equals(one.file()) || !List.of("cut short", "of another snapshot").contains(one.what())) {
                // A manifest is sent as it was read at the start.
                continue;
            }
            // Started anew, the member keeps no log for those that it sent a snapshot to.
            cluster.stop(VICTIM);
            cluster.launch(VICTIM);
            cluster.lead(VICTIM);
            cluster.awaitEqualStates();
            cluster.stop(0);
            final long held = cluster.member(VICTIM).appendedIndex();
            cluster.put(500);
            for (int i = 0; i < SNAPSHOTS; i++) {
                cluster.put(1);
                cluster.takeSnapshot(VICTIM);
            }
            cluster.driveUntil("the log is released", () -> cluster.member(VICTIM).firstIndex() > held + 1);
            damage(one, names(VICTIM), Which.ALL);
            cluster.launch(0);
            cluster.put(1);
            cluster.awaitEqualStates();
            final List<String> told = cluster.member(VICTIM).errors();
            assertTrue(told.stream().anyMatch(line -> line.matches(".*snapshot damaged: \\S+/" + one.file() + " offset=\\d+.*; it was set aside.*")),
                () -> one + ": nobody was told: " + told);
        }
    }

    /** Files of a machine that brings its own state, and their index. */
    @Test
    void shouldTakeTheStateOfAMachineFromAnotherMember() {
        cluster = new HandDrivenCluster(dir, 3, 3)
            .machine(WordCountMachine.NAME, WordCountMachine::new)
            .set("log.trailing.entries", "0")
            .set("snapshot.incremental", "false");
        for (int id = 0; id < 3; id++) {
            cluster.launch(id);
        }
        final byte[] word = "long".repeat(50).getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 1_000; i++) {
            cluster.command(word);
        }
        for (int i = 0; i < 2; i++) {
            cluster.command(word);
            cluster.takeSnapshot(VICTIM);
        }
        cluster.driveUntil("the log is released", () -> cluster.member(VICTIM).firstIndex() > 1);
        long counted = 1_002;
        for (final String file : List.of("machine.idx", "machine/counts")) {
            for (final Case one : List.of(
                new Case("first byte", file, path -> flip(path, 0)),
                new Case("last byte", file, path -> flip(path, size(path) - 1)),
                new Case("lost", file, Files::delete),
                new Case("empty", file, path -> resize(path, 0)),
                new Case("too long", file, path -> resize(path, size(path) + 7)))) {
                recovers(one, Which.ALL, () -> cluster.command(word));
                counted += 3;
                cluster.lead(VICTIM);
                assertEquals(counted, cluster.query(VICTIM, word), one.toString());
            }
        }
    }

    private List<Path> segments() {
        try (Stream<Path> files = Files.list(cluster.directory(VICTIM).resolve("wal"))) {
            return files.filter(file -> file.getFileName().toString().matches("\\d+-\\d+\\.wal")).sorted().toList();
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private void loseFirstSegments(final int count) {
        final List<Path> segments = segments();
        assertTrue(segments.size() > count, segments::toString);
        for (int i = 0; i < count; i++) {
            assertTrue(segments.get(i).toFile().delete());
        }
    }

    /** All that end before an entry. */
    private int segmentsUpTo(final long index) {
        return (int)segments().stream().filter(file -> Long.parseLong(file.getFileName().toString().split("-")[0]) <= index).count() - 1;
    }

    private void isWholeAgain() {
        cluster.awaitEqualStates();
        cluster.driveUntil("nothing is damaged", () -> 0 == cluster.member(VICTIM).faultyRanges());
        cluster.put(1);
        cluster.awaitEqualStates();
    }

    /** The log before a snapshot is not needed, that behind it comes from the others, and where there is no snapshot either, one of theirs does. */
    @Test
    void shouldDoWithoutTheFirstSegmentsOfItsLog() {
        cluster = new HandDrivenCluster(dir, 3, 3).set("snapshot.incremental", "false").set("cluster.snapshot.increments", "false");
        for (int id = 0; id < 3; id++) {
            cluster.launch(id);
        }
        cluster.put(100);
        cluster.awaitEqualStates();
        final long covered = cluster.takeSnapshot(VICTIM).index();
        cluster.put(900);
        cluster.awaitEqualStates();
        for (int count = 1; count <= 2; count++) {
            cluster.stop(VICTIM);
            loseFirstSegments(count);
            final List<String> told = cluster.launch(VICTIM).warnings();
            assertTrue(told.stream().anyMatch(line -> line.matches(".*entries " + (covered + 1) + " to \\d+ corrupt.*")), told::toString);
            assertEquals(covered + 1, cluster.member(VICTIM).firstIndex());
            isWholeAgain();
        }
        cluster.takeSnapshot(VICTIM);
        cluster.stop(VICTIM);
        loseFirstSegments(1);
        final List<String> told = cluster.launch(VICTIM).warnings();
        assertTrue(told.stream().anyMatch(line -> line.contains("a valid snapshot covers")), told::toString);
        assertEquals(0, cluster.member(VICTIM).faultyRanges());
        isWholeAgain();
        final long first = cluster.member(VICTIM).firstIndex();
        cluster.lead(1);
        cluster.stop(0);
        cluster.put(300);
        cluster.stop(VICTIM);
        IoUtil.delete(snapshots(VICTIM).toFile(), false);
        loseFirstSegments(segmentsUpTo(cluster.member(1).appliedIndex()));
        cluster.launch(VICTIM);
        assertEquals(first, cluster.member(VICTIM).firstIndex());
        isWholeAgain();
        // It leads now, and is asked for what it has lost.
        cluster.lead(VICTIM);
        cluster.launch(0);
        isWholeAgain();
        cluster.stop(VICTIM);
        cluster.launch(VICTIM);
        isWholeAgain();
        verifyFiles();
    }
}
