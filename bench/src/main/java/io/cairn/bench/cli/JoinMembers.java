package io.cairn.bench.cli;

import io.cairn.bench.cluster.MemberProcess;
import io.cairn.bench.cluster.ProcessCluster;
import io.cairn.engine.admin.AdminReply;
import io.cairn.engine.admin.AdminRequest;
import io.cairn.engine.bootstrap.MemberChange;
import io.cairn.engine.pipeline.MemberStatus;
import io.cairn.engine.raft.Role;
import io.cairn.engine.status.CountersView;
import io.cairn.engine.status.EngineCounter;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Questions to the members of a cluster of processes while a load goes on: who asks gives a turn of the load, which is taken until the answer is
 * here.
 * Owner: the generator's thread.
 */
final class JoinMembers {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<EngineCounter> SENT = List.of(EngineCounter.SNAPSHOTS_SENT, EngineCounter.SNAPSHOT_SENT_BYTES,
        EngineCounter.INCREMENTS_SENT, EngineCounter.INCREMENT_SENT_BYTES);

    private final ProcessCluster rig;
    private final Runnable turn;

    JoinMembers(final ProcessCluster rig, final Runnable turn) {
        this.rig = rig;
        this.turn = turn;
    }

    int count() {
        return rig.processes().addresses().size();
    }

    MemberProcess process(final int member) {
        return rig.processes().members().get(member);
    }

    CompletableFuture<AdminReply> ask(final int member, final AdminRequest request) {
        return rig.client().administer(rig.processes().addresses().get(member), request, PATIENCE);
    }

    AdminReply await(final CompletableFuture<AdminReply> answer) {
        while (!answer.isDone()) {
            turn.run();
        }
        return answer.join();
    }

    MemberStatus status(final int member) {
        return await(ask(member, AdminRequest.of(AdminRequest.STATUS))).status();
    }

    int leader() {
        for (int member = 0; member < count(); member++) {
            if (process(member).isAlive() && Role.LEADER == status(member).role()) {
                return member;
            }
        }
        throw new BenchException("nobody leads");
    }

    /** All that run, one after the other: their disk is one. */
    void takeSnapshots() {
        for (int member = 0; member < count(); member++) {
            if (process(member).isAlive()) {
                await(ask(member, AdminRequest.of(AdminRequest.SNAPSHOT)));
            }
        }
    }

    CompletableFuture<AdminReply> add(final int leader, final int member, final String address) {
        return ask(leader, AdminRequest.change(List.of(new AdminRequest.Edit(MemberChange.ADD, member, address)), false));
    }

    long counter(final int member, final EngineCounter counter) {
        try (CountersView view = CountersView.open(counters(member))) {
            return view.samples().stream().filter(sample -> counter == sample.counter()).findFirst().orElseThrow().value();
        }
    }

    private Path counters(final int member) {
        return rig.processes().dataDirectory(member).resolve("counters.dat");
    }

    /** What members have sent to each other, all of them together: whole snapshots, increments, and the bytes of each. */
    Map<String, Long> sent() {
        final Map<String, Long> sent = new LinkedHashMap<>();
        for (final EngineCounter counter : SENT) {
            long sum = 0;
            for (int member = 0; member < count(); member++) {
                sum += Files.exists(counters(member)) ? counter(member, counter) : 0;
            }
            sent.put(name(counter), sum);
        }
        return sent;
    }

    static Map<String, Object> difference(final Map<String, Long> before, final Map<String, Long> after) {
        final Map<String, Object> difference = new LinkedHashMap<>();
        after.forEach((name, value) -> difference.put(name, value - before.get(name)));
        return difference;
    }

    private static String name(final EngineCounter counter) {
        return switch (counter) {
            case SNAPSHOTS_SENT -> "snapshotsSent";
            case SNAPSHOT_SENT_BYTES -> "snapshotBytesSent";
            case INCREMENTS_SENT -> "incrementsSent";
            default -> "incrementBytesSent";
        };
    }

    /** The last lines that every member wrote to standard error. */
    List<String> tails() {
        final List<String> tails = new ArrayList<>();
        for (int member = 0; member < count(); member++) {
            tails.add("member " + member + ": " + process(member).tail());
        }
        return tails;
    }
}
