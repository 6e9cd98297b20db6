package io.cairn.engine.fuzz;

import java.util.List;

/**
 * Whatever the engine and the modules below it read, without guidance.
 */
final class EngineFuzzTest extends FuzzRegression {
    @Override
    protected List<Class<? extends FuzzTarget>> targets() {
        return EngineTargets.ALL;
    }
}
