package io.cairn.engine.raft;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

/**
 * Members under a schedule drawn from a seed: messages lost, duplicated, late and reordered, links cut, crashes that lose what was not forced, slow
 * disks, compaction, installs, changes of members, hand-overs, reads, records of a minority that rot. The cluster checks the paper's safety
 * properties after every delivery; at the end everything heals and must make progress.
 */
final class RandomScheduleTest {
    private static final int STEPS = 1_500;
    private static final int MEMBERS = 5;

    static LongStream seeds() {
        final long first = Long.getLong("cairn.raft.first", 1);
        return LongStream.range(first, first + Integer.getInteger("cairn.raft.runs", 150));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void shouldStaySafeAndMakeProgressOnceHealed(final long seed) {
        new Schedule(seed).run();
    }

    /** One run. */
    private static final class Schedule {
        private final long seed;
        private final Random random;
        private final Cluster cluster = new Cluster();
        private final List<Packet> late = new ArrayList<>();
        private final List<long[]> reads = new ArrayList<>();
        private final int lossPercent;
        private final int crashPermille;
        private final int rotPercent;
        private final int victim;
        private long value;
        /** The victim forgot something while nobody could be elected without it: safety is still demanded, progress is not. */
        private boolean isBeyondAtlas;

        Schedule(final long seed) {
            this.seed = seed;
            random = new Random(seed);
            final int count = 1 + random.nextInt(MEMBERS);
            final int[] voters = new int[count];
            for (int i = 0; i < count; i++) {
                voters[i] = i;
            }
            for (int id = 0; id < MEMBERS; id++) {
                final RaftSettings settings = new RaftSettings()
                    .electionTimeout(100 * Cluster.MS, 200 * Cluster.MS)
                    .heartbeat(20 * Cluster.MS)
                    .inFlight(4, 10)
                    .leaseReads(random.nextInt(4) == 0, 10)
                    .gatherCommits(0 != (seed & 1))
                    .seed(random.nextLong());
                cluster.add(id, Membership.of(voters), settings);
            }
            lossPercent = random.nextInt(3) == 0 ? 0 : random.nextInt(30);
            crashPermille = random.nextInt(3) == 0 ? 0 : random.nextInt(20);
            rotPercent = random.nextInt(3) == 0 ? 0 : random.nextInt(60);
            victim = random.nextInt(MEMBERS);
        }

        void run() {
            try {
                for (int step = 0; step < STEPS; step++) {
                    step();
                }
                heal();
            } catch (final AssertionError | RuntimeException failure) {
                throw new AssertionError("seed " + seed + ", victim " + victim + ": " + failure.getMessage() + "\n" + cluster.members, failure);
            }
        }

        private void step() {
            cluster.nowNs += random.nextInt(10) * Cluster.MS;
            for (final Member member : cluster.members) {
                if (member.running) {
                    member.core.onTime(cluster.nowNs);
                    member.settle();
                }
            }
            act();
            cluster.collect();
            deliverSome();
            checkReads();
        }

        private void act() {
            final Member member = cluster.member(random.nextInt(MEMBERS));
            switch (random.nextInt(24)) {
                case 0, 1, 2, 3, 4, 5 -> propose();
                case 6 -> cluster.cut(random.nextInt(MEMBERS), random.nextInt(MEMBERS));
                case 7 -> cluster.cutOneWay(random.nextInt(MEMBERS), random.nextInt(MEMBERS));
                case 8, 9 -> cluster.heal();
                case 10 -> member.forcesAtOnce = !member.forcesAtOnce;
                case 11 -> {
                    if (member.running) {
                        member.storesAtOnce = !member.storesAtOnce;
                    }
                }
                case 12 -> restartSomebody();
                case 13 -> changeMembers();
                case 14 -> handOver();
                case 15 -> compact(member);
                case 16, 17 -> install();
                case 18, 19 -> read(member);
                case 20 -> rot();
                default -> {
                    if (random.nextInt(1_000) < crashPermille && member.running) {
                        member.crash(random.nextInt(4));
                    }
                }
            }
        }

        /**
         * A record of one and the same member rots: no majority ever holds an entry damaged. What was never acknowledged may be undecided. A term
         * that is lost too leaves the chain behind it.
         */
        private void rot() {
            final Member member = cluster.member(victim);
            // Damage is found before a cut of the log or behind it, not amid one.
            if (0 == rotPercent || random.nextInt(100) >= rotPercent || member.isTruncationDue() ||
                0 == (member.core.membership().voters() & ~(1L << victim))) {
                return;
            }
            final long first = member.snapshotIndex + 1;
            for (int i = 1 + random.nextInt(3); i > 0 && member.durableIndex() >= first; i--) {
                final long index = first + random.nextInt((int)(member.durableIndex() - first + 1));
                final int fault = index > cluster.committed() ? RaftLog.UNDECIDED : RaftLog.CORRUPT;
                member.damage(index, fault, random.nextInt(3) == 0);
            }
            isBeyondAtlas |= member.isDamaged() && isVictimIndispensable();
        }

        /** Do the configurations that may yet be in force have a majority without the victim? */
        private boolean isVictimIndispensable() {
            long committed = 0;
            for (final Member member : cluster.members) {
                if (member.core.configurationIndex() <= member.core.commitIndex()) {
                    committed = Math.max(committed, member.core.configurationIndex());
                }
            }
            for (final Member member : cluster.members) {
                final Membership membership = member.core.membership();
                if (member.core.configurationIndex() >= committed && (isIndispensable(membership.voters()) ||
                    isIndispensable(membership.outgoing()) || isIndispensable(membership.target()))) {
                    return true;
                }
            }
            return false;
        }

        private boolean isIndispensable(final long voters) {
            final long others = voters & ~(1L << victim);
            return others != voters && Long.bitCount(others) <= Long.bitCount(voters) / 2;
        }

        private void propose() {
            for (final Member member : cluster.members) {
                if (member.running) {
                    for (int i = random.nextInt(4); i > 0; i--) {
                        member.propose(++value);
                    }
                }
            }
        }

        private void restartSomebody() {
            for (final Member member : cluster.members) {
                if (!member.running) {
                    member.restart(cluster.nowNs);
                    reads.removeIf(read -> read[0] == member.id);
                    return;
                }
            }
        }

        private void changeMembers() {
            final Member leader = cluster.leader();
            if (null != leader) {
                final long voters = 1 + random.nextInt((1 << MEMBERS) - 1);
                final long learners = random.nextInt(1 << MEMBERS) & ~voters;
                if (!leader.core.membership().isJoint() && !(cluster.member(victim).isDamaged() && isIndispensable(voters))) {
                    leader.core.proposeChange(voters, learners);
                }
            }
        }

        private void handOver() {
            final Member leader = cluster.leader();
            if (null != leader) {
                leader.core.transfer(random.nextInt(MEMBERS));
            }
        }

        private void compact(final Member member) {
            // A snapshot is published only for an index that is durable here.
            final long until = Math.min(member.applied(), member.durableIndex());
            if (member.running && until > member.snapshotIndex) {
                member.compact(member.snapshotIndex + 1 + random.nextInt((int)(until - member.snapshotIndex)));
            }
        }

        private void install() {
            installForRepair();
            final Member leader = cluster.leader();
            for (final Member member : cluster.members) {
                if (null != leader && member.running && member != leader && leader.core.membership().isMember(member.id)) {
                    if (leader.core.peer(member.id).isSnapshotDue()) {
                        leader.core.peer(member.id).onSnapshotStarted(leader.snapshotIndex);
                    } else if (PeerProgress.SNAPSHOT == leader.core.peer(member.id).state()) {
                        if (random.nextInt(4) == 0) {
                            leader.core.peer(member.id).onSnapshotFailed();
                        } else if (Role.LEADER != member.core.role() && !member.core.isBusy()) {
                            member.install(leader);
                        }
                    }
                }
            }
        }

        /** What is damaged and compacted everywhere else comes with a snapshot of anybody. */
        private void installForRepair() {
            final Member member = cluster.member(victim);
            final int source = member.core.snapshotSource();
            if (member.running && source >= 0 && !member.core.isBusy() && member.faultyFrom(0) <= cluster.member(source).snapshotIndex &&
                (Role.LEADER != member.core.role() || member.core.isRepairingLeader())) {
                member.install(cluster.member(source));
            }
        }

        /** A read must see everything that was committed anywhere when it arrived. */
        private void read(final Member member) {
            if (member.running) {
                final long ticket = member.core.beginRead();
                if (ticket > 0) {
                    long committed = 0;
                    for (final Member any : cluster.members) {
                        committed = Math.max(committed, any.committedValues.size());
                    }
                    reads.add(new long[] {member.id, ticket, committed});
                }
            }
        }

        private void checkReads() {
            reads.removeIf(read -> {
                final RaftCore core = cluster.member((int)read[0]).core;
                if (core.abortedTicket() >= read[1] && core.confirmedTicket() < read[1]) {
                    return true;
                }
                if (core.confirmedTicket() >= read[1]) {
                    if (core.confirmedIndex() < read[2]) {
                        throw new AssertionError("a read at " + read[0] + " saw " + core.confirmedIndex() + " although " + read[2] +
                            " was committed when it arrived");
                    }
                    return true;
                }
                return false;
            });
        }

        private void deliverSome() {
            for (final Deque<Packet> queue : cluster.network.values()) {
                for (int i = random.nextInt(4); i > 0 && !queue.isEmpty(); i--) {
                    final Packet packet = queue.poll();
                    final int fate = random.nextInt(100);
                    if (fate < lossPercent) {
                        continue;
                    }
                    if (fate >= 95) {
                        late.add(packet);
                    }
                    cluster.deliver(packet);
                }
            }
            if (!late.isEmpty() && random.nextInt(3) == 0) {
                cluster.deliver(late.remove(random.nextInt(late.size())));
            }
            if (cluster.trace.length() > 1 << 20) {
                cluster.trace.delete(0, 1 << 19);
            }
        }

        private void heal() {
            cluster.heal();
            for (final Member member : cluster.members) {
                member.forcesAtOnce = true;
                member.storesAtOnce = true;
                if (!member.running) {
                    member.restart(cluster.nowNs);
                }
            }
            Member leader = null;
            for (int i = 0; i < 600; i++) {
                cluster.run(10);
                install();
                leader = cluster.leader();
                if (null != leader && leader.core.servesReads() && i > 200 && leader.core.acceptsCommands()) {
                    break;
                }
            }
            if (isBeyondAtlas) {
                return;
            }
            assertNotNull(leader, "nobody leads");
            final long index = leader.propose(++value);
            for (int i = 0; i < 100; i++) {
                cluster.run(10);
                install();
            }
            final Member last = cluster.leader();
            assertNotNull(last, "nobody leads");
            assertEquals(true, last.core.commitIndex() >= index, "nothing is committed");
            for (final Member member : cluster.members) {
                if (last.core.membership().isMember(member.id)) {
                    assertEquals(last.core.commitIndex(), member.core.commitIndex(), () -> "member " + member.id + " lags");
                }
            }
        }
    }
}
