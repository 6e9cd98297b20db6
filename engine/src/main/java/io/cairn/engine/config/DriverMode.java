package io.cairn.engine.config;

/**
 * Which media driver carries a member's messages, and who runs it.
 */
public enum DriverMode {
    /** An embedded one on the Sequencer's own thread: no hop, and no time for it while the Sequencer is busy elsewhere. */
    INVOKER,
    /** An embedded one with a single thread. */
    SHARED,
    /** An embedded one with a thread each for conductor, sender and receiver. */
    DEDICATED,
    /** One that runs already, in the directory {@code cluster.aeron.dir}. */
    EXTERNAL
}
