package io.cairn.engine.pipeline;

/**
 * What the agents count, for those who watch. Each field has one writer, which releases once per duty cycle that did something.
 */
public final class PipelineCounts {
    /** Sequencer: current term. */
    public final Position term = new Position(0);
    /** Sequencer: ordinal of the current role. */
    public final Position role = new Position(0);
    /** Sequencer: commands taken from the ingress ring and logged. */
    public final Position commands = new Position(0);
    /** Sequencer: bytes of payload they had. */
    public final Position commandBytes = new Position(0);
    /** Sequencer: requests refused before they were logged. */
    public final Position refused = new Position(0);
    /** Sequencer: times an append found no segment ready. */
    public final Position stalled = new Position(0);
    /** Sequencer: messages of other members whose entries were damaged on the way. */
    public final Position damagedMessages = new Position(0);
    /** Sequencer: clients of other processes that are connected. */
    public final Position remoteClients = new Position(0);
    /** Sequencer: messages of clients dropped: damaged, of another schema or cluster, or of nobody who is connected. */
    public final Position clientMessagesDropped = new Position(0);
    /** Sequencer: connections of clients refused for want of room or for a wrong proof, or ended because they did not keep to the rules. */
    public final Position clientConnectionsRefused = new Position(0);
    /** Snapshotter: bytes of snapshots sent to other members, whole ones. */
    public final Position snapshotBytesSent = new Position(0);
    /** Snapshotter: bytes of increments sent to other members. */
    public final Position incrementBytesSent = new Position(0);
    /** Snapshotter: bytes of increments received from other members. */
    public final Position incrementBytesReceived = new Position(0);
    /** Snapshotter: increments that another member has installed. */
    public final Position incrementsSent = new Position(0);
    /** Snapshotter: increments of other members that were installed here. */
    public final Position incrementsInstalled = new Position(0);
    /** Snapshotter: bytes of snapshots received from other members, whole ones. */
    public final Position snapshotBytesReceived = new Position(0);
    /** Snapshotter: whole snapshots that another member has installed. */
    public final Position snapshotsSent = new Position(0);
    /** Snapshotter: whole snapshots of other members that were installed here. */
    public final Position snapshotsInstalled = new Position(0);
    /** Snapshotter: messages of transfers that were foreign, damaged or made no sense. */
    public final Position transferMessagesDropped = new Position(0);
    /** Sequencer: ranges of damaged entries in the log. */
    public final Position faultyRanges = new Position(0);
    /** Sequencer: damaged entry that no member can send, 0 for none. */
    public final Position helplessEntry = new Position(0);
    /** Sequencer: records repaired from other members since the start. */
    public final Position repairedRecords = new Position(0);
    /** Applier: entries applied since the start. */
    public final Position appliedEntries = new Position(0);
    /** Applier: queries answered. */
    public final Position queries = new Position(0);
    /** Applier: commands answered from the session table. */
    public final Position duplicates = new Position(0);
    /** Applier: replies that found no room. */
    public final Position repliesDropped = new Position(0);
    /** Applier: time spent applying, ns, estimated from one batch in {@link #APPLY_SAMPLE}. */
    public final Position applyTimeNs = new Position(0);
    /** Applier: longest of the batches that were timed, ns. */
    public final Position applyTimeMaxNs = new Position(0);
    /** Applier: live pages of the state. */
    public final Position livePages = new Position(0);
    /** Applier: pages of the state ever used. */
    public final Position allocatedPages = new Position(0);
    /** Applier: open sessions. */
    public final Position sessions = new Position(0);

    /** One batch in so many is timed. */
    public static final int APPLY_SAMPLE = 64;

    PipelineCounts() {
    }
}
