package io.cairn.engine.pipeline;

import io.cairn.fsm.MachineSnapshot;
import io.cairn.fsm.page.Pin;

/**
 * Passes a frozen state from the Applier to the Snapshotter: one at a time, the state field orders everything else.
 *
 * <pre>
 *   IDLE --Snapshotter--> REQUESTED --Applier--> CAPTURED or FAILED --Snapshotter--> IDLE
 * </pre>
 */
final class SnapshotHandover {
    private static final long IDLE = 0;
    private static final long REQUESTED = 1;
    private static final long CAPTURED = 2;
    private static final long FAILED = 3;

    private final Position state = new Position(IDLE);
    private Pin pin;
    private MachineSnapshot machineSnapshot;
    private long index;
    private long term;
    private long timestampMs;
    private int chain;
    private long logBytes;
    private byte[] configuration;
    private RuntimeException failure;
    private long baseIndex;
    private long baseEpoch;

    /** Snapshotter. */
    void request() {
        request(0);
    }

    /** Snapshotter: of use only where it is known what has changed behind an entry. */
    void request(final long since) {
        if (IDLE == state.get()) {
            baseIndex = since;
            state.set(REQUESTED);
        }
    }

    /** Applier: the epoch that was frozen as of an entry, the one that was asked for or one before it. */
    void base(final long index, final long epoch) {
        baseIndex = index;
        baseEpoch = epoch;
    }

    long baseIndex() {
        return baseIndex;
    }

    long baseEpoch() {
        return baseEpoch;
    }

    /** Applier. */
    boolean isRequested() {
        return REQUESTED == state.get();
    }

    /** Applier, between two entries. */
    void capture(
        final Pin heldPin,
        final MachineSnapshot snapshot,
        final long appliedIndex,
        final long appliedTerm,
        final long appliedTimestampMs,
        final int appliedChain,
        final long appliedLogBytes,
        final byte[] appliedConfiguration) {
        pin = heldPin;
        machineSnapshot = snapshot;
        index = appliedIndex;
        term = appliedTerm;
        timestampMs = appliedTimestampMs;
        chain = appliedChain;
        logBytes = appliedLogBytes;
        configuration = appliedConfiguration;
        state.set(CAPTURED);
    }

    /** Applier: the state could not be captured; there will be no snapshot this time. */
    void fail(final RuntimeException cause) {
        failure = cause;
        state.set(FAILED);
    }

    /** Snapshotter. */
    boolean isFailed() {
        return FAILED == state.get();
    }

    RuntimeException failure() {
        return failure;
    }

    /** Snapshotter. */
    boolean isCaptured() {
        return CAPTURED == state.get();
    }

    /** Snapshotter: what was captured has been written or abandoned. */
    void done() {
        pin = null;
        machineSnapshot = null;
        failure = null;
        state.set(IDLE);
    }

    Pin pin() {
        return pin;
    }

    MachineSnapshot machineSnapshot() {
        return machineSnapshot;
    }

    long index() {
        return index;
    }

    long term() {
        return term;
    }

    long timestampMs() {
        return timestampMs;
    }

    /** Bytes of log that had been applied when the state was frozen. */
    long logBytes() {
        return logBytes;
    }

    /** The configuration as of the index. */
    byte[] configuration() {
        return configuration;
    }

    int chain() {
        return chain;
    }
}
