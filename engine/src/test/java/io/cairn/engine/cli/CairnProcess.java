package io.cairn.engine.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A real process: {@code bin/cairn}, which becomes the JVM it starts. It is told the class path of the tests, because a build must not start another
 * one in the same directories. Closing ends the process, and no other.
 */
final class CairnProcess implements AutoCloseable {
    private static final long PATIENCE_S = 120;

    private final Process process;
    private final Path err;
    private final BufferedReader out;

    private CairnProcess(final Process process, final Path err) {
        this.process = process;
        this.err = err;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    static CairnProcess start(final Path scratch, final Map<String, String> environment, final String... arguments) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of("bin", "cairn").toAbsolutePath().toString());
        command.addAll(List.of(arguments));
        final Path err = Files.createTempFile(scratch, "err", "");
        final ProcessBuilder builder = new ProcessBuilder(command).directory(scratch.toFile()).redirectError(err.toFile());
        builder.environment().put("CAIRN_CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("CAIRN_JVM_OPTS", "-XX:TieredStopAtLevel=1");
        builder.environment().putAll(environment);
        return new CairnProcess(builder.start(), err);
    }

    /** @return the next line of standard output, null at its end. */
    String readLine() throws IOException {
        return out.readLine();
    }

    /** @return the rest of standard output. */
    List<String> readAll() throws IOException {
        final List<String> lines = new ArrayList<>();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            lines.add(line);
        }
        return lines;
    }

    Process process() {
        return process;
    }

    /** SIGKILL. By its handle, since Process itself would close the streams, and with them what it wrote before. */
    void kill() {
        process.toHandle().destroyForcibly();
    }

    /** SIGTERM. */
    void terminate() {
        process.toHandle().destroy();
    }

    void send(final String input) throws IOException {
        process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** @return the exit code, once it has ended. */
    int await() throws InterruptedException {
        if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
            throw new IllegalStateException("still running after " + PATIENCE_S + " s: " + process.info());
        }
        return process.exitValue();
    }

    /** @return what it wrote to standard error so far. */
    String errors() throws IOException {
        return Files.readString(err, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
