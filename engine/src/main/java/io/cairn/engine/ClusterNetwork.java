package io.cairn.engine;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.gateway.AdminHandler;
import io.cairn.engine.gateway.ClientGateway;
import io.cairn.engine.gateway.GatewaySettings;
import io.cairn.engine.pipeline.MemberSettings;
import io.cairn.engine.pipeline.RequestSource;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.RaftSettings;
import io.cairn.engine.storage.NodeStorage;
import io.cairn.engine.transport.AeronNetwork;
import io.cairn.engine.transport.Transport;
import io.cairn.engine.transport.TransportChannels;
import io.cairn.engine.config.DriverMode;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.SystemNanoClock;

import java.net.InetAddress;
import java.net.UnknownHostException;
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
            null, new MemberSettings(0, ClusterConfiguration.of(Membership.of(0)), 0, new RaftSettings(), null, null));
    }

    static ClusterNetwork open(
        final ClusterContext cluster,
        final EffectiveConfiguration configuration,
        final NodeStorage storage,
        final Path dataDirectory,
        final ErrorHandler errorHandler,
        final AdminHandler engineHandler) {
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
            return new ClusterNetwork(null, new MemberSettings(id, initial, 0, settings, transport, null));
        }
        requireSecret(cluster, configuration, initial.endpoint(id));
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
            final RequestSource.Factory gateway = newGateway(cluster, configuration, storage, network, engineHandler);
            return new ClusterNetwork(network, new MemberSettings(id, initial, 0, settings, transport, gateway));
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(network);
            throw ex;
        }
    }

    /** Whoever opens a member to the network without a secret must have meant it. */
    private static void requireSecret(final ClusterContext cluster, final EffectiveConfiguration configuration, final String endpoint) {
        if (cluster.isSharedMemory() || null != cluster.authenticator() || configuration.bool(ConfigKeys.CLUSTER_INSECURE)) {
            return;
        }
        final String host = endpoint.substring(0, Math.max(0, endpoint.lastIndexOf(':')));
        try {
            if (!InetAddress.getByName(host).isLoopbackAddress()) {
                throw new EngineException("member " + cluster.memberId() + " listens on " + host +
                    ", which other machines reach, without a secret: give members and clients the same one, or set cluster.insecure=true");
            }
        } catch (final UnknownHostException ex) {
            throw new EngineException("member " + cluster.memberId() + " is to listen on '" + host + "', which is no address of this machine", ex);
        }
    }

    private static RequestSource.Factory newGateway(
        final ClusterContext cluster,
        final EffectiveConfiguration configuration,
        final NodeStorage storage,
        final AeronNetwork network,
        final AdminHandler engineHandler) {
        final int id = cluster.memberId();
        final int termLength = (int)configuration.sizeBytes(ConfigKeys.CLUSTER_LOG_TERM);
        final int mtuLength = (int)configuration.integer(ConfigKeys.CLUSTER_MTU);
        final TransportChannels channels = new TransportChannels(cluster.isSharedMemory(), termLength, termLength, mtuLength);
        channels.endpoint(id, cluster.initial().endpoint(id));
        final GatewaySettings settings = new GatewaySettings(
            id,
            storage.log().clusterId(),
            channels.clientsOf(id),
            channels.clientsStreamOf(id),
            cluster.isSharedMemory(),
            (int)configuration.integer(ConfigKeys.CLIENT_INFLIGHT_MAX),
            (int)configuration.integer(ConfigKeys.CLIENTS_MAX),
            (int)configuration.sizeBytes(ConfigKeys.WAL_RECORD_MAX),
            termLength,
            mtuLength,
            cluster.authenticator(),
            cluster.adminHandler(),
            engineHandler,
            SystemNanoClock.INSTANCE);
        return clients -> new ClientGateway(network.aeron(), settings, clients);
    }

    MemberSettings member() {
        return member;
    }

    @Override
    public void close() {
        CloseHelper.close(network);
    }
}
