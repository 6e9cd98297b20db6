package io.cairn.snapshot;

import io.cairn.fsm.MachineSnapshot;
import io.cairn.fsm.page.Pin;
import io.cairn.fsm.page.Tables;

/**
 * What is to be persisted: a frozen root that is pinned, what the machine adds, and where in the log that is. Set by the engine, handed to
 * {@link SnapshotStore#begin}, which takes over the pin and the machine's snapshot and lets go of both whatever comes of it.
 */
public final class SnapshotRequest {
    final long index;
    final long term;
    final long timestampMs;
    long createdMs;
    int walChain;
    byte[] configuration = new byte[0];
    Tables tables;
    Pin pin;
    MachineSnapshot machineSnapshot = MachineSnapshot.IN_TABLES;
    boolean incremental = true;

    /**
     * The state as of an index.
     *
     * @param index       last included index; must be durable in the log before the snapshot is published.
     * @param term        of that entry.
     * @param timestampMs log time of that entry.
     */
    public SnapshotRequest(final long index, final long term, final long timestampMs) {
        this.index = index;
        this.term = term;
        this.timestampMs = timestampMs;
        this.createdMs = timestampMs;
    }

    /**
     * The pages.
     *
     * @param value    tables of the pin.
     * @param acquired pin that holds the root as of the index.
     * @return this.
     */
    public SnapshotRequest pages(final Tables value, final Pin acquired) {
        tables = value;
        pin = acquired;
        return this;
    }

    /**
     * What the machine persists besides its tables.
     *
     * @param value taken on the Applier together with the root.
     * @return this.
     */
    public SnapshotRequest machineSnapshot(final MachineSnapshot value) {
        machineSnapshot = value;
        return this;
    }

    /**
     * Wall clock now, for the name and for people.
     *
     * @param value ms since 1970.
     * @return this.
     */
    public SnapshotRequest createdMs(final long value) {
        createdMs = value;
        return this;
    }

    /**
     * The log's chain value at the index.
     *
     * @param value chain.
     * @return this.
     */
    public SnapshotRequest walChain(final int value) {
        walChain = value;
        return this;
    }

    /**
     * Membership and configuration as of the index.
     *
     * @param value bytes of the engine.
     * @return this.
     */
    public SnapshotRequest configuration(final byte[] value) {
        configuration = value.clone();
        return this;
    }

    /**
     * Whether storing only what changed since the state's last snapshot is good enough. A full one is written all the same when there is none to
     * build on, when the chain is full, or when most pages changed.
     *
     * @param value false = full.
     * @return this.
     */
    public SnapshotRequest incremental(final boolean value) {
        incremental = value;
        return this;
    }
}
