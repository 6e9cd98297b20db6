package io.cairn.engine.pipeline;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * An agent announces that it will park and looks for work once more; another brings work and looks for the announcement. One of them sees the other:
 * the agent never parks (is still announced at the end) without having seen the work.
 */
@JCStressTest
@State
@Outcome(id = {"1, 0", "1, 1", "0, 0"}, expect = Expect.ACCEPTABLE, desc = "the work was seen, or the agent was woken")
@Outcome(id = "0, 1", expect = Expect.FORBIDDEN, desc = "it parks and nobody wakes it")
public class WakeupStress {
    private static final VarHandle WAITER;

    static {
        try {
            WAITER = MethodHandles.privateLookupIn(Wakeup.class, MethodHandles.lookup()).findVarHandle(Wakeup.class, "waiter", Thread.class);
        } catch (final ReflectiveOperationException ex) {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private final Wakeup wakeup = new Wakeup(true);
    private final Position work = new Position(0);

    /**
     * The agent that is about to park.
     *
     * @param result whether it saw the work.
     */
    @Actor
    public void waiter(final II_Result result) {
        wakeup.announce();
        result.r1 = (int)work.get();
    }

    /** Who brings work. */
    @Actor
    public void waker() {
        work.set(1);
        wakeup.signal();
    }

    /**
     * Afterwards.
     *
     * @param result whether it would park for good.
     */
    @Arbiter
    public void end(final II_Result result) {
        result.r2 = null == WAITER.getVolatile(wakeup) ? 0 : 1;
    }
}
