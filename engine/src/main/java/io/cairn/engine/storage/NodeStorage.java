package io.cairn.engine.storage;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.Durability;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.fsm.page.Tables;
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
    private final StateFactory states;
    /** Written before the threads start, and by the Snapshotter when a snapshot is installed. */
    private volatile NodeState state;
    private LogCursor applierCursor;
    private long appliedIndex;
    private long appliedTerm;
    private boolean needsSnapshot;

    private NodeStorage(final NodeSettings settings) {
        this.settings = settings;
        this.configuration = settings.configuration();
        this.storageIo = settings.storageIo();
        this.states = new StateFactory(settings);
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
        founding().refuseNewer();
        openLog(dir);
        if (null == snapshots) {
            openSnapshots(log.clusterId());
        }
        if (configuration.bool(ConfigKeys.VERIFY_ON_OPEN)) {
            verifyAll(dir);
        }
        if (null == restoreReport) {
            restoreState();
        }
        finishInstallation(dir);
        checkLogMeetsSnapshot();
        openMachine();
        positionCursor();
        MachineIdentity.claim(storageIo, dir, settings.stateMachineName());
    }

    /**
     * Opens the log; where it refuses because of damage, the newest whole snapshot is restored first, and the log is opened without what that covers:
     * a bad record behind a valid snapshot never stops a start.
     */
    private void openLog(final Path dir) {
        if (settings.member()) {
            openLogOfMember(dir);
            return;
        }
        try {
            log = new WriteAheadLog(walContext().conclude());
        } catch (final WalException ex) {
            if (WalException.Kind.CORRUPT != ex.kind() && WalException.Kind.LOST != ex.kind() ||
                !WriteAheadLog.isFormatted(storageIo, walDirectory())) {
                throw ex;
            }
            openSnapshots(WriteAheadLog.clusterIdOf(storageIo, walDirectory()));
            restoreState();
            if (0 == appliedIndex) {
                throw ex;
            }
            log = new WriteAheadLog(walContext().coveredIndex(appliedIndex).conclude());
            // What a crash tore is no damage.
            if (log.repairs().count() > 0 || log.recovery().isEndLost() || log.recovery().tornIndex() <= 0) {
                log.recovery().findings().forEach(finding -> warnings.add(finding.toString()));
            }
        }
        if (warnings.isEmpty() && log.recovery().undecidedIndex() > 0) {
            log.recovery().findings().forEach(finding -> warnings.add(finding.toString()));
        }
        open.push(log);
    }

    /**
     * A member starts over damage that no snapshot covers: it repairs it from the others. Where it does not know any more what it promised, a copy of
     * the file that is damaged does not say so either: it has to come back as a new one.
     */
    private void openLogOfMember(final Path dir) {
        try {
            if (WriteAheadLog.isFormatted(storageIo, walDirectory())) {
                openSnapshots(WriteAheadLog.clusterIdOf(storageIo, walDirectory()));
                restoreState();
            }
            final WalContext context = walContext();
            if (appliedIndex > 0) {
                context.covered(appliedIndex, appliedTerm, state.chain());
            }
            log = new WriteAheadLog(context.conclude());
        } catch (final WalException ex) {
            if (WalException.Kind.CORRUPT != ex.kind() && WalException.Kind.LOST != ex.kind()) {
                throw ex;
            }
            throw new EngineException(ex.finding() + promisesLost(), ex);
        }
        open.push(log);
        log.recovery().findings().forEach(finding -> warnings.add(finding.toString()));
    }

    private String promisesLost() {
        return ": what this member promised cannot be known, and no older copy may be put in its place: delete " + settings.dataDirectory() +
            " and start the member again, and the other members take it back and send it everything (where there are no others, restore the whole" +
            " directory from a copy)";
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
            .singleMember(!settings.member())
            .segmentBytes((int)configuration.sizeBytes(ConfigKeys.WAL_SEGMENT_SIZE))
            .recordBytesMax((int)configuration.sizeBytes(ConfigKeys.WAL_RECORD_MAX))
            .trailingBytes(configuration.sizeBytes(ConfigKeys.LOG_TRAILING_BYTES))
            .segmentsAhead((int)configuration.integer(ConfigKeys.WAL_SEGMENTS_AHEAD))
            .preTouchPages((int)(configuration.sizeBytes(ConfigKeys.WAL_PRETOUCH) / 4096))
            .preparingGently(settings.backgroundThreads())
            .forceMethod(ForceMethods.of(configuration))
            .acknowledgesUnforced(Durability.GROUP != configuration.choice(ConfigKeys.DURABILITY, Durability.class))
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
        if (settings.member()) {
            for (final WalFinding finding : found) {
                warnings.add(finding.toString());
                log.repairs().suspect(finding.index());
                log.repairs().examineSuspect();
            }
            found.clear();
        }
        if (!found.isEmpty()) {
            throw new EngineException(
                found.get(0) + (found.size() > 1 ? " (and " + (found.size() - 1) + " more findings)" : "") +
                    "; run 'cairn wal verify " + dir + "', or open without verify.on.open to see what recovery makes of it");
        }
        for (final SnapshotManifest manifest : snapshots.list()) {
            snapshots.verify(manifest).forEach(finding -> warnings.add(finding.toString()));
        }
    }

    /**
     * @param settings of a node.
     * @return where its log is.
     */
    public static Path walDirectory(final NodeSettings settings) {
        return settings.configuration().directory(ConfigKeys.WAL_DIR, settings.dataDirectory().resolve(WAL_DIRECTORY));
    }

    private Path walDirectory() {
        return walDirectory(settings);
    }

    /** @return where the snapshots are. */
    public Path snapshotDirectory() {
        return configuration.directory(ConfigKeys.SNAPSHOT_DIR, settings.dataDirectory().resolve(SNAPSHOT_DIRECTORY));
    }

    private void restoreState() {
        restoreReport = snapshots.restoreNewest((pageSize, pageCount) -> states.newArena(pageSize));
        if (restoreReport.loaded().isPresent()) {
            state = new NodeState(restoreReport.loaded().get());
            appliedIndex = state.index();
            appliedTerm = state.term();
        } else {
            state = new NodeState(new Tables(states.newArena((int)configuration.sizeBytes(ConfigKeys.STATE_PAGE_SIZE))));
        }
        open.push(() -> state.close());
    }

    /**
     * A crash between the publication of a snapshot that came from another member and the end of the log before it is finished here: the intent says
     * that the log may end before the snapshot, or before an earlier one of the same chain.
     */
    private void finishInstallation(final Path dir) {
        final InstallIntent intent = InstallIntent.read(storageIo, dir);
        if (null == intent) {
            return;
        }
        final boolean isMeant = intent.index() > appliedIndex || intent.index() == appliedIndex && intent.term() == appliedTerm;
        if (settings.member() && isMeant && !logHolds(appliedIndex, appliedTerm)) {
            log.reset(appliedIndex, appliedTerm, state.chain());
        }
        InstallIntent.remove(storageIo, dir);
    }

    private boolean logHolds(final long index, final long term) {
        return index <= log.lastIndex() && (index < log.firstIndex() - 1 || log.termAt(index) == term);
    }

    /** The log must begin at or before the entry behind the snapshot, and reach at least to the snapshot: a gap refuses to start. */
    private void checkLogMeetsSnapshot() {
        if (log.firstIndex() > appliedIndex + 1) {
            if (settings.member()) {
                if (log.lastIndex() < log.firstIndex() - 1) {
                    throw new EngineException(walDirectory() + ": the log ends at entry " + log.lastIndex() + ", before entry " + log.firstIndex() +
                        " where it starts, and the newest whole snapshot at entry " + appliedIndex + damagedSnapshots() + promisesLost());
                }
                needsSnapshot = true;
                warnings.add("the log starts at entry " + log.firstIndex() + " but the newest whole snapshot ends at entry " + appliedIndex +
                    damagedSnapshots() + ": a snapshot is asked of the other members");
                return;
            }
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

    private void openMachine() {
        try {
            states.complete(state);
        } catch (final StateFactory.RestoreException ex) {
            throw new EngineException(ex.getMessage() + "; move that snapshot aside to start from the one before", ex);
        }
    }

    /**
     * A state from a snapshot that was received, beside the one in use. Snapshotter.
     *
     * @param manifest of the store's.
     * @return the state, with a machine of its own; nobody uses it yet.
     */
    public NodeState restore(final SnapshotManifest manifest) {
        final NodeState restored = new NodeState(snapshots.restore(manifest, (pageSize, pageCount) -> states.newArena(pageSize)));
        try {
            return states.complete(restored);
        } catch (final RuntimeException ex) {
            restored.close();
            throw ex;
        }
    }

    /**
     * The pages of a snapshot of this member, beside those in use, to be changed. Snapshotter.
     *
     * @param manifest of the store's.
     * @return the tables; whoever takes them closes their arena.
     */
    public Tables restorePages(final SnapshotManifest manifest) {
        return snapshots.restore(manifest, (pageSize, pageCount) -> states.newArena(pageSize)).tables();
    }

    /**
     * A state of pages that were changed and published as a snapshot. Snapshotter.
     *
     * @param tables   frozen as they were published.
     * @param manifest of what was published.
     * @return the state, with a machine of its own; nobody uses it yet.
     */
    public NodeState completeState(final Tables tables, final SnapshotManifest manifest) {
        return states.complete(new NodeState(tables, manifest));
    }

    /**
     * Another state is in use from now on. Applier, between two entries.
     *
     * @param next in use; closed with this storage.
     * @return the one before, to be closed by the caller once nobody uses it but through views, which stay valid.
     */
    public NodeState adopt(final NodeState next) {
        final NodeState before = state;
        state = next;
        return before;
    }

    /**
     * A snapshot that ends behind the log is about to be published. Snapshotter.
     *
     * @param index last entry that it includes.
     * @param term  of that entry.
     */
    public void intendInstallation(final long index, final long term) {
        InstallIntent.write(storageIo, settings.dataDirectory(), new InstallIntent(index, term));
    }

    /** The log continues the snapshot now, or the snapshot was not needed. Snapshotter. */
    public void installationDone() {
        InstallIntent.remove(storageIo, settings.dataDirectory());
    }

    /** @return name of the state machine. */
    public String machineName() {
        return settings.stateMachineName();
    }

    /** @return way to the file system. */
    public StorageIo storageIo() {
        return storageIo;
    }

    /** @return the state in use. Any thread. */
    public NodeState state() {
        return state;
    }

    /** @return true where entries between the newest whole snapshot and the log are missing here: nothing can be applied before another snapshot. */
    public boolean needsSnapshot() {
        return needsSnapshot;
    }

    private void positionCursor() {
        applierCursor = log.newCursor();
        open.push(applierCursor);
        if (!needsSnapshot && !applierCursor.seek(appliedIndex + 1)) {
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
        return state.timestampMs();
    }

    /** @return the log. */
    public WriteAheadLog log() {
        return log;
    }

    /** @return what the members were when the cluster was founded. */
    public FoundingFile founding() {
        return new FoundingFile(storageIo, settings.dataDirectory());
    }

    /** @return the snapshots. */
    public SnapshotStore snapshots() {
        return snapshots;
    }

    /** @return what restoring found. */
    public RestoreReport restoreReport() {
        return restoreReport;
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
