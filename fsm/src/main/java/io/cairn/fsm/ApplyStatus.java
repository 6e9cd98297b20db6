package io.cairn.fsm;

/**
 * Status codes of a reply. Zero and above: the command took effect or the query was answered, and the code says how. Below zero: nothing changed.
 * The codes are part of the wire and of the replicated state (cached session replies): they are never renumbered. A user's own machine takes codes
 * from {@link #USER_FIRST} up and from {@link #USER_ERROR_FIRST} down.
 */
public final class ApplyStatus {
    /** Done. */
    public static final int OK = 0;
    /** A condition did not hold (compare-and-set, put-if-absent, batch): nothing changed. */
    public static final int NOT_MATCHED = 1;
    /** The key, or the named thing, is not there. */
    public static final int NOT_FOUND = 2;
    /** The table was there already; its id is in the reply. */
    public static final int TABLE_EXISTS = 3;
    /** The session was there already under its name and was resumed. */
    public static final int SESSION_RESUMED = 4;

    /** The command could not be decoded when it was applied. */
    public static final int BAD_COMMAND = -1;
    /** The command or query is not well-formed; refused before it was logged. */
    public static final int MALFORMED = -2;
    /** The key is longer than the limit. */
    public static final int KEY_TOO_LONG = -3;
    /** The key is empty. */
    public static final int KEY_EMPTY = -4;
    /** The value is longer than the limit. */
    public static final int VALUE_TOO_LONG = -5;
    /** There is no table with that id or name. */
    public static final int UNKNOWN_TABLE = -6;
    /** The name of a table is empty, too long, not printable ASCII, or reserved. */
    public static final int TABLE_NAME_INVALID = -7;
    /** The limit on the number of tables is reached. */
    public static final int TABLES_FULL = -8;
    /** The value to be incremented is not a decimal 64-bit integer. */
    public static final int NOT_A_NUMBER = -9;
    /** The sum does not fit into 64 bits. */
    public static final int OVERFLOW = -10;
    /** A batch has more conditions or operations than the limit. */
    public static final int BATCH_TOO_LARGE = -11;
    /** The state has no room for the command; refused before it was logged. */
    public static final int STATE_FULL = -12;
    /** The answer does not fit into the reply. */
    public static final int REPLY_TOO_LONG = -13;

    /** The session is unknown: never opened, closed, expired or evicted. The command was not executed. */
    public static final int SESSION_EXPIRED = -32;
    /** A serial of the session is missing before this one. The command was not executed. */
    public static final int SESSION_GAP = -33;
    /** Too many replies, or bytes of replies, wait for the client's acknowledgement. The command was not executed. */
    public static final int SESSION_WINDOW_EXCEEDED = -34;
    /** The command took effect earlier, and the client has acknowledged the reply since, so that it is no longer kept. */
    public static final int SESSION_REPLY_FORGOTTEN = -35;
    /** The name of a session is too long or a limit of its opening is out of range. */
    public static final int SESSION_INVALID = -36;

    /** First success code for a user's own machine. */
    public static final int USER_FIRST = 1_000;
    /** First error code for a user's own machine. */
    public static final int USER_ERROR_FIRST = -1_000;

    private ApplyStatus() {
    }

    /**
     * Name of a status, as tools print it.
     *
     * @param status of a reply.
     * @return the constant's name, or {@code STATUS_n}.
     */
    public static String name(final int status) {
        return switch (status) {
            case OK -> "OK";
            case NOT_MATCHED -> "NOT_MATCHED";
            case NOT_FOUND -> "NOT_FOUND";
            case TABLE_EXISTS -> "TABLE_EXISTS";
            case SESSION_RESUMED -> "SESSION_RESUMED";
            case BAD_COMMAND -> "BAD_COMMAND";
            case MALFORMED -> "MALFORMED";
            case KEY_TOO_LONG -> "KEY_TOO_LONG";
            case KEY_EMPTY -> "KEY_EMPTY";
            case VALUE_TOO_LONG -> "VALUE_TOO_LONG";
            case UNKNOWN_TABLE -> "UNKNOWN_TABLE";
            case TABLE_NAME_INVALID -> "TABLE_NAME_INVALID";
            case TABLES_FULL -> "TABLES_FULL";
            case NOT_A_NUMBER -> "NOT_A_NUMBER";
            case OVERFLOW -> "OVERFLOW";
            case BATCH_TOO_LARGE -> "BATCH_TOO_LARGE";
            case STATE_FULL -> "STATE_FULL";
            case REPLY_TOO_LONG -> "REPLY_TOO_LONG";
            case SESSION_EXPIRED -> "SESSION_EXPIRED";
            case SESSION_GAP -> "SESSION_GAP";
            case SESSION_WINDOW_EXCEEDED -> "SESSION_WINDOW_EXCEEDED";
            case SESSION_REPLY_FORGOTTEN -> "SESSION_REPLY_FORGOTTEN";
            case SESSION_INVALID -> "SESSION_INVALID";
            default -> "STATUS_" + status;
        };
    }

    /**
     * One sentence for a person: what is wrong and what to do.
     *
     * @param status of a reply.
     * @return the sentence, without a full stop.
     */
    public static String explain(final int status) {
        return switch (status) {
            case OK -> "done";
            case NOT_MATCHED -> "a condition did not hold, nothing changed";
            case NOT_FOUND -> "not found";
            case TABLE_EXISTS -> "the table exists already";
            case SESSION_RESUMED -> "the session of that name was resumed";
            case BAD_COMMAND -> "the command could not be decoded when it was applied; use a client of the node's version";
            case MALFORMED -> "the command is not well-formed; use a client of the node's version";
            case KEY_TOO_LONG -> "the key is longer than " + Limits.KEY_BYTES_MAX + " bytes; use a shorter key";
            case KEY_EMPTY -> "the key is empty; use a key of 1 to " + Limits.KEY_BYTES_MAX + " bytes";
            case VALUE_TOO_LONG -> "the value is longer than the configured limit; split it or raise the limit";
            case UNKNOWN_TABLE -> "there is no such table; create it first";
            case TABLE_NAME_INVALID -> "a table name has 1 to " + Limits.TABLE_NAME_BYTES_MAX
                + " printable ASCII characters and does not begin with $; the default table stays";
            case TABLES_FULL -> "there are " + Limits.TABLES_MAX + " tables already; drop one first";
            case NOT_A_NUMBER -> "the value is not a decimal 64-bit integer";
            case OVERFLOW -> "the sum does not fit into 64 bits";
            case BATCH_TOO_LARGE -> "a batch has at most " + Limits.BATCH_OPERATIONS_MAX + " operations and as many conditions; split it";
            case STATE_FULL -> "the state has no room; delete keys or raise the memory limit";
            case REPLY_TOO_LONG -> "the answer does not fit into the reply; ask for less";
            case SESSION_EXPIRED -> "the session is unknown or has expired, the command was not executed; open a new one";
            case SESSION_GAP -> "an earlier serial of the session is missing, the command was not executed; send the missing one first";
            case SESSION_WINDOW_EXCEEDED -> "too many replies wait for acknowledgement, the command was not executed; acknowledge and retry";
            case SESSION_REPLY_FORGOTTEN -> "the command took effect and its reply was acknowledged before";
            case SESSION_INVALID -> "a session name has at most " + Limits.SESSION_NAME_BYTES_MAX + " bytes; timeout and window must be positive";
            default -> "status " + status;
        };
    }
}
