package io.cairn.bench.fuzz;

import io.cairn.bench.history.HistoryFuzz;
import io.cairn.engine.fuzz.FuzzRegression;
import io.cairn.engine.fuzz.FuzzTarget;

import java.util.List;

/**
 * What the tools of this module read, without guidance.
 */
final class BenchFuzzTest extends FuzzRegression {
    @Override
    protected List<Class<? extends FuzzTarget>> targets() {
        return List.of(HistoryFuzz.class);
    }
}
