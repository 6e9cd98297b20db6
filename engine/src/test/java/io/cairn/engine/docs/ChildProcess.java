package io.cairn.engine.docs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program run to its end in a directory, with what it wrote.
 *
 * @param code exit code.
 * @param out  standard output; with standard error where they were merged.
 * @param err  standard error.
 */
record ChildProcess(int code, String out, String err) {
    private static final long TIMEOUT_S = 120;

    static ChildProcess java(final Path dir, final List<String> flags, final Path classes, final String mainClass)
        throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.add("-cp");
        command.add(classes + ":" + System.getProperty("java.class.path"));
        command.add(mainClass);
        return run(new ProcessBuilder(command).directory(dir.toFile()), dir);
    }

    /** One line of a shell, as a person would type it at the top of the repository; the launchers build nothing, they run what is under test. */
    static ChildProcess shell(final Path dir, final String line) throws IOException, InterruptedException {
        final ProcessBuilder builder = new ProcessBuilder("bash", "-c", line).directory(dir.toFile()).redirectErrorStream(true);
        builder.environment().put("CAIRN_CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("CAIRN_JVM_OPTS");
        return run(builder, dir);
    }

    private static ChildProcess run(final ProcessBuilder builder, final Path dir) throws IOException, InterruptedException {
        final Path out = Files.createTempFile("cairn-docs-", ".out");
        final Path err = Files.createTempFile("cairn-docs-", ".err");
        final Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        try {
            assertTrue(process.waitFor(TIMEOUT_S, TimeUnit.SECONDS), () -> builder.command() + " still runs in " + dir);
            return new ChildProcess(process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            process.destroyForcibly();
            Files.delete(out);
            Files.delete(err);
        }
    }
}
