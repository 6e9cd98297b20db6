package io.cairn.engine.raft;

/**
 * What a member answers when it is asked for an entry.
 */
public final class Fetched {
    /** It holds it, and sends it. */
    public static final int PRESENT = 1;
    /** It does not hold it, and never said that it does. */
    public static final int DO_NOT_HAVE = 2;
    /** A snapshot of it includes the entry: it holds it, in that form. */
    public static final int COMPACTED = 3;
    /** It held it, or may have, and its record is damaged too. */
    public static final int CORRUPT = 4;
    /** As {@link #CORRUPT}, and it cannot tell whether it ever promised it. */
    public static final int UNDECIDED = 5;
    /** It holds an entry of that index and cannot tell whether it is that one. */
    public static final int UNSURE = 6;

    private Fetched() {
    }
}
