package io.cairn.engine.pipeline;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * What the engine itself puts into the payload of a log record. Little-endian; part of the log's format, so a change is a new flag.
 *
 * <p>{@code COMMAND} without flags: the state machine's command and nothing else. With {@link IngressDescriptor#FLAG_SESSION} a header first:
 * <pre>
 *   0           8        16                   24
 *   +-----------+--------+--------------------+-----------
 *   | sessionId | serial | acknowledgedSerial | command...
 *   +-----------+--------+--------------------+-----------
 * </pre>
 * {@code acknowledgedSerial}: the client has seen the results of all serials up to it, they need not be kept.
 *
 * <p>{@code SESSION} with {@link #FLAG_OPEN}: {@code i64 timeoutMs | i32 window | i32 nameLength | name}; with {@link #FLAG_CLOSE}
 * or {@link #FLAG_KEEP_ALIVE}: {@code i64 sessionId}. {@code NO_OP} and {@code TICK} carry nothing; a {@code TICK} with {@link #FLAG_DIGEST} is where
 * members take their digests, and changes nothing.
 */
public final class EntryDescriptor {
    /** Length of the header of a command within a session. */
    public static final int SESSION_HEADER_LENGTH = 24;
    /** Opens a session. */
    public static final int FLAG_OPEN = 1;
    /** Closes a session. */
    public static final int FLAG_CLOSE = 2;
    /** Says that the client of a session lives. */
    public static final int FLAG_KEEP_ALIVE = 4;
    /** Of a tick: every member takes the digest of its state there. */
    public static final int FLAG_DIGEST = 1;
    /** Length of an opening before its name. */
    public static final int OPEN_HEADER_LENGTH = 16;
    /** Length of a closing, and of a sign of life. */
    public static final int CLOSE_LENGTH = 8;

    private EntryDescriptor() {
    }

    /**
     * @param buffer             to encode into.
     * @param offset             of the payload.
     * @param sessionId          index of the entry that opened it.
     * @param serial             of the command, from 1.
     * @param acknowledgedSerial results up to this serial need not be kept.
     */
    public static void encodeSessionHeader(
        final MutableDirectBuffer buffer, final int offset, final long sessionId, final long serial, final long acknowledgedSerial) {
        buffer.putLong(offset, sessionId);
        buffer.putLong(offset + 8, serial);
        buffer.putLong(offset + 16, acknowledgedSerial);
    }

    /**
     * @param buffer    to encode into.
     * @param offset    of the payload.
     * @param timeoutMs log time without a command after which it expires.
     * @param window    results it may leave unacknowledged.
     * @param name      bytes of its name; empty for a session without one.
     * @return length of the payload.
     */
    public static int encodeOpen(
        final MutableDirectBuffer buffer, final int offset, final long timeoutMs, final int window, final byte[] name) {
        buffer.putLong(offset, timeoutMs);
        buffer.putInt(offset + 8, window);
        buffer.putInt(offset + 12, name.length);
        buffer.putBytes(offset + OPEN_HEADER_LENGTH, name);
        return OPEN_HEADER_LENGTH + name.length;
    }

    /**
     * @param flags of a command's record.
     * @return where the state machine's command begins in the payload.
     */
    public static int commandOffset(final int flags) {
        return 0 == (flags & IngressDescriptor.FLAG_SESSION) ? 0 : SESSION_HEADER_LENGTH;
    }

    static boolean isValidSessionChange(final int flags, final int length) {
        return FLAG_OPEN == flags ? length >= OPEN_HEADER_LENGTH : CLOSE_LENGTH == length;
    }

    /**
     * @param buffer of the payload of a command within a session.
     * @param offset of the payload.
     * @return its session.
     */
    public static long sessionId(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset);
    }

    /**
     * @param buffer of the payload of a command within a session.
     * @param offset of the payload.
     * @return its serial.
     */
    public static long serial(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + 8);
    }

    static long acknowledgedSerial(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + 16);
    }
}
