package io.cairn.engine.pipeline;

import io.cairn.engine.bootstrap.Bootstrap;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.RaftSettings;
import io.cairn.engine.transport.Transport;

/**
 * What makes a node a member of a cluster.
 *
 * @param selfId       its id.
 * @param initial      the members it was started with; what the log or a snapshot says comes before.
 * @param endpoint     where it listens, whatever the configuration says; null where it does not.
 * @param incarnation  identity of its directory.
 * @param raftSettings timeouts and bounds of the protocol.
 * @param transport    towards the other members; null for a single node.
 * @param bootstrap    of a directory that belongs to no cluster yet; null otherwise.
 * @param remoteClients makes the way in for clients of other processes; null where there is none.
 */
public record MemberSettings(
    int selfId,
    ClusterConfiguration initial,
    String endpoint,
    long incarnation,
    RaftSettings raftSettings,
    Transport transport,
    Bootstrap bootstrap,
    RequestSource.Factory remoteClients) {
}
