package io.cairn.engine.config;

/**
 * Which threads run the agents. The Snapshotter has a thread of its own in every mode.
 */
public enum ThreadingMode {
    /** Sequencer, Syncer and Applier have a thread each. */
    DEDICATED,
    /** Sequencer and Applier share one thread; the Syncer has its own. */
    SHARED,
    /** The embedding application calls {@code doWork()} on its own thread; the caller forces inline. */
    INVOKER
}
