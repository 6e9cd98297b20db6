package io.cairn.engine.sim;

import io.cairn.engine.EngineContext;
import io.cairn.engine.history.LinearizabilityChecker;
import io.cairn.engine.history.Operation;
import io.cairn.engine.history.Verdict;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * The machine that is built in: what its clients see must be linearizable, by key. Owner: one thread.
 */
final class KeyValueUnderTest implements MachineUnderTest {
    private static final long BUDGET = 400_000;

    private final List<Operation> operations = new ArrayList<>();
    private int undecided;

    @Override
    public void configure(final int member, final EngineContext context) {
        // It is what an engine runs unless it is told otherwise.
    }

    @Override
    public Workload newWorkload(final int client, final SplittableRandom random, final LongSupplier clock, final Coverage coverage) {
        return new KeyValueWorkload(client, random, clock, operations);
    }

    @Override
    public void verify(final List<Integer> members) {
        final Verdict verdict = new LinearizabilityChecker(BUDGET).check(operations);
        undecided = verdict.undecided().size();
        if (Verdict.Answer.NOT_LINEARIZABLE == verdict.answer()) {
            throw new AssertionError("what clients saw is not linearizable: " + verdict.violation());
        }
    }

    @Override
    public long operationCount() {
        return operations.size();
    }

    @Override
    public boolean isKeyValue() {
        return true;
    }

    @Override
    public int undecidedCount() {
        return undecided;
    }

    @Override
    public String again(final long seed) {
        return "bench/bin/cairn-bench simulate --seed " + seed;
    }
}
