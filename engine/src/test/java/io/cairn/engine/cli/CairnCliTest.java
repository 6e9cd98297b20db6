package io.cairn.engine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.cairn.engine.config.ConfigKey;
import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.config.Profile;
import io.cairn.engine.status.EngineCounter;
import io.cairn.engine.status.EngineCounters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CairnCliTest {
    @TempDir
    private Path dir;

    private static void collect(final CommandLine command, final List<String> path, final List<List<String>> all) {
        all.add(path);
        command.getSubcommands().forEach((name, subcommand) -> {
            final List<String> longer = new ArrayList<>(path);
            longer.add(name);
            collect(subcommand, longer, all);
        });
    }

    private static List<List<String>> everyCommand() {
        final OutputStream nowhere = OutputStream.nullOutputStream();
        final List<List<String>> all = new ArrayList<>();
        collect(CairnCli.commandLine(new Console(InputStream.nullInputStream(), nowhere, nowhere, false)), List.of(), all);
        return all;
    }

    @Test
    void shouldHelpForEveryCommandAndRefuseAnUnknownOptionOfIt() {
        for (final List<String> command : everyCommand()) {
            final List<String> help = new ArrayList<>(command);
            help.add("--help");
            assertTrue(CliRun.success(help.toArray(String[]::new)).out.startsWith("Usage: cairn"), command.toString());
            final List<String> wrong = new ArrayList<>(command);
            wrong.add("--no-such-option");
            final String message = CliRun.refusal(2, wrong.toArray(String[]::new));
            // An alias is named by the command it stands for.
            assertTrue(message.contains("; see cairn" + (command.isEmpty() ? "" : " " + command.get(0))), message);
            assertTrue(message.endsWith(" --help"), message);
        }
    }

    @Test
    void shouldNameTheCommandsWhenOneIsMissing() {
        assertTrue(CliRun.refusal(2).startsWith("cairn: missing command: one of kv, "));
        assertEquals("cairn: missing command: one of explain, list, show; see cairn profile --help", CliRun.refusal(2, "profile"));
        assertTrue(CliRun.refusal(2, "profile", "lst").contains("(did you mean list?)"));
        assertTrue(CliRun.refusal(2, "bogus").contains("'bogus'"));
    }

    @Test
    void shouldPrintTheVersion() {
        assertTrue(CliRun.success("--version").out.startsWith("cairn "));
    }

    @Test
    void shouldListTheProfiles() {
        assertEquals(Profile.names(), CliRun.success("profile", "list").out.lines().map(line -> line.split(" ")[0]).toList());
        final String before = CliRun.success("--json", "profile", "list").out;
        assertEquals(before, CliRun.success("profile", "--json", "list").out);
        assertEquals(before, CliRun.success("profile", "list", "--json").out);
        assertTrue(before.startsWith("[{\"name\": \"balanced\", \"default\": true, "), before);
    }

    @Test
    void shouldShowAProfileAsAConfigurationFileThatIsTakenBack() throws IOException {
        for (final String name : Profile.names()) {
            final Path file = Files.writeString(dir.resolve(name), CliRun.success("profile", "show", name).out);
            final EffectiveConfiguration expected = EffectiveConfiguration.builder().profile(name).conclude();
            final EffectiveConfiguration actual = EffectiveConfiguration.builder().file(file).conclude();
            for (final ConfigKey key : ConfigKeys.all()) {
                assertEquals(expected.text(key), actual.text(key), key.name());
            }
        }
        assertEquals("cairn: unknown profile 'smal' (did you mean small?); shipped are balanced, low-latency, throughput, durable, small",
            CliRun.refusal(1, "profile", "show", "smal"));
    }

    @Test
    void shouldExplainValueAndOriginWhenKeysAreNamed() throws IOException {
        final Path file = Files.writeString(dir.resolve("f"), "snapshot.retain=5");
        final String text = CliRun.success("profile", "explain", "small", "durability", "snapshot.retain", "state.memory.max",
            "--config", file.toString(), "--set", "durability=os").out;
        assertTrue(text.contains("durability = os  (code)\n"), text);
        assertTrue(text.contains("snapshot.retain = 5  (file " + file + ")\n"), text);
        assertTrue(text.contains("state.memory.max = 1g  (profile small)\n"), text);
        assertFalse(text.contains("wal.dir"), text);
        assertTrue(CliRun.success("profile", "explain").out.contains("wal.dir = \"\"  (default)\n"));
        assertTrue(CliRun.success("profile", "explain", "--json", "durability").out
            .startsWith("{\"profile\": \"balanced\", \"warnings\": [], \"settings\": [{\"key\": \"durability\", \"value\": \"group\", "));
    }

    @Test
    void shouldExplainWarningsToo() {
        final CliRun run = CliRun.success("profile", "explain", "--set", "durability.interval=5ms");
        assertTrue(run.out.endsWith("\nwarning: durability.interval=5ms (code) has no effect while durability=group\n"), run.out);
    }

    @Test
    void shouldRefuseToExplainWhatIsWrong() {
        assertEquals("cairn: no profile of that name (balanced, low-latency, throughput, durable, small), and unknown key 'durabilty' " +
            "(did you mean durability?)", CliRun.refusal(1, "profile", "explain", "durabilty"));
        assertEquals("cairn: code: durability=all is not os, group, interval", CliRun.refusal(1, "profile", "explain", "--set", "durability=all"));
        assertEquals("cairn: configuration file " + dir.resolve("none") + " does not exist",
            CliRun.refusal(1, "profile", "explain", "--config", dir.resolve("none").toString()));
    }

    @Test
    void shouldShowTheCountersOfANode() {
        try (EngineCounters counters = EngineCounters.create(dir.resolve("counters.dat"), 16 * 1024, 3, () -> 1_000L)) {
            counters.counter(EngineCounter.NODE_STATE).set(EngineCounter.STATE_RUNNING);
            counters.counter(EngineCounter.APPLIED_INDEX).set(1_234_567);
            counters.counter(EngineCounter.FORCES).set(10);
            counters.counter(EngineCounter.FORCED_ENTRIES).set(25);
            counters.onError(new IllegalStateException("something broke"));

            final String text = CliRun.success("stat", dir.toString()).out;
            assertTrue(text.startsWith("node 3  pid " + ProcessHandle.current().pid() + " (alive)  running  since 1970-01-01T00:00:01Z"), text);
            assertTrue(text.lines().anyMatch(line -> line.matches("applied-index +1,234,567")), text);
            assertTrue(text.lines().anyMatch(line -> line.matches("entries per force +2\\.5")), text);
            assertTrue(text.contains("java.lang.IllegalStateException: something broke"), text);
            assertFalse(text.contains("\tat "), text);
            assertTrue(CliRun.success("stat", "--traces", "--data-dir", dir.toString()).out.contains("\tat "));

            final String json = CliRun.success("stat", dir.resolve("counters.dat").toString(), "--json").out;
            assertTrue(json.startsWith("{\"file\": \"" + dir.resolve("counters.dat") + "\", \"node\": 3, "), json);
            assertTrue(json.contains("\"applied-index\": 1234567, "), json);
            assertTrue(json.contains("\"entriesPerForce\": 2.5, \"meanForceNs\": 0.0, \"meanApplyNs\": null}"), json);
            assertEquals(1, json.lines().count());

            final String watched = CliRun.success("stat", dir.toString(), "--watch=0.01", "--count", "3", "--json").out;
            assertEquals(3, watched.lines().count());
            assertTrue(CliRun.success("stat", dir.toString(), "--watch", "0.01", "--count=2").out.contains("/s\n"));
        }
    }

    @Test
    void shouldRefuseToShowCountersThatAreNotThere() {
        assertTrue(CliRun.refusal(1, "stat", dir.toString()).startsWith("cairn: no counters file " + dir.resolve("counters.dat")));
        assertEquals("cairn: name the data directory of the node, once; see cairn stat --help", CliRun.refusal(2, "stat"));
        assertTrue(CliRun.refusal(2, "stat", dir.toString(), "--watch=-1").startsWith("cairn: --watch=-1.0 is out of bounds"));
        assertTrue(CliRun.refusal(2, "stat", dir.toString(), "--watch=x").startsWith("cairn: Invalid value"));
    }

    @Test
    void shouldExplainErrorsInOneLineWithoutATrace() {
        assertEquals("/a/b: no such file or directory", Explanation.of(new NoSuchFileException("/a/b")));
        assertEquals("/a/b: permission denied", Explanation.of(new UncheckedIOException(new AccessDeniedException("/a/b"))));
        assertEquals("made for a person", Explanation.of(new CliFailure("made\n for\r\na person\n")));
        assertEquals("No space left on device", Explanation.of(new IOException("No space left on device")));
        final String unforeseen = Explanation.of(new IllegalStateException("x\ny"));
        assertTrue(unforeseen.startsWith("internal error: IllegalStateException: x y at "), unforeseen);
        assertTrue(unforeseen.endsWith(" (set CAIRN_TRACE=1 to see more)"), unforeseen);
    }
}
