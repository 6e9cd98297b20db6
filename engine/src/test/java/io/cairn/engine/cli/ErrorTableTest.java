package io.cairn.engine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.stream.Stream;

import io.cairn.wal.layout.SegmentDescriptor;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What can go wrong, as a person would come upon it: the exit code, and the one line that says what is wrong and what to do. A dollar begins the name
 * of a place; where a word has blanks, bars stand between the words.
 */
class ErrorTableTest {
    private static final String NODE = "node --data-dir $none --id 0 --members";
    private static final String NO_CLUSTER = "kv get k --cluster localhost:1 --timeout 100ms";
    private static final String LONG = "k".repeat(1025);
    /** The command line, the exit code, what the line says. */
    private static final List<Row> ROWS = List.of(
        // A command line that does not parse.
        row(2, "missing command: one of kv, ", ""),
        row(2, "unknown command 'qqq'; see cairn --help", "qqq"),
        row(2, "unknown command 'gett' (did you mean get?); see cairn kv --help", "kv gett"),
        row(2, "unknown option '--bogus'; see cairn kv get --help", "kv get k --data-dir $data --bogus"),
        row(2, "unknown option '-x'; see cairn --help", "-x"),
        row(2, "Missing required parameters: 'KEY', 'VALUE'; see cairn kv put --help", "kv put --data-dir $data"),
        row(2, "Missing required parameter: 'FILE'; see cairn kv load --help", "kv load --data-dir $data"),
        row(2, "Missing required parameter for option '--data-dir' (DIR)", "kv get k --data-dir"),
        row(2, "name the data directory with --data-dir, or a cluster with --cluster; see cairn kv get --help", "kv get k"),
        row(2, "one argument too many: 'extra'; see cairn kv get --help", "kv get k extra --data-dir $data"),
        row(2, "'x' is not a whole number; see cairn kv scan --help", "kv scan --data-dir $data --limit x"),
        row(2, "--limit=0 is out of bounds; it takes rows from 1; see cairn kv scan --help", "kv scan --data-dir $data --limit 0"),
        row(2, "'ten' is not a whole number; see cairn kv incr --help", "kv incr k ten --data-dir $data"),
        row(2, "'10x' is not a duration such as 30s, 500ms or 10us; see cairn kv get --help", "kv get k --data-dir $data --timeout 10x"),
        row(2, "'0' is not above zero", "kv get k --data-dir $data --timeout 0"),
        row(2, "--window=0 is out of bounds; it takes 1 to 4096; see cairn kv batch --help", "kv batch --data-dir $data --window 0"),
        row(2, "--serial needs --session NAME", "kv batch --data-dir $data --serial 3"),
        row(2, "--serial=0 is out of bounds; serials start at 1", "kv batch --data-dir $data --session s --serial 0"),
        row(2, "batch answers line by line: it takes no --json", "kv batch --data-dir $data --json"),
        row(2, "should be in KEY=VALUE format but was foo", "kv get k --data-dir $data --set foo"),
        row(2, "name the data directory: cairn wal verify DIR; see cairn wal verify --help", "wal verify"),
        row(2, "name the data directory: cairn snapshot take DIR; see cairn snapshot take --help", "snapshot take"),
        // Settings.
        row(1, "unknown profile 'nope'; shipped are balanced, ", "kv get k --data-dir $data --profile nope"),
        row(1, "command line: durability=never is not os, group, interval", "kv put k v --data-dir $data --durability never"),
        row(1, "command line: wal.segment.size=12q is not a size such as 64k, 16m or 1g", "kv get k --data-dir $data --set wal.segment.size=12q"),
        row(1, "command line: session.timeout=1 fortnight is not a duration", "kv|get|k|--data-dir|$data|--set|session.timeout=1 fortnight"),
        row(1, "command line: wal.record.max=1g is out of bounds; it takes 1k to 64m", "kv get k --data-dir $data --set wal.record.max=1g"),
        row(1, "command line: unknown key 'durabilty' (did you mean durability?)", "kv get k --data-dir $data --set durabilty=os"),
        row(1, " contradicts ", "kv get k --data-dir $data --set wal.segment.size=64k --set wal.record.max=1m"),
        row(1, "configuration file $none does not exist", "kv get k --data-dir $data --config $none"),
        row(1, "file $bad: durability=all is not os, group, interval", "kv get k --data-dir $data --config $bad"),
        row(1, "configuration file $foreign cannot be read: Is a directory", "kv get k --data-dir $data --config $foreign"),
        row(1, "no member of the cluster lets this client in (the last one tried: member localhost:1 does not answer): start", NO_CLUSTER),
        row(1, "'localhost' is no member: write HOST:PORT, separated by commas", "kv get k --cluster localhost"),
        row(1, "$none: no such file; name a file that holds the secret", "kv get k --cluster localhost:1 --secret-file $none"),
        row(2, "--data-dir is for a directory that this process opens: leave it out with --cluster", NO_CLUSTER + " --data-dir $data"),
        row(2, "--cluster-id=xyz is not a number of up to 16 hexadecimal digits", "kv get k --cluster localhost:1 --cluster-id xyz"),
        row(2, "--secret-file is for a cluster: name it with --cluster", "kv get k --data-dir $data --secret-file $none"),
        row(2, "--read-from is for a cluster: name it with --cluster", "kv get k --data-dir $data --read-from any"),
        row(2, "--read-from=local is for get and scan: only the leader takes this command", "kv put k v --cluster localhost:1 --read-from local"),
        // Members.
        row(2, "name the data directory with --data-dir; see cairn node --help", "node"),
        row(2, "name this member with --id and all members with --members", "node --data-dir $none"),
        row(2, "'x' is no member id: it takes 0 to 31", "node --data-dir $none --id x --members 0=localhost:24000"),
        row(2, "'localhost:24000' is no member: write N=HOST:PORT, separated by commas", "node --data-dir $none --id 0 --members localhost:24000"),
        row(2, "'localhost' is no HOST:PORT with a PORT from 1 to 65525", "node --data-dir $none --id 0 --members 0=localhost"),
        row(2, "member 0 is listed twice: give every member an id of its own", NODE + " 0=localhost:24000,0=localhost:24010"),
        row(2, "members 0 and 1 share ports: each takes ten", NODE + " 0=localhost:24000,1=localhost:24009"),
        row(2, "member 0 is not among the members [1]: list it, with its endpoint", NODE + " 1=localhost:24000"),
        row(2, "--local-cluster=12 is out of bounds; it takes 1 to 9 members", "node --data-dir $none --local-cluster 12"),
        row(1, "the directory holds the log of a single node, which can only be the first member of a new cluster",
            "node --data-dir $data --profile small --id 0 --members 0=127.0.0.1:31900,1=127.0.0.1:31910"),
        row(2, "name some members with --cluster HOST:PORT,...; see cairn cluster status --help", "cluster status"),
        row(2, "'3' is no member: write N=HOST:PORT", "cluster add 3 --cluster localhost:1"),
        row(2, "'99' is no member id: it takes 0 to 31", "cluster remove 99 --cluster localhost:1"),
        row(1, "no leader did it in time: member localhost:1 does not answer", "cluster remove 0 --cluster localhost:1 --timeout 300ms"),
        row(1, "$none: no such directory; name the data directory of a stopped member", "cluster recover --accept-loss --data-dir $none"),
        row(1, "the directory belongs to no cluster: there is nothing to recover",
            "cluster recover --accept-loss --data-dir $data --profile small"),
        // Directories.
        row(1, "$none: no such directory; name an existing data directory", "kv get k --data-dir $none"),
        row(1, "$none: no such directory; name an existing data directory", "snapshot take $none"),
        row(1, "$file: not a directory; name a data directory", "kv put k v --data-dir $file"),
        row(1, "$file/d: cannot be made: $file is not a directory; name another directory", "kv put k v --data-dir $file/d"),
        row(1, "$foreign: not a data directory: it holds readme and no log; name another directory", "kv put k v --data-dir $foreign"),
        row(1, "$foreign: not a data directory: it holds readme and no log; name another directory", "kv digest --data-dir $foreign"),
        row(1, "$empty: no log in this directory; name an existing data directory", "kv get k --data-dir $empty"),
        row(1, "no directory $none; name a data directory", "wal dump $none"),
        row(1, "$file: not a directory; name a data directory", "wal verify $file"),
        row(1, "no log in $foreign: it has no valid segment; name a data directory or its wal directory", "wal verify $foreign"),
        row(1, "no directory $none; name a data directory", "snapshot list $none"),
        row(1, "no snapshot in $foreign", "snapshot verify $foreign"),
        row(1, "no counters file $foreign/counters.dat; name the data directory of a node", "stat $foreign"),
        row(1, "$file is not a counters file, or its node is just starting", "stat $file"),
        // Keys, values, lines.
        row(1, "no such key: nokey", "kv get nokey --data-dir $data"),
        row(1, "KEY_EMPTY: the key is empty; use a key of 1 to 1024 bytes", "kv|put||v|--data-dir|$data"),
        row(1, "KEY_TOO_LONG: the key is longer than 1024 bytes; use a shorter key", "kv put " + LONG + " v --data-dir $data"),
        row(1, "KEY_TOO_LONG: ", "kv get " + LONG + " --data-dir $data"),
        row(1, "NOT_A_NUMBER: the value is not a decimal 64-bit integer", "kv incr text --data-dir $data"),
        row(1, "nothing changed: text does not have the value OLD", "kv cas text old new --data-dir $data"),
        row(1, "'\\\\q' is no escape: they are \\t, \\n, \\\\ and \\xNN", "kv get \\q --escaped --data-dir $data"),
        row(1, "$none: no such file; name a file of lines, or - for standard input", "kv load $none --data-dir $data"),
        row(1, "$foreign: is a directory; name a file of lines", "kv load $foreign --data-dir $data"),
        row(1, "$nokey: line 2: the key is empty; use a key of 1 to 1024 bytes; the lines before it are loaded", "kv load $nokey --data-dir $data"),
        row(1, "$junk: line 1: the key is longer than 1024 bytes; use a shorter key; the lines before", "kv load $junk --data-dir $data"),
        row(1, "$large: line 1: the value is longer than the configured limit; split it or raise the limit", "kv load $large --data-dir $data"),
        row(1, "$escape: line 1: '\\\\q' is no escape: ", "kv load $escape --escaped --data-dir $data"),
        // Damage.
        row(1, "is not the identity of a Cairn log (4096 bytes, unknown first bytes); choose an empty directory", "kv get k --data-dir $notalog"),
        row(1, "the directory has format version 9, this program knows 2; use a newer program", "kv get k --data-dir $newer"),
        row(1, "the stable store is missing beside an identity file", "kv put k v --data-dir $nostable"),
        row(1, "entries that were acknowledged are damaged and nothing was changed; restore the file from a copy", "kv get k --data-dir $corrupt"),
        row(1, "the payload's checksum does not match", "wal verify $corrupt"),
        row(1, "entries that were acknowledged are damaged and nothing was changed", "snapshot take $corrupt"),
        row(1, " damaged, first finding: ", "snapshot verify $badsnapshot"),
        row(1, "no snapshot x in $badsnapshot/snapshots; see cairn snapshot list", "snapshot show $badsnapshot x"));

    @TempDir
    private Path dir;

    private record Row(int code, String line, String command) {
        List<String> words() {
            return command.isEmpty() ? List.of() : List.of(command.split(command.contains("|") ? "\\|" : " "));
        }
    }

    private static Row row(final int code, final String line, final String command) {
        return new Row(code, line, command);
    }

    @BeforeEach
    void makePlaces() throws IOException {
        final String data = place("data").toString();
        CliRun.success("kv", "--data-dir", data, "--profile", "small", "put", "text", "not a number");
        Files.createDirectory(place("empty"));
        Files.writeString(Files.createDirectory(place("foreign")).resolve("readme"), "of another program");
        Files.writeString(place("file"), "a file");
        Files.writeString(place("bad"), "durability=all\n");
        Files.writeString(place("nokey"), "a\tb\n\tno key\nc\td\n");
        final byte[] junk = new byte[4096];
        Arrays.fill(junk, (byte)0xF7);
        Files.write(place("junk"), junk);
        Files.writeString(place("large"), "key\t" + "v".repeat(5 << 20) + "\n");
        Files.writeString(place("escape"), "\\q\tv\n");
        Files.writeString(copy("data", "notalog").resolve("wal/identity"), "x".repeat(4096));
        Files.delete(copy("data", "nostable").resolve("wal/stable"));
        final Path identity = copy("data", "newer").resolve("wal/identity");
        final UnsafeBuffer page = new UnsafeBuffer(ByteBuffer.allocateDirect(SegmentDescriptor.PAGE_LENGTH));
        page.putBytes(0, Files.readAllBytes(identity));
        page.putInt(SegmentDescriptor.VERSION_OFFSET, 9);
        SegmentDescriptor.sealSector(page.addressOffset());
        final byte[] bytes = new byte[page.capacity()];
        page.getBytes(0, bytes);
        Files.write(identity, bytes);
        corrupt(copy("data", "corrupt"));
        CliRun.success("snapshot", "take", copy("data", "badsnapshot").toString(), "--profile", "small");
        final Path pages = find(place("badsnapshot").resolve("snapshots"), "pages.dat");
        flip(pages, Files.size(pages) / 2);
    }

    private Path place(final String name) {
        return dir.resolve(name);
    }

    private Path copy(final String from, final String to) throws IOException {
        try (Stream<Path> files = Files.walk(place(from))) {
            for (final Path file : files.sorted().toList()) {
                Files.copy(file, place(to).resolve(place(from).relativize(file)));
            }
        }
        return place(to);
    }

    private static Path find(final Path root, final String ending) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.getFileName().toString().endsWith(ending)).sorted().findFirst().orElseThrow();
        }
    }

    private static void flip(final Path file, final long offset) throws IOException {
        final byte[] bytes = Files.readAllBytes(file);
        bytes[(int)offset] ^= 1;
        Files.write(file, bytes);
    }

    private static void corrupt(final Path data) throws IOException {
        final String dump = CliRun.success("wal", "dump", data.toString(), "--from", "2", "--limit", "1").out;
        flip(find(data.resolve("wal"), "1.wal"), Long.parseLong(dump.replaceAll("(?s).* offset=(\\d+) index=2 .*", "$1")) + 60);
    }

    private String placed(final String text) {
        String placed = text;
        for (final String name : List.of("data", "empty", "foreign", "file", "badsnapshot", "bad", "nokey", "none", "junk", "large", "escape",
            "notalog", "newer", "nostable", "corrupt")) {
            placed = placed.replaceAll("\\$" + name + "\\b", Matcher.quoteReplacement(place(name).toString()));
        }
        return placed;
    }

    @TestFactory
    Stream<DynamicTest> shouldSayInOneLineWhatIsWrong() {
        return ROWS.stream().map(row -> DynamicTest.dynamicTest("cairn " + row.command(), () -> {
            final List<String> words = new ArrayList<>();
            for (final String word : row.words()) {
                words.add(placed(word));
            }
            final boolean opens = row.code() == 1 && !words.contains("--profile") && !words.contains("--cluster") &&
                (words.contains("kv") || words.contains("take"));
            if (opens) {
                words.addAll(List.of("--profile", "small"));
            }
            final CliRun run = CliRun.of(words.toArray(String[]::new));
            assertEquals(row.code(), run.code, run.err);
            assertTrue(run.err.matches("cairn: [^\\n]+\\n"), run.err);
            assertTrue(run.err.contains(placed(row.line())), run.err);
            assertFalse(run.err.contains("Exception") || run.err.contains("internal error"), run.err);
            assertFalse(Files.exists(place("none")), "made what it refused");
        }));
    }

    @Test
    void shouldAnswerWrongLinesOfABatchAndGoOn() {
        final String data = place("data").toString();
        final String input = "put\ta\t1\nbogus\tx\n" + "\\q".repeat(50) + "\nput\ta\nput\t\tx\nput\t" + LONG + "\tx\nincr\ta\tten\n" +
            "incr\ttext\nput\t\\q\tx\nscan\t\t0\nput\tbig\t" + "v".repeat(5 << 20) + "\n\nget\ta\n";
        final CliRun run = CliRun.withInput(input, "kv", "batch", "--data-dir", data, "--profile", "small");
        final List<String> answers = run.out.lines().toList();
        final List<String> expected = List.of("OK\tindex=", "ERR\tBAD_REQUEST\tno command 'bogus'", "ERR\tBAD_REQUEST\tno command '",
            "ERR\tBAD_REQUEST\twrong number of fields", "ERR\tKEY_EMPTY\t", "ERR\tKEY_TOO_LONG\t", "ERR\tBAD_REQUEST\t'ten' is not",
            "ERR\tNOT_A_NUMBER\t", "ERR\tBAD_REQUEST\t'\\\\q' is no escape", "ERR\tBAD_REQUEST\tthe limit of a scan",
            "ERR\tVALUE_TOO_LONG\t", "VAL\t1");
        assertEquals(expected.size(), answers.size(), run.out);
        for (int i = 0; i < expected.size(); i++) {
            assertTrue(answers.get(i).startsWith(expected.get(i)), answers.get(i));
            assertTrue(answers.get(i).length() < 300, "an answer of " + answers.get(i).length() + " characters");
        }
        assertEquals(1, run.code);
        assertEquals("cairn: 10 of 12 commands were answered with ERR or UNKNOWN\n", run.err);
    }

    @Test
    void shouldTakeWhateverBytesComeAsABatch() {
        final byte[] junk = new byte[100_000];
        new SplittableRandom(7).nextBytes(junk);
        final String input = new String(junk, StandardCharsets.ISO_8859_1);
        final CliRun run = CliRun.withInput(
            input, "kv", "batch", "--data-dir", place("data").toString(), "--profile", "small", "--window", "64");
        assertEquals(1, run.code);
        assertTrue(run.out.lines().allMatch(line -> line.startsWith("ERR\tBAD_REQUEST\t") && line.length() < 400), run.out);
        assertTrue(run.err.matches("cairn: (\\d+) of \\1 commands were answered with ERR or UNKNOWN\\n"), run.err);
    }

    @Test
    void shouldWarnAndGoOnWithoutASnapshotThatIsDamaged() {
        final CliRun run = CliRun.of("kv", "get", "text", "--data-dir", place("badsnapshot").toString(), "--profile", "small");
        assertEquals(0, run.code, run.err);
        assertEquals("not a number\n", run.out);
        assertTrue(run.err.matches("cairn: warning: \\d+-\\d+-\\d+/pages\\.dat offset=[^\\n]+\\n"), run.err);
    }

    @Test
    void shouldSayWhatIsDamagedInADocumentToo() {
        final CliRun run = CliRun.of("wal", "verify", place("corrupt").toString(), "--json");
        assertEquals(1, run.code);
        assertTrue(run.out.startsWith("{") && run.out.endsWith("}\n") && run.out.contains("\"whole\": false"), run.out);
        assertTrue(run.err.matches("cairn: [^\\n]+\\n"), run.err);
    }
}
