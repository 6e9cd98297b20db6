package io.cairn.engine.sim;

import io.cairn.engine.ChangeStream;
import io.cairn.engine.ClusterContext;
import io.cairn.engine.EngineAccess;
import io.cairn.engine.EngineContext;
import io.cairn.engine.StorageEngine;
import io.cairn.engine.client.EngineException;
import io.cairn.snapshot.SnapshotException;
import io.cairn.wal.WalException;
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
    private static final int QUICK_READER_MASK = 15;
    private static final int SLOW_READER_MASK = 4_095;
    private static final double SLOW_RATE = 0.1;
    private static final int RENAME = 2;
    private static final long CAPACITY_BYTES = 1L << 40;

    private final int id;
    private final FaultMix mix;
    private final SplittableRandom random;
    private final SimulatedNetwork network;
    private final LongSupplier clock;
    private final Coverage coverage;
    private final MachineUnderTest machine;
    private SimulatedStorageIo disk;
    private StorageEngine engine;
    private ChangeStream stream;
    private long wakeNs;
    private double ownRate = 1;
    private double rate = 1;
    private long nanoBase;
    private long rateBaseNs;
    private long epochOffsetMs;
    private boolean mayFail;
    private boolean takesPower;
    private boolean mayBeDamaged;
    private boolean isDamaged;
    private boolean isFull;
    private boolean mayForget;
    private boolean isClockStanding;
    private final int followMask;
    /** Nothing befell this disk but one bit in its log, so what was promised can be told. */
    private boolean isProvable = true;
    private int bitsFlipped;
    private int diskCount;
    private long standingMs;

    SimulatedMember(
        final int id,
        final FaultMix mix,
        final SplittableRandom random,
        final SimulatedNetwork network,
        final LongSupplier clock,
        final Coverage coverage,
        final MachineUnderTest machine) {
        this.id = id;
        this.mix = mix;
        this.random = random;
        this.network = network;
        this.clock = clock;
        this.coverage = coverage;
        this.machine = machine;
        disk = new SimulatedStorageIo(random.nextLong());
        if (mix.isClockDrifting()) {
            ownRate = Math.exp(3 * random.nextDouble() - 2);
            rate = ownRate;
        }
        followMask = 0 == random.nextInt(4) ? SLOW_READER_MASK : QUICK_READER_MASK;
        if (0 != (mix.standing() & 1L << id)) {
            isClockStanding = true;
            coverage.add(Coverage.Event.WALL_CLOCK_STANDS);
        }
    }

    /** @return whether its last death made it forget what it had acknowledged, as its level of durability allows. */
    boolean mayForget() {
        return mayForget;
    }

    /** @return whether its disk is one of those that may be damaged. */
    boolean isWeak() {
        return mix.isWeak(id);
    }

    private void countRepairs() {
        if (null != engine) {
            coverage.add(Coverage.Event.RECORDS_REPAIRED, engine.repairedRecords());
        }
    }

    /** Bits flip on its disk while it runs. @return false where its disk is none of those. */
    boolean rot(final SplittableRandom chances) {
        if (!mayBeDamaged || !"group".equals(mix.durability())) {
            return false;
        }
        isDamaged = true;
        isProvable = false;
        DiskDamage.flip(disk, chances);
        coverage.add(Coverage.Event.ROT_WHILE_RUNNING);
        return true;
    }

    int id() {
        return id;
    }

    /** From now on its disk may be damaged, where it is one of the weak: a cluster exists that takes it back. */
    void mayBeDamaged(final boolean value) {
        mayBeDamaged = value && mix.isWeak(id);
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
        runClockAt(1);
    }

    /** Its monotonic clock hardly moves: what it takes for a moment is long for others. */
    void slowClock() {
        runClockAt(ownRate * SLOW_RATE);
        coverage.add(Coverage.Event.CLOCK_NEARLY_STOPS);
    }

    /** As it ran at first. */
    void usualClock() {
        if (rate != ownRate) {
            runClockAt(ownRate);
        }
    }

    private void runClockAt(final double newRate) {
        final long nowNs = clock.getAsLong();
        nanoBase = nanoTime();
        rateBaseNs = nowNs;
        rate = newRate;
    }

    /** @return true at a step in which whoever reads its change stream looks at it. */
    boolean isRead(final long step) {
        return 0 == (step & followMask);
    }

    /** @return true where nothing befell its disk but one bit of its log: all that it acknowledged is there, or known to be missing. */
    boolean isProvable() {
        return isProvable;
    }

    /** @return number of its disk, which grows where it gets another one. */
    int diskCount() {
        return diskCount;
    }

    private long nanoTime() {
        return nanoBase + (long)((clock.getAsLong() - rateBaseNs) * rate);
    }

    private long epochMs() {
        if (!isClockStanding) {
            standingMs = EPOCH_MS + clock.getAsLong() / NS_PER_MS;
        }
        return epochOffsetMs + Math.max(EPOCH_MS, standingMs);
    }

    /** What befell the disk while the member was down. */
    private void damage() {
        // What was never forced is in the memory of a machine that goes on, and not on its disk, where damage happens.
        final boolean isAllOnDisk = "group".equals(mix.durability()) || mayForget;
        mayForget = false;
        if (!mayBeDamaged || !isAllOnDisk || random.nextDouble() >= mix.damageShare()) {
            return;
        }
        if (random.nextDouble() < mix.blankShare()) {
            coverage.add(Coverage.Event.DISK_LOST);
            replaceByBlank();
        } else {
            isDamaged = true;
            if (0 == random.nextInt(3)) {
                DiskDamage.flipOneOfTheLog(disk, random, coverage);
                isProvable &= 1 == ++bitsFlipped;
            } else {
                DiskDamage.befall(disk, random, coverage);
                isProvable = false;
            }
        }
    }

    /** The operator gives it an empty disk. */
    private void replaceByBlank() {
        disk = new SimulatedStorageIo(random.nextLong());
        isDamaged = false;
        isFull = false;
        isProvable = true;
        bitsFlipped = 0;
        diskCount++;
    }

    /** @return false when it died again on the way. */
    boolean launch() {
        damage();
        final ClusterContext cluster = new ClusterContext().memberId(id).bootstrap(id < mix.members()).transport(
            clusterId -> network.connect(id), random.nextLong());
        for (int member = 0; member < mix.members(); member++) {
            cluster.member(member, MemberChanges.endpoint(member));
        }
        cluster.member(id, MemberChanges.endpoint(id));
        final EngineContext context = new EngineContext()
            .dataDirectory(DATA)
            .storageIo(disk)
            .handDriven(random.nextLong(), mix.bounds().slowAgent())
            .clocks(this::epochMs, this::nanoTime)
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
            .set("ingress.ring.size", "64k")
            .set("reply.ring.size", "64k")
            .set("client.inflight.max", "16")
            .set("error.log.size", "16k")
            .set("cluster.election.timeout.min", mix.timeoutMinMs() + "ms")
            .set("cluster.election.timeout.max", mix.timeoutMaxMs() + "ms")
            .set("cluster.heartbeat", mix.timeoutMinMs() / 4 + "ms")
            .set("snapshot.trigger.entries", Integer.toString(mix.snapshotEntries()))
            .set("snapshot.trigger.bytes", "0")
            .set("snapshot.trigger.ratio", "0")
            .set("snapshot.rate", "0")
            .set("log.tick.interval", "100ms")
            .set("log.trailing.entries", Integer.toString(mix.trailingEntries()));
        machine.configure(id, context);
        try {
            engine = StorageEngine.launch(context);
            stream = engine.subscribe(1);
            coverage.add(Coverage.Event.RESTART);
            if (null != EngineAccess.log(engine).repairs().from(0)) {
                coverage.add(Coverage.Event.START_OVER_DAMAGE);
            }
            return true;
        } catch (final SimulatedCrash ex) {
            die();
            return false;
        } catch (final RuntimeException ex) {
            final boolean isRefusal = isRefusal(ex) || isDamaged && ex instanceof EngineException;
            if (!isExpected(ex) && !isRefusal && !isWithoutRoomToStart(ex)) {
                throw ex;
            }
            die();
            if (isRefusal) {
                coverage.add(Coverage.Event.DISK_REPLACED);
                replaceByBlank();
            }
            return false;
        }
    }

    /** Whoever finds its disk damaged may stop; the operator replaces the disk then. */
    private boolean isRefusal(final Throwable failure) {
        for (Throwable cause = failure; isDamaged && null != cause; cause = cause.getCause()) {
            if (cause instanceof WalException || cause instanceof SnapshotException || cause instanceof StorageException) {
                return true;
            }
        }
        return false;
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
            final boolean isRefusal = isRefusal(failure);
            if (!isExpected(failure) && !isRefusal) {
                throw new AssertionError("member " + id + " stopped by itself: " + failure, failure);
            }
            die();
            if (isRefusal) {
                coverage.add(Coverage.Event.DAMAGE_STOPPED_A_MEMBER);
                replaceByBlank();
            }
        }
        return work;
    }

    void follow(final CommittedHistory history) {
        try {
            if (!history.follow(id, stream)) {
                coverage.add(Coverage.Event.READER_LEFT_BEHIND);
                stream.close();
                stream = engine.subscribe(engine.firstIndex());
            }
        } catch (final WalException | EngineException ex) {
            if (!isDamaged) {
                throw ex;
            }
            // Damage is found by whoever reads it first; the stream goes on behind it.
            final long next = stream.nextIndex() + 1;
            stream.close();
            stream = engine.subscribe(next);
        }
    }

    private boolean isExpected(final Throwable failure) {
        for (Throwable cause = failure; null != cause; cause = cause.getCause()) {
            if (cause instanceof SimulatedCrash || mayFail && (cause instanceof StorageException || isFullDisk(cause))) {
                return true;
            }
        }
        return false;
    }

    /** A log without a segment, one that was begun afresh say, needs room for one: it is started again when there is. */
    private boolean isWithoutRoomToStart(final Throwable failure) {
        return mayFail && failure instanceof WalException && WalException.Kind.NO_SPACE == ((WalException)failure).kind();
    }

    private static boolean isFullDisk(final Throwable cause) {
        return cause instanceof EngineException && cause.getMessage().startsWith("the disk of the log is full");
    }

    /** It dies at a moment between two steps of its disk, or at a later one in the midst of what it does. */
    void crash() {
        // What was acknowledged without being forced is lost with the power: only as many may forget as the others can do without.
        takesPower = random.nextDouble() < mix.powerShare() && ("group".equals(mix.durability()) || mayBeDamaged);
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
        countRepairs();
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

    /** It dies between two steps of its disk. */
    void die(final boolean withPower) {
        takesPower = withPower && ("group".equals(mix.durability()) || mayBeDamaged);
        die();
    }

    void die() {
        countRepairs();
        engine = null;
        stream = null;
        network.disconnect(id);
        coverage.add(takesPower ? Coverage.Event.POWER_LOSS : Coverage.Event.PROCESS_CRASH);
        replaceDisk();
    }

    private void replaceDisk() {
        final SimulatedStorageIo before = disk;
        disk = takesPower ? before.afterPowerLoss(random.nextLong()) : before.afterProcessCrash();
        before.close();
        mayForget = takesPower && !"group".equals(mix.durability());
        if (mayForget) {
            coverage.add(Coverage.Event.POWER_LOSS_OF_THE_UNFORCED);
        }
        takesPower = false;
        mayFail = isFull;
    }

    /** One of the next operations of the disk fails. */
    void failDisk() {
        final int choice = random.nextInt(4);
        // There are few renames.
        final int skip = RENAME == choice ? 0 : random.nextInt(6);
        final boolean isFullNow = random.nextBoolean();
        final int[] seen = new int[1];
        mayFail = true;
        final FaultPlan plan = (number, operation, path) -> {
            final boolean isForce = SimulatedOperation.FORCE == operation || SimulatedOperation.FORCE_RANGE == operation;
            final boolean isIt = switch (choice) {
                case 0 -> isForce;
                case 1 -> SimulatedOperation.WRITE == operation;
                case RENAME -> SimulatedOperation.RENAME == operation;
                default -> operation.isChanging();
            };
            if (!isIt || seen[0]++ != skip) {
                return null;
            }
            if (isForce) {
                coverage.add(isFullNow ? Coverage.Event.NO_SPACE_ON_FORCE : Coverage.Event.FORCE_FAILED);
            } else if (SimulatedOperation.RENAME == operation) {
                coverage.add(isFullNow ? Coverage.Event.NO_SPACE_ON_RENAME : Coverage.Event.RENAME_FAILED);
            } else {
                coverage.add(isFullNow ? Coverage.Event.NO_SPACE_ON_WRITE : Coverage.Event.WRITE_FAILED);
            }
            return isFullNow ? StorageException.Kind.NO_SPACE : StorageException.Kind.IO;
        };
        disk.faults(plan);
    }

    /** There is room for little more, until {@link #freeDisk}. */
    void fillDisk() {
        final long free = disk.usableSpaceBytes(DATA);
        disk.capacityBytes(CAPACITY_BYTES - free + random.nextInt(200_000));
        mayFail = true;
        isFull = true;
        coverage.add(Coverage.Event.DISK_FULL);
    }

    void freeDisk() {
        disk.capacityBytes(CAPACITY_BYTES);
        isFull = false;
    }

    boolean isFull() {
        return isFull;
    }

    /** Closes it for good. */
    void end() {
        stream = null;
        countRepairs();
        engine.close();
        engine = null;
    }

    /** @return files, regions and locks that it did not give back when it ended. */
    int handlesLeft() {
        return disk.openHandles();
    }

    /** From now on the disk does what disks do on a good day. */
    void healDisk() {
        freeDisk();
        mayBeDamaged = false;
        disk.faults(FaultPlan.NONE);
        disk.losePowerAt(Long.MAX_VALUE);
    }
}
