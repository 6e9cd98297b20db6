package io.cairn.engine;

import io.cairn.engine.pipeline.MemberControl;

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
}
