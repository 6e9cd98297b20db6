package io.cairn.fsm;

import io.cairn.fsm.page.BTree;
import io.cairn.fsm.page.BTreeCursor;
import io.cairn.fsm.page.PageStateException;
import io.cairn.fsm.page.Tables;
import io.cairn.fsm.page.ValueView;
import org.agrona.concurrent.UnsafeBuffer;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * The rows of the reserved table {@code $sessions}. Integers are big-endian in keys and little-endian in values.
 * <pre>
 *   'd' i64 deadlineMs, i64 id  -> (nothing)
 *   'n' name                    -> i64 id
 *   'r' i64 id, i32 slot        -> i64 serial, i64 index, i64 timestampMs, i64 acknowledged, i32 status, reply bytes
 *   's' i64 id                  -> i64 lastSerial, i64 acknowledged, i64 lastActiveMs, i64 timeoutMs, i32 window, name
 * </pre>
 * A command writes one row: its reply goes to slot {@code serial mod window}, over the row of a reply that was acknowledged long ago, and carries the
 * acknowledgement and the time of activity along. So the truth about a session is the later of its 's' row and its newest reply. The 'd' row of a
 * session is where it was when it was last looked at: one that comes due is moved to the true deadline or expires.
 * <p>
 * Owner: the Applier.
 */
final class SessionRows {
    static final int REPLY_HEADER = 4 * Long.BYTES + Integer.BYTES;

    private static final byte DEADLINE = 'd';
    private static final byte NAME = 'n';
    private static final byte REPLY = 'r';
    private static final byte SESSION = 's';
    private static final int ID_OFFSET = 1;
    private static final int SLOT_OFFSET = 1 + Long.BYTES;
    private static final int DEADLINE_KEY = 1 + Long.BYTES + Long.BYTES;
    private static final int REPLY_KEY = 1 + Long.BYTES + Integer.BYTES;
    private static final int SESSION_KEY = 1 + Long.BYTES;
    private static final int SESSION_NAME_OFFSET = 4 * Long.BYTES + Integer.BYTES;
    private static final int SCRATCH_BYTES_MIN = 4 * 1024;

    private final BTree rows;
    private final BTreeCursor cursor;
    private final ValueView view = new ValueView();
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[1 + Limits.KEY_BYTES_MAX]);
    private final UnsafeBuffer endKey = new UnsafeBuffer(new byte[SESSION_KEY]);
    /** Holds one row; grows to the longest reply seen, which the reply's own buffer bounds. */
    private final UnsafeBuffer row = new UnsafeBuffer(new byte[SCRATCH_BYTES_MIN]);

    SessionRows(final Tables tables) {
        final BTree existing = tables.table(SessionTable.TABLE_NAME);
        rows = existing == null ? tables.create(SessionTable.TABLE_NAME) : existing;
        cursor = rows.cursor();
    }

    void putDeadline(final long deadlineMs, final long id) {
        wrapDeadline(deadlineMs, id);
        rows.put(key, 0, DEADLINE_KEY, row, 0, 0);
    }

    void removeDeadline(final long deadlineMs, final long id) {
        wrapDeadline(deadlineMs, id);
        rows.remove(key, 0, DEADLINE_KEY);
    }

    /** Stands on the earliest deadline; {@link #deadlineMs()} and {@link #deadlineId()} read it. */
    boolean firstDeadline() {
        key.putByte(0, DEADLINE);
        return cursor.seek(key, 0, 1) && cursor.key().getByte(0) == DEADLINE;
    }

    long deadlineMs() {
        return cursor.key().getLong(ID_OFFSET, BIG_ENDIAN);
    }

    long deadlineId() {
        return cursor.key().getLong(ID_OFFSET + Long.BYTES, BIG_ENDIAN);
    }

    void putName(final Bytes name, final long id) {
        final int length = wrapName(name);
        row.putLong(0, id, LITTLE_ENDIAN);
        rows.put(key, 0, length, row, 0, Long.BYTES);
    }

    /** Id of the session of that name, or {@link SessionTable#UNKNOWN}. */
    long idOf(final Bytes name) {
        final int length = wrapName(name);
        return rows.find(key, 0, length, view) ? view.piece().getLong(0, LITTLE_ENDIAN) : SessionTable.UNKNOWN;
    }

    void putSession(final Session session, final Bytes name) {
        wrapSession(session.id());
        row.putLong(0, session.lastSerial(), LITTLE_ENDIAN);
        row.putLong(Long.BYTES, session.acknowledged(), LITTLE_ENDIAN);
        row.putLong(2 * Long.BYTES, session.lastActiveMs(), LITTLE_ENDIAN);
        row.putLong(3 * Long.BYTES, session.timeoutMs(), LITTLE_ENDIAN);
        row.putInt(4 * Long.BYTES, session.window(), LITTLE_ENDIAN);
        row.putBytes(SESSION_NAME_OFFSET, name.buffer(), name.offset(), name.length());
        rows.put(key, 0, SESSION_KEY, row, 0, SESSION_NAME_OFFSET + name.length());
    }

    /** Writes a session's row anew and keeps its name. */
    void updateSession(final Session session) {
        final int nameLength = readSession(session.id()) - SESSION_NAME_OFFSET;
        row.putLong(0, session.lastSerial(), LITTLE_ENDIAN);
        row.putLong(Long.BYTES, session.acknowledged(), LITTLE_ENDIAN);
        row.putLong(2 * Long.BYTES, session.lastActiveMs(), LITTLE_ENDIAN);
        rows.put(key, 0, SESSION_KEY, row, 0, SESSION_NAME_OFFSET + nameLength);
    }

    /** Removes everything of a session but its deadline. */
    void removeSession(final long id) {
        final int length = readSession(id);
        rows.remove(key, 0, SESSION_KEY);
        if (length > SESSION_NAME_OFFSET) {
            key.putByte(0, NAME);
            key.putBytes(1, row, SESSION_NAME_OFFSET, length - SESSION_NAME_OFFSET);
            rows.remove(key, 0, 1 + length - SESSION_NAME_OFFSET);
        }
        key.putByte(0, REPLY);
        key.putLong(ID_OFFSET, id, BIG_ENDIAN);
        endKey.putByte(0, REPLY);
        endKey.putLong(ID_OFFSET, id + 1, BIG_ENDIAN);
        rows.removeRange(key, 0, SESSION_KEY, endKey, 0, SESSION_KEY, Long.MAX_VALUE);
    }

    void putReply(final Session session, final long serial, final long index, final long timestampMs, final Reply reply) {
        final int length = REPLY_HEADER + reply.length();
        if (length > row.capacity()) {
            row.wrap(new byte[Integer.highestOneBit(length) << 1]);
        }
        row.putLong(0, serial, LITTLE_ENDIAN);
        row.putLong(Long.BYTES, index, LITTLE_ENDIAN);
        row.putLong(2 * Long.BYTES, timestampMs, LITTLE_ENDIAN);
        row.putLong(3 * Long.BYTES, session.acknowledged(), LITTLE_ENDIAN);
        row.putInt(4 * Long.BYTES, reply.status(), LITTLE_ENDIAN);
        row.putBytes(REPLY_HEADER, reply.buffer(), reply.offset(), reply.length());
        wrapReply(session.id(), session.slot(serial));
        rows.put(key, 0, REPLY_KEY, row, 0, length);
    }

    void removeReply(final Session session, final long serial) {
        wrapReply(session.id(), session.slot(serial));
        rows.remove(key, 0, REPLY_KEY);
    }

    /**
     * Copies a kept reply out.
     *
     * @return index of the entry that it answered, or {@link SessionTable#UNKNOWN} when it is no longer kept.
     */
    long readReply(final Session session, final long serial, final Reply reply) {
        wrapReply(session.id(), session.slot(serial));
        if (!rows.find(key, 0, REPLY_KEY, view) || view.piece().getLong(0, LITTLE_ENDIAN) != serial) {
            return SessionTable.UNKNOWN;
        }
        final long index = view.piece().getLong(Long.BYTES, LITTLE_ENDIAN);
        final int status = view.piece().getInt(4 * Long.BYTES, LITTLE_ENDIAN);
        final int length = view.length() - REPLY_HEADER;
        if (length > reply.capacity()) {
            reply.only(ApplyStatus.REPLY_TOO_LONG);
        } else {
            view.copyTo(REPLY_HEADER, reply.buffer(), reply.offset(), length);
            reply.length(length);
            reply.status(status);
        }
        return index;
    }

    /** Stands on the first session row; see {@link #nextSession()}. */
    boolean firstSession() {
        key.putByte(0, SESSION);
        return cursor.seek(key, 0, 1) && cursor.key().getByte(0) == SESSION;
    }

    boolean nextSession() {
        return cursor.next() && cursor.key().getByte(0) == SESSION;
    }

    /** The session of the current row, as that row has it. */
    Session session() {
        check(cursor.key().capacity() == SESSION_KEY && cursor.valueLength() >= SESSION_NAME_OFFSET, "a session has a row of the wrong length");
        cursor.value(view);
        final long timeoutMs = view.piece().getLong(3 * Long.BYTES, LITTLE_ENDIAN);
        final int window = view.piece().getInt(4 * Long.BYTES, LITTLE_ENDIAN);
        check(timeoutMs > 0 && window > 0 && window <= Limits.SESSION_WINDOW_MAX, "a session has a window or a timeout that none has");
        final Session session = new Session(cursor.key().getLong(ID_OFFSET, BIG_ENDIAN), timeoutMs, window);
        session.restore(
            view.piece().getLong(0, LITTLE_ENDIAN),
            view.piece().getLong(Long.BYTES, LITTLE_ENDIAN),
            view.piece().getLong(2 * Long.BYTES, LITTLE_ENDIAN));
        return session;
    }

    /** Stands on the first reply row of all sessions; see {@link #nextReply()}. They come by session. */
    boolean firstReply() {
        key.putByte(0, REPLY);
        return cursor.seek(key, 0, 1) && cursor.key().getByte(0) == REPLY;
    }

    boolean nextReply() {
        return cursor.next() && cursor.key().getByte(0) == REPLY;
    }

    long replySession() {
        check(cursor.key().capacity() == REPLY_KEY && cursor.valueLength() >= REPLY_HEADER, "a kept reply has a row of the wrong length");
        return cursor.key().getLong(ID_OFFSET, BIG_ENDIAN);
    }

    long replySerial() {
        cursor.value(view);
        return view.piece().getLong(0, LITTLE_ENDIAN);
    }

    long replyTimestampMs() {
        cursor.value(view);
        return view.piece().getLong(2 * Long.BYTES, LITTLE_ENDIAN);
    }

    long replyAcknowledged() {
        cursor.value(view);
        return view.piece().getLong(3 * Long.BYTES, LITTLE_ENDIAN);
    }

    int replyLength() {
        return cursor.valueLength() - REPLY_HEADER;
    }

    /** Pages of a restored state can be what was written, and what was written no session all the same. */
    private static void check(final boolean isSound, final String problem) {
        if (!isSound) {
            throw new PageStateException(SessionTable.TABLE_NAME + ": " + problem);
        }
    }

    private int readSession(final long id) {
        wrapSession(id);
        final int length = rows.get(key, 0, SESSION_KEY, row, 0, row.capacity());
        if (length < SESSION_NAME_OFFSET) {
            throw new IllegalStateException("session " + id + " is open and has no row");
        }
        return length;
    }

    private void wrapDeadline(final long deadlineMs, final long id) {
        key.putByte(0, DEADLINE);
        key.putLong(ID_OFFSET, deadlineMs, BIG_ENDIAN);
        key.putLong(ID_OFFSET + Long.BYTES, id, BIG_ENDIAN);
    }

    private int wrapName(final Bytes name) {
        key.putByte(0, NAME);
        key.putBytes(1, name.buffer(), name.offset(), name.length());
        return 1 + name.length();
    }

    private void wrapSession(final long id) {
        key.putByte(0, SESSION);
        key.putLong(ID_OFFSET, id, BIG_ENDIAN);
    }

    private void wrapReply(final long id, final int slot) {
        key.putByte(0, REPLY);
        key.putLong(ID_OFFSET, id, BIG_ENDIAN);
        key.putInt(SLOT_OFFSET, slot, BIG_ENDIAN);
    }
}
