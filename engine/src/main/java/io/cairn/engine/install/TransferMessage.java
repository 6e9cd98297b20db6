package io.cairn.engine.install;

/**
 * One message of a transfer; plain fields, filled in by the sender or by {@link TransferCodec#decode}. What a type does not use is zero.
 *
 * <pre>
 *   receiver                                        sender
 *      │ ◄── ASK ───────────────────────────────────────│   on what could an increment be built? again until it is answered
 *      │ ─── BASE(index) ──────────────────────────────►│   0: on nothing; BUSY: that will be known soon
 *      │ ◄── OFFER(transfer, item 0 of n, lengths) ─────│   again until it is answered
 *      │ ─── ACK(position, limit) ─────────────────────►│   position: what is here of it already
 *      │ ◄── CHUNK(position, bytes, CRC) … up to limit ─│   manifest, then the files of the snapshot
 *      │ ─── ACK(position, limit) ─────────────────────►│   as it goes on; with LOST: again from position
 *      │ ─── DONE(item) ───────────────────────────────►│   published; the next of the chain is offered
 *      │ ◄─► ABORT(reason) ─────────────────────────────│   either side
 *      │ ─── REQUEST(index) ───────────────────────────►│   one that needs a snapshot and is offered none asks
 * </pre>
 */
public final class TransferMessage {
    /** A snapshot is offered. */
    public static final int OFFER = 1;
    /** Bytes of it. */
    public static final int CHUNK = 2;
    /** What was received, and how much more may be sent. */
    public static final int ACK = 3;
    /** It is published here; the last of a transfer is installed. */
    public static final int DONE = 4;
    /** The transfer is over. */
    public static final int ABORT = 5;
    /** Whoever has a snapshot of at least that index is asked to send it. */
    public static final int REQUEST = 6;
    /** On what state could an increment be built? */
    public static final int ASK = 7;
    /** On the one as of that entry. */
    public static final int BASE = 8;
    /** Highest type. */
    static final int TYPE_MAX = BASE;

    /** Reason of an {@link #ACK}: something is missing before what came. */
    public static final int LOST = 1;
    /** Reason of an {@link #ABORT}: another snapshot is being received. Of a {@link #BASE}: ask again. */
    public static final int BUSY = 2;
    /** Reason of an {@link #ABORT}: the sender's term is over. */
    public static final int OLD_TERM = 3;
    /** Reason of an {@link #ABORT}: what came is not what was announced, or cannot be stored. */
    public static final int REFUSED = 4;
    /** Reason of an {@link #ABORT}: the sender cannot or need not go on. */
    public static final int GIVEN_UP = 5;
    /** Reason of an {@link #ABORT}: no such transfer is known. */
    public static final int UNKNOWN = 6;
    /** Reason of an {@link #OFFER}: what is offered is what changed since a state that the receiver has. */
    public static final int INCREMENT = 7;
    /** Highest reason. */
    static final int REASON_MAX = INCREMENT;

    /** One of the types. */
    public int type;
    /** Member that sends it. */
    public int from;
    /** Member it is for. */
    public int to;
    /** Term of the sender. */
    public long term;
    /** Which transfer, of the one who sends the snapshot. */
    public long transferId;
    /** Last entry that the whole transfer leads to; of a {@link #BASE}, last entry of the state that is there. */
    public long index;
    /** Position in the stream of the snapshot under way. */
    public long position;
    /** Length of that stream, or the highest position that may be sent. */
    public long limit;
    /** Bytes of the manifest. */
    public int manifestLength;
    /** CRC32C of the manifest. */
    public int manifestCrc;
    /** CRC32C of the data. */
    public int dataCrc;
    /** Which snapshot of the chain, from 0. */
    public int item;
    /** Snapshots of the chain. */
    public int itemCount;
    /** Why. */
    public int reason;

    /** Blank. */
    public TransferMessage() {
    }

    /**
     * Every field to zero.
     *
     * @return this.
     */
    public TransferMessage blank() {
        type = 0;
        from = 0;
        to = 0;
        term = 0;
        transferId = 0;
        index = 0;
        position = 0;
        limit = 0;
        manifestLength = 0;
        manifestCrc = 0;
        dataCrc = 0;
        item = 0;
        itemCount = 0;
        reason = 0;
        return this;
    }

    /** Every field from another message. */
    void copy(final TransferMessage other) {
        type = other.type;
        from = other.from;
        to = other.to;
        term = other.term;
        transferId = other.transferId;
        index = other.index;
        position = other.position;
        limit = other.limit;
        manifestLength = other.manifestLength;
        manifestCrc = other.manifestCrc;
        dataCrc = other.dataCrc;
        item = other.item;
        itemCount = other.itemCount;
        reason = other.reason;
    }
}
