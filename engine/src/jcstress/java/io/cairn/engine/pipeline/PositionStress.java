package io.cairn.engine.pipeline;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Whoever sees a position sees what its writer did before.
 */
@JCStressTest
@State
@Outcome(id = {"0, 0", "0, 1", "1, 1"}, expect = Expect.ACCEPTABLE, desc = "not yet, or with what came before")
@Outcome(expect = Expect.FORBIDDEN, desc = "the position without what it stands for")
public class PositionStress {
    private final Position committed = new Position(0);
    private int entry;

    /** The agent that owns the position. */
    @Actor
    public void writer() {
        entry = 1;
        committed.set(1);
    }

    /**
     * Any other.
     *
     * @param result position and entry.
     */
    @Actor
    public void reader(final II_Result result) {
        result.r1 = (int)committed.get();
        result.r2 = entry;
    }
}
