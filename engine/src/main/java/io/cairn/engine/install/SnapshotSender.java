package io.cairn.engine.install;

import io.cairn.snapshot.RateLimit;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.layout.Crc32c;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Sends one snapshot with what it is built on, or one increment, to one member: offers each snapshot of the chain in turn, sends it from where the
 * receiver says that it is, within the window that the receiver opens and the rate that is set, and goes back where something was lost.
 *
 * <pre>
 *   OFFERING ──ACK──► SENDING ──silence──► OFFERING         SENDING ──DONE──► OFFERING of the next, or DONE
 *   any ──ABORT, nothing heard for long, a file cannot be read──► FAILED
 * </pre>
 *
 * <p>A break of the connection costs nothing but time: the offer is made again, and its answer says what is there. Owner: the Snapshotter; time is
 * an argument.
 */
public final class SnapshotSender implements AutoCloseable {
    /** Where it stands. */
    public enum State {
        /** Waits for the answer to an offer. */
        OFFERING,
        /** Sends. */
        SENDING,
        /** The receiver has installed it. */
        DONE,
        /** Over. */
        FAILED
    }

    private static final int CHUNKS_PER_CYCLE = 16;
    /** A disk that forces may hold the receiver up for a while. */
    private static final int STALL_REPEATS = 5;

    private final TransferSettings settings;
    private final TransferCargo cargo;
    private final TransferOutlet outlet;
    private final int peer;
    private final long term;
    private final long transferId;
    private final RateLimit rate;
    private final TransferMessage out = new TransferMessage();
    private final UnsafeBuffer chunk;
    private final UnsafeBuffer manifestBuffer = new UnsafeBuffer(0, 0);

    private State state = State.OFFERING;
    private TransferStream stream;
    private int item;
    private long acked;
    private long sent;
    private long limit;
    private int chunkLength;
    private int chunkCrc;
    private long chunkPosition = -1;
    private long heardNs;
    private long progressNs;
    private long offeredNs;
    private long sentBytes;
    private boolean offered;
    private boolean isRefused;
    private boolean isUnreadable;
    private String failure;

    /**
     * @param settings   bounds.
     * @param cargo      what to send; closed with the sender.
     * @param outlet     where messages go.
     * @param peer       who receives.
     * @param term       of this member.
     * @param transferId not used before by this member.
     * @param nowNs      monotonic time.
     */
    public SnapshotSender(
        final TransferSettings settings,
        final TransferCargo cargo,
        final TransferOutlet outlet,
        final int peer,
        final long term,
        final long transferId,
        final long nowNs) {
        this.settings = settings;
        this.cargo = cargo;
        this.outlet = outlet;
        this.peer = peer;
        this.term = term;
        this.transferId = transferId;
        rate = new RateLimit(settings.bytesPerSecond());
        chunk = new UnsafeBuffer(BufferUtil.allocateDirectAligned(settings.chunkBytes(), 64));
        heardNs = nowNs;
        stream = cargo.open(0);
    }

    /**
     * One slice of work.
     *
     * @param nowNs monotonic time.
     * @return amount of work done.
     */
    public int doWork(final long nowNs) {
        if (isOver()) {
            return 0;
        }
        if (nowNs - heardNs > settings.silenceNs()) {
            fail("member " + peer + " has not answered for " + settings.silenceNs() / 1_000_000 + " ms");
            return 1;
        }
        if (State.OFFERING == state) {
            return offer(nowNs);
        }
        final long patienceNs = STALL_REPEATS * settings.repeatNs();
        if (nowNs - heardNs > patienceNs || acked < sent && nowNs - progressNs > patienceNs) {
            // What was sent last may be lost, and with it the sign that something was: the answer to an offer says where to go on.
            state = State.OFFERING;
            return offer(nowNs);
        }
        return sendChunks(nowNs);
    }

    private int offer(final long nowNs) {
        if (offered && nowNs - offeredNs < settings.repeatNs()) {
            return 0;
        }
        blank(TransferMessage.OFFER);
        out.manifestLength = stream.manifestText().length;
        manifestBuffer.wrap(stream.manifestText());
        out.manifestCrc = Crc32c.compute(manifestBuffer, 0, out.manifestLength);
        out.limit = stream.lengthBytes();
        out.reason = cargo.isIncrement() ? TransferMessage.INCREMENT : 0;
        if (!outlet.send(out, chunk, 0, 0)) {
            return 0;
        }
        offered = true;
        offeredNs = nowNs;
        return 1;
    }

    private void blank(final int type) {
        out.blank();
        out.type = type;
        out.from = settings.selfId();
        out.to = peer;
        out.term = term;
        out.transferId = transferId;
        out.index = cargo.index();
        out.item = item;
        out.itemCount = cargo.itemCount();
    }

    private int sendChunks(final long nowNs) {
        int work = 0;
        final long end = Math.min(stream.lengthBytes(), Math.min(limit, acked + settings.windowBytes()));
        while (work < CHUNKS_PER_CYCLE && sent < end && rate.allows(nowNs)) {
            if (!read()) {
                return work + 1;
            }
            blank(TransferMessage.CHUNK);
            out.position = sent;
            out.dataCrc = chunkCrc;
            if (!outlet.send(out, chunk, 0, chunkLength)) {
                return work;
            }
            if (acked == sent) {
                progressNs = nowNs;
            }
            sent += chunkLength;
            sentBytes += chunkLength;
            rate.spent(chunkLength, nowNs);
            work++;
        }
        return work;
    }

    /** What the network did not take is still there. */
    private boolean read() {
        if (chunkPosition == sent) {
            return true;
        }
        try {
            chunkLength = stream.read(sent, chunk, 0, settings.chunkBytes());
        } catch (final StorageException ex) {
            isUnreadable = true;
            abort("a file of the " + cargo.name() + " cannot be read: " + ex.getMessage());
            return false;
        }
        chunkCrc = Crc32c.compute(chunk, 0, chunkLength);
        chunkPosition = sent;
        return true;
    }

    /**
     * The receiver said something.
     *
     * @param message of this transfer, from this peer.
     * @param nowNs   monotonic time.
     */
    public void onMessage(final TransferMessage message, final long nowNs) {
        if (isOver() || message.transferId != transferId) {
            return;
        }
        heardNs = nowNs;
        switch (message.type) {
            case TransferMessage.ACK -> {
                if (message.item == item && message.position <= stream.lengthBytes()) {
                    onAck(message, nowNs);
                }
            }
            case TransferMessage.DONE -> {
                if (message.item == item) {
                    next();
                }
            }
            case TransferMessage.ABORT -> {
                isRefused = TransferMessage.REFUSED == message.reason;
                fail("member " + peer + " takes no snapshot now: reason " + message.reason);
            }
            default -> {
                // Nothing else is for a sender.
            }
        }
    }

    private void onAck(final TransferMessage message, final long nowNs) {
        limit = Math.max(limit, message.limit);
        if (State.OFFERING == state) {
            state = State.SENDING;
            acked = message.position;
            sent = acked;
            progressNs = nowNs;
        } else if (message.position > acked) {
            acked = message.position;
            sent = Math.max(sent, acked);
            progressNs = nowNs;
        }
        if (TransferMessage.LOST == message.reason && message.position < sent && message.position >= acked) {
            sent = message.position;
        }
    }

    private void next() {
        stream.close();
        item++;
        if (item == cargo.itemCount()) {
            state = State.DONE;
            cargo.close();
            return;
        }
        stream = cargo.open(item);
        state = State.OFFERING;
        offered = false;
        acked = 0;
        sent = 0;
        limit = 0;
        chunkPosition = -1;
    }

    private void fail(final String why) {
        failure = why;
        state = State.FAILED;
        close();
    }

    /**
     * Not to be gone on with: the other side is told, once.
     *
     * @param why for the record.
     */
    public void abort(final String why) {
        if (!isOver()) {
            blank(TransferMessage.ABORT);
            out.reason = TransferMessage.GIVEN_UP;
            outlet.send(out, chunk, 0, 0);
            fail(why);
        }
    }

    /** @return true when nothing more will be sent. */
    public boolean isOver() {
        return State.DONE == state || State.FAILED == state;
    }

    /** @return where it stands. */
    public State state() {
        return state;
    }

    /** @return true when it is what changed, false when it is the whole. */
    public boolean isIncrement() {
        return cargo.isIncrement();
    }

    /** @return true when the receiver found that what came cannot be used. */
    public boolean isRefused() {
        return isRefused;
    }

    /** @return true when what is sent may be damaged: it cannot be read, or the receiver cannot use it. */
    public boolean isDoubtful() {
        return isUnreadable || isRefused;
    }

    /** @return why it failed, or null. */
    public String failure() {
        return failure;
    }

    /** @return bytes of the snapshot that were sent, those sent again included. */
    public long sentBytes() {
        return sentBytes;
    }

    /** @return last entry that the transfer leads to. */
    public long index() {
        return cargo.index();
    }

    /** @return who receives. */
    public int peer() {
        return peer;
    }

    @Override
    public void close() {
        stream.close();
        cargo.close();
    }
}
