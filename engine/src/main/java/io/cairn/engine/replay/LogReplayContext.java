package io.cairn.engine.replay;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.fsm.StateMachine;
import io.cairn.wal.io.MappedStorageIo;
import io.cairn.wal.io.StorageIo;

import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * What is replayed, from where, and through which machine. Set what differs from the defaults, then hand it to {@link LogReplay#open}.
 *
 * <p>Owner: the thread that replays.
 */
public final class LogReplayContext {
    /** Start at: the oldest snapshot that the log continues, or empty where the log begins at entry 1. As much of the log as there is. */
    public static final long FROM_EARLIEST = -1;
    /** Start at: the newest snapshot that is whole. */
    public static final long FROM_LATEST = -2;
    /** Start at: no snapshot; the log must begin at entry 1. */
    public static final long FROM_NOTHING = 0;

    private Path dataDirectory;
    private EffectiveConfiguration configuration;
    private Supplier<StateMachine> stateMachine;
    private StorageIo storageIo = new MappedStorageIo();
    private long from = FROM_EARLIEST;
    private long to = Long.MAX_VALUE;

    /** The defaults: the machine that is built in, the whole log. */
    public LogReplayContext() {
    }

    /**
     * @param value a data directory that no process has open, or a copy of one.
     * @return this.
     */
    public LogReplayContext dataDirectory(final Path value) {
        dataDirectory = value;
        return this;
    }

    Path dataDirectory() {
        if (null == dataDirectory) {
            throw new EngineException("no data directory: call LogReplayContext.dataDirectory(path)");
        }
        return dataDirectory;
    }

    /**
     * @param value where log and snapshots are, the size of pages and of answers, as the node has them; by default the default profile's.
     * @return this.
     */
    public LogReplayContext configuration(final EffectiveConfiguration value) {
        configuration = value;
        return this;
    }

    EffectiveConfiguration configuration() {
        return null == configuration ? EffectiveConfiguration.builder().conclude() : configuration;
    }

    /**
     * @param supplier makes the machine; by default the key-value machine, for a directory of that machine only.
     * @return this.
     */
    public LogReplayContext stateMachine(final Supplier<StateMachine> supplier) {
        stateMachine = Objects.requireNonNull(supplier, "supplier");
        return this;
    }

    Supplier<StateMachine> stateMachine() {
        return stateMachine;
    }

    /**
     * @param value another way to the file system, for tests.
     * @return this.
     */
    public LogReplayContext storageIo(final StorageIo value) {
        storageIo = value;
        return this;
    }

    StorageIo storageIo() {
        return storageIo;
    }

    /**
     * @param value {@link #FROM_EARLIEST}, {@link #FROM_LATEST}, {@link #FROM_NOTHING}, or an index: the newest whole snapshot at or below it.
     * @return this.
     */
    public LogReplayContext from(final long value) {
        from = value;
        return this;
    }

    long from() {
        return from;
    }

    /**
     * @param index last entry to apply.
     * @return this.
     */
    public LogReplayContext to(final long index) {
        to = index;
        return this;
    }

    long to() {
        return to;
    }
}
