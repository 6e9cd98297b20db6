package io.cairn.engine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What goes wrong around a process rather than in it: signals, closed files, another process, file systems, flags.
 */
@Timeout(300)
class ProcessErrorsTest {
    private static final int SIGTERM_CODE = 128 + 15;

    @TempDir
    private Path dir;

    private record Run(int code, String out, String err) {
        private void assertOneLine(final int expectedCode, final String line) {
            assertEquals(expectedCode, code, err);
            assertTrue(err.matches("cairn: [^\\n]+\\n"), err);
            assertTrue(err.contains(line), err);
        }
    }

    private Run shell(final String script) throws IOException, InterruptedException {
        final Path out = dir.resolve("out");
        final Path err = dir.resolve("err");
        final String launcher = Path.of("bin", "cairn").toAbsolutePath().toString();
        final ProcessBuilder builder = new ProcessBuilder("bash", "-c", "set -o pipefail; cairn() { '" + launcher + "' \"$@\"; }; " + script)
            .directory(dir.toFile()).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("CAIRN_CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("CAIRN_JVM_OPTS", "-XX:TieredStopAtLevel=1");
        final Process process = builder.start();
        try {
            assertTrue(process.waitFor(120, TimeUnit.SECONDS), "still running");
            return new Run(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8), Files.readString(err, StandardCharsets.UTF_8));
        } finally {
            process.destroyForcibly();
        }
    }

    /** Runs with a file system of its own at {@code mounted}, where this user may mount one. */
    private Run mounted(final String options, final String script) throws IOException, InterruptedException {
        final Path mount = Files.createDirectories(dir.resolve("mounted"));
        final String[] command = {"mount", "-t", "tmpfs", "-o", options, "tmpfs", mount.toString()};
        final Process mounting = new ProcessBuilder(command).redirectErrorStream(true).start();
        final String problem = new String(mounting.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Assumptions.assumeTrue(mounting.waitFor() == 0, "no file system can be mounted here: " + problem);
        try {
            return shell(script);
        } finally {
            assertEquals(0, new ProcessBuilder("umount", mount.toString()).start().waitFor());
        }
    }

    private Path lines(final int count) throws IOException {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append("key-").append(i).append('\t').append("x".repeat(200)).append('\n');
        }
        return Files.writeString(dir.resolve("lines"), text);
    }

    private String state(final Path data) {
        return CliRun.success("stat", data.toString()).out.lines().findFirst().orElseThrow();
    }

    @Test
    void shouldNameTheProcessThatHasTheDirectory() throws IOException, InterruptedException {
        final Path data = dir.resolve("data");
        try (CairnProcess holder = CairnProcess.start(dir, Map.of(), "kv", "batch", "--data-dir", data.toString(), "--profile", "small")) {
            holder.send("put\ta\tb\n");
            assertEquals("OK\tindex=2", holder.readLine());
            final String line = "cairn: " + data + ": the directory is in use by process " + holder.process().pid() +
                "; stop that process, or choose another directory";
            assertEquals(line, CliRun.refusal(1, "kv", "get", "a", "--data-dir", data.toString()));
            assertEquals(line, CliRun.refusal(1, "kv", "load", lines(1).toString(), "--data-dir", data.toString()));
            assertEquals(line, CliRun.refusal(1, "snapshot", "take", data.toString()));
            final String replay = CliRun.refusal(1, "wal", "replay", data.toString());
            assertEquals("cairn: the directory " + data + " is in use by process " + holder.process().pid() +
                ": stop that process, or replay a copy of a stopped one's", replay);
            assertTrue(state(data).contains("pid " + holder.process().pid() + " (alive)  running"), state(data));
            holder.process().getOutputStream().close();
            assertEquals(0, holder.await(), holder.errors());
        }
        assertEquals("b\n", CliRun.success("kv", "get", "a", "--data-dir", data.toString()).out);
    }

    @Test
    void shouldCloseInOrderAndKeepTheSessionWhenABatchIsInterrupted() throws IOException, InterruptedException {
        final Path data = dir.resolve("data");
        final String[] batch = {"kv", "batch", "--data-dir", data.toString(), "--profile", "small", "--session", "s"};
        try (CairnProcess process = CairnProcess.start(dir, Map.of(), batch)) {
            process.send("incr\tn\nincr\tn\n");
            assertEquals("VAL\t1", process.readLine());
            assertEquals("VAL\t2", process.readLine());
            process.terminate();
            assertEquals(List.of(), process.readAll());
            assertEquals(SIGTERM_CODE, process.await());
            assertEquals("cairn: interrupted; all that was answered is done, and nothing behind it\n", process.errors());
        }
        assertTrue(state(data).contains("  closed  "), state(data));
        // The same command again, as by one who never saw the answer: the answer is given again, and nothing is added.
        final CliRun again = CliRun.withInput(
            "incr\tn\nincr\tn\n", "kv", "batch", "--data-dir", data.toString(), "--profile", "small", "--session", "s", "--serial", "2");
        assertEquals("VAL\t2\nVAL\t3\n", again.out);
    }

    @Test
    void shouldCloseInOrderWhenALoadIsInterrupted() throws IOException, InterruptedException {
        final Path data = dir.resolve("data");
        final String file = lines(300_000).toString();
        final String[] load = {"kv", "load", file, "--data-dir", data.toString(), "--profile", "small"};
        try (CairnProcess process = CairnProcess.start(dir, Map.of(), load)) {
            assertTrue(process.readLine().startsWith("acked "));
            process.terminate();
            final List<String> rest = process.readAll();
            assertEquals(SIGTERM_CODE, process.await());
            final String acked = rest.get(rest.size() - 1).substring("acked ".length());
            final String line = "cairn: " + file + ": interrupted; the first " + acked + " lines are loaded, load it again for the rest\n";
            assertEquals(line, process.errors());
            final CliRun scan = CliRun.success("kv", "scan", "--data-dir", data.toString(), "--profile", "small");
            assertEquals(Long.parseLong(acked), scan.out.lines().count());
        }
        assertTrue(state(data).contains("  closed  "), state(data));
    }

    @Test
    void shouldGoAtOnceWhenInterruptedWhileItWaitsForLinesToLoad() throws IOException, InterruptedException {
        final Path data = dir.resolve("data");
        final String[] load = {"kv", "load", "-", "--data-dir", data.toString(), "--profile", "small"};
        try (CairnProcess process = CairnProcess.start(dir, Map.of(), load)) {
            process.send("a\tb\n".repeat(2_000));
            for (String line = ""; !"acked 2000".equals(line);) {
                line = process.readLine();
                assertTrue(line.startsWith("acked "), line);
            }
            process.terminate();
            assertEquals(SIGTERM_CODE, process.await());
            assertEquals("cairn: interrupted\n", process.errors());
        }
        assertEquals("b\n", CliRun.success("kv", "get", "a", "--data-dir", data.toString(), "--profile", "small").out);
    }

    @Test
    void shouldTellAReaderWhoHadEnoughFromAnAnswerThatIsLost() throws IOException, InterruptedException {
        assertEquals(0, shell("cairn kv load '" + lines(20_000) + "' --data-dir data --profile small").code());
        final Run head = shell("cairn kv scan --data-dir data --profile small | head -n 1; cairn wal dump data | head -n 1");
        assertEquals(new Run(0, head.out(), ""), head);
        assertEquals(2, head.out().lines().count());
        shell("cairn kv digest --data-dir data --profile small >/dev/full")
            .assertOneLine(1, "standard output: No space left on device; the answer is incomplete, whatever the command did is done");
        shell("cairn profile list >/dev/full").assertOneLine(1, "standard output: No space left on device");
        shell("cairn kv load lines --data-dir data --profile small | head -n 1 >/dev/null")
            .assertOneLine(1, "standard output: Broken pipe; the first ");
        shell("yes $'put\\ta\\tb' | head -n 100000 | cairn kv batch --data-dir data --profile small | head -n 1 >/dev/null; exit ${PIPESTATUS[2]}")
            .assertOneLine(1, "standard output: Broken pipe; what was not answered may or may not have taken effect");
    }

    @Test
    void shouldNotMistakeAnotherFileForOneThatIsClosed() throws IOException, InterruptedException {
        assertEquals(0, shell("cairn kv put a b --data-dir data --profile small").code());
        shell("cairn kv batch --data-dir data --profile small <&-").assertOneLine(1, "standard input: Bad file descriptor");
        shell("cairn kv get a --data-dir data --profile small >&-").assertOneLine(1, "standard output: Bad file descriptor");
        assertEquals(new Run(2, "", ""), shell("cairn bogus 2>&-"));
        assertEquals(new Run(0, "b\n", ""), shell("cairn kv get a --data-dir data --profile small <&- 2>&-"));
        assertTrue(CliRun.success("wal", "verify", dir.resolve("data").toString()).out.endsWith(": whole\n"));
    }

    @Test
    void shouldSayWhichFlagsAreMissing() throws IOException, InterruptedException {
        assertEquals(0, shell("cairn kv put a b --data-dir data --profile small").code());
        shell("'" + System.getProperty("java.home") + "/bin/java' -cp \"$CAIRN_CLASSPATH\" io.cairn.engine.cli.CairnCli kv get a --data-dir data")
            .assertOneLine(1, "flags that off-heap access needs: add --add-exports ");
    }

    @Test
    void shouldStopWithAnErrorWhenTheDiskIsFullAndGoOnOnceThereIsRoom() throws IOException, InterruptedException {
        lines(100_000);
        final Run run = mounted("size=21m", "cairn kv put a b --data-dir mounted/large 2>large; " +
            "cairn kv load lines --data-dir mounted/data --profile small >acked 2>load; echo $?; " +
            "cairn kv get key-0 --data-dir mounted/data --profile small 2>full; echo $?; cairn wal verify mounted/data >whole; " +
            "mount -o remount,size=64m mounted; cairn kv load lines --data-dir mounted/data --profile small | tail -n 1; " +
            "cairn kv get key-99999 --data-dir mounted/data --profile small | wc -c");
        assertLine("large", "cairn: [^\\n]+: the disk has no room for a segment of \\d+ bytes; free some space, or choose [^\\n]+\\n");
        assertLine("load", "cairn: lines: line \\d+: the disk of the log is full; free space and reopen, [^\\n]+\\n");
        // Where the segment had room for one more entry it is read.
        assertLine("full", "(cairn: the engine failed: the disk of the log is full: [^\\n]+; free some space and open again\\n)?");
        assertTrue(read("whole").endsWith(": whole\n"), read("whole"));
        assertTrue(run.out().endsWith("acked 100000\n201\n"), run.out());
        assertEquals("", run.err());
    }

    private void assertLine(final String name, final String pattern) throws IOException {
        assertTrue(read(name).matches(pattern), read(name));
    }

    private String read(final String name) throws IOException {
        return Files.readString(dir.resolve(name));
    }

    @Test
    void shouldWorkWhereNothingInTheTemporaryDirectoryMayBeExecutedAndAdviseAgainstIt() throws IOException, InterruptedException {
        final Run run = mounted("size=32m,noexec",
            "export CAIRN_JVM_OPTS=\"-Djava.io.tmpdir=$PWD/mounted\"; cairn kv put a b --data-dir data --profile small && cairn doctor data");
        assertEquals("", run.err());
        assertEquals(0, run.code());
        assertTrue(run.out().contains("ADVICE temporary files"), run.out());
    }

    @Test
    void shouldSayWhenADirectoryCannotBeWrittenTo() throws IOException, InterruptedException {
        assertEquals(0, shell("cairn kv put a b --data-dir data --profile small").code());
        final Run run = mounted("size=32m", "cp -r data mounted/data && mount -o remount,ro mounted && { cairn kv get a --data-dir mounted/data; " +
            "echo $?; cairn kv put a b --data-dir mounted/new; echo $?; cairn wal verify mounted/data; echo $?; }");
        assertEquals(2, run.err().lines().count(), run.err());
        final String reading = "data: cannot be written to, and even reading takes its lock; change its permissions, or work on a copy of it";
        assertTrue(run.err().contains(reading), run.err());
        assertTrue(run.err().contains("mounted cannot be written to; change its permissions, or name another directory"), run.err());
        assertTrue(run.out().matches("1\\n1\\n[^\\n]+: whole\\n0\\n"), run.out());
    }
}
