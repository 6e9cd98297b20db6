package io.cairn.bench.embedded;

import io.cairn.bench.load.KeyBytes;
import io.cairn.engine.EngineContext;
import io.cairn.engine.StorageEngine;
import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.Durability;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.config.ThreadingMode;
import io.cairn.snapshot.SnapshotManifest;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * An engine on a real directory, opened for a benchmark. Owned by the thread that drives the load.
 */
public final class EmbeddedEngine implements AutoCloseable {
    private final StorageEngine engine;
    private final long openNs;

    private EmbeddedEngine(final StorageEngine engine, final long openNs) {
        this.engine = engine;
        this.openNs = openNs;
    }

    /**
     * Opens an engine, and waits until it has applied its log.
     *
     * @param directory of the data.
     * @param settings  what differs from the profile.
     * @return ready for commands.
     */
    public static EmbeddedEngine open(final Path directory, final EngineSettings settings) {
        final EngineContext context = new EngineContext().dataDirectory(directory);
        if (null != settings.profile()) {
            context.profile(settings.profile());
        }
        if (null != settings.durability()) {
            context.set(ConfigKeys.DURABILITY, settings.durability().name().toLowerCase(Locale.ROOT));
        }
        if (null != settings.threading()) {
            context.set(ConfigKeys.THREADING_MODE, settings.threading().name().toLowerCase(Locale.ROOT));
        }
        settings.overrides().forEach(context::set);
        final long startNs = System.nanoTime();
        final StorageEngine engine = StorageEngine.launch(context);
        return new EmbeddedEngine(engine, System.nanoTime() - startNs);
    }

    /**
     * A target of its own client.
     *
     * @param bytes     of keys and values.
     * @param keys      number of keys loaded or to be loaded.
     * @param batchSize puts in one command.
     * @return the target; close it before the engine.
     */
    public EmbeddedTarget newTarget(final KeyBytes bytes, final int keys, final int batchSize) {
        return new EmbeddedTarget(engine.newClient(), bytes, keys, inFlightMax(), batchSize);
    }

    /**
     * Commands of one client that may be in flight.
     *
     * @return their number.
     */
    public int inFlightMax() {
        return (int) configuration().integer(ConfigKeys.CLIENT_INFLIGHT_MAX);
    }

    /**
     * Starts a snapshot in the background.
     *
     * @return completes with what was published.
     */
    public CompletableFuture<SnapshotManifest> takeSnapshot() {
        return engine.takeSnapshot();
    }

    /**
     * Does the engine's work in invoker mode; nothing in the others.
     *
     * @return amount of work.
     */
    public int doWork() {
        return engine.doWork();
    }

    /**
     * Last entry applied.
     *
     * @return its index.
     */
    public long appliedIndex() {
        return engine.appliedIndex();
    }

    /**
     * Time from the call to the return of {@link #open}.
     *
     * @return nanoseconds.
     */
    public long openNs() {
        return openNs;
    }

    /**
     * Name of the profile.
     *
     * @return the name.
     */
    public String profile() {
        return configuration().profileName();
    }

    /**
     * What an acknowledgement promises.
     *
     * @return the level.
     */
    public Durability durability() {
        return configuration().choice(ConfigKeys.DURABILITY, Durability.class);
    }

    /**
     * The durability in words, for every report.
     *
     * @return a sentence without a full stop.
     */
    public String durabilityMeaning() {
        return switch (durability()) {
            case OS -> "handed to the operating system: survives a process crash, not a power loss";
            case GROUP -> "forced before acknowledged, one force per group: survives power loss";
            case INTERVAL -> "forced every " + configuration().text(ConfigKeys.DURABILITY_INTERVAL) + ": a power loss may take that window";
        };
    }

    /**
     * Which threads run the agents.
     *
     * @return the mode.
     */
    public ThreadingMode threading() {
        return engine.threadingMode();
    }

    /**
     * Settings that do not come from the registry or the profile, and what a reader of a report wants to know in any case.
     *
     * @return by name.
     */
    public Map<String, Object> describe() {
        final Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("threading", threading().name());
        for (final var key : ConfigKeys.all()) {
            final EffectiveConfiguration.Setting setting = configuration().setting(key);
            if (setting.layer().compareTo(EffectiveConfiguration.Layer.PROFILE) > 0
                && key != ConfigKeys.DURABILITY && key != ConfigKeys.THREADING_MODE) {
                facts.put(key.name(), setting.value());
            }
        }
        return facts;
    }

    /**
     * What the engine warns about.
     *
     * @return one line each.
     */
    public List<String> warnings() {
        return engine.warnings();
    }

    private EffectiveConfiguration configuration() {
        return engine.configuration();
    }

    /** Closes the engine in order. */
    @Override
    public void close() {
        engine.close();
    }
}
