package io.cairn.engine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the launchers do before Java runs: they find it, and build what is missing, once. The tree is laid out as this one, with blanks in its path;
 * Maven and Java are scripts that write down what they were asked for.
 */
@Timeout(120)
class LauncherBuildTest {
    private static final List<String> TOOLS = List.of(
        "bash", "cat", "dirname", "env", "find", "flock", "grep", "head", "mkdir", "mv", "readlink", "rm", "sed", "sleep");

    @TempDir
    private Path dir;
    private Path root;
    private Path tools;
    private Path builds;

    private record Run(int code, String out, String err) {
    }

    @BeforeEach
    void layOut() throws IOException {
        root = Files.createDirectories(dir.resolve("a tree with blanks"));
        tools = Files.createDirectory(dir.resolve("tools"));
        builds = dir.resolve("builds");
        for (final String tool : TOOLS) {
            final Path found = Stream.of("/usr/bin", "/bin").map(place -> Path.of(place, tool)).filter(Files::exists).findFirst().orElseThrow();
            Files.writeString(tools.resolve(tool), "#!/bin/bash\nexec " + found + " \"$@\"\n");
            assertTrue(tools.resolve(tool).toFile().setExecutable(true));
        }
        Files.copy(Path.of("..", "pom.xml"), root.resolve("pom.xml"));
        for (final String room : List.of("wal", "fsm", "snapshot", "engine", "bench")) {
            Files.createDirectories(root.resolve(room).resolve("src/main"));
            Files.writeString(root.resolve(room).resolve("pom.xml"), "<project/>");
        }
        for (final String file : List.of("engine/bin/cairn", "engine/bin/launcher.sh", "bench/bin/cairn-bench")) {
            Files.createDirectories(root.resolve(file).getParent());
            Files.copy(Path.of("..").resolve(file), root.resolve(file));
            assertTrue(root.resolve(file).toFile().setExecutable(true));
        }
        script(tools.resolve("mvn"), """
            echo "$*" >>'%s'
            while [ $# -gt 0 ]; do
                case $1 in
                    -f) root=$(dirname "$2") ;;
                    -pl) module=$2 ;;
                esac
                shift
            done
            until [ -e '%s' ]; do sleep 0.02; done
            [ ! -e '%s' ] || { echo '[ERROR] Failed to execute goal: no compiler'; exit 1; }
            mkdir -p "$root/$module/target"
            : >"$root/$module/target/$module-1.jar"
            echo "$root/$module/target/$module-1.jar" >"$root/$module/target/classpath"
            """.formatted(builds, dir.resolve("gate"), dir.resolve("broken")));
        Files.createFile(dir.resolve("gate"));
        jdk("17.0.15");
    }

    private static void script(final Path file, final String text) throws IOException {
        Files.writeString(file, "#!/usr/bin/env bash\n" + text);
        assertTrue(file.toFile().setExecutable(true));
    }

    private void jdk(final String version) throws IOException {
        Files.createDirectories(dir.resolve("jdk/bin"));
        Files.writeString(dir.resolve("jdk/release"), "JAVA_VERSION=\"" + version + "\"\n");
        script(dir.resolve("jdk/bin/java"), "printf '%s\\n' \"$@\"\n");
    }

    private Process start(final Path launcher, final String javaHome, final String... arguments) throws IOException {
        final String[] command = Stream.concat(Stream.of(launcher.toString()), Stream.of(arguments)).toArray(String[]::new);
        final Path err = Files.createTempFile(dir, "err", "");
        final ProcessBuilder builder = new ProcessBuilder(command).directory(Path.of("/").toFile()).redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("CAIRN_") || "JAVA_HOME".equals(name));
        builder.environment().put("PATH", tools.toString());
        builder.environment().put("ERRORS", err.toString());
        if (javaHome != null) {
            builder.environment().put("JAVA_HOME", javaHome);
        }
        return builder.start();
    }

    private Run run(final String launcher, final String... arguments) throws IOException, InterruptedException {
        return finish(start(root.resolve(launcher), dir.resolve("jdk").toString(), arguments));
    }

    private Run finish(final Process process) throws IOException, InterruptedException {
        try {
            final String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "still running");
            return new Run(process.exitValue(), out, errors());
        } finally {
            process.destroyForcibly();
        }
    }

    /** What all of them wrote to standard error. */
    private String errors() throws IOException {
        final StringBuilder text = new StringBuilder();
        try (Stream<Path> files = Files.list(dir)) {
            for (final Path file : files.filter(file -> file.getFileName().toString().startsWith("err")).toList()) {
                text.append(Files.readString(file));
                Files.delete(file);
            }
        }
        return text.toString();
    }

    private long buildCount() throws IOException {
        return Files.exists(builds) ? Files.readAllLines(builds).size() : 0;
    }

    @Test
    void shouldBuildOnceAndAgainWhenASourceIsNewer() throws IOException, InterruptedException {
        final Run first = run("engine/bin/cairn", "kv", "get", "a key", "--data-dir", "/d");
        assertEquals(0, first.code(), first.err());
        assertEquals("", first.err());
        final Path jar = root.resolve("engine/target/engine-1.jar").toRealPath();
        assertTrue(first.out().endsWith("-cp\n" + jar + ":" + jar + "\nio.cairn.engine.cli.CairnCli\nkv\nget\na key\n--data-dir\n/d\n"), first.out());
        assertTrue(first.out().contains("--add-opens\njava.base/java.util.zip=ALL-UNNAMED\n"), first.out());
        assertEquals(first, run("engine/bin/cairn", "kv", "get", "a key", "--data-dir", "/d"));
        assertEquals(1, buildCount());
        assertTrue(Files.readString(builds).contains(" -pl engine -am -DskipTests "), Files.readString(builds));

        final Path source = Files.writeString(root.resolve("fsm/src/main/A.java"), "class A {}");
        Files.setLastModifiedTime(source, FileTime.fromMillis(System.currentTimeMillis() + 5_000));
        assertEquals(0, run("engine/bin/cairn", "doctor").code());
        assertEquals(2, buildCount());
    }

    @Test
    void shouldBuildOnceWhenTwoAreStartedTogether() throws IOException, InterruptedException {
        Files.delete(dir.resolve("gate"));
        final Path link = Files.createSymbolicLink(dir.resolve("a link"), root.resolve("engine/bin/cairn"));
        final Process first = start(link, dir.resolve("jdk").toString(), "doctor");
        final Process second;
        try {
            while (buildCount() == 0) {
                assertTrue(first.isAlive(), "ended before it built");
                Thread.onSpinWait();
            }
            second = start(link, dir.resolve("jdk").toString(), "doctor");
            while (second.children().noneMatch(child -> child.info().command().orElse("").endsWith("flock"))) {
                assertTrue(second.isAlive(), "did not wait for the other");
                Thread.onSpinWait();
            }
            Files.createFile(dir.resolve("gate"));
            final Run run = finish(first);
            assertEquals(new Run(0, run.out(), ""), run);
            assertEquals(run, finish(second));
        } finally {
            first.destroyForcibly();
        }
        assertEquals(1, buildCount());
    }

    @Test
    void shouldBuildAgainWhenABuildWasBrokenOff() throws IOException, InterruptedException {
        Files.createFile(dir.resolve("broken"));
        final Run run = run("bench/bin/cairn-bench", "latency");
        assertEquals(new Run(1, "", "cairn-bench: the build failed: Failed to execute goal: no compiler (all of it: " +
            root.toRealPath().resolve("bench/target/launcher.log") + ")\n"), run);
        Files.delete(dir.resolve("broken"));
        assertEquals(0, run("bench/bin/cairn-bench", "latency").code());
        assertEquals(2, buildCount());
    }

    @Test
    void shouldSayWhatIsMissing() throws IOException, InterruptedException {
        assertEquals(new Run(1, "", "cairn: no java on the PATH: install a JDK 17 or newer, or set JAVA_HOME\n"),
            finish(start(root.resolve("engine/bin/cairn"), null, "doctor")));
        jdk("11.0.2");
        assertEquals(new Run(1, "", "cairn: " + dir.resolve("jdk/bin/java") + " is Java 11.0.2: 17 or newer is needed\n"),
            run("engine/bin/cairn", "doctor"));
        jdk("17.0.15");
        Files.delete(tools.resolve("mvn"));
        assertEquals(new Run(1, "", "cairn: not built yet, and there is no mvn on the PATH to build it: install Maven 3.8 or newer\n"),
            run("engine/bin/cairn", "doctor"));
    }

    @Test
    void shouldPassTheFlagThatOnlyNewerJavaKnows() throws IOException, InterruptedException {
        assertEquals(0, run("engine/bin/cairn", "doctor").out().lines().filter("--sun-misc-unsafe-memory-access=allow"::equals).count());
        jdk("25.0.3");
        assertEquals(1, run("engine/bin/cairn", "doctor").out().lines().filter("--sun-misc-unsafe-memory-access=allow"::equals).count());
    }
}
