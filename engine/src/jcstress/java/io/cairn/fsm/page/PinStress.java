package io.cairn.fsm.page;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The table of readers: a reader pins the newest root while the writer publishes a newer one and looks who holds what. If the reader holds the old
 * root, the writer has seen it.
 */
@JCStressTest
@State
@Outcome(id = {"1, 1", "2, 0", "2, 1", "2, 2"}, expect = Expect.ACCEPTABLE, desc = "the old root, seen; or the new one")
@Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "the old root is held and its pages are reused")
public class PinStress {
    private static final PageArena ARENA = new PageArena(new DirectExtentSource(), 256, 1, 16);
    private static final FrozenRoot OLD = new FrozenRoot(1, 1, 1, 1);
    private static final FrozenRoot NEW = new FrozenRoot(2, 1, 1, 1);

    private final Epochs epochs = new Epochs();
    private final Pin pin = new Pin(ARENA, epochs);

    /** With a root that is there already. */
    public PinStress() {
        epochs.publish(OLD);
    }

    /**
     * Reader.
     *
     * @param result epoch held.
     */
    @Actor
    public void reader(final II_Result result) {
        pin.acquire();
        result.r1 = (int)pin.root().epoch();
    }

    /**
     * Reclaimer.
     *
     * @param result lowest epoch that is pinned, 0 for none.
     */
    @Actor
    public void writer(final II_Result result) {
        final long[] pinned = new long[Epochs.PINS_MAX + 1];
        epochs.publish(NEW);
        result.r2 = epochs.scan(pinned) == 0 ? 0 : (int)pinned[0];
    }
}
