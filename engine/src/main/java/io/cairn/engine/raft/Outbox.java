package io.cairn.engine.raft;

/**
 * What is to be said to each peer, apart from AppendEntries: at most one message of each type, the latest. Saying the latest twice or the one
 * before it never does no harm, so nothing queues. While a promise is being stored nothing is handed out at all: persist before send, by structure.
 */
final class Outbox {
    private static final int NOTHING = 0;

    private final RaftState state;
    private final Slot[] slots = new Slot[Membership.MEMBERS_MAX];

    /** The messages for one peer. */
    private static final class Slot {
        int due;
        long preVoteTerm;
        boolean voteForced;
        long preVoteResponseTerm;
        boolean preVoteGranted;
        boolean voteGranted;
        long hintIndex;
        long hintTerm;
        long refusedIndex;
        long readTicket;
        long readResponseTicket;
        long readResponseIndex;
    }

    Outbox(final RaftState state) {
        this.state = state;
        for (int i = 0; i < slots.length; i++) {
            slots[i] = new Slot();
        }
    }

    private static int bit(final int type) {
        return 1 << type;
    }

    /** A new term or role: what was to be said in the old one is void. */
    void clear() {
        for (final Slot slot : slots) {
            slot.due = NOTHING;
        }
    }

    void clear(final int peer, final int type) {
        slots[peer].due &= ~bit(type);
    }

    void preVote(final int peer, final long term) {
        slots[peer].preVoteTerm = term;
        slots[peer].due |= bit(Message.PRE_VOTE);
    }

    void preVoteResponse(final int peer, final long term, final boolean granted) {
        slots[peer].preVoteResponseTerm = term;
        slots[peer].preVoteGranted = granted;
        slots[peer].due |= bit(Message.PRE_VOTE_RESPONSE);
    }

    void vote(final int peer, final boolean forced) {
        slots[peer].voteForced = forced;
        slots[peer].due |= bit(Message.VOTE);
    }

    void voteResponse(final int peer, final boolean granted) {
        slots[peer].voteGranted = granted;
        slots[peer].due |= bit(Message.VOTE_RESPONSE);
    }

    void acknowledge(final int peer) {
        slots[peer].due |= bit(Message.APPEND_RESPONSE);
    }

    void reject(final int peer, final long refusedIndex, final long hintIndex, final long hintTerm) {
        final Slot slot = slots[peer];
        slot.refusedIndex = refusedIndex;
        slot.hintIndex = hintIndex;
        slot.hintTerm = hintTerm;
        slot.due |= bit(Message.APPEND_REJECTED);
    }

    void read(final int peer, final long ticket) {
        slots[peer].readTicket = ticket;
        slots[peer].due |= bit(Message.READ);
    }

    void readResponse(final int peer, final long ticket, final long readIndex) {
        slots[peer].readResponseTicket = ticket;
        slots[peer].readResponseIndex = readIndex;
        slots[peer].due |= bit(Message.READ_RESPONSE);
    }

    void timeoutNow(final int peer) {
        slots[peer].due |= bit(Message.TIMEOUT_NOW);
    }

    /**
     * The next message that is due to a peer.
     *
     * @param peer        addressed.
     * @param acknowledge what {@link Message#APPEND_RESPONSE} says.
     * @param heardRound  read round that its answers carry.
     * @param out         filled in.
     * @return false when there is none.
     */
    boolean fill(final int peer, final long acknowledge, final long heardRound, final Message out) {
        final Slot slot = slots[peer];
        if (NOTHING == slot.due || state.promisePending) {
            return false;
        }
        out.type = Integer.numberOfTrailingZeros(slot.due);
        out.from = state.selfId;
        out.to = peer;
        out.term = state.term;
        switch (out.type) {
            case Message.PRE_VOTE -> {
                out.term = slot.preVoteTerm;
                lastEntry(out);
            }
            case Message.VOTE -> {
                out.flag = slot.voteForced;
                lastEntry(out);
            }
            case Message.PRE_VOTE_RESPONSE -> {
                out.term = slot.preVoteResponseTerm;
                out.flag = slot.preVoteGranted;
            }
            case Message.VOTE_RESPONSE -> out.flag = slot.voteGranted;
            case Message.APPEND_RESPONSE -> {
                out.logIndex = acknowledge;
                out.context = heardRound;
            }
            case Message.APPEND_REJECTED -> {
                out.logIndex = slot.hintIndex;
                out.logTerm = slot.hintTerm;
                out.commitIndex = slot.refusedIndex;
                out.context = heardRound;
            }
            case Message.READ -> out.context = slot.readTicket;
            case Message.READ_RESPONSE -> {
                out.context = slot.readResponseTicket;
                out.commitIndex = slot.readResponseIndex;
            }
            default -> RaftState.check(Message.TIMEOUT_NOW == out.type, "a message of no known type is due");
        }
        return true;
    }

    private void lastEntry(final Message out) {
        out.logIndex = state.lastIndex;
        out.logTerm = state.lastTerm;
    }

    /** It is on its way. */
    void sent(final Message message) {
        slots[message.to].due &= ~bit(message.type);
    }
}
