package io.cairn.engine.client;

import io.cairn.fsm.ApplyStatus;

/**
 * What a reply says, in one space of codes with {@link ApplyStatus}: zero and positive values are outcomes of the state machine,
 * −1 to −63 say that nothing changed and why, and the codes below are the engine's own. But for {@link #RESULT_DROPPED} and
 * {@link #UNKNOWN} they mean: refused before it was logged, no effect.
 */
public final class ReplyStatus {
    /** Done. */
    public static final int OK = ApplyStatus.OK;
    /** The ring or the window is full; nothing was done, try again. */
    public static final int BACK_PRESSURED = -64;
    /** The engine or the client is closed or closing. */
    public static final int CLOSED = -65;
    /** This member is not the leader (or not ready yet); ask another, or again. */
    public static final int NOT_LEADER = -66;
    /** The command is larger than a record may be. */
    public static final int TOO_LARGE = -67;
    /** The log's disk is full: no command is accepted until there is room and the engine was reopened. Reads go on. */
    public static final int NO_SPACE = -68;
    /** The command took effect, its result was larger than the client's reply ring had room for; within a session a retry returns it. */
    public static final int RESULT_DROPPED = -69;
    /** The outcome is unknown: the engine stopped before it could say. Within a session a retry finds out. */
    public static final int UNKNOWN = -70;
    /** No member that leads could be reached in time; nothing was done. */
    public static final int UNAVAILABLE = -71;
    /** This client was opened for reads; nothing was done. */
    public static final int READ_ONLY = -72;

    private ReplyStatus() {
    }

    /**
     * @param status of a reply.
     * @return its name, as tools print it.
     */
    public static String name(final int status) {
        return switch (status) {
            case BACK_PRESSURED -> "BACK_PRESSURED";
            case CLOSED -> "CLOSED";
            case NOT_LEADER -> "NOT_LEADER";
            case TOO_LARGE -> "TOO_LARGE";
            case NO_SPACE -> "NO_SPACE";
            case RESULT_DROPPED -> "RESULT_DROPPED";
            case UNKNOWN -> "UNKNOWN";
            case UNAVAILABLE -> "UNAVAILABLE";
            case READ_ONLY -> "READ_ONLY";
            default -> ApplyStatus.name(status);
        };
    }

    /**
     * @param status of a reply.
     * @return a sentence for people, without a full stop.
     */
    public static String explain(final int status) {
        return switch (status) {
            case BACK_PRESSURED -> "the engine is busy, nothing was done; try again";
            case CLOSED -> "the engine is closed";
            case NOT_LEADER -> "this member does not lead; ask another, or again";
            case TOO_LARGE -> "the command is larger than a log record may be; split it or raise wal.record.max";
            case NO_SPACE -> "the disk of the log is full; free space and reopen, reads go on meanwhile";
            case RESULT_DROPPED -> "the command took effect, its result did not fit the reply ring; raise reply.ring.size";
            case UNKNOWN -> "the outcome is unknown; retry with the same session and serial to find out";
            case UNAVAILABLE -> "no member that leads could be reached in time, nothing was done; look at the members, then try again";
            case READ_ONLY -> "this client only reads; send commands through one that reads from the leader";
            default -> status <= ApplyStatus.USER_ERROR_FIRST ? "the state machine refused it, with a status of its own" :
                ApplyStatus.explain(status);
        };
    }
}
