package io.cairn.engine.sim;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Whole clusters, simulated: a range of seeds ({@code -Dsim.first}, {@code -Dsim.runs}), and the same seed twice.
 */
final class SimulationTest {
    @Test
    void shouldHoldEveryInvariantUnderEveryMixOfFaults() {
        final long first = Long.getLong("sim.first", 1);
        final int runs = Integer.getInteger("sim.runs", 24);
        final Coverage coverage = new Coverage();
        final long startNs = System.nanoTime();
        long simulatedNs = 0;
        long operations = 0;
        long stepCount = 0;
        for (long seed = first; seed < first + runs; seed++) {
            final Simulation simulation = new Simulation(seed);
            simulation.run();
            coverage.addAll(simulation.coverage());
            simulatedNs += simulation.simulatedNs();
            operations += simulation.operationCount();
            stepCount += simulation.stepCount();
        }
        final double seconds = (System.nanoTime() - startNs) / 1e9;
        System.out.printf("%d seeds in %.1f s: %.1f seeds/s, %.1f simulated seconds per second, %.0f operations/s, %.0f steps/s%n%s%n",
            runs, seconds, runs / seconds, simulatedNs / 1e9 / seconds, operations / seconds, stepCount / seconds, coverage);
    }

    @Test
    void shouldDoTheSameTwiceWithTheSameSeed() {
        final Simulation once = new Simulation(7);
        once.run();
        final Simulation again = new Simulation(7);
        again.run();
        assertEquals(once.trace(), again.trace());
    }
}
