package io.cairn.bench.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A member in a process of its own: {@code cairn node} with the class path and the flags of this JVM. Only this process is ever signalled, by its
 * handle. One thread.
 */
public final class MemberProcess implements AutoCloseable {
    private static final String MAIN = "io.cairn.engine.cli.CairnCli";
    private static final String READY = "READY ";
    /** As {@code engine/bin/cairn node} gives them: what is measured is what an operator runs. */
    static final List<String> NODE_FLAGS = List.of(
        "-XX:+UseSerialGC", "-Xmn16m", "-XX:+PerfDisableSharedMem", "-XX:+UnlockDiagnosticVMOptions", "-XX:GuaranteedSafepointInterval=300000",
        "-XX:PerMethodTrapLimit=0", "-XX:PerBytecodeTrapLimit=0", "-XX:ThreadPriorityPolicy=1", "-XX:CompilerThreadPriority=4");
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long END_S = 60;
    private static final int TAIL_LINES = 6;

    private final int id;
    private final List<String> command;
    private final Path out;
    private final Path err;
    private Process process;
    private long outBefore;
    private boolean isPaused;

    /**
     * A member that is not started yet.
     *
     * @param id        of the member.
     * @param members   all of them, as {@code node --members} takes them.
     * @param directory gets the member's data and what it prints.
     * @param arguments further ones of {@code node}.
     * @param jvmFlags  besides those that Cairn needs.
     */
    public MemberProcess(final int id, final String members, final Path directory, final List<String> arguments, final List<String> jvmFlags) {
        this(id, members, directory, arguments, jvmFlags, true);
    }

    private MemberProcess(
        final int id, final String members, final Path directory, final List<String> arguments, final List<String> jvmFlags, final boolean founds) {
        this.id = id;
        command = new ArrayList<>(java());
        command.addAll(jvmFlags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN, "node", "--id", Integer.toString(id), "--members", members,
            "--data-dir", dataDirectory(directory, id).toString()));
        if (founds) {
            command.add("--bootstrap");
        }
        command.addAll(arguments);
        out = directory.resolve("member-" + id + ".out");
        err = directory.resolve("member-" + id + ".err");
    }

    /**
     * A blank member that waits to be added to a cluster.
     *
     * @param id        of the member.
     * @param members   all of them, the new one included.
     * @param directory gets the member's data and what it prints.
     * @param arguments further ones of {@code node}.
     * @return not started yet.
     */
    static MemberProcess joining(final int id, final String members, final Path directory, final List<String> arguments) {
        return new MemberProcess(id, members, directory, arguments, NODE_FLAGS, false);
    }

    /**
     * Where a member has its data.
     *
     * @param directory of all of them.
     * @param id        of the member.
     * @return its data directory.
     */
    public static Path dataDirectory(final Path directory, final int id) {
        return directory.resolve("member-" + id);
    }

    private static List<String> java() {
        final List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (final String argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (argument.startsWith("--add-") || argument.startsWith("--enable-") || argument.startsWith("--sun-misc-")) {
                words.add(argument);
            }
        }
        words.add("-Dslf4j.internal.verbosity=ERROR");
        return words;
    }

    /**
     * Starts another command of {@code cairn}.
     *
     * @param arguments of it.
     * @return the process; its standard error is lost.
     * @throws IOException when it cannot be started.
     */
    public static Process tool(final List<String> arguments) throws IOException {
        final List<String> words = java();
        words.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), MAIN));
        words.addAll(arguments);
        return new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }

    /**
     * The number of the member.
     *
     * @return its id.
     */
    public int id() {
        return id;
    }

    /** Starts the process; a member that ran before comes back on its directory. */
    public void start() {
        try {
            outBefore = Files.exists(out) ? Files.size(out) : 0;
            process = new ProcessBuilder(command).redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile())).redirectError(ProcessBuilder.Redirect.appendTo(err.toFile())).start();
            isPaused = false;
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    /**
     * Waits until the member takes clients.
     *
     * @param timeoutNs how long.
     */
    public void awaitReady(final long timeoutNs) {
        final long deadlineNs = System.nanoTime() + timeoutNs;
        while (!isReady()) {
            if (!process.isAlive()) {
                throw new IllegalStateException("member " + id + " ended by itself with code " + process.exitValue() + ": " + tail());
            }
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IllegalStateException(
                    "member " + id + " was not ready after " + TimeUnit.NANOSECONDS.toSeconds(timeoutNs) + " s: " + tail());
            }
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    private boolean isReady() {
        try {
            final byte[] bytes = Files.readAllBytes(out);
            return bytes.length > outBefore
                && new String(bytes, (int) outBefore, bytes.length - (int) outBefore, StandardCharsets.UTF_8).contains(READY);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    /**
     * What the process said last.
     *
     * @return the last lines of standard error, on one line.
     */
    public String tail() {
        try {
            final List<String> lines = Files.readAllLines(err, StandardCharsets.UTF_8);
            return String.join("; ", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        } catch (final IOException ex) {
            return "nothing is known of why (" + err + ")";
        }
    }

    /**
     * Whether the process is there, paused or not.
     *
     * @return true until it has ended.
     */
    public boolean isAlive() {
        return null != process && process.isAlive();
    }

    /**
     * Whether it was stopped and not continued.
     *
     * @return true between {@link #pause} and {@link #resume}.
     */
    public boolean isPaused() {
        return isPaused && isAlive();
    }

    /**
     * How it ended.
     *
     * @return the exit code.
     */
    public int exitCode() {
        return process.exitValue();
    }

    /** SIGKILL, at once, whatever state it is in; returns when the process is gone. */
    public void kill() {
        process.toHandle().destroyForcibly();
        awaitEnd();
    }

    /** SIGTERM; returns when the process is gone. */
    public void terminate() {
        beginToEnd();
        awaitEnd();
    }

    /** SIGTERM; returns at once, so that whoever drives a load goes on with it until {@link #isAlive()} says no. */
    public void beginToEnd() {
        process.toHandle().destroy();
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(END_S, TimeUnit.SECONDS)) {
                throw new IllegalStateException("member " + id + " did not end within " + END_S + " s: " + tail());
            }
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while member " + id + " was to end", ex);
        }
    }

    /** SIGSTOP. */
    public void pause() {
        signal("-STOP");
        isPaused = true;
    }

    /** SIGCONT. */
    public void resume() {
        signal("-CONT");
        isPaused = false;
    }

    private void signal(final String name) {
        try {
            final Process signaller = new ProcessBuilder("sh", "-c", "kill " + name + ' ' + process.pid()).inheritIO().start();
            if (0 != signaller.waitFor()) {
                throw new IllegalStateException("kill " + name + " of member " + id + " failed");
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while member " + id + " was signalled", ex);
        }
    }

    @Override
    public void close() {
        if (isAlive()) {
            kill();
        }
    }
}
