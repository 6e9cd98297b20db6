package io.cairn.engine.transport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Directories of drivers in memory: those of the living stay, those of the dead go, those of others are nobody's business. */
@Timeout(120)
final class DriverLeaseTest {
    @TempDir
    Path memory;

    /** Another process that holds a lease until it is killed. */
    public static void main(final String[] arguments) throws IOException {
        final Path directory = Path.of(arguments[0]);
        final DriverLease lease = DriverLease.take(directory);
        Files.createDirectories(directory.resolve("images"));
        lease.mark();
        System.out.println("HELD");
        while (System.in.read() >= 0) {
            // Until the end of its input, or its own.
        }
    }

    private Path directoryOf(final String data) throws IOException {
        final Path directory = DriverDirectory.of(Path.of(data), Path.of("/dev/shm"));
        return memory.resolve(directory.getFileName());
    }

    private DriverLease take(final Path directory) throws IOException {
        final DriverLease lease = DriverLease.take(directory);
        Files.createDirectories(directory);
        lease.mark();
        return lease;
    }

    private static Process holder(final Path directory) throws IOException {
        final Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx32m", "-cp", System.getProperty("java.class.path"),
            DriverLeaseTest.class.getName(), directory.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        assertEquals("HELD", new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine());
        return process;
    }

    @Test
    void shouldTakeAwayWhatAKilledProcessLeftAndNothingElse() throws IOException, InterruptedException {
        final Path killed = directoryOf("/data/killed");
        final Path unmarked = Files.createDirectory(directoryOf("/data/of-an-earlier-version"));
        final Path foreign = Files.createDirectory(memory.resolve("cairn-of-somebody-else"));
        Files.createFile(foreign.resolve("cairn.lease"));
        final Process other = holder(killed);
        try (DriverLease own = take(directoryOf("/data/own")); DriverLease second = take(directoryOf("/data/second"))) {
            assertEquals(List.of(), own.sweep(), "something of the living went");
            assertTrue(Files.exists(killed));
            other.destroyForcibly().waitFor();
            assertEquals(List.of(killed), own.sweep());
            assertEquals(List.of(), second.sweep());
            assertTrue(Files.exists(unmarked) && Files.exists(foreign) && Files.exists(directoryOf("/data/second")));
            // The member starts again, in another process.
            final Process again = holder(killed);
            assertEquals(List.of(), own.sweep());
            again.destroyForcibly().waitFor();
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void shouldLeaveDirectoriesOutsideOfMemoryAlone(@TempDir final Path data) throws IOException {
        final Path directory = Files.createDirectory(data.resolve("aeron"));
        try (DriverLease lease = DriverLease.take(directory)) {
            lease.mark();
            assertEquals(List.of(), lease.sweep());
        }
        assertEquals(0, directory.toFile().list().length);
        assertEquals(1, data.toFile().list().length);
    }
}
