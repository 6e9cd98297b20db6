package io.cairn.engine.raft;

/**
 * What a leader knows of one peer, and what is on its way to it. The ring of messages in flight has a fixed size. Owner: the thread of the core.
 *
 * <pre>
 *   PROBE ──acknowledged──► REPLICATE ──refused, or lost──► PROBE      one message at a time; as many as fit
 *     └──entries needed are compacted──► SNAPSHOT ──installed, or failed──► PROBE
 * </pre>
 */
public final class PeerProgress {
    /** Where the logs match is not known: one message at a time. */
    public static final int PROBE = 0;
    /** It is: entries go out as they come in, without waiting. */
    public static final int REPLICATE = 1;
    /** It needs a snapshot first. */
    public static final int SNAPSHOT = 2;
    private static final double NS_PER_SECOND = 1e9;
    /** Four milliseconds each: what a link and a core are taken for at a time. */
    private static final int PIECES_PER_SECOND = 256;
    /** So often doubled, a pace is none. */
    private static final int ROUNDS_PACED = 20;

    int state;
    /** Highest index known to be held, by the peer's durability level. */
    long match;
    /** Next index to send. */
    long next;
    /** Commit index last told. */
    long commitSent;
    /** It was not told for a while. */
    boolean commitDue;
    boolean heartbeatDue;
    boolean probeSent;
    boolean snapshotSending;
    long snapshotIndex;
    long lastHeardNs;
    /** Rounds of catching up (§4.2.1): a round ends when all is held that the leader had when it began. */
    long roundTarget;
    long roundStartNs;
    boolean caughtUp;
    int rounds;
    /** Until then it is sent no entries: what it was sent is to take so long. */
    long pausedUntilNs;

    private final long[] sentIndex;
    private final long[] sentBytes;
    private final long bytesMax;
    private int head;
    private int count;
    private long bytes;

    PeerProgress(final int messagesMax, final long bytesMax) {
        sentIndex = new long[messagesMax];
        sentBytes = new long[messagesMax];
        this.bytesMax = bytesMax;
    }

    /** A leader begins, or a member is new. */
    void reset(final long lastIndex, final long nowNs) {
        match = 0;
        commitSent = 0;
        commitDue = false;
        lastHeardNs = nowNs;
        roundTarget = lastIndex;
        roundStartNs = nowNs;
        caughtUp = false;
        rounds = 0;
        pausedUntilNs = nowNs;
        heartbeatDue = true;
        probe(lastIndex + 1);
    }

    /** @return true when it does not know of the commit of entries that it holds. */
    boolean lacksCommit(final long commitIndex) {
        return commitSent < Math.min(commitIndex, match);
    }

    /** A message said it. */
    void commitTold(final long commitIndex) {
        commitSent = Math.max(commitSent, commitIndex);
        commitDue = false;
    }

    void probe(final long nextIndex) {
        state = PROBE;
        next = Math.max(nextIndex, match + 1);
        probeSent = false;
        snapshotSending = false;
        head = 0;
        count = 0;
        bytes = 0;
    }

    void needSnapshot() {
        probe(next);
        state = SNAPSHOT;
        snapshotIndex = 0;
    }

    /** An acknowledgement below what was asked about is true and proves nothing about the rest: the probe goes on. */
    private void replicate() {
        probe(next);
        state = REPLICATE;
    }

    boolean maySend() {
        return switch (state) {
            case REPLICATE -> count < sentIndex.length && bytes < bytesMax;
            case PROBE -> !probeSent;
            default -> false;
        };
    }

    /**
     * What was sent is to take as long as it does at a pace, doubled in each round.
     *
     * @param length         bytes of it.
     * @param bytesPerSecond of the first round; 0 for none.
     * @param nowNs          monotonic time.
     */
    void pace(final long length, final long bytesPerSecond, final long nowNs) {
        if (bytesPerSecond > 0) {
            final double paceNs = length * NS_PER_SECOND / paced(bytesPerSecond);
            pausedUntilNs = (pausedUntilNs - nowNs > 0 ? pausedUntilNs : nowNs) + (long)paceNs;
        }
    }

    /**
     * A pace in few large pieces is none: whoever shares link, disk and cores with the peer waits for each piece.
     *
     * @param bytesPerSecond of the first round; 0 for none.
     * @return most bytes of entries that a message is to carry at that pace, 1 at least.
     */
    int pieceBytesMax(final long bytesPerSecond) {
        return bytesPerSecond > 0 ? (int)Math.max(1, Math.min(Integer.MAX_VALUE, paced(bytesPerSecond) / PIECES_PER_SECOND)) : Integer.MAX_VALUE;
    }

    private double paced(final long bytesPerSecond) {
        return (double)bytesPerSecond * (1L << rounds);
    }

    void sent(final long lastSent, final long length) {
        if (REPLICATE == state) {
            final int at = head + count & sentIndex.length - 1;
            sentIndex[at] = lastSent;
            sentBytes[at] = length;
            bytes += length;
            count++;
            next = lastSent + 1;
        } else {
            probeSent = true;
        }
    }

    /** The peer holds everything up to an index that the leader has. */
    void acknowledged(final long index) {
        match = Math.max(match, index);
        while (count > 0 && sentIndex[head] <= match) {
            bytes -= sentBytes[head];
            head = head + 1 & sentIndex.length - 1;
            count--;
        }
        if (PROBE == state && match >= next - 1 || SNAPSHOT == state && 0 != snapshotIndex && match >= snapshotIndex) {
            replicate();
        }
        next = Math.max(next, match + 1);
    }

    /** @return whether the refusal of an entry says something new. */
    boolean isFresh(final long refusedIndex) {
        return REPLICATE == state ? refusedIndex > match : PROBE == state && refusedIndex == next - 1;
    }

    /** Are the rounds of catching up short enough that the peer would not hold up commits? */
    void followRounds(final long lastIndex, final long nowNs, final long roundMaxNs) {
        if (match >= roundTarget) {
            caughtUp = REPLICATE == state && nowNs - roundStartNs <= roundMaxNs;
            roundTarget = lastIndex;
            roundStartNs = nowNs;
            rounds = Math.min(rounds + 1, ROUNDS_PACED);
        } else if (nowNs - roundStartNs > roundMaxNs) {
            caughtUp = false;
        }
    }

    /** @return {@link #PROBE}, {@link #REPLICATE} or {@link #SNAPSHOT}. */
    public int state() {
        return state;
    }

    /** @return highest index known to be held, by the peer's durability level. */
    public long match() {
        return match;
    }

    /** @return messages with entries that are on their way. */
    public int inFlight() {
        return count;
    }

    /** @return true when it needs entries that the leader has no more, and no snapshot is on its way. */
    public boolean isSnapshotDue() {
        return SNAPSHOT == state && !snapshotSending;
    }

    /**
     * A snapshot is being sent.
     *
     * @param index last entry it includes.
     */
    public void onSnapshotStarted(final long index) {
        snapshotSending = true;
        snapshotIndex = index;
    }

    /** It did not get there: look again what the peer needs. */
    public void onSnapshotFailed() {
        if (SNAPSHOT == state) {
            probe(next);
        }
    }
}
