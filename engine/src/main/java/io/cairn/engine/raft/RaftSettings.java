package io.cairn.engine.raft;

/**
 * What may be tuned in the protocol. Durations are nanoseconds of the monotonic clock that {@link RaftCore#onTime} is given.
 */
public final class RaftSettings {
    private static final long NS_PER_MS = 1_000_000;

    private long electionTimeoutMinNs = 150 * NS_PER_MS;
    private long electionTimeoutMaxNs = 300 * NS_PER_MS;
    private long heartbeatNs = 50 * NS_PER_MS;
    private int inFlightMessagesMax = 64;
    private long inFlightBytesMax = 4 << 20;
    private long catchUpBytesPerSecond;
    private boolean leaseReads;
    private int clockDriftPercent = 10;
    private long preferredLeaders;
    private boolean gatherCommits;
    private long seed = 1;

    /**
     * The range from which an election timeout is drawn, uniformly (dissertation §9).
     *
     * @param minNs shortest; also how long a vote is refused after a leader was heard (§4.2.3).
     * @param maxNs longest; also how long a leader goes on without hearing a quorum (CheckQuorum, §6.2).
     * @return this.
     */
    public RaftSettings electionTimeout(final long minNs, final long maxNs) {
        electionTimeoutMinNs = minNs;
        electionTimeoutMaxNs = maxNs;
        return this;
    }

    /**
     * @param ns between the heartbeats of a leader that has nothing to say; less than the shortest election timeout.
     * @return this.
     */
    public RaftSettings heartbeat(final long ns) {
        heartbeatNs = ns;
        return this;
    }

    /**
     * How much may be on its way to one peer without an answer (§10.2.1).
     *
     * @param messages at most; a power of two.
     * @param bytes    at most; a single message may be larger.
     * @return this.
     */
    public RaftSettings inFlight(final int messages, final long bytes) {
        inFlightMessagesMax = messages;
        inFlightBytesMax = bytes;
        return this;
    }

    /**
     * How fast a member that does not vote yet, and has not caught up, is sent what it missed (§4.2.1). Each round of catching up may go twice as
     * fast as the one before: however fast the log grows, one of them catches it.
     *
     * @param bytesPerSecond of records in the first round; 0, as by default, for as fast as they are taken.
     * @return this.
     */
    public RaftSettings catchUp(final long bytesPerSecond) {
        catchUpBytesPerSecond = bytesPerSecond;
        return this;
    }

    /**
     * Whether a leader answers reads without asking the others, as long as a quorum heard it less than an election timeout ago (§6.4.1).
     * <b>Assumes</b> that no member's monotonic clock runs faster than another's by more than the given drift, and that no process is paused
     * between the check and the answer for longer than what the drift leaves: where that may not hold, reads may be stale.
     *
     * @param enabled      off by default.
     * @param driftPercent by which the lease is shortened.
     * @return this.
     */
    public RaftSettings leaseReads(final boolean enabled, final int driftPercent) {
        leaseReads = enabled;
        clockDriftPercent = driftPercent;
        return this;
    }

    /**
     * @param value from which every choice of the core follows; different for each member.
     * @return this.
     */
    public RaftSettings seed(final long value) {
        seed = value;
        return this;
    }

    /**
     * Members that are to lead where they can: another leader hands over to one of them that has caught up (§3.10).
     *
     * @param mask of member ids; 0 for no preference.
     * @return this.
     */
    public RaftSettings preferredLeaders(final long mask) {
        preferredLeaders = mask;
        return this;
    }

    /**
     * Whether the news that entries are committed goes with the next entries, or at the next {@link RaftCore#onTime}, whichever comes first, instead
     * of in a message of its own at once. Saves a message to every peer for every command of a client that waits for its answer before it sends the
     * next; followers apply later by as much. Reads wait for nothing more: the round that confirms them carries the news.
     *
     * @param enabled off by default.
     * @return this.
     */
    public RaftSettings gatherCommits(final boolean enabled) {
        gatherCommits = enabled;
        return this;
    }

    RaftSettings conclude() {
        check(heartbeatNs > 0, "the heartbeat interval must be positive");
        check(electionTimeoutMinNs > heartbeatNs, "the shortest election timeout must be longer than the heartbeat interval");
        check(electionTimeoutMaxNs >= electionTimeoutMinNs, "the longest election timeout is shorter than the shortest");
        check(inFlightMessagesMax > 0 && Integer.bitCount(inFlightMessagesMax) == 1, "messages in flight must be a power of two");
        check(inFlightBytesMax > 0, "bytes in flight must be positive");
        check(catchUpBytesPerSecond >= 0, "a pace of catching up is not negative");
        check(clockDriftPercent >= 0 && clockDriftPercent < 100, "a clock drift is 0 to 99 percent");
        return this;
    }

    private static void check(final boolean condition, final String what) {
        if (!condition) {
            throw new IllegalArgumentException(what);
        }
    }

    long electionTimeoutMinNs() {
        return electionTimeoutMinNs;
    }

    long electionTimeoutMaxNs() {
        return electionTimeoutMaxNs;
    }

    long heartbeatNs() {
        return heartbeatNs;
    }

    int inFlightMessagesMax() {
        return inFlightMessagesMax;
    }

    long inFlightBytesMax() {
        return inFlightBytesMax;
    }

    long catchUpBytesPerSecond() {
        return catchUpBytesPerSecond;
    }

    boolean isLeaseReads() {
        return leaseReads;
    }

    /** How long a leader may trust that no other was elected after the beginning of a round that a quorum answered. */
    long leaseNs() {
        return electionTimeoutMinNs / 100 * (100 - clockDriftPercent);
    }

    long preferredLeaders() {
        return preferredLeaders;
    }

    boolean isGatherCommits() {
        return gatherCommits;
    }

    long seed() {
        return seed;
    }
}
