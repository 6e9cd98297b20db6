package io.cairn.engine.install;

import io.cairn.snapshot.SnapshotException;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.snapshot.SnapshotStore;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.layout.Crc32c;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Receives one snapshot at a time, with what it is built on, into the store, or one increment into a file of its own: manifest first, then the
 * rest, each chunk checked. What was received survives a break of the connection and another leader that offers the same, not the process.
 *
 * <pre>
 *   IDLE ──OFFER──► RECEIVING ──all here, nothing is being written──► published: the next of the chain is offered
 *                                                                     the last: INSTALLING ──► IDLE
 *   any ──ABORT, damage, silence, an offer of a later term──► IDLE, and nothing is left
 * </pre>
 *
 * <p>Owner: the Snapshotter; time is an argument.
 */
public final class SnapshotReceiver implements AutoCloseable {
    /** What the receiver must know of the node, and tells it. */
    public interface Host {
        /** @return last entry that the node's state includes. */
        long stateIndex();

        /** @return the node's term. */
        long term();

        /** @return false while a snapshot must not be published: another is being written, or its turn has not come. */
        boolean mayPublish();

        /**
         * A snapshot of a chain is about to be published: from then on a start finds it.
         *
         * @param manifest of it.
         */
        void beforePublish(SnapshotManifest manifest);

        /**
         * The last of a chain is published: install it, then say {@link SnapshotReceiver#onInstalled}.
         *
         * @param manifest of it.
         */
        void onReceived(SnapshotManifest manifest);

        /**
         * An increment is here: make a state of it, install that, then say {@link SnapshotReceiver#onInstalled}.
         *
         * @param header of it.
         * @param file   that holds its records; closed and deleted by the receiver when that was said.
         */
        void onIncrement(IncrementHeader header, StorageFile file);

        /**
         * What came cannot be used; nothing of it is left.
         *
         * @param cause why.
         */
        void onFailed(RuntimeException cause);
    }

    private enum State {
        IDLE, RECEIVING, INSTALLING
    }

    private static final int ACKS_PER_WINDOW = 8;
    private static final int ACK_SHARE_OF_REPEAT = 10;
    /** A sender that was silent for this many times the silence that ends a transfer will not come back. */
    private static final int KEPT_SILENCES = 6;

    private final TransferSettings settings;
    private final SnapshotStore store;
    private final IncrementFiles files;
    private final TransferOutlet outlet;
    private final Host host;
    private final TransferMessage offer = new TransferMessage();
    private final TransferMessage out = new TransferMessage();
    private final UnsafeBuffer none = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer text = new UnsafeBuffer(0, 0);

    private State state = State.IDLE;
    private byte[] manifestText;
    private TransferIntake intake;
    private long received;
    private long ackedPosition;
    private long ackedNs;
    private long heardNs;
    private boolean ackDue;
    private boolean lossToTell;
    private long lossPosition = -1;
    private boolean doneDue;
    private long doneTransferId;
    private int doneFrom = -1;
    private int doneItem = -1;
    private volatile long receivedBytes;
    private volatile long incrementBytes;

    /**
     * @param settings bounds.
     * @param store    takes the snapshots.
     * @param files    take the increments.
     * @param outlet   where messages go.
     * @param host     the node.
     */
    public SnapshotReceiver(
        final TransferSettings settings, final SnapshotStore store, final IncrementFiles files, final TransferOutlet outlet, final Host host) {
        this.settings = settings;
        this.store = store;
        this.files = files;
        this.outlet = outlet;
        this.host = host;
    }

    /** @return true while something is being received or installed. */
    public boolean isActive() {
        return State.IDLE != state;
    }

    /**
     * Is something on its way? Not from a sender that has fallen silent: it may be gone, and its last word lost. What is here of it stays.
     *
     * @param nowNs monotonic time.
     * @return false when a snapshot that is needed has to be asked for.
     */
    public boolean isServed(final long nowNs) {
        return State.INSTALLING == state || State.RECEIVING == state && (received == offer.limit || nowNs - heardNs <= settings.silenceNs());
    }

    /** @return bytes of snapshots received, repetitions not counted. */
    public long receivedBytes() {
        return receivedBytes;
    }

    /** @return bytes of increments received, repetitions not counted. */
    public long incrementBytes() {
        return incrementBytes;
    }

    /**
     * A message of a sender.
     *
     * @param message {@link TransferMessage#OFFER}, {@link TransferMessage#CHUNK} or {@link TransferMessage#ABORT}.
     * @param data    that came with it, outside the heap.
     * @param offset  of the data.
     * @param length  of the data.
     * @param nowNs   monotonic time.
     */
    public void onMessage(final TransferMessage message, final DirectBuffer data, final int offset, final int length, final long nowNs) {
        switch (message.type) {
            case TransferMessage.OFFER -> onOffer(message, nowNs);
            case TransferMessage.CHUNK -> {
                if (isOfThisTransfer(message) && message.item == offer.item && State.RECEIVING == state) {
                    onChunk(message, data, offset, length, nowNs);
                }
            }
            case TransferMessage.ABORT -> {
                if (isOfThisTransfer(message) && State.RECEIVING == state) {
                    end();
                }
            }
            default -> {
                // Nothing else is for a receiver.
            }
        }
    }

    private boolean isOfThisTransfer(final TransferMessage message) {
        return State.IDLE != state && message.from == offer.from && message.transferId == offer.transferId;
    }

    private void onOffer(final TransferMessage message, final long nowNs) {
        if (message.term < host.term()) {
            abort(message, TransferMessage.OLD_TERM);
        } else if (message.index <= host.stateIndex() || isDone(message)) {
            answer(message, TransferMessage.DONE);
        } else if (State.IDLE != state && isSame(message)) {
            offer.from = message.from;
            offer.transferId = message.transferId;
            offer.term = message.term;
            heardNs = nowNs;
            ackDue = true;
        } else if (isToBePreferred(message, nowNs)) {
            end();
            begin(message, nowNs);
        } else {
            abort(message, TransferMessage.BUSY);
        }
    }

    private boolean isDone(final TransferMessage message) {
        return message.from == doneFrom && message.transferId == doneTransferId && message.item <= doneItem;
    }

    /** Offered again, maybe by another member: what is here of it stays. */
    private boolean isSame(final TransferMessage message) {
        return message.index == offer.index && message.item == offer.item && message.itemCount == offer.itemCount && message.limit == offer.limit &&
            message.manifestLength == offer.manifestLength && message.manifestCrc == offer.manifestCrc && message.reason == offer.reason;
    }

    private boolean isToBePreferred(final TransferMessage message, final long nowNs) {
        return switch (state) {
            case IDLE -> true;
            case RECEIVING -> message.from == offer.from || message.term > offer.term || nowNs - heardNs > settings.silenceNs();
            default -> false;
        };
    }

    private void begin(final TransferMessage message, final long nowNs) {
        offer.copy(message);
        manifestText = new byte[message.manifestLength];
        text.wrap(manifestText);
        heardNs = nowNs;
        ackedNs = nowNs;
        ackDue = true;
        state = State.RECEIVING;
    }

    private void onChunk(final TransferMessage message, final DirectBuffer data, final int offset, final int length, final long nowNs) {
        heardNs = nowNs;
        final long before = received;
        if (message.position > received || Crc32c.compute(data, offset, length) != message.dataCrc) {
            // One word for each place where something is missing: what follows it is on its way already.
            lossToTell |= lossPosition != received;
            lossPosition = received;
        } else if (!doneDue && message.position + length > received) {
            try {
                take(message, data, offset, length);
            } catch (final SnapshotException ex) {
                refuse(ex);
                return;
            }
        }
        if (isIncrement()) {
            incrementBytes += received - before;
        } else {
            receivedBytes += received - before;
        }
        if (received - ackedPosition >= settings.windowBytes() / ACKS_PER_WINDOW || received == offer.limit) {
            ackDue = true;
        }
        if (doneDue || ackDue || lossToTell) {
            tell(nowNs);
        }
    }

    private void take(final TransferMessage message, final DirectBuffer data, final int offset, final int length) {
        if (message.position + length > offer.limit) {
            throw new SnapshotException("a chunk reaches beyond the end of what was announced");
        }
        if (message.position < offer.manifestLength) {
            if (message.position + length > offer.manifestLength) {
                throw new SnapshotException("a chunk reaches beyond the manifest");
            }
            text.putBytes((int)message.position, data, offset, length);
            received = message.position + length;
            if (received == offer.manifestLength) {
                onManifest();
            }
            return;
        }
        if (null != intake && intake.onChunk(message.position - offer.manifestLength, data, offset, length)) {
            received = message.position + length;
        }
    }

    private boolean isIncrement() {
        return TransferMessage.INCREMENT == offer.reason;
    }

    private void onManifest() {
        if (Crc32c.compute(text, 0, offer.manifestLength) != offer.manifestCrc) {
            throw new SnapshotException("the manifest that was received is not the one that was announced");
        }
        if (isIncrement()) {
            onHeader(IncrementHeader.decode(manifestText));
            return;
        }
        final SnapshotManifest manifest = SnapshotStore.parse(manifestText);
        if (manifest.lengthBytes() != offer.limit - offer.manifestLength || isLast() && manifest.index() != offer.index) {
            throw new SnapshotException("the manifest that was received does not fit what was announced");
        }
        if (!isLast() && store.contains(manifest)) {
            doneDue = true;
            return;
        }
        intake = new SnapshotIntake(manifest, store.install(manifest, offer.index));
    }

    private void onHeader(final IncrementHeader header) {
        if (header.lengthBytes() != offer.limit - offer.manifestLength || !isLast() || header.index() != offer.index) {
            throw new SnapshotException("the increment that was received does not fit what was announced");
        }
        try {
            intake = new IncrementIntake(files, header);
        } catch (final StorageException ex) {
            throw new SnapshotException("the increment to entry " + header.index() + " cannot be received: " + ex.getMessage(), ex);
        }
    }

    private boolean isLast() {
        return offer.item == offer.itemCount - 1;
    }

    /**
     * One slice of work.
     *
     * @param nowNs monotonic time.
     * @return amount of work done.
     */
    public int doWork(final long nowNs) {
        if (State.IDLE == state) {
            return 0;
        }
        int work = 0;
        if (State.RECEIVING == state) {
            if (received == offer.limit && null != intake && host.mayPublish()) {
                publish();
                work++;
            } else if (nowNs - heardNs > KEPT_SILENCES * settings.silenceNs()) {
                end();
                return 1;
            }
        }
        if (nowNs - ackedNs > settings.repeatNs() || received > ackedPosition && nowNs - ackedNs > settings.repeatNs() / ACK_SHARE_OF_REPEAT) {
            ackDue = true;
        }
        if (doneDue || ackDue || lossToTell) {
            work += tell(nowNs);
        }
        return work;
    }

    /**
     * The Snapshotter checks or restores what was received and looks at nothing else meanwhile: the sender is not to take that for silence.
     *
     * @param nowNs monotonic time.
     */
    public void whileBusy(final long nowNs) {
        if (State.IDLE != state && !doneDue && nowNs - ackedNs > settings.repeatNs()) {
            tell(nowNs);
        }
    }

    private void publish() {
        if (intake instanceof IncrementIntake increment) {
            state = State.INSTALLING;
            host.onIncrement(increment.header(), increment.complete());
            return;
        }
        final SnapshotIntake snapshot = (SnapshotIntake)intake;
        try {
            // Also of what the last one is built on: until the last is here it is the newest, and the log may end before it.
            host.beforePublish(snapshot.manifest());
            snapshot.complete();
        } catch (final RuntimeException ex) {
            refuse(ex);
            return;
        }
        intake = null;
        if (isLast()) {
            state = State.INSTALLING;
            host.onReceived(snapshot.manifest());
        } else {
            doneDue = true;
        }
    }

    /**
     * What was received last is the node's state now, or was found not to be needed.
     */
    public void onInstalled() {
        doneDue = true;
    }

    /**
     * What was received last could not be installed.
     *
     * @param cause why.
     */
    public void onInstallFailed(final RuntimeException cause) {
        refuse(cause);
    }

    private void refuse(final RuntimeException cause) {
        abort(offer, TransferMessage.REFUSED);
        end();
        host.onFailed(cause);
    }

    private int tell(final long nowNs) {
        if (doneDue) {
            return done();
        }
        out.blank();
        address(offer, TransferMessage.ACK);
        out.position = received;
        out.limit = received + settings.windowBytes();
        out.reason = lossToTell ? TransferMessage.LOST : 0;
        if (!outlet.send(out, none, 0, 0)) {
            return 0;
        }
        ackDue = false;
        lossToTell = false;
        ackedPosition = received;
        ackedNs = nowNs;
        return 1;
    }

    private int done() {
        if (!answer(offer, TransferMessage.DONE)) {
            return 0;
        }
        doneFrom = offer.from;
        doneTransferId = offer.transferId;
        doneItem = offer.item;
        end();
        return 1;
    }

    private void abort(final TransferMessage about, final int reason) {
        address(about, TransferMessage.ABORT);
        out.reason = reason;
        outlet.send(out, none, 0, 0);
    }

    private boolean answer(final TransferMessage about, final int type) {
        address(about, type);
        return outlet.send(out, none, 0, 0);
    }

    private void address(final TransferMessage about, final int type) {
        out.blank();
        out.type = type;
        out.from = settings.selfId();
        out.to = about.from;
        out.term = host.term();
        out.transferId = about.transferId;
        out.index = about.index;
        out.item = about.item;
        out.itemCount = about.itemCount;
    }

    private void end() {
        if (null != intake) {
            intake.cancel();
            intake = null;
        }
        state = State.IDLE;
        manifestText = null;
        text.wrap(0, 0);
        received = 0;
        ackedPosition = 0;
        ackDue = false;
        lossToTell = false;
        lossPosition = -1;
        doneDue = false;
    }

    @Override
    public void close() {
        end();
    }
}
