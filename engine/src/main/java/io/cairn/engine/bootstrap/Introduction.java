package io.cairn.engine.bootstrap;

/**
 * What a member says of itself, unasked and again and again, to every member that it knows of. Binds nobody. Reused, never kept.
 */
public final class Introduction {
    /** The directory has never been part of a cluster, and waits for one that takes it up. */
    public static final int BLANK = 1;
    /** As {@link #BLANK}, and told to found a cluster with the others of its list. */
    public static final int FOUNDING = 2;
    /** The directory belongs to a cluster. */
    public static final int MEMBER = 3;

    /** Member that says it. */
    public int from;
    /** Member that it is for. */
    public int to;
    /** {@link #BLANK}, {@link #FOUNDING} or {@link #MEMBER}. */
    public int standing;
    /** Identity of the sender's directory. */
    public long incarnation;
    /** Of the sender's cluster; 0 where it has none. */
    public long clusterId;
    /** Equal wherever the list of members at the first start is. */
    public long listHash;
    /** HOST:PORT, the first of the sender's ports; empty in shared memory. */
    public String endpoint = "";

    @Override
    public String toString() {
        final String word = switch (standing) {
            case BLANK -> "blank";
            case FOUNDING -> "founding";
            case MEMBER -> "member";
            default -> "unknown(" + standing + ")";
        };
        return from + "->" + to + " " + word + " incarnation=" + Long.toHexString(incarnation) + " cluster=" + Long.toHexString(clusterId) +
            " endpoint=" + endpoint;
    }
}
