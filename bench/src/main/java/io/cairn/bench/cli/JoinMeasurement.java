package io.cairn.bench.cli;

import io.cairn.bench.cluster.ProcessCluster;
import io.cairn.bench.cluster.RigTarget;
import io.cairn.bench.embedded.EmbeddedTarget;
import io.cairn.bench.load.KeyChooser;
import io.cairn.bench.load.LoadSession;
import io.cairn.bench.load.Operation;
import io.cairn.bench.load.OperationMix;
import io.cairn.bench.report.Figures;
import io.cairn.bench.report.Result;
import io.cairn.engine.admin.AdminReply;
import io.cairn.engine.admin.AdminRequest;
import io.cairn.engine.pipeline.MemberStatus;
import io.cairn.engine.status.EngineCounter;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A blank member joins a cluster under a load of puts, or a follower comes back to it: the latency of the puts, and what members sent to each other.
 *
 * <p>Owner: the generator's thread, which also asks the members how far they are.
 */
final class JoinMeasurement {
    private static final long ARRIVAL_NS = TimeUnit.MINUTES.toNanos(15);
    private static final long END_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int BETWEEN_SNAPSHOTS = 100;
    private static final int WINDOW = 200;
    /** A leader keeps for a minute what a member to which it has sent a snapshot goes on from. */
    private static final long RELEASE_NS = TimeUnit.MINUTES.toNanos(3);

    private final ProcessCluster rig;
    private final ClusterOptions cluster;
    private final JoinOptions options;
    private final LoadSession session;
    private final long durationNs;
    private final long warmUpNs;
    private final Progress progress;
    private final JoinLoad load;
    private final JoinMembers members;
    private final Map<String, Object> join = new LinkedHashMap<>();
    private final Map<String, Object> shortAway = new LinkedHashMap<>();
    private final Map<String, Object> longAway = new LinkedHashMap<>();
    private long stateBytes;

    JoinMeasurement(
        final ProcessCluster rig,
        final EmbeddedTarget client,
        final ClusterOptions cluster,
        final JoinOptions options,
        final long rate,
        final long durationNs,
        final long warmUpNs,
        final Progress progress) {
        this.rig = rig;
        this.cluster = cluster;
        this.options = options;
        this.durationNs = durationNs;
        this.warmUpNs = warmUpNs;
        this.progress = progress;
        final RigTarget target = new RigTarget(rig, client);
        session = new LoadSession(target, cluster.inFlightMax());
        load = new JoinLoad(target, client, rate, cluster.inFlightMax());
        members = new JoinMembers(rig, load::turn);
    }

    void run() {
        progress.say("snapshots, so that the log is released");
        releaseLog(members.leader(), 1, cluster.data().chooser());
        if (options.isJoin) {
            join();
        }
        if (options.isAway) {
            away();
        }
        stateBytes = members.counter(members.leader(), EngineCounter.STATE_LIVE);
    }

    private void join() {
        final int leader = members.leader();
        final int joining = members.count();
        final String address = rig.processes().startBlank();
        load.start(cluster.data().chooser());
        progress.say("warming up");
        members.sent();
        watch(leader, warmUpNs);
        load.begin();
        progress.say("before");
        final Map<String, Long> sentBefore = members.sent();
        watch(leader, durationNs);
        final Result before = load.end("before");
        progress.say("member " + joining + " joins");
        final long addedNs = System.nanoTime();
        members.await(members.add(leader, joining, address));
        awaitStatus(leader, status -> status.configuration().membership().isVoter(joining), "member " + joining + " to be promoted");
        join.put("seconds", (System.nanoTime() - addedNs) / 1e9);
        final Result meanwhile = load.end("while a member joins");
        progress.say("after");
        watch(leader, durationNs);
        final Result after = load.end("after it joined");
        load.stop();
        join.putAll(JoinMembers.difference(sentBefore, members.sent()));
        join.put("p999Ratio", ratio(before, meanwhile));
        join.put("p999RatioAfter", ratio(before, after));
    }

    private static double ratio(final Result before, final Result later) {
        return (double) later.latency().p999() / Math.max(1, before.latency().p999());
    }

    private KeyChooser changedKeys() {
        return KeyChooser.draw(KeyChooser.Distribution.SEQUENTIAL, options.changed(cluster.keys), cluster.seed);
    }

    private void away() {
        final int leader = members.leader();
        final int follower = 0 == leader ? 1 : 0;
        load.start(changedKeys());
        progress.say("warming up");
        load.drive(warmUpNs);
        load.begin();
        load.drive(durationNs);
        load.end("before a member is away");
        progress.say("member " + follower + " is away for a short time");
        end(follower);
        load.drive(durationNs);
        load.end("while it is away");
        comeBack(follower, leader, shortAway);
        load.end("while it comes back after a short time");
        progress.say("member " + follower + " is away for a long time");
        final long held = members.status(follower).lastIndex();
        end(follower);
        load.stop();
        releaseLog(leader, held + 2, changedKeys());
        load.start(changedKeys());
        load.drive(warmUpNs);
        load.begin();
        comeBack(follower, leader, longAway);
        load.end("while it comes back after a long time");
        load.stop();
    }

    private void end(final int member) {
        members.process(member).beginToEnd();
        if (!load.driveUntil(() -> !members.process(member).isAlive(), END_NS)) {
            throw new BenchException("member " + member + " did not end: " + members.tails());
        }
    }

    private void comeBack(final int member, final int leader, final Map<String, Object> facts) {
        final MemberStatus atReturn = members.status(leader);
        final Map<String, Long> sentBefore = members.sent();
        final long startedNs = System.nanoTime();
        members.process(member).start();
        awaitStatus(member, status -> status.appliedIndex() >= atReturn.commitIndex(), "member " + member + " to come back");
        facts.put("seconds", (System.nanoTime() - startedNs) / 1e9);
        facts.putAll(JoinMembers.difference(sentBefore, members.sent()));
    }

    /**
     * Full snapshots of each member, with puts in between, until the leader's log begins at an entry or behind it: two at least, since the log is
     * released behind the older one.
     */
    private void releaseLog(final int leader, final long first, final KeyChooser keys) {
        final long sinceNs = System.nanoTime();
        for (int round = 0; System.nanoTime() - sinceNs < RELEASE_NS; round++) {
            members.takeSnapshots();
            final long firstIndex = members.status(leader).firstIndex();
            if (round > 0 && firstIndex > 1 && firstIndex >= first) {
                return;
            }
            session.closed(OperationMix.only(Operation.PUT), keys, WINDOW, ARRIVAL_NS, BETWEEN_SNAPSHOTS + cluster.keys / 20);
        }
        throw new BenchException("the leader's log still reaches back to entry " + members.status(leader).firstIndex() +
            ": set log.trailing.entries and log.trailing.bytes lower, or more keys");
    }

    /** The leader is asked how far it is as often as while a member joins, so that what asking costs is the same in every phase. */
    private void watch(final int leader, final long durationNs) {
        isSeen(leader, status -> false, durationNs);
    }

    private void awaitStatus(final int member, final Predicate<MemberStatus> condition, final String what) {
        if (!isSeen(member, condition, ARRIVAL_NS)) {
            throw new BenchException("waited for " + what + " for " + TimeUnit.NANOSECONDS.toSeconds(ARRIVAL_NS) + " s: " + members.tails());
        }
    }

    /** A member that has only just been started does not answer at once. */
    private boolean isSeen(final int member, final Predicate<MemberStatus> condition, final long patienceNs) {
        final long sinceNs = System.nanoTime();
        CompletableFuture<AdminReply> answer = null;
        long askedNs = sinceNs - LOOK_NS;
        while (System.nanoTime() - sinceNs < patienceNs) {
            load.turn();
            if (null != answer && answer.isDone()) {
                if (!answer.isCompletedExceptionally() && condition.test(answer.join().status())) {
                    return true;
                }
                answer = null;
            }
            if (null == answer && System.nanoTime() - askedNs >= LOOK_NS) {
                askedNs = System.nanoTime();
                answer = members.ask(member, AdminRequest.of(AdminRequest.STATUS));
            }
        }
        return false;
    }

    List<Result> results() {
        return load.results();
    }

    Map<String, Object> facts() {
        final Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("stateBytes", stateBytes);
        facts.putAll(join);
        if (options.isAway) {
            facts.put("changedKeys", options.changed(cluster.keys));
            facts.put("awayShort", shortAway);
            facts.put("awayLong", longAway);
        }
        return facts;
    }

    List<String> findings() {
        final List<String> findings = new ArrayList<>();
        findings.add(String.format(Locale.ROOT, "the state takes %,d MiB of pages", stateBytes >> 20));
        if (options.isJoin) {
            findings.add("a blank member voted " + describe(join));
            findings.add("p99.9 while it joined was " + Figures.ratio((double) join.get("p999Ratio")) + " that before, afterwards "
                + Figures.ratio((double) join.get("p999RatioAfter")));
        }
        if (options.isAway) {
            findings.add("a follower that was away for a short time had caught up " + describe(shortAway));
            findings.add("one that was away for a long time, while " + Figures.count(options.changed(cluster.keys)) + " of "
                + Figures.count(cluster.keys) + " keys were written, " + describe(longAway));
        }
        for (final Result result : load.results()) {
            if (result.achievedRate() < 0.98 * result.rate()) {
                findings.add(result.label() + ": only " + Figures.count(result.achievedRate()) + "/s were achieved, so latency is mostly queueing");
            }
        }
        return findings;
    }

    private static String describe(final Map<String, Object> facts) {
        return String.format(Locale.ROOT, "%.1f s later; %d whole snapshots (%,.1f MiB) and %d increments (%,.1f MiB) were sent",
            (double) facts.get("seconds"), (long) facts.get("snapshotsSent"), (long) facts.get("snapshotBytesSent") / 1048576.0,
            (long) facts.get("incrementsSent"), (long) facts.get("incrementBytesSent") / 1048576.0);
    }
}
