package io.cairn.engine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the commands of {@code cairn kv} answer, to the letter: scripts depend on it.
 */
class KvCommandsTest {
    @TempDir
    private Path dir;

    private String kv(final String... arguments) {
        final String[] all = new String[arguments.length + 5];
        System.arraycopy(new String[] {"kv", "--data-dir", dir.resolve("data").toString(), "--profile", "small"}, 0, all, 0, 5);
        System.arraycopy(arguments, 0, all, 5, arguments.length);
        return CliRun.success(all).out;
    }

    private CliRun batch(final String input, final String... options) {
        final String[] all = new String[options.length + 6];
        System.arraycopy(new String[] {"kv", "batch", "--data-dir", dir.resolve("data").toString(), "--profile", "small"}, 0, all, 0, 6);
        System.arraycopy(options, 0, all, 6, options.length);
        return CliRun.withInput(input, all);
    }

    private void assertBatch(final String answers, final String input, final String... options) {
        final CliRun run = batch(input, options);
        assertEquals(answers, run.out);
        assertEquals("", run.err);
        assertEquals(0, run.code);
    }

    @Test
    void shouldAnswerEachCommand() {
        // Every opening begins a term, with an entry of its own.
        assertEquals("OK index=2\n", kv("put", "a", "1"));
        assertEquals("1\n", kv("get", "a"));
        assertEquals("OK index=5\n", kv("put", "b", "two words"));
        assertEquals("3\n", kv("incr", "a", "2"));
        assertEquals("-5\n", kv("incr", "n", "-5"));
        assertEquals("-4\n", kv("incr", "n"));
        assertEquals("a\t3\nb\ttwo words\nn\t-4\n", kv("scan"));
        assertEquals("n\t-4\nb\ttwo words\n", kv("scan", "--reverse", "--limit", "2"));
        assertEquals("b\ttwo words\n", kv("scan", "--prefix", "b"));
        assertEquals("", kv("scan", "--prefix", "none"));
        assertTrue(kv("cas", "a", "3", "4").matches("OK index=\\d+\n"));
        assertTrue(kv("delete", "a").matches("OK index=\\d+\n"));
        assertTrue(kv("del", "a").matches("OK index=\\d+\n"));
        assertTrue(kv("digest").matches("index=\\d+ digest=[0-9a-f]{16}\n"));
        assertNotEquals(kv("digest").replaceAll(".*digest=", ""), kv("digest", "--all").replaceAll(".*digest=", ""));
    }

    @Test
    void shouldTakeOptionsOfTheGroupOnEitherSide() {
        final String data = dir.resolve("data").toString();
        assertEquals("OK index=2\n", CliRun.success("kv", "put", "a", "1", "--data-dir", data, "--profile", "small", "--durability", "os").out);
        assertEquals("1\n", CliRun.success("kv", "--data-dir", data, "--profile", "small", "--timeout", "5s", "get", "a").out);
        final String json = CliRun.success("--json", "kv", "get", "a", "--data-dir", data).out;
        assertTrue(json.matches("\\{\"value\": \"1\", \"index\": \\d+\\}\n"), json);
        assertTrue(CliRun.success("kv", "--json", "get", "a", "--data-dir", data).out.startsWith("{\"value\": \"1\", "));
        assertTrue(CliRun.success("kv", "get", "a", "--data-dir", data, "--json").out.startsWith("{\"value\": \"1\", "));
    }

    @Test
    void shouldAnswerInADocumentWhereAskedFor() {
        assertEquals("{\"index\": 2}\n", kv("put", "a", "1", "--json"));
        assertEquals("{\"value\": 2, \"index\": 4}\n", kv("incr", "a", "--json"));
        assertEquals("{\"set\": true, \"index\": 6}\n", kv("cas", "a", "2", "\\x00\\xff", "--escaped", "--json"));
        assertEquals("{\"rows\": [{\"key\": \"a\", \"value\": null, \"valueEscaped\": \"\\\\x00\\\\xff\"}], \"count\": 1, \"index\": 7}\n",
            kv("scan", "--json"));
        assertTrue(kv("digest", "--json").matches("\\{\"index\": 8, \"digest\": \"[0-9a-f]{16}\"\\}\n"));
        assertEquals("{\"index\": 10}\n", kv("delete", "a", "--json"));
    }

    @Test
    void shouldAnswerABatchLineByLine() {
        final String input = "put\ta\t1\nput\tb\\tc\tv\\x00\\n\\\\\n\nget\ta\nget\tb\\tc\nget\tnone\nincr\tn\t5\nincr\tn\n" +
            "cas\ta\t1\t2\ncas\ta\t1\t3\nscan\t\t10\nscan\ta\t10\nscan\t\t1\nscan\tnone\t1\ndel\ta\ndel\ta\nget\ta\n";
        final String answers = "OK\tindex=2\nOK\tindex=3\nVAL\t1\nVAL\tv\\x00\\n\\\\\nNIL\nVAL\t5\nVAL\t6\nOK\tindex=6\nNO\tindex=7\n" +
            "ROWS\t3\ta\t2\tb\\tc\tv\\x00\\n\\\\\tn\t6\nROWS\t1\ta\t2\nROWS\t1\ta\t2\nROWS\t0\nOK\tindex=8\nOK\tindex=9\nNIL\n";
        assertBatch(answers, input);
        kv("delete", "n");
        // The indexes go on; whatever the window, each line finds what those before it left.
        final long first = Long.parseLong(kv("put", "mark", "1").replaceAll("\\D", ""));
        kv("delete", "mark");
        for (final String window : new String[] {"2", "7", "4096"}) {
            final CliRun run = batch(input, "--window", window);
            assertEquals(answers.replaceAll("index=\\d+", ""), run.out.replaceAll("index=\\d+", "").replace("\tn\t12", "\tn\t6"), window);
            assertTrue(first < Long.parseLong(run.out.substring("OK\tindex=".length(), run.out.indexOf('\n'))));
            kv("delete", "n");
        }
    }

    @Test
    void shouldResumeASessionWithoutDoingAnythingTwice() {
        assertBatch("VAL\t1\nVAL\t2\n", "incr\tn\nincr\tn\n", "--session", "s");
        // Its input ended in order, so it was closed: the name begins anew.
        assertBatch("VAL\t3\n", "incr\tn\n", "--session", "s", "--serial", "1");
        final CliRun expired = batch("incr\tn\nget\tn\n", "--session", "s", "--serial", "2");
        assertTrue(expired.out.matches("ERR\tSESSION_EXPIRED\t[^\n]+\nVAL\t3\n"), expired.out);
        assertEquals(1, expired.code);
        assertEquals("cairn: 1 of 2 commands were answered with ERR or UNKNOWN\n", expired.err);
    }

    @Test
    void shouldAcknowledgeLinesOfALoad() throws IOException {
        final Path file = Files.writeString(dir.resolve("lines"), "a\t1\nword\n\nb\t2\t3\na\t4");
        final String acknowledged = kv("load", file.toString());
        assertTrue(acknowledged.matches("(acked \\d+\n)*acked 5\n"), acknowledged);
        assertEquals("a\t4\nb\t2\t3\nword\t\n", kv("scan"));
        assertTrue(kv("load", file.toString(), "--json").matches("\\{\"acked\": 5, \"seconds\": [^\n]+, \"linesPerSecond\": [^\n]+\\}\n"));
        assertEquals("acked 0\n", kv("load", Files.createFile(dir.resolve("none")).toString()));
        Files.writeString(file, "tab\\there\tback\\\\slash\n");
        kv("load", file.toString(), "--escaped");
        assertEquals("tab\\there\tback\\\\slash\n", kv("scan", "--prefix", "tab", "--escaped"));
        assertEquals("back\\slash\n", kv("get", "tab\there"));
    }
}
