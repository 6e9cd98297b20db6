package io.cairn.engine.fuzz;

import java.util.List;

/**
 * Whatever the engine and the modules below it read, with guidance.
 */
final class EngineGuidedFuzz extends GuidedFuzz {
    @Override
    protected List<Class<? extends FuzzTarget>> targets() {
        return EngineTargets.ALL;
    }
}
