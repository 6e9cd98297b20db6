package io.cairn.fsm;

import io.cairn.fsm.page.Tables;

/**
 * Exactly-once commands: open sessions, the serial up to which each took effect, and the replies its client has not acknowledged yet, in a reserved
 * table that freezes and snapshots with the state. Owner: the Applier. Nothing of it depends on an iteration order or a clock.
 * <p>
 * For a command of a session the Applier calls {@link #check}; only if that answers {@link #NEW} it applies the command and calls {@link #record}.
 * Commands outside a session (id 0) never come here.
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
    /** Answer for a session that is not open. */
    public static final long UNKNOWN = -1;

    /**
     * Takes the table of a state, creating it where it is missing, and rebuilds the index of open sessions.
     *
     * @param tables of the state; empty or restored.
     */
    public SessionTable(final Tables tables) {
        throw new UnsupportedOperationException();
    }

    /**
     * Opens a session, or resumes the one of that name. The reply is {@code i64 session id, i64 last serial, i64 acknowledged serial}, with status
     * {@link ApplyStatus#OK}, {@link ApplyStatus#SESSION_RESUMED} or {@link ApplyStatus#SESSION_INVALID}.
     *
     * @param index       of the entry that opens it, which becomes its id.
     * @param timestampMs log time of that entry.
     * @param name        to resume it by; empty: none.
     * @param timeoutMs   log time without a command or keep-alive after which it expires.
     * @param window      most replies kept until they are acknowledged, 1 to {@link Limits#SESSION_WINDOW_MAX}.
     * @param reply       reset by the caller.
     * @return the session's id, or {@link #UNKNOWN} when the arguments are refused.
     */
    public long open(final long index, final long timestampMs, final Bytes name, final long timeoutMs, final int window, final Reply reply) {
        throw new UnsupportedOperationException();
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
        throw new UnsupportedOperationException();
    }

    /** @return index of the entry whose reply {@link #check} copied out as that of a duplicate. */
    public long duplicateIndex() {
        throw new UnsupportedOperationException();
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
        throw new UnsupportedOperationException();
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
        throw new UnsupportedOperationException();
    }

    /**
     * Closes a session and forgets its replies.
     *
     * @param sessionId id.
     * @return {@link ApplyStatus#OK} or {@link ApplyStatus#SESSION_EXPIRED}.
     */
    public int close(final long sessionId) {
        throw new UnsupportedOperationException();
    }

    /**
     * Expires sessions that are due, a bounded number. Called for every entry, before it is applied.
     *
     * @param timestampMs log time of the entry.
     * @return number of sessions expired.
     */
    public int expire(final long timestampMs) {
        throw new UnsupportedOperationException();
    }

    /** @return whether a session is open, so that an idle leader has to log ticks. */
    public boolean hasTimers() {
        throw new UnsupportedOperationException();
    }

    /** @return number of open sessions. */
    public int count() {
        throw new UnsupportedOperationException();
    }

    /**
     * Looks a session up by its name.
     *
     * @param name of it.
     * @return its id, or {@link #UNKNOWN}.
     */
    public long byName(final Bytes name) {
        throw new UnsupportedOperationException();
    }

    /**
     * Last serial of a session that took effect.
     *
     * @param sessionId id.
     * @return the serial, 0 before the first, or {@link #UNKNOWN}.
     */
    public long lastSerial(final long sessionId) {
        throw new UnsupportedOperationException();
    }

    /** Rebuilds the index of open sessions after the tables were restored. */
    public void restore() {
        throw new UnsupportedOperationException();
    }
}
