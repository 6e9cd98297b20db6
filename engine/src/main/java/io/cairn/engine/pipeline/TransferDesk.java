package io.cairn.engine.pipeline;

import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.PeerProgress;
import io.cairn.engine.raft.RaftCore;
import io.cairn.engine.raft.Role;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What Sequencer and Snapshotter tell each other about transfers: who needs a snapshot, which is being sent, which ended. Each field has one writer.
 */
final class TransferDesk {
    /** Sequencer: mask of the members that need a snapshot from this one. */
    private final Position due = new Position(0);
    /** Sequencer: 1 while this member leads. */
    private final Position leading = new Position(0);
    /** Sequencer. */
    private final Position leaderId = new Position(RaftCore.NONE);
    /** Sequencer: mask of the other members. */
    private final Position others = new Position(0);
    /** Sequencer. */
    private final Position term = new Position(0);
    /** Snapshotter: by member, how many transfers were begun, and with which snapshot. */
    private final AtomicLongArray begun = new AtomicLongArray(Membership.MEMBERS_MAX);
    private final AtomicLongArray index = new AtomicLongArray(Membership.MEMBERS_MAX);
    /** Snapshotter: by member, how many ended. */
    private final AtomicLongArray ended = new AtomicLongArray(Membership.MEMBERS_MAX);
    private final long[] begunSeen = new long[Membership.MEMBERS_MAX];
    private final long[] endedSeen = new long[Membership.MEMBERS_MAX];

    /** Sequencer, now and then: what the core needs, and what became of it. */
    void exchange(final RaftCore core, final int selfId) {
        final boolean leads = Role.LEADER == core.role();
        final long members = core.membership().members() & ~(1L << selfId);
        long needed = 0;
        for (long rest = members; 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            final PeerProgress peer = core.peer(id);
            if (begun.get(id) != begunSeen[id]) {
                begunSeen[id] = begun.get(id);
                if (leads && peer.isSnapshotDue()) {
                    peer.onSnapshotStarted(index.get(id));
                }
            }
            if (ended.get(id) != endedSeen[id]) {
                endedSeen[id] = ended.get(id);
                peer.onSnapshotFailed();
            }
            if (core.isSnapshotDue(id)) {
                needed |= 1L << id;
            }
        }
        others.set(members);
        term.set(core.term());
        leaderId.set(core.leaderId());
        leading.set(leads ? 1 : 0);
        due.set(needed);
    }

    /** Snapshotter. */
    void begun(final int peer, final long snapshotIndex) {
        index.set(peer, snapshotIndex);
        begun.set(peer, begun.get(peer) + 1);
    }

    /** Snapshotter. */
    void ended(final int peer) {
        ended.set(peer, ended.get(peer) + 1);
    }

    long due() {
        return due.get();
    }

    boolean isLeading() {
        return 0 != leading.get();
    }

    int leaderId() {
        return (int)leaderId.get();
    }

    long others() {
        return others.get();
    }

    long term() {
        return term.get();
    }
}
