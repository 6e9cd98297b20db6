package io.cairn.engine.pipeline;

import io.cairn.snapshot.SnapshotManifest;

/**
 * What the agents report as it happens; everything that is a position is read from the positions instead. Each method is called by one agent
 * and must neither block nor allocate.
 */
public interface EngineStatistics {
    /** Reports nothing. */
    EngineStatistics NONE = new None();

    /**
     * Syncer: a group was forced.
     *
     * @param durationNs how long the device took.
     * @param entries    entries it covered.
     */
    void onForce(long durationNs, int entries);

    /** Snapshotter: a snapshot was decided on. */
    void onSnapshotBegun();

    /**
     * Snapshotter: a snapshot was published.
     *
     * @param durationNs from the decision to the publication.
     * @param manifest   of the snapshot.
     * @param diskBytes  of all snapshots there are now.
     */
    void onSnapshot(long durationNs, SnapshotManifest manifest, long diskBytes);

    /**
     * Snapshotter: a snapshot failed and will be tried again.
     *
     * @param cause why.
     */
    void onSnapshotFailure(Throwable cause);

    /**
     * Snapshotter: something on disk does not match its checksum.
     *
     * @param finding what, where, and the way out.
     */
    void onDamage(Throwable finding);

    /**
     * An agent's longest duty cycle grew.
     *
     * @param role       which agent.
     * @param durationNs of the cycle.
     */
    void onDutyCycleMax(AgentRole role, long durationNs);

    /** Which agent. */
    enum AgentRole {
        /** The single writer. */
        SEQUENCER,
        /** Forces. */
        SYNCER,
        /** Applies. */
        APPLIER,
        /** Writes snapshots. */
        SNAPSHOTTER,
        /** Prepares segments. */
        ALLOCATOR
    }

    /** Reports nothing. */
    final class None implements EngineStatistics {
        private None() {
        }

        @Override
        public void onForce(final long durationNs, final int entries) {
        }

        @Override
        public void onSnapshotBegun() {
        }

        @Override
        public void onSnapshot(final long durationNs, final SnapshotManifest manifest, final long diskBytes) {
        }

        @Override
        public void onSnapshotFailure(final Throwable cause) {
        }

        @Override
        public void onDamage(final Throwable finding) {
        }

        @Override
        public void onDutyCycleMax(final AgentRole role, final long durationNs) {
        }
    }
}
