package io.cairn.engine.raft;

/**
 * One message between two members, as plain fields: filled by the core for its owner to encode, or by the owner from what arrived. Reused, never
 * kept. The bytes of entries are not part of it: the owner reads and writes them in its log.
 *
 * <pre>
 *   type             logIndex, logTerm             commitIndex   context            flag
 *   PRE_VOTE         candidate's last entry        -             -                  -
 *   VOTE             candidate's last entry        -             -                  leadership was handed over
 *   *_RESPONSE       -                             -             -                  granted
 *   APPEND           entry before the first        leader's      read round         won, and repairs its log first
 *   APPEND_RESPONSE  highest entry held            -             read round heard   -
 *   APPEND_REJECTED  hint: entry to try            refused one   read round heard   -
 *   READ             -                             -             follower's ticket  -
 *   READ_RESPONSE    -                             read index    follower's ticket  -
 *   TIMEOUT_NOW      -                             -             -                  -
 *   FETCH            entry wanted; term 0: lost    its anchor    chain, nonce       -
 *   FETCH_RESPONSE   entry wanted                  nonce         a {@link Fetched}  it is that very entry
 * </pre>
 */
public final class Message {
    /** Would you vote for me in this term? Binds nobody (dissertation §9.6). */
    public static final int PRE_VOTE = 1;
    /** Answer to {@link #PRE_VOTE}. */
    public static final int PRE_VOTE_RESPONSE = 2;
    /** RequestVote (§3.4). */
    public static final int VOTE = 3;
    /** Answer to {@link #VOTE}. */
    public static final int VOTE_RESPONSE = 4;
    /** AppendEntries, with entries or (heartbeat) without (§3.5). */
    public static final int APPEND = 5;
    /** Everything up to an index is held, by the durability level of the one who says so. */
    public static final int APPEND_RESPONSE = 6;
    /** The entry before the first does not match, or the term is over. */
    public static final int APPEND_REJECTED = 7;
    /** A follower asks for a read index (§6.4). */
    public static final int READ = 8;
    /** Answer to {@link #READ}. */
    public static final int READ_RESPONSE = 9;
    /** Stand for election at once: leadership is handed over (§3.10). */
    public static final int TIMEOUT_NOW = 10;
    /** A member whose record of an entry is damaged asks for it, in any role, of a member in any role (Protocol-Aware Recovery, FAST'18). */
    public static final int FETCH = 11;
    /** Answer to {@link #FETCH}, with records from the wanted one on where they are there. */
    public static final int FETCH_RESPONSE = 12;

    /** One of the types above. */
    public int type;
    /** Member that says it. */
    public int from;
    /** Incarnation of the member that says it; 0 when it has none. */
    public long fromIncarnation;
    /** Member that it is for. */
    public int to;
    /** Term of the sender; for PreVote the term it would stand in. */
    public long term;
    /** See the table. */
    public long logIndex;
    /** See the table. */
    public long logTerm;
    /** See the table. */
    public long commitIndex;
    /** See the table. */
    public long context;
    /** See the table. */
    public boolean flag;

    /** Forget everything. */
    Message blank() {
        type = 0;
        from = 0;
        fromIncarnation = 0;
        to = 0;
        term = 0;
        logIndex = 0;
        logTerm = 0;
        commitIndex = 0;
        context = 0;
        flag = false;
        return this;
    }

    /**
     * Take over another message's fields.
     *
     * @param other to copy.
     * @return this.
     */
    public Message copyFrom(final Message other) {
        type = other.type;
        from = other.from;
        fromIncarnation = other.fromIncarnation;
        to = other.to;
        term = other.term;
        logIndex = other.logIndex;
        logTerm = other.logTerm;
        commitIndex = other.commitIndex;
        context = other.context;
        flag = other.flag;
        return this;
    }

    /**
     * @param type of a message.
     * @return its name.
     */
    public static String name(final int type) {
        return switch (type) {
            case PRE_VOTE -> "PreVote";
            case PRE_VOTE_RESPONSE -> "PreVoteResponse";
            case VOTE -> "Vote";
            case VOTE_RESPONSE -> "VoteResponse";
            case APPEND -> "Append";
            case APPEND_RESPONSE -> "AppendResponse";
            case APPEND_REJECTED -> "AppendRejected";
            case READ -> "Read";
            case READ_RESPONSE -> "ReadResponse";
            case TIMEOUT_NOW -> "TimeoutNow";
            case FETCH -> "Fetch";
            case FETCH_RESPONSE -> "FetchResponse";
            default -> "unknown(" + type + ")";
        };
    }

    @Override
    public String toString() {
        return from + "->" + to + " " + name(type) + " term=" + term + " log=" + logIndex + "/" + logTerm + " commit=" + commitIndex +
            " context=" + context + (flag ? " flag" : "");
    }
}
