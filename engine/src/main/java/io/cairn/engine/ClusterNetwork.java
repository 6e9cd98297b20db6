package io.cairn.engine;

import io.aeron.exceptions.RegistrationException;
import io.cairn.engine.bootstrap.Bootstrap;
import io.cairn.engine.client.EngineException;
import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.config.IdleKind;
import io.cairn.engine.gateway.AdminHandler;
import io.cairn.engine.gateway.ClientGateway;
import io.cairn.engine.gateway.GatewaySettings;
import io.cairn.engine.pipeline.ConfigurationCodec;
import io.cairn.engine.pipeline.MemberSettings;
import io.cairn.engine.pipeline.RequestSource;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.RaftSettings;
import io.cairn.engine.storage.NodeStorage;
import io.cairn.engine.transport.AeronNetwork;
import io.cairn.engine.transport.DriverDirectory;
import io.cairn.engine.transport.DriverLease;
import io.cairn.engine.transport.AeronTransport;
import io.cairn.engine.transport.Transport;
import io.cairn.engine.transport.TransportChannels;
import io.cairn.engine.config.DriverMode;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.SystemNanoClock;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The network of one node, or none where it is alone.
 */
final class ClusterNetwork implements AutoCloseable {
    /** To append an entry and to apply it takes a member about so many times what a byte of a snapshot does. */
    private static final long CATCH_UP_SHARE = 4;
    private static final Pattern ENDPOINT = Pattern.compile("endpoint=([^|,\\s]+)");

    private final AeronNetwork network;
    private final DriverLease lease;
    private final MemberSettings member;

    private ClusterNetwork(final AeronNetwork network, final DriverLease lease, final MemberSettings member) {
        this.network = network;
        this.lease = lease;
        this.member = member;
    }

    /** A cluster of one. */
    static ClusterNetwork alone() {
        return new ClusterNetwork(
            null, null, new MemberSettings(0, ClusterConfiguration.of(Membership.of(0)), null, 0, new RaftSettings(), null, null, null));
    }

    static ClusterNetwork open(
        final ClusterContext cluster,
        final EffectiveConfiguration configuration,
        final NodeStorage storage,
        final Path dataDirectory,
        final ErrorHandler errorHandler,
        final AdminHandler engineHandler) {
        final ClusterConfiguration list = cluster.initial();
        final int id = cluster.memberId();
        final RaftSettings settings = new RaftSettings()
            .electionTimeout(
                configuration.durationNs(ConfigKeys.CLUSTER_ELECTION_TIMEOUT_MIN),
                configuration.durationNs(ConfigKeys.CLUSTER_ELECTION_TIMEOUT_MAX))
            .heartbeat(configuration.durationNs(ConfigKeys.CLUSTER_HEARTBEAT))
            .gatherCommits(true)
            .catchUp(configuration.sizeBytes(ConfigKeys.CLUSTER_SNAPSHOT_RATE) / CATCH_UP_SHARE)
            .seed(cluster.electionSeed());
        if (null != cluster.transports()) {
            return new ClusterNetwork(null, null, newMember(cluster, storage, settings, cluster.transports().apply(storage.log().clusterId()), null));
        }
        final DriverMode mode = cluster.isSharedMemory() ?
            DriverMode.EXTERNAL : configuration.choice(ConfigKeys.CLUSTER_DRIVER, DriverMode.class);
        final Path directory = null == cluster.aeronDirectory() ? DriverDirectory.of(dataDirectory) : cluster.aeronDirectory();
        final boolean isOwnDirectory = null == cluster.aeronDirectory() && DriverMode.EXTERNAL != mode;
        final DriverLease lease = isOwnDirectory ? DriverLease.take(directory) : null;
        final IdleKind idle = configuration.choice(ConfigKeys.IDLE_DRIVER, IdleKind.class);
        final AeronNetwork network = openNetwork(mode, idle, directory, lease, errorHandler);
        try {
            final AeronTransport transport = network.newTransport(
                id,
                cluster.isSharedMemory(),
                (int)configuration.sizeBytes(ConfigKeys.CLUSTER_LOG_TERM),
                (int)configuration.integer(ConfigKeys.CLUSTER_MTU),
                list.endpoint(id));
            final RequestSource.Factory gateway = newGateway(cluster, configuration, transport, network, engineHandler);
            return new ClusterNetwork(network, lease, newMember(cluster, storage, settings, transport, gateway));
        } catch (final RegistrationException ex) {
            CloseHelper.quietCloseAll(network, lease);
            throw new EngineException(
                "member " + id + " cannot listen on the ten ports from " + list.endpoint(id) + " on: " + explained(ex.getMessage()), ex);
        } catch (final RuntimeException ex) {
            CloseHelper.quietCloseAll(network, lease);
            throw ex;
        }
    }

    /** What processes left that are gone is taken away on the occasion: whoever is killed does not take away its own. */
    private static AeronNetwork openNetwork(
        final DriverMode mode, final IdleKind idle, final Path directory, final DriverLease lease, final ErrorHandler errorHandler) {
        try {
            final AeronNetwork network = AeronNetwork.open(mode, idle, directory, errorHandler);
            if (null != lease) {
                lease.mark();
                lease.sweep();
            }
            return network;
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(lease);
            throw ex;
        }
    }

    /** What the driver says, without its own words for it. */
    private static String explained(final String said) {
        final Matcher endpoint = ENDPOINT.matcher(said);
        final String place = endpoint.find() ? endpoint.group(1) : "one of them";
        if (said.contains("Address already in use")) {
            return place + " is taken by another process: end that one, or give this member another address";
        }
        if (said.contains("Cannot assign requested address")) {
            return place + " is no address of this machine";
        }
        if (said.contains("UnknownHostException")) {
            return "the name in " + place + " is not known here";
        }
        return said.replaceFirst("^.*ERROR - ", "").replaceFirst(" \\(at [^:]*\\)", "");
    }

    /** Before a file is touched: whoever opens a member to the network without a secret must have meant it. */
    static void requireSecret(final ClusterContext cluster, final EffectiveConfiguration configuration) {
        if (null == cluster || null != cluster.transports()) {
            return;
        }
        final String endpoint = cluster.initial().endpoint(cluster.memberId());
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
        final AeronTransport transport,
        final AeronNetwork network,
        final AdminHandler engineHandler) {
        final int id = cluster.memberId();
        final int termLength = (int)configuration.sizeBytes(ConfigKeys.CLUSTER_LOG_TERM);
        final int mtuLength = (int)configuration.integer(ConfigKeys.CLUSTER_MTU);
        final TransportChannels channels = new TransportChannels(cluster.isSharedMemory(), termLength, termLength, mtuLength);
        channels.endpoint(id, cluster.initial().endpoint(id));
        final GatewaySettings settings = new GatewaySettings(
            id,
            transport::clusterId,
            channels.clientsOf(id),
            channels.clientsStreamOf(id),
            cluster.isSharedMemory(),
            (int)configuration.integer(ConfigKeys.CLIENT_INFLIGHT_MAX),
            (int)configuration.integer(ConfigKeys.CLIENTS_MAX),
            (int)configuration.sizeBytes(ConfigKeys.WAL_RECORD_MAX),
            termLength,
            cluster.isSharedMemory() ? TransportChannels.SHARED_MEMORY_MTU : mtuLength,
            configuration.durationNs(ConfigKeys.CLIENT_TIMEOUT),
            cluster.authenticator(),
            cluster.adminHandler(),
            engineHandler,
            SystemNanoClock.INSTANCE);
        return (clients, counts) -> new ClientGateway(network::current, settings, clients, counts);
    }

    /** Over a network on which members do not introduce themselves, they are what the list says and nothing else. */
    private static MemberSettings newMember(
        final ClusterContext cluster,
        final NodeStorage storage,
        final RaftSettings settings,
        final Transport transport,
        final RequestSource.Factory gateway) {
        final ClusterConfiguration list = cluster.initial();
        final int id = cluster.memberId();
        if (!transport.introduces()) {
            return new MemberSettings(id, list, list.endpoint(id), 0, settings, transport, null, gateway);
        }
        final byte[] stored = storage.founding().read();
        final ClusterConfiguration founding = null == stored ? list.withClusterId(0) : ConfigurationCodec.decode(stored);
        final boolean isBlank = 0 == founding.clusterId() && !isOfACluster(storage);
        if (isBlank && null == stored) {
            checkIsFresh(cluster, list, storage);
            storage.founding().write(ConfigurationCodec.encode(founding));
        }
        return new MemberSettings(
            id,
            0 == founding.clusterId() ? list : founding,
            list.endpoint(id),
            storage.log().incarnation(),
            settings,
            transport,
            isBlank ? newBootstrap(cluster, list, storage) : null,
            gateway);
    }

    /** A snapshot of a single node names no cluster; a log of one has no configuration. */
    private static boolean isOfACluster(final NodeStorage storage) {
        return storage.log().configurationAtOrBelow(storage.log().lastIndex()) > 0 || storage.restoreReport().loaded()
            .map(loaded -> 0 != ConfigurationCodec.decode(loaded.manifest().configuration()).clusterId())
            .orElse(false);
    }

    /** From here on it is known as a member's directory that belongs to no cluster yet, whatever its log has. */
    private static void checkIsFresh(final ClusterContext cluster, final ClusterConfiguration list, final NodeStorage storage) {
        if (storage.log().lastIndex() > 0 && !(isAlone(cluster, list) && cluster.isBootstrap())) {
            throw new EngineException(
                "the directory holds the log of a single node, which can only be the first member of a new cluster: start it with itself alone in " +
                    "the list and told to bootstrap, then add the others");
        }
    }

    private static boolean isAlone(final ClusterContext cluster, final ClusterConfiguration list) {
        return list.membership().members() == 1L << cluster.memberId();
    }

    /** One that has begun to take another cluster's log founds none. */
    private static Bootstrap newBootstrap(final ClusterContext cluster, final ClusterConfiguration list, final NodeStorage storage) {
        final boolean mayFound = 0 == storage.log().lastIndex() || isAlone(cluster, list);
        return new Bootstrap(cluster.memberId(), storage.log().incarnation(), list, cluster.isBootstrap() && mayFound);
    }

    MemberSettings member() {
        return member;
    }

    @Override
    public void close() {
        CloseHelper.closeAll(network, lease);
    }
}
