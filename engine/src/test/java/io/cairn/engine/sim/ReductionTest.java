package io.cairn.engine.sim;

import org.junit.jupiter.api.Test;

import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Faults that a seed gives and that are left out.
 */
final class ReductionTest {
    @Test
    void shouldLeaveOutTheKindsThatItNamesAndNoOthers() {
        final FaultMix all = FaultMix.draw(new SplittableRandom(1));
        final FaultMix left = Reduction.NONE.withoutKinds(Set.of("loss", "crash", "clock-drifting", "standing")).clients(1).of(all);
        assertEquals(0, left.loss());
        assertEquals(0, left.crashMeanNs());
        assertFalse(left.isClockDrifting());
        assertEquals(1, left.clients());
        assertEquals(all.corruption(), left.corruption());
        assertEquals(all.members(), left.members());
        assertEquals(all.pauseMeanNs(), left.pauseMeanNs());
        assertEquals(all, Reduction.NONE.withoutKinds(Set.of()).clients(all.clients()).of(all));
    }

    @Test
    void shouldKnowEveryKindThatAMixCanHave() {
        assertTrue(Reduction.kinds().containsAll(Set.of(
            "loss", "duplication", "corruption", "delay", "refusal", "partition", "crash", "power", "midway", "pause", "clock", "clock-drifting",
            "close", "disk-fault", "damage", "blank", "full", "change", "standing", "quorum-alone")), "" + Reduction.kinds());
        assertFalse(Reduction.kinds().contains("members"));
    }

    @Test
    void shouldReadWhatItWrites() {
        final Reduction reduction = Reduction.NONE.withoutKinds(Set.of("loss", "crash")).skipping(Set.of(3, 5, 6, 7, 9))
            .between(1_500_000_000L, 3_200_000_000L).clients(2);
        assertEquals(" --without crash,loss --skip 3,5-7,9 --faults-from 1.500s --faults-until 3.200s --clients 2", reduction.options());
        assertEquals(new TreeSet<>(reduction.without()), Reduction.parseKinds("crash,loss"));
        assertEquals(new TreeSet<>(reduction.skipped()), Reduction.parseNumbers("3,5-7,9"));
        assertEquals(reduction.fromNs(), Reduction.parseNs("1.500s"));
        assertEquals(150_000_000L, Reduction.parseNs("150ms"));
        assertEquals("", Reduction.NONE.options());
        final IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, () -> Reduction.parseKinds("los"));
        assertTrue(refusal.getMessage().contains("'los' is no kind of fault"), refusal.getMessage());
    }

    @Test
    void shouldDoTheSameAgainWithLess() {
        final Reduction reduction = Reduction.NONE.withoutKinds(Set.of("loss", "partition")).skipping(Set.of(1, 2)).between(0, 2_000_000_000L);
        final Simulation whole = new Simulation(7);
        whole.run();
        final Simulation first = new Simulation(7, reduction);
        first.run();
        final Simulation second = new Simulation(7, reduction);
        second.run();
        assertEquals(first.trace(), second.trace());
        assertNotEquals(whole.trace(), first.trace());
        assertEquals(0, first.coverage().count(Coverage.Event.MESSAGE_LOST));
        assertEquals(0, first.coverage().count(Coverage.Event.PARTITION));
    }
}
