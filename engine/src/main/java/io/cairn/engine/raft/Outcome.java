package io.cairn.engine.raft;

/**
 * What {@link RaftCore#onMessage} made of a message, and what its owner has to do about it.
 */
public final class Outcome {
    /** It says nothing to this member. */
    public static final int IGNORED = 0;
    /** A promise is being stored or the log is being cut: offer the message again afterwards, or drop it, its sender repeats it. */
    public static final int BUSY = 1;
    /** Taken. */
    public static final int DONE = 2;
    /** Append its entries from {@link RaftCore#appendFrom()} on, as many as fit, then say {@link RaftCore#onEntriesAppended}. */
    public static final int APPEND = 3;
    /**
     * Remove the entries from {@link RaftCore#truncateFrom()} on, durably, then say {@link RaftCore#onTruncated}; offer the message again afterwards,
     * or drop it.
     */
    public static final int TRUNCATE = 4;

    /** Write its records back into the log, from {@link Message#logIndex} on, as many as fit, then say {@link RaftCore#onRepairWritten}. */
    public static final int REPAIR = 5;

    private Outcome() {
    }
}
