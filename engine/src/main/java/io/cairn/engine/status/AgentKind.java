package io.cairn.engine.status;

import java.util.Locale;

/**
 * The agents of a node, as a key of counters that exist once per agent.
 */
public enum AgentKind {
    /** The single writer: ingress, log, commit. */
    SEQUENCER,
    /** Forces the log. */
    SYNCER,
    /** Applies and replies. */
    APPLIER,
    /** Writes snapshots. */
    SNAPSHOTTER,
    /** Prepares and recycles segments of the log. */
    ALLOCATOR;

    private final String label = name().toLowerCase(Locale.ROOT);

    /**
     * The word in labels.
     *
     * @return lower case.
     */
    public String label() {
        return label;
    }
}
