package io.cairn.bench.fuzz;

import io.cairn.bench.history.HistoryFuzz;
import io.cairn.engine.fuzz.FuzzTarget;
import io.cairn.engine.fuzz.GuidedFuzz;

import java.util.List;

/**
 * What the tools of this module read, with guidance.
 */
final class BenchGuidedFuzz extends GuidedFuzz {
    @Override
    protected List<Class<? extends FuzzTarget>> targets() {
        return List.of(HistoryFuzz.class);
    }
}
