package io.cairn.bench.cli;

import io.cairn.bench.cluster.ProcessCluster;
import io.cairn.bench.cluster.RigTarget;
import io.cairn.bench.embedded.EmbeddedTarget;
import io.cairn.bench.load.LatencyRecorder;
import io.cairn.bench.load.OpenLoop;
import io.cairn.bench.load.Operation;
import io.cairn.bench.load.OperationMix;
import io.cairn.bench.report.Figures;
import io.cairn.bench.report.Latency;
import io.cairn.bench.report.Result;
import io.cairn.engine.admin.AdminReply;
import io.cairn.engine.admin.AdminRequest;
import io.cairn.engine.bootstrap.MemberChange;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.pipeline.MemberStatus;
import io.cairn.engine.raft.Role;
import io.cairn.engine.status.CountersView;
import io.cairn.engine.status.EngineCounter;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.SystemNanoClock;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A blank member joins a cluster under a load of puts: their latency before it is added, with the blank process already there, and from then until it
 * votes. One load without a break, so that nothing that the transfer leaves behind is measured in neither.
 *
 * <p>Owner: the generator's thread, which also asks the members how far they are.
 */
final class JoinMeasurement {
    private static final long PROMOTION_NS = TimeUnit.MINUTES.toNanos(10);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final ProcessCluster rig;
    private final EmbeddedTarget target;
    private final long rate;
    private final long beforeNs;
    private final long warmUpNs;
    private final Progress progress;
    private final LatencyRecorder recorder = new LatencyRecorder();
    private final OpenLoop loop;
    private final Map<String, Object> facts = new LinkedHashMap<>();
    private final List<Result> results = new ArrayList<>();
    private int leader = -1;
    private int joining;

    JoinMeasurement(
        final ProcessCluster rig,
        final EmbeddedTarget target,
        final ClusterOptions cluster,
        final long rate,
        final long beforeNs,
        final long warmUpNs,
        final Progress progress) {
        this.rig = rig;
        this.target = target;
        this.rate = rate;
        this.beforeNs = beforeNs;
        this.warmUpNs = warmUpNs;
        this.progress = progress;
        loop = new OpenLoop(new RigTarget(rig, target), SystemNanoClock.INSTANCE, recorder, OperationMix.only(Operation.PUT),
            cluster.data().chooser(), cluster.inFlightMax());
    }

    void run() {
        findLeader();
        progress.say("snapshots, so that the log is released");
        releaseLog();
        joining = rig.processes().addresses().size();
        final String address = rig.processes().startBlank();
        loop.start(rate, PROMOTION_NS, NANOS_PER_SECOND);
        progress.say("warming up");
        drive(warmUpNs);
        recorder.reset();
        progress.say("before");
        final long beginNs = System.nanoTime();
        drive(beforeNs);
        record("before", System.nanoTime() - beginNs);
        final long sentBefore = sent();
        progress.say("member " + joining + " joins");
        final long addedNs = System.nanoTime();
        add(address);
        final boolean isPromoted = driveUntilPromoted(addedNs);
        final long tookNs = System.nanoTime() - addedNs;
        record("while a member joins", tookNs);
        if (!isPromoted) {
            throw new BenchException("member " + joining + " was not promoted within " + TimeUnit.NANOSECONDS.toSeconds(tookNs) + " s: " +
                rig.processes().members().get(joining).tail());
        }
        facts.put("secondsToPromotion", tookNs / 1e9);
        facts.put("bytesSent", sent() - sentBefore);
        facts.put("stateBytes", counter(leader, EngineCounter.STATE_LIVE));
        facts.put("p999Ratio", (double)results.get(1).latency().p999() / Math.max(1, results.get(0).latency().p999()));
    }

    private long counter(final int member, final EngineCounter counter) {
        try (CountersView view = CountersView.open(rig.processes().dataDirectory(member).resolve("counters.dat"))) {
            return view.samples().stream().filter(sample -> counter == sample.counter()).findFirst().orElseThrow().value();
        }
    }

    private long sent() {
        return counter(leader, EngineCounter.SNAPSHOT_SENT_BYTES) + counter(leader, EngineCounter.INCREMENT_SENT_BYTES);
    }

    private CompletableFuture<AdminReply> ask(final int member, final AdminRequest request) {
        return rig.client().administer(rig.processes().addresses().get(member), request, PATIENCE);
    }

    private AdminReply await(final CompletableFuture<AdminReply> answer) {
        while (!answer.isDone()) {
            rig.client().doWork();
        }
        return answer.join();
    }

    private void findLeader() {
        for (int member = 0; member < rig.processes().addresses().size(); member++) {
            final MemberStatus status = await(ask(member, AdminRequest.of(AdminRequest.STATUS))).status();
            if (Role.LEADER == status.role()) {
                leader = member;
            }
        }
        if (leader < 0) {
            throw new BenchException("nobody leads");
        }
    }

    /** Two of each member: the log is released behind the older one. */
    private void releaseLog() {
        for (int i = 0; i < 2; i++) {
            for (int member = 0; member < rig.processes().addresses().size(); member++) {
                await(ask(member, AdminRequest.of(AdminRequest.SNAPSHOT)));
            }
        }
    }

    private void drive(final long durationNs) {
        final long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < durationNs) {
            turn();
        }
    }

    private void turn() {
        if (0 == loop.doWork()) {
            Thread.onSpinWait();
        }
    }

    private void add(final String address) {
        final CompletableFuture<AdminReply> added =
            ask(leader, AdminRequest.change(List.of(new AdminRequest.Edit(MemberChange.ADD, joining, address)), false));
        while (!added.isDone()) {
            turn();
        }
        added.join();
    }

    private boolean driveUntilPromoted(final long sinceNs) {
        CompletableFuture<AdminReply> answer = null;
        long askedNs = System.nanoTime();
        while (System.nanoTime() - sinceNs < PROMOTION_NS) {
            turn();
            if (null != answer && answer.isDone()) {
                if (answer.join().status().configuration().membership().isVoter(joining)) {
                    return true;
                }
                answer = null;
            }
            if (null == answer && System.nanoTime() - askedNs >= LOOK_NS) {
                askedNs = System.nanoTime();
                answer = ask(leader, AdminRequest.of(AdminRequest.STATUS));
            }
        }
        return false;
    }

    private void record(final String variant, final long tookNs) {
        final Histogram histogram = recorder.histogram(Operation.PUT).copy();
        if (recorder.failedCount() > 0) {
            throw new BenchException(recorder.failedCount() + " puts were refused: " + ReplyStatus.explain(target.lastFailedStatus()));
        }
        final Map<String, Object> more = new LinkedHashMap<>();
        more.put(Result.VARIANT, variant);
        results.add(new Result(Operation.name(Operation.PUT), "open", rate, histogram.getTotalCount() * (double)NANOS_PER_SECOND / tookNs,
            histogram.getTotalCount(), Latency.of(histogram), null, more));
        recorder.reset();
    }

    List<Result> results() {
        return results;
    }

    Map<String, Object> facts() {
        return facts;
    }

    List<String> findings() {
        final List<String> findings = new ArrayList<>();
        findings.add(String.format(Locale.ROOT, "a blank member of a state of %,d MiB voted %.1f s after it was added; %,d MiB were sent",
            (long)facts.get("stateBytes") >> 20, (double)facts.get("secondsToPromotion"), (long)facts.get("bytesSent") >> 20));
        findings.add("p99.9 while it joined was " + Figures.ratio((double)facts.get("p999Ratio")) + " that before");
        for (final Result result : results) {
            if (result.achievedRate() < 0.98 * rate) {
                findings.add(result.label() + ": only " + Figures.count(result.achievedRate()) + "/s were achieved, so latency is mostly queueing");
            }
        }
        return findings;
    }
}
