package io.cairn.engine.install;

import io.cairn.engine.fuzz.Draw;
import io.cairn.engine.fuzz.FuzzTarget;
import io.cairn.engine.fuzz.Guarded;
import io.cairn.engine.memory.AnonymousExtentSource;
import io.cairn.fsm.MachineSnapshot;
import io.cairn.fsm.page.BTree;
import io.cairn.fsm.page.PageArena;
import io.cairn.fsm.page.Tables;
import io.cairn.snapshot.SnapshotContext;
import io.cairn.snapshot.SnapshotFile;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.snapshot.SnapshotRequest;
import io.cairn.snapshot.SnapshotStore;
import io.cairn.snapshot.SnapshotVerifier;
import io.cairn.snapshot.SnapshotWriter;
import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.layout.Crc32c;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * One who receives a snapshot, and whatever a sender may say: the input is a list of what happens next. Messages are those of a sound snapshot, with
 * fields changed as the input says and sealed again; offers of a manifest whose text was changed and sealed; bytes as they are. Whatever comes, the
 * receiver refuses it or goes on, nothing is published that does not verify, and no file stays open.
 */
public final class TransferFuzz implements FuzzTarget {
    private static final Path DIR = Path.of("/data/snapshots");
    private static final long CLUSTER = 42;
    private static final int SENDER = 0;
    private static final int RECEIVER = 1;
    private static final int CHUNK = 1024;
    private static final int STEPS_MAX = 200;
    private static final long TRANSFER = 100;

    private final TransferCodec codec = new TransferCodec(() -> CLUSTER);
    private final TransferMessage message = new TransferMessage();
    private final TransferMessage made = new TransferMessage();
    private final Guarded guarded = new Guarded();
    private final TransferSettings settings =
        new TransferSettings(RECEIVER, CHUNK, 8 * CHUNK, 0, TimeUnit.MILLISECONDS.toNanos(100), TimeUnit.SECONDS.toNanos(10));
    private final byte[] soundManifest;
    private final byte[] files;
    private byte[] manifest;
    private boolean isOutletFull;
    private boolean mayPublish;
    private boolean isInstalled;

    /** With a snapshot of its own. */
    public TransferFuzz() {
        final SimulatedStorageIo disk = new SimulatedStorageIo(1);
        final Tables tables = new Tables(new PageArena(new AnonymousExtentSource(false), 512, 16, 1 << 10));
        final ByteArrayOutputStream stream = new ByteArrayOutputStream();
        final SnapshotManifest published;
        try (SnapshotStore store = new SnapshotStore(context(disk).conclude())) {
            final BTree tree = tables.create("$a");
            final UnsafeBuffer entry = new UnsafeBuffer(ByteBuffer.allocateDirect(64));
            for (int i = 0; i < 20; i++) {
                entry.putLong(0, i);
                tree.put(entry, 0, 8, entry, 0, 64);
            }
            tables.freeze();
            final SnapshotWriter writer = store.begin(new SnapshotRequest(10, 1, 1_000).pages(tables, tables.pinNewest())
                .machineSnapshot(MachineSnapshot.IN_TABLES).createdMs(5_000).configuration(new byte[] {1, 2}));
            for (int i = 0; !writer.isDone(); i++) {
                writer.doWork(i);
            }
            published = writer.manifest().orElseThrow();
        }
        soundManifest = read(disk, DIR.resolve(published.name()).resolve(SnapshotManifest.FILE_NAME));
        for (final SnapshotFile file : published.files()) {
            stream.writeBytes(read(disk, DIR.resolve(published.name()).resolve(file.name())));
        }
        files = stream.toByteArray();
        tables.arena().close();
        disk.close();
    }

    private static SnapshotContext context(final SimulatedStorageIo io) {
        return new SnapshotContext().dir(DIR).storageIo(io).clusterId(CLUSTER).sliceBytes(64 << 10).forceBytes(64 << 10).spaceReserveBytes(0);
    }

    private static byte[] read(final SimulatedStorageIo disk, final Path path) {
        try (StorageFile file = disk.open(path, OpenMode.READ)) {
            final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect((int)file.size()));
            file.read(0, buffer, 0, buffer.capacity());
            final byte[] bytes = new byte[buffer.capacity()];
            buffer.getBytes(0, bytes);
            return bytes;
        }
    }

    /** What may happen, by the byte that says so. */
    private enum Step {
        OFFER, CHUNK, CHUNKS, WORK, OUTLET, PUBLISHING, INSTALLED, RAW, CHANGED_OFFER, MANIFEST_EDIT, MANIFEST_SOUND, BEYOND, ABORT;

        private static final Step[] ALL = values();
    }

    @Override
    public List<byte[]> seeds() {
        final byte[] whole = {(byte)Step.OFFER.ordinal(), (byte)Step.CHUNKS.ordinal(), 0, (byte)Step.PUBLISHING.ordinal(), (byte)Step.WORK.ordinal(),
            1, (byte)Step.INSTALLED.ordinal(), (byte)Step.WORK.ordinal(), 1, (byte)Step.OFFER.ordinal()};
        final byte[] again = {(byte)Step.OFFER.ordinal(), (byte)Step.OUTLET.ordinal(), (byte)Step.CHUNK.ordinal(), 0, 0, 0, 1, 0, 1,
            (byte)Step.ABORT.ordinal(), (byte)Step.WORK.ordinal(), 50, (byte)Step.OUTLET.ordinal(), (byte)Step.OFFER.ordinal(),
            (byte)Step.CHANGED_OFFER.ordinal(), 3, 1, 0, 0, 0, (byte)Step.CHUNKS.ordinal(), 0};
        final ByteArrayOutputStream edited = new ByteArrayOutputStream();
        final String text = new String(soundManifest, StandardCharsets.US_ASCII);
        for (final String key : List.of("page-count=", "file=", "files=", "index=", "stored-pages=")) {
            final int at = text.indexOf(key) + key.length();
            edited.writeBytes(new byte[] {(byte)Step.MANIFEST_EDIT.ordinal(), (byte)at, (byte)(at >> 8), 1, '9'});
            edited.writeBytes(new byte[] {(byte)Step.OFFER.ordinal(), (byte)Step.CHUNKS.ordinal(), 0, (byte)Step.WORK.ordinal(), 1});
            edited.writeBytes(new byte[] {(byte)Step.MANIFEST_SOUND.ordinal(), (byte)Step.WORK.ordinal(), 99});
        }
        final ByteArrayOutputStream raw = new ByteArrayOutputStream();
        raw.write(Step.RAW.ordinal());
        final byte[] bytes = offer(soundManifest);
        raw.writeBytes(new byte[] {(byte)bytes.length, 0});
        raw.writeBytes(bytes);
        final byte[] beyond = {(byte)Step.OFFER.ordinal(), (byte)Step.CHUNKS.ordinal(), 0, (byte)Step.BEYOND.ordinal(), 0, 0};
        return List.of(whole, again, beyond, edited.toByteArray(), raw.toByteArray());
    }

    private byte[] offer(final byte[] text) {
        head(TransferMessage.OFFER);
        made.limit = text.length + files.length;
        made.manifestLength = text.length;
        made.manifestCrc = crc(text, 0, text.length);
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[TransferCodec.PREFIX_LENGTH]);
        codec.encodePrefix(made, 0, buffer, 0);
        return buffer.byteArray();
    }

    private void head(final int type) {
        made.blank();
        made.type = type;
        made.from = SENDER;
        made.to = RECEIVER;
        made.term = 1;
        made.transferId = TRANSFER;
        made.index = 10;
        made.itemCount = 1;
    }

    private static int crc(final byte[] bytes, final int offset, final int length) {
        final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(Math.max(1, length)));
        buffer.putBytes(0, bytes, offset, length);
        return Crc32c.compute(buffer, 0, length);
    }

    @Override
    public int rounds() {
        return 1_200;
    }

    @Override
    public long allocationMax(final int length) {
        // An announced manifest has its room at once, and a bound; so have the buffers of whoever verifies what came.
        return (long)TransferCodec.MANIFEST_LENGTH_MAX * 4 + ALLOCATION_PER_BYTE * 64 * length;
    }

    @Override
    public void accept(final byte[] input) {
        final Draw draw = new Draw(input);
        manifest = soundManifest;
        isOutletFull = false;
        mayPublish = false;
        isInstalled = false;
        try (SimulatedStorageIo disk = new SimulatedStorageIo(1); SnapshotStore store = new SnapshotStore(context(disk).conclude())) {
            final SnapshotReceiver receiver = new SnapshotReceiver(settings, store, new IncrementFiles(disk, DIR), this::send, new Node());
            long nowNs = 0;
            for (int i = 0; i < STEPS_MAX && draw.hasMore(); i++) {
                nowNs += step(draw, receiver, nowNs);
            }
            receiver.close();
            assertEquals(0, disk.openHandles(), "files stay open");
            final SnapshotVerifier verifier = new SnapshotVerifier(disk);
            for (final String name : verifier.names(DIR)) {
                assertEquals(List.of(), verifier.verify(DIR, name));
            }
        }
    }

    private long step(final Draw draw, final SnapshotReceiver receiver, final long nowNs) {
        switch (Step.ALL[draw.u8() % Step.ALL.length]) {
            case OFFER -> deliver(receiver, offer(manifest), nowNs);
            case CHANGED_OFFER -> {
                final byte[] bytes = offer(manifest);
                change(draw, bytes);
                deliver(receiver, bytes, nowNs);
            }
            case CHUNK -> {
                final int position = draw.i32();
                chunk(receiver, position, draw.u16(), draw.u8(), nowNs);
            }
            case CHUNKS -> {
                final int last = manifest.length + files.length;
                final int item = draw.u8();
                for (int position = 0; position < last;) {
                    position += chunk(receiver, position, CHUNK, item, nowNs);
                }
            }
            case WORK -> {
                final long passed = TimeUnit.MILLISECONDS.toNanos(draw.u8() * 10L);
                receiver.doWork(nowNs + passed);
                return passed;
            }
            case OUTLET -> isOutletFull = !isOutletFull;
            case PUBLISHING -> mayPublish = !mayPublish;
            case INSTALLED -> {
                if (isInstalled) {
                    isInstalled = false;
                    receiver.onInstalled();
                }
            }
            case RAW -> deliver(receiver, draw.bytes(draw.u16()), nowNs);
            case MANIFEST_EDIT -> edit(draw);
            case BEYOND -> {
                final byte[] data = new byte[1 + draw.u8()];
                chunk(receiver, manifest.length + files.length - draw.u8(), 0, data, nowNs);
            }
            case MANIFEST_SOUND -> manifest = soundManifest;
            default -> {
                head(TransferMessage.ABORT);
                final UnsafeBuffer buffer = new UnsafeBuffer(new byte[TransferCodec.PREFIX_LENGTH]);
                codec.encodePrefix(made, 0, buffer, 0);
                deliver(receiver, buffer.byteArray(), nowNs);
            }
        }
        return 0;
    }

    /** Cut at the ends of manifest and files, as a sender does. */
    private int chunk(final SnapshotReceiver receiver, final int position, final int wanted, final int item, final long nowNs) {
        final int last = manifest.length + files.length;
        final int from = Math.floorMod(position, last);
        final int end = from < manifest.length ? manifest.length : last;
        int length = Math.max(1, Math.min(Math.min(wanted, CHUNK), end - from));
        final byte[] data;
        if (from < manifest.length) {
            data = Arrays.copyOfRange(manifest, from, from + length);
        } else {
            // Blocks of 4,096 bytes and pages of 512 fill the files: no chunk that begins on a border of 512 and has 512 bytes reaches over two.
            length = Math.min(length, 512 - (from - manifest.length) % 512);
            data = Arrays.copyOfRange(files, from - manifest.length, from - manifest.length + length);
        }
        chunk(receiver, position, item, data, nowNs);
        return length;
    }

    private void chunk(final SnapshotReceiver receiver, final int position, final int item, final byte[] data, final long nowNs) {
        head(TransferMessage.CHUNK);
        made.position = Math.max(0, position);
        made.item = item & 1;
        made.dataCrc = crc(data, 0, data.length);
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[TransferCodec.PREFIX_LENGTH + data.length]);
        codec.encodePrefix(made, data.length, buffer, 0);
        buffer.putBytes(TransferCodec.PREFIX_LENGTH, data);
        deliver(receiver, buffer.byteArray(), nowNs);
    }

    private void change(final Draw draw, final byte[] bytes) {
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        final TransferMessage decoded = new TransferMessage();
        final UnsafeBuffer sound = guarded.wrap(bytes, 0, 0);
        if (codec.decode(sound, Guarded.OFFSET, bytes.length, decoded)) {
            switch (draw.u8() % 8) {
                case 0 -> decoded.index = draw.i64();
                case 1 -> decoded.limit = draw.i64();
                case 2 -> decoded.manifestLength = draw.i32();
                case 3 -> decoded.item = draw.u16();
                case 4 -> decoded.itemCount = draw.u16();
                case 5 -> decoded.transferId = draw.i64();
                case 6 -> decoded.term = draw.i64();
                default -> decoded.from = draw.u8();
            }
            if (draw.u8() % 2 == 1) {
                decoded.itemCount = 2;
            }
            codec.encodePrefix(decoded, 0, buffer, 0);
        }
    }

    /** Replaces a piece of the manifest's text, and seals it as whoever writes one does. */
    private void edit(final Draw draw) {
        final int at = Math.min(draw.u16(), manifest.length);
        final int removed = Math.min(draw.u8(), manifest.length - at);
        final int length = draw.u8() % 32;
        final byte[] inserted = draw.bytes(length);
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(manifest, 0, at);
        out.writeBytes(inserted);
        out.write(manifest, at + removed, manifest.length - at - removed);
        final byte[] edited = out.toByteArray();
        final int end = edited.length - "checksum=01234567\n".length();
        if (end > 0) {
            final String seal = "checksum=" + HexFormat.of().toHexDigits(crc(edited, 0, end)) + "\n";
            System.arraycopy(seal.getBytes(StandardCharsets.US_ASCII), 0, edited, end, edited.length - end);
            manifest = edited;
        }
    }

    private void deliver(final SnapshotReceiver receiver, final byte[] bytes, final long nowNs) {
        final UnsafeBuffer buffer = guarded.wrap(bytes, 0, 0xFF);
        if (codec.decode(buffer, Guarded.OFFSET, bytes.length, message)) {
            receiver.onMessage(message, buffer, codec.dataOffset(), codec.dataLength(), nowNs);
        }
    }

    private boolean send(final TransferMessage out, final DirectBuffer data, final int offset, final int length) {
        if (isOutletFull) {
            return false;
        }
        final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(TransferCodec.PREFIX_LENGTH).order(ByteOrder.LITTLE_ENDIAN));
        codec.encodePrefix(out, length, buffer, 0);
        return true;
    }

    /** The node that receives: it installs when it is told to. */
    private final class Node implements SnapshotReceiver.Host {
        @Override
        public long stateIndex() {
            return 0;
        }

        @Override
        public long term() {
            return 1;
        }

        @Override
        public boolean mayPublish() {
            return mayPublish;
        }

        @Override
        public void beforePublish(final SnapshotManifest published) {
            assertEquals(CLUSTER, published.clusterId());
        }

        @Override
        public void onReceived(final SnapshotManifest received) {
            isInstalled = true;
        }

        @Override
        public void onIncrement(final IncrementHeader header, final StorageFile file) {
            isInstalled = true;
        }

        @Override
        public void onFailed(final RuntimeException cause) {
            isInstalled = false;
        }
    }
}
