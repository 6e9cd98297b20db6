package io.cairn.engine.pipeline;

import io.cairn.engine.bootstrap.Bootstrap;
import io.cairn.engine.config.Durability;
import io.cairn.engine.raft.RaftCore;
import io.cairn.engine.storage.FoundingFile;
import io.cairn.engine.storage.NodeState;
import io.cairn.engine.storage.NodeStorage;
import io.cairn.engine.transport.Transport;
import io.cairn.fsm.StateAdmission;
import io.cairn.snapshot.SnapshotPolicy;
import io.cairn.snapshot.SnapshotStore;
import io.cairn.wal.LogCursor;
import io.cairn.wal.StableStore;
import io.cairn.wal.WriteAheadLog;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;

/**
 * What the agents share, put together once by {@link Pipeline} before any of them runs.
 */
final class PipelineContext {
    RaftCore core;
    LogTerms logTerms;
    Configurations configurations;
    /** Null where this member is the only one. */
    Transport transport;
    /** Null where no client of another process is served. */
    RequestSource remoteClients;
    int selfId;
    String endpoint;
    long incarnation;
    /** Null where this member belongs to a cluster already, or is the only one. */
    Bootstrap bootstrap;
    FoundingFile foundingFile;
    MemberControl control;
    WriteAheadLog log;
    StableStore stableStore;
    LogCursor applierCursor;
    /** What the node starts with. */
    NodeState state;
    StateAdmission admission;
    SnapshotStore snapshots;
    SnapshotPolicy snapshotPolicy;
    long scrubIntervalNs;
    EngineStatistics statistics;
    EngineFailure failure;
    byte[] configuration;
    boolean incrementalSnapshots;
    Durability durability;
    long durabilityIntervalNs;
    ManyToOneRingBuffer ingress;
    OneToOneRingBuffer queries;
    PendingCommands pending;
    ClientRegistry clients;
    PipelinePositions positions;
    final PipelineCounts counts = new PipelineCounts();
    SyncerRequests syncerRequests;
    Wakeup sequencerWakeup;
    Wakeup syncerWakeup;
    Wakeup applierWakeup;
    SnapshotHandover handover;
    /** For what is sent to other members. */
    SnapshotHandover incrementHandover;
    InstallHandover installHandover;
    TransferDesk transferDesk;
    boolean needsSnapshot;
    NodeStorage storage;
    long transferBytesPerSecond;
    boolean hasBackgroundThreads;
    boolean transferIncrements;
    ViewDesk viewDesk;
    EpochClock epochClock;
    NanoClock nanoClock;
    long lastTimestampMs;
    long clockJumpMaxMs;
    long tickIntervalMs;
    long viewIntervalNs;
    int replyBytesMax;
}
