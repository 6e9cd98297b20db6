package io.cairn.engine.pipeline;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * What travels in the ingress ring, from a client's thread to the Sequencer. Little-endian, never stored.
 *
 * <pre>
 *   0        8        12           16      20       24
 *   +--------+--------+------------+-------+--------+----------------
 *   | correl | client | payloadCrc | flags | unused | payload ...
 *   +--------+--------+------------+-------+--------+----------------
 * </pre>
 *
 * The payload of a command is what becomes the payload of the log record, byte for byte; its CRC is computed here, where it enters, and
 * verified at every hop after.
 */
public final class IngressDescriptor {
    /** A command for the state machine. */
    public static final int COMMAND = 1;
    /** A linearizable query of the state machine. */
    public static final int QUERY = 2;
    /** Open a session. */
    public static final int OPEN_SESSION = 3;
    /** Close a session. */
    public static final int CLOSE_SESSION = 4;
    /** Keep a session alive that has nothing to say. */
    public static final int KEEP_ALIVE_SESSION = 5;

    /** The payload starts with a session header (see {@code EntryDescriptor}). Also a flag of the log record. */
    public static final int FLAG_SESSION = 1;
    /** A query that takes whatever is applied, confirmed by nobody. */
    public static final int FLAG_LOCAL = 2;

    /** Offset of the payload. */
    public static final int HEADER_LENGTH = 24;

    private static final int CORRELATION_ID_OFFSET = 0;
    private static final int CLIENT_ID_OFFSET = 8;
    private static final int PAYLOAD_CRC_OFFSET = 12;
    private static final int FLAGS_OFFSET = 16;
    private static final int UNUSED_OFFSET = 20;

    private IngressDescriptor() {
    }

    /**
     * @param buffer        the ring's buffer.
     * @param offset        of the claimed message.
     * @param correlationId echoed in the reply.
     * @param clientId      whose reply ring the answer goes to.
     * @param payloadCrc    CRC32C of the payload.
     * @param flags         {@link #FLAG_SESSION}, {@link #FLAG_LOCAL} or 0.
     */
    public static void encodeHeader(
        final MutableDirectBuffer buffer,
        final int offset,
        final long correlationId,
        final int clientId,
        final int payloadCrc,
        final int flags) {
        buffer.putLong(offset + CORRELATION_ID_OFFSET, correlationId);
        buffer.putInt(offset + CLIENT_ID_OFFSET, clientId);
        buffer.putInt(offset + PAYLOAD_CRC_OFFSET, payloadCrc);
        buffer.putInt(offset + FLAGS_OFFSET, flags);
        buffer.putInt(offset + UNUSED_OFFSET, 0);
    }

    /**
     * @param buffer of the ring.
     * @param offset of the message.
     * @return echoed in the reply.
     */
    public static long correlationId(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + CORRELATION_ID_OFFSET);
    }

    static int clientId(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + CLIENT_ID_OFFSET);
    }

    /**
     * @param buffer of the ring.
     * @param offset of the message.
     * @return CRC32C of the payload.
     */
    public static int payloadCrc(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + PAYLOAD_CRC_OFFSET);
    }

    /**
     * @param buffer of the ring.
     * @param offset of the message.
     * @return {@link #FLAG_SESSION} or 0.
     */
    public static int flags(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + FLAGS_OFFSET);
    }
}
