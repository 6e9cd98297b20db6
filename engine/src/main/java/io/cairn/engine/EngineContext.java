package io.cairn.engine;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.config.ConfigKey;
import io.cairn.engine.config.ConfigurationBuilder;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.storage.NodeSettings;
import io.cairn.fsm.KeyValueStateMachine;
import io.cairn.fsm.StateMachine;
import io.cairn.wal.io.MappedStorageIo;
import io.cairn.wal.io.StorageIo;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;

import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * What an engine is launched with: where its data is, which profile and overrides it runs with, which state machine it drives. Set what
 * differs from the defaults, then hand it to {@link StorageEngine#launch}, which concludes it, once.
 *
 * <p>Owner: the thread that launches.
 */
public final class EngineContext {
    /**
     * What the logs and snapshots of all members are formatted with: a directory is formatted before its cluster is known, and snapshots go from
     * one to the other. Which cluster it is says the configuration.
     */
    private static final long MEMBER_LOG_ID = 0x43_4149_524E_4D45L;
    private static final Pattern MACHINE_NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private final ConfigurationBuilder configurationBuilder = EffectiveConfiguration.builder();
    private Path dataDirectory;
    private Supplier<StateMachine> stateMachineSupplier = KeyValueStateMachine::new;
    private String stateMachineName = "key-value";
    private StorageIo storageIo;
    private EpochClock epochClock = SystemEpochClock.INSTANCE;
    private NanoClock nanoClock = SystemNanoClock.INSTANCE;
    private ThreadFactory threadFactory = EngineContext::newThread;
    private Consumer<Throwable> failureHandler = cause -> { };
    private boolean backgroundThreads = true;
    private long scheduleSeed;
    private int slowAgent = -1;
    private ClusterContext cluster;
    private boolean concluded;

    /** The defaults: profile {@code balanced}, key-value machine. */
    public EngineContext() {
    }

    private static Thread newThread(final Runnable task) {
        final Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    }

    NodeSettings conclude() {
        if (concluded) {
            throw new EngineException("an engine context can be used once: make a new one for every launch");
        }
        if (null == dataDirectory) {
            throw new EngineException("no data directory: call EngineContext.dataDirectory(path)");
        }
        concluded = true;
        return new NodeSettings(
            dataDirectory,
            configurationBuilder.conclude(),
            stateMachineName,
            stateMachineSupplier,
            null == storageIo ? new MappedStorageIo() : storageIo,
            epochClock,
            nanoClock,
            threadFactory,
            failureHandler,
            backgroundThreads,
            scheduleSeed,
            slowAgent,
            null == cluster ? 0 : MEMBER_LOG_ID,
            null != cluster);
    }

    ClusterContext cluster() {
        return cluster;
    }

    /**
     * Make the node a member of a cluster.
     *
     * @param value who it is, and who the members are.
     * @return this.
     */
    public EngineContext cluster(final ClusterContext value) {
        cluster = value;
        return this;
    }

    /**
     * Where everything is, unless {@code wal.dir}, {@code snapshot.dir} or {@code counters.dir} say otherwise. Created if missing.
     *
     * @param value the directory.
     * @return this.
     */
    public EngineContext dataDirectory(final Path value) {
        dataDirectory = value;
        return this;
    }

    /**
     * The profile: {@code balanced} unless said otherwise here, by the file or by the system property {@code cairn.profile}.
     *
     * @param name of a shipped profile.
     * @return this.
     */
    public EngineContext profile(final String name) {
        configurationBuilder.profile(name);
        return this;
    }

    /**
     * A properties file with overrides.
     *
     * @param path of the file.
     * @return this.
     */
    public EngineContext configurationFile(final Path path) {
        configurationBuilder.file(path);
        return this;
    }

    /**
     * Override one key; beats profile, file and system properties.
     *
     * @param key   see {@link io.cairn.engine.config.ConfigKeys} and docs/tuning.md.
     * @param value as it would be written in a file.
     * @return this.
     */
    public EngineContext set(final String key, final String value) {
        configurationBuilder.set(key, value);
        return this;
    }

    /**
     * Override one key; beats profile, file and system properties.
     *
     * @param key   of the registry.
     * @param value as it would be written in a file.
     * @return this.
     */
    public EngineContext set(final ConfigKey key, final String value) {
        configurationBuilder.set(key, value);
        return this;
    }

    /**
     * A state machine of one's own.
     *
     * @param name     written into the directory and its snapshots: one of another machine is never opened. Letters, digits and {@code . _ -}.
     * @param supplier called once at launch, and by a member again for each snapshot of another member that it installs: for a moment there are two
     *                 machines, the earlier one is closed once the later has taken its place.
     * @return this.
     */
    public EngineContext stateMachine(final String name, final Supplier<StateMachine> supplier) {
        if (!MACHINE_NAME.matcher(name).matches()) {
            throw new EngineException("'" + name + "' cannot name a state machine: use 1 to 64 letters, digits and . _ -");
        }
        stateMachineName = name;
        stateMachineSupplier = Objects.requireNonNull(supplier, "supplier");
        return this;
    }

    /**
     * Another way to the file system, for tests and simulation.
     *
     * @param value the port.
     * @return this.
     */
    public EngineContext storageIo(final StorageIo value) {
        storageIo = value;
        return this;
    }

    /**
     * Other clocks, for tests and simulation.
     *
     * @param epoch wall clock.
     * @param nano  monotonic clock.
     * @return this.
     */
    public EngineContext clocks(final EpochClock epoch, final NanoClock nano) {
        epochClock = epoch;
        nanoClock = nano;
        return this;
    }

    /**
     * For tests and simulation, in invoker mode: no thread is started at all. Each {@link StorageEngine#doWork} runs one duty cycle of one
     * agent (those that prepare segments and write snapshots among them), drawn by the seed, so that every order of events can happen and
     * each can be had again. The counters stay in memory.
     *
     * @param seed of the order.
     * @return this.
     */
    public EngineContext handDriven(final long seed) {
        backgroundThreads = false;
        scheduleSeed = seed;
        return this;
    }

    /**
     * As above, with one agent that gets far fewer turns than the others: a slow disk, a slow state machine.
     *
     * @param seed of the order.
     * @param slow which one: 0 the Sequencer, 1 the Applier, 2 the Syncer, 3 whoever prepares segments, 4 the Snapshotter; −1 for none.
     * @return this.
     */
    public EngineContext handDriven(final long seed, final int slow) {
        slowAgent = slow;
        return handDriven(seed);
    }

    /**
     * Told when the engine stops by itself: a broken invariant, a failed force, a state machine that threw. Requests are refused from then on;
     * {@link StorageEngine#failure()} and the error log of the counters file have the same cause.
     *
     * @param value called once, on the thread that met the error; it must not close the engine, but may have another thread do so.
     * @return this.
     */
    public EngineContext failureHandler(final Consumer<Throwable> value) {
        failureHandler = Objects.requireNonNull(value, "failureHandler");
        return this;
    }

    /**
     * Makes the engine's threads; by default daemon threads. The engine names them, and gives those whose work can wait for a core (segments ahead,
     * snapshots) the least priority, which matters where the JVM hands priorities on to the system (docs/decisions/pipeline.md).
     *
     * @param value the factory.
     * @return this.
     */
    public EngineContext threadFactory(final ThreadFactory value) {
        threadFactory = value;
        return this;
    }
}
