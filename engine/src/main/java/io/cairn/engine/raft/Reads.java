package io.cairn.engine.raft;

/**
 * Linearizable reads without a log entry (dissertation §6.4). A read takes a ticket; once the ticket is confirmed, it may be answered from a state
 * that has applied {@link #confirmedIndex()}. Tickets are confirmed in order.
 *
 * <p>On a leader a round of heartbeats confirms every ticket that was taken before the round began, and none that was taken later: whoever answered
 * the round had not voted for another leader when the round began. One round at a time, so that reads that arrive meanwhile share the next. On a
 * follower the leader's answer confirms every ticket up to the one that was asked about.
 */
final class Reads {
    private final RaftState state;
    private final Outbox outbox;
    private final long[] heard = new long[Membership.MEMBERS_MAX];
    private final long[] remoteWanted = new long[Membership.MEMBERS_MAX];
    private final long[] remoteInRound = new long[Membership.MEMBERS_MAX];

    private long issued;
    private long confirmed;
    private long confirmedIndex;
    private long aborted;

    private long round;
    private boolean roundOpen;
    private long roundStartNs;
    private long roundIndex;
    private long roundTicket;
    private boolean wanted;
    private long leaseUntilNs;
    private boolean leased;
    private boolean leaseForfeited;

    Reads(final RaftState state, final Outbox outbox) {
        this.state = state;
        this.outbox = outbox;
    }

    /** Leadership begins or ends, or another leader is followed: open tickets cannot be confirmed any more. */
    void abort() {
        aborted = issued;
        roundOpen = false;
        wanted = false;
        leased = false;
        leaseForfeited = false;
        for (int i = 0; i < heard.length; i++) {
            heard[i] = 0;
            remoteWanted[i] = 0;
            remoteInRound[i] = 0;
        }
    }

    long take() {
        issued++;
        if (state.isLeader()) {
            if (state.settings.isLeaseReads() && isLeaseGood() && confirmedOrAborted() == issued - 1) {
                confirm(issued, state.commitIndex);
            } else {
                wanted = true;
            }
        } else {
            outbox.read(state.leaderId, issued);
        }
        return issued;
    }

    private long confirmedOrAborted() {
        return Math.max(confirmed, aborted);
    }

    private boolean isLeaseGood() {
        return leased && !leaseForfeited && state.nowNs - leaseUntilNs < 0;
    }

    /**
     * Leadership is being handed over: the message that makes another stand may arrive at any later time, and voters heed it although they hear this
     * leader. So there is no lease any more in this term.
     */
    void forfeitLease() {
        leaseForfeited = true;
    }

    /** A follower asks again for what was not answered. */
    void retry() {
        if (confirmedOrAborted() < issued && RaftState.NONE != state.leaderId) {
            outbox.read(state.leaderId, issued);
        }
    }

    void onRead(final Message message) {
        remoteWanted[message.from] = Math.max(remoteWanted[message.from], message.context);
        wanted = true;
    }

    void onReadResponse(final Message message) {
        if (message.context > confirmedOrAborted() && message.context <= issued) {
            confirm(message.context, message.commitIndex);
        }
    }

    private void confirm(final long ticket, final long readIndex) {
        confirmed = ticket;
        confirmedIndex = Math.max(confirmedIndex, readIndex);
    }

    /** Keep the lease alive although nobody reads. */
    void want() {
        wanted = true;
    }

    /**
     * Leader: begin a round where one is wanted and none is open.
     *
     * @return true when heartbeats are to be sent for it.
     */
    boolean beginRound() {
        if (!wanted || roundOpen) {
            return false;
        }
        wanted = false;
        roundOpen = true;
        round++;
        roundStartNs = state.nowNs;
        roundIndex = state.commitIndex;
        roundTicket = issued;
        System.arraycopy(remoteWanted, 0, remoteInRound, 0, remoteWanted.length);
        heard[state.selfId] = round;
        return !confirmRound();
    }

    /** A peer of this term answered a message that was sent in a round. */
    void onHeard(final int peer, final long heardRound) {
        if (heardRound > heard[peer] && heardRound <= round) {
            heard[peer] = heardRound;
            if (roundOpen) {
                confirmRound();
            }
        }
    }

    /**
     * Whoever had not answered yet may have left, and nobody else will: those that are left may be a quorum already. What members said that are new
     * counts for nothing.
     *
     * @param changed mask of the members that joined, or whose directories are others.
     */
    void onConfiguration(final long changed) {
        for (long rest = changed; 0 != rest; rest &= rest - 1) {
            heard[Long.numberOfTrailingZeros(rest)] = 0;
        }
        heard[state.selfId] = round;
        if (roundOpen) {
            confirmRound();
        }
    }

    private boolean confirmRound() {
        if (state.quorum.reached(state.membership, heard) < round) {
            return false;
        }
        roundOpen = false;
        leaseUntilNs = roundStartNs + state.settings.leaseNs();
        leased = true;
        if (roundTicket > confirmedOrAborted()) {
            confirm(roundTicket, roundIndex);
        }
        for (int peer = 0; peer < remoteInRound.length; peer++) {
            if (0 != remoteInRound[peer]) {
                outbox.readResponse(peer, remoteInRound[peer], roundIndex);
                if (remoteWanted[peer] == remoteInRound[peer]) {
                    remoteWanted[peer] = 0;
                }
                remoteInRound[peer] = 0;
            }
        }
        return true;
    }

    long round() {
        return round;
    }

    long confirmed() {
        return confirmed;
    }

    long confirmedIndex() {
        return confirmedIndex;
    }

    long aborted() {
        return aborted;
    }
}
