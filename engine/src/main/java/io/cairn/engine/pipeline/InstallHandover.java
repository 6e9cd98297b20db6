package io.cairn.engine.pipeline;

import io.cairn.engine.storage.NodeState;

/**
 * Passes a state that was restored from another member's snapshot from the Snapshotter to the Applier, with the Sequencer, who owns log and protocol,
 * in between: one at a time, the state field orders everything else.
 *
 * <pre>
 *   IDLE ──Snapshotter──► OFFERED ──Sequencer──► SWAPPING ──Applier──► SWAPPED ──Sequencer: log reset or kept──► INSTALLED ──Snapshotter──► IDLE
 *                            └──Sequencer: not needed──► DECLINED ◄──Sequencer── UNNEEDED ◄──Applier: has come further meanwhile
 * </pre>
 */
final class InstallHandover {
    static final long IDLE = 0;
    static final long OFFERED = 1;
    static final long SWAPPING = 2;
    static final long SWAPPED = 3;
    static final long UNNEEDED = 4;
    static final long INSTALLED = 5;
    static final long DECLINED = 6;

    private final Position state = new Position(IDLE);
    private NodeState next;
    private NodeState previous;
    private long appliedBefore;

    long state() {
        return state.get();
    }

    /** Snapshotter. */
    void offer(final NodeState restored) {
        next = restored;
        previous = null;
        state.set(OFFERED);
    }

    /** Sequencer. */
    void swap() {
        state.set(SWAPPING);
    }

    /** Applier, between two entries: the new state is in use. */
    void swapped(final NodeState replaced, final long appliedIndexBefore) {
        previous = replaced;
        appliedBefore = appliedIndexBefore;
        state.set(SWAPPED);
    }

    /** Applier: what is in use includes more. */
    void unneeded() {
        state.set(UNNEEDED);
    }

    /** Sequencer. */
    void installed() {
        state.set(INSTALLED);
    }

    /** Sequencer. */
    void declined() {
        state.set(DECLINED);
    }

    /** Snapshotter. */
    void done() {
        next = null;
        previous = null;
        state.set(IDLE);
    }

    NodeState next() {
        return next;
    }

    /** The state that was in use before; nobody uses it any more once INSTALLED. */
    NodeState previous() {
        return previous;
    }

    /** Last entry that had been applied to the state before. */
    long appliedBefore() {
        return appliedBefore;
    }
}
