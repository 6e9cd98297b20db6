package io.cairn.engine.fuzz;

import io.cairn.engine.memory.AnonymousExtentSource;
import io.cairn.fsm.KeyValueCommands;
import io.cairn.fsm.KeyValueStateMachine;
import io.cairn.fsm.LogEntry;
import io.cairn.fsm.MachineFixture;
import io.cairn.fsm.MachineSnapshot;
import io.cairn.fsm.Reply;
import io.cairn.fsm.SessionTable;
import io.cairn.fsm.SnapshotSink;
import io.cairn.fsm.SnapshotSource;
import io.cairn.fsm.StateDigest;
import io.cairn.fsm.StateMachineContext;
import io.cairn.fsm.page.PageArena;
import io.cairn.fsm.page.PageStateException;
import io.cairn.fsm.page.Pin;
import io.cairn.snapshot.LoadedSnapshot;
import io.cairn.snapshot.RestoreReport;
import io.cairn.snapshot.SnapshotContext;
import io.cairn.snapshot.SnapshotException;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.snapshot.SnapshotRequest;
import io.cairn.snapshot.SnapshotStore;
import io.cairn.snapshot.SnapshotVerifier;
import io.cairn.snapshot.SnapshotWriter;
import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.layout.Crc32c;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Snapshots on a disk: manifests, pages and their index, a machine's own files. The input damages sound ones, which are then verified and restored.
 * First byte: 0 restores as by default; 2 checks the structure of the pages; 1 does so too, and seals everything before, so that damaged pages,
 * indexes and manifests are taken for what was written. Without sealing, what is restored is a state that was snapshotted. With it, what is wrong is
 * refused with a message, or read without leaving the pages.
 */
public final class SnapshotFuzz implements FuzzTarget {
    private static final Path DIR = Path.of("/data/snapshots");
    private static final int PAGE_SIZE = 512;
    private static final int PAGES_MAX = 1 << 12;
    private static final int BLOCK = 4096;
    private static final int SEALS = 1;
    private static final int EDITS_MAX = 12;
    private static final int COMMANDS = 6;

    private final SimulatedStorageIo base = new SimulatedStorageIo(1);
    private final Set<Long> digests = new TreeSet<>();
    private final UnsafeBuffer command = MachineFixture.buffer(1 << 14);
    private final Reply reply = new Reply().wrap(MachineFixture.buffer(1 << 14), 0, 1 << 14);

    /** With snapshots of its own: a full one, one built on it, one of a machine with files. */
    public SnapshotFuzz() {
        try (SnapshotStore store = new SnapshotStore(context(base, true).conclude());
            MachineFixture machine = new MachineFixture(PAGE_SIZE, PAGES_MAX)) {
            fill(machine, 24, 0);
            take(store, machine, 10, MachineSnapshot.IN_TABLES);
            fill(machine, 3, 5);
            take(store, machine, 20, MachineSnapshot.IN_TABLES);
            fill(machine, 2, 9);
            take(store, machine, 30, new Files());
        }
        assertTrue(base.files().size() >= 9, base.files()::toString);
    }

    private static SnapshotContext context(final SimulatedStorageIo io, final boolean verifiesStructure) {
        return new SnapshotContext().dir(DIR).storageIo(io).clusterId(42).sliceBytes(64 << 10).forceBytes(64 << 10).spaceReserveBytes(0)
            .incrementPercentMax(100).retain(5).chainMax(8).readThreads(1).verifyStructure(verifiesStructure);
    }

    private void fill(final MachineFixture machine, final int count, final int from) {
        final KeyValueCommands commands = new KeyValueCommands();
        final UnsafeBuffer name = new UnsafeBuffer("orders".getBytes(StandardCharsets.US_ASCII));
        machine.apply(command, 0, commands.encodeCreateTable(command, 0, name, 0, name.capacity()), reply);
        machine.sessions().open(machine.index(), machine.timestampMs(), new io.cairn.fsm.Bytes().wrap(name, 0, 3), 10_000, 8, reply.reset());
        for (int i = from; i < from + count; i++) {
            final UnsafeBuffer key = new UnsafeBuffer(("key-" + i).getBytes(StandardCharsets.US_ASCII));
            final UnsafeBuffer value = new UnsafeBuffer(new byte[i % 7 == 0 ? 900 : 20]);
            machine.apply(command, 0, commands.encodePut(
                command, 0, 0, key, 0, key.capacity(), value, 0, value.capacity(), i % 3 == 0 ? 5_000 : 0), reply);
        }
    }

    private void take(final SnapshotStore store, final MachineFixture machine, final long index, final MachineSnapshot files) {
        digests.add(machine.digest(true));
        machine.freeze();
        final SnapshotWriter writer = store.begin(new SnapshotRequest(index, 1, 1_000 + index).pages(machine.tables(), machine.tables().pinNewest())
            .machineSnapshot(files).createdMs(5_000 + index).configuration(new byte[] {1, 2}).incremental(true));
        for (int i = 0; !writer.isDone(); i++) {
            writer.doWork(i);
        }
        assertEquals(SnapshotWriter.State.PUBLISHED, writer.state(), () -> String.valueOf(writer.failure()));
    }

    /** A machine with two small files. */
    private static final class Files implements MachineSnapshot {
        @Override
        public boolean inTables() {
            return false;
        }

        @Override
        public void writeTo(final SnapshotSink sink) {
            final UnsafeBuffer bytes = new UnsafeBuffer(ByteBuffer.allocateDirect(200));
            sink.begin("one");
            sink.write(bytes, 0, 200);
            sink.begin("two");
            sink.write(bytes, 0, 3);
        }

        @Override
        public void close() {
        }
    }

    @Override
    public List<byte[]> seeds() {
        final List<byte[]> seeds = new ArrayList<>();
        final List<Path> files = base.files();
        for (int mode = 0; mode < 4; mode++) {
            for (int file = 0; file < files.size(); file++) {
                final ByteArrayOutputStream out = new ByteArrayOutputStream();
                out.write(mode);
                out.writeBytes(DiskEdits.edit(DiskEdits.INT, file, 4096 + 512 * mode + 16, (byte)-1, (byte)1, (byte)0, (byte)0));
                out.writeBytes(DiskEdits.edit(DiskEdits.BYTES, file, 80 + 8 * mode, (byte)2, (byte)'7', (byte)'7'));
                seeds.add(out.toByteArray());
                if (mode < 2) {
                    final ByteArrayOutputStream lost = new ByteArrayOutputStream();
                    lost.write(mode);
                    lost.writeBytes(DiskEdits.edit(DiskEdits.SIZE + file % 3, file, 4096));
                    seeds.add(lost.toByteArray());
                }
            }
            seeds.add(new byte[] {(byte)mode});
        }
        return seeds;
    }

    @Override
    public int rounds() {
        return 500;
    }

    @Override
    public long allocationMax(final int length) {
        // Copies of the disk, an arena, and all pages once more.
        return 24L << 20;
    }

    @Override
    public void accept(final byte[] input) {
        final Draw draw = new Draw(input);
        final int mode = draw.u8();
        final boolean isSealed = 0 != (mode & SEALS);
        try (SimulatedStorageIo disk = base.afterProcessCrash()) {
            final DiskEdits edits = new DiskEdits(disk);
            for (int i = 0; i < EDITS_MAX && draw.hasMore(); i++) {
                edits.apply(draw, null);
            }
            if (isSealed) {
                new SnapshotSeal(disk, edits, DIR).sealAll();
            }
            verify(disk);
            restore(disk, isSealed, 0 != mode);
            assertEquals(0, disk.openHandles(), "files stay open");
        }
    }

    private static void verify(final SimulatedStorageIo disk) {
        final SnapshotVerifier verifier = new SnapshotVerifier(disk);
        for (final String name : verifier.names(DIR)) {
            verifier.verify(DIR, name).forEach(finding -> finding.toString().length());
            try {
                verifier.manifest(DIR, name).toString();
            } catch (final SnapshotException | StorageException refused) {
                assertEquals(false, null == refused.getMessage());
            }
        }
    }

    private void restore(final SimulatedStorageIo disk, final boolean isSealed, final boolean verifiesStructure) {
        try (SnapshotStore store = new SnapshotStore(context(disk, verifiesStructure).conclude())) {
            store.findings().forEach(finding -> finding.toString().length());
            for (final SnapshotManifest manifest : store.list()) {
                store.verify(manifest);
            }
            final RestoreReport report = store.restoreNewest(SnapshotFuzz::arena);
            report.findings().forEach(finding -> finding.toString().length());
            if (report.loaded().isPresent()) {
                final LoadedSnapshot loaded = report.loaded().get();
                try {
                    use(loaded, isSealed);
                } catch (final IndexOutOfBoundsException refused) {
                    // Rows lie in sound pages, what they mean is their machine's: a reader stops where one ends too early.
                    assertTrue(isSealed, () -> "rows that were never written: " + refused);
                } finally {
                    loaded.tables().arena().close();
                }
            }
        } catch (final SnapshotException | StorageException | PageStateException refused) {
            assertEquals(false, null == refused.getMessage());
        }
    }

    private static PageArena arena(final int pageSize, final int pageCount) {
        if (pageSize != PAGE_SIZE) {
            throw new SnapshotException("pages of " + pageSize + " bytes");
        }
        return new PageArena(new AnonymousExtentSource(false), pageSize, 64, PAGES_MAX);
    }

    /** Everything is read, and some of it is changed. */
    private void use(final LoadedSnapshot loaded, final boolean isSealed) {
        for (final String name : loaded.source().names()) {
            loaded.source().read(name, 0, command, 0, (int)Math.min(command.capacity(), loaded.source().length(name)));
        }
        try (Pin pin = loaded.tables().pinNewest()) {
            final long digest = StateDigest.of(loaded.tables().view(pin), 0, true);
            assertTrue(isSealed || digests.contains(digest), "a state that never was");
        }
        try (KeyValueStateMachine machine = new KeyValueStateMachine()) {
            machine.open(new StateMachineContext().tables(loaded.tables()).conclude());
            final SessionTable sessions = new SessionTable(loaded.tables());
            machine.restore(SnapshotSource.EMPTY);
            final KeyValueCommands commands = new KeyValueCommands();
            final LogEntry entry = new LogEntry();
            for (int i = 0; i < COMMANDS; i++) {
                final UnsafeBuffer key = new UnsafeBuffer(("key-" + i * 5).getBytes(StandardCharsets.US_ASCII));
                final int length = i % 2 == 0 ? commands.encodePut(command, 0, 0, key, 0, key.capacity(), key, 0, key.capacity(), 0) :
                    commands.encodeDelete(command, 0, 0, key, 0, key.capacity());
                final long timestampMs = 1_000_000 + i * 4_000L;
                sessions.expire(timestampMs);
                machine.apply(entry.wrap(100 + i, 1, timestampMs, command, 0, length), reply.reset());
            }
            loaded.tables().freeze();
            try (Pin pin = loaded.tables().pinNewest()) {
                StateDigest.of(loaded.tables().view(pin), 0, true);
            }
        }
    }

    @Override
    public void close() {
        base.close();
    }

    /**
     * Makes checksums match again, from the pages up: pages into their index, blocks of the index, files into the manifest, the manifest itself.
     *
     * @param disk  with the snapshots.
     * @param edits to write with.
     * @param dir   of the snapshots.
     */
    private record SnapshotSeal(SimulatedStorageIo disk, DiskEdits edits, Path dir) {
        private static final UnsafeBuffer FOLD = new UnsafeBuffer(ByteBuffer.allocateDirect(8));

        void sealAll() {
            for (final String name : disk.list(dir)) {
                final Path manifest = dir.resolve(name).resolve(SnapshotManifest.FILE_NAME);
                if (disk.exists(manifest)) {
                    sealPages(dir.resolve(name));
                    sealManifest(dir.resolve(name), manifest);
                }
            }
        }

        private void sealPages(final Path snapshot) {
            final Path pages = snapshot.resolve("pages.dat");
            final Path index = snapshot.resolve("pages.idx");
            if (disk.exists(pages) && disk.exists(index) && disk.sizeOf(index) >= BLOCK) {
                final UnsafeBuffer head = edits.read(index, 0, BLOCK);
                final boolean isIncremental = head.getInt(12, ByteOrder.LITTLE_ENDIAN) == 1;
                final int pageCount = Math.min(1 << 10, Math.max(0, head.getInt(20, ByteOrder.LITTLE_ENDIAN)));
                final int words = (pageCount + 63) / 64;
                final long[] stored = new long[words];
                for (int i = 0; i < words; i++) {
                    stored[i] = head.getLong(80 + 8 * (isIncremental ? words + i : i), ByteOrder.LITTLE_ENDIAN);
                }
                int rank = 0;
                for (int page = 0; page < pageCount; page++) {
                    final int at = 80 + 8 * words * (isIncremental ? 2 : 1) + 4 * rank;
                    if (0 != (stored[page / 64] >>> page & 1) && at < BLOCK - 12) {
                        final int position = BLOCK + PAGE_SIZE * (isIncremental ? rank : page);
                        edits.putInt(index, at, Crc32c.compute(edits.read(pages, position, PAGE_SIZE), 0, PAGE_SIZE));
                        rank++;
                    }
                }
            }
            if (disk.exists(pages)) {
                edits.putInt(pages, BLOCK - 4, Crc32c.compute(edits.read(pages, 0, BLOCK), 0, BLOCK - 4));
            }
        }

        private int sealBlocks(final Path file) {
            int checksum = 0;
            for (int at = 0; at + BLOCK <= disk.sizeOf(file); at += BLOCK) {
                final int crc = Crc32c.compute(edits.read(file, at, BLOCK), 0, BLOCK - 4);
                edits.putInt(file, at + BLOCK - 4, crc);
                checksum = fold(checksum, crc);
            }
            return checksum;
        }

        private int pagesChecksum(final Path snapshot, final Path pages) {
            int checksum = fold(0, edits.read(pages, 0, BLOCK).getInt(BLOCK - 4, ByteOrder.LITTLE_ENDIAN));
            final Path index = snapshot.resolve("pages.idx");
            if (disk.exists(index) && disk.sizeOf(index) >= BLOCK) {
                final UnsafeBuffer read = edits.read(index, 0, BLOCK);
                final boolean isIncremental = read.getInt(12, ByteOrder.LITTLE_ENDIAN) == 1;
                final int words = (Math.min(1 << 10, Math.max(0, read.getInt(20, ByteOrder.LITTLE_ENDIAN))) + 63) / 64;
                final int count = Math.min(512, Math.max(0, read.getInt(28, ByteOrder.LITTLE_ENDIAN)));
                final byte[] head = new byte[BLOCK];
                read.getBytes(0, head);
                final UnsafeBuffer copy = new UnsafeBuffer(head);
                for (int i = 0; i < count; i++) {
                    final int at = 80 + 8 * words * (isIncremental ? 2 : 1) + 4 * i;
                    checksum = fold(checksum, at < BLOCK - 12 ? copy.getInt(at, ByteOrder.LITTLE_ENDIAN) : 0);
                }
            }
            return checksum;
        }

        private static int fold(final int checksum, final int block) {
            final UnsafeBuffer words = FOLD;
            words.putInt(0, checksum, ByteOrder.LITTLE_ENDIAN);
            words.putInt(4, block, ByteOrder.LITTLE_ENDIAN);
            return Crc32c.compute(words, 0, 8);
        }

        /** Lines {@code file=NAME LENGTH CHECKSUM ORIGIN} get the checksums that the files have now; the last line that of the text. */
        private void sealManifest(final Path snapshot, final Path manifest) {
            final int size = (int)Math.min(disk.sizeOf(manifest), 1 << 15);
            final UnsafeBuffer read = edits.read(manifest, 0, size);
            final byte[] bytes = new byte[size];
            read.getBytes(0, bytes);
            final StringBuilder text = new StringBuilder(new String(bytes, StandardCharsets.ISO_8859_1));
            for (int at = text.indexOf("\nfile="); at >= 0; at = text.indexOf("\nfile=", at + 1)) {
                final int end = text.indexOf("\n", at + 1);
                final String[] parts = text.substring(at + 6, end < 0 ? text.length() : end).split(" ", -1);
                final String hex = parts.length == 4 && parts[2].length() == 8 ? checksumOf(snapshot, parts[0]) : null;
                if (null != hex) {
                    final int from = at + 6 + parts[0].length() + 1 + parts[1].length() + 1;
                    text.replace(from, from + 8, hex);
                }
            }
            final int end = text.length() - "checksum=01234567\n".length();
            if (end > 0) {
                final UnsafeBuffer head = new UnsafeBuffer(ByteBuffer.allocateDirect(end));
                head.putBytes(0, text.substring(0, end).getBytes(StandardCharsets.ISO_8859_1));
                text.replace(end, text.length(), "checksum=" + HexFormat.of().toHexDigits(Crc32c.compute(head, 0, end)) + "\n");
                final UnsafeBuffer sealed = new UnsafeBuffer(ByteBuffer.allocateDirect(text.length()));
                sealed.putBytes(0, text.toString().getBytes(StandardCharsets.ISO_8859_1));
                try (StorageFile file = disk.open(manifest, OpenMode.READ_WRITE)) {
                    file.write(0, sealed, 0, sealed.capacity());
                }
            }
        }

        private String checksumOf(final Path snapshot, final String name) {
            final boolean isKnown = "pages.dat".equals(name) || name.endsWith(".idx") && name.indexOf('/') < 0 && name.indexOf(0) < 0;
            final Path file = isKnown ? snapshot.resolve(name) : null;
            if (null == file || !disk.exists(file) || disk.sizeOf(file) < BLOCK) {
                return null;
            }
            return HexFormat.of().toHexDigits(name.endsWith(".idx") ? sealBlocks(file) : pagesChecksum(snapshot, file));
        }
    }
}
