package io.cairn.engine.sim;

import io.cairn.engine.EngineAccess;
import io.cairn.fsm.ReadView;
import io.cairn.fsm.StateDigest;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * Views of members' states that are held for a while, over deaths and installations too: what they show never changes, whatever is applied meanwhile.
 * Owner: one thread.
 */
final class HeldViews {
    private final List<SimulatedMember> members;
    private final long meanNs;
    private final SplittableRandom random;
    private final LongSupplier clock;
    private final Coverage coverage;
    private final ReadView[] views;
    private final long[] digests;
    private final long[] untilNs;

    HeldViews(
        final List<SimulatedMember> members,
        final FaultMix mix,
        final SplittableRandom random,
        final LongSupplier clock,
        final Coverage coverage) {
        this.members = members;
        this.random = random;
        this.clock = clock;
        this.coverage = coverage;
        meanNs = mix.bounds().viewMeanNs();
        final int all = mix.members() + mix.spares();
        views = new ReadView[all];
        digests = new long[all];
        untilNs = new long[all];
    }

    /** Open or close what is due. */
    void step() {
        for (int id = 0; 0 != meanNs && id < views.length; id++) {
            if (clock.getAsLong() >= untilNs[id]) {
                untilNs[id] = clock.getAsLong() + 1 + random.nextLong(2 * meanNs);
                letGo(id);
                if (members.get(id).isAwake() && members.get(id).engine().isServing()) {
                    views[id] = EngineAccess.view(members.get(id).engine());
                    digests[id] = StateDigest.of(views[id], true);
                }
            }
        }
    }

    private void letGo(final int id) {
        final ReadView view = views[id];
        if (null != view) {
            views[id] = null;
            try (view) {
                if (StateDigest.of(view, true) != digests[id]) {
                    throw new AssertionError(
                        "a view of the state of member " + id + " as of entry " + view.index() + " has changed while it was held");
                }
            }
            coverage.add(Coverage.Event.VIEW_HELD);
        }
    }

    /** No more views. */
    void end() {
        for (int id = 0; id < views.length; id++) {
            letGo(id);
        }
    }
}
