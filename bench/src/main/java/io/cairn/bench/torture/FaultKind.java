package io.cairn.bench.torture;

import java.util.Locale;

/**
 * What may befall members of a cluster under torture.
 */
public enum FaultKind {
    /** SIGKILL. */
    KILL,
    /** SIGSTOP, and SIGCONT later. */
    PAUSE,
    /** SIGTERM, and a new start. */
    RESTART,
    /** Nothing gets from some members to others. */
    PARTITION,
    /** A share of what members send to each other is lost. */
    LOSS,
    /** No room on the disk of one member. */
    FULL_DISK;

    /**
     * As a person writes it.
     *
     * @return lower case, with hyphens.
     */
    public String spelling() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
