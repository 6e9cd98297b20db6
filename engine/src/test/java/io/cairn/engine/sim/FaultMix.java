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
    int timeoutMaxMs) {

    private static final long MS = 1_000_000L;

    static FaultMix draw(final SplittableRandom random) {
        final int[] sizes = {1, 2, 3, 3, 3, 3, 3, 4, 5, 5, 5, 7};
        final int timeoutMinMs = 50 + random.nextInt(100);
        final boolean group = random.nextInt(4) != 0;
        return new FaultMix(
            sizes[random.nextInt(sizes.length)],
            1 + random.nextInt(10),
            group ? "group" : "os",
            some(random, 0.2),
            some(random, 0.1),
            some(random, 0.05),
            some(random, 0.3),
            MS * (1 + random.nextInt(100)),
            1_000L * (10 + random.nextInt(2_000)),
            some(random, 0.3),
            often(random, 4_000 * MS),
            often(random, 4_000 * MS),
            group ? some(random, 1.0) : 0,
            some(random, 1.0),
            often(random, 4_000 * MS),
            often(random, 2_000 * MS),
            random.nextBoolean(),
            some(random, 0.3),
            0 == random.nextInt(3) ? often(random, 4_000 * MS) : 0,
            20 + random.nextInt(400),
            timeoutMinMs,
            timeoutMinMs + 10 + random.nextInt(500));
    }

    private static double some(final SplittableRandom random, final double max) {
        return random.nextInt(3) == 0 ? 0 : random.nextDouble() * max;
    }

    /** Between a fiftieth of the mean and all of it, small ones as likely as large ones; or never. */
    private static long often(final SplittableRandom random, final long meanNs) {
        return random.nextInt(3) == 0 ? 0 : (long)(meanNs * Math.exp(-4 * random.nextDouble()));
    }
}
