package io.cairn.engine.pipeline;

import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.raft.RaftCore;
import io.cairn.engine.raft.Role;
import io.cairn.engine.storage.NodeState;
import io.cairn.fsm.StateAdmission;
import io.cairn.wal.WriteAheadLog;

/**
 * The Sequencer's part in installing a snapshot of another member: whether it is needed, that nothing is appended while the log is being reset, and
 * what the protocol core is told. Owner: the Sequencer's thread.
 *
 * <p>Two cases (dissertation, figure 5.3). The log holds the snapshot's last entry, index and term: only the state is exchanged, and the suffix
 * stays. Otherwise everything in the log is of another history or behind the snapshot: the log is reset to it. From the moment the Applier is told
 * to exchange the state until the log continues it, the core takes nothing, so what is committed cannot move in between.
 *
 * <p>Order: the state is exchanged before the log is reset, so that the Applier never looks for entries that are gone. A crash anywhere is the
 * matter of the intent that was written before the snapshot was published.
 */
final class Installations {
    private final RaftCore core;
    private final LogTerms logTerms;
    private final WriteAheadLog log;
    private final Configurations configurations;
    private final InstallHandover handover;
    private final SyncerRequests syncerRequests;
    private final PendingCommands pending;
    private final StateAdmission admission;
    private final ReplyPublisher replies;
    private final PipelinePositions positions;
    private final Replicator replicator;
    private final Wakeup applierWakeup;
    private boolean logBusy;
    private boolean resetRequested;
    private NodeState installed;

    Installations(final PipelineContext context, final Replicator replicator, final ReplyPublisher replies) {
        core = context.core;
        log = context.log;
        configurations = context.configurations;
        handover = context.installHandover;
        syncerRequests = context.syncerRequests;
        pending = context.pending;
        admission = context.admission;
        positions = context.positions;
        logTerms = context.logTerms;
        applierWakeup = context.applierWakeup;
        this.replicator = replicator;
        this.replies = replies;
    }

    /** @return true while nothing may be appended, taken or sent. */
    boolean isLogBusy() {
        return logBusy;
    }

    /** @return the state that is in use since the last call, or null. */
    NodeState takeInstalled() {
        final NodeState taken = installed;
        installed = null;
        return taken;
    }

    /** @return amount of work done. */
    int doWork() {
        final long state = handover.state();
        if (InstallHandover.OFFERED == state) {
            return decide(handover.next());
        }
        if (InstallHandover.UNNEEDED == state) {
            logBusy = false;
            handover.declined();
            return 1;
        }
        return InstallHandover.SWAPPED == state ? continueLog(handover.next()) : 0;
    }

    private int decide(final NodeState next) {
        if (core.commitIndex() >= next.index()) {
            if (log.firstIndex() > next.index() + 1) {
                handover.declined();
            } else {
                swap();
            }
            return 1;
        }
        if (Role.LEADER == core.role() && !core.isRepairingLeader() || core.isBusy() || core.term() < next.term()) {
            // A leader has what is committed and will know; a promise or a cut under way ends soon; the term comes with the next message.
            return 0;
        }
        logBusy = true;
        swap();
        return 1;
    }

    private void swap() {
        handover.swap();
        applierWakeup.signal();
    }

    private int continueLog(final NodeState next) {
        if (!logBusy) {
            refusePending(handover.appliedBefore() + 1, next.index());
            return finish(next);
        }
        if (resetRequested) {
            if (!syncerRequests.isReset()) {
                return 0;
            }
            resetRequested = false;
        } else if (log.lastIndex() >= next.index() && log.termAt(next.index()) == next.term()) {
            refusePending(handover.appliedBefore() + 1, next.index());
        } else {
            refusePending(handover.appliedBefore() + 1, log.lastIndex());
            replicator.releaseCursors();
            resetRequested = true;
            syncerRequests.requestReset(next.index(), next.term(), next.chain());
            return 1;
        }
        final long position = log.appendedPosition();
        final long last = WriteAheadLog.index(position);
        core.endLost(log.repairs().isEndLost());
        configurations.installed(next.index(), ConfigurationCodec.decode(next.manifest().configuration()));
        core.onSnapshotInstalled(
            next.index(), last, log.lastTerm(), configurations.index(), configurations.current().membership(), WriteAheadLog.generation(position));
        positions.appended.set(last);
        replicator.onInstalled();
        logBusy = false;
        return finish(next);
    }

    private int finish(final NodeState next) {
        logTerms.covered(next.index());
        installed = next;
        handover.installed();
        return 1;
    }

    /** What the snapshot covers, or what is gone from the log, is never applied here: whether it took effect, the client has to find out. */
    private void refusePending(final long from, final long last) {
        for (long index = Math.max(from, last - pending.capacity() + 1); index <= last; index++) {
            final long term = log.termAt(index);
            final int clientId = pending.clientId(index, term);
            final int pages = pending.reservedPages(index, term);
            if (0 != pages) {
                admission.cancel(pages);
            }
            if (clientId >= 0) {
                replies.refuse(clientId, pending.correlationId(index), ReplyStatus.UNKNOWN);
            }
            pending.clear(index);
        }
    }
}
