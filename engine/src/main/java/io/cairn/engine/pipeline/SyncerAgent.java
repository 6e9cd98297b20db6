package io.cairn.engine.pipeline;

import io.cairn.engine.config.Durability;
import io.cairn.engine.storage.FoundingFile;
import io.cairn.wal.LogRepair;
import io.cairn.wal.StableStore;
import io.cairn.wal.WalException;
import io.cairn.wal.WriteAheadLog;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;

/**
 * The one agent that blocks on the device: forces groups of appended records, stores promises, releases the log's prefix.
 *
 * <p>Any failed force is fatal and never retried: the kernel marks the pages clean, a second force that succeeds proves nothing
 * (<i>Can Applications Recover from fsync Failures?</i>, ATC'20). The exception leaves {@link #doWork()} and stops the node.
 */
final class SyncerAgent implements Agent {
    private final WriteAheadLog log;
    private final LogRepair repairs;
    private final StableStore stableStore;
    private final FoundingFile foundingFile;
    private final SyncerRequests requests;
    private final Durability level;
    private final long intervalNs;
    private final Wakeup sequencerWakeup;
    private final NanoClock clock;
    private final EngineStatistics statistics;

    private long lastForceNs;
    private long releasedBelow;

    SyncerAgent(final PipelineContext context) {
        log = context.log;
        repairs = log.repairs();
        stableStore = context.stableStore;
        foundingFile = context.foundingFile;
        requests = context.syncerRequests;
        level = context.durability;
        intervalNs = context.durabilityIntervalNs;
        sequencerWakeup = context.sequencerWakeup;
        clock = context.nanoClock;
        statistics = context.statistics;
        lastForceNs = clock.nanoTime();
    }

    @Override
    public int doWork() {
        int work = 0;
        if (requests.isPromiseDue()) {
            stableStore.store(requests.promiseTerm(), requests.promiseVote());
            requests.promiseStored();
            sequencerWakeup.signal();
            work++;
        }
        if (requests.isTruncationDue()) {
            log.truncateSuffix(requests.truncateFrom());
            requests.truncated();
            sequencerWakeup.signal();
            work++;
        }
        if (requests.isResetDue()) {
            log.reset(requests.resetIndex(), requests.resetTerm(), requests.resetChain());
            requests.wasReset();
            sequencerWakeup.signal();
            work++;
        }
        if (requests.isFoundingDue()) {
            foundingFile.write(requests.founding());
            requests.foundingStored();
            sequencerWakeup.signal();
            work++;
        }
        work += mend();
        if (isForceDue()) {
            work += force();
        } else if (Durability.GROUP != level) {
            work += log.forceFull();
        }
        final long releaseBelow = requests.releaseBelow();
        if (releaseBelow > releasedBelow) {
            log.releasePrefix(releaseBelow);
            releasedBelow = releaseBelow;
            work++;
        }
        return work;
    }

    /** What is suspected to be damaged is looked at, what peers sent for it is put back. */
    private int mend() {
        int work = 0;
        if (repairs.isAnySuspect()) {
            if (repairs.examineSuspect()) {
                statistics.onDamage(new WalException(
                    WalException.Kind.CORRUPT, repairs.newlyFound() + "; it is being repaired from the other members"));
            }
            work++;
        }
        if (requests.repair(repairs)) {
            work++;
        }
        if (requests.isEndFoundDue()) {
            repairs.endFound();
            requests.endFoundStored();
            work++;
        }
        if (work > 0) {
            sequencerWakeup.signal();
        }
        return work;
    }

    private boolean isForceDue() {
        final long durable = log.durablePosition();
        if (log.appendedPosition() == durable) {
            return false;
        }
        return switch (level) {
            case GROUP -> true;
            case INTERVAL -> clock.nanoTime() - lastForceNs >= intervalNs ||
                requests.forceUpTo() > WriteAheadLog.index(durable);
            case OS -> requests.forceUpTo() > WriteAheadLog.index(durable);
        };
    }

    private int force() {
        final long startNs = clock.nanoTime();
        final int entries = log.force();
        final long endNs = clock.nanoTime();
        lastForceNs = endNs;
        sequencerWakeup.signal();
        if (entries > 0) {
            statistics.onForce(endNs - startNs, entries);
        }
        return entries;
    }

    @Override
    public String roleName() {
        return "cairn-syncer";
    }
}
