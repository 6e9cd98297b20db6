package io.cairn.engine.pipeline;

import io.cairn.snapshot.SnapshotFinding;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.snapshot.SnapshotStore;
import io.cairn.wal.FaultyRange;
import io.cairn.wal.LogCursor;
import io.cairn.wal.WalException;
import io.cairn.wal.WriteAheadLog;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Reads everything that is durable over and over, a slice at a time, and reports what has rotted while there is still a second copy to
 * recover from: payloads and chains of the log, then every byte of the snapshots. A damaged snapshot is set aside, so that nothing is built
 * on it and the log is not released on its account; whatever was damaged, a new snapshot is due.
 *
 * <p>Owner: the Snapshotter, between snapshots.
 */
final class Scrubber {
    private static final int RECORDS_PER_SLICE = 4096;

    private enum Phase {
        RESTING, LOG, SNAPSHOTS
    }

    private final WriteAheadLog log;
    private final LogCursor cursor;
    private final SnapshotStore snapshots;
    private final EngineStatistics statistics;
    private final long intervalNs;
    private final boolean isMember;
    private final Deque<String> names = new ArrayDeque<>();
    private Phase phase = Phase.RESTING;
    private long nextRunNs;
    private long lastIndex;
    private boolean damaged;

    Scrubber(final PipelineContext context) {
        log = context.log;
        cursor = context.log.newCursor();
        snapshots = context.snapshots;
        statistics = context.statistics;
        intervalNs = context.scrubIntervalNs;
        isMember = null != context.transport;
        nextRunNs = context.nanoClock.nanoTime() + intervalNs;
    }

    int doWork(final long nowNs) {
        return switch (phase) {
            case RESTING -> begin(nowNs);
            case LOG -> scrubLog();
            default -> scrubSnapshot(nowNs);
        };
    }

    private int begin(final long nowNs) {
        if (0 == intervalNs || nowNs - nextRunNs < 0) {
            return 0;
        }
        lastIndex = WriteAheadLog.index(log.durablePosition());
        phase = Phase.LOG;
        cursor.seek(log.firstIndex());
        return 1;
    }

    private int scrubLog() {
        try {
            for (int i = 0; i < RECORDS_PER_SLICE; i++) {
                if (!cursor.next()) {
                    passFaulty();
                    break;
                }
                if (cursor.index() > lastIndex) {
                    endLog();
                    break;
                }
                if (!cursor.verifyRecord()) {
                    if (isMember) {
                        cursor.suspect();
                        break;
                    }
                    throw new WalException(
                        WalException.Kind.CORRUPT,
                        "entry " + cursor.index() + " of the log is damaged: it does not match its checksums; take a snapshot now and run " +
                            "'cairn wal verify'");
                }
            }
        } catch (final WalException damage) {
            statistics.onDamage(damage);
            damaged = true;
            endLog();
        }
        return 1;
    }

    /** What is damaged in a member's log is repaired from the others: go on behind it, once it is known how far it reaches. */
    private void passFaulty() {
        if (!cursor.isFaulty()) {
            endLog();
            return;
        }
        final FaultyRange range = log.repairs().from(cursor.nextIndex());
        if (null != range && range.first() <= cursor.nextIndex() && (range.last() >= lastIndex || !cursor.seek(range.last() + 1))) {
            endLog();
        }
    }

    private void endLog() {
        cursor.release();
        phase = Phase.SNAPSHOTS;
        for (final SnapshotManifest manifest : snapshots.list()) {
            names.add(manifest.name());
        }
    }

    private int scrubSnapshot(final long nowNs) {
        final String name = names.poll();
        if (null == name) {
            phase = Phase.RESTING;
            nextRunNs = nowNs + intervalNs;
        } else {
            snapshots.list().stream().filter(manifest -> manifest.name().equals(name)).findFirst().ifPresent(this::verify);
        }
        return 1;
    }

    private void verify(final SnapshotManifest manifest) {
        damaged |= isDamaged(snapshots, manifest, statistics);
    }

    /**
     * Reads every byte of a snapshot; one that is damaged is set aside, and said to be. The Snapshotter, while it writes none.
     *
     * @return true when another one is due.
     */
    static boolean isDamaged(final SnapshotStore snapshots, final SnapshotManifest manifest, final EngineStatistics statistics) {
        final List<SnapshotFinding> findings = snapshots.verify(manifest);
        for (final SnapshotFinding finding : findings) {
            statistics.onDamage(new IllegalStateException("snapshot damaged: " + finding + "; it was set aside, a new one is being taken"));
        }
        return !findings.isEmpty();
    }

    /** The log may be about to begin anew: nothing of it is held. */
    void restart() {
        cursor.release();
        names.clear();
        phase = Phase.RESTING;
    }

    /** @return true once after damage was found. */
    boolean takeDamaged() {
        final boolean taken = damaged;
        damaged = false;
        return taken;
    }

    void close() {
        cursor.close();
    }
}
