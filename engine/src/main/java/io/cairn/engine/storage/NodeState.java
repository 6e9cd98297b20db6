package io.cairn.engine.storage;

import io.cairn.fsm.ReadViews;
import io.cairn.fsm.SessionTable;
import io.cairn.fsm.SnapshotSource;
import io.cairn.fsm.StateMachine;
import io.cairn.fsm.page.Tables;
import io.cairn.snapshot.LoadedSnapshot;
import io.cairn.snapshot.SnapshotManifest;
import org.agrona.CloseHelper;

/**
 * The state of a node as it was restored: pages, sessions, machine, and the entry they are as of. A snapshot that is installed while the node runs
 * makes a second one, which takes the first one's place between two entries.
 *
 * <p>Owner: the Applier, once it was handed over; the machine's checks also the Sequencer's, views anybody's.
 */
public final class NodeState implements AutoCloseable {
    private final Tables tables;
    private final ReadViews views;
    private final SnapshotManifest manifest;
    private final SnapshotSource source;
    private SessionTable sessions;
    private StateMachine machine;

    /** Blank. */
    NodeState(final Tables tables) {
        this.tables = tables;
        views = new ReadViews(tables);
        manifest = null;
        source = SnapshotSource.EMPTY;
    }

    /** Of pages that were restored and changed, as they were published. */
    NodeState(final Tables tables, final SnapshotManifest manifest) {
        this.tables = tables;
        views = new ReadViews(tables);
        this.manifest = manifest;
        source = SnapshotSource.EMPTY;
    }

    NodeState(final LoadedSnapshot loaded) {
        tables = loaded.tables();
        views = new ReadViews(tables);
        manifest = loaded.manifest();
        source = loaded.source();
    }

    void complete(final SessionTable openedSessions, final StateMachine restoredMachine) {
        sessions = openedSessions;
        machine = restoredMachine;
    }

    SnapshotSource source() {
        return source;
    }

    /** @return the paged state. */
    public Tables tables() {
        return tables;
    }

    /** @return freezes the state and opens read views. */
    public ReadViews views() {
        return views;
    }

    /** @return the session table. */
    public SessionTable sessions() {
        return sessions;
    }

    /** @return the state machine, restored. */
    public StateMachine machine() {
        return machine;
    }

    /** @return the snapshot it was restored from, or null. */
    public SnapshotManifest manifest() {
        return manifest;
    }

    /** @return last entry the state included when it was restored. */
    public long index() {
        return null == manifest ? 0 : manifest.index();
    }

    /** @return its term. */
    public long term() {
        return null == manifest ? 0 : manifest.term();
    }

    /** @return its log time. */
    public long timestampMs() {
        return null == manifest ? 0 : manifest.timestampMs();
    }

    /** @return its chain value. */
    public int chain() {
        return null == manifest ? 0 : manifest.walChain();
    }

    /** The machine, then the pages; those that a view still reads go with the view. */
    @Override
    public void close() {
        CloseHelper.closeAll(machine, tables.arena());
    }
}
