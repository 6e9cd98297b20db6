package io.cairn.engine.sim;

import io.cairn.engine.EngineContext;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * What a simulated cluster runs: the state machine, what its clients ask, and what must hold of it beside what must hold of every cluster. One for
 * each run. Owner: one thread.
 */
interface MachineUnderTest {
    /**
     * A member is about to start.
     *
     * @param member  whose id it is.
     * @param context of its engine.
     */
    void configure(int member, EngineContext context);

    /**
     * What a client asks.
     *
     * @param client   number of the client.
     * @param random   its chances.
     * @param clock    the time.
     * @param coverage counts what happens.
     * @return its workload.
     */
    Workload newWorkload(int client, SplittableRandom random, LongSupplier clock, Coverage coverage);

    /**
     * All is over and quiet.
     *
     * @param members that have come to the same index, by id.
     * @throws AssertionError when something does not hold.
     */
    void verify(List<Integer> members);

    /** @return operations that clients know or do not know the outcome of. */
    long operationCount();

    /** @return true for the machine that is built in, which takes commands of others as well. */
    default boolean isKeyValue() {
        return false;
    }

    /** @return keys whose history took more than the budget of the checker. */
    default int undecidedCount() {
        return 0;
    }

    /** @return what a person does to see a run of this seed again. */
    String again(long seed);
}
