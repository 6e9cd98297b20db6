package io.cairn.engine.sim;

import java.util.SplittableRandom;

/**
 * How likely each fault is in one run, drawn from its seed, none of them among the possibilities (swarm testing: a fault that is always there hides
 * what happens without it).
 *
 * @param members          size of the cluster, 1 to 7.
 * @param clients          clients at work.
 * @param durability       {@code group} or {@code os}.
 * @param loss             messages lost, of 1.
 * @param duplication      messages that arrive twice.
 * @param corruption       messages with a bit flipped.
 * @param delay            messages that are late by up to {@code delayMaxNs}.
 * @param delayMaxNs       bound of it.
 * @param latencyNs        of every message.
 * @param refusal          sends that the network does not take.
 * @param partitionMeanNs  time between partitions, 0 for none.
 * @param crashMeanNs      time between deaths of members, 0 for none.
 * @param powerShare       deaths that take the power with them.
 * @param midwayShare      deaths in the middle of a disk's operations.
 * @param pauseMeanNs      time between pauses, 0 for none.
 * @param clockMeanNs      time between steps of a clock, 0 for none.
 * @param isClockDrifting  clocks run at rates of their own.
 * @param closeShare       deaths that are orderly closes instead.
 * @param diskFaultMeanNs  time between failing disk operations, 0 for none.
 * @param snapshotEntries  entries between snapshots.
 * @param timeoutMinMs     shortest election timeout.
 * @param timeoutMaxMs     longest election timeout.
 * @param spares           members that are not in the cluster at first.
 * @param trailingEntries  entries kept in the log behind a snapshot.
 * @param sessionTimeoutMs log time after which a silent session expires.
 * @param weak             mask of the members whose disks may be damaged or lost, never as many as a majority could not do without.
 * @param damageShare      starts of a weak member that find its disk damaged.
 * @param blankShare       of those, starts that find it blank.
 * @param fullMeanNs       time between disks that run full, 0 for never.
 * @param changeMeanNs     time between changes of members, transfers of leadership and snapshots on demand, 0 for none.
 * @param isChanging       members are added and removed as well.
 * @param standing         mask of the members whose wall clocks stand still.
 * @param isQuorumAlone    only a random quorum is healed.
 * @param moments          deaths at moments that matter.
 * @param bounds           how narrow everything is.
 */
record FaultMix(
    int members,
    int clients,
    String durability,
    double loss,
    double duplication,
    double corruption,
    double delay,
    long delayMaxNs,
    long latencyNs,
    double refusal,
    long partitionMeanNs,
    long crashMeanNs,
    double powerShare,
    double midwayShare,
    long pauseMeanNs,
    long clockMeanNs,
    boolean isClockDrifting,
    double closeShare,
    long diskFaultMeanNs,
    int snapshotEntries,
    int timeoutMinMs,
    int timeoutMaxMs,
    int spares,
    int trailingEntries,
    long sessionTimeoutMs,
    long weak,
    double damageShare,
    double blankShare,
    long fullMeanNs,
    long changeMeanNs,
    boolean isChanging,
    long standing,
    boolean isQuorumAlone,
    Moments moments,
    Bounds bounds) {

    private static final int ROUND_TRIPS = 4;
    private static final long MS = 1_000_000L;
    private static final int ALL_MAX = 8;
    private static final int AGENTS = 5;

    /**
     * Deaths that come right when something was said, since what matters is what is left of it then.
     *
     * @param afterVote            votes, given or asked for, after which the member dies.
     * @param afterAcknowledgement acknowledgements of entries after which it does.
     * @param youngLeader          leaders that die, or are cut off, with the first thing they say or just before it.
     * @param blackoutMeanNs       time between moments at which all members die at once, right after a client was answered; 0 for none.
     * @param restartMaxNs         longest time until a member that died starts again.
     */
    record Moments(double afterVote, double afterAcknowledgement, double youngLeader, long blackoutMeanNs, long restartMaxNs) {
        private static Moments draw(final SplittableRandom random) {
            final long[] restarts = {20, 20, 300, 300};
            return new Moments(
                0 == random.nextInt(3) ? random.nextDouble() / 2 : 0,
                0 == random.nextInt(3) ? 0.03 * Math.exp(-5 * random.nextDouble()) : 0,
                0 == random.nextInt(3) ? random.nextDouble() : 0,
                0 == random.nextInt(4) ? often(random, 3_000 * MS) : 0,
                MS * restarts[random.nextInt(restarts.length)]);
        }
    }

    /**
     * Election timeouts differ by some round trips: where several of them run out before anybody can hear of a candidate, votes are split again and
     * again (§9.3: the range must be wide against the time that messages take), and there is little to demand of the members.
     */
    FaultMix {
        timeoutMaxMs = Math.max(timeoutMaxMs, timeoutMinMs + (int)(ROUND_TRIPS * 2 * latencyNs / MS));
    }

    /**
     * How little there is of what is needed.
     *
     * @param messageBytesMax records that go into one message.
     * @param slowAgent       gets far fewer turns than the others on every member, -1 for none: a slow disk, a slow state machine.
     * @param floodMeanNs     time between floods of requests, 0 for none.
     * @param rotMeanNs       time between bits that flip on the disk of a weak member that runs, 0 for none.
     * @param viewMeanNs      time for which a view of each member's state is held, 0 for none.
     */
    record Bounds(int messageBytesMax, int slowAgent, long floodMeanNs, long rotMeanNs, long viewMeanNs) {
        private static Bounds draw(final SplittableRandom random) {
            final int[] messages = {256, 1_024, 8_192, 8_192};
            return new Bounds(
                messages[random.nextInt(messages.length)],
                0 == random.nextInt(2) ? random.nextInt(AGENTS) : -1,
                0 == random.nextInt(4) ? often(random, 2_000 * MS) : 0,
                0 == random.nextInt(4) ? 0 : often(random, 2_000 * MS),
                0 == random.nextInt(2) ? often(random, 500 * MS) : 0);
        }
    }

    static FaultMix draw(final SplittableRandom random) {
        final int[] sizes = {1, 2, 2, 3, 3, 3, 3, 3, 4, 5, 5, 6, 7};
        final int timeoutMinMs = 50 + random.nextInt(100);
        final String[] durabilities = {"group", "group", "group", "group", "os", "interval"};
        final int[] trails = {0, 0, 0, 10, 100, 1_000_000};
        final int members = sizes[random.nextInt(sizes.length)];
        final long weak = random.nextInt(5) < 3 ? minority(random, members) : 0;
        final boolean isChanging = 0 == weak && random.nextBoolean();
        final long crashMeanNs = often(random, 4_000 * MS);
        return new FaultMix(
            members,
            1 + random.nextInt(10),
            durabilities[random.nextInt(durabilities.length)],
            some(random, 0.2),
            some(random, 0.1),
            some(random, 0.05),
            some(random, 0.3),
            MS * (1 + random.nextInt(100)),
            1_000L * (10 + random.nextInt(0 == random.nextInt(4) ? 20_000 : 2_000)),
            some(random, 0.3),
            often(random, 4_000 * MS),
            0 == crashMeanNs && 0 != weak ? 500 * MS : crashMeanNs,
            some(random, 1.0),
            some(random, 1.0),
            often(random, 4_000 * MS),
            often(random, 2_000 * MS),
            random.nextBoolean(),
            some(random, 0.3),
            0 == random.nextInt(2) ? often(random, 4_000 * MS) : 0,
            (random.nextBoolean() ? 5 : 20) + random.nextInt(random.nextInt(3) > 0 ? 60 : 400),
            timeoutMinMs,
            timeoutMinMs + (0 == random.nextInt(3) ? 1 + random.nextInt(15) : 10 + random.nextInt(500)),
            Math.min(random.nextInt(4), ALL_MAX - members),
            trails[random.nextInt(trails.length)],
            0 == random.nextInt(3) ? 200 + random.nextInt(2_000) : 20_000,
            weak,
            some(random, 1.0),
            some(random, 1.0),
            0 == random.nextInt(3) ? often(random, 4_000 * MS) : 0,
            isChanging ? 100 * MS + random.nextLong(900 * MS) : often(random, 2_000 * MS),
            isChanging,
            standing(random, members),
            0 == weak && !isChanging && random.nextInt(4) > 0,
            Moments.draw(random),
            Bounds.draw(random));
    }

    /** As many members as can be lost for good while the others go on. */
    private static long minority(final SplittableRandom random, final int members) {
        long mask = 0;
        while (Long.bitCount(mask) < (members - 1) / 2) {
            mask |= 1L << random.nextInt(members);
        }
        return mask;
    }

    private static long standing(final SplittableRandom random, final int members) {
        return switch (random.nextInt(8)) {
            case 0 -> (1L << members) - 1;
            case 1 -> random.nextLong(1L << members);
            default -> 0;
        };
    }

    boolean isWeak(final int id) {
        return 0 != (weak & 1L << id);
    }

    private static double some(final SplittableRandom random, final double max) {
        return random.nextInt(3) == 0 ? 0 : random.nextDouble() * max;
    }

    /** Between a fiftieth of the mean and all of it, small ones as likely as large ones; or never. */
    private static long often(final SplittableRandom random, final long meanNs) {
        return random.nextInt(3) == 0 ? 0 : (long)(meanNs * Math.exp(-4 * random.nextDouble()));
    }
}
