package io.cairn.engine.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import io.cairn.engine.Members;
import io.cairn.engine.StorageEngine;
import io.cairn.engine.client.SharedSecret;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code cairn kv --cluster}: the answers are those that a directory gives, and what is wrong is said in one line.
 */
@Timeout(240)
final class KvClusterTest {
    private static final String SECRET = "a secret of sufficient length";

    @TempDir
    private Path dir;

    private final Members members = new Members();
    private String cluster;
    private String secret;

    @BeforeEach
    void launch() throws IOException {
        members.cluster(context -> context.authenticator(new SharedSecret(SECRET.getBytes(UTF_8)))).launch(dir, false, 3);
        cluster = members.endpoint(0) + "," + members.endpoint(1) + "," + members.endpoint(2);
        secret = Files.writeString(dir.resolve("secret"), SECRET + "\n").toString();
    }

    @AfterEach
    void close() {
        members.close();
    }

    private String kv(final String... words) {
        return CliRun.success(arguments(words)).out;
    }

    private String[] arguments(final String... words) {
        final String[] all = new String[words.length + 5];
        all[0] = "kv";
        System.arraycopy(words, 0, all, 1, words.length);
        all[words.length + 1] = "--cluster";
        all[words.length + 2] = cluster;
        all[words.length + 3] = "--secret-file";
        all[words.length + 4] = secret;
        return all;
    }

    @Test
    void shouldAnswerAsADirectoryDoes() throws IOException {
        assertTrue(kv("put", "user/1", "Ada").matches("OK index=\\d+\\R"));
        assertEquals("Ada\n", kv("get", "user/1"));
        assertEquals("5\n", kv("incr", "n", "5"));
        assertTrue(kv("cas", "user/1", "Ada", "Ada L.").startsWith("OK index="));
        assertEquals("cairn: no such key: user/9", CliRun.refusal(1, arguments("get", "user/9")));

        final StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 3_000; i++) {
            lines.append(String.format("key-%04d\tvalue-%d%n", i, i));
        }
        final Path file = Files.writeString(dir.resolve("lines"), lines.toString());
        assertTrue(kv("load", file.toString()).endsWith("acked 3000\n"));
        assertEquals(lines.toString(), kv("scan", "--prefix", "key-"));
        assertEquals("key-2999\tvalue-2999\n", kv("scan", "--prefix", "key-", "--reverse", "--limit", "1"));
        assertTrue(kv("delete", "key-0000").startsWith("OK index="));

        final String input = "put\tb\t1\nget\tb\nincr\tb\t2\nscan\tkey-000\t2\nput\t\tx\n";
        final CliRun batch = CliRun.withInput(input, arguments("batch", "--window", "16"));
        assertTrue(batch.out.replaceAll("index=\\d+", "index=N").startsWith(
            "OK\tindex=N\nVAL\t1\nVAL\t3\nROWS\t2\tkey-0001\tvalue-1\tkey-0002\tvalue-2\nERR\tKEY_EMPTY\t"), batch.out);

        assertEquals("3\n", kv("get", "b", "--read-from", "any"));
        assertEquals("key-2999\tvalue-2999\n", kv("scan", "--prefix", "key-", "--reverse", "--limit", "1", "--read-from", "any"));

        final StorageEngine leader = members.engine(members.leader());
        final String digest = kv("digest");
        assertTrue(digest.endsWith(String.format(" digest=%016x%n", leader.digest(false).value())), digest);
    }

    @Test
    void shouldResumeASessionThatTookEffect() {
        final String first = CliRun.withInput("incr\tn\t1\nincr\tn\t1\n", arguments("batch", "--session", "s", "--serial", "1")).out;
        assertEquals("VAL\t1\nVAL\t2\n", first);
        final CliRun again = CliRun.withInput("incr\tn\t1\n", arguments("batch", "--session", "s", "--serial", "2"));
        assertTrue(again.out.startsWith("ERR\tSESSION_EXPIRED\t"), "the end of input closed the session: " + again.out);
    }

    @Test
    void shouldSayInOneLineWhatIsWrong() throws IOException {
        final String wrong = Files.writeString(dir.resolve("wrong"), "another secret of that length").toString();
        assertEquals("cairn: the secret of the client is not the secret of the cluster",
            CliRun.refusal(1, "kv", "get", "k", "--cluster", cluster, "--secret-file", wrong));
        assertTrue(CliRun.refusal(1, "kv", "get", "k", "--cluster", cluster).startsWith("cairn: the cluster asks for a secret"));
        assertTrue(CliRun.refusal(1, arguments("get", "k", "--cluster-id", "1")).contains(", not 1"));
        final String large = "v".repeat(1 << 20);
        assertTrue(CliRun.refusal(1, arguments("put", "k", large + large)).startsWith("cairn: TOO_LARGE: "));
    }
}
