package io.cairn.wal;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * Entry 2 is appended in generation 0, then the log is cut behind entry 1 and continues in generation 1 with another entry 2; the Syncer forces what
 * it sees of generation 0 meanwhile. Generation and index come together, an entry that is seen as durable is there, and what a reader takes for
 * acknowledged (durable of the generation that is appended) is never the entry that was cut.
 */
@JCStressTest
@State
@Outcome(id = {"1, 1, 0", "1, 1, 1[01]", "2, 1, 1[01]", "2, 2, 1[01]"}, expect = Expect.ACCEPTABLE, desc = "generation 0, forced or not yet")
@Outcome(id = {"101, [12], 1[01]", "102, [12], 11"}, expect = Expect.ACCEPTABLE, desc = "generation 1: old forces are discarded")
@Outcome(expect = Expect.FORBIDDEN, desc = "index and generation mixed, or durable without its entry")
public class LogPositionsStress {
    private final LogPositions positions = new LogPositions();
    private int entry;

    /** The log with entry 1, durable. */
    public LogPositionsStress() {
        positions.appended(LogPositions.position(0, 1));
        positions.durable(LogPositions.position(0, 1));
    }

    /** Sequencer, and the truncation while it rests. */
    @Actor
    public void sequencer() {
        entry = 10;
        positions.appended(LogPositions.position(0, 2));
        positions.appendedVolatile(LogPositions.position(1, 1));
        entry = 11;
        positions.appended(LogPositions.position(1, 2));
    }

    /**
     * Syncer, then whoever reads what it did.
     *
     * @param result appended as 100 × generation + index, durable, the entry.
     */
    @Actor
    public void syncer(final III_Result result) {
        final long appended = positions.appended();
        if (LogPositions.generation(appended) == 0) {
            positions.durable(appended);
        }
        final long seen = positions.appended();
        final long durable = positions.durable();
        result.r1 = (int)(100 * LogPositions.generation(seen) + LogPositions.index(seen));
        result.r2 = (int)(100 * LogPositions.generation(durable) + LogPositions.index(durable));
        result.r3 = entry;
    }
}
