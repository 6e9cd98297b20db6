package io.cairn.engine.storage;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.config.StateStorage;
import io.cairn.engine.memory.AnonymousExtentSource;
import io.cairn.engine.memory.ScratchFileExtentSource;
import io.cairn.fsm.Limits;
import io.cairn.fsm.ReadViews;
import io.cairn.fsm.SessionTable;
import io.cairn.fsm.SnapshotSource;
import io.cairn.fsm.StateMachine;
import io.cairn.fsm.StateMachineContext;
import io.cairn.fsm.page.ExtentSource;
import io.cairn.fsm.page.PageArena;
import io.cairn.fsm.page.Tables;
import io.cairn.snapshot.LoadedSnapshot;
import io.cairn.snapshot.RestoreReport;
import io.cairn.snapshot.SnapshotContext;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.snapshot.SnapshotStore;
import io.cairn.wal.LogCursor;
import io.cairn.wal.WalContext;
import io.cairn.wal.WalException;
import io.cairn.wal.WalFinding;
import io.cairn.wal.WalVerifier;
import io.cairn.wal.WriteAheadLog;
import io.cairn.wal.io.DirectoryLock;
import io.cairn.wal.io.StorageIo;
import org.agrona.CloseHelper;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Everything a node has on disk, opened: the data directory's lock, the log, the snapshots, and the state as of the newest snapshot that is
 * whole. The entries behind it are applied by the pipeline.
 *
 * <p>Errors: {@link EngineException} with one line that says what is wrong, where, and the way out. Nothing stays open or locked then, and
 * nothing that was stored is touched.
 */
public final class NodeStorage implements AutoCloseable {
    /** Directory of the log below the data directory. */
    public static final String WAL_DIRECTORY = "wal";
    /** Directory of the snapshots below the data directory. */
    public static final String SNAPSHOT_DIRECTORY = "snapshots";
    /** Directory of the scratch file below the data directory. */
    public static final String STATE_DIRECTORY = "state";

    /** What a record holds besides the value: the longest key, the command's own fields, a session's header. */
    private static final int COMMAND_OVERHEAD = Limits.KEY_BYTES_MAX + 256;

    private static final int SNAPSHOT_SLICE_MIN = 128 << 10;
    private static final int SNAPSHOT_SLICE_MAX = 1 << 20;
    private static final long SNAPSHOT_FORCE_MIN = 1 << 20;
    private static final long SNAPSHOT_FORCE_MAX = 8 << 20;

    /** Forces of a snapshot per second, about. */
    private static final int SNAPSHOT_FORCE_RATE = 128;

    private final NodeSettings settings;
    private final EffectiveConfiguration configuration;
    private final StorageIo storageIo;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final List<String> warnings = new ArrayList<>();
    private WriteAheadLog log;
    private SnapshotStore snapshots;
    private RestoreReport restoreReport;
    private Tables tables;
    private ReadViews views;
    private SessionTable sessions;
    private StateMachine machine;
    private LogCursor applierCursor;
    private long appliedIndex;
    private long appliedTerm;
    private long appliedTimestampMs;
    private int appliedChain;

    private NodeStorage(final NodeSettings settings) {
        this.settings = settings;
        this.configuration = settings.configuration();
        this.storageIo = settings.storageIo();
    }

    /**
     * Open a data directory, or format an empty one.
     *
     * @param settings concluded.
     * @return the storage.
     */
    public static NodeStorage open(final NodeSettings settings) {
        final NodeStorage storage = new NodeStorage(settings);
        try {
            storage.openAll();
            return storage;
        } catch (final Throwable ex) {
            storage.close();
            throw ex;
        }
    }

    private void openAll() {
        final Path dir = settings.dataDirectory();
        storageIo.createDirectories(dir);
        final DirectoryLock lock = storageIo.lock(dir);
        open.push(lock);
        MachineIdentity.check(storageIo, dir, settings.stateMachineName());
        openLog(dir);
        if (null == snapshots) {
            openSnapshots(log.clusterId());
        }
        if (configuration.bool(ConfigKeys.VERIFY_ON_OPEN)) {
            verifyAll(dir);
        }
        if (null == restoreReport) {
            restoreState(dir);
        }
        checkLogMeetsSnapshot();
        sessions = new SessionTable(tables);
        openMachine();
        positionCursor();
        MachineIdentity.claim(storageIo, dir, settings.stateMachineName());
    }

    /**
     * Opens the log; where it refuses because of damage, the newest whole snapshot is restored first, and the log is opened without what that covers:
     * a bad record behind a valid snapshot never stops a start.
     */
    private void openLog(final Path dir) {
        try {
            log = new WriteAheadLog(walContext().conclude());
        } catch (final WalException ex) {
            if (WalException.Kind.CORRUPT != ex.kind() && WalException.Kind.LOST != ex.kind() ||
                !WriteAheadLog.isFormatted(storageIo, walDirectory())) {
                throw ex;
            }
            openSnapshots(WriteAheadLog.clusterIdOf(storageIo, walDirectory()));
            restoreState(dir);
            if (0 == appliedIndex) {
                throw ex;
            }
            log = new WriteAheadLog(walContext().coveredIndex(appliedIndex).conclude());
            log.recovery().findings().forEach(finding -> warnings.add(finding.toString()));
        }
        if (warnings.isEmpty() && log.recovery().undecidedIndex() > 0) {
            log.recovery().findings().forEach(finding -> warnings.add(finding.toString()));
        }
        open.push(log);
    }

    private void openSnapshots(final long clusterId) {
        snapshots = new SnapshotStore(snapshotContext().clusterId(clusterId).conclude());
        open.push(snapshots);
    }

    private WalContext walContext() {
        return new WalContext()
            .dir(walDirectory())
            .storageIo(storageIo)
            .newClusterId(settings.newClusterId())
            .segmentBytes((int)configuration.sizeBytes(ConfigKeys.WAL_SEGMENT_SIZE))
            .recordBytesMax((int)configuration.sizeBytes(ConfigKeys.WAL_RECORD_MAX))
            .segmentsAhead((int)configuration.integer(ConfigKeys.WAL_SEGMENTS_AHEAD))
            .preTouchPages((int)(configuration.sizeBytes(ConfigKeys.WAL_PRETOUCH) / 4096))
            .forceMethod(ForceMethods.of(configuration))
            .epochClockMs(settings.epochClock()::time);
    }

    /**
     * Where the rate is limited, small slices keep the Snapshotter from holding a core for long, and small forces from holding up the log's: a group
     * that is forced meanwhile waits for what is queued before it.
     */
    private SnapshotContext snapshotContext() {
        final long rate = configuration.sizeBytes(ConfigKeys.SNAPSHOT_RATE);
        return new SnapshotContext()
            .sliceBytes(0 == rate ? SNAPSHOT_SLICE_MAX : SNAPSHOT_SLICE_MIN)
            .forceBytes(0 == rate ? SNAPSHOT_FORCE_MAX : Math.min(SNAPSHOT_FORCE_MAX, Math.max(SNAPSHOT_FORCE_MIN, rate / SNAPSHOT_FORCE_RATE)))
            .dir(snapshotDirectory())
            .storageIo(storageIo)
            .machineName(settings.stateMachineName())
            .retain((int)configuration.integer(ConfigKeys.SNAPSHOT_RETAIN))
            .chainMax((int)configuration.integer(ConfigKeys.SNAPSHOT_CHAIN_MAX))
            .rateBytesPerSecond(rate)
            .readThreads(settings.backgroundThreads() ? (int)configuration.integer(ConfigKeys.SNAPSHOT_READ_THREADS) : 1)
            .verifyStructure(configuration.bool(ConfigKeys.SNAPSHOT_VERIFY_STRUCTURE))
            .trailingEntries(configuration.integer(ConfigKeys.LOG_TRAILING_ENTRIES));
    }

    /** Every byte on disk, not only what a start reads. A damaged log refuses to start; a damaged snapshot is set aside. */
    private void verifyAll(final Path dir) {
        final List<WalFinding> found = new ArrayList<>(WalVerifier.verify(storageIo, walDirectory()).findings());
        // A spare holds nothing yet; what a crash left in it is overwritten before it is used.
        found.removeIf(finding -> finding.file().getFileName().toString().startsWith("spare-"));
        if (!found.isEmpty()) {
            throw new EngineException(
                found.get(0) + (found.size() > 1 ? " (and " + (found.size() - 1) + " more findings)" : "") +
                    "; run 'cairn wal verify " + dir + "', or open without verify.on.open to see what recovery makes of it");
        }
        for (final SnapshotManifest manifest : snapshots.list()) {
            snapshots.verify(manifest).forEach(finding -> warnings.add(finding.toString()));
        }
    }

    private Path walDirectory() {
        return configuration.directory(ConfigKeys.WAL_DIR, settings.dataDirectory().resolve(WAL_DIRECTORY));
    }

    /** @return where the snapshots are. */
    public Path snapshotDirectory() {
        return configuration.directory(ConfigKeys.SNAPSHOT_DIR, settings.dataDirectory().resolve(SNAPSHOT_DIRECTORY));
    }

    private void restoreState(final Path dir) {
        restoreReport = snapshots.restoreNewest((pageSize, pageCount) -> newArena(dir, pageSize));
        if (restoreReport.loaded().isPresent()) {
            final LoadedSnapshot loaded = restoreReport.loaded().get();
            final SnapshotManifest manifest = loaded.manifest();
            tables = loaded.tables();
            appliedIndex = manifest.index();
            appliedTerm = manifest.term();
            appliedTimestampMs = manifest.timestampMs();
            appliedChain = manifest.walChain();
        } else {
            tables = new Tables(newArena(dir, (int)configuration.sizeBytes(ConfigKeys.STATE_PAGE_SIZE)));
        }
        open.push(tables.arena());
        views = new ReadViews(tables);
    }

    /** The log must begin at or before the entry behind the snapshot, and reach at least to the snapshot: a gap refuses to start. */
    private void checkLogMeetsSnapshot() {
        if (log.firstIndex() > appliedIndex + 1) {
            throw new EngineException(
                "the log starts at entry " + log.firstIndex() + " but the newest whole snapshot ends at entry " + appliedIndex +
                    ": entries between are missing; bring back a damaged snapshot directory or a backup" + damagedSnapshots());
        }
        if (log.lastIndex() < appliedIndex) {
            throw new EngineException(
                "the log ends at entry " + log.lastIndex() + " before the snapshot at entry " + appliedIndex +
                    ": bring back the log directory, acknowledged entries may be missing");
        }
        final long term = log.termAt(appliedIndex);
        if (appliedIndex > 0 && term >= 0 && term != appliedTerm) {
            throw new EngineException(
                "entry " + appliedIndex + " has term " + term + " in the log and " + appliedTerm + " in the snapshot: " +
                    "they are not of the same history; do not mix directories");
        }
    }

    private String damagedSnapshots() {
        return restoreReport.findings().isEmpty() ? "" : " (" + restoreReport.findings().get(0) + ")";
    }

    private PageArena newArena(final Path dir, final int pageSize) {
        final long pagesMax = Math.min(configuration.sizeBytes(ConfigKeys.STATE_MEMORY_MAX) / pageSize, Integer.MAX_VALUE - 8L);
        final int extentPages = (int)Math.max(1, configuration.sizeBytes(ConfigKeys.STATE_EXTENT_SIZE) / pageSize);
        return new PageArena(newExtentSource(dir), pageSize, extentPages, (int)pagesMax);
    }

    private ExtentSource newExtentSource(final Path dir) {
        if (StateStorage.FILE == configuration.choice(ConfigKeys.STATE_STORAGE, StateStorage.class)) {
            return new ScratchFileExtentSource(storageIo, configuration.directory(ConfigKeys.STATE_DIR, dir.resolve(STATE_DIRECTORY)));
        }
        return new AnonymousExtentSource(configuration.bool(ConfigKeys.STATE_HUGE_PAGES));
    }

    private StateMachine newMachine() {
        try {
            final StateMachine made = settings.stateMachineSupplier().get();
            if (null == made) {
                throw new EngineException("the supplier of the state machine '" + settings.stateMachineName() + "' gave none");
            }
            return made;
        } catch (final NoClassDefFoundError ex) {
            throw new EngineException(
                "the state machine '" + settings.stateMachineName() + "' needs the class " + String.valueOf(ex.getMessage()).replace('/', '.') +
                    ", which is not on the class path: add its library to your build (for the rocksdb machine org.rocksdb:rocksdbjni)", ex);
        }
    }

    private void openMachine() {
        machine = newMachine();
        open.push(machine);
        final long valueMax = Math.min(Limits.VALUE_BYTES_CAP, configuration.sizeBytes(ConfigKeys.WAL_RECORD_MAX) - COMMAND_OVERHEAD);
        machine.open(new StateMachineContext().tables(tables).valueBytesMax((int)Math.max(1, valueMax)).conclude());
        final SnapshotSource source = restoreReport.loaded().map(LoadedSnapshot::source).orElse(SnapshotSource.EMPTY);
        try {
            machine.restore(source);
        } catch (final RuntimeException ex) {
            throw new EngineException(
                "the state machine could not be restored from the snapshot at entry " + appliedIndex + ": " + ex.getMessage() +
                    "; move that snapshot aside to start from the one before", ex);
        }
    }

    private void positionCursor() {
        applierCursor = log.newCursor();
        open.push(applierCursor);
        if (!applierCursor.seek(appliedIndex + 1)) {
            throw new EngineException("entry " + (appliedIndex + 1) + " cannot be found in the log; run 'cairn wal verify'");
        }
    }

    /**
     * Log time of the last entry in the log, or of the snapshot when there is none behind it.
     *
     * @return milliseconds since the epoch; 0 for an empty log.
     */
    public long lastTimestampMs() {
        if (log.lastIndex() > appliedIndex) {
            try (LogCursor last = log.newCursor()) {
                if (last.seek(log.lastIndex()) && last.next()) {
                    return last.timestampMs();
                }
            }
        }
        return appliedTimestampMs;
    }

    /** @return the log. */
    public WriteAheadLog log() {
        return log;
    }

    /** @return the snapshots. */
    public SnapshotStore snapshots() {
        return snapshots;
    }

    /** @return what restoring found. */
    public RestoreReport restoreReport() {
        return restoreReport;
    }

    /** @return the paged state. */
    public Tables tables() {
        return tables;
    }

    /** @return freezes the state and opens read views. */
    public ReadViews views() {
        return views;
    }

    /** @return the session table. */
    public SessionTable sessions() {
        return sessions;
    }

    /** @return the state machine, restored. */
    public StateMachine machine() {
        return machine;
    }

    /** @return stands before the first entry to be applied. */
    public LogCursor applierCursor() {
        return applierCursor;
    }

    /** @return last entry the restored state includes. */
    public long appliedIndex() {
        return appliedIndex;
    }

    /** @return its term. */
    public long appliedTerm() {
        return appliedTerm;
    }

    /** @return its log time. */
    public long appliedTimestampMs() {
        return appliedTimestampMs;
    }

    /** @return its chain value. */
    public int appliedChain() {
        return appliedChain;
    }

    /** @return findings about snapshots that were skipped, one line each. */
    public List<String> warnings() {
        final List<String> all = new ArrayList<>(warnings);
        restoreReport.findings().forEach(finding -> all.add(finding.toString()));
        return all;
    }

    /** Closes everything in reverse order; the log forces and raises its floor. The first error is thrown, after all were tried. */
    @Override
    public void close() {
        CloseHelper.closeAll(open);
        open.clear();
    }
}
