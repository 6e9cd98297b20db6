package io.cairn.engine.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import io.cairn.engine.EngineContext;
import io.cairn.engine.StorageEngine;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.config.ConfigException;
import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.ConfigurationBuilder;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.embedded.EmbeddedClient;
import io.cairn.engine.storage.NodeStorage;
import io.cairn.fsm.Bytes;
import io.cairn.fsm.KeyValueCommands;
import io.cairn.fsm.ReadView;
import io.cairn.fsm.ScanCursor;
import io.cairn.fsm.ScanRange;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A data directory opened for the commands of {@code cairn kv} and for snapshots: what they share. One thread.
 */
final class KvNode implements KvTarget {
    private static final String CODE_ORIGIN = "code: ";
    private static final List<String> OWN_NAMES = List.of(
        NodeStorage.WAL_DIRECTORY, NodeStorage.SNAPSHOT_DIRECTORY, NodeStorage.STATE_DIRECTORY, ConfigKeys.COUNTERS_FILE.defaultValue());

    /** What the directory is opened for. */
    enum Purpose {
        READ, WRITE
    }

    /**
     * What the command line says.
     *
     * @param dataDir   data directory.
     * @param profile   name, or null.
     * @param config    properties file, or null.
     * @param values    overrides.
     * @param timeoutNs how long an answer may take.
     */
    record Settings(Path dataDir, String profile, Path config, Map<String, String> values, long timeoutNs) {
    }

    private final StorageEngine engine;
    private final long timeoutNs;
    private final Interruption interruption;
    private final Pause pause = new Pause();

    private KvNode(final StorageEngine engine, final long timeoutNs, final Interruption interruption) {
        this.engine = engine;
        this.timeoutNs = timeoutNs;
        this.interruption = interruption;
        interruption.hold(true);
    }

    static KvNode open(final Settings settings, final Purpose purpose, final Console console) {
        checkDirectory(settings, purpose);
        final EngineContext context = new EngineContext()
            .dataDirectory(settings.dataDir())
            .configurationFile(settings.config())
            .profile(settings.profile());
        settings.values().forEach(context::set);
        final StorageEngine engine = conclude(() -> StorageEngine.launch(context));
        engine.warnings().forEach(warning -> console.err().println("cairn: warning: " + Explanation.oneLine(warning)));
        return new KvNode(engine, settings.timeoutNs(), console.interruption());
    }

    /** What is missing, or is somebody else's, is said before anything is made. */
    private static void checkDirectory(final Settings settings, final Purpose purpose) {
        final Path dir = settings.dataDir();
        final Path wal = walDirectory(settings);
        if (!Files.exists(dir)) {
            if (Purpose.READ == purpose) {
                throw new CliFailure(dir + ": no such directory; name an existing data directory (kv put and kv load make one)");
            }
            checkParent(dir);
            return;
        }
        if (!Files.isDirectory(dir)) {
            throw new CliFailure(dir + ": not a directory; name a data directory");
        }
        final String[] names = dir.toFile().list();
        if (names == null) {
            throw new CliFailure(dir + ": cannot be read; check its permissions");
        }
        final List<String> present = List.of(names);
        final String foreign = present.stream().filter(name -> !isOwn(name)).sorted().findFirst().orElse(null);
        if (foreign != null && !Files.exists(wal) && !present.contains(NodeStorage.SNAPSHOT_DIRECTORY)) {
            throw new CliFailure(dir + ": not a data directory: it holds " + foreign + " and no log; name another directory");
        }
        final String[] log = wal.toFile().list();
        if (Purpose.READ == purpose && (log == null || log.length == 0)) {
            throw new CliFailure(dir + ": no log in this directory; name an existing data directory (kv put and kv load make one)");
        }
        if (!Files.isWritable(dir)) {
            throw new CliFailure(dir + ": cannot be written to, and even reading takes its lock; change its permissions, or work on a copy of it");
        }
    }

    private static void checkParent(final Path dir) {
        Path parent = dir.toAbsolutePath().normalize().getParent();
        while (parent != null && !Files.exists(parent)) {
            parent = parent.getParent();
        }
        if (parent != null && !Files.isDirectory(parent)) {
            throw new CliFailure(dir + ": cannot be made: " + parent + " is not a directory; name another directory");
        }
        if (parent != null && !Files.isWritable(parent)) {
            throw new CliFailure(dir + ": cannot be made: " + parent + " cannot be written to; change its permissions, or name another directory");
        }
    }

    private static Path walDirectory(final Settings settings) {
        final ConfigurationBuilder builder = EffectiveConfiguration.builder().profile(settings.profile()).file(settings.config());
        settings.values().forEach(builder::set);
        return conclude(builder::conclude).directory(ConfigKeys.WAL_DIR, settings.dataDir().resolve(NodeStorage.WAL_DIRECTORY));
    }

    /** What code sets was said on the command line. */
    static <T> T conclude(final Supplier<T> conclusion) {
        try {
            return conclusion.get();
        } catch (final ConfigException ex) {
            final String message = ex.getMessage();
            throw message.startsWith(CODE_ORIGIN) ? new CliFailure("command line: " + message.substring(CODE_ORIGIN.length())) : ex;
        }
    }

    private static boolean isOwn(final String name) {
        return OWN_NAMES.contains(name) || name.contains("lock") || name.startsWith("lost+found");
    }

    StorageEngine engine() {
        return engine;
    }

    @Override
    public AsyncKeyValue newClient() {
        return engine.newClient();
    }

    @Override
    public EmbeddedClient newSessionClient(final String name) {
        return engine.newSessionClient(name);
    }

    @Override
    public long scan(final byte[] prefix, final boolean reverse, final Rows rows) {
        final ScanRange range = new ScanRange().reverse(reverse);
        range.prefix().wrap(new UnsafeBuffer(prefix), 0, prefix.length);
        final Bytes bytes = new Bytes();
        try (ReadView view = engine.readView()) {
            final ScanCursor cursor = view.scan(KeyValueCommands.DEFAULT_TABLE, range);
            boolean isOn = cursor.next();
            while (isOn) {
                final byte[] value = new byte[cursor.valueLength()];
                cursor.copyValue(new UnsafeBuffer(value), 0, value.length);
                isOn = rows.onRow(bytes.wrap(cursor.key(), 0, cursor.keyLength()).toArray(), value) && cursor.next();
            }
            return view.index();
        }
    }

    @Override
    public StorageEngine.Digest digest(final boolean all) {
        return engine.digest(all);
    }

    @Override
    public int valueBytesMax() {
        return KvLimits.valueBytesMax(engine.configuration());
    }

    @Override
    public boolean isServing() {
        return engine.isServing();
    }

    @Override
    public long timeoutNs() {
        return timeoutNs;
    }

    @Override
    public void idle() {
        pause.idle();
    }

    @Override
    public void busy() {
        pause.busy();
    }

    @Override
    public String reasonOfEnd() {
        final Throwable failure = engine.failure();
        return failure == null ? "the engine is closed" : "the engine stopped: " + Explanation.of(failure);
    }

    @Override
    public void close() {
        try {
            engine.close();
        } finally {
            interruption.hold(false);
        }
    }
}
