package io.cairn.engine.config;

/**
 * What an agent does when a duty cycle found no work.
 */
public enum IdleKind {
    /** Spins on the core it runs on: the shortest wake-up, one core spent. */
    BUSY_SPIN,
    /** Yields the core to whoever else is runnable, then looks again. */
    YIELD,
    /** Spins, then yields, then parks for longer and longer, up to about a millisecond. */
    BACKOFF,
    /** Parks for a fixed short time: the least processor time, the longest wake-up. */
    PARK
}
