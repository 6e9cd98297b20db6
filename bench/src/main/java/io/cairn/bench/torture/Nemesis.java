package io.cairn.bench.torture;

import io.cairn.bench.cluster.Links;
import io.cairn.bench.cluster.MemberProcess;
import io.cairn.bench.cluster.SmallDisk;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Does harm to members, drawn from a seed: kills, pauses, orderly restarts, mostly of one at a time, now and then of a majority or of all at once;
 * links cut or losing packets, a disk that is full; and lets all come back after a while that is drawn as well. While links are cut or a disk is
 * full, a member may be killed or paused besides. One thread.
 */
public final class Nemesis {
    private static final long QUIET_MIN_MS = 200;
    private static final long QUIET_MAX_MS = 3_000;
    private static final long HARM_MIN_MS = 50;
    private static final long HARM_MAX_MS = 3_000;
    /** Longer than the timeouts of Aeron, ten seconds. */
    private static final long LONG_PAUSE_MAX_MS = 20_000;
    private static final int LONG_PAUSE_ONE_OF = 4;
    private static final int BESIDES_ONE_OF = 3;
    private static final int LOSS_MIN = 5;
    private static final int LOSS_MAX = 60;
    private static final int LEAVE_BYTES_MAX = 1 << 20;
    private static final long READY_NS = TimeUnit.SECONDS.toNanos(120);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final List<MemberProcess> members;
    private final Links links;
    private final SmallDisk disk;
    private final int diskOf;
    private final List<FaultKind> kinds;
    private final SplittableRandom random;
    private final BooleanSupplier isOver;
    private final Map<String, Integer> counts = new LinkedHashMap<>();

    /**
     * Does nothing until {@link #run}.
     *
     * @param members all of the cluster.
     * @param links   between them.
     * @param disk    of one member, that can be filled; null where there is none.
     * @param diskOf  whose it is.
     * @param kinds   of harm to draw from.
     * @param seed    of everything that is drawn.
     * @param isOver  true when harm must end.
     */
    public Nemesis(
        final List<MemberProcess> members,
        final Links links,
        final SmallDisk disk,
        final int diskOf,
        final Set<FaultKind> kinds,
        final long seed,
        final BooleanSupplier isOver) {
        this.members = members;
        this.links = links;
        this.disk = disk;
        this.diskOf = diskOf;
        this.kinds = new ArrayList<>(kinds);
        this.kinds.sort(null);
        this.kinds.removeIf(kind -> FaultKind.FULL_DISK == kind && null == disk || isOfLinks(kind) && members.size() < 2);
        random = new SplittableRandom(seed);
        this.isOver = isOver;
        for (final FaultKind kind : this.kinds) {
            for (final String one : kindsOf(kind)) {
                counts.put(one, 0);
            }
        }
    }

    private static boolean isOfLinks(final FaultKind kind) {
        return FaultKind.PARTITION == kind || FaultKind.LOSS == kind;
    }

    private static List<String> kindsOf(final FaultKind kind) {
        return switch (kind) {
            case KILL -> List.of("kill", "kill of a majority", "kill of all");
            case PAUSE -> List.of("pause", "pause of a majority");
            case RESTART -> List.of("restart");
            case PARTITION -> List.of("partition in two", "member cut off", "member unheard", "member deaf", "link cut one way", "bridge");
            case LOSS -> List.of("loss of packets");
            default -> List.of("full disk");
        };
    }

    /** Does harm until it is over; then every member runs. */
    public void run() {
        while (!isOver.getAsBoolean() && !kinds.isEmpty()) {
            rest(QUIET_MIN_MS, QUIET_MAX_MS);
            if (isOver.getAsBoolean()) {
                break;
            }
            harm(kinds.get(random.nextInt(kinds.size())));
        }
        heal();
    }

    private void harm(final FaultKind kind) {
        final int drawn = random.nextInt(8);
        final int majority = members.size() / 2 + 1;
        switch (kind) {
            case KILL -> {
                final int count = drawn < 6 ? 1 : drawn < 7 ? majority : members.size();
                kill(kindsOf(kind).get(Math.max(0, drawn - 5)), victims(count));
            }
            case PAUSE -> pause(kindsOf(kind).get(drawn < 7 ? 0 : 1), victims(drawn < 7 ? 1 : majority));
            case RESTART -> restart(victims(1).get(0));
            case PARTITION -> {
                count(cut());
                restLong();
                besides();
                links.mend();
            }
            case LOSS -> {
                count("loss of packets");
                loseSome();
                restLong();
                links.mend();
            }
            default -> fillDisk();
        }
    }

    private void count(final String kind) {
        counts.merge(kind, 1, Integer::sum);
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
        count(kind);
        victims.forEach(MemberProcess::kill);
        rest(HARM_MIN_MS, HARM_MAX_MS);
        victims.forEach(MemberProcess::start);
        victims.forEach(victim -> victim.awaitReady(READY_NS));
    }

    private void pause(final String kind, final List<MemberProcess> victims) {
        count(kind);
        victims.forEach(MemberProcess::pause);
        restLong();
        if (random.nextInt(4) == 0) {
            victims.get(0).kill();
            victims.get(0).start();
        }
        victims.stream().filter(MemberProcess::isPaused).forEach(MemberProcess::resume);
        victims.forEach(victim -> victim.awaitReady(READY_NS));
    }

    private void restart(final MemberProcess victim) {
        count("restart");
        victim.terminate();
        if (0 != victim.exitCode()) {
            throw new IllegalStateException("member " + victim.id() + " was told to stop and ended with code " + victim.exitCode() + ": "
                + victim.tail());
        }
        victim.start();
        victim.awaitReady(READY_NS);
    }

    /** Another harm on top of the one that lasts. */
    private void besides() {
        if (0 != random.nextInt(BESIDES_ONE_OF)) {
            return;
        }
        if (random.nextBoolean() && kinds.contains(FaultKind.KILL)) {
            kill("kill", victims(1));
        } else if (kinds.contains(FaultKind.PAUSE)) {
            pause("pause", victims(1));
        }
    }

    private String cut() {
        final List<String> names = kindsOf(FaultKind.PARTITION);
        final int kind = random.nextInt(members.size() > 2 ? names.size() : names.size() - 1);
        final int one = random.nextInt(members.size());
        final int other = random.nextInt(members.size() - 1);
        switch (kind) {
            case 0 -> cutBetween(1 + random.nextInt((1 << members.size()) - 2), -1);
            case 1 -> cutBetween(1 << one, -1);
            case 2, 3 -> members.forEach(member -> links.lose(2 == kind ? one : member.id(), 2 == kind ? member.id() : one, Links.CUT));
            case 4 -> links.lose(one, other < one ? other : other + 1, Links.CUT);
            default -> cutBetween(1 + random.nextInt((1 << members.size()) - 2), one);
        }
        return names.get(kind);
    }

    private void cutBetween(final int side, final int bridge) {
        for (int from = 0; from < members.size(); from++) {
            for (int to = 0; to < members.size(); to++) {
                if ((side >> from & 1) != (side >> to & 1) && from != bridge && to != bridge) {
                    links.lose(from, to, Links.CUT);
                }
            }
        }
    }

    private void loseSome() {
        for (int from = 0; from < members.size(); from++) {
            for (int to = 0; to < members.size(); to++) {
                if (random.nextBoolean()) {
                    links.lose(from, to, random.nextInt(LOSS_MIN, LOSS_MAX));
                }
            }
        }
    }

    /** Whoever is killed meanwhile may refuse to start for want of room, and whoever runs may stop; either says so, and starts once there is room. */
    private void fillDisk() {
        count("full disk");
        final MemberProcess member = members.get(diskOf);
        disk.fill(random.nextInt(LEAVE_BYTES_MAX));
        restLong();
        if (0 == random.nextInt(BESIDES_ONE_OF)) {
            member.kill();
            member.start();
            rest(HARM_MIN_MS, HARM_MAX_MS);
        }
        disk.free();
        rest(HARM_MIN_MS, HARM_MAX_MS);
        if (!member.isAlive()) {
            if (!member.tail().contains("full")) {
                throw new IllegalStateException("member " + member.id() + " ended with code " + member.exitCode() +
                    " when its disk was full, and does not say so: " + member.tail());
            }
            counts.merge("stopped for want of room", 1, Integer::sum);
            member.start();
        }
        member.awaitReady(READY_NS);
    }

    private void heal() {
        links.mend();
        if (null != disk) {
            disk.free();
        }
        members.stream().filter(MemberProcess::isPaused).forEach(MemberProcess::resume);
        for (final MemberProcess member : members) {
            if (!member.isAlive()) {
                throw new IllegalStateException("member " + member.id() + " ended by itself with code " + member.exitCode() + ": " + member.tail());
            }
        }
    }

    private void restLong() {
        rest(HARM_MIN_MS, random.nextInt(LONG_PAUSE_ONE_OF) == 0 ? LONG_PAUSE_MAX_MS : HARM_MAX_MS);
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
