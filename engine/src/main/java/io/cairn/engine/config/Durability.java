package io.cairn.engine.config;

/**
 * What an acknowledgement promises. Term, vote, configuration and truncation intents are forced at every level.
 */
public enum Durability {
    /** Handed to the operating system: survives a crash of the process, not a loss of power. */
    OS,
    /** Forced before it is acknowledged, one force per group: survives a loss of power. */
    GROUP,
    /** Forced every {@code durability.interval}: a loss of power may take what was acknowledged within that window. */
    INTERVAL
}
