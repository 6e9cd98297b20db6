package io.cairn.engine.sim;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Whole clusters, simulated: a range of seeds ({@code -Dsim.first}, {@code -Dsim.runs}), those that once failed, and the same seed in two JVMs.
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
        if (runs >= 200) {
            assertEquals(List.of(), coverage.missing(), "what never happened was not tested");
        }
    }

    /** What each of them found is said in docs/proof.md. */
    @ParameterizedTest
    @ValueSource(longs = {3, 10, 151, 159})
    void shouldHoldEveryInvariantWhereOneOnceDidNot(final long seed) {
        new Simulation(seed).run();
    }

    /** Another JDK is taken for one of the two where {@code -Dsim.java.home} names it. */
    @Test
    void shouldDoTheSameInTwoProcessesWithTheSameSeed() throws IOException, InterruptedException {
        final String own = System.getProperty("java.home");
        assertEquals(traceIn(own), traceIn(System.getProperty("sim.java.home", own)));
    }

    private static String traceIn(final String javaHome) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(javaHome + File.separator + "bin" + File.separator + "java");
        for (final String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (flag.startsWith("--add-") || flag.startsWith("--enable-native") || flag.startsWith("-Xmx")) {
                command.add(flag);
            }
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Simulate.class.getName(), "--seeds", "7..8", "--trace"));
        final Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        final List<String> traces = output.lines().filter(line -> line.startsWith("seed ")).toList();
        assertTrue(2 == traces.size(), output);
        return String.join("\n", traces);
    }
}
