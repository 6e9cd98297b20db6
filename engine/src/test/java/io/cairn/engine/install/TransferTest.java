package io.cairn.engine.install;

import io.cairn.engine.memory.AnonymousExtentSource;
import io.cairn.fsm.MachineSnapshot;
import io.cairn.fsm.page.BTree;
import io.cairn.fsm.page.PageArena;
import io.cairn.fsm.page.Tables;
import io.cairn.snapshot.SnapshotContext;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.snapshot.SnapshotRequest;
import io.cairn.snapshot.SnapshotStore;
import io.cairn.snapshot.SnapshotVerifier;
import io.cairn.snapshot.SnapshotWriter;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.layout.Crc32c;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Sender and receiver over a network that a test holds in its hands; time is a number. */
final class TransferTest {
    private static final Path DIR = Path.of("/data/snapshots");
    private static final long CLUSTER = 42;
    private static final int LEADER = 0;
    private static final int FOLLOWER = 1;
    private static final long STEP_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int STEPS_MAX = 100_000;
    private static final int CHUNK = 700;
    private static final long WINDOW = 8 * CHUNK;

    private final SimulatedStorageIo leaderDisk = new SimulatedStorageIo(1);
    private final SimulatedStorageIo followerDisk = new SimulatedStorageIo(2);
    private final SnapshotStore leaderStore = new SnapshotStore(context(leaderDisk).conclude());
    private SnapshotStore followerStore = new SnapshotStore(context(followerDisk).conclude());
    private final Tables tables = new Tables(new PageArena(new AnonymousExtentSource(false), 512, 16, 1 << 14));
    private final UnsafeBuffer key = new UnsafeBuffer(ByteBuffer.allocateDirect(8));
    private final UnsafeBuffer value = new UnsafeBuffer(ByteBuffer.allocateDirect(64));
    private final TransferCodec codec = new TransferCodec(() -> CLUSTER);
    private final TransferMessage message = new TransferMessage();
    private final TransferSettings settings =
        new TransferSettings(LEADER, CHUNK, WINDOW, 0, TimeUnit.MILLISECONDS.toNanos(100), TimeUnit.SECONDS.toNanos(10));
    private final TransferSettings followerSettings =
        new TransferSettings(FOLLOWER, CHUNK, WINDOW, 0, settings.repeatNs(), settings.silenceNs());
    private final List<byte[]> toFollower = new ArrayList<>();
    private final List<byte[]> toLeader = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom(7);
    private final Node node = new Node();
    private SnapshotReceiver receiver = newReceiver();
    private SnapshotSender sender;
    private long nowNs;
    private long transferId = 100;
    private boolean connected = true;
    private int capacity = Integer.MAX_VALUE;
    private int lossOneOf;
    private int repeatOneOf;
    private int damageOneOf;
    private boolean reorders;
    private long inFlightMax;

    TransferTest() {
        final BTree tree = tables.create("$a");
        for (int i = 0; i < 400; i++) {
            put(tree, i);
        }
        take(10);
    }

    private static SnapshotContext context(final SimulatedStorageIo io) {
        return new SnapshotContext().dir(DIR).storageIo(io).clusterId(CLUSTER).sliceBytes(64 << 10).forceBytes(64 << 10).spaceReserveBytes(0)
            .incrementPercentMax(100);
    }

    private void put(final BTree tree, final int number) {
        key.putLong(0, number);
        value.putLong(0, random.nextLong());
        tree.put(key, 0, 8, value, 0, 64);
    }

    private SnapshotManifest take(final long index) {
        tables.freeze();
        final SnapshotWriter writer = leaderStore.begin(new SnapshotRequest(index, 1, 1_000 + index)
            .pages(tables, tables.pinNewest())
            .machineSnapshot(MachineSnapshot.IN_TABLES)
            .createdMs(5_000 + index)
            .configuration(new byte[] {1, 2})
            .incremental(true));
        for (int i = 0; !writer.isDone(); i++) {
            writer.doWork(i);
        }
        return writer.manifest().orElseThrow();
    }

    @AfterEach
    void close() {
        if (null != sender) {
            sender.close();
        }
        receiver.close();
        leaderStore.close();
        followerStore.close();
        tables.arena().close();
        assertEquals(0, leaderDisk.openHandles(), "the sender leaves files open");
        assertEquals(0, followerDisk.openHandles(), "the receiver leaves files open");
    }

    /** The follower's side of the node: it installs at once when it is told to. */
    private static final class Node implements SnapshotReceiver.Host {
        private long index;
        private long term = 1;
        private boolean publishes = true;
        private SnapshotManifest announced;
        private final List<Long> said = new ArrayList<>();
        private SnapshotManifest received;
        private RuntimeException failure;

        @Override
        public long stateIndex() {
            return index;
        }

        @Override
        public long term() {
            return term;
        }

        @Override
        public boolean mayPublish() {
            return publishes;
        }

        @Override
        public void beforePublish(final SnapshotManifest manifest) {
            said.add(manifest.index());
            announced = manifest;
        }

        @Override
        public void onReceived(final SnapshotManifest manifest) {
            received = manifest;
        }

        @Override
        public void onIncrement(final IncrementHeader header, final StorageFile file) {
            throw new AssertionError("no increment was sent");
        }

        @Override
        public void onFailed(final RuntimeException cause) {
            failure = cause;
        }
    }

    private boolean send(final TransferMessage out, final DirectBuffer data, final int offset, final int length) {
        final List<byte[]> queue = FOLLOWER == out.to ? toFollower : toLeader;
        if (queue.size() >= capacity) {
            return false;
        }
        final byte[] bytes = new byte[TransferCodec.PREFIX_LENGTH + length];
        codec.encodePrefix(out, length, new UnsafeBuffer(bytes), 0);
        if (length > 0) {
            data.getBytes(offset, bytes, TransferCodec.PREFIX_LENGTH, length);
        }
        if (connected && !happens(lossOneOf)) {
            if (happens(damageOneOf)) {
                bytes[random.nextInt(bytes.length)] ^= (byte)(1 << random.nextInt(8));
            }
            queue.add(bytes);
            if (happens(repeatOneOf)) {
                queue.add(bytes);
            }
        }
        return true;
    }

    private boolean happens(final int oneOf) {
        return oneOf > 0 && 0 == random.nextInt(oneOf);
    }

    private void deliver(final List<byte[]> queue) {
        final List<byte[]> due = new ArrayList<>(queue);
        queue.clear();
        while (!due.isEmpty()) {
            final byte[] bytes = due.remove(reorders ? random.nextInt(due.size()) : 0);
            final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(bytes.length));
            buffer.putBytes(0, bytes);
            if (codec.decode(buffer, 0, bytes.length, message)) {
                if (FOLLOWER == message.to) {
                    receiver.onMessage(message, buffer, codec.dataOffset(), codec.dataLength(), nowNs);
                } else if (null != sender) {
                    sender.onMessage(message, nowNs);
                }
            }
        }
    }

    private void step() {
        nowNs += STEP_NS;
        if (null != sender) {
            sender.doWork(nowNs);
        }
        inFlightMax = Math.max(inFlightMax, toFollower.stream().mapToLong(bytes -> bytes.length - TransferCodec.PREFIX_LENGTH).sum());
        deliver(toFollower);
        receiver.doWork(nowNs);
        if (null != node.received && node.index < node.received.index()) {
            node.index = node.received.index();
            receiver.onInstalled();
        }
        deliver(toLeader);
    }

    private SnapshotReceiver newReceiver() {
        return new SnapshotReceiver(followerSettings, followerStore, new IncrementFiles(followerDisk, DIR), this::send, node);
    }

    private SnapshotCargo newCargo() {
        return new SnapshotCargo(leaderDisk, leaderStore.lease(leaderStore.newest().orElseThrow()));
    }

    private SnapshotSender offer() {
        sender = new SnapshotSender(
            settings, newCargo(), this::send, FOLLOWER, 1, ++transferId, nowNs);
        return sender;
    }

    private void runUntilOver() {
        for (int i = 0; i < STEPS_MAX && !sender.isOver(); i++) {
            step();
        }
        assertTrue(sender.isOver(), "the transfer never ends");
    }

    private void assertInstalled() {
        assertEquals(SnapshotSender.State.DONE, sender.state(), () -> sender.failure() + ", " + node.failure);
        assertEquals(leaderStore.newestIndex(), followerStore.newestIndex());
        assertEquals(leaderStore.newestIndex(), node.index);
        assertEquals(followerStore.newest().orElseThrow().name(), node.announced.name());
        final SnapshotVerifier verifier = new SnapshotVerifier(followerDisk);
        for (final String name : verifier.names(DIR)) {
            assertEquals(List.of(), verifier.verify(DIR, name));
        }
        assertFalse(receiver.isActive());
    }

    @Test
    void shouldSendASnapshotWithinTheWindow() {
        offer();
        runUntilOver();
        assertInstalled();
        final SnapshotManifest sent = leaderStore.newest().orElseThrow();
        assertTrue(sender.sentBytes() > sent.lengthBytes(), "the manifest goes first");
        assertEquals(sender.sentBytes(), receiver.receivedBytes(), "nothing was sent twice");
        assertTrue(inFlightMax <= WINDOW + CHUNK, () -> "in flight: " + inFlightMax);
    }

    @Test
    void shouldSendAChainInOrderAndSkipWhatIsThere() {
        offer();
        runUntilOver();
        final long full = sender.sentBytes();
        put(tables.table("$a"), 5);
        assertTrue(take(20).isIncremental());
        offer();
        runUntilOver();
        assertInstalled();
        assertTrue(sender.sentBytes() < full / 2, () -> "the base was sent again: " + sender.sentBytes() + " of " + full);
    }

    @Test
    void shouldSendTheWholeChainToOneThatHasNothing() {
        put(tables.table("$a"), 5);
        take(20);
        put(tables.table("$a"), 6);
        take(30);
        offer();
        runUntilOver();
        assertInstalled();
        assertEquals(3, followerStore.list().size());
    }

    /** Until the last one is here, what it is built on is the newest, and where the log ends before it a start without an intent finds a gap. */
    @Test
    void shouldSayBeforeItPublishesEachSnapshotOfAChain() {
        put(tables.table("$a"), 5);
        take(20);
        put(tables.table("$a"), 6);
        take(30);
        offer();
        runUntilOver();
        assertEquals(List.of(10L, 20L, 30L), node.said);
    }

    @Test
    void shouldComeThroughLossRepetitionDamageAndReordering() {
        for (int run = 0; run < 20; run++) {
            lossOneOf = 20;
            repeatOneOf = 10;
            damageOneOf = 30;
            reorders = 0 != (run & 1);
            put(tables.table("$a"), run);
            take(20 + run);
            offer();
            runUntilOver();
            while (SnapshotSender.State.DONE != sender.state()) {
                offer();
                runUntilOver();
            }
            assertInstalled();
        }
        assertTrue(codec.droppedCount() > 0, "nothing was damaged");
    }

    @Test
    void shouldTakeNoMoreOfASnapshotThatIsThereWhileItCannotSaySo() {
        offer();
        runUntilOver();
        put(tables.table("$a"), 5);
        take(20);
        offer();
        step();
        nowNs += STEP_NS;
        sender.doWork(nowNs);
        assertTrue(toFollower.size() > 2, "the manifest of the base, and files behind it");
        capacity = 0;
        deliver(toFollower);
        capacity = Integer.MAX_VALUE;
        runUntilOver();
        assertInstalled();
    }

    @Test
    void shouldRefuseAChunkBehindTheEnd() {
        node.publishes = false;
        offer();
        while (receiver.receivedBytes() < sender.sentBytes() || receiver.receivedBytes() < leaderStore.newest().orElseThrow().lengthBytes()) {
            step();
        }
        final UnsafeBuffer data = new UnsafeBuffer(ByteBuffer.allocateDirect(8));
        message.blank();
        message.type = TransferMessage.CHUNK;
        message.from = LEADER;
        message.to = FOLLOWER;
        message.term = 1;
        message.transferId = transferId;
        message.index = 10;
        message.itemCount = 1;
        message.position = receiver.receivedBytes();
        message.dataCrc = Crc32c.compute(data, 0, 8);
        assertTrue(send(message, data, 0, 8));
        deliver(toFollower);
        assertFalse(receiver.isActive());
        assertTrue(node.failure.getMessage().contains("beyond the end"), node.failure::getMessage);
    }

    @Test
    void shouldGoOnWhereItWasAfterABreak() {
        offer();
        while (receiver.receivedBytes() < leaderStore.newest().orElseThrow().lengthBytes() / 2) {
            step();
        }
        connected = false;
        for (int i = 0; i < 100; i++) {
            step();
        }
        connected = true;
        runUntilOver();
        assertInstalled();
        assertTrue(sender.sentBytes() <= receiver.receivedBytes() + 4 * WINDOW, "what had arrived was sent again");
    }

    @Test
    void shouldGoOnWhereAnotherTransferOfTheSameSnapshotStopped() {
        offer();
        while (receiver.receivedBytes() < leaderStore.newest().orElseThrow().lengthBytes() / 2) {
            step();
        }
        final long first = sender.sentBytes();
        sender.close();
        toFollower.clear();
        offer();
        runUntilOver();
        assertInstalled();
        assertTrue(sender.sentBytes() + first <= receiver.receivedBytes() + 2 * WINDOW, "it began anew");
    }

    @Test
    void shouldBeginAnewWhenTheReceiverWasRestarted() {
        offer();
        while (receiver.receivedBytes() < leaderStore.newest().orElseThrow().lengthBytes() / 2) {
            step();
        }
        receiver.close();
        followerStore.close();
        followerStore = new SnapshotStore(context(followerDisk).conclude());
        receiver = newReceiver();
        runUntilOver();
        assertInstalled();
    }

    @Test
    void shouldWaitWhileTheNetworkTakesNothing() {
        capacity = 0;
        offer();
        for (int i = 0; i < 10; i++) {
            step();
        }
        assertEquals(0, sender.sentBytes());
        capacity = 2;
        runUntilOver();
        assertInstalled();
    }

    @Test
    void shouldGiveUpOnOneThatNeverAnswers() {
        connected = false;
        offer();
        runUntilOver();
        assertEquals(SnapshotSender.State.FAILED, sender.state());
        assertTrue(sender.failure().contains("has not answered"), sender.failure());
    }

    @Test
    void shouldTakeNothingThatItsStateIncludes() {
        node.index = 10;
        offer();
        runUntilOver();
        assertEquals(SnapshotSender.State.DONE, sender.state());
        assertEquals(0, sender.sentBytes());
        assertEquals(0, followerStore.newestIndex());
    }

    @Test
    void shouldRefuseTheOfferOfAnOldTerm() {
        node.term = 2;
        offer();
        runUntilOver();
        assertEquals(SnapshotSender.State.FAILED, sender.state());
        assertEquals(0, followerStore.newestIndex());
    }

    @Test
    void shouldReceiveOneAtATimeAndPreferALaterTerm() {
        offer();
        while (receiver.receivedBytes() < WINDOW) {
            step();
        }
        toLeader.clear();
        final TransferMessage other = new TransferMessage();
        other.type = TransferMessage.OFFER;
        other.from = 2;
        other.to = FOLLOWER;
        other.term = 1;
        other.transferId = 9;
        other.index = 99;
        other.itemCount = 1;
        other.manifestLength = 10;
        other.limit = 1_000;
        receiver.onMessage(other, key, 0, 0, nowNs);
        assertEquals(TransferMessage.ABORT, typeOfLast(), "busy");
        other.term = 2;
        receiver.onMessage(other, key, 0, 0, nowNs);
        receiver.doWork(nowNs);
        assertEquals(TransferMessage.ACK, typeOfLast(), "a later leader is heard");
        assertEquals(0, message.position);
        sender.abort("over");
    }

    /** A sender that gives up says so once, and the word may be lost. */
    @Test
    void shouldSayThatNothingIsOnItsWayWhenItsSenderHasFallenSilent() {
        assertFalse(receiver.isServed(nowNs));
        offer();
        while (receiver.receivedBytes() < WINDOW) {
            step();
        }
        assertTrue(receiver.isServed(nowNs));
        sender.abort("over");
        final long received = receiver.receivedBytes();
        nowNs += settings.silenceNs();
        assertTrue(receiver.isServed(nowNs));
        nowNs += settings.silenceNs();
        receiver.doWork(nowNs);
        assertFalse(receiver.isServed(nowNs), "nobody would ask again");
        assertTrue(receiver.isActive());
        assertEquals(received, receiver.receivedBytes(), "what is here stays");
    }

    private int typeOfLast() {
        final byte[] last = toLeader.get(toLeader.size() - 1);
        assertTrue(codec.decode(new UnsafeBuffer(last), 0, last.length, message));
        toLeader.clear();
        return message.type;
    }

    @Test
    void shouldPublishOnlyWhenItsTurnHasCome() {
        node.publishes = false;
        offer();
        for (int i = 0; i < 1_000; i++) {
            step();
        }
        assertFalse(sender.isOver(), "the receiver goes on answering");
        assertEquals(0, followerStore.newestIndex());
        node.publishes = true;
        runUntilOver();
        assertInstalled();
    }

    /** Of a large state the check alone takes longer than the silence that ends a transfer; nothing that is sent meanwhile is looked at. */
    @Test
    void shouldNotTakeALongCheckForSilence() {
        followerStore.installPace(bytes -> {
            for (int i = 0; i < 8; i++) {
                nowNs += settings.silenceNs() / 2;
                receiver.whileBusy(nowNs);
                deliver(toLeader);
                sender.doWork(nowNs);
            }
        });
        sender = offer();
        runUntilOver();
        assertInstalled();
    }

    @Test
    void shouldEndWhenAFileOfTheSnapshotIsGone() {
        offer();
        step();
        leaderDisk.files().stream().filter(path -> path.endsWith("pages.dat")).forEach(leaderDisk::damageByLoss);
        runUntilOver();
        assertEquals(SnapshotSender.State.FAILED, sender.state());
        assertTrue(sender.failure().contains("cannot be read"), sender.failure());
        step();
        assertFalse(receiver.isActive(), "the receiver was not told");
    }

    @Test
    void shouldKeepWhatIsSentFromRetention() {
        offer();
        step();
        for (int index = 20; index < 60; index += 10) {
            put(tables.table("$a"), index);
            final SnapshotManifest manifest = take(index);
            assertTrue(manifest.index() == index);
        }
        for (int i = 0; leaderStore.doWork(i) > 0; i++) {
            assertTrue(i < STEPS_MAX);
        }
        assertTrue(leaderStore.list().stream().anyMatch(manifest -> manifest.index() == 10), "it is being sent");
        runUntilOver();
        assertEquals(SnapshotSender.State.DONE, sender.state());
        assertEquals(10, followerStore.newestIndex());
    }

    @Test
    void shouldDropWhatIsForeignDamagedOrOutOfBounds() {
        final TransferMessage offer = new TransferMessage();
        offer.type = TransferMessage.OFFER;
        offer.to = FOLLOWER;
        offer.transferId = 1;
        offer.index = 1;
        offer.itemCount = 1;
        offer.manifestLength = 100;
        offer.limit = 200;
        final byte[] good = encode(codec, offer);
        assertTrue(decodes(good));
        assertFalse(decodes(encode(new TransferCodec(() -> CLUSTER + 1), offer)), "another cluster");
        for (int bit = 0; bit < good.length * 8; bit++) {
            final byte[] flipped = good.clone();
            flipped[bit / 8] ^= (byte)(1 << bit % 8);
            assertFalse(decodes(flipped), "bit " + bit);
        }
        for (int length = 0; length < good.length; length++) {
            assertFalse(decodes(java.util.Arrays.copyOf(good, length)), "length " + length);
        }
        offer.manifestLength = TransferCodec.MANIFEST_LENGTH_MAX + 1;
        offer.limit = Long.MAX_VALUE;
        assertFalse(decodes(encode(codec, offer)), "a manifest without end");
        offer.manifestLength = 300;
        offer.limit = 200;
        assertFalse(decodes(encode(codec, offer)), "a manifest longer than all");
        offer.manifestLength = 100;
        offer.item = 1;
        assertFalse(decodes(encode(codec, offer)), "no such item");
        offer.item = 0;
        offer.to = 0;
        assertFalse(decodes(encode(codec, offer)), "to itself");
        assertTrue(codec.droppedCount() > good.length * 8L);
    }

    private static byte[] encode(final TransferCodec with, final TransferMessage out) {
        final byte[] bytes = new byte[TransferCodec.PREFIX_LENGTH];
        with.encodePrefix(out, 0, new UnsafeBuffer(bytes), 0);
        return bytes;
    }

    private boolean decodes(final byte[] bytes) {
        return codec.decode(new UnsafeBuffer(bytes), 0, bytes.length, message);
    }
}
