package io.cairn.engine.bootstrap;

import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;

import java.util.Objects;

/**
 * A blank directory's way into a cluster. It hears the others of its list and either founds a cluster with them, or learns which one they belong to
 * and waits to be taken up.
 *
 * <p><b>Founding needs no vote.</b> Every member draws its incarnation before it says a word, durably. The cluster's identity is a function of all of
 * them, so whoever has heard every member of the list computes the same identity and the same first configuration, in any order and again after any
 * crash; there is nothing to agree on beyond having heard everybody. Two foundings with one directory lost in between have different identities, and
 * members of different clusters do not hear each other.
 *
 * <pre>
 *   every other member of the list is blank, or founding with the same list, or belongs to the very cluster that this one would found ──► {@link
 *   #founded} any member belongs to a cluster                                                                                    ──► {@link
 *   #clusterId}
 * </pre>
 *
 * <p>Owner: one thread.
 */
public final class Bootstrap {
    private static final long FNV_BASIS = 0xCBF2_9CE4_8422_2325L;
    private static final long FNV_PRIME = 0x100_0000_01B3L;

    private final int selfId;
    private final long incarnation;
    private final ClusterConfiguration list;
    private final boolean isFounding;
    private final long listHash;
    private final int[] standings = new int[Membership.MEMBERS_MAX];
    private final long[] incarnations = new long[Membership.MEMBERS_MAX];
    private final long[] clusterIds = new long[Membership.MEMBERS_MAX];
    private final long[] listHashes = new long[Membership.MEMBERS_MAX];
    private long clusterId;
    private ClusterConfiguration founded;

    /**
     * @param selfId      this member.
     * @param incarnation of its directory.
     * @param list        the members at the first start, with endpoints, all of them voters; this one among them.
     * @param isFounding  whether it was told to found a cluster.
     */
    public Bootstrap(final int selfId, final long incarnation, final ClusterConfiguration list, final boolean isFounding) {
        if (0 == incarnation || !list.membership().isMember(selfId)) {
            throw new IllegalArgumentException("member " + selfId + " has no incarnation, or is not in its own list");
        }
        this.selfId = selfId;
        this.incarnation = incarnation;
        this.list = list;
        this.isFounding = isFounding;
        listHash = hashOf(list);
        look();
    }

    /**
     * @param list of members.
     * @return a number that is equal wherever the list is.
     */
    public static long hashOf(final ClusterConfiguration list) {
        long hash = FNV_BASIS;
        for (long rest = list.membership().members(); 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            final String text = id + "=" + Objects.toString(list.endpoint(id), "") + ",";
            for (int i = 0; i < text.length(); i++) {
                hash = (hash ^ text.charAt(i)) * FNV_PRIME;
            }
        }
        return hash;
    }

    /**
     * Another member said what it is.
     *
     * @param introduction heard.
     */
    public void onIntroduction(final Introduction introduction) {
        final int from = introduction.from;
        if (from == selfId || from < 0 || from >= Membership.MEMBERS_MAX || 0 == introduction.incarnation) {
            return;
        }
        standings[from] = introduction.standing;
        incarnations[from] = introduction.incarnation;
        clusterIds[from] = introduction.clusterId;
        listHashes[from] = introduction.listHash;
        if (Introduction.MEMBER == introduction.standing) {
            clusterId = introduction.clusterId;
        }
        look();
    }

    private void look() {
        if (null != founded || !isFounding && 0 == clusterId) {
            return;
        }
        Membership membership = list.membership().withIncarnation(selfId, incarnation);
        for (long rest = others(); 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            if (0 == standings[id] || Introduction.FOUNDING == standings[id] && listHashes[id] != listHash) {
                return;
            }
            membership = membership.withIncarnation(id, incarnations[id]);
        }
        final long candidate = clusterIdOf(membership);
        for (long rest = others(); 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            if (Introduction.MEMBER == standings[id] && clusterIds[id] != candidate) {
                return;
            }
        }
        founded = list.withMembership(membership).withClusterId(candidate);
    }

    private long others() {
        return list.membership().members() & ~(1L << selfId);
    }

    private static long clusterIdOf(final Membership membership) {
        long hash = FNV_BASIS;
        for (long rest = membership.members(); 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            hash = (hash ^ id) * FNV_PRIME;
            for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
                hash = (hash ^ membership.incarnation(id) >>> shift & 0xFF) * FNV_PRIME;
            }
        }
        return hash >>> 1 | 1;
    }

    /** @return the first configuration, with the cluster's identity and every member's incarnation; null until all of the list were heard. */
    public ClusterConfiguration founded() {
        return founded;
    }

    /** @return the cluster that another member says it belongs to; 0 until one does. */
    public long clusterId() {
        return clusterId;
    }

    /** @return {@link Introduction#BLANK} or {@link Introduction#FOUNDING}. */
    public int standing() {
        return isFounding ? Introduction.FOUNDING : Introduction.BLANK;
    }

    /** @return hash of the list, for others to compare. */
    public long listHash() {
        return listHash;
    }

    /** @return mask of the members of the list that were not heard yet. */
    public long unheard() {
        long unheard = others();
        for (long rest = unheard; 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            if (0 != standings[id]) {
                unheard &= ~(1L << id);
            }
        }
        return unheard;
    }

    /** @return mask of the members of the list that found a cluster with another list. */
    public long contradicting() {
        long mask = 0;
        for (long rest = others(); 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            if (Introduction.FOUNDING == standings[id] && listHashes[id] != listHash) {
                mask |= 1L << id;
            }
        }
        return mask;
    }
}
