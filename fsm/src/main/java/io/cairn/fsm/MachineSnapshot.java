package io.cairn.fsm;

/**
 * What a machine will persist of one moment of its state. Taken on the Applier in O(1); written and closed on the Snapshotter while the machine goes
 * on. Closing without writing abandons it.
 */
public interface MachineSnapshot extends AutoCloseable {
    /** The snapshot of a machine whose whole state is in the context's tables: it has no bytes of its own. */
    MachineSnapshot IN_TABLES = new TablesOnly();

    /**
     * Whether the whole state is in the tables, so that {@link #writeTo} has nothing to write.
     *
     * @return true for {@link #IN_TABLES}.
     */
    boolean inTables();

    /**
     * Writes the machine's own bytes. Called at most once.
     *
     * @param sink takes named files.
     */
    void writeTo(SnapshotSink sink);

    /** Releases what the snapshot pins. */
    @Override
    void close();

    /** The one without bytes of its own. */
    final class TablesOnly implements MachineSnapshot {
        private TablesOnly() {
        }

        @Override
        public boolean inTables() {
            return true;
        }

        @Override
        public void writeTo(final SnapshotSink sink) {
        }

        @Override
        public void close() {
        }
    }
}
