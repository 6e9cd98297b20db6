package io.cairn.engine;

import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.pipeline.MemberSettings;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.RaftSettings;
import io.cairn.engine.storage.NodeStorage;
import io.cairn.engine.transport.AeronNetwork;
import io.cairn.engine.transport.Transport;
import io.cairn.engine.config.DriverMode;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;

import java.nio.file.Path;

/**
 * The network of one node, or none where it is alone.
 */
final class ClusterNetwork implements AutoCloseable {
    private final AeronNetwork network;
    private final MemberSettings member;

    private ClusterNetwork(final AeronNetwork network, final MemberSettings member) {
        this.network = network;
        this.member = member;
    }

    /** A cluster of one. */
    static ClusterNetwork alone() {
        return new ClusterNetwork(
            null, new MemberSettings(0, ClusterConfiguration.of(Membership.of(0)), 0, new RaftSettings(), null));
    }

    static ClusterNetwork open(
        final ClusterContext cluster,
        final EffectiveConfiguration configuration,
        final NodeStorage storage,
        final Path dataDirectory,
        final ErrorHandler errorHandler) {
        final ClusterConfiguration initial = cluster.initial();
        final int id = cluster.memberId();
        final RaftSettings settings = new RaftSettings()
            .electionTimeout(
                configuration.durationNs(ConfigKeys.CLUSTER_ELECTION_TIMEOUT_MIN),
                configuration.durationNs(ConfigKeys.CLUSTER_ELECTION_TIMEOUT_MAX))
            .heartbeat(configuration.durationNs(ConfigKeys.CLUSTER_HEARTBEAT))
            .seed(cluster.electionSeed());
        if (null != cluster.transports()) {
            final Transport transport = cluster.transports().apply(storage.log().clusterId());
            return new ClusterNetwork(null, new MemberSettings(id, initial, 0, settings, transport));
        }
        final DriverMode mode = cluster.isSharedMemory() ?
            DriverMode.EXTERNAL : configuration.choice(ConfigKeys.CLUSTER_DRIVER, DriverMode.class);
        final Path directory = null == cluster.aeronDirectory() ? dataDirectory.resolve("aeron") : cluster.aeronDirectory();
        final AeronNetwork network = AeronNetwork.open(mode, directory, errorHandler);
        try {
            final Transport transport = network.newTransport(
                id,
                storage.log().clusterId(),
                cluster.isSharedMemory(),
                (int)configuration.sizeBytes(ConfigKeys.CLUSTER_LOG_TERM),
                (int)configuration.integer(ConfigKeys.CLUSTER_MTU),
                initial.endpoint(id));
            return new ClusterNetwork(network, new MemberSettings(id, initial, 0, settings, transport));
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(network);
            throw ex;
        }
    }

    MemberSettings member() {
        return member;
    }

    @Override
    public void close() {
        CloseHelper.close(network);
    }
}
