package io.cairn.bench.torture;

import io.cairn.engine.history.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Real processes over UDP on the loopback, killed, paused and restarted. The seed draws harm and clients; the machine adds its own chances, so a
 * failure is told by its findings, and by the members' data and output where {@code cairn-bench torture} repeats it.
 */
final class TortureTest {
    @TempDir
    Path directory;

    private void torture(final int members, final int clients, final long seconds, final long seed) {
        final Torture.Plan plan = new Torture.Plan(members, clients, TimeUnit.SECONDS.toNanos(seconds), seed, directory,
            List.of("--profile", "small", "--set", "durability=os"), List.of("-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            Set.of(FaultKind.values()));
        final Torture.Report report = new Torture(plan, text -> { }).run();

        assertEquals(List.of(), report.findings(), () -> "seed " + seed + ", harm " + report.harm() + ", " + report.verdict());
        assertNotNull(report.digest());
        assertTrue(report.count(Operation.Outcome.OK) > 0);
        assertTrue(report.harm().values().stream().anyMatch(count -> count > 0), "no harm was done");
    }

    @Test
    @Timeout(600)
    void shouldLoseNothingWhenMembersAreKilledPausedAndRestarted() {
        torture(3, 3, 25, 3);
    }

    @Tag("soak")
    @ParameterizedTest
    @CsvSource({"3,4", "5,4"})
    @Timeout(1_200)
    void shouldLoseNothingInFiveMinutes(final int members, final int clients) {
        torture(members, clients, 300, System.nanoTime() >>> 10);
    }
}
