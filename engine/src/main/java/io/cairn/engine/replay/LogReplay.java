package io.cairn.engine.replay;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.pipeline.EntryApplication;
import io.cairn.engine.storage.FoundingFile;
import io.cairn.engine.storage.MachineIdentity;
import io.cairn.engine.storage.NodeStorage;
import io.cairn.fsm.KeyValueStateMachine;
import io.cairn.fsm.ReadViews;
import io.cairn.fsm.Reply;
import io.cairn.fsm.SessionTable;
import io.cairn.fsm.SnapshotSource;
import io.cairn.fsm.StateMachine;
import io.cairn.fsm.StateMachineContext;
import io.cairn.fsm.page.Tables;
import io.cairn.snapshot.LoadedSnapshot;
import io.cairn.snapshot.SnapshotArchive;
import io.cairn.snapshot.SnapshotContext;
import io.cairn.snapshot.SnapshotFinding;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.wal.LogReader;
import io.cairn.wal.io.StorageIo;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/**
 * A stored log, applied once more: a snapshot is restored, or nothing, and every entry behind it goes through a state machine as it does in a running
 * node, sessions and expiry included. The digest of the state can be asked for at any entry. Two machines that make the same of a log have the same
 * digests; so has one machine that is deterministic, each time.
 *
 * <p>The directory is only read: no lock is taken and no byte is written, and a directory that a live process has open is refused.
 *
 * <p>Which entries were committed: all that a single node has in its log, since it commits what it has. A member of a cluster does not store how far
 * its cluster had committed: known is only what a snapshot covers ({@link #committedIndex()}); what lies behind may in rare cases be replaced by
 * other entries once the member is started.
 *
 * <p>One thread. Errors: {@link EngineException} and those of log and snapshots, with one line each.
 */
public final class LogReplay implements AutoCloseable {
    /** As {@code EngineContext} names the machine that is built in. */
    private static final String KEY_VALUE = "key-value";

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final EntryApplication application = new EntryApplication();
    private final Reply reply = new Reply();
    private final StorageIo storageIo;
    private final Path dataDirectory;
    private final long to;
    private String machineName;
    private LogReader reader;
    private SnapshotArchive archive;
    private SnapshotManifest start;
    private Tables tables;
    private ReadViews views;
    private SessionTable sessions;
    private StateMachine machine;
    private StateSum sum;
    private UnsafeBuffer answer;
    private long applied;
    private long term;
    private long timestampMs;
    private long commandCount;

    private LogReplay(final LogReplayContext context) {
        storageIo = context.storageIo();
        dataDirectory = context.dataDirectory();
        to = context.to();
    }

    /**
     * Restores the start.
     *
     * @param context what to replay.
     * @return stands behind the start.
     */
    public static LogReplay open(final LogReplayContext context) {
        final LogReplay replay = new LogReplay(context);
        try {
            replay.openAll(context);
            return replay;
        } catch (final Throwable ex) {
            CloseHelper.quietCloseAll(replay.open);
            throw ex;
        }
    }

    private void openAll(final LogReplayContext context) {
        checkUnused();
        final EffectiveConfiguration configuration = context.configuration();
        final Path named = configuration.directory(ConfigKeys.WAL_DIR, dataDirectory.resolve(NodeStorage.WAL_DIRECTORY));
        final Path walDirectory = storageIo.exists(named) ? named : dataDirectory;
        reader = new LogReader(storageIo, walDirectory);
        open.push(reader);
        archive = new SnapshotArchive(new SnapshotContext()
            .dir(configuration.directory(ConfigKeys.SNAPSHOT_DIR, dataDirectory.resolve(NodeStorage.SNAPSHOT_DIRECTORY)))
            .storageIo(storageIo)
            .conclude());
        final Supplier<StateMachine> supplier = supplierFor(context);
        final LoadedSnapshot loaded = new ReplayStart(archive, walDirectory, reader.firstIndex()).load(context.from(), to);
        if (null == loaded) {
            tables = new Tables(ReplayStart.newArena(pageSize(configuration)));
        } else {
            start = loaded.manifest();
            tables = loaded.tables();
            applied = start.index();
            term = start.term();
            timestampMs = start.timestampMs();
        }
        open.push(tables.arena());
        seek(walDirectory);
        views = new ReadViews(tables);
        sessions = new SessionTable(tables);
        sum = new StateSum(KEY_VALUE.equals(machineName));
        answer = new UnsafeBuffer(new byte[(int)configuration.sizeBytes(ConfigKeys.REPLY_RING_SIZE) / 8]);
        openMachine(supplier, null == loaded ? SnapshotSource.EMPTY : loaded.source());
        application.use(machine, sessions);
    }

    private void checkUnused() {
        if (!storageIo.exists(dataDirectory)) {
            throw new EngineException("no directory " + dataDirectory + "; name a data directory");
        }
        final String holder = storageIo.lockHolder(dataDirectory);
        if (null != holder) {
            throw new EngineException(
                "the directory " + dataDirectory + " is in use by process " + holder + ": stop that process, or replay a copy of a stopped one's");
        }
    }

    private Supplier<StateMachine> supplierFor(final LogReplayContext context) {
        machineName = MachineIdentity.nameOf(storageIo, dataDirectory);
        if (null == machineName) {
            machineName = archive.list().isEmpty() ? KEY_VALUE : archive.list().get(0).machineName();
        }
        if (null != context.stateMachine()) {
            return context.stateMachine();
        }
        if (!KEY_VALUE.equals(machineName)) {
            throw new EngineException(
                "the directory " + dataDirectory + " belongs to the state machine '" + machineName + "', which is not built in: name its class");
        }
        return KeyValueStateMachine::new;
    }

    /** The longest key, and so what the machine refuses, depends on it. */
    private int pageSize(final EffectiveConfiguration configuration) {
        return archive.list().isEmpty() ? (int)configuration.sizeBytes(ConfigKeys.STATE_PAGE_SIZE) : archive.list().get(0).pages().pageSize();
    }

    private void seek(final Path walDirectory) {
        reader.seek(applied + 1);
        if (reader.index() < applied) {
            throw new EngineException(walDirectory + ": the log ends at entry " + reader.index() + ", before the snapshot at entry " + applied);
        }
        if (applied > 0 && (reader.chain() != start.walChain() || reader.term() != term)) {
            throw new EngineException(
                walDirectory + ": the log does not continue the snapshot " + start.name() + ": they are not of the same history");
        }
    }

    private void openMachine(final Supplier<StateMachine> supplier, final SnapshotSource source) {
        try {
            machine = supplier.get();
            open.push(machine);
            machine.open(new StateMachineContext().tables(tables).conclude());
            machine.restore(source);
        } catch (final RuntimeException | LinkageError ex) {
            throw new EngineException(
                (null == start ? "the state machine could not be opened: " : "the state machine could not be restored from the snapshot " +
                    start.name() + ": ") + described(ex), ex);
        }
    }

    private static String described(final Throwable ex) {
        return ex.getClass().getSimpleName() + (null == ex.getMessage() ? "" : ": " + ex.getMessage());
    }

    /**
     * Applies the next entry.
     *
     * @return false at the end.
     * @throws EngineException when the machine throws.
     */
    public boolean next() {
        if (applied >= to || !reader.next()) {
            return false;
        }
        final long index = reader.index();
        final int type = reader.type();
        timestampMs = reader.timestampMs();
        term = reader.term();
        reply.wrap(answer, 0, answer.capacity());
        try {
            sessions.expire(timestampMs);
            application.apply(type, reader.flags(), index, term, timestampMs, reader.payload(), 0, reader.payload().capacity(), reply);
        } catch (final RuntimeException | LinkageError ex) {
            throw new EngineException("the state machine did not apply entry " + index + ": " + described(ex), ex);
        }
        applied = index;
        commandCount += RecordDescriptor.COMMAND == type ? 1 : 0;
        return true;
    }

    /** @return digest of the state behind {@link #index()}. */
    public long digest() {
        try {
            return sum.of(views, machine, applied, timestampMs);
        } catch (final RuntimeException ex) {
            throw new EngineException("no digest of the state at entry " + applied + ": " + described(ex), ex);
        }
    }

    /** Whoever opened the directory meanwhile may have changed what was read: every record is verified, but the log may have moved on. */
    public void checkStillUnused() {
        checkUnused();
    }

    /** @return last entry applied. */
    public long index() {
        return applied;
    }

    /** @return its term. */
    public long term() {
        return term;
    }

    /** @return commands applied so far. */
    public long commandCount() {
        return commandCount;
    }

    /** @return the snapshot it started from, or null. */
    public SnapshotManifest start() {
        return start;
    }

    /** @return damage that was found in snapshots on the way. */
    public List<SnapshotFinding> findings() {
        return archive.findings();
    }

    /** @return name of the machine that the directory belongs to. */
    public String machineName() {
        return machineName;
    }

    /** @return lowest entry in the log. */
    public long firstIndex() {
        return reader.firstIndex();
    }

    /** @return highest entry known to have been forced. */
    public long floor() {
        return reader.floor();
    }

    /** @return true where the log was closed in order. */
    public boolean isClosedInOrder() {
        return reader.isClosedInOrder();
    }

    /** @return true for the directory of a member of a cluster. */
    public boolean isMember() {
        return storageIo.exists(dataDirectory.resolve(FoundingFile.FILE_NAME));
    }

    /** @return last entry known to be committed; {@link Long#MAX_VALUE} for a single node, which commits all it has. */
    public long committedIndex() {
        final List<SnapshotManifest> snapshots = archive.list();
        return !isMember() ? Long.MAX_VALUE : snapshots.isEmpty() ? 0 : snapshots.get(snapshots.size() - 1).index();
    }

    /** @return why there is no entry behind the last; empty at the end of the log; null where it was not reached. */
    public String end() {
        return reader.end();
    }

    @Override
    public void close() {
        CloseHelper.closeAll(open);
        open.clear();
    }
}
