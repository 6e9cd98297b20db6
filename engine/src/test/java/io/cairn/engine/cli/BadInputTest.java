package io.cairn.engine.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

import io.cairn.engine.CairnClient;
import io.cairn.engine.CairnClientContext;
import io.cairn.engine.Members;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.client.SharedSecret;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a new user gets wrong with a cluster: each answered in one line and with exit code 1 (2 where the command line does not parse), and the
 * cluster serves everybody else as before, which a put of another client shows after each.
 */
@Timeout(300)
final class BadInputTest {
    private static final String[] NOTHING = {};

    @TempDir
    private Path dir;
    private final Members members = new Members();
    private CairnClient client;
    private KeyValueStore store;
    private String cluster;
    private String list;
    private String secret;
    private int puts;

    @BeforeEach
    void launch() throws IOException {
        final Path file = Files.writeString(dir.resolve("secret"), "the secret of this cluster");
        secret = file.toString();
        members.cluster(context -> context.bootstrap(true).authenticator(SharedSecret.ofFile(file)));
        members.launch(dir, false, 3);
        cluster = String.join(",", members.endpoint(0), members.endpoint(1), members.endpoint(2));
        list = "0=" + members.endpoint(0) + ",1=" + members.endpoint(1) + ",2=" + members.endpoint(2);
        members.leader();
        client = CairnClient.connect(new CairnClientContext().cluster(cluster).authenticator(SharedSecret.ofFile(file)));
        store = client.keyValueStore();
        serves();
    }

    @AfterEach
    void close() {
        store.close();
        client.close();
        members.close();
    }

    private void serves() {
        final byte[] key = ("key-" + puts++).getBytes(UTF_8);
        store.put(key, key);
        assertEquals(new String(key, UTF_8), new String(store.get(key), UTF_8));
    }

    private void refused(final int code, final String line, final String... arguments) {
        final CliRun run = CliRun.of(arguments);
        final String what = String.join(" ", arguments) + ": " + run.err;
        assertEquals(code, run.code, what);
        assertTrue(run.err.matches("cairn: [^\\n]+\\n"), what);
        assertTrue(run.err.matches("cairn: .*(" + line + ").*\\n"), what);
        serves();
    }

    private void cluster(final String line, final String... arguments) {
        refused(1, line, with(arguments, "--cluster", cluster, "--secret-file", secret));
    }

    private void node(final int code, final String line, final String... arguments) {
        refused(code, line, with(new String[] {"node"}, with(arguments, "--profile", "small", "--secret-file", secret)));
    }

    private static String[] with(final String[] first, final String... more) {
        final String[] all = Arrays.copyOf(first, first.length + more.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        return all;
    }

    private String at(final int port) {
        return "127.0.0.1:" + (Integer.parseInt(members.endpoint(0).substring(10)) + port);
    }

    @Test
    void shouldRefuseAWrongSecretWhateverIsAsked() throws IOException {
        final String wrong = Files.writeString(dir.resolve("wrong"), "the secret of another cluster").toString();
        final String not = "the secret of the client is not the secret of the cluster";
        for (final List<String> asked : List.of(
            List.of("kv", "put", "k", "v"), List.of("cluster", "status"), List.of("cluster", "members"), List.of("cluster", "digest"),
            List.of("cluster", "snapshot"), List.of("cluster", "remove", "2"), List.of("cluster", "transfer", "1"))) {
            refused(1, not, with(asked.toArray(NOTHING), "--cluster", cluster, "--secret-file", wrong));
        }
        refused(1, "the cluster asks for a secret", "kv", "--cluster", cluster, "put", "k", "v");
        refused(1, "the secret has 5 bytes: use at least 16", "kv", "get", "k", "--cluster", cluster, "--secret-file",
            Files.writeString(dir.resolve("short"), "short").toString());
        refused(1, "no such file", "kv", "get", "k", "--cluster", cluster, "--secret-file", dir.resolve("none").toString());
    }

    @Test
    void shouldRefuseChangesThatCannotBe() {
        cluster("member 2 is in the cluster already", "cluster", "add", "2=" + members.endpoint(2));
        cluster("is where member 2 is", "cluster", "add", "5=" + members.endpoint(2), "--force");
        cluster("member 3 does not answer at " + at(90), "cluster", "add", "3=" + at(90));
        cluster("member 7 is not in the cluster", "cluster", "remove", "7");
        cluster("member 7 is not in the cluster", "cluster", "promote", "7");
        cluster("member 1 votes already", "cluster", "promote", "1");
        cluster("member 7 is not one, or does not answer", "cluster", "transfer", "7");
        refused(2, "'32' is no member id", "cluster", "add", "32=" + at(90), "--cluster", cluster);
        refused(2, "'3' is no member: write N=HOST:PORT", "cluster", "add", "3", "--cluster", cluster);
        refused(2, "unknown command 'stauts' \\(did you mean status\\?\\)", "cluster", "stauts", "--cluster", cluster);
        refused(2, "is no HOST:PORT", "cluster", "status", "--cluster", "127.0.0.1");
        refused(1, "no member answers: member \\S+ does not answer", "cluster", "status", "--cluster", at(90), "--timeout", "1s");
        refused(1, "does not answer\\): start the members, or name others", "kv", "get", "k", "--cluster", at(91), "--timeout", "1s");
        refused(1, "no member answers: .* its name is not known", "cluster", "status", "--cluster", "no.such.host.invalid:24000",
            "--timeout", "1s");
        final int dead = (members.leader() + 1) % 3;
        members.stop(dead);
        Members.await(() -> CliRun.of("cluster", "transfer", Integer.toString(dead), "--cluster", cluster, "--secret-file", secret, "--timeout",
            "2s").err.contains("member " + dead + " is not one, or does not answer"));
        serves();
    }

    @Test
    void shouldRefuseAMemberThatCannotBe() throws IOException {
        final String data = dir.resolve("new").toString();
        final String[] own = {"--id", "3", "--members", list + ",3=" + at(90), "--data-dir"};
        node(1, "the directory is in use by process \\d+", "--id", "0", "--members", list, "--data-dir", dir.resolve("member-0").toString());
        node(1, "cannot listen on the ten ports from " + at(0) + " on: 127.0.0.1:\\d+ is taken by another process", "--id", "0", "--members", list,
            "--data-dir", data);
        node(1, "192.0.2.7:\\d+ is no address of this machine", "--id", "3", "--members", "3=192.0.2.7:23030", "--data-dir", data);
        node(2, "member 3 is not among the members \\[0, 1, 2\\]", "--id", "3", "--members", list, "--data-dir", data);
        node(2, "member 0 is listed twice", "--id", "0", "--members", "0=" + at(90) + ",0=" + at(100), "--data-dir", data);
        node(2, "members 0 and 3 share ports", "--id", "3", "--members", "0=" + at(0) + ",3=" + at(5), "--data-dir", data);
        node(1, "unknown key 'cluster.hartbeat' \\(did you mean cluster.heartbeat\\?\\)", with(own, data, "--set", "cluster.hartbeat=1s"));
        node(1, "cluster.heartbeat=10x is not a duration", with(own, data, "--set", "cluster.heartbeat=10x"));
        node(1, "is no text in UTF-8", with(own, data, "--config", Files.write(dir.resolve("bytes"), new byte[] {(byte)0xFF, 10}).toString()));
        node(1, "a file stands where the directory should be", with(own, secret));
        members.stop(2);
        final Path before = dir.resolve("member-2");
        node(1, "the directory belongs to member 2 and not to member 3", with(own, before.toString()));
        try (RandomAccessFile stable = new RandomAccessFile(before.resolve("wal").resolve("stable").toFile(), "rw")) {
            stable.write(new byte[4 * 4096]);
        }
        node(1, "what this member promised cannot be known, .* delete \\S+ and start the member again", "--id", "2", "--members", list, "--data-dir",
            before.toString());
    }

    @Test
    void shouldServeOthersBesideAClientThatFloodsOrSendsTooMuch() throws IOException {
        refused(1, "TOO_LARGE", "kv", "put", "k", "v".repeat(3_000_000), "--cluster", cluster, "--secret-file", secret);
        refused(1, "KEY_TOO_LONG", "kv", "put", "k".repeat(2_000), "v", "--cluster", cluster, "--secret-file", secret);
        final UnsafeBuffer bytes = new UnsafeBuffer(new byte[1_000]);
        try (AsyncKeyValue flood = client.newClient()) {
            long sent = 0;
            while (sent >= 0) {
                sent = flood.put(AsyncKeyValue.DEFAULT_TABLE, bytes, 0, 8, bytes, 0, 1_000);
            }
            assertEquals(ReplyStatus.BACK_PRESSURED, sent);
            serves();
        }
        final Path file = Path.of(secret);
        final EngineException other = Assertions.assertThrows(EngineException.class, () -> CairnClient.connect(
            new CairnClientContext().cluster(cluster).clusterId(7).timeout(Duration.ofSeconds(20)).authenticator(SharedSecret.ofFile(file))).close());
        assertTrue(other.getMessage().matches("this is cluster [0-9a-f]+, not 7"), other.getMessage());
        serves();
    }

    @Test
    void shouldRefuseAChangeThatWouldLeaveNoVoter() {
        try (Members alone = new Members()) {
            alone.cluster(context -> context.bootstrap(true));
            alone.launch(dir.resolve("alone"), false, 1);
            alone.leader();
            refused(1, "the change would leave no voter", "cluster", "remove", "0", "--cluster", alone.endpoint(0));
            refused(1, "leadership can be handed only to another member", "cluster", "transfer", "--cluster", alone.endpoint(0));
        }
    }
}
