package io.cairn.engine.raft;

import java.util.Arrays;

/**
 * What a configuration entry says: which cluster it is, who the members are, and where they are to be found. Immutable.
 */
public final class ClusterConfiguration {
    private final long clusterId;
    private final Membership membership;
    private final String[] endpoints;

    private ClusterConfiguration(final long clusterId, final Membership membership, final String[] endpoints) {
        this.clusterId = clusterId;
        this.membership = membership;
        this.endpoints = endpoints;
    }

    /**
     * Members without endpoints: a single node.
     *
     * @param membership of the node.
     * @return the configuration.
     */
    public static ClusterConfiguration of(final Membership membership) {
        return new ClusterConfiguration(0, membership, new String[Membership.MEMBERS_MAX]);
    }

    /**
     * @param id       a member.
     * @param endpoint HOST:PORT, the first of its ports.
     * @return the configuration with it.
     */
    public ClusterConfiguration withEndpoint(final int id, final String endpoint) {
        final String[] copy = endpoints.clone();
        copy[id] = endpoint;
        return new ClusterConfiguration(clusterId, membership, copy);
    }

    /**
     * @param changed members.
     * @return the configuration with them, endpoints of those that are no members any more left out.
     */
    public ClusterConfiguration withMembership(final Membership changed) {
        final String[] copy = endpoints.clone();
        for (int id = 0; id < copy.length; id++) {
            if (!changed.isMember(id)) {
                copy[id] = null;
            }
        }
        return new ClusterConfiguration(clusterId, changed, copy);
    }

    /**
     * @param id of the cluster.
     * @return the configuration of that cluster.
     */
    public ClusterConfiguration withClusterId(final long id) {
        return new ClusterConfiguration(id, membership, endpoints);
    }

    /** @return identity of the cluster, agreed on when it was bootstrapped; 0 where there is none yet. */
    public long clusterId() {
        return clusterId;
    }

    /** @return the members. */
    public Membership membership() {
        return membership;
    }

    /**
     * @param id a member.
     * @return HOST:PORT, or null where none is known.
     */
    public String endpoint(final int id) {
        return endpoints[id];
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof ClusterConfiguration that && clusterId == that.clusterId && membership.equals(that.membership) &&
            Arrays.equals(endpoints, that.endpoints);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Long.hashCode(clusterId) + membership.hashCode()) + Arrays.hashCode(endpoints);
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder(membership.toString());
        for (int id = 0; id < endpoints.length; id++) {
            if (null != endpoints[id]) {
                text.append(' ').append(id).append('=').append(endpoints[id]);
            }
        }
        return text.toString();
    }
}
