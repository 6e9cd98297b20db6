package io.cairn.engine.sim;

import org.junit.jupiter.api.Test;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * From everything that a seed gives down to what matters.
 */
final class ShrinkerTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int EVENTS = 20;
    private static final int SEEDS_MAX = 30;

    private final AtomicLong runs = new AtomicLong();

    private Shrinker shrinker(final long runsMax, final Function<Reduction, Shrinker.Outcome> run) {
        return new Shrinker(reduction -> {
            runs.incrementAndGet();
            return run.apply(reduction);
        }, runs::get, runsMax);
    }

    /** Fails with two kinds of faults, two clients, one event, between two moments. */
    private static Shrinker.Outcome artificial(final Reduction reduction) {
        final boolean isFailing = !reduction.without().contains("crash") && !reduction.without().contains("partition") &&
            reduction.untilNs() >= 3 * SECOND && reduction.fromNs() <= SECOND && !reduction.skipped().contains(7) && reduction.clients() >= 2;
        return new Shrinker.Outcome(isFailing ? "seed 5, step 3, at 4 ms: what clients saw is not linearizable: key " + reduction.clients() : null,
            4 * SECOND, EVENTS, Math.min(8, reduction.clients()));
    }

    @Test
    void shouldLeaveWhatMatters() {
        final Shrinker shrinker = shrinker(1_000, ShrinkerTest::artificial);
        final Reduction least = shrinker.shrink(Reduction.NONE);
        final Set<String> kinds = new TreeSet<>(Reduction.kinds());
        kinds.removeAll(least.without());
        assertEquals(Set.of("crash", "partition"), kinds);
        assertEquals(EVENTS - 1, least.skipped().size());
        assertTrue(!least.skipped().contains(7));
        assertEquals(2, least.clients());
        assertTrue(least.fromNs() > SECOND / 2 && least.fromNs() <= SECOND, least.options());
        assertTrue(least.untilNs() >= 3 * SECOND && least.untilNs() < 3.1 * SECOND, least.options());
        assertTrue(shrinker.failure().contains("not linearizable"), shrinker.failure());
        assertTrue(shrinker.runCount() < 100, shrinker.runCount() + " runs");
    }

    @Test
    void shouldEndWhenItsBudgetDoesWithTheLeastSoFar() {
        final Reduction least = shrinker(6, ShrinkerTest::artificial).shrink(Reduction.NONE);
        assertEquals(6, runs.get());
        assertTrue(null != artificial(least).failure(), least.options());
    }

    @Test
    void shouldNotTakeAnotherFailureForTheSame() {
        final Reduction least = shrinker(1_000, reduction -> new Shrinker.Outcome(
            reduction.without().isEmpty() && reduction.clients() > 8 && reduction.skipped().isEmpty() && 0 == reduction.fromNs() &&
                reduction.untilNs() > 4 * SECOND ? "digests differ: 1 and 2" : "no progress after all was healed", 4 * SECOND, 2, 8))
            .shrink(Reduction.NONE);
        assertEquals(Set.of(), least.without());
        assertEquals(Set.of(), least.skipped());
    }

    @Test
    void shouldChangeNothingWhereNothingFails() {
        final Shrinker shrinker = shrinker(1_000, reduction -> new Shrinker.Outcome(null, SECOND, 3, 2));
        assertEquals(Reduction.NONE, shrinker.shrink(Reduction.NONE));
        assertEquals(1, shrinker.runCount());
    }

    /** A real one: a machine whose snapshot is not whole is caught where a member restores it, and nothing else is needed. */
    @Test
    void shouldReduceTheFaultsAroundAMistakeOfAMachine() {
        long seed = 1;
        while (seed < SEEDS_MAX && null == forgetful(seed, Reduction.NONE).failure()) {
            seed++;
        }
        final long failing = seed;
        final Shrinker shrinker = shrinker(40, reduction -> forgetful(failing, reduction));
        final Reduction least = shrinker.shrink(Reduction.NONE);
        assertEquals(shrinker.failure(), forgetful(failing, least).failure());
        assertTrue(shrinker.failure().contains("its snapshot does not hold all of its state"), shrinker.failure());
        assertTrue(shrinker.failure().contains("machine") && least.without().size() > Reduction.kinds().size() / 2, least.options());
    }

    private static Shrinker.Outcome forgetful(final long seed, final Reduction reduction) {
        final ClusterSimulation<Bank> bank = new ClusterSimulation<Bank>("bank", () -> new Bank() {
            @Override
            int storedAccounts() {
                return ACCOUNTS - 1;
            }
        }).commands(random -> new byte[] {
            (byte)random.nextInt(Bank.ACCOUNTS), (byte)random.nextInt(Bank.ACCOUNTS), (byte)random.nextInt(50)});
        return SimulateCommand.outcome(new Simulation(seed, new UserMachineUnderTest<>(bank), reduction));
    }
}
