package io.cairn.engine.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

import io.cairn.engine.client.ReadFrom;
import org.agrona.SystemUtil;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * {@code cairn kv …}: the key-value state of a data directory, opened by this process.
 */
@Command(
    name = "kv",
    description = "Reads and writes the keys of a cluster, or of a data directory that no other process has open.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
        "",
        "Writing commands create the directory, reading ones do not. Keys and values are bytes; arguments are taken as UTF-8."
    })
final class KvGroup {
    private final CairnCommand root;

    @Spec
    private CommandSpec spec;

    @Option(names = "--data-dir", scope = ScopeType.INHERIT, paramLabel = "DIR", description = "Data directory.")
    private Path dataDir;

    @Option(names = "--cluster", scope = ScopeType.INHERIT, paramLabel = "HOST:PORT,...",
        description = "Members of a cluster, some or all, as they were started.")
    private String cluster;

    @Option(names = "--secret-file", scope = ScopeType.INHERIT, paramLabel = "FILE", description = "Holds the secret of the cluster.")
    private Path secretFile;

    @Option(names = "--cluster-id", scope = ScopeType.INHERIT, paramLabel = "HEX", description = "Refuses any other cluster.")
    private String clusterId;

    @Option(names = "--read-from", scope = ScopeType.INHERIT, paramLabel = "WHO",
        description = "Who of a cluster answers: leader (the default), any (linearizable as well), or local (what one member has applied).")
    private ReadFrom readFrom;

    @Option(names = "--profile", scope = ScopeType.INHERIT, paramLabel = "NAME", description = "Configuration profile (see cairn profile list).")
    private String profile;

    @Option(names = "--durability", scope = ScopeType.INHERIT, paramLabel = "LEVEL",
        description = "What an acknowledgement promises: os, group or interval (see cairn profile explain durability).")
    private String durability;

    @Option(names = "--config", scope = ScopeType.INHERIT, paramLabel = "FILE", description = "Properties file on top of the profile.")
    private Path config;

    @Option(names = "--set", scope = ScopeType.INHERIT, paramLabel = "KEY=VALUE", description = "Value on top of everything else; repeatable.")
    private final Map<String, String> values = new LinkedHashMap<>();

    @Option(names = "--timeout", scope = ScopeType.INHERIT, paramLabel = "DURATION", defaultValue = "30s", converter = DurationNs.class,
        description = "How long to wait for an answer (default: ${DEFAULT-VALUE}).")
    private long timeoutNs;

    @Option(names = "--escaped", scope = ScopeType.INHERIT,
        description = "Keys and values, given and printed, in the notation of batch: \\t, \\n, \\\\ and \\xNN.")
    private boolean escaped;

    KvGroup(final CairnCommand root) {
        this.root = root;
    }

    /** Reads a duration in Aeron's notation. */
    static final class DurationNs implements ITypeConverter<Long> {
        @Override
        public Long convert(final String value) {
            try {
                final long durationNs = SystemUtil.parseDuration("timeout", value);
                if (durationNs <= 0) {
                    throw new TypeConversionException("'" + value + "' is not above zero");
                }
                return durationNs;
            } catch (final NumberFormatException ex) {
                throw new TypeConversionException("'" + value + "' is not a duration such as 30s, 500ms or 10us");
            }
        }
    }

    private KvTarget open(final KvNode.Purpose purpose) {
        return open(purpose, false);
    }

    private KvTarget open(final KvNode.Purpose purpose, final boolean isNamed) {
        if (cluster != null) {
            return openCluster(purpose, isNamed);
        }
        if (dataDir == null) {
            throw refused("name the data directory with --data-dir, or a cluster with --cluster");
        }
        final String remote = secretFile != null ? "--secret-file" : clusterId != null ? "--cluster-id" :
            readFrom != null ? "--read-from" : null;
        if (remote != null) {
            throw refused(remote + " is for a cluster: name it with --cluster");
        }
        if (durability != null) {
            values.put("durability", durability);
        }
        return KvNode.open(new KvNode.Settings(dataDir, profile, config, values, timeoutNs), purpose, root.console());
    }

    private KvTarget openCluster(final KvNode.Purpose purpose, final boolean isNamed) {
        final String local = dataDir != null ? "--data-dir" : profile != null ? "--profile" : durability != null ? "--durability" :
            config != null ? "--config" : values.isEmpty() ? null : "--set";
        if (local != null) {
            throw refused(local + " is for a directory that this process opens: leave it out with --cluster");
        }
        long id = 0;
        if (clusterId != null) {
            try {
                id = Long.parseUnsignedLong(clusterId, 16);
            } catch (final NumberFormatException ex) {
                throw refused("--cluster-id=" + clusterId + " is not a number of up to 16 hexadecimal digits");
            }
        }
        if (KvNode.Purpose.WRITE == purpose && readFrom != null && readFrom != ReadFrom.LEADER) {
            throw refused("--read-from=" + readFrom + " is for get and scan: only the leader takes this command");
        }
        final ReadFrom from = readFrom == null ? ReadFrom.LEADER : readFrom;
        return KvCluster.open(
            new KvCluster.Settings(cluster, id, secretFile, timeoutNs, from), KvNode.Purpose.WRITE == purpose, isNamed, root.console());
    }

    private KvCommands commands(final KvTarget node) {
        return new KvCommands(node, root.console(), new KvCommands.Format(root.isJson(), escaped));
    }

    private ParameterException refused(final String message) {
        return new ParameterException(spec.commandLine().getParseResult().subcommand().commandSpec().commandLine(), message);
    }

    @Command(name = "put", description = "Sets a key.")
    void put(
        @Parameters(paramLabel = "KEY", description = "1 to 1,024 bytes.") final String key,
        @Parameters(paramLabel = "VALUE", description = "Any bytes, none included.") final String value) {
        try (KvTarget node = open(KvNode.Purpose.WRITE)) {
            commands(node).put(key, value);
        }
    }

    @Command(name = "get", description = "Prints the value of a key and an end of line; exit code 1 where there is no such key.")
    void get(@Parameters(paramLabel = "KEY") final String key) {
        try (KvTarget node = open(KvNode.Purpose.READ)) {
            commands(node).get(key);
        }
    }

    @Command(name = "delete", aliases = "del", description = "Removes a key, if it is there.")
    void delete(@Parameters(paramLabel = "KEY") final String key) {
        try (KvTarget node = open(KvNode.Purpose.WRITE)) {
            commands(node).delete(key);
        }
    }

    @Command(name = "scan", description = "Prints keys and values in the order of their bytes: a key, a tab and its value on a line.")
    void scan(
        @Option(names = "--prefix", paramLabel = "PREFIX", description = "Only keys that begin with this.") final String prefix,
        @Option(names = "--limit", paramLabel = "N", description = "At most N rows.") final Long limit,
        @Option(names = "--reverse", description = "From the last key to the first.") final boolean reverse) {
        if (limit != null && limit < 1) {
            throw refused("--limit=" + limit + " is out of bounds; it takes rows from 1");
        }
        try (KvTarget node = open(KvNode.Purpose.READ)) {
            commands(node).scan(prefix == null ? "" : prefix, limit == null ? Long.MAX_VALUE : limit, reverse);
        }
    }

    @Command(name = "incr", description = "Adds to the decimal 64-bit number of a key, where no key counts as 0, and prints the sum.")
    void incr(
        @Parameters(paramLabel = "KEY") final String key,
        @Parameters(paramLabel = "N", arity = "0..1", defaultValue = "1", description = "What to add (default: ${DEFAULT-VALUE}).")
        final long delta) {
        try (KvTarget node = open(KvNode.Purpose.WRITE)) {
            commands(node).increment(key, delta);
        }
    }

    @Command(name = "cas", description = "Sets a key if it has the value OLD; exit code 1, and nothing changed, where it has not.")
    void cas(
        @Parameters(paramLabel = "KEY") final String key,
        @Parameters(paramLabel = "OLD") final String expected,
        @Parameters(paramLabel = "NEW") final String value) {
        try (KvTarget node = open(KvNode.Purpose.WRITE)) {
            commands(node).compareAndSet(key, expected, value);
        }
    }

    @Command(
        name = "batch",
        description = "Reads a command per line from standard input and answers each, in order, on a line of its own, once it is acknowledged.",
        footer = {
            "",
            "Fields are separated by tabs, escapes are \\t, \\n, \\\\ and \\xNN:",
            "  put K V        OK index=N              get K                VAL x, or NIL",
            "  del K          OK index=N              incr K N             VAL n",
            "  cas K OLD NEW  OK index=N, NO index=N  scan PREFIX LIMIT    ROWS n k v ...",
            "Otherwise ERR CODE text, or UNKNOWN serial=N. Empty lines get no answer. Every put, del, cas and incr takes the",
            "next serial of the session, whatever its answer. After a crash, send again from the first line without an",
            "answer, with --serial of its first writing command: what had taken effect is not repeated, its answer is.",
            "The end of input closes the session."
        })
    void batch(
        @Option(names = "--window", paramLabel = "N", defaultValue = "1",
            description = "Commands in flight (default: ${DEFAULT-VALUE}; at most 4096).") final int window,
        @Option(names = "--session", paramLabel = "NAME", description = "Opens or resumes the session of that name.") final String session,
        @Option(names = "--serial", paramLabel = "N",
            description = "Serial of the first writing command (default: the one after the last that took effect).") final Long serial) {
        if (window < 1 || window > KvBatch.WINDOW_MAX) {
            throw refused("--window=" + window + " is out of bounds; it takes 1 to " + KvBatch.WINDOW_MAX);
        }
        if (serial != null && (session == null || serial < 1)) {
            throw refused(session == null ? "--serial needs --session NAME" : "--serial=" + serial + " is out of bounds; serials start at 1");
        }
        if ("".equals(session)) {
            throw refused("--session needs a name");
        }
        if (root.isJson()) {
            throw refused("batch answers line by line: it takes no --json");
        }
        try (KvTarget node = open(KvNode.Purpose.WRITE, session != null)) {
            try (KvBatch batch = new KvBatch(node, root.console(), window, session, serial == null ? 0 : serial)) {
                batch.run();
            }
        }
    }

    @Command(
        name = "load",
        description = "Puts every line of a file: key, tab, value. A line without a tab is a key with an empty value, an empty line is nothing.",
        footer = {
            "",
            "Prints 'acked N' as it goes: the first N lines are durable by the configured level. A load that was interrupted can be repeated."
        })
    void load(@Parameters(paramLabel = "FILE", description = "The file; - for standard input.") final String file) {
        final KvLoad load = new KvLoad(file, root.console(), root.isJson(), escaped);
        try (KvTarget node = open(KvNode.Purpose.WRITE)) {
            load.run(node);
        } finally {
            load.close();
        }
    }

    @Command(name = "digest", description = "Prints the digest of the content, independent of how it is stored, and the index it is of.")
    void digest(@Option(names = "--all", description = "Sessions and configuration too.") final boolean all) {
        try (KvTarget node = open(KvNode.Purpose.READ)) {
            commands(node).digest(all);
        }
    }
}
