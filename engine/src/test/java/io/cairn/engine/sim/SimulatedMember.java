package io.cairn.engine.sim;

import io.cairn.engine.ChangeStream;
import io.cairn.engine.ClusterContext;
import io.cairn.engine.EngineContext;
import io.cairn.engine.StorageEngine;
import io.cairn.engine.client.EngineException;
import io.cairn.wal.io.FaultPlan;
import io.cairn.wal.io.SimulatedCrash;
import io.cairn.wal.io.SimulatedOperation;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.io.StorageException;

import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * One member: the production engine over a simulated disk, its clocks, and what may befall it. Owner: one thread.
 */
final class SimulatedMember {
    private static final Path DATA = Path.of("/data");
    private static final long EPOCH_MS = 1_700_000_000_000L;
    private static final long NS_PER_MS = 1_000_000L;
    private static final int MIDWAY_OPERATIONS_MAX = 40;

    private final int id;
    private final FaultMix mix;
    private final SplittableRandom random;
    private final SimulatedNetwork network;
    private final LongSupplier clock;
    private final Coverage coverage;
    private SimulatedStorageIo disk;
    private StorageEngine engine;
    private ChangeStream stream;
    private long wakeNs;
    private double rate = 1;
    private long nanoBase;
    private long rateBaseNs;
    private long epochOffsetMs;
    private boolean mayFail;
    private boolean takesPower;

    SimulatedMember(
        final int id,
        final FaultMix mix,
        final SplittableRandom random,
        final SimulatedNetwork network,
        final LongSupplier clock,
        final Coverage coverage) {
        this.id = id;
        this.mix = mix;
        this.random = random;
        this.network = network;
        this.clock = clock;
        this.coverage = coverage;
        disk = new SimulatedStorageIo(random.nextLong());
        if (mix.isClockDrifting()) {
            rate = Math.exp(3 * random.nextDouble() - 2);
        }
    }

    StorageEngine engine() {
        return engine;
    }

    boolean isUp() {
        return null != engine;
    }

    boolean isAwake() {
        return null != engine && clock.getAsLong() >= wakeNs;
    }

    /** Nothing of it runs until then, while its clocks go on. */
    void pauseUntil(final long untilNs) {
        wakeNs = Math.max(wakeNs, untilNs);
        coverage.add(Coverage.Event.PAUSE);
    }

    void wake() {
        wakeNs = 0;
    }

    /** The wall clock steps; the monotonic one does not. */
    void stepClock(final long byMs) {
        epochOffsetMs += byMs;
        coverage.add(Coverage.Event.CLOCK_STEP);
    }

    void steadyClock() {
        final long nowNs = clock.getAsLong();
        nanoBase = nanoTime();
        rateBaseNs = nowNs;
        rate = 1;
    }

    private long nanoTime() {
        return nanoBase + (long)((clock.getAsLong() - rateBaseNs) * rate);
    }

    /** @return false when it died again on the way. */
    boolean launch() {
        final ClusterContext cluster = new ClusterContext().memberId(id).transport(
            clusterId -> network.connect(id, clusterId), random.nextLong());
        for (int member = 0; member < mix.members(); member++) {
            cluster.member(member, "127.0.0.1:" + (20_000 + 10 * member));
        }
        final EngineContext context = new EngineContext()
            .dataDirectory(DATA)
            .storageIo(disk)
            .handDriven(random.nextLong())
            .clocks(() -> EPOCH_MS + epochOffsetMs + clock.getAsLong() / NS_PER_MS, this::nanoTime)
            .cluster(cluster)
            .profile("small")
            .set("threading.mode", "invoker")
            .set("durability", mix.durability())
            .set("wal.segment.size", "64k")
            .set("wal.record.max", "4k")
            .set("wal.segments.ahead", "1")
            .set("state.page.size", "512")
            .set("state.extent.size", "64k")
            .set("state.memory.max", "4m")
            .set("ingress.ring.size", "128k")
            .set("reply.ring.size", "128k")
            .set("client.inflight.max", "16")
            .set("cluster.election.timeout.min", mix.timeoutMinMs() + "ms")
            .set("cluster.election.timeout.max", mix.timeoutMaxMs() + "ms")
            .set("cluster.heartbeat", mix.timeoutMinMs() / 4 + "ms")
            .set("snapshot.trigger.entries", Integer.toString(mix.snapshotEntries()))
            .set("snapshot.trigger.bytes", "0")
            .set("snapshot.trigger.ratio", "0")
            .set("snapshot.rate", "0")
            .set("log.trailing.entries", "1000000");
        try {
            engine = StorageEngine.launch(context);
            stream = engine.subscribe(1);
            coverage.add(Coverage.Event.RESTART);
            return true;
        } catch (final SimulatedCrash ex) {
            die();
            return false;
        } catch (final RuntimeException ex) {
            if (!isExpected(ex)) {
                throw ex;
            }
            die();
            return false;
        }
    }

    /** One duty cycle of one agent. @return amount of work done. */
    int doWork() {
        int work = 0;
        try {
            work = engine.doWork();
        } catch (final EngineException ex) {
            // It has failed: why is looked at below.
        }
        if (!engine.isServing()) {
            final Throwable failure = engine.failure();
            if (!isExpected(failure)) {
                throw new AssertionError("member " + id + " stopped by itself: " + failure, failure);
            }
            die();
        }
        return work;
    }

    void follow(final CommittedHistory history) {
        history.follow(id, stream);
    }

    private boolean isExpected(final Throwable failure) {
        for (Throwable cause = failure; null != cause; cause = cause.getCause()) {
            if (cause instanceof SimulatedCrash || mayFail && cause instanceof StorageException) {
                return true;
            }
        }
        return false;
    }

    /** It dies at a moment between two steps of its disk, or at a later one in the midst of what it does. */
    void crash() {
        takesPower = random.nextDouble() < mix.powerShare();
        if (random.nextDouble() < mix.midwayShare()) {
            disk.losePowerAt(disk.operations() + 1 + random.nextInt(MIDWAY_OPERATIONS_MAX));
            coverage.add(Coverage.Event.CRASH_IN_AN_OPERATION);
        } else {
            die();
        }
    }

    /** An orderly end. */
    void close() {
        final StorageEngine closing = engine;
        engine = null;
        stream = null;
        try {
            closing.close();
            coverage.add(Coverage.Event.ORDERLY_CLOSE);
        } catch (final SimulatedCrash ex) {
            coverage.add(Coverage.Event.PROCESS_CRASH);
        } catch (final RuntimeException ex) {
            if (!isExpected(ex)) {
                throw ex;
            }
        }
        replaceDisk();
    }

    void die() {
        engine = null;
        stream = null;
        network.disconnect(id);
        coverage.add(takesPower ? Coverage.Event.POWER_LOSS : Coverage.Event.PROCESS_CRASH);
        replaceDisk();
    }

    private void replaceDisk() {
        final SimulatedStorageIo before = disk;
        disk = takesPower ? before.afterPowerLoss(random.nextLong()) : before.afterProcessCrash();
        takesPower = false;
        mayFail = false;
    }

    /** One of the next operations of the disk fails. */
    void failDisk() {
        final int skip = random.nextInt(6);
        final int choice = random.nextInt(3);
        final int[] seen = new int[1];
        mayFail = true;
        final FaultPlan plan = (number, operation, path) -> {
            final boolean isIt = switch (choice) {
                case 0 -> SimulatedOperation.FORCE == operation || SimulatedOperation.FORCE_RANGE == operation;
                case 1 -> SimulatedOperation.WRITE == operation;
                default -> operation.isChanging();
            };
            if (!isIt || seen[0]++ != skip) {
                return null;
            }
            coverage.add(0 == choice ? Coverage.Event.FORCE_FAILED : Coverage.Event.WRITE_FAILED);
            return StorageException.Kind.IO;
        };
        disk.faults(plan);
    }

    /** From now on the disk does what disks do on a good day. */
    void healDisk() {
        disk.faults(FaultPlan.NONE);
        disk.losePowerAt(Long.MAX_VALUE);
    }
}
