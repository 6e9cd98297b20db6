package io.cairn.engine.bootstrap;

import io.cairn.engine.raft.Membership;

/**
 * Whom this member has heard of, with what they said last. Owner: one thread. Allocates only for a name that is new.
 */
public final class Acquaintances {
    private final long[] incarnations = new long[Membership.MEMBERS_MAX];
    private final long[] clusterIds = new long[Membership.MEMBERS_MAX];
    private final long[] sinceNs = new long[Membership.MEMBERS_MAX];
    private final long[] heardNs = new long[Membership.MEMBERS_MAX];
    private final String[] endpoints = new String[Membership.MEMBERS_MAX];

    /** Nobody is known. */
    public Acquaintances() {
    }

    /**
     * A member introduced itself.
     *
     * @param introduction heard.
     * @param nowNs        monotonic time.
     */
    public void onIntroduction(final Introduction introduction, final long nowNs) {
        final int id = introduction.from;
        if (incarnations[id] != introduction.incarnation) {
            incarnations[id] = introduction.incarnation;
            sinceNs[id] = nowNs;
        }
        clusterIds[id] = introduction.clusterId;
        heardNs[id] = nowNs;
        if (!introduction.endpoint.isEmpty() && !introduction.endpoint.equals(endpoints[id])) {
            endpoints[id] = introduction.endpoint;
        }
    }

    /**
     * @param id a member.
     * @return incarnation it said last; 0 where it was never heard.
     */
    public long incarnation(final int id) {
        return incarnations[id];
    }

    /**
     * @param id a member.
     * @return cluster it says it belongs to; 0 for none.
     */
    public long clusterId(final int id) {
        return clusterIds[id];
    }

    /**
     * @param id a member.
     * @return where it says it is to be found; null where it was never heard or is in shared memory.
     */
    public String endpoint(final int id) {
        return endpoints[id];
    }

    /**
     * @param id    a member.
     * @param nowNs monotonic time.
     * @param forNs how long it must have said the same, and how recently it must have said anything.
     * @return the incarnation that it has been saying all that time; 0 where it has not. Two processes under one id contradict each other for ever.
     */
    public long settledIncarnation(final int id, final long nowNs, final long forNs) {
        final boolean settled = 0 != incarnations[id] && nowNs - sinceNs[id] >= forNs && nowNs - heardNs[id] <= forNs;
        return settled ? incarnations[id] : 0;
    }

    /**
     * @param id    a member.
     * @param nowNs monotonic time.
     * @param forNs how recently.
     * @return true when it was heard since.
     */
    public boolean isPresent(final int id, final long nowNs, final long forNs) {
        return 0 != incarnations[id] && nowNs - heardNs[id] <= forNs;
    }
}
