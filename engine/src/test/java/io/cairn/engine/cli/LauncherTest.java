package io.cairn.engine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the real launcher. It is told the class path of the tests, because a build must not start another one in the same directories.
 */
@Timeout(300)
class LauncherTest {
    @TempDir
    private Path dir;

    private record Run(int code, String out, String err) {
    }

    private Run run(final Map<String, String> environment, final String... arguments) throws IOException, InterruptedException {
        final Path launcher = Path.of("bin", "cairn").toAbsolutePath();
        assertTrue(Files.isExecutable(launcher), launcher.toString());
        final Path link = dir.resolve("link to cairn");
        Files.createSymbolicLink(link, launcher);
        final String[] command = new String[arguments.length + 1];
        command[0] = link.toString();
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        final Path out = dir.resolve("out");
        final Path err = dir.resolve("err");
        final ProcessBuilder builder = new ProcessBuilder(command).directory(Path.of("/").toFile())
            .redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("CAIRN_CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("CAIRN_JVM_OPTS");
        builder.environment().putAll(environment);
        final Process process = builder.start();
        try {
            assertTrue(process.waitFor(120, TimeUnit.SECONDS), "still running");
            return new Run(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8), Files.readString(err, StandardCharsets.UTF_8));
        } finally {
            process.destroyForcibly();
            Files.delete(link);
        }
    }

    @Test
    void shouldRunThroughASymbolicLinkFromAnyDirectory() throws IOException, InterruptedException {
        final Run run = run(Map.of(), "profile", "explain", "durability");
        assertEquals(new Run(0, CliRun.success("profile", "explain", "durability").out, ""), run);
    }

    @Test
    void shouldPassFlagsAndArgumentsAsTheyAre() throws IOException, InterruptedException {
        final Run run = run(Map.of("CAIRN_JVM_OPTS", "-Dcairn.durability=os -Dcairn.snapshot.retain=3"),
            "profile", "explain", "durability", "wal.dir", "--set", "wal.dir=/a b/$HOME/*");
        assertEquals(0, run.code(), run.err());
        assertTrue(run.out().contains("durability = os  (system property cairn.durability)\n"), run.out());
        assertTrue(run.out().contains("wal.dir = /a b/$HOME/*  (code)\n"), run.out());
    }

    @Test
    void shouldHaveTheFlagsThatTheEngineNeeds() throws IOException, InterruptedException {
        final Run run = run(Map.of(), "doctor");
        assertEquals(0, run.code(), run.err());
        assertTrue(run.out().contains(", flags present\n"), run.out());
        assertEquals("", run.err());
    }

    @Test
    void shouldHandOnTheExitCode() throws IOException, InterruptedException {
        assertEquals(2, run(Map.of(), "profile", "--bogus").code());
        final Run run = run(Map.of(), "profile", "show", "bogus");
        assertEquals(1, run.code());
        assertEquals("", run.out());
        assertTrue(run.err().matches("cairn: unknown profile 'bogus'[^\\n]*\\n"), run.err());
    }

    @Test
    void shouldSayWhatToDoWhenThereIsNoJava() throws IOException, InterruptedException {
        final Run run = run(Map.of("JAVA_HOME", "/nowhere"), "doctor");
        assertEquals(new Run(1, "", "cairn: JAVA_HOME=/nowhere has no bin/java: point it at a JDK 17 or newer, or unset it\n"), run);
    }
}
