package io.cairn.engine.raft;

/**
 * What a leader does: replicate (dissertation §3.5, pipelined as in §10.2.1), count (§3.6.2), notice that it is alone (CheckQuorum, §6.2), hand over
 * (§3.10), and drive a change of members (chapter 4).
 */
final class Leader {
    private static final int PREFER_INTERVAL = 10;

    private final RaftState state;
    private final Outbox outbox;
    private final Reads reads;
    private final PeerProgress[] peers = new PeerProgress[Membership.MEMBERS_MAX];
    /** Highest index held, by member; this one's own under its id. */
    private final long[] match = new long[Membership.MEMBERS_MAX];
    /** When each member was heard last. */
    private final long[] heardNs = new long[Membership.MEMBERS_MAX];

    private long termStartIndex;
    private boolean noOpDue;
    private long heartbeatAtNs;
    private int transferee = RaftState.NONE;
    private long transferUntilNs;
    private Membership requested;
    private long preferAtNs;

    Leader(final RaftState state, final Outbox outbox, final Reads reads) {
        this.state = state;
        this.outbox = outbox;
        this.reads = reads;
        for (int i = 0; i < peers.length; i++) {
            peers[i] = new PeerProgress(state.settings.inFlightMessagesMax(), state.settings.inFlightBytesMax());
        }
    }

    /** The election is won. Entries of earlier terms commit only through one of this term, so an empty one comes first (§6.4). */
    void begin() {
        noOpDue = true;
        termStartIndex = Long.MAX_VALUE;
        transferee = RaftState.NONE;
        requested = null;
        preferAtNs = state.nowNs + state.settings.electionTimeoutMaxNs();
        heartbeatAtNs = state.nowNs + state.settings.heartbeatNs();
        for (int id = 0; id < peers.length; id++) {
            match[id] = 0;
            heardNs[id] = state.nowNs;
            peers[id].reset(state.lastIndex, state.nowNs);
        }
        match[state.selfId] = state.heldIndex;
    }

    void end() {
        noOpDue = false;
        transferee = RaftState.NONE;
        requested = null;
    }

    boolean isNoOpDue() {
        return noOpDue;
    }

    boolean isTermCommitted() {
        return state.commitIndex >= termStartIndex;
    }

    boolean isTransferring() {
        return RaftState.NONE != transferee;
    }

    void onAppended(final long index) {
        if (noOpDue) {
            noOpDue = false;
            termStartIndex = index;
        }
    }

    /** Members came or went: one that is new is unknown, and so is one of another incarnation, whatever the one before it held. */
    void onConfiguration(final Membership before) {
        final long changed = state.membership.members() & ~before.sameMembers(state.membership);
        for (long rest = changed; 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            match[id] = 0;
            heardNs[id] = state.nowNs;
            peers[id].reset(state.lastIndex, state.nowNs);
        }
        match[state.selfId] = state.heldIndex;
        requested = null;
        reads.onConfiguration(changed & ~(1L << state.selfId));
    }

    /** @return true when the commit index moved. */
    boolean onHeld() {
        match[state.selfId] = state.heldIndex;
        return advanceCommit();
    }

    /** Figure 3.7: counting replicas commits entries of the current term only; earlier ones follow from them. */
    private boolean advanceCommit() {
        final long held = Math.min(state.quorum.reached(state.membership, match), state.lastIndex);
        if (held > state.commitIndex && held >= termStartIndex) {
            state.commitIndex = held;
            return true;
        }
        return false;
    }

    /** @return true when this leader has not heard a quorum for the longest election timeout: another may be elected by now. */
    boolean isAlone() {
        heardNs[state.selfId] = state.nowNs;
        return state.nowNs - state.quorum.reached(state.membership, heardNs) > state.settings.electionTimeoutMaxNs();
    }

    void onTime() {
        if (state.nowNs - heartbeatAtNs >= 0) {
            heartbeatAtNs = state.nowNs + state.settings.heartbeatNs();
            for (long rest = others(); 0 != rest; rest &= rest - 1) {
                final PeerProgress peer = peers[Long.numberOfTrailingZeros(rest)];
                peer.heartbeatDue = true;
                peer.probeSent = false;
                peer.followRounds(state.lastIndex, state.nowNs, state.settings.electionTimeoutMinNs());
            }
            if (state.settings.isLeaseReads()) {
                reads.want();
            }
            preferAnother();
        }
        if (state.settings.isGatherCommits()) {
            for (long rest = others(); 0 != rest; rest &= rest - 1) {
                final PeerProgress peer = peers[Long.numberOfTrailingZeros(rest)];
                peer.commitDue = peer.lacksCommit(state.commitIndex);
            }
        }
        if (isTransferring() && state.nowNs - transferUntilNs >= 0) {
            transferee = RaftState.NONE;
        }
        beginRound();
    }

    /** Hand over to a preferred leader that lacks nothing; where that fails, try again only after a while. */
    private void preferAnother() {
        final long preferred = state.settings.preferredLeaders();
        if (0 != (preferred & 1L << state.selfId) || isTransferring() || state.nowNs - preferAtNs < 0 || !isTermCommitted()) {
            return;
        }
        for (long rest = preferred & state.membership.voters(); 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            if (peers[id].caughtUp && peers[id].match == state.lastIndex) {
                preferAtNs = state.nowNs + PREFER_INTERVAL * state.settings.electionTimeoutMaxNs();
                transfer(id);
                return;
            }
        }
    }

    void beginRound() {
        if (isTermCommitted() && reads.beginRound()) {
            for (long rest = others(); 0 != rest; rest &= rest - 1) {
                peers[Long.numberOfTrailingZeros(rest)].heartbeatDue = true;
            }
        }
    }

    private long others() {
        return state.membership.members() & ~(1L << state.selfId);
    }

    /** @return true when the commit index moved. */
    boolean onAcknowledged(final Message message) {
        final PeerProgress peer = heard(message);
        if (message.logIndex > state.lastIndex) {
            return false;
        }
        peer.acknowledged(message.logIndex);
        if (PeerProgress.SNAPSHOT == peer.state && peer.match >= state.log.firstIndex() - 1) {
            // Whatever it was sent, or by whom: what it lacks is in the log.
            peer.probe(peer.match + 1);
        }
        match[message.from] = peer.match;
        if (message.from == transferee && peer.match == state.lastIndex) {
            outbox.timeoutNow(transferee);
        }
        return advanceCommit();
    }

    void onRejected(final Message message) {
        final PeerProgress peer = heard(message);
        if (peer.isFresh(message.commitIndex)) {
            final long common = state.lastIndexNotAbove(message.logIndex, message.logTerm, peer.match);
            peer.probe(Math.min(message.commitIndex, common + 1));
        }
    }

    private PeerProgress heard(final Message message) {
        heardNs[message.from] = state.nowNs;
        reads.onHeard(message.from, message.context);
        return peers[message.from];
    }

    /**
     * AppendEntries for a peer, if one is due.
     *
     * @param id  of the peer.
     * @param out filled in: entries may follow from {@code logIndex + 1} to {@link RaftCore#sendableIndex()}.
     * @return the highest index that may be sent, 0 for a heartbeat; below zero when nothing is due.
     */
    long fillAppend(final int id, final Message out) {
        final boolean repairs = noOpDue && !state.isIntact();
        if (state.promisePending || noOpDue && !repairs || !state.membership.isMember(id) || id == state.selfId) {
            return -1;
        }
        final PeerProgress peer = peers[id];
        final boolean blind = repairs || peer.next > 1 && RaftLog.INTACT != state.log.fault(peer.next - 1);
        if (!blind && PeerProgress.SNAPSHOT != peer.state && RaftLog.UNKNOWN == previousTerm(peer)) {
            peer.needSnapshot();
        }
        final long sendable = Math.min(state.lastIndex, state.log.faultyFrom(peer.next) - 1);
        final boolean entries = !blind && peer.next <= sendable && peer.maySend() && !isPaused(id, peer);
        final boolean commit = peer.lacksCommit(state.commitIndex) && (peer.commitDue || !state.settings.isGatherCommits());
        if (!entries && !peer.heartbeatDue && !commit) {
            return -1;
        }
        out.type = Message.APPEND;
        out.from = state.selfId;
        out.to = id;
        out.term = state.term;
        out.context = reads.round();
        out.commitIndex = state.commitIndex;
        out.flag = repairs;
        if (PeerProgress.SNAPSHOT != peer.state && !blind) {
            out.logIndex = peer.next - 1;
            out.logTerm = previousTerm(peer);
        }
        return entries ? sendable : 0;
    }

    /** Nobody waits for a member that does not vote: what it missed is not to keep the others waiting. */
    private boolean isPaced(final int id, final PeerProgress peer) {
        return !peer.caughtUp && !state.membership.isVoter(id);
    }

    private boolean isPaused(final int id, final PeerProgress peer) {
        return isPaced(id, peer) && peer.pausedUntilNs - state.nowNs > 0;
    }

    /** @return most bytes of entries that a message to a peer is to carry. */
    int pieceBytesMax(final int id) {
        final PeerProgress peer = peers[id];
        return isPaced(id, peer) ? peer.pieceBytesMax(state.settings.catchUpBytesPerSecond()) : Integer.MAX_VALUE;
    }

    /** A peer cannot repair an entry that only snapshots include: it gets one, as a peer does that lacks such an entry. */
    void onCompactedEntryWanted(final int id) {
        if (PeerProgress.SNAPSHOT != peers[id].state) {
            peers[id].needSnapshot();
        }
    }

    /** The end of the log was given up, before anything was proposed in this term. */
    void onCut() {
        for (long rest = others(); 0 != rest; rest &= rest - 1) {
            peers[Long.numberOfTrailingZeros(rest)].reset(state.lastIndex, state.nowNs);
        }
        match[state.selfId] = state.heldIndex;
    }

    /** Records of this log were found to be damaged: it counts only for what is whole. */
    void onHeldLess() {
        match[state.selfId] = state.heldIndex;
    }

    private long previousTerm(final PeerProgress peer) {
        final long previous = peer.next - 1;
        return previous >= state.log.firstIndex() - 1 ? state.termAt(previous) : RaftLog.UNKNOWN;
    }

    void sent(final Message message, final long lastSent, final long bytes) {
        final PeerProgress peer = peers[message.to];
        peer.heartbeatDue = false;
        peer.commitTold(message.commitIndex);
        if (lastSent > message.logIndex) {
            peer.sent(lastSent, bytes);
            if (isPaced(message.to, peer)) {
                peer.pace(bytes, state.settings.catchUpBytesPerSecond(), state.nowNs);
            }
        }
    }

    PeerProgress peer(final int id) {
        return peers[id];
    }

    /** What must be logged next to bring a change of members on its way; null when nothing. */
    Membership configurationDue() {
        if (state.configurationIndex > state.commitIndex || !isTermCommitted()) {
            return null;
        }
        if (state.membership.isJoint()) {
            return state.membership.leaveJoint();
        }
        if (null != requested) {
            return requested;
        }
        return state.membership.isStaging() && isEveryTargetCaughtUp() ? state.membership.enterJoint() : null;
    }

    private boolean isEveryTargetCaughtUp() {
        for (long rest = state.membership.target() & ~state.membership.voters(); 0 != rest; rest &= rest - 1) {
            if (!peers[Long.numberOfTrailingZeros(rest)].caughtUp) {
                return false;
            }
        }
        return true;
    }

    /** One change at a time, and none before an entry of this term is committed (§4.1, and Ongaro's correction of 2015). */
    int propose(final long voters, final long learners) {
        final int verdict = mayChange();
        if (Proposal.ACCEPTED == verdict) {
            requested = state.membership.change(voters, learners);
        }
        return verdict;
    }

    /** As above, to a membership that follows from the present one by a single step. */
    int propose(final Membership next) {
        final int verdict = mayChange();
        if (Proposal.ACCEPTED == verdict) {
            requested = next;
        }
        return verdict;
    }

    private int mayChange() {
        if (!isTermCommitted()) {
            return Proposal.TERM_NOT_COMMITTED;
        }
        return state.configurationIndex > state.commitIndex || state.membership.isJoint() || null != requested ?
            Proposal.CHANGE_PENDING : Proposal.ACCEPTED;
    }

    /** @return true when this leader was removed by a change that is committed and settled (§4.2.2). */
    boolean isRemoved() {
        return !state.membership.isVoter(state.selfId) && state.configurationIndex <= state.commitIndex && isTermCommitted();
    }

    /** @return the voter that was heard within the shortest election timeout and holds most of the log, or {@link RaftState#NONE}. */
    int successor() {
        int best = RaftState.NONE;
        for (long rest = state.membership.voters() & ~(1L << state.selfId); 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            final boolean isHeard = state.nowNs - heardNs[id] < state.settings.electionTimeoutMinNs();
            if (isHeard && PeerProgress.REPLICATE == peers[id].state() && (RaftState.NONE == best || match[id] > match[best])) {
                best = id;
            }
        }
        return best;
    }

    /** Before leaving, the one that holds most is told to stand at once. */
    void nameSuccessor() {
        int best = RaftState.NONE;
        for (long rest = state.membership.voters(); 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            if (RaftState.NONE == best || match[id] > match[best]) {
                best = id;
            }
        }
        reads.forfeitLease();
        outbox.timeoutNow(best);
    }

    boolean isHeard(final int id) {
        return state.nowNs - heardNs[id] < state.settings.electionTimeoutMaxNs();
    }

    int transfer(final int target) {
        if (!state.membership.isVoter(target) || target == state.selfId) {
            return Proposal.NOT_A_VOTER;
        }
        transferee = target;
        transferUntilNs = state.nowNs + state.settings.electionTimeoutMaxNs();
        reads.forfeitLease();
        if (peers[target].match == state.lastIndex) {
            outbox.timeoutNow(target);
        }
        return Proposal.ACCEPTED;
    }
}
