package io.cairn.engine.config;

/**
 * Where the pages of the state live.
 */
public enum StateStorage {
    /** Anonymous memory. */
    MEMORY,
    /** A mapped scratch file, so that the state may exceed memory. It is not durable and is made anew at every start. */
    FILE
}
