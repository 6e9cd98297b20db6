package io.cairn.bench.cli;

import io.cairn.bench.cluster.ClusterRig;
import io.cairn.bench.cluster.InvokedCluster;
import io.cairn.bench.cluster.ProcessCluster;
import io.cairn.bench.embedded.EngineSettings;
import io.cairn.bench.load.KeyChooser;
import io.cairn.engine.config.ConfigException;
import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.ConfigurationBuilder;
import io.cairn.engine.config.Durability;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.config.ThreadingMode;
import picocli.CommandLine;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Which cluster is measured, and with what.
 */
final class ClusterOptions {
    private static final int MEMBERS_MAX = 7;
    private static final int KEYS_MAX = 100_000_000;
    private static final int IN_FLIGHT_MAX = 1 << 13;

    /** What carries messages. */
    enum Transport {
        /** Aeron over shared memory. */
        IPC,
        /** Aeron over the loopback. */
        UDP
    }

    @Option(names = "--members", paramLabel = "N", defaultValue = "3", converter = Converters.Count.class,
        description = "Members of the cluster, 1 to " + MEMBERS_MAX + " (default: ${DEFAULT-VALUE}).")
    long members;

    @Option(names = "--transport", paramLabel = "NAME", defaultValue = "ipc",
        description = "What carries messages between members and to the client: ipc or udp, the loopback (default: ${DEFAULT-VALUE}).")
    Transport transport;

    @Option(names = "--processes", description = "Members run in processes of their own, with the threads of their profile, over UDP.")
    boolean isProcesses;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "1", converter = Converters.Count.class,
        description = "In one process: 1, the generator's thread drives the members as well; 2, a second one drives all of them "
            + "(default: ${DEFAULT-VALUE}).")
    long threads;

    @Option(names = "--profile", paramLabel = "NAME",
        description = "Configuration profile of the members: balanced (default), low-latency, throughput, durable, small.")
    String profile;

    @Option(names = "--durability", paramLabel = "LEVEL", defaultValue = "os",
        description = "What an acknowledgement promises: os, group or interval (default: ${DEFAULT-VALUE}).")
    Durability durability;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Override a key of the members' configuration; may be repeated.")
    Map<String, String> overrides = new LinkedHashMap<>();

    @Option(names = "--data-dir", paramLabel = "DIR",
        description = "Where members keep their data, left in place; by default a temporary directory that is deleted.")
    Path dataDirectory;

    @Option(names = "--keys", paramLabel = "N", defaultValue = "10k", converter = Converters.Count.class,
        description = "Keys in the state (default: ${DEFAULT-VALUE}).")
    long keys;

    @Option(names = "--key-size", paramLabel = "SIZE", defaultValue = "16", converter = Converters.SizeBytes.class,
        description = "Bytes of every key, 8 to 1024 (default: ${DEFAULT-VALUE}).")
    long keyBytes;

    @Option(names = "--value-size", paramLabel = "SIZE", defaultValue = "64", converter = Converters.SizeBytes.class,
        description = "Bytes of every value, 8 to 64k (default: ${DEFAULT-VALUE}).")
    long valueBytes;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Seed of all that is drawn (default: ${DEFAULT-VALUE}).")
    long seed;

    private EffectiveConfiguration configuration;

    void check(final CommandLine commandLine, final long inFlight) {
        DataOptions.require(commandLine, members <= MEMBERS_MAX, "--members " + members + " is more than " + MEMBERS_MAX);
        DataOptions.require(commandLine, threads <= 2, "--threads " + threads + ": 1 or 2");
        DataOptions.require(commandLine, keys <= KEYS_MAX, "--keys " + keys + " is more than " + KEYS_MAX);
        DataOptions.require(commandLine, valueBytes <= 1 << 16, "--value-size " + valueBytes + " is more than 64k");
        data().check(commandLine);
        if (isProcesses) {
            transport = Transport.UDP;
        }
        final ConfigurationBuilder builder = EffectiveConfiguration.builder();
        try {
            if (null != profile) {
                builder.profile(profile);
            }
            overrides.forEach(builder::set);
            builder.set(ConfigKeys.DURABILITY, durability);
            configuration = (isProcesses ? builder : builder.set(ConfigKeys.THREADING_MODE, ThreadingMode.INVOKER)).conclude();
        } catch (final ConfigException ex) {
            throw new BenchException(ex.getMessage(), ex);
        }
        DataOptions.require(commandLine, inFlight <= inFlightMax(),
            "--in-flight " + inFlight + " is more than client.inflight.max " + inFlightMax() + " of this configuration");
    }

    /** Launches members, and a client. */
    ClusterRig launch(final Path directory) {
        final EngineSettings settings = new EngineSettings(profile, durability, null, overrides);
        if (isProcesses) {
            return ProcessCluster.launch(directory, settings, (int) members, inFlightMax());
        }
        return InvokedCluster.launch(directory, settings, (int) members, Transport.IPC == transport, threads > 1, inFlightMax(),
            (int) configuration.integer(ConfigKeys.CLUSTER_MTU));
    }

    DataOptions data() {
        final DataOptions data = new DataOptions();
        data.keys = keys;
        data.keyBytes = keyBytes;
        data.valueBytes = valueBytes;
        data.distribution = KeyChooser.Distribution.UNIFORM;
        data.seed = seed;
        return data;
    }

    KeyChooser sequentialKeys() {
        return KeyChooser.draw(KeyChooser.Distribution.SEQUENTIAL, (int) keys, seed);
    }

    int inFlightMax() {
        return (int) Math.min(IN_FLIGHT_MAX, configuration.integer(ConfigKeys.CLIENT_INFLIGHT_MAX));
    }

    String profileName() {
        return configuration.profileName();
    }

    String durabilityMeaning() {
        final String quorum = members > 1 ? " on a majority of the members" : "";
        return switch (durability) {
            case OS -> "handed to the operating system" + quorum + ": survives process crashes, not a power loss";
            case GROUP -> "forced" + quorum + " before acknowledged, one force per group: survives power loss";
            case INTERVAL -> "forced every " + configuration.text(ConfigKeys.DURABILITY_INTERVAL) + ": a power loss may take that window";
        };
    }

    void describe(final Map<String, Object> facts) {
        facts.put("members", members);
        facts.put("transport", transport.name().toLowerCase(Locale.ROOT));
        facts.put("processes", isProcesses);
        if (!isProcesses) {
            facts.put("threads", threads);
        }
        data().describe(facts);
        facts.putAll(overrides);
    }
}
