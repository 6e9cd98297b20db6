package io.cairn.fsm;

/**
 * Hard limits of the key-value machine and the session table. They are part of the replicated behaviour: every replica of a cluster must have the
 * same ones, so they are constants. The limit on values is checked before a command is logged and may be configured below {@link #VALUE_BYTES_CAP}.
 */
public final class Limits {
    /** Longest key in bytes. */
    public static final int KEY_BYTES_MAX = 1_024;
    /** Longest value in bytes unless configured otherwise. */
    public static final int VALUE_BYTES_DEFAULT = 1 << 20;
    /** Longest value that may be configured: its length must leave the high byte of 32 bits zero (see {@link StoredValue}). */
    public static final int VALUE_BYTES_CAP = 8 << 20;
    /** Longest name of a table in bytes. */
    public static final int TABLE_NAME_BYTES_MAX = 64;
    /** Most user tables. */
    public static final int TABLES_MAX = 1_024;
    /** Most operations, and most conditions, of one batch. */
    public static final int BATCH_OPERATIONS_MAX = 4_096;
    /** Most keys that one applied entry expires. */
    public static final int EXPIRIES_PER_ENTRY_MAX = 64;
    /** Longest name of a session in bytes. */
    public static final int SESSION_NAME_BYTES_MAX = 64;
    /** Most open sessions; opening one more evicts the one whose last command is the oldest in the log. */
    public static final int SESSIONS_MAX = 4_096;
    /** Most replies of a session that may wait for acknowledgement. */
    public static final int SESSION_WINDOW_MAX = 4_096;
    /** Bytes of unacknowledged replies at which a session's next command is refused. */
    public static final int SESSION_REPLY_BYTES_MAX = 4 << 20;
    /** Most sessions that one applied entry expires or looks at. */
    public static final int SESSION_EXPIRIES_PER_ENTRY_MAX = 8;

    private Limits() {
    }
}
