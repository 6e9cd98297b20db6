package io.cairn.engine.pipeline;

import io.cairn.engine.bootstrap.Acquaintances;
import io.cairn.engine.bootstrap.Bootstrap;
import io.cairn.engine.bootstrap.Introduction;
import io.cairn.engine.bootstrap.MemberChange;
import io.cairn.engine.bootstrap.Readmission;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.Proposal;
import io.cairn.engine.raft.RaftCore;
import io.cairn.engine.transport.Transport;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Who belongs to the cluster, on the Sequencer's side: introduces this member to the others, takes what they say of themselves, finds the cluster
 * of a blank directory, and, as leader, proposes what {@link Readmission} says. No decisions of its own. Owner: the Sequencer's thread.
 */
final class Registrar {
    private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long SEARCHING_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(50);
    /** How long a member must have said the same before a leader acts on it. */
    private static final long SETTLED_NS = TimeUnit.SECONDS.toNanos(1);

    /** How long a new member is looked for where it is said to be. */
    private static final long MEETING_NS = TimeUnit.SECONDS.toNanos(3);

    private final RaftCore core;
    private final Configurations configurations;
    private final Transport transport;
    private final SyncerRequests syncerRequests;
    private final PipelinePositions positions;
    private final int selfId;
    private final long incarnation;
    private final Consumer<ClusterConfiguration> founder;
    private final Acquaintances acquaintances = new Acquaintances();
    private final Introduction own = new Introduction();
    private final List<PendingChange> changes = new ArrayList<>();
    private final String[] places = new String[Membership.MEMBERS_MAX];
    private final Readmission.Heard heard = this::settledIncarnation;
    private Bootstrap bootstrap;
    private ClusterConfiguration founding;
    private long introducing;
    private long nextNs;
    private long nowNs;

    Registrar(final PipelineContext context, final Consumer<ClusterConfiguration> founder) {
        core = context.core;
        configurations = context.configurations;
        transport = context.transport;
        syncerRequests = context.syncerRequests;
        positions = context.positions;
        selfId = context.selfId;
        incarnation = context.incarnation;
        bootstrap = context.bootstrap;
        this.founder = founder;
        nowNs = context.nanoClock.nanoTime();
        nextNs = nowNs;
        own.from = selfId;
        own.incarnation = incarnation;
        own.endpoint = null == context.endpoint ? "" : context.endpoint;
        own.listHash = null == bootstrap ? 0 : bootstrap.listHash();
    }

    private long settledIncarnation(final int id) {
        return acquaintances.settledIncarnation(id, nowNs, SETTLED_NS);
    }

    /** @return amount of work done. */
    int onTime(final long time) {
        nowNs = time;
        if (0 == incarnation) {
            return 0;
        }
        int work = null == bootstrap ? 0 : search();
        if (time - nextNs >= 0) {
            nextNs = time + (null == bootstrap ? INTERVAL_NS : SEARCHING_INTERVAL_NS);
            introducing = transport.reachable();
            work += readmit();
            if (isClusterUnknown()) {
                lookForCluster();
            }
        }
        if (!changes.isEmpty()) {
            work += pursueChanges();
        }
        return 0 == introducing ? work : work + introduce();
    }

    /**
     * The entry that names the cluster is damaged, in a directory that was taken up blank, so that nothing else here names it. Until it is repaired,
     * answers about damaged entries are all that may be taken from others.
     */
    boolean isClusterUnknown() {
        return null == bootstrap && 0 != incarnation && 0 == configurations.current().clusterId();
    }

    /** Whoever is in the list says which cluster it belongs to. Were it another one, its entries would not continue this log, and be refused. */
    private void lookForCluster() {
        for (long rest = configurations.current().membership().members() & ~(1L << selfId); 0 != rest; rest &= rest - 1) {
            final long said = acquaintances.clusterId(Long.numberOfTrailingZeros(rest));
            if (0 != said) {
                transport.belong(said);
                return;
            }
        }
    }

    private int introduce() {
        int work = 0;
        own.standing = null == bootstrap ? Introduction.MEMBER : bootstrap.standing();
        own.clusterId = null == bootstrap ? configurations.current().clusterId() : 0;
        for (long rest = introducing; 0 != rest; rest &= rest - 1) {
            own.to = Long.numberOfTrailingZeros(rest);
            if (transport.send(own)) {
                introducing &= ~(1L << own.to);
                work++;
            }
        }
        return work;
    }

    void onIntroduction(final Introduction introduction) {
        if (0 == introduction.incarnation) {
            return;
        }
        acquaintances.onIntroduction(introduction, nowNs);
        transport.meet(introduction.from, introduction.endpoint);
        if (null != bootstrap) {
            bootstrap.onIntroduction(introduction);
        }
    }

    /** A blank directory: has it been taken up, or can a cluster be founded? */
    private int search() {
        if (configurations.index() > 0) {
            bootstrap = null;
            return 1;
        }
        if (null != founding) {
            if (!syncerRequests.isFoundingStored()) {
                return 0;
            }
            founder.accept(founding);
            bootstrap = null;
            nextNs = nowNs;
            return 1;
        }
        if (0 != bootstrap.clusterId()) {
            transport.belong(bootstrap.clusterId());
            positions.clusterId.set(bootstrap.clusterId());
        }
        founding = bootstrap.founded();
        if (null == founding) {
            return 0;
        }
        syncerRequests.requestFounding(ConfigurationCodec.encode(founding));
        return 1;
    }

    private int readmit() {
        if (!core.servesReads() || core.configurationIndex() > core.commitIndex()) {
            return 0;
        }
        final Membership next = Readmission.next(core.membership(), selfId, heard);
        if (null == next) {
            return 0;
        }
        core.proposeMembership(next);
        return 1;
    }

    /**
     * A change of members, asked of the leader. A new member must have introduced itself: it is looked for where it is said to be, for a while.
     */
    void change(final PendingChange change) {
        change.deadlineNs(nowNs + MEETING_NS);
        for (final PendingChange.Edit edit : change.edits()) {
            if (!edit.endpoint().isEmpty() && edit.id() >= 0 && edit.id() < Membership.MEMBERS_MAX) {
                transport.meet(edit.id(), edit.endpoint());
            }
        }
        nextNs = nowNs;
        changes.add(change);
    }

    private int pursueChanges() {
        int work = 0;
        for (final Iterator<PendingChange> each = changes.iterator(); each.hasNext();) {
            if (pursue(each.next())) {
                each.remove();
                work++;
            }
        }
        return work;
    }

    /** @return true when it was answered. */
    private boolean pursue(final PendingChange change) {
        if (!core.servesReads()) {
            change.answer(Proposal.NOT_LEADER, "this member does not lead");
            return true;
        }
        final MemberChange edits = new MemberChange(core.membership());
        for (final PendingChange.Edit edit : change.edits()) {
            final boolean isNew = MemberChange.ADD == edit.action() || MemberChange.ADD_LEARNER == edit.action();
            final String impossible = edits.edit(edit.action(), edit.id(), isNew ? acquaintances.incarnation(edit.id()) : 0);
            final String refusal = null == impossible && isNew ? occupied(edit, change) : impossible;
            final String absence = null == refusal && isNew ? absence(edit) : null;
            if (null != absence && !change.isForced() && nowNs - change.deadlineNs() < 0) {
                return false;
            }
            if (null != refusal || null != absence && !change.isForced()) {
                change.answer(PendingChange.REFUSED, null == refusal ? absence : refusal);
                return true;
            }
        }
        final String refusal = edits.refusal();
        if (null != refusal) {
            change.answer(core.membership().isJoint() ? Proposal.CHANGE_PENDING : PendingChange.REFUSED, refusal);
            return true;
        }
        for (final PendingChange.Edit edit : change.edits()) {
            if (!edit.endpoint().isEmpty()) {
                places[edit.id()] = edit.endpoint();
            }
        }
        final int verdict = core.proposeMembership(edits.next());
        change.answer(verdict, Proposal.ACCEPTED == verdict ? "" : "another change is under way: try again when it is done");
        return true;
    }

    /** @return why a new member cannot be where it is said to be, or null: another is there, and stays. */
    private String occupied(final PendingChange.Edit edit, final PendingChange change) {
        final ClusterConfiguration configuration = configurations.current();
        for (long rest = configuration.membership().members(); 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            final boolean leaves = change.edits().stream().anyMatch(other -> MemberChange.REMOVE == other.action() && id == other.id());
            if (!leaves && id != edit.id() && edit.endpoint().equals(configuration.endpoint(id))) {
                return edit.endpoint() + " is where member " + id + " is: name the place of member " + edit.id();
            }
        }
        return null;
    }

    /** @return why a new member is not there, or null. */
    private String absence(final PendingChange.Edit edit) {
        final int id = edit.id();
        if (!acquaintances.isPresent(id, nowNs, SETTLED_NS)) {
            return "member " + id + " does not answer at " + edit.endpoint() + ": start it there first (cairn node --id " + id +
                "), or add it with --force";
        }
        final String said = acquaintances.endpoint(id);
        if (null != said && !said.equals(edit.endpoint())) {
            return "member " + id + " says that it is at " + said + " and not at " + edit.endpoint() + ": name it as it was started";
        }
        final long cluster = acquaintances.clusterId(id);
        return 0 != cluster && cluster != configurations.current().clusterId() ?
            "member " + id + " belongs to another cluster: give it an empty directory" : null;
    }

    /** Where members are that the configuration does not place yet. */
    ClusterConfiguration place(final ClusterConfiguration configuration) {
        ClusterConfiguration placed = configuration;
        for (long rest = configuration.membership().members(); 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            final String place = null == places[id] ? acquaintances.endpoint(id) : places[id];
            if (null == placed.endpoint(id) && null != place) {
                placed = placed.withEndpoint(id, place);
            }
        }
        return placed;
    }

    /** @return what keeps this member from its cluster, for a person; empty where nothing does. */
    String notice() {
        if (null != bootstrap) {
            return notice(bootstrap);
        }
        final Membership membership = configurations.current().membership();
        if (membership.isMember(selfId) && membership.incarnation(selfId) != incarnation) {
            return "this directory is not the one that the cluster knows as member " + selfId +
                ": it neither votes nor acknowledges until the leader has taken it back; where that befell a majority nothing goes on, see" +
                " 'cairn cluster recover'";
        }
        if (!membership.isMember(selfId)) {
            return "member " + selfId + " is not in the cluster: add it with 'cairn cluster add', or stop it";
        }
        final long strangers = strangers();
        if (0 != strangers) {
            return "members " + names(strangers) + " belong to another cluster than this directory, whose cluster is " +
                Long.toHexString(configurations.current().clusterId()) + ": start it with the members of its own, or with an empty directory";
        }
        if (RaftCore.NONE != core.leaderId()) {
            return "";
        }
        final String place = configurations.current().endpoint(selfId);
        return "no leader is known: a majority of " + membership + " must be running" +
            (null == place || place.equals(own.endpoint) ? "" : ", and this one where the others look for it, at " + place + " and not at " +
                own.endpoint);
    }

    /** Those that say again and again that they belong to another cluster: nothing but what they say of themselves is heard of them. */
    private long strangers() {
        final long clusterId = configurations.current().clusterId();
        long mask = 0;
        for (int id = 0; id < Membership.MEMBERS_MAX; id++) {
            final long said = acquaintances.clusterId(id);
            if (id != selfId && 0 != clusterId && 0 != said && said != clusterId && acquaintances.isPresent(id, nowNs, SETTLED_NS)) {
                mask |= 1L << id;
            }
        }
        return mask;
    }

    private static String notice(final Bootstrap bootstrap) {
        if (0 != bootstrap.contradicting()) {
            return "members " + names(bootstrap.contradicting()) + " were started with another list of members: give all of them the same";
        }
        if (0 != bootstrap.clusterId()) {
            return "the directory is blank: waits for the leader of the cluster to take it up ('cairn cluster add' where it is a new member)";
        }
        return Introduction.FOUNDING == bootstrap.standing() ?
            "waits for members " + names(bootstrap.unheard()) + " to found the cluster with" :
            "the directory is blank: waits for a cluster to take it up (a new cluster is founded with --bootstrap)";
    }

    private static String names(final long mask) {
        final StringBuilder text = new StringBuilder();
        for (long rest = mask; 0 != rest; rest &= rest - 1) {
            text.append(0 == text.length() ? "" : ", ").append(Long.numberOfTrailingZeros(rest));
        }
        return text.toString();
    }
}
