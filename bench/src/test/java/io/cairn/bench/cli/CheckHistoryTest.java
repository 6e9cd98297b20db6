package io.cairn.bench.cli;

import io.cairn.bench.history.HistoryFile;
import io.cairn.bench.report.JsonReader;
import io.cairn.engine.history.Operation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class CheckHistoryTest {
    private static final String GOOD = """
        {"format":"cairn-history","version":1}
        {"process":1,"op":"put","key":"k","value":"a","start":10,"end":25,"outcome":"ok"}

        {"process":2,"op":"cas","key":"k","expected":"a","value":"b","start":20,"end":40,"success":true,"outcome":"ok"}
        {"process":3,"op":"put","key":"k","value":"c","start":30,"outcome":"unknown"}
        {"process":1,"op":"get","key":"k","start":50,"end":60,"result":"b","outcome":"ok"}
        {"process":4,"op":"incr","key":"n","delta":2,"start":50,"end":60,"result":2,"more":[1]}
        {"process":4,"op":"delete","key":"n","start":70,"end":80,"success":true}
        {"process":4,"op":"incr","key":"n","delta":2,"start":90,"end":91,"outcome":"refused"}
        """;
    private static final String BAD_LINE = """
        {"process":5,"op":"get","key":"k","start":61,"end":70,"result":"a","outcome":"ok"}
        """;

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int check(final String text, final String... more) throws IOException {
        final Path file = Files.writeString(directory.resolve("history.jsonl"), text);
        final List<String> args = new ArrayList<>(List.of("check-history", file.toString()));
        args.addAll(List.of(more));
        return execute(args);
    }

    private int execute(final List<String> args) {
        final CommandLine commandLine = CommandLines.create();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(args.toArray(new String[0]));
    }

    @Test
    void shouldExitWithZeroWhenTheHistoryIsLinearizable() throws IOException {
        assertEquals(0, check(GOOD));
        assertTrue(out.toString().startsWith("linearizable: 6 operations on 2 keys"), out.toString());
        assertEquals("", err.toString());
    }

    @Test
    void shouldNameTheSmallestPrefixWhenItIsNot() throws IOException {
        assertEquals(1, check(GOOD + BAD_LINE));
        assertTrue(out.toString().contains("the first 5 of 5 operations on key k"), out.toString());
        assertTrue(out.toString().contains("process 5: get k gave a, from 61 to 70"), out.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
        assertTrue(err.toString().contains("is not linearizable: key k"), err.toString());
    }

    @Test
    void shouldSayThatItDoesNotKnow() throws IOException {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < 30; i++) {
            text.append("{\"op\":\"put\",\"key\":\"k\",\"value\":\"v").append(i).append("\",\"start\":").append(i).append(",\"end\":100}\n");
        }
        text.append("{\"op\":\"get\",\"key\":\"k\",\"start\":200,\"end\":201,\"result\":\"x\"}\n");
        assertEquals(1, check(text.toString(), "--budget", "1k"));
        assertEquals(1, err.toString().lines().count(), err.toString());
        assertTrue(err.toString().contains("undecided"), err.toString());
    }

    @Test
    void shouldWriteOneDocumentToStandardOutput() throws IOException {
        assertEquals(1, check(GOOD + BAD_LINE, "--json"));
        final Map<?, ?> document = (Map<?, ?>) JsonReader.read(out.toString());
        assertEquals("not_linearizable", document.get("answer"));
        final Map<?, ?> violation = (Map<?, ?>) document.get("violation");
        assertEquals("k", violation.get("key"));
        assertEquals(5L, violation.get("prefixOperations"));
        assertEquals(61L, ((Map<?, ?>) violation.get("operation")).get("start"));
    }

    @Test
    void shouldTakeTheHistoryBehindTheOptionForJson() throws IOException {
        final Path file = Files.writeString(directory.resolve("history.jsonl"), GOOD);
        assertEquals(0, execute(List.of("check-history", "--json", file.toString())));
        assertEquals("linearizable", ((Map<?, ?>) JsonReader.read(out.toString())).get("answer"));
    }

    @Test
    void shouldWriteTheDocumentIntoAFile() throws IOException {
        final Path json = directory.resolve("answer.json");
        assertEquals(0, check(GOOD, "--json", json.toString()));
        assertEquals("linearizable", ((Map<?, ?>) JsonReader.read(Files.readString(json))).get("answer"));
        assertTrue(out.toString().startsWith("linearizable"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"op\":\"put\",\"key\":\"k\",\"start\":1,\"end\":2} | line 1: field value is missing",
        "{\"op\":\"mix\",\"key\":\"k\",\"start\":1,\"end\":2} | line 1: field op is mix: it must be one of get, put, cas, delete, incr",
        "{\"op\":\"get\",\"key\":\"k\",\"start\":1,\"end\":2} | line 1: field result is missing",
        "{\"op\":\"get\",\"key\":\"k\",\"result\":null,\"start\":1} | line 1: field end is missing",
        "{\"op\":\"get\",\"key\":7,\"result\":null,\"start\":1,\"end\":2} | line 1: field key is no string",
        "{\"op\":\"get\",\"key\":\"k\",\"result\":null,\"start\":3,\"end\":2} | line 1: end 2 lies before start 3",
        "{\"op\":\"cas\",\"key\":\"k\",\"value\":\"v\",\"start\":1,\"end\":2} | line 1: a cas that was answered needs success",
        "{\"format\":\"cairn-history\",\"version\":2} | line 1: version 2 of the format is newer",
        "{\"format\":\"other\"} | line 1: format 'other'",
        "[] | line 1: a JSON object is expected",
        "{\"op\": | line 1: not JSON"
    })
    void shouldNameTheLineThatIsNoOperation(final String line, final String words) throws IOException {
        assertEquals(1, check(line));
        assertEquals(1, err.toString().lines().count(), err.toString());
        assertTrue(err.toString().contains("history.jsonl: " + words), err.toString());
    }

    @Test
    void shouldSayThatTheFileIsMissing() {
        assertEquals(1, execute(List.of("check-history", directory.resolve("none").toString())));
        assertTrue(err.toString().contains("no such file"), err.toString());
        assertEquals(2, execute(List.of("check-history")));
    }

    @Test
    void shouldReadWhatItWrites() throws IOException {
        final List<Operation> operations = HistoryFile.read(new StringReader(GOOD));
        final StringBuilder text = new StringBuilder(HistoryFile.header()).append('\n');
        operations.forEach(operation -> text.append(HistoryFile.line(operation)).append('\n'));
        assertEquals(operations, HistoryFile.read(new StringReader(text.toString())));
    }
}
