package io.cairn.bench.cluster;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** A member that is measured is the member that an operator starts. */
final class MemberProcessTest {
    private static final Path LAUNCHER = Path.of("..", "engine", "bin", "cairn");

    @Test
    void shouldRunWithTheFlagsThatTheLauncherGivesANode() throws IOException {
        final String flags = "flags=(" + String.join(" ", MemberProcess.NODE_FLAGS) + ")\n";
        assertTrue(Files.readString(LAUNCHER).contains(flags), () -> LAUNCHER + " gives a node other flags than " + flags);
    }
}
