package io.cairn.bench.cluster;

import io.cairn.engine.CairnClient;
import io.cairn.engine.CairnClientContext;
import io.cairn.engine.admin.AdminReply;
import io.cairn.engine.admin.AdminRequest;
import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.pipeline.MemberStatus;
import io.cairn.engine.raft.Role;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Kills the leader of a cluster of processes again and again, while a client writes, and takes the time: until another member leads, and for how
 * long no write was acknowledged. The killed member is started again, and has caught up, before the next one is killed.
 */
public final class LeaderKills {
    private static final long READY_NS = TimeUnit.SECONDS.toNanos(60);
    private static final Duration PATIENCE = Duration.ofMillis(500);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long CALM_MS = 1_000;
    private static final int SPREAD_MS = 500;
    private static final long LAG_MAX = 1_000;

    private final Plan plan;
    private final Consumer<String> progress;
    private final Random random;
    private volatile boolean isStopping;
    private volatile long lastAckNs;
    private volatile long watchedFromNs;
    private volatile long longestGapNs;
    private volatile long writes;

    /**
     * What is to be measured.
     *
     * @param members   of the cluster.
     * @param kills     of leaders.
     * @param directory gets the members' data.
     * @param arguments of {@code node}.
     * @param seed      of the moments of the kills.
     */
    public record Plan(int members, int kills, Path directory, List<String> arguments, long seed) {
    }

    /**
     * One leader killed.
     *
     * @param ledNs    until another member said that it leads.
     * @param silentNs longest time between two acknowledged writes around the kill.
     */
    public record Kill(long ledNs, long silentNs) {
    }

    /**
     * Nothing happens yet.
     *
     * @param plan     what to do.
     * @param progress is told how far it is.
     */
    public LeaderKills(final Plan plan, final Consumer<String> progress) {
        this.plan = plan;
        this.progress = progress;
        random = new Random(plan.seed());
    }

    /**
     * Does it.
     *
     * @return one element for each kill.
     */
    public List<Kill> run() {
        final List<Kill> kills = new ArrayList<>();
        try (MemberProcesses processes = MemberProcesses.start(plan.members(), plan.directory(), plan.arguments(), List.of(), false, READY_NS);
            CairnClient client = CairnClient.connect(new CairnClientContext().cluster(processes.endpoints()).timeout(Duration.ofNanos(READY_NS)));
            CairnClient observer = CairnClient.unconnected(new CairnClientContext().cluster(processes.endpoints()).timeout(PATIENCE))) {
            final Thread writer = new Thread(() -> write(client), "writer");
            writer.setDaemon(true);
            writer.start();
            for (int i = 0; i < plan.kills(); i++) {
                progress.accept("kill " + (i + 1) + " of " + plan.kills() + ", " + writes + " writes");
                kills.add(killLeader(processes, observer));
            }
            isStopping = true;
            join(writer);
        }
        return kills;
    }

    private void write(final CairnClient client) {
        try (KeyValueStore store = client.keyValueStore()) {
            final ByteBuffer key = ByteBuffer.allocate(Long.BYTES);
            while (!isStopping) {
                key.putLong(0, writes % LAG_MAX);
                try {
                    store.put(key.array(), key.array());
                } catch (final KeyValueException ex) {
                    continue;
                }
                final long now = System.nanoTime();
                if (0 != watchedFromNs) {
                    longestGapNs = Math.max(longestGapNs, now - Math.max(lastAckNs, watchedFromNs));
                }
                lastAckNs = now;
                writes = writes + 1;
            }
        }
    }

    private Kill killLeader(final MemberProcesses processes, final CairnClient observer) {
        final int leader = awaitCalm(processes, observer);
        longestGapNs = 0;
        watchedFromNs = System.nanoTime();
        park(random.nextInt(SPREAD_MS));
        final long before = writes;
        final long killedNs = System.nanoTime();
        processes.members().get(leader).kill();
        final long ledNs = awaitOther(processes, observer, leader) - killedNs;
        await("a write after the kill", () -> writes > before + 1 && lastAckNs - killedNs > ledNs);
        final long silentNs = longestGapNs;
        watchedFromNs = 0;
        processes.members().get(leader).start();
        processes.members().get(leader).awaitReady(READY_NS);
        return new Kill(ledNs, silentNs);
    }

    /** All members follow one leader closely. @return its id. */
    private int awaitCalm(final MemberProcesses processes, final CairnClient observer) {
        final int[] leader = {-1};
        await("all members to be there", () -> {
            long furthest = 0;
            long least = Long.MAX_VALUE;
            leader[0] = -1;
            for (int id = 0; id < plan.members(); id++) {
                final MemberStatus status = status(processes, observer, id);
                if (null == status) {
                    return false;
                }
                leader[0] = Role.LEADER == status.role() ? id : leader[0];
                furthest = Math.max(furthest, status.appliedIndex());
                least = Math.min(least, status.appliedIndex());
            }
            return leader[0] >= 0 && furthest - least < LAG_MAX;
        });
        final long before = writes;
        park(CALM_MS);
        await("writes", () -> writes > before);
        return leader[0];
    }

    private long awaitOther(final MemberProcesses processes, final CairnClient observer, final int killed) {
        final long[] atNs = new long[1];
        await("another leader", () -> {
            for (int id = 0; id < plan.members(); id++) {
                final MemberStatus status = id == killed ? null : status(processes, observer, id);
                if (null != status && Role.LEADER == status.role()) {
                    atNs[0] = System.nanoTime();
                    return true;
                }
            }
            return false;
        });
        return atNs[0];
    }

    private static MemberStatus status(final MemberProcesses processes, final CairnClient observer, final int id) {
        try {
            final AdminReply reply =
                observer.administer(processes.endpoints().split(",")[id], AdminRequest.of(AdminRequest.STATUS), PATIENCE).join();
            return reply.status();
        } catch (final CompletionException ex) {
            return null;
        }
    }

    private static void await(final String what, final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + READY_NS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IllegalStateException("waited in vain for " + what);
            }
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    private static void park(final long ms) {
        final long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
        while (System.nanoTime() - untilNs < 0) {
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    private static void join(final Thread thread) {
        try {
            thread.join();
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the writer was to stop", ex);
        }
    }
}
