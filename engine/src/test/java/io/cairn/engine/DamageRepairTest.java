package io.cairn.engine;

import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.wal.RecordSummary;
import io.cairn.wal.WalInspector;
import io.cairn.wal.WalVerifier;
import io.cairn.wal.io.MappedStorageIo;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Bytes of the logs of a minority are flipped, in every kind of record and every part of a segment, while the members are down: each is found,
 * repaired from the others, and nothing acknowledged is lost. Where a majority's copies of one entry are gone, the members refuse to go on.
 */
@Timeout(360)
final class DamageRepairTest {
    private static final int MEMBERS = 3;
    private static final int ENTRIES = 600;
    private static final long PATIENCE_NS = 60_000_000_000L;
    private static final MappedStorageIo STORAGE = new MappedStorageIo();

    @TempDir
    Path dir;

    private MediaDriver driver;
    private final StorageEngine[] members = new StorageEngine[MEMBERS];
    private final String[] endpoints = new String[MEMBERS];
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[16]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[200]);
    private int answered;
    private boolean isLed;
    private long written;

    @AfterEach
    void close() {
        stopAll();
        if (null != driver) {
            driver.close();
        }
    }

    private void stopAll() {
        for (int id = 0; id < MEMBERS; id++) {
            if (null != members[id]) {
                members[id].close();
                members[id] = null;
            }
        }
    }

    /** Three members with some entries of every kind, closed in order. */
    private void prepare() {
        driver = MediaDriver.launch(new MediaDriver.Context()
            .aeronDirectoryName(dir.resolve("aeron").toString())
            .threadingMode(ThreadingMode.SHARED)
            .asyncExecutorEnabled(false)
            .clientLivenessTimeoutNs(60_000_000_000L)
            .publicationUnblockTimeoutNs(120_000_000_000L)
            .dirDeleteOnShutdown(true));
        final int port = Members.freePorts(10 * MEMBERS);
        for (int id = 0; id < MEMBERS; id++) {
            endpoints[id] = "127.0.0.1:" + (port + 10 * id);
        }
        launchAll();
        put(ENTRIES);
        awaitEqualDigests();
        stopAll();
    }

    private void launchAll() {
        for (int id = 0; id < MEMBERS; id++) {
            launch(id);
        }
    }

    private void launch(final int id) {
        final ClusterContext cluster = new ClusterContext().memberId(id).sharedMemory(dir.resolve("aeron"));
        for (int member = 0; member < MEMBERS; member++) {
            cluster.member(member, endpoints[member]);
        }
        members[id] = StorageEngine.launch(new EngineContext()
            .dataDirectory(dir.resolve("member-" + id))
            .profile("small")
            .failureHandler(Throwable::printStackTrace)
            .set("wal.segment.size", "64k")
            .set("wal.record.max", "4k")
            .cluster(cluster));
    }

    private static void await(final String what, final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadlineNs < 0, "waited in vain for " + what);
            LockSupport.parkNanos(100_000);
        }
    }

    private StorageEngine leader() {
        final StorageEngine[] found = new StorageEngine[1];
        await("a leader", () -> {
            for (final StorageEngine member : members) {
                if (null != member && member.isLeader()) {
                    found[0] = member;
                }
            }
            return null != found[0];
        });
        return found[0];
    }

    /** A busy machine may change its leader in between: then the same is put again, through who leads now. */
    private void put(final int count) {
        boolean isPut = false;
        while (!isPut) {
            isPut = isPut(leader(), count);
        }
        written += count;
    }

    private boolean isPut(final StorageEngine leader, final int count) {
        answered = 0;
        isLed = true;
        try (AsyncKeyValue client = leader.newClient()) {
            for (int i = 0; i < count; i++) {
                key.putLong(8, written + i);
                value.putLong(0, written + i);
                while (client.put(AsyncKeyValue.DEFAULT_TABLE, key, 0, 16, value, 0, value.capacity()) < 0) {
                    client.poll(this::onReply, 100);
                }
            }
            await("answers", () -> {
                client.poll(this::onReply, 100);
                return answered == count;
            });
        }
        return isLed;
    }

    private void onReply(
        final long correlationId, final int status, final long index, final DirectBuffer buffer, final int offset, final int length) {
        if (ReplyStatus.NOT_LEADER == status || ReplyStatus.UNKNOWN == status) {
            isLed = false;
        } else {
            assertEquals(ReplyStatus.OK, status);
        }
        answered++;
    }

    /** What is logged unasked, by a new leader for instance, may come in between: then they are looked at again. */
    private void awaitEqualDigests() {
        final Set<StorageEngine.Digest> digests = new HashSet<>();
        await("members to apply the same", () -> {
            final long applied = leader().appliedIndex();
            digests.clear();
            for (final StorageEngine member : members) {
                if (member.appliedIndex() != applied || applied < written) {
                    return false;
                }
            }
            for (final StorageEngine member : members) {
                digests.add(member.digest(true));
            }
            return 1 == digests.stream().mapToLong(StorageEngine.Digest::index).distinct().count();
        });
        assertEquals(1, digests.size(), "states at one index differ");
    }

    private Path log(final int id) {
        return dir.resolve("member-" + id).resolve("wal");
    }

    private List<Path> segments(final int id) throws IOException {
        try (Stream<Path> files = Files.list(log(id))) {
            return files.filter(file -> file.getFileName().toString().matches("\\d+-\\d+\\.wal")).sorted().toList();
        }
    }

    private List<RecordSummary> records(final int id) throws IOException {
        final List<RecordSummary> records = new ArrayList<>();
        final WalInspector inspector = new WalInspector(STORAGE, log(id));
        for (final Path file : segments(id)) {
            inspector.forEachRecord(file, records::add);
        }
        return records;
    }

    private static void flip(final Path file, final long at) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            final int was = bytes.read();
            bytes.seek(at);
            bytes.write(was ^ 0x10);
        }
    }

    /** All come up, agree, take more, and what stood damaged is whole again. */
    private void mend(final int damaged) throws IOException {
        launchAll();
        awaitEqualDigests();
        put(20);
        awaitEqualDigests();
        await("the last repair", () -> 0 == members[damaged].faultyRanges());
        stopAll();
        for (int id = 0; id < MEMBERS; id++) {
            assertEquals(List.of(), WalVerifier.verify(STORAGE, log(id)).findings(), "member " + id);
        }
    }

    @Test
    void shouldRepairEveryKindOfRecordOfOneMember() throws IOException {
        prepare();
        final List<RecordSummary> records = records(1);
        for (final int type : new int[] {RecordDescriptor.NO_OP, RecordDescriptor.CONFIGURATION, RecordDescriptor.COMMAND}) {
            for (final int part : new int[] {0, 16, 36, 48}) {
                for (final RecordSummary record : records) {
                    if (record.type() == type && (part < 48 || record.payloadLength() > 0)) {
                        flip(record.file(), record.offset() + part);
                        mend(1);
                        break;
                    }
                }
            }
        }
    }

    @Test
    void shouldRepairManyRecordsAndEveryPartOfASegment() throws IOException {
        prepare();
        final List<RecordSummary> records = records(2);
        for (int i = 3; i < records.size(); i += 7) {
            flip(records.get(i).file(), records.get(i).offset() + i % 80);
        }
        mend(2);
        final List<Path> segments = segments(2);
        final Path middle = segments.get(segments.size() / 2);
        flip(middle, 40);
        mend(2);
        flip(middle, Files.size(middle) - 4096 + 40);
        mend(2);
        Files.write(middle, new byte[(int)Files.size(middle)]);
        mend(2);
        Files.delete(middle);
        mend(2);
        final Path stable = log(2).resolve("stable");
        flip(stable, 30);
        mend(2);
    }

    @Test
    void shouldRefuseToGoOnWhenAMajoritysCopiesOfAnEntryAreGone() throws IOException {
        prepare();
        final RecordSummary[] gone = new RecordSummary[2];
        for (int id = 0; id < 2; id++) {
            gone[id] = records(id).get(ENTRIES / 2);
            flip(gone[id].file(), gone[id].offset() + 48);
        }
        assertEquals(gone[0].index(), gone[1].index());
        launch(0);
        launch(1);
        await("both to know", () -> 1 == members[0].faultyRanges() && 1 == members[1].faultyRanges());
        final long deadlineNs = System.nanoTime() + 3_000_000_000L;
        while (System.nanoTime() - deadlineNs < 0) {
            for (int id = 0; id < 2; id++) {
                assertTrue(members[id].appliedIndex() < gone[0].index(), "something was applied behind what is lost");
            }
            LockSupport.parkNanos(1_000_000);
        }
        for (int id = 0; id < 2; id++) {
            final StorageEngine member = members[id];
            final String line = "entry " + gone[id].index() + " of this log (" + gone[id].file() + ": offset " + gone[id].offset() + ") is damaged";
            await("member " + id + " to say what is lost", () -> member.notice().join().startsWith(line));
            await("its error log", () -> member.errorCount() > 0);
        }
        launch(2);
        awaitEqualDigests();
        await("the last repair", () -> 0 == members[0].faultyRanges());
    }
}
