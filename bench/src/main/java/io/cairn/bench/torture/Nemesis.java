package io.cairn.bench.torture;

import io.cairn.bench.cluster.MemberProcess;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Does harm to members, drawn from a seed: kills, pauses, orderly restarts, mostly of one at a time, now and then of a majority or of all at once,
 * and lets them come back after a while that is drawn as well. One thread.
 */
public final class Nemesis {
    private static final long QUIET_MIN_MS = 200;
    private static final long QUIET_MAX_MS = 3_000;
    private static final long HARM_MIN_MS = 50;
    private static final long HARM_MAX_MS = 3_000;
    /** Longer than the timeouts of Aeron, ten seconds. */
    private static final long LONG_PAUSE_MAX_MS = 20_000;
    private static final int LONG_PAUSE_ONE_OF = 4;
    private static final long READY_NS = TimeUnit.SECONDS.toNanos(120);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final List<MemberProcess> members;
    private final SplittableRandom random;
    private final BooleanSupplier isOver;
    private final Map<String, Integer> counts = new LinkedHashMap<>();

    /**
     * Does nothing until {@link #run}.
     *
     * @param members all of the cluster.
     * @param seed    of everything that is drawn.
     * @param isOver  true when harm must end.
     */
    public Nemesis(final List<MemberProcess> members, final long seed, final BooleanSupplier isOver) {
        this.members = members;
        random = new SplittableRandom(seed);
        this.isOver = isOver;
        for (final String kind : List.of("kill", "pause", "restart", "kill of a majority", "pause of a majority", "kill of all")) {
            counts.put(kind, 0);
        }
    }

    /** Does harm until it is over; then every member runs. */
    public void run() {
        while (!isOver.getAsBoolean()) {
            rest(QUIET_MIN_MS, QUIET_MAX_MS);
            if (isOver.getAsBoolean()) {
                break;
            }
            final int drawn = random.nextInt(20);
            if (drawn < 8) {
                kill("kill", victims(1));
            } else if (drawn < 13) {
                pause("pause", victims(1));
            } else if (drawn < 16) {
                restart(victims(1).get(0));
            } else if (drawn < 18) {
                kill("kill of a majority", victims(members.size() / 2 + 1));
            } else if (drawn < 19) {
                pause("pause of a majority", victims(members.size() / 2 + 1));
            } else {
                kill("kill of all", victims(members.size()));
            }
        }
        heal();
    }

    private List<MemberProcess> victims(final int count) {
        final List<MemberProcess> left = new ArrayList<>(members);
        final List<MemberProcess> victims = new ArrayList<>();
        while (victims.size() < count) {
            victims.add(left.remove(random.nextInt(left.size())));
        }
        return victims;
    }

    private void kill(final String kind, final List<MemberProcess> victims) {
        counts.merge(kind, 1, Integer::sum);
        victims.forEach(MemberProcess::kill);
        rest(HARM_MIN_MS, HARM_MAX_MS);
        victims.forEach(MemberProcess::start);
        victims.forEach(victim -> victim.awaitReady(READY_NS));
    }

    private void pause(final String kind, final List<MemberProcess> victims) {
        counts.merge(kind, 1, Integer::sum);
        victims.forEach(MemberProcess::pause);
        rest(HARM_MIN_MS, random.nextInt(LONG_PAUSE_ONE_OF) == 0 ? LONG_PAUSE_MAX_MS : HARM_MAX_MS);
        if (random.nextInt(4) == 0) {
            victims.get(0).kill();
            victims.get(0).start();
        }
        victims.stream().filter(MemberProcess::isPaused).forEach(MemberProcess::resume);
        victims.forEach(victim -> victim.awaitReady(READY_NS));
    }

    private void restart(final MemberProcess victim) {
        counts.merge("restart", 1, Integer::sum);
        victim.terminate();
        if (0 != victim.exitCode()) {
            throw new IllegalStateException("member " + victim.id() + " was told to stop and ended with code " + victim.exitCode() + ": "
                + victim.tail());
        }
        victim.start();
        victim.awaitReady(READY_NS);
    }

    private void heal() {
        members.stream().filter(MemberProcess::isPaused).forEach(MemberProcess::resume);
        for (final MemberProcess member : members) {
            if (!member.isAlive()) {
                throw new IllegalStateException("member " + member.id() + " ended by itself with code " + member.exitCode() + ": " + member.tail());
            }
        }
    }

    private void rest(final long minMs, final long maxMs) {
        final long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextLong(minMs, maxMs));
        while (!isOver.getAsBoolean() && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    /**
     * What was done how often.
     *
     * @return by kind.
     */
    public Map<String, Integer> counts() {
        return counts;
    }
}
