package io.cairn.engine.pipeline;

import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Role;

/**
 * How a member is, at one moment.
 *
 * @param id            of the member.
 * @param incarnation   of its directory.
 * @param role          of the protocol.
 * @param leader        as far as it knows; −1 for none.
 * @param term          current.
 * @param firstIndex    of its log.
 * @param lastIndex     of its log.
 * @param commitIndex   as far as it knows.
 * @param appliedIndex  last entry applied.
 * @param snapshotIndex last entry of its newest snapshot; 0 for none.
 * @param faultyRanges  ranges of its log that wait for repair.
 * @param sessions      open in its state.
 * @param transfers     snapshots and increments from and to other members.
 * @param configuration in force on it.
 * @param notice        what keeps it from its cluster; empty where nothing does.
 */
public record MemberStatus(
    int id,
    long incarnation,
    Role role,
    int leader,
    long term,
    long firstIndex,
    long lastIndex,
    long commitIndex,
    long appliedIndex,
    long snapshotIndex,
    int faultyRanges,
    long sessions,
    TransferCounts transfers,
    ClusterConfiguration configuration,
    String notice) {
}
