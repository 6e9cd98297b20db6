package io.cairn.engine.raft;

/**
 * Repairs damaged entries of this log from the other members, and answers when they ask (Alagappan et al., <i>Protocol-Aware Recovery for
 * Consensus-Based Storage</i>, FAST'18).
 *
 * <p>(index, term) names one entry, and so does a chain behind it: what has kept either is asked for in any role, of anyone. What has kept neither is
 * taken from a member that knows it to be committed. One entry (with what follows it) is asked for at a time, of one member at a time, from the first
 * damaged one on; when no answer comes within a heartbeat the next one is asked, and an answer that comes later counts all the same.
 *
 * <p><i>Why not from the leader:</i> what it holds there may be another entry than the one that was promised here. In front of the rest of the
 * promised log it would be acknowledged, and counted, by a member that goes on to compare logs by an end of another history, and so votes for one
 * that lacks it. <i>Why a committed one may be put there all the same:</i> where it is another than the promised one it was committed without this
 * member, so that neither its acknowledgement nor its vote takes anything from it; and the end of the range says that this log is of another
 * history, so that it is cut there.
 *
 * <p>What may have been acknowledged is never treated as absent. A follower gives a damaged entry up only when the leader of its present term says
 * that it does not hold it. A new leader repairs before it proposes anything, and gives an entry up when a majority (both, when joint) says in this
 * term that it does not hold it; or when every voter has answered, none may hold it, and those that hold it damaged, this one included, are all
 * undecided. <i>Why a majority:</i> an entry that was committed was promised by a majority, one of which would be among those that say so, in a term
 * in which nothing older can be promised any more.
 */
final class Repair {
    private static final int NONE = RaftState.NONE;
    /** Longest election timeouts after which a person hears that nobody can help: by then others have led and answered. */
    private static final int IN_VAIN_AFTER = 5;
    private static final int CHAIN_SHIFT = 31;
    private static final long NONCE_MASK = (1L << CHAIN_SHIFT) - 1;
    private static final long CHAIN_MASK = 0xFFFF_FFFFL;

    private final RaftState state;
    private final Follower follower;
    private final Leader leader;

    /** The entry that is asked for, 0 for none, and what was answered about it in this term, by member. */
    private long index;
    private long answersTerm;
    private long absent;
    private long undecided;
    private long other;
    private int asked = NONE;
    private long askedAtNs;
    private long restUntilNs;
    private int fetchDue = NONE;
    private long nonce;
    /** Of the first question about this entry in this term: the answer to each that was asked since counts, however late it comes. */
    private long firstNonce;
    private int compactedAt = NONE;
    /** Members that were asked about it in this term, and whether that is all of them, each with time to answer. */
    private long tried;
    private boolean everybodyTried;
    /** Since when it is asked for, in whatever term, and whether everybody was asked once. */
    private long wantedSinceNs;
    private boolean everybodyAsked;
    /** The owner is writing what this member sent, in this term. */
    private int source = NONE;
    private long sourceTerm;

    /** Members that wait for an answer, and what they asked. */
    private long answersDue;
    private final long[] wantedIndex = new long[Membership.MEMBERS_MAX];
    private final long[] wantedTerm = new long[Membership.MEMBERS_MAX];
    private final long[] wantedAnchor = new long[Membership.MEMBERS_MAX];
    private final long[] wantedContext = new long[Membership.MEMBERS_MAX];

    Repair(final RaftState state, final Follower follower, final Leader leader) {
        this.state = state;
        this.follower = follower;
        this.leader = leader;
        nonce = state.settings.seed() & NONCE_MASK;
    }

    /** Time passed, or the set of damaged entries changed: is anything to be asked? */
    void pursue() {
        final long first = state.log.faultyFrom(0);
        if (RaftLog.NO_FAULT == first) {
            index = 0;
            asked = NONE;
            fetchDue = NONE;
            compactedAt = NONE;
            return;
        }
        if (first != index || answersTerm != state.term) {
            begin(first);
        }
        if (NONE != source || NONE != asked && state.nowNs - askedAtNs < state.settings.heartbeatNs()) {
            return;
        }
        ask();
    }

    private void begin(final long first) {
        if (first != index) {
            compactedAt = NONE;
            restUntilNs = state.nowNs;
            wantedSinceNs = state.nowNs;
            everybodyAsked = false;
        }
        index = first;
        answersTerm = state.term;
        firstNonce = nonce + 1 & NONCE_MASK;
        absent = 0;
        undecided = 0;
        other = 0;
        tried = 0;
        everybodyTried = false;
        asked = NONE;
        fetchDue = NONE;
    }

    /** The next member that has not answered for good; when all have, again after a while those whose answer may change. */
    private void ask() {
        final long others = state.membership.members() & ~(1L << state.selfId);
        everybodyTried = 0 == (others & ~tried);
        everybodyAsked |= everybodyTried;
        long open = others & ~(absent | undecided | other);
        if (0 == open) {
            if (state.nowNs - restUntilNs < 0) {
                return;
            }
            restUntilNs = state.nowNs + state.settings.heartbeatNs();
            other = 0;
            open = others & ~(absent | undecided);
            if (0 == open) {
                absent = 0;
                undecided = 0;
                open = others;
            }
        }
        if (0 == open) {
            return;
        }
        // The leader first: it knows the most. Then round, so that a member that never answers is not asked for ever.
        final long behind = NONE == asked ? open : open & -1L << asked & ~(1L << asked);
        final boolean isLeaderFirst = NONE == asked && NONE != state.leaderId && 0 != (open & 1L << state.leaderId);
        asked = isLeaderFirst ? state.leaderId : Long.numberOfTrailingZeros(0 == behind ? open : behind);
        tried |= 1L << asked;
        askedAtNs = state.nowNs;
        nonce = nonce + 1 & NONCE_MASK;
        fetchDue = asked;
    }

    /** A member asks. */
    void onFetch(final Message message) {
        wantedIndex[message.from] = message.logIndex;
        wantedTerm[message.from] = message.logTerm;
        wantedAnchor[message.from] = message.commitIndex;
        wantedContext[message.from] = message.context;
        answersDue |= 1L << message.from;
    }

    /**
     * The next message about damaged entries for a peer.
     *
     * @return false when there is none.
     */
    boolean fill(final int peer, final Message out) {
        if (state.promisePending) {
            return false;
        }
        if (0 != (answersDue & 1L << peer)) {
            fillAnswer(peer, out);
            return true;
        }
        if (fetchDue != peer || RaftLog.INTACT == state.log.fault(index)) {
            return false;
        }
        out.type = Message.FETCH;
        address(peer, out);
        out.logIndex = index;
        out.logTerm = Math.max(0, state.termAt(index));
        out.commitIndex = state.log.anchorIndex(index);
        out.context = (state.log.anchorChain(index) & CHAIN_MASK) << CHAIN_SHIFT | nonce;
        return true;
    }

    private void fillAnswer(final int peer, final Message out) {
        out.type = Message.FETCH_RESPONSE;
        address(peer, out);
        out.logIndex = wantedIndex[peer];
        out.logTerm = wantedTerm[peer];
        out.commitIndex = wantedContext[peer] & NONCE_MASK;
        out.context = answer(out.logIndex, out.logTerm, wantedAnchor[peer], wantedContext[peer] >>> CHAIN_SHIFT & CHAIN_MASK, out);
        if (Fetched.COMPACTED == out.context && state.isLeader() && state.membership.isMember(peer)) {
            leader.onCompactedEntryWanted(peer);
        }
    }

    private void address(final int peer, final Message out) {
        out.from = state.selfId;
        out.to = peer;
        out.term = state.term;
    }

    private int answer(final long wanted, final long term, final long anchor, final long chain, final Message out) {
        if (wanted > state.lastIndex) {
            return state.endLost ? Fetched.CORRUPT : Fetched.DO_NOT_HAVE;
        }
        if (wanted < state.log.firstIndex()) {
            return Fetched.COMPACTED;
        }
        final long own = state.termAt(wanted);
        if (term > 0 && own > 0 && own != term) {
            return Fetched.DO_NOT_HAVE;
        }
        final int fault = state.log.fault(wanted);
        if (RaftLog.INTACT != fault) {
            return RaftLog.CORRUPT == fault ? Fetched.CORRUPT : Fetched.UNDECIDED;
        }
        final long ownChain = anchor > 0 ? state.log.chainAt(anchor) : RaftLog.UNKNOWN;
        if (0 == term && anchor == wanted && ownChain != RaftLog.UNKNOWN && ownChain != chain) {
            return Fetched.DO_NOT_HAVE;
        }
        out.flag = term > 0 || ownChain == chain && RaftLog.UNKNOWN != ownChain || wanted <= state.commitIndex;
        return out.flag ? Fetched.PRESENT : Fetched.UNSURE;
    }

    /** It is on its way. */
    void sent(final Message message) {
        if (Message.FETCH_RESPONSE == message.type) {
            answersDue &= ~(1L << message.to);
        } else {
            fetchDue = NONE;
            askedAtNs = state.nowNs;
        }
    }

    /** @return {@link Outcome#REPAIR}, {@link Outcome#TRUNCATE}, {@link Outcome#DONE} or {@link Outcome#IGNORED}. */
    int onResponse(final Message message) {
        if (NONE != source || message.logIndex != index || answersTerm != state.term || !isAnswer(message)) {
            return Outcome.IGNORED;
        }
        final boolean isToTheLast = message.from == asked && message.commitIndex == nonce;
        final long bit = 1L << message.from;
        // What is there proves itself; that something is not there binds the directory that says so. (The configuration may be what is damaged here.)
        final boolean isOfThisTerm =
            message.term == state.term && state.membership.incarnation(message.from) == message.fromIncarnation;
        final boolean isLeaders = isOfThisTerm && message.from == state.leaderId && !state.isLeader();
        switch ((int)message.context) {
            case Fetched.PRESENT -> {
                if (message.flag) {
                    source = message.from;
                    sourceTerm = message.term;
                    return Outcome.REPAIR;
                }
                other |= bit;
            }
            case Fetched.DO_NOT_HAVE -> {
                if (isLeaders && mayCut()) {
                    follower.cut(index);
                    return Outcome.TRUNCATE;
                }
                absent |= isOfThisTerm ? bit : 0;
                other |= isOfThisTerm ? 0 : bit;
            }
            case Fetched.UNDECIDED -> {
                undecided |= isOfThisTerm ? bit : 0;
                other |= isOfThisTerm ? 0 : bit;
            }
            case Fetched.COMPACTED -> {
                compactedAt = message.from;
                other |= bit;
            }
            default -> other |= bit;
        }
        if (state.isLeader() && leader.isNoOpDue() && mayCut() && isGivenUp()) {
            follower.cut(index);
            return Outcome.TRUNCATE;
        }
        if (isToTheLast && !isLeadingInVain()) {
            ask();
        }
        return Outcome.DONE;
    }

    /** Where the way there and back takes longer than a heartbeat, somebody else has been asked when an answer comes. */
    private boolean isAnswer(final Message message) {
        return 0 != (tried & 1L << message.from) && (message.commitIndex - firstNonce & NONCE_MASK) <= (nonce - firstNonce & NONCE_MASK);
    }

    /**
     * A leader without others asks nobody, and nobody answers: what the answers of all would decide is decided by its own copy alone, so that an
     * ordinary power loss does not stop a cluster of one. Corrupt is not given up here either.
     *
     * @return {@link Outcome#TRUNCATE} or {@link Outcome#IGNORED}.
     */
    int giveUpAlone() {
        final boolean isAlone = state.isLeader() && 0 == (state.membership.members() & ~(1L << state.selfId));
        if (!isAlone || 0 == index || !leader.isNoOpDue() || !mayCut() || !isGivenUp()) {
            return Outcome.IGNORED;
        }
        follower.cut(index);
        return Outcome.TRUNCATE;
    }

    /** The first damaged entry follows one that is whole, so the log can end there. */
    private boolean mayCut() {
        return index > state.commitIndex && !follower.isTruncating();
    }

    /**
     * A leader found damage in what it proposed itself or was about to commit, and by the rules it could be given up: but no other entry may take
     * its place in this term, so the term must end. Or it repairs, and everybody has answered in vain. Whoever leads the next one decides about it.
     */
    boolean isLeadingInVain() {
        if (isSnapshotNeededToLead()) {
            return true;
        }
        if (!state.isLeader() || index <= state.commitIndex) {
            return false;
        }
        return isEverybodyUnsure() || !leader.isNoOpDue() && isGivenUp();
    }

    /**
     * A leader found damage after it had proposed something, committed or not, that only a snapshot can repair: everybody was asked, and none who
     * answered could send the entry. No snapshot is installed under what a leader proposed, so it must lead no more.
     */
    boolean isSnapshotNeededToLead() {
        return state.isLeader() && !leader.isNoOpDue() && NONE == source && NONE != compactedAt && everybodyTried;
    }

    /** Everybody has answered, and nobody could help: another, whose log is whole, may do better. */
    private boolean isEverybodyUnsure() {
        final long others = state.membership.members() & ~(1L << state.selfId);
        return NONE == source && NONE == compactedAt && 0 == (others & ~(absent | undecided | other)) && 0 != other;
    }

    private boolean isGivenUp() {
        if (Quorum.isWon(state.membership, absent)) {
            return true;
        }
        final long own = RaftLog.UNDECIDED == state.log.fault(index) ? 1L << state.selfId : 0;
        final long voters = state.membership.voters() | state.membership.outgoing();
        return 0 == (voters & ~(absent | undecided | own));
    }

    /**
     * How much of what was sent may be written: the first one is the entry that was asked for, and proved. What follows it in the sender's log is of
     * this one only where its term is known here.
     */
    int provedCount(final int count) {
        int proved = 1;
        while (proved < count && RaftLog.UNKNOWN != state.termAt(index + proved)) {
            proved++;
        }
        return proved;
    }

    /**
     * The owner has written what was sent, or could not.
     *
     * @param isMismatch true when it was whole and of another history: it contradicts what this log holds in front of it or behind it.
     * @return {@link Outcome#TRUNCATE} or {@link Outcome#DONE}.
     */
    int onWritten(final boolean isMismatch) {
        final boolean isLeaders = source == state.leaderId && sourceTerm == state.term && !state.isLeader();
        if (isMismatch) {
            other |= 1L << source;
        }
        source = NONE;
        asked = NONE;
        if (isMismatch && isLeaders && state.log.faultyFrom(0) == index && mayCut()) {
            follower.cut(index);
            return Outcome.TRUNCATE;
        }
        pursue();
        return Outcome.DONE;
    }

    /** @return a member whose snapshot includes the first damaged entry, {@link RaftState#NONE} when none is known or needed. */
    int snapshotSource() {
        return compactedAt;
    }

    /**
     * @return the first damaged entry where everybody was asked for it, time and again, and none who answered could help; 0 otherwise.
     */
    long helplessIndex() {
        final boolean isInVain = index > 0 && everybodyAsked && NONE == source && NONE == compactedAt;
        return isInVain && state.nowNs - wantedSinceNs > IN_VAIN_AFTER * state.settings.electionTimeoutMaxNs() ? index : 0;
    }

    /** @return the first damaged entry, 0 for none. */
    long index() {
        return index;
    }
}
