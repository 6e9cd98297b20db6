package io.cairn.engine;

import io.cairn.engine.pipeline.MemberControl;
import io.cairn.engine.storage.NodeState;
import io.cairn.fsm.ReadView;
import io.cairn.fsm.StateDigest;
import io.cairn.fsm.page.Tables;
import io.cairn.fsm.page.TreeVerifier;
import io.cairn.wal.WriteAheadLog;

/**
 * For tests of other packages: what an engine shows to its own package alone.
 */
public final class EngineAccess {
    private EngineAccess() {
    }

    /**
     * @param engine driven by the caller's thread.
     * @return what is asked of a member besides commands.
     */
    public static MemberControl control(final StorageEngine engine) {
        return engine.control();
    }

    /**
     * @param engine driven by the caller's thread.
     * @return its log.
     */
    public static WriteAheadLog log(final StorageEngine engine) {
        return engine.storage().log();
    }

    /**
     * @param engine driven by the caller's thread, between two turns.
     * @return digest of the state as of the last entry applied, sessions and configuration included.
     */
    public static long digest(final StorageEngine engine) {
        try (ReadView view = view(engine)) {
            return StateDigest.of(view, true);
        }
    }

    /**
     * @param engine driven by the caller's thread, between two turns.
     * @return the state as of the last entry applied, to be closed.
     */
    public static ReadView view(final StorageEngine engine) {
        final NodeState state = engine.storage().state();
        state.views().freeze(engine.appliedIndex(), 0);
        return state.views().open();
    }

    /**
     * @param engine driven by the caller's thread, between two turns.
     * @return pages of its state that are live and that nothing reaches.
     */
    public static int leakedPages(final StorageEngine engine) {
        final Tables tables = engine.storage().state().tables();
        return tables.arena().livePages() - TreeVerifier.verify(tables.arena(), tables.freeze()).count();
    }
}
