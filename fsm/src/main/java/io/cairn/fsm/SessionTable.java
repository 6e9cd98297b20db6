package io.cairn.fsm;

import io.cairn.fsm.page.PageStateException;
import io.cairn.fsm.page.Tables;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * Exactly-once commands: open sessions, the serial up to which each took effect, and the replies its client has not acknowledged yet, in a reserved
 * table that freezes and snapshots with the state. Owner: the Applier. Nothing of it depends on an iteration order or a clock.
 * <p>
 * For every entry the Applier calls {@link #expire} first. For a command of a session it calls {@link #check}; only if that answers {@link #NEW} it
 * applies the command and calls {@link #record}. Commands outside a session (id 0) never come here. A refused command leaves no trace: it moves
 * neither the acknowledgement nor the deadline, because a replica that restores a snapshot must come to the same state as one that did not.
 * <p>
 * Source: Ongaro's dissertation, section 6.3.
 */
public final class SessionTable {
    /** Name of the reserved table. */
    public static final String TABLE_NAME = "$sessions";
    /** The command is the session's next one: apply it, then {@link #record} its reply. */
    public static final int NEW = 0;
    /** It took effect before: its reply has been copied out. */
    public static final int DUPLICATE = 1;
    /** It was not executed: the reply's status says why. */
    public static final int REFUSED = 2;
    /**
     * Pages that opening one takes at most: three rows (session, name, deadline), and the paths to those of the one it may replace. Negative, as
     * for a command that frees: whoever finds the state full needs a session to remove something, so it may go deeper into what is kept free.
     */
    public static final int OPENING_PAGES_BOUND = -24;
    /** Answer for a session that is not open. */
    public static final long UNKNOWN = -1;

    /** Acknowledged replies longer than this leave at once; shorter ones wait in their slot to be overwritten. */
    private static final int SLOT_BYTES_KEPT_MAX = 256;

    private final Tables tables;
    private final Long2ObjectHashMap<Session> open = new Long2ObjectHashMap<>();
    private SessionRows rows;
    private Session recent;
    private long duplicateIndex;
    /** No deadline row is due before this; it may be early, never late. */
    private long nextDeadlineMs;

    /**
     * Takes the table of a state, creating it where it is missing, and rebuilds the index of open sessions.
     *
     * @param tables of the state; empty or restored.
     */
    public SessionTable(final Tables tables) {
        this.tables = tables;
        restore();
    }

    /**
     * Opens a session, or resumes the one of that name. The reply is {@code i64 session id, i64 last serial, i64 acknowledged serial}, with status
     * {@link ApplyStatus#OK}, {@link ApplyStatus#SESSION_RESUMED} or {@link ApplyStatus#SESSION_INVALID}. Where {@link Limits#SESSIONS_MAX} are open,
     * the one that was active least recently is closed for it.
     *
     * @param index       of the entry that opens it, which becomes its id.
     * @param timestampMs log time of that entry.
     * @param name        to resume it by; empty: none.
     * @param timeoutMs   log time without a command or keep-alive after which it expires; a resumed session keeps its own.
     * @param window      most replies kept until they are acknowledged, 1 to {@link Limits#SESSION_WINDOW_MAX}.
     * @param reply       reset by the caller.
     * @return the session's id, or {@link #UNKNOWN} when the arguments are refused.
     */
    public long open(final long index, final long timestampMs, final Bytes name, final long timeoutMs, final int window, final Reply reply) {
        if (name.length() > Limits.SESSION_NAME_BYTES_MAX || timeoutMs <= 0 || window < 1 || window > Limits.SESSION_WINDOW_MAX) {
            reply.only(ApplyStatus.SESSION_INVALID);
            return UNKNOWN;
        }
        final long existing = byName(name);
        final Session session;
        if (existing == UNKNOWN) {
            if (open.size() >= Limits.SESSIONS_MAX) {
                remove(leastRecentlyActive());
            }
            session = new Session(index, timeoutMs, window);
            session.touch(timestampMs);
            open.put(index, session);
            rows.putSession(session, name);
            if (!name.isEmpty()) {
                rows.putName(name, index);
            }
            putDeadline(session);
        } else {
            session = open.get(existing);
            session.touch(timestampMs);
            rows.updateSession(session);
            reply.status(ApplyStatus.SESSION_RESUMED);
        }
        recent = session;
        reply.appendLong(session.id());
        reply.appendLong(session.lastSerial());
        reply.appendLong(session.acknowledged());
        return session.id();
    }

    /**
     * Decides about a command of a session. Changes nothing.
     *
     * @param sessionId    id.
     * @param serial       of the command, from 1.
     * @param acknowledged the client has the replies up to this serial.
     * @param reply        takes the cached reply of a duplicate, or the status of a refusal.
     * @return {@link #NEW}, {@link #DUPLICATE} or {@link #REFUSED}.
     */
    public int check(final long sessionId, final long serial, final long acknowledged, final Reply reply) {
        final Session session = find(sessionId);
        if (session == null) {
            return refuse(ApplyStatus.SESSION_EXPIRED, reply);
        }
        if (serial != session.lastSerial() + 1) {
            return serial > session.lastSerial() || serial < 1 ? refuse(ApplyStatus.SESSION_GAP, reply) : duplicate(session, serial, reply);
        }
        final long effective = session.effective(acknowledged);
        if (serial - effective > session.window() || session.waitingBytes(effective) >= Limits.SESSION_REPLY_BYTES_MAX) {
            return refuse(ApplyStatus.SESSION_WINDOW_EXCEEDED, reply);
        }
        return NEW;
    }

    /** @return index of the entry whose reply {@link #check} copied out as that of a duplicate. */
    public long duplicateIndex() {
        return duplicateIndex;
    }

    /**
     * Keeps the reply of the command for which {@link #check} just answered {@link #NEW}.
     *
     * @param sessionId    id.
     * @param serial       of the command.
     * @param acknowledged as given to {@link #check}.
     * @param index        of the entry.
     * @param timestampMs  log time of the entry.
     * @param reply        of the machine.
     */
    public void record(
        final long sessionId, final long serial, final long acknowledged, final long index, final long timestampMs, final Reply reply) {
        final Session session = find(sessionId);
        if (session == null) {
            throw new IllegalStateException("session " + sessionId + " is not open: its reply cannot be recorded");
        }
        acknowledge(session, acknowledged);
        session.add(serial, reply.length());
        session.touch(timestampMs);
        rows.putReply(session, serial, index, timestampMs, reply);
    }

    /**
     * Keeps a session alive without a command, and forgets acknowledged replies.
     *
     * @param sessionId    id.
     * @param acknowledged the client has the replies up to this serial.
     * @param timestampMs  log time of the entry.
     * @return {@link ApplyStatus#OK} or {@link ApplyStatus#SESSION_EXPIRED}.
     */
    public int keepAlive(final long sessionId, final long acknowledged, final long timestampMs) {
        final Session session = find(sessionId);
        if (session == null) {
            return ApplyStatus.SESSION_EXPIRED;
        }
        acknowledge(session, acknowledged);
        session.touch(timestampMs);
        rows.updateSession(session);
        return ApplyStatus.OK;
    }

    /**
     * Closes a session and forgets its replies.
     *
     * @param sessionId id.
     * @return {@link ApplyStatus#OK} or {@link ApplyStatus#SESSION_EXPIRED}.
     */
    public int close(final long sessionId) {
        final Session session = find(sessionId);
        if (session == null) {
            return ApplyStatus.SESSION_EXPIRED;
        }
        remove(session);
        return ApplyStatus.OK;
    }

    /**
     * Expires sessions that are due, looking at no more than {@link Limits#SESSION_EXPIRIES_PER_ENTRY_MAX}.
     *
     * @param timestampMs log time of the entry.
     * @return number of sessions expired.
     */
    public int expire(final long timestampMs) {
        return timestampMs < nextDeadlineMs ? 0 : expireDue(timestampMs);
    }

    /** @return whether a session is open, so that an idle leader has to log ticks. */
    public boolean hasTimers() {
        return !open.isEmpty();
    }

    /** @return number of open sessions. */
    public int count() {
        return open.size();
    }

    /**
     * Looks a session up by its name.
     *
     * @param name of it.
     * @return its id, or {@link #UNKNOWN}.
     */
    public long byName(final Bytes name) {
        return name.isEmpty() || name.length() > Limits.SESSION_NAME_BYTES_MAX ? UNKNOWN : rows.idOf(name);
    }

    /**
     * Last serial of a session that took effect.
     *
     * @param sessionId id.
     * @return the serial, 0 before the first, or {@link #UNKNOWN}.
     */
    public long lastSerial(final long sessionId) {
        final Session session = find(sessionId);
        return session == null ? UNKNOWN : session.lastSerial();
    }

    /** Rebuilds the index of open sessions from the tables, after they were restored. */
    public void restore() {
        rows = new SessionRows(tables);
        recent = null;
        open.clear();
        for (boolean isOn = rows.firstSession(); isOn; isOn = rows.nextSession()) {
            final Session session = rows.session();
            open.put(session.id(), session);
        }
        // Two walks over the replies: which is the newest decides what is acknowledged, and that decides which lengths count.
        for (boolean isOn = rows.firstReply(); isOn; isOn = rows.nextReply()) {
            final Session session = open.get(rows.replySession());
            if (session == null) {
                throw new PageStateException(TABLE_NAME + ": a reply is kept for session " + rows.replySession() + ", which is not open");
            }
            final long serial = rows.replySerial();
            if (serial > session.lastSerial()) {
                session.restore(
                    serial,
                    Math.max(session.acknowledged(), rows.replyAcknowledged()),
                    Math.max(session.lastActiveMs(), rows.replyTimestampMs()));
            }
        }
        for (boolean isOn = rows.firstReply(); isOn; isOn = rows.nextReply()) {
            final Session session = open.get(rows.replySession());
            final long serial = rows.replySerial();
            if (serial > session.acknowledged() && serial <= session.lastSerial()) {
                session.restoreReply(serial, rows.replyLength());
            }
        }
        nextDeadlineMs = rows.firstDeadline() ? rows.deadlineMs() : Long.MAX_VALUE;
    }

    private Session find(final long sessionId) {
        if (recent != null && recent.id() == sessionId) {
            return recent;
        }
        final Session session = open.get(sessionId);
        if (session != null) {
            recent = session;
        }
        return session;
    }

    private static int refuse(final int status, final Reply reply) {
        reply.only(status);
        return REFUSED;
    }

    private int duplicate(final Session session, final long serial, final Reply reply) {
        duplicateIndex = rows.readReply(session, serial, reply);
        return duplicateIndex == UNKNOWN ? refuse(ApplyStatus.SESSION_REPLY_FORGOTTEN, reply) : DUPLICATE;
    }

    private void acknowledge(final Session session, final long claimed) {
        final long effective = session.effective(claimed);
        while (session.acknowledged() < effective) {
            session.acknowledgeNext();
            if (session.slotBytes(session.acknowledged()) > SLOT_BYTES_KEPT_MAX) {
                rows.removeReply(session, session.acknowledged());
            }
        }
    }

    private int expireDue(final long timestampMs) {
        int expired = 0;
        for (int i = 0; i < Limits.SESSION_EXPIRIES_PER_ENTRY_MAX; i++) {
            nextDeadlineMs = rows.firstDeadline() ? rows.deadlineMs() : Long.MAX_VALUE;
            if (nextDeadlineMs > timestampMs) {
                return expired;
            }
            final Session session = open.get(rows.deadlineId());
            rows.removeDeadline(nextDeadlineMs, rows.deadlineId());
            // A session that was closed leaves its deadline behind.
            if (session != null && session.deadlineMs() <= timestampMs) {
                remove(session);
                expired++;
            } else if (session != null) {
                putDeadline(session);
            }
        }
        return expired;
    }

    private void putDeadline(final Session session) {
        rows.putDeadline(session.deadlineMs(), session.id());
        nextDeadlineMs = Math.min(nextDeadlineMs, session.deadlineMs());
    }

    private void remove(final Session session) {
        rows.removeSession(session.id());
        open.remove(session.id());
        if (recent == session) {
            recent = null;
        }
    }

    /** The order of the map does not matter: the least of all (time, id) is the same in any order. */
    private Session leastRecentlyActive() {
        Session least = null;
        for (final Session session : open.values()) {
            if (least == null || session.lastActiveMs() < least.lastActiveMs()
                || session.lastActiveMs() == least.lastActiveMs() && session.id() < least.id()) {
                least = session;
            }
        }
        return least;
    }
}
