package io.cairn.engine.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.cairn.engine.ClusterContext;
import io.cairn.engine.EngineContext;
import io.cairn.engine.StorageEngine;
import io.cairn.engine.client.SharedSecret;
import io.cairn.engine.config.ConfigurationBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code cairn node}: a member of a cluster, until it is told to stop.
 */
@Command(
    name = "node",
    description = "Runs a member of a cluster until it is told to stop (SIGTERM or SIGINT; a leader hands over first).",
    footer = {
        "",
        "Prints READY id=N client=HOST:PORT pid=P once clients are accepted, whether a leader is known or not. PORT is the first",
        "of ten that the member uses. A new cluster: start every member with the same list and --bootstrap. A new member, or one",
        "whose disk was lost: start it without, and the cluster takes it up. A file given with --config may hold every flag as",
        "node.id, node.members, node.data-dir, node.bootstrap, node.profile, node.secret-file, beside the keys of cairn profile."
    })
final class NodeCommand implements Runnable {
    private static final Set<String> FILE_KEYS = new TreeSet<>(List.of("id", "members", "data-dir", "bootstrap", "profile", "secret-file"));
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long NOTICE_NS = TimeUnit.SECONDS.toNanos(5);
    private static final int LOCAL_PORTS = 10;
    private static final String LOOPBACK = "127.0.0.1:";

    private final CairnCommand root;

    @Spec
    private CommandSpec spec;

    @Option(names = "--id", paramLabel = "N", description = "This member: 0 to 31.")
    private String id;

    @Option(names = "--members", paramLabel = "N=HOST:PORT,...", description = "All members, this one among them.")
    private String members;

    @Option(names = "--data-dir", paramLabel = "DIR", description = "Data directory of this member.")
    private Path dataDir;

    @Option(names = "--bootstrap", description = "Found a new cluster with the others of the list; ignored where the directory belongs to one.")
    private boolean bootstrap;

    @Option(names = "--profile", paramLabel = "NAME", description = "Configuration profile (see cairn profile list).")
    private String profile;

    @Option(names = "--config", paramLabel = "FILE", description = "Properties file: keys of this command and of the engine.")
    private Path config;

    @Option(names = "--secret-file", paramLabel = "FILE", description = "Holds the secret that clients must know; the same on every member.")
    private Path secretFile;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Value on top of everything else; repeatable.")
    private final Map<String, String> values = new LinkedHashMap<>();

    @Option(names = "--local-cluster", paramLabel = "COUNT",
        description = "For trying it out: COUNT members in this process, below the data directory, on the loopback.")
    private Integer localCluster;

    @Option(names = "--port", paramLabel = "PORT", defaultValue = "24000",
        description = "First port of a local cluster, ten for each member (default: ${DEFAULT-VALUE}).")
    private int port;

    NodeCommand(final CairnCommand root) {
        this.root = root;
    }

    @Override
    public void run() {
        if (config != null) {
            readFile();
        }
        if (dataDir == null) {
            throw refused("name the data directory with --data-dir");
        }
        if (localCluster == null) {
            runMember();
        } else {
            runLocalCluster();
        }
    }

    private ParameterException refused(final String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** What the command line says comes before. */
    private void readFile() {
        final Properties file = new Properties();
        try (Reader reader = Files.newBufferedReader(config)) {
            file.load(reader);
        } catch (final NoSuchFileException ex) {
            throw new CliFailure("configuration file " + config + " does not exist");
        } catch (final CharacterCodingException ex) {
            throw new CliFailure("configuration file " + config + " is no text in UTF-8");
        } catch (final IOException | IllegalArgumentException ex) {
            throw new CliFailure("configuration file " + config + " cannot be read: " + ex.getMessage());
        }
        for (final String name : new TreeSet<>(file.stringPropertyNames())) {
            if (name.startsWith(ConfigurationBuilder.NODE_PREFIX) && !FILE_KEYS.contains(name.substring(ConfigurationBuilder.NODE_PREFIX.length()))) {
                throw new CliFailure(
                    "configuration file " + config + ": unknown key " + name + "; there are node." + String.join(", node.", FILE_KEYS));
            }
        }
        id = otherwise(id, file, "id");
        members = otherwise(members, file, "members");
        profile = otherwise(profile, file, "profile");
        final String directory = otherwise(dataDir == null ? null : dataDir.toString(), file, "data-dir");
        dataDir = directory == null ? null : Path.of(directory);
        final String secret = otherwise(secretFile == null ? null : secretFile.toString(), file, "secret-file");
        secretFile = secret == null ? null : Path.of(secret);
        bootstrap |= Boolean.parseBoolean(otherwise(null, file, "bootstrap"));
    }

    private static String otherwise(final String said, final Properties file, final String key) {
        final String found = file.getProperty(ConfigurationBuilder.NODE_PREFIX + key);
        return said != null || found == null ? said : found.strip();
    }

    private void runMember() {
        if (id == null || members == null) {
            throw refused("name this member with --id and all members with --members");
        }
        final int self;
        final Map<Integer, String> list;
        try {
            self = MemberList.id(id);
            list = MemberList.parse(members);
        } catch (final IllegalArgumentException ex) {
            throw refused(ex.getMessage());
        }
        if (!list.containsKey(self)) {
            throw refused("member " + self + " is not among the members " + list.keySet() + ": list it, with its endpoint");
        }
        try (Watch watch = new Watch(root.console())) {
            watch.add(launch(self, list, dataDir, bootstrap));
            root.console().answer(ready(self, list));
            watch.untilInterrupted();
        }
    }

    private static String ready(final int self, final Map<Integer, String> list) {
        return "READY id=" + self + " client=" + list.get(self) + " pid=" + ProcessHandle.current().pid();
    }

    private void runLocalCluster() {
        if (localCluster < 1 || localCluster > 9) {
            throw refused("--local-cluster=" + localCluster + " is out of bounds; it takes 1 to 9 members");
        }
        if (id != null || members != null) {
            throw refused("--local-cluster has members of its own: leave out --id and --members");
        }
        final Map<Integer, String> list = new TreeMap<>();
        for (int member = 0; member < localCluster; member++) {
            list.put(member, LOOPBACK + (port + LOCAL_PORTS * member));
        }
        try {
            list.values().forEach(MemberList::checkEndpoint);
        } catch (final IllegalArgumentException ex) {
            throw refused("--port=" + port + ": " + ex.getMessage());
        }
        try (Watch watch = new Watch(root.console())) {
            for (final int member : list.keySet()) {
                watch.add(launch(member, list, dataDir.resolve("member-" + member), true));
                root.console().answer(ready(member, list));
            }
            final String cluster = String.join(",", list.values());
            root.console().err().println("cairn: in another terminal: cairn cluster status --cluster " + cluster);
            root.console().err().println("cairn: in another terminal: cairn kv --cluster " + cluster + " put KEY VALUE");
            root.console().err().println("cairn: this one stops with Ctrl-C; started again it goes on with what is in " + dataDir);
            watch.untilInterrupted();
        }
    }

    private StorageEngine launch(final int self, final Map<Integer, String> list, final Path directory, final boolean founds) {
        final ClusterContext cluster = new ClusterContext().memberId(self).bootstrap(founds);
        list.forEach(cluster::member);
        if (secretFile != null) {
            cluster.authenticator(SharedSecret.ofFile(secretFile));
        }
        final EngineContext context = new EngineContext().dataDirectory(directory).profile(profile).configurationFile(config).cluster(cluster);
        values.forEach(context::set);
        final StorageEngine engine = KvNode.conclude(() -> StorageEngine.launch(context));
        engine.warnings().forEach(warning -> root.console().err().println("cairn: warning: " + Explanation.oneLine(warning)));
        return engine;
    }

    /** Keeps members running, tells a person what keeps them from their cluster, closes them. One thread. */
    private static final class Watch implements AutoCloseable {
        private final Console console;
        private final Map<StorageEngine, String> engines = new LinkedHashMap<>();

        private Watch(final Console console) {
            this.console = console;
        }

        private void add(final StorageEngine engine) {
            engines.put(engine, "");
            console.interruption().hold(true);
            console.interruption().expect();
        }

        private void untilInterrupted() {
            long lookedNs = System.nanoTime();
            while (!console.interruption().isRequested()) {
                LockSupport.parkNanos(LOOK_NS);
                for (final StorageEngine engine : engines.keySet()) {
                    if (!engine.isServing()) {
                        final Throwable cause = engine.failure();
                        throw new CliFailure("the member stopped: " + (cause == null ? "it was closed" : Explanation.of(cause)));
                    }
                }
                if (System.nanoTime() - lookedNs >= NOTICE_NS) {
                    lookedNs = System.nanoTime();
                    engines.replaceAll(this::notice);
                }
            }
        }

        private String notice(final StorageEngine engine, final String before) {
            final CompletableFuture<String> asked = engine.notice();
            final String now = asked.completeOnTimeout(before, 1, TimeUnit.SECONDS).join();
            if (!now.equals(before)) {
                console.err().println("cairn: " + (now.isEmpty() ? "the member is part of its cluster" : now));
            }
            return now;
        }

        @Override
        public void close() {
            RuntimeException failure = null;
            for (final StorageEngine engine : engines.keySet()) {
                try {
                    engine.close();
                } catch (final RuntimeException ex) {
                    failure = ex;
                }
            }
            console.interruption().hold(false);
            if (failure != null) {
                throw failure;
            }
        }
    }
}
