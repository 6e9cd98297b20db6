package io.cairn.engine.sim;

import io.cairn.engine.EngineAccess;
import io.cairn.engine.StorageEngine;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.Message;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A whole cluster with its clients in one thread on virtual time: production engines over simulated disks and a simulated network, every choice drawn
 * from one seed. First everything that the mix has befalls it, then all heals and it must make progress.
 *
 * <p>Owner: one thread.
 */
final class Simulation implements Misfortunes.Host {
    private static final long MS = 1_000_000L;
    private static final long NEVER = -1;
    private static final long FAULTS_NS = 5_000 * MS;
    private static final long PROGRESS_MAX_NS = 30_000 * MS;
    /** Longer than the slowest clock takes for several election timeouts: whatever a close waits for is decided by then. */
    private static final long CLOSING_MAX_NS = 300_000 * MS;
    private static final int QUANTUM_NS = 40_000;
    private static final int EVENTS_KEPT = 40;
    private static final int APPLIER = 1;
    private static final int SYNCER = 2;

    private final long seed;
    private final Reduction reduction;
    private final SplittableRandom chances;
    private final SplittableRandom schedule;
    private final FaultMix mix;
    private final Coverage coverage = new Coverage();
    private final SimulatedNetwork network;
    private final List<SimulatedMember> members = new ArrayList<>();
    private final List<SimulatedClient> clients = new ArrayList<>();
    private final MachineUnderTest machine;
    private final List<StorageEngine> engines = new ArrayList<>();
    private final CommittedHistory committed = new CommittedHistory();
    private final Deque<String> events = new ArrayDeque<>();
    private final long[] restartNs;
    private final MemberChanges changes;
    private final ClusterInvariants invariants;
    private final Misfortunes misfortunes;
    private final HeldViews views;
    /** Of the steps, or of the scheduled fault that befalls: each has chances of its own, which do not depend on those that were left out. */
    private SplittableRandom random;
    private int scheduled;
    private long nowNs;
    private long closingSinceNs = NEVER;
    private long steps;
    private long trace;
    private long partitionAtNs;
    private long crashAtNs;
    private long pauseAtNs;
    private long clockAtNs;
    private long diskAtNs;
    private long fullAtNs;
    private long changeAtNs;
    private long inTheCluster;
    private long snapshotMessages;
    private boolean isFounded;

    Simulation(final long seed) {
        this(seed, Reduction.NONE);
    }

    Simulation(final long seed, final Reduction reduction) {
        this(seed, new KeyValueUnderTest(), reduction);
    }

    Simulation(final long seed, final MachineUnderTest machine) {
        this(seed, machine, Reduction.NONE);
    }

    Simulation(final long seed, final MachineUnderTest machine, final Reduction reduction) {
        this.seed = seed;
        this.machine = machine;
        this.reduction = reduction;
        chances = new SplittableRandom(seed);
        random = chances;
        mix = reduction.of(FaultMix.draw(random.split()));
        schedule = random.split();
        final int all = mix.members() + mix.spares();
        invariants = new ClusterInvariants(members, mix, coverage);
        network = new SimulatedNetwork(all, mix, random.split(), this::now, coverage, this::onSent);
        network.quietUntil(reduction.fromNs());
        misfortunes = new Misfortunes(members, network, invariants, mix, random.split(), this::now, coverage, machine.isKeyValue(), this);
        misfortunes.quietUntil(reduction.fromNs());
        restartNs = new long[all];
        for (int id = 0; id < all; id++) {
            members.add(new SimulatedMember(id, mix, random.split(), network, this::now, coverage, machine));
        }
        for (int id = 0; id < mix.clients(); id++) {
            final SplittableRandom own = random.split();
            final Workload workload = machine.newWorkload(id, own, this::now, coverage);
            clients.add(new SimulatedClient(id, own, this::now, coverage, workload, mix.sessionTimeoutMs()));
        }
        changes = new MemberChanges(members, mix, random.split(), coverage);
        views = new HeldViews(members, mix, random.split(), this::now, coverage);
        if (mix.isClockDrifting()) {
            coverage.add(Coverage.Event.CLOCK_DRIFT);
        }
        if (mix.bounds().slowAgent() == SYNCER) {
            coverage.add(Coverage.Event.SLOW_DISK);
        } else if (mix.bounds().slowAgent() == APPLIER) {
            coverage.add(Coverage.Event.SLOW_APPLY);
        }
    }

    /**
     * Run it.
     *
     * @throws AssertionError when an invariant does not hold, with the seed, the step and the last events.
     */
    void run() {
        try {
            partitionAtNs = next(mix.partitionMeanNs());
            crashAtNs = next(mix.crashMeanNs());
            pauseAtNs = next(mix.pauseMeanNs());
            clockAtNs = next(mix.clockMeanNs());
            diskAtNs = next(mix.diskFaultMeanNs());
            fullAtNs = next(mix.fullMeanNs());
            changeAtNs = next(mix.changeMeanNs());
            final long untilNs = Math.min(FAULTS_NS, reduction.untilNs());
            while (nowNs < untilNs) {
                step();
                if (0 == (steps & 63)) {
                    fault();
                }
            }
            heal();
            if (isProgressMade()) {
                verify();
            } else {
                coverage.add(Coverage.Event.LEFT_TO_A_PERSON);
                clients.forEach(SimulatedClient::crash);
                machine.verify(List.of());
            }
            end();
            coverage.add(Coverage.Event.ELECTION_WON, invariants.promises().termCount());
        } catch (final AssertionError | RuntimeException ex) {
            final String last = String.join("\n  ", events);
            throw new AssertionError("seed " + seed + ", step " + steps + ", at " + nowNs / MS + " ms: " + ex.getMessage() +
                "\n  " + mix + "\n  " + last + "\n  again with: " + machine.again(seed) + reduction.options(), ex);
        } finally {
            members.forEach(member -> {
                if (member.isUp()) {
                    member.die();
                }
            });
        }
    }

    /** A closing engine waits for things on its own thread: its time goes on meanwhile. */
    private long now() {
        if (NEVER != closingSinceNs) {
            nowNs += QUANTUM_NS;
            if (isClosingForEver()) {
                throw new AssertionError("a member does not come to an end when it is closed");
            }
        }
        return nowNs;
    }

    private boolean isClosingForEver() {
        return nowNs - closingSinceNs > CLOSING_MAX_NS;
    }

    /** In order: whatever the engine makes of it that its clock lost patience. */
    private void close(final Runnable closing) {
        closingSinceNs = nowNs;
        closing.run();
        if (isClosingForEver()) {
            throw new AssertionError("a member does not come to an end when it is closed");
        }
        closingSinceNs = NEVER;
    }

    private long next(final long meanNs) {
        return 0 == meanNs ? Long.MAX_VALUE : nowNs + 1 + schedule.nextLong(2 * meanNs);
    }

    /** @return true when the scheduled fault that is due happens: each has a number, by which it can be left out. */
    @Override
    public boolean befalls() {
        scheduled++;
        random = new SplittableRandom(seed * 1_000_003 + scheduled);
        return reduction.keeps(scheduled, nowNs);
    }

    @Override
    public boolean isFounded() {
        return isFounded;
    }

    @Override
    public SplittableRandom chances() {
        return random;
    }

    private boolean onSent(final Message message) {
        return misfortunes.onSent(message);
    }

    @Override
    public void event(final String text) {
        if (events.size() == EVENTS_KEPT) {
            events.removeFirst();
        }
        events.addLast(nowNs / MS + " ms: " + text);
        trace = trace * 31 + text.hashCode();
    }

    private void step() {
        nowNs += 1 + random.nextInt(QUANTUM_NS);
        steps++;
        final int choice = random.nextInt(4 * members.size() + clients.size());
        if (choice < 4 * members.size()) {
            stepMember(choice >> 2);
        } else {
            stepClient(clients.get(choice - 4 * members.size()));
        }
    }

    private void stepMember(final int id) {
        final SimulatedMember member = members.get(id);
        if (!member.isUp()) {
            if (nowNs >= restartNs[id]) {
                launch(id);
            }
        } else if (member.isAwake()) {
            final StorageEngine engine = member.engine();
            final int work = member.doWork();
            trace = trace * 31 + 7 * id + work;
            if (!member.isUp()) {
                onGone(id, engine, "stops: " + engine.failure().getMessage());
            } else {
                invariants.onWork(id);
                if (member.isRead(steps)) {
                    member.follow(committed);
                }
            }
            misfortunes.onWork();
        }
    }

    private void launch(final int id) {
        if (members.get(id).launch()) {
            invariants.onStarted(id);
            event("member " + id + " starts");
        } else {
            restartNs[id] = nowNs + random.nextLong(mix.moments().restartMaxNs());
            event("member " + id + " dies while it starts");
        }
    }

    @Override
    public void onGone(final int id, final StorageEngine engine, final String how) {
        invariants.onGone(id, engine, members.get(id).mayForget());
        clients.forEach(client -> client.onEngineGone(engine));
        restartNs[id] = nowNs + random.nextLong(mix.moments().restartMaxNs());
        event("member " + id + ' ' + how);
    }

    private void stepClient(final SimulatedClient client) {
        engines.clear();
        for (final SimulatedMember member : members) {
            if (member.isAwake() && member.engine().isServing()) {
                engines.add(member.engine());
            }
        }
        if (engines.stream().filter(StorageEngine::isLeader).count() > 1) {
            coverage.add(Coverage.Event.TWO_LEADERS);
        }
        final int driven = memberOf(client.linkedTo());
        if (driven >= 0 && !members.get(driven).isAwake()) {
            // Its calls would drive a member of which nothing runs.
            return;
        }
        final long before = client.acknowledgedCount();
        client.step(engines);
        if (driven >= 0 && members.get(driven).isUp()) {
            invariants.onWork(driven);
        }
        trace = trace * 31 + client.acknowledgedCount() - before;
        if (client.acknowledgedCount() > before) {
            misfortunes.onAnswered();
        }
    }

    private int memberOf(final StorageEngine engine) {
        for (int id = 0; null != engine && id < members.size(); id++) {
            if (members.get(id).engine() == engine) {
                return id;
            }
        }
        return -1;
    }

    private SimulatedMember any() {
        return members.get(random.nextInt(members.size()));
    }

    private void fault() {
        if (nowNs >= partitionAtNs) {
            partitionAtNs = next(mix.partitionMeanNs());
            if (befalls()) {
                partition();
            }
        }
        if (nowNs >= crashAtNs) {
            crashAtNs = next(mix.crashMeanNs());
            if (befalls()) {
                crash();
            }
        }
        if (nowNs >= pauseAtNs) {
            pauseAtNs = next(mix.pauseMeanNs());
            if (befalls()) {
                pause();
            }
        }
        if (nowNs >= clockAtNs) {
            clockAtNs = next(mix.clockMeanNs());
            if (befalls()) {
                any().stepClock(random.nextLong(-5_000, 5_000));
            }
        }
        if (nowNs >= diskAtNs) {
            diskAtNs = next(mix.diskFaultMeanNs());
            final boolean isDue = befalls();
            final int id = random.nextInt(members.size());
            if (isDue && members.get(id).isUp()) {
                members.get(id).failDisk();
                event("the disk of member " + id + " fails soon");
            }
        }
        faultOfDisksAndMembers();
        misfortunes.fault();
        views.step();
        random = chances;
        if (snapshotMessages != coverage.count(Coverage.Event.SNAPSHOT_MESSAGE)) {
            snapshotMessages = coverage.count(Coverage.Event.SNAPSHOT_MESSAGE);
            if (0 == random.nextInt(4)) {
                changes.snapshotBeside(Coverage.Event.SNAPSHOT_BESIDE_AN_INSTALLATION);
            }
        }
        if (0 == random.nextInt(4_000)) {
            clients.get(random.nextInt(clients.size())).crash();
        }
    }

    private void pause() {
        final int id = random.nextBoolean() ? leader() : random.nextInt(members.size());
        final long forNs = random.nextLong(600 * MS);
        members.get(id).pauseUntil(nowNs + forNs);
        event("member " + id + " is paused for " + forNs / MS + " ms");
    }

    private void faultOfDisksAndMembers() {
        if (!isFounded && isEveryMemberInTheCluster()) {
            isFounded = true;
            members.forEach(member -> member.mayBeDamaged(true));
        }
        if (nowNs >= fullAtNs) {
            fullAtNs = next(mix.fullMeanNs());
            if (befalls()) {
                fillOrFree(any());
            }
        }
        if (nowNs >= changeAtNs) {
            changeAtNs = next(mix.changeMeanNs());
            final boolean isDue = befalls();
            final int id = leader();
            if (isDue && isFounded && members.get(id).isAwake() && members.get(id).engine().isServing()) {
                event(changes.change(id, members.get(id).engine()));
            }
        }
    }

    private void fillOrFree(final SimulatedMember member) {
        if (member.isFull()) {
            member.freeDisk();
            event("the disk of member " + member.id() + " has room again");
        } else {
            member.fillDisk();
            event("the disk of member " + member.id() + " is nearly full");
        }
    }

    /** Every member of the first list knows what the cluster is: a disk that is lost before is a matter for whoever founds it. */
    private boolean isEveryMemberInTheCluster() {
        for (int id = 0; id < mix.members(); id++) {
            if (members.get(id).isUp() && members.get(id).engine().committedIndex() > 0) {
                inTheCluster |= 1L << id;
            }
        }
        return Long.bitCount(inTheCluster) == mix.members();
    }

    private void partition() {
        network.mend();
        members.forEach(SimulatedMember::usualClock);
        final int count = members.size();
        switch (random.nextInt(8)) {
            case 0 -> event("all links are mended");
            case 1 -> {
                final int from = random.nextInt(count);
                final int to = random.nextInt(count);
                network.cut(from, to, from != to);
                coverage.add(Coverage.Event.LINK_CUT_ONE_WAY);
                event("nothing gets from " + from + " to " + to);
            }
            case 2, 3, 4, 5 -> {
                final int id = leader();
                final int ways = random.nextBoolean() ? 3 : 1 + random.nextInt(2);
                // Long enough for another one to be elected while this one has not noticed yet, and both have clients.
                partitionAtNs = Math.max(partitionAtNs, nowNs + random.nextLong(600 * MS));
                for (int other = 0; other < count; other++) {
                    network.cut(id, other, other != id && 0 != (ways & 1));
                    network.cut(other, id, other != id && 0 != (ways & 2));
                }
                if (mix.isClockDrifting() && random.nextBoolean()) {
                    members.get(id).slowClock();
                }
                coverage.add(Coverage.Event.LEADER_CUT_OFF);
                event("member " + id + " is cut off, ways " + ways);
            }
            case 6 -> {
                final long side = random.nextLong(1L << count);
                cutBetween(side, -1);
                coverage.add(Coverage.Event.PARTITION);
                event("partition " + Long.toBinaryString(side));
            }
            default -> {
                final long side = random.nextLong(1L << count);
                final int bridge = random.nextInt(count);
                cutBetween(side, bridge);
                coverage.add(Coverage.Event.BRIDGE);
                event("partition " + Long.toBinaryString(side) + " but for " + bridge);
            }
        }
    }

    /** One that leads, as far as it knows; any where none does. */
    private int leader() {
        final int first = random.nextInt(members.size());
        for (int i = 0; i < members.size(); i++) {
            final int id = (first + i) % members.size();
            if (members.get(id).isUp() && members.get(id).engine().isLeader()) {
                return id;
            }
        }
        return first;
    }

    private void cutBetween(final long side, final int bridge) {
        for (int from = 0; from < members.size(); from++) {
            for (int to = 0; to < members.size(); to++) {
                if ((side >> from & 1) != (side >> to & 1) && from != bridge && to != bridge) {
                    network.cut(from, to, true);
                }
            }
        }
    }

    /** Leaders, and those whose disks may be damaged then, more often than others. */
    private int victim() {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(members.size());
            case 1 -> 0 == mix.weak() ? leader() : Long.numberOfTrailingZeros(mix.weak());
            case 2 -> 0 == mix.weak() ? leader() : 63 - Long.numberOfLeadingZeros(mix.weak());
            default -> leader();
        };
    }

    private void crash() {
        final int id = victim();
        final SimulatedMember member = members.get(id);
        if (!member.isAwake()) {
            return;
        }
        final StorageEngine engine = member.engine();
        if (random.nextDouble() < mix.closeShare()) {
            close(member::close);
            onGone(id, engine, "is closed");
        } else {
            member.crash();
            if (member.isUp()) {
                event("member " + id + " dies soon");
            } else {
                onGone(id, engine, "dies");
            }
        }
    }

    private void heal() {
        coverage.add(Coverage.Event.HEALED);
        event("all heals");
        misfortunes.end();
        views.end();
        clients.forEach(SimulatedClient::bePatient);
        network.heal();
        for (int id = 0; id < members.size(); id++) {
            members.get(id).wake();
            members.get(id).steadyClock();
            members.get(id).healDisk();
            restartNs[id] = nowNs;
        }
        if (mix.isQuorumAlone() && isFounded && mix.members() > 1) {
            coverage.add(Coverage.Event.QUORUM_ALONE_HEALED);
            for (int left = (mix.members() - 1) / 2; left > 0; left--) {
                loseForGood(random.nextInt(mix.members()));
            }
        }
    }

    private void loseForGood(final int id) {
        final SimulatedMember member = members.get(id);
        if (member.isUp()) {
            final StorageEngine engine = member.engine();
            member.die();
            onGone(id, engine, "is gone for good");
        }
        restartNs[id] = Long.MAX_VALUE;
    }

    /** @return false when no progress may be demanded, since what is left is for a person to decide, and the members say so. */
    private boolean isProgressMade() {
        final long deadlineNs = nowNs + PROGRESS_MAX_NS;
        final long[] goal = new long[clients.size()];
        for (int i = 0; i < goal.length; i++) {
            goal[i] = clients.get(i).acknowledgedCount() + 5;
        }
        boolean isInTime = true;
        while (isInTime && !hasReached(goal)) {
            isInTime = stepWithin(deadlineNs, "clients get no answers");
        }
        clients.forEach(SimulatedClient::stop);
        while (isInTime && !clients.stream().allMatch(SimulatedClient::isIdle)) {
            isInTime = stepWithin(deadlineNs, "clients get no answers");
        }
        while (isInTime && !isSettled()) {
            isInTime = stepWithin(deadlineNs, "members do not come to the same index");
        }
        return isInTime;
    }

    private boolean stepWithin(final long deadlineNs, final String otherwise) {
        step();
        if (nowNs >= deadlineNs && !invariants.isLeftToAPerson(id -> Long.MAX_VALUE == restartNs[id])) {
            throw new AssertionError("no progress after all was healed: " + otherwise + "; " + describe());
        }
        return nowNs < deadlineNs;
    }

    private String describe() {
        final StringBuilder text = new StringBuilder();
        for (int id = 0; id < members.size(); id++) {
            final StorageEngine engine = members.get(id).engine();
            text.append("member ").append(id).append(null == engine ? " down; " : " appended " + engine.appendedIndex() + " committed " +
                engine.committedIndex() + " applied " + engine.appliedIndex() + (engine.isLeader() ? " leads " : " ") +
                EngineAccess.control(engine).status());
        }
        return text.append(clients).toString();
    }

    private boolean hasReached(final long[] goal) {
        for (int i = 0; i < goal.length; i++) {
            if (clients.get(i).acknowledgedCount() < goal[i]) {
                return false;
            }
        }
        return true;
    }

    /** Those that must come to the same end: all members of the cluster that are not gone for good. */
    private List<SimulatedMember> core() {
        final SimulatedMember leading = members.get(leader());
        final List<SimulatedMember> core = new ArrayList<>();
        if (leading.isUp() && leading.engine().isLeader()) {
            final Membership membership = EngineAccess.control(leading.engine()).status().configuration().membership();
            for (final SimulatedMember member : members) {
                if (membership.isMember(member.id()) && Long.MAX_VALUE != restartNs[member.id()]) {
                    core.add(member);
                }
            }
        }
        return core;
    }

    private boolean isSettled() {
        if (0 != (steps & 31)) {
            return false;
        }
        final List<SimulatedMember> core = core();
        long applied = -1;
        for (final SimulatedMember member : core) {
            if (!member.isUp()) {
                return false;
            }
            final StorageEngine engine = member.engine();
            if (engine.appliedIndex() != engine.appendedIndex() || applied >= 0 && applied != engine.appliedIndex()) {
                return false;
            }
            applied = engine.appliedIndex();
        }
        return !core.isEmpty();
    }

    private void verify() {
        final List<SimulatedMember> core = core();
        final StorageEngine first = core.get(0).engine();
        // None of them gets a turn meanwhile: an idle leader logs the time, and whoever asks the engine itself gives it turns.
        final long digest = EngineAccess.digest(first);
        for (final SimulatedMember member : core) {
            member.follow(committed);
            final StorageEngine engine = member.engine();
            final long own = EngineAccess.digest(engine);
            trace = trace * 31 + own;
            if (digest != own || first.appliedIndex() != engine.appliedIndex()) {
                throw new AssertionError("digests differ: member " + core.get(0).id() + " has " + Long.toHexString(digest) + " at entry " +
                    first.appliedIndex() + ", member " + member.id() + " " + Long.toHexString(own) + " at entry " + engine.appliedIndex());
            }
        }
        machine.verify(core.stream().map(SimulatedMember::id).toList());
    }

    /** All are closed in order: nothing of their disks stays open. */
    private void end() {
        for (final SimulatedMember member : members) {
            if (member.isUp()) {
                final int leaked = EngineAccess.leakedPages(member.engine());
                if (0 != leaked) {
                    throw new AssertionError("member " + member.id() + " has " + leaked + " live pages that nothing reaches");
                }
                close(member::end);
                final int handles = member.handlesLeft();
                if (0 != handles) {
                    throw new AssertionError("member " + member.id() + " closed and left " + handles + " files, regions and locks open");
                }
            }
        }
    }

    /** Equal wherever the same seed is run by the same code. */
    long trace() {
        return trace;
    }

    Coverage coverage() {
        return coverage;
    }

    long operationCount() {
        return machine.operationCount();
    }

    /** Keys whose history took more than the budget of the checker. */
    int undecidedCount() {
        return machine.undecidedCount();
    }

    long simulatedNs() {
        return nowNs;
    }

    /** Scheduled faults that came due, left out or not. */
    int scheduledCount() {
        return scheduled;
    }

    int clientCount() {
        return clients.size();
    }

    long stepCount() {
        return steps;
    }
}
