package io.cairn.engine.raft;

/**
 * The decisions of one member. Fed with facts by its owner (the Sequencer in production, a test or a simulator otherwise), asked for
 * decisions after each of them; it does nothing by itself.
 *
 * <p><b>Persist before send is structural:</b> a new promise (term, vote) is only {@linkplain #isPromisePending() pending} until the owner
 * reports it stored with {@link #onPromiseStored}; the role that follows from it (leader, when the vote decides the election) is taken then
 * and not before. A crash between the two leaves a member that promised nothing, or one that promised and told nobody: both are allowed
 * (dissertation §3.8).
 *
 * <p><b>Commit</b> is the index that a quorum holds <i>by the configured durability level</i>, and only when the entry there is of the
 * current term (§3.6.2). The owner reports its own disk through {@link #onDurable} exactly as a peer's acknowledgement would be.
 *
 * <p>Owner thread: one, whichever calls it. Errors: {@link IllegalStateException} for an invariant that does not hold; the node must stop.
 */
public final class RaftCore {
    /** No vote given in this term. */
    public static final int NO_VOTE = -1;

    private final int selfId;
    private final Quorum quorum = new Quorum();
    private final long[] match = new long[Membership.MEMBERS_MAX];

    private Membership membership;
    private Role role = Role.FOLLOWER;
    private long term;
    private int vote = NO_VOTE;
    private boolean promisePending;
    private long granted;
    private long lastIndex;
    private long lastTerm;
    private long termStartIndex;
    private boolean noOpDue;
    private long commitIndex;

    /**
     * @param selfId     this member's id, 0 to {@link Membership#MEMBERS_MAX} − 1.
     * @param membership who decides, as of the newest configuration entry in the log or the snapshot.
     */
    public RaftCore(final int selfId, final Membership membership) {
        if (selfId < 0 || selfId >= Membership.MEMBERS_MAX) {
            throw new IllegalArgumentException("member id " + selfId + " is outside 0 to " + (Membership.MEMBERS_MAX - 1));
        }
        this.selfId = selfId;
        this.membership = membership;
    }

    /**
     * State that survived: called once, before any other input.
     *
     * @param storedTerm  highest term promised.
     * @param storedVote  member voted for in that term or {@link #NO_VOTE}.
     * @param logIndex    last entry of the log (or of the snapshot, when the log is empty).
     * @param logTerm     its term.
     * @param commitFloor highest index known to be committed: what the snapshot includes.
     */
    public void start(
        final long storedTerm, final int storedVote, final long logIndex, final long logTerm, final long commitFloor) {
        require(storedTerm >= logTerm, "the stored term is older than the log's last term");
        require(logIndex >= commitFloor, "the log ends before the snapshot");
        term = storedTerm;
        vote = storedVote;
        lastIndex = logIndex;
        lastTerm = logTerm;
        commitIndex = commitFloor;
    }

    /**
     * The election timeout passed without a leader: stand for the next term, voting for oneself. The promise is pending afterwards.
     * A sole voter wins with that vote, as soon as it is stored.
     *
     * @return false when this member may not stand (not a voter), or an earlier promise is still being stored.
     */
    public boolean onElectionTimeout() {
        if (promisePending || Role.LEADER == role || !membership.isVoter(selfId)) {
            return false;
        }
        term++;
        vote = selfId;
        granted = 0;
        role = Role.CANDIDATE;
        promisePending = true;
        return true;
    }

    /**
     * A promise is on stable storage.
     *
     * @param storedTerm its term; a completion of an older promise is ignored.
     * @param storedVote its vote.
     */
    public void onPromiseStored(final long storedTerm, final int storedVote) {
        if (!promisePending || storedTerm != term || storedVote != vote) {
            return;
        }
        promisePending = false;
        if (Role.CANDIDATE == role && vote == selfId) {
            granted |= 1L << selfId;
            if (quorum.isWon(membership, granted)) {
                becomeLeader();
            }
        }
    }

    private void becomeLeader() {
        role = Role.LEADER;
        noOpDue = true;
        termStartIndex = Long.MAX_VALUE;
        for (int i = 0; i < match.length; i++) {
            match[i] = 0;
        }
    }

    /**
     * The owner appended an entry of the current term as leader. The first one of a term is the empty entry asked for by
     * {@link #isNoOpDue()}.
     *
     * @param index its index, one after the last.
     */
    public void onAppended(final long index) {
        require(Role.LEADER == role, "only a leader appends");
        require(index == lastIndex + 1, "an append skipped an index");
        lastIndex = index;
        lastTerm = term;
        if (noOpDue) {
            noOpDue = false;
            termStartIndex = index;
        }
    }

    /**
     * As {@link #onAppended(long)} for a run of entries that ends at {@code index}.
     *
     * @param index last index appended, greater than the last known one.
     */
    public void onAppendedUpTo(final long index) {
        require(Role.LEADER == role && !noOpDue, "only a leader appends, and its term's empty entry comes first");
        require(index > lastIndex, "an append went backwards");
        lastIndex = index;
        lastTerm = term;
    }

    /**
     * This member holds everything up to {@code index} by its durability level.
     *
     * @param index highest index covered; clipped to the log's end.
     * @return true when the commit index moved.
     */
    public boolean onDurable(final long index) {
        final long held = Math.min(index, lastIndex);
        if (held > match[selfId]) {
            match[selfId] = held;
            return Role.LEADER == role && advanceCommit();
        }
        return false;
    }

    /** Dissertation §3.6.2 and figure 3.7: counting replicas commits entries of the current term only; earlier ones follow from them. */
    private boolean advanceCommit() {
        final long held = quorum.committed(membership, match);
        if (held > commitIndex && held >= termStartIndex) {
            commitIndex = held;
            return true;
        }
        return false;
    }

    /** @return true while (term, vote) must be stored before anything that depends on it may be said. */
    public boolean isPromisePending() {
        return promisePending;
    }

    /** @return true when the leader has not appended its term's empty entry (§6.4) yet. */
    public boolean isNoOpDue() {
        return noOpDue;
    }

    /** @return true when commands may be appended: leader, with its term's first entry in the log. */
    public boolean acceptsCommands() {
        return Role.LEADER == role && !noOpDue;
    }

    /** @return true when reads may be served: an entry of this leader's own term is committed (§6.4). */
    public boolean servesReads() {
        return Role.LEADER == role && commitIndex >= termStartIndex;
    }

    /** @return the current role. */
    public Role role() {
        return role;
    }

    /** @return the current term. */
    public long term() {
        return term;
    }

    /** @return the vote given in the current term or {@link #NO_VOTE}. */
    public int vote() {
        return vote;
    }

    /** @return highest index known to be committed. */
    public long commitIndex() {
        return commitIndex;
    }

    /** @return last index in the log. */
    public long lastIndex() {
        return lastIndex;
    }

    /** @return term of the last entry in the log. */
    public long lastTerm() {
        return lastTerm;
    }

    /** @return who decides. */
    public Membership membership() {
        return membership;
    }

    private static void require(final boolean condition, final String what) {
        if (!condition) {
            throw new IllegalStateException("raft invariant broken: " + what);
        }
    }
}
