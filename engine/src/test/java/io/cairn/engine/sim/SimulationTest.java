package io.cairn.engine.sim;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Whole clusters, simulated: fresh seeds, a range of its own for each commit ({@link FreshSeeds}; {@code -Dsim.first}, {@code -Dsim.runs} for
 * another), those that once failed, and the same seed in two JVMs and in two threads.
 */
final class SimulationTest {
    private static final int RUNS = 200;
    private static final int WORKERS = 2;
    /** A run of so many seeds must have met every kind of fault. */
    private static final int COMPLETE_RUNS = 200;

    @Test
    void shouldHoldEveryInvariantUnderEveryMixOfFaults() throws InterruptedException {
        final long first = Long.getLong("sim.first", FreshSeeds.first(Defects.findRoot()));
        final int runs = Integer.getInteger("sim.runs", RUNS);
        System.out.println("seeds " + first + ".." + (first + runs - 1));
        final Campaign campaign = new Campaign(first, first + runs - 1, WORKERS, 0, 1).run(() -> { });
        System.out.println(campaign);
        System.out.println(campaign.coverage());
        for (final Map.Entry<Long, AssertionError> failure : campaign.failures().entrySet()) {
            throw failure.getValue();
        }
        assertEquals(runs, campaign.runs());
        if (runs >= COMPLETE_RUNS) {
            assertEquals(List.of(), campaign.coverage().missing(), "what never happened was not tested");
        }
    }

    /** What each of them found is said in docs/proof.md, with a test of its own: with the mix of faults each seed has become another run. */
    @ParameterizedTest
    @ValueSource(longs = {3, 10, 17, 151, 159, 2234, 2554, 3113, 3325, 3872, 6154, 8079, 3467, 4042, 8356, 8360, 40067, 41709})
    void shouldHoldEveryInvariantWhereOneOnceDidNot(final long seed) {
        new Simulation(seed).run();
    }

    /** Simulations that run at the same time share nothing. */
    @Test
    void shouldDoTheSameBesideAnotherSimulationAsAlone() throws InterruptedException {
        final TreeMap<Long, Long> together = new Campaign(7, 10, WORKERS, 0, 1).tracing().run(() -> { }).traces();
        final TreeMap<Long, Long> alone = new Campaign(7, 10, 1, 0, 1).tracing().run(() -> { }).traces();
        assertEquals(4, alone.size());
        assertEquals(alone, together);
    }

    @Test
    void shouldDoTheSameInTwoProcessesWithTheSameSeed() throws IOException, InterruptedException {
        final String own = System.getProperty("java.home");
        assertEquals(traceIn(own), traceIn(own));
    }

    /** The other one is a JDK 17 or 25 beside this one, where there is one, or what {@code -Dsim.java.home} names. */
    @Test
    void shouldDoTheSameOnAnotherJdkWithTheSameSeed() throws IOException, InterruptedException {
        final String own = System.getProperty("java.home");
        final String other = System.getProperty("sim.java.home", otherJdk(Path.of(own).toRealPath()));
        Assumptions.assumeTrue(null != other, "there is no other JDK");
        assertEquals(traceIn(own), traceIn(other));
    }

    private static String otherJdk(final Path own) throws IOException {
        final String wanted = Runtime.version().feature() < 25 ? "25" : "17";
        for (final Path directory : List.of(own.resolveSibling("."), Path.of("/usr/lib/jvm"))) {
            if (!Files.isDirectory(directory)) {
                continue;
            }
            try (Stream<Path> homes = Files.list(directory)) {
                for (final Path home : homes.sorted().toList()) {
                    final Path release = home.resolve("release");
                    if (Files.isExecutable(home.resolve("bin").resolve("java")) && Files.isReadable(release) &&
                        Files.readString(release).matches("(?s).*JAVA_VERSION=\"" + wanted + "[.\"].*")) {
                        return home.toString();
                    }
                }
            }
        }
        return null;
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
