package io.cairn.engine.raft;

/**
 * The decisions of one member. Its owner (the Sequencer in production, a test or a simulator otherwise) feeds it with facts and asks for decisions;
 * it does nothing by itself: no thread, clock, file, socket or chance of its own.
 *
 * <p><b>Facts</b> are time ({@link #onTime}), messages ({@link #onMessage}), what was appended, cut, forced, stored. <b>Decisions</b> are asked for:
 * the promise to store ({@link #isPromisePending}), entries to log ({@link #isNoOpDue}, {@link #configurationDue}), what to send to a peer
 * ({@link #fill}), how far is committed ({@link #commitIndex}), which reads may be answered ({@link #confirmedTicket}). A message that the network
 * does not take now stays due: nothing queues in here.
 *
 * <p><b>Persist before send is structural:</b> a new promise (term, vote) is only {@linkplain #isPromisePending() pending} until the owner reports it
 * stored with {@link #onPromiseStored}; until then {@link #fill} hands out nothing and {@link #onMessage} takes nothing, and the role that follows
 * from the promise is taken afterwards. A crash between the two leaves a member that promised nothing, or one that promised and told nobody: both are
 * allowed (dissertation §3.8).
 *
 * <p><b>Commit</b> is the index that a quorum holds <i>by the configured durability level</i>, and only when the entry there is of the current term
 * (§3.6.2). The owner reports its own disk through {@link #onDurable} exactly as a peer's acknowledgement would be; a completion from before the log
 * was cut carries an older generation and is ignored.
 *
 * <p>Owner thread: one, whichever calls it. Nothing is allocated but by a change of members. Errors: {@link IllegalStateException} for an invariant
 * that does not hold; the node must stop.
 */
public final class RaftCore {
    /** No vote given in this term, no leader known. */
    public static final int NONE = RaftState.NONE;

    private final RaftState state;
    private final Outbox outbox;
    private final Elections elections;
    private final Follower follower;
    private final Reads reads;
    private final Leader leader;
    private final Roles roles;
    private final Repair repair;
    private final Inbox inbox;
    private final FullDisk fullDisk;
    private long sendableIndex;
    private int generation;
    private long retryAtNs;

    /**
     * @param selfId     this member's id, 0 to {@link Membership#MEMBERS_MAX} − 1.
     * @param membership who decides, as of the newest configuration entry in the log or the snapshot.
     * @param settings   timeouts and bounds.
     * @param log        what the owner's log holds.
     */
    public RaftCore(final int selfId, final Membership membership, final RaftSettings settings, final RaftLog log) {
        if (selfId < 0 || selfId >= Membership.MEMBERS_MAX) {
            throw new IllegalArgumentException("member id " + selfId + " is outside 0 to " + (Membership.MEMBERS_MAX - 1));
        }
        state = new RaftState(selfId, membership, settings.conclude(), log);
        outbox = new Outbox(state);
        elections = new Elections(state, outbox);
        follower = new Follower(state, outbox);
        reads = new Reads(state, outbox);
        leader = new Leader(state, outbox, reads);
        roles = new Roles(state, outbox, elections, follower, reads, leader);
        repair = new Repair(state, follower, leader);
        fullDisk = new FullDisk(state, elections, leader, roles);
        inbox = new Inbox(state, outbox, elections, follower, reads, leader, roles, repair);
    }

    /**
     * What survived: called once, before any other input.
     *
     * @param storedTerm         highest term promised.
     * @param storedVote         member voted for in that term or {@link #NONE}.
     * @param logIndex           last entry of the log (or of the snapshot, when the log is empty); all of it is durable.
     * @param logTerm            its term.
     * @param commitFloor        highest index known to be committed: what the snapshot includes.
     * @param configurationIndex index of the newest configuration entry, 0 for one that is in no log.
     * @param logGeneration      truncation generation of the log.
     * @param nowNs              monotonic time.
     */
    public void start(
        final long storedTerm,
        final int storedVote,
        final long logIndex,
        final long logTerm,
        final long commitFloor,
        final long configurationIndex,
        final int logGeneration,
        final long nowNs) {
        RaftState.check(storedTerm >= logTerm, "the stored term is older than the log's last term");
        RaftState.check(logIndex >= commitFloor, "the log ends before the snapshot");
        state.nowNs = nowNs;
        state.term = storedTerm;
        endLost(state.endLost);
        state.vote = storedVote;
        state.endsAt(logIndex, logTerm);
        state.heldIndex = Math.min(logIndex, state.log.faultyFrom(0) - 1);
        state.commitIndex = commitFloor;
        state.configurationIndex = configurationIndex;
        state.voteTakenIndex = configurationIndex;
        generation = logGeneration;
        state.becomeFollower(NONE);
        follower.onNewTerm();
        elections.start();
    }

    /**
     * Whether this member may vote and stand. Not while it may have forgotten what it promised or acknowledged: its directory is of another
     * incarnation than the configuration names, or the end of its log is unknown.
     *
     * @param allowed true at first.
     */
    public void mayVote(final boolean allowed) {
        state.mayVote = allowed;
    }

    /**
     * Time passed. Cheap; call it whenever the clock shows another value.
     *
     * @param nowNs monotonic, never less than before.
     */
    public void onTime(final long nowNs) {
        state.nowNs = nowNs;
        if (isBusy()) {
            return;
        }
        repair.pursue();
        if (state.isLeader()) {
            if (leader.isAlone()) {
                roles.stepDown();
            } else if (repair.isSnapshotNeededToLead()) {
                // Found by time alone where a member does not answer.
                roles.stepDown();
                elections.holdBack();
            } else {
                leader.onTime();
            }
        } else if (elections.isTimerOver()) {
            if (elections.mayStand()) {
                elections.standIfWelcome();
                reads.abort();
            } else {
                elections.restartTimer();
                state.leaderId = NONE;
                reads.abort();
            }
        } else if (nowNs - retryAtNs >= 0) {
            retryAtNs = nowNs + state.settings.heartbeatNs();
            reads.retry();
        }
    }

    /**
     * Stand for election now, without asking whether it is welcome. What a sole voter does at start, when nothing else decides.
     *
     * @return false when this member may not stand.
     */
    public boolean onElectionTimeout() {
        if (follower.isTruncating() || !elections.mayStand()) {
            return false;
        }
        elections.stand(false);
        reads.abort();
        return true;
    }

    /**
     * A promise is on stable storage.
     *
     * @param storedTerm its term; a completion of an older promise is ignored.
     * @param storedVote its vote.
     */
    public void onPromiseStored(final long storedTerm, final int storedVote) {
        if (!state.promisePending || storedTerm != state.term || storedVote != state.vote) {
            return;
        }
        state.promisePending = false;
        if (Role.CANDIDATE == state.role && state.vote == state.selfId && elections.onOwnVoteStored()) {
            roles.becomeLeader();
        }
    }

    /**
     * A message arrived. Its fields are claims: whatever they are, nothing breaks but the sender's own progress.
     *
     * @param message from a member of this cluster, addressed to this member.
     * @param entries terms of the entries of an {@link Message#APPEND}; {@link EntryTerms#NONE} otherwise.
     * @return {@link Outcome#IGNORED}, {@link Outcome#BUSY}, {@link Outcome#DONE}, {@link Outcome#APPEND} or {@link Outcome#TRUNCATE}.
     */
    public int onMessage(final Message message, final EntryTerms entries) {
        return inbox.onMessage(message, entries);
    }

    /**
     * The owner appended an entry of the current term as leader. The first one of a term is the empty entry asked for by {@link #isNoOpDue()}.
     *
     * @param index its index, one after the last.
     */
    public void onAppended(final long index) {
        RaftState.check(state.isLeader(), "only a leader appends");
        RaftState.check(index == state.lastIndex + 1, "an append skipped an index");
        state.appended(index, state.term);
        leader.onAppended(index);
    }

    /**
     * As {@link #onAppended(long)} for a run of entries that ends at {@code index}.
     *
     * @param index last index appended, greater than the last known one.
     */
    public void onAppendedUpTo(final long index) {
        RaftState.check(state.isLeader() && !leader.isNoOpDue(), "only a leader appends, and its term's empty entry comes first");
        RaftState.check(index > state.lastIndex, "an append went backwards");
        state.appended(index, state.term);
    }

    /**
     * The owner appended entries of the message that was answered with {@link Outcome#APPEND}, from {@link #appendFrom()} on; fewer than all of them
     * where the log has no room now.
     *
     * @param index last index appended.
     * @param term  of the last entry appended.
     * @param start index of the first entry of that term in the log.
     */
    public void onEntriesAppended(final long index, final long term, final long start) {
        RaftState.check(!state.isLeader(), "a leader takes entries from nobody");
        RaftState.check(index > state.lastIndex && term >= state.lastTerm, "entries were appended behind the end of the log");
        if (term != state.lastTerm) {
            RaftState.check(start > state.lastIndex && start <= index, "a term cannot begin there");
            state.lastTermStart = start;
            state.lastTerm = term;
        }
        state.lastIndex = index;
        follower.onAppended(index);
    }

    /**
     * The owner's log had no room for all entries of a message that was answered with {@link Outcome#APPEND}. It offers the message again, which then
     * counts as news of a leader no more, and which is given up (with {@link Outcome#DONE}) when nothing else is heard of that leader for too long.
     *
     * @param message that waits.
     */
    public void onNoRoom(final Message message) {
        follower.onNoRoom(message);
    }

    /**
     * A configuration entry is in the log: it counts from now on, committed or not (§4.1).
     *
     * @param index      of the entry.
     * @param membership it names.
     */
    public void onConfigurationAppended(final long index, final Membership membership) {
        final Membership before = state.membership;
        state.adopt(membership, index);
        if (state.isLeader()) {
            leader.onConfiguration(before);
            if (leader.onHeld()) {
                roles.onCommitted();
            }
        } else if (Role.CANDIDATE != state.role) {
            state.becomeFollower(state.leaderId);
        }
    }

    /**
     * The suffix is gone, durably.
     *
     * @param lastIndex          last entry left.
     * @param lastTerm           its term.
     * @param configurationIndex newest configuration entry left (or that of the snapshot).
     * @param membership         it names.
     * @param logGeneration      of the log from now on.
     */
    public void onTruncated(
        final long lastIndex, final long lastTerm, final long configurationIndex, final Membership membership, final int logGeneration) {
        RaftState.check(lastIndex >= state.commitIndex, "a committed entry was removed");
        state.endsAt(lastIndex, lastTerm);
        state.adopt(membership, configurationIndex);
        generation = logGeneration;
        follower.onTruncated();
        if (state.isLeader()) {
            leader.onCut();
        } else if (Role.CANDIDATE != state.role) {
            state.becomeFollower(state.leaderId);
        }
    }

    /**
     * A snapshot was installed and published, and the log reset or kept behind it (§5.3 of the dissertation, figure 5.3).
     *
     * @param snapshotIndex      last entry it includes.
     * @param lastIndex          last entry of the log now; the snapshot's where nothing was kept.
     * @param lastTerm           term of that.
     * @param configurationIndex newest configuration entry.
     * @param membership         it names.
     * @param logGeneration      of the log from now on.
     */
    public void onSnapshotInstalled(
        final long snapshotIndex,
        final long lastIndex,
        final long lastTerm,
        final long configurationIndex,
        final Membership membership,
        final int logGeneration) {
        RaftState.check(lastIndex >= snapshotIndex, "the log ends before the snapshot that was installed");
        RaftState.check(
            snapshotIndex >= state.commitIndex || repair.index() > 0 && repair.index() <= snapshotIndex,
            "a snapshot behind what is committed was installed");
        if (state.isLeader() && leader.isNoOpDue() || Role.CANDIDATE == state.role && lastIndex < state.lastIndex) {
            // It repaired, and what was damaged may be gone with the old log by now. Or: the votes that were asked for were for a longer log.
            roles.stepDown();
        }
        RaftState.check(!state.isLeader() && !isBusy(), "a leader, or one that stores a promise or cuts its log, installs no snapshot");
        state.endsAt(lastIndex, lastTerm);
        state.heldIndex = Math.max(state.heldIndex, snapshotIndex);
        state.commitIndex = Math.max(snapshotIndex, Math.min(state.commitIndex, lastIndex));
        state.adopt(membership, configurationIndex);
        generation = logGeneration;
        follower.onSnapshotInstalled();
        if (Role.CANDIDATE != state.role) {
            state.becomeFollower(state.leaderId);
        }
    }

    /**
     * This member holds everything up to {@code index} by its durability level.
     *
     * @param index         highest index covered; clipped to the log's end.
     * @param logGeneration of the log when it was forced: one from before a cut says nothing about the entries that came after it.
     * @return true when the commit index moved.
     */
    public boolean onDurable(final long index, final int logGeneration) {
        final long held = Math.min(Math.min(index, state.lastIndex), state.log.faultyFrom(0) - 1);
        if (logGeneration != generation || held <= state.heldIndex) {
            return false;
        }
        state.heldIndex = held;
        if (!state.isLeader()) {
            follower.onHeld();
            return false;
        }
        final boolean moved = leader.onHeld();
        if (moved) {
            roles.onCommitted();
        }
        return moved;
    }

    /**
     * Records of the log were found to be damaged, as {@link RaftLog#faultyFrom} says: this member counts only for what is whole in front of them.
     */
    public void onFaults() {
        state.heldIndex = Math.min(state.heldIndex, state.log.faultyFrom(0) - 1);
        if (state.isLeader()) {
            leader.onHeldLess();
        }
        repair.pursue();
    }

    /**
     * By the clock: whether the only member gives up what it cannot read and nobody else could hold.
     *
     * @return {@link Outcome#TRUNCATE} or {@link Outcome#IGNORED}.
     */
    public int giveUpAlone() {
        return isBusy() ? Outcome.IGNORED : repair.giveUpAlone();
    }

    /**
     * How many of the records that a {@link Message#FETCH_RESPONSE} brought may be written, when it was answered with {@link Outcome#REPAIR}.
     *
     * @param count of records, above zero.
     * @return as many of them, from the first on, as are proved to be what was promised here, or committed.
     */
    public int provedCount(final int count) {
        return repair.provedCount(count);
    }

    /**
     * What a {@link Message#FETCH_RESPONSE} brought that was answered with {@link Outcome#REPAIR} is in the log, durably, as far as it could be used.
     * Say {@link #onDurable} afterwards: this member may count for more now.
     *
     * @param isMismatch true when a record was whole and of another history.
     * @return {@link Outcome#TRUNCATE} or {@link Outcome#DONE}.
     */
    public int onRepairWritten(final boolean isMismatch) {
        return repair.onWritten(isMismatch);
    }

    /**
     * A configuration entry was repaired that is newer than the one in force. Whoever was elected while it was not known may have been by the wrong
     * majority, and leads no more; it has proposed nothing.
     *
     * @param index      of the entry.
     * @param membership it names.
     */
    public void onConfigurationRepaired(final long index, final Membership membership) {
        if (index <= state.configurationIndex) {
            return;
        }
        state.adopt(membership, index);
        if (state.isLeader() || Role.CANDIDATE == state.role) {
            roles.stepDown();
        } else {
            state.becomeFollower(state.leaderId);
        }
    }

    /** @return true while this member was elected and proposes nothing yet, since its log is damaged: it leads no more if it installs a snapshot. */
    public boolean isRepairingLeader() {
        return state.isLeader() && leader.isNoOpDue() && !state.isIntact();
    }

    /**
     * The owner's disk has no room for an entry of this leader. Everything that was appended must have been reported.
     *
     * @return true when somebody else is to lead: refuse as a member that does not lead. False when this member leads on, or is the only voter.
     */
    public boolean onLogFull() {
        return fullDisk.onRefused();
    }

    /** @return the first damaged entry where everybody was asked and none who answered can help, 0 when there is none. */
    public long helplessIndex() {
        return repair.helplessIndex();
    }

    /** @return the first damaged entry that is being repaired, 0 when there is none. */
    public long faultyIndex() {
        return repair.index();
    }

    /**
     * A damaged entry that only snapshots of the others include: one of them must be installed, in whatever role this member is. A leader that has
     * proposed something leads no more by then, or will not in a moment.
     *
     * @return a member that has one, or {@link #NONE}.
     */
    public int snapshotSource() {
        return repair.snapshotSource();
    }

    /**
     * Whether entries behind the end of the log may have been promised of which nothing is left. They may have been acknowledged to the leader of the
     * present term, so an entry of that term proves nothing about them: this member follows nobody before there is another term.
     *
     * @param isLost true at start where the log says so.
     */
    public void endLost(final boolean isLost) {
        state.endLost = isLost;
        state.endLostTerm = isLost ? state.term : 0;
    }

    /** @return true when the end was lost, and all of it that counts is back: to be stored, then {@link #endLost} may be told. */
    public boolean isEndFound() {
        return state.endLost && state.term > state.endLostTerm && follower.isCaughtUpWithTerm();
    }

    /**
     * The next message for a peer, if one is due.
     *
     * @param peer addressed.
     * @param out  filled in. For an {@link Message#APPEND} the owner adds entries from {@code logIndex + 1} up to {@link #sendableIndex()}, as many
     *             as it sends at once.
     * @return false when there is none.
     */
    public boolean fill(final int peer, final Message out) {
        out.blank();
        if (outbox.fill(peer, follower.acknowledgedIndex(), follower.heardRound(), out) || repair.fill(peer, out)) {
            return true;
        }
        sendableIndex = state.isLeader() ? leader.fillAppend(peer, out) : -1;
        return sendableIndex >= 0;
    }

    /** @return highest index whose entry may go with the {@link Message#APPEND} filled last; 0 for a heartbeat. */
    public long sendableIndex() {
        return sendableIndex;
    }

    /**
     * @param peer addressed by the {@link Message#APPEND} filled last.
     * @return most bytes of entries that are to go with it, but one entry however long it is.
     */
    public int sendableBytesMax(final int peer) {
        return leader.pieceBytesMax(peer);
    }

    /**
     * A message that was filled is on its way. One that the network did not take is simply not reported, and stays due.
     *
     * @param message  as filled.
     * @param lastSent last entry that went with it; its {@code logIndex} where none did.
     * @param bytes    of the entries.
     */
    public void sent(final Message message, final long lastSent, final long bytes) {
        if (Message.APPEND == message.type) {
            leader.sent(message, lastSent, bytes);
            return;
        }
        if (Message.FETCH == message.type || Message.FETCH_RESPONSE == message.type) {
            repair.sent(message);
            return;
        }
        outbox.sent(message);
        if (Message.APPEND_RESPONSE == message.type || Message.APPEND_REJECTED == message.type) {
            follower.onTold(message);
        }
    }

    /**
     * A linearizable read arrived.
     *
     * @return its ticket, above zero: to be answered once {@link #confirmedTicket()} has reached it and {@link #confirmedIndex()} is applied, to be
     *     refused once {@link #abortedTicket()} has reached it first; {@link #NONE} when no leader is known.
     */
    public long beginRead() {
        if (NONE == state.leaderId || state.promisePending || state.isLeader() && !leader.isTermCommitted()) {
            return NONE;
        }
        final long ticket = reads.take();
        if (state.isLeader()) {
            leader.beginRound();
        }
        return ticket;
    }

    /** @return reads with tickets up to this may be answered. */
    public long confirmedTicket() {
        return reads.confirmed();
    }

    /** @return what must be applied before they are. */
    public long confirmedIndex() {
        return reads.confirmedIndex();
    }

    /** @return reads with tickets up to this that were not confirmed never will be. */
    public long abortedTicket() {
        return reads.aborted();
    }

    /**
     * Change the members, any number at once (§4.3). Members that are to vote and do not yet catch up as learners first.
     *
     * @param voters   mask of the voters to be.
     * @param learners mask of the learners to be.
     * @return {@link Proposal#ACCEPTED}, {@link Proposal#NOT_LEADER}, {@link Proposal#TERM_NOT_COMMITTED} or {@link Proposal#CHANGE_PENDING}.
     * @throws IllegalArgumentException when the change makes no sense; the message says why.
     */
    public int proposeChange(final long voters, final long learners) {
        return state.isLeader() && !leader.isTransferring() ? leader.propose(voters, learners) : Proposal.NOT_LEADER;
    }

    /**
     * Change the members by one step: what {@link Membership#change} gave, incarnations changed with it.
     *
     * @param next membership to log.
     * @return as {@link #proposeChange(long, long)}.
     */
    public int proposeMembership(final Membership next) {
        return state.isLeader() && !leader.isTransferring() ? leader.propose(next) : Proposal.NOT_LEADER;
    }

    /** @return the configuration that the leader must log now, or null. */
    public Membership configurationDue() {
        return state.isLeader() ? leader.configurationDue() : null;
    }

    /**
     * Hand leadership over (§3.10): no commands are taken until the other stands or the longest election timeout has passed.
     *
     * @param target who is to lead.
     * @return {@link Proposal#ACCEPTED}, {@link Proposal#NOT_LEADER} or {@link Proposal#NOT_A_VOTER}.
     */
    public int transfer(final int target) {
        return state.isLeader() ? leader.transfer(target) : Proposal.NOT_LEADER;
    }

    /**
     * @param peer a member.
     * @return whether it was heard within the longest election timeout; of a leader only.
     */
    public boolean isHeard(final int peer) {
        return leader.isHeard(peer);
    }

    /**
     * @param peer a member.
     * @return whether it is to be sent a snapshot: it needs one, none is on its way, and it is there to take it. Whoever is gone must not keep a
     *     sender from those that are there.
     */
    public boolean isSnapshotDue(final int peer) {
        return state.isLeader() && leader.peer(peer).isSnapshotDue() && leader.isHeard(peer);
    }

    /**
     * @param peer a member.
     * @return what this member, as leader, knows of it; the same object each time.
     */
    public PeerProgress peer(final int peer) {
        return leader.peer(peer);
    }

    /** @return first entry to append of the message answered with {@link Outcome#APPEND}. */
    public long appendFrom() {
        return follower.appendFrom();
    }

    /** @return last entry of that message. */
    public long appendTo() {
        return follower.offeredIndex();
    }

    /** @return first entry to remove after {@link Outcome#TRUNCATE}. */
    public long truncateFrom() {
        return follower.truncateFrom();
    }

    /** @return true while (term, vote) must be stored before anything that depends on it may be said. */
    public boolean isPromisePending() {
        return state.promisePending;
    }

    /** @return true while a promise is being stored or the log is being cut: nothing is taken meanwhile. */
    public boolean isBusy() {
        return state.promisePending || follower.isTruncating();
    }

    /** @return true when the leader has not appended its term's empty entry (§6.4) yet. */
    public boolean isNoOpDue() {
        return leader.isNoOpDue() && state.isIntact() && !isBusy();
    }

    /** @return true when commands may be appended: leader, with its term's first entry in the log, not handing over. */
    public boolean acceptsCommands() {
        return state.isLeader() && !leader.isNoOpDue() && !leader.isTransferring();
    }

    /** @return true when an entry of this leader's own term is committed: what it then answers is linearizable, once confirmed (§6.4). */
    public boolean servesReads() {
        return state.isLeader() && leader.isTermCommitted();
    }

    /** @return the current role. */
    public Role role() {
        return state.role;
    }

    /** @return the leader of the current term as far as it is known, or {@link #NONE}. */
    public int leaderId() {
        return state.leaderId;
    }

    /** @return the current term. */
    public long term() {
        return state.term;
    }

    /** @return the vote given in the current term or {@link #NONE}. */
    public int vote() {
        return state.vote;
    }

    /** @return highest index known to be committed. */
    public long commitIndex() {
        return state.commitIndex;
    }

    /** @return last index in the log. */
    public long lastIndex() {
        return state.lastIndex;
    }

    /** @return term of the last entry in the log. */
    public long lastTerm() {
        return state.lastTerm;
    }

    /** @return who decides. */
    public Membership membership() {
        return state.membership;
    }

    /** @return index of the entry that says so. */
    public long configurationIndex() {
        return state.configurationIndex;
    }

    /** @return messages refused because they came from another incarnation or cannot be true. */
    public long refusedCount() {
        return inbox.refusedCount();
    }
}
