package io.cairn.engine.raft;

import org.junit.jupiter.api.Test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The rules of protocol-aware recovery (Alagappan et al., FAST'18; design §6): what may have been acknowledged is never treated as absent.
 */
final class RepairTest {
    private static final long MS = Cluster.MS;

    /** Three members that hold the same entries, all committed, and have stopped. */
    private static Cluster stopped(final int entries) {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        for (int i = 1; i <= entries; i++) {
            leader.propose(i);
            cluster.exchange();
        }
        cluster.run(60);
        for (final Member member : cluster.members) {
            assertEquals(entries + 1, member.core.commitIndex());
            member.crash(0);
        }
        cluster.network.clear();
        return cluster;
    }

    private static void restart(final Cluster cluster, final int... ids) {
        for (final int id : ids) {
            cluster.member(id).restart(cluster.nowNs);
        }
    }

    @Test
    void shouldRepairAnEntryWhoseTermIsKnownFromAPeerWithoutALeader() {
        final Cluster cluster = stopped(4);
        final Member broken = cluster.member(0);
        broken.damage(3, RaftLog.CORRUPT, false);
        restart(cluster, 0, 1);
        broken.core.onTime(cluster.nowNs + MS);
        cluster.exchange();
        assertEquals(0, broken.faults.size());
        assertEquals(1, broken.repaired);
        assertEquals(Role.FOLLOWER, broken.core.role());
        assertEquals(RaftCore.NONE, broken.core.leaderId(), "nobody leads");
    }

    /** Heartbeats come every 20 milliseconds: when an answer comes, another member has been asked, or the same one again. */
    @Test
    void shouldTakeAnAnswerThatComesLaterThanAHeartbeat() {
        final Cluster cluster = stopped(4);
        final Member broken = cluster.member(0);
        broken.damage(3, RaftLog.CORRUPT, false);
        restart(cluster, 0, 1);
        final Map<Packet, Long> underWay = new LinkedHashMap<>();
        cluster.lost = packet -> {
            underWay.put(packet, cluster.nowNs + 35 * MS);
            return true;
        };
        for (int ms = 0; ms < 95; ms++) {
            cluster.run(1);
            final List<Packet> due = underWay.keySet().stream().filter(packet -> underWay.get(packet) <= cluster.nowNs).toList();
            due.forEach(underWay::remove);
            due.forEach(cluster::deliver);
        }
        assertEquals(0, broken.faults.size());
        assertEquals(1, broken.repaired);
    }

    @Test
    void shouldRepairEntriesWhoseTermIsLostByTheChainBehindThem() {
        final Cluster cluster = stopped(6);
        final Member broken = cluster.member(0);
        for (long index = 2; index <= 5; index++) {
            broken.damage(index, RaftLog.CORRUPT, true);
        }
        restart(cluster, 0, 1);
        broken.core.onTime(cluster.nowNs + MS);
        cluster.exchange();
        assertEquals(0, broken.faults.size());
        assertEquals(4, broken.repaired);
    }

    @Test
    void shouldNotTakeAnEntryThatOnlyHasTheIndex() {
        final Cluster cluster = Cluster.of(3);
        final Member first = cluster.elect(0);
        cluster.isolate(0);
        first.propose(11);
        first.propose(12);
        first.force();
        first.crash(0);
        cluster.network.clear();
        cluster.heal();
        final Member second = cluster.elect(1);
        cluster.isolate(1);
        second.propose(21);
        second.propose(22);
        cluster.network.clear();
        cluster.heal();
        second.crash(9);
        first.damage(2, RaftLog.CORRUPT, true);
        restart(cluster, 0, 1);
        first.core.onTime(cluster.nowNs + MS);
        cluster.exchange();
        assertEquals(1, first.faults.size(), "what the other holds there is another entry, and nobody says which is right");
    }

    @Test
    void shouldAcknowledgeAndCountOnlyWhatIsWholeAndContiguous() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        leader.propose(1);
        cluster.exchange();
        cluster.isolate(2);
        final Member broken = cluster.member(1);
        cluster.lost = packet -> Message.FETCH == packet.message().type;
        broken.damage(2, RaftLog.CORRUPT, false);
        final long index = leader.propose(2);
        cluster.exchange();
        assertEquals(index, broken.last(), "entries behind the damage are taken");
        assertEquals(index - 1, leader.core.commitIndex(), "and not acknowledged");
        cluster.lost = packet -> false;
        cluster.run(60);
        assertEquals(0, broken.faults.size());
        assertEquals(index, leader.core.commitIndex());
        assertEquals(index, broken.committedValues.size());
    }

    @Test
    void shouldApplyNothingBehindADamagedEntryUntilItIsRepaired() {
        final Cluster cluster = stopped(4);
        final Member broken = cluster.member(2);
        broken.committedValues.clear();
        broken.damage(3, RaftLog.CORRUPT, false);
        cluster.lost = packet -> Message.FETCH == packet.message().type;
        restart(cluster, 0, 1, 2);
        cluster.elect(0);
        cluster.run(60);
        assertEquals(2, broken.committedValues.size());
        cluster.lost = packet -> false;
        cluster.run(60);
        assertEquals(cluster.leader().core.commitIndex(), broken.committedValues.size());
    }

    @Test
    void shouldCompareALogByItsPromisedEndWhenItsLastEntryIsDamaged() {
        final Cluster cluster = stopped(4);
        final Member broken = cluster.member(0);
        broken.damage(5, RaftLog.CORRUPT, false);
        cluster.member(1).log.remove(4);
        cluster.member(1).crash(0);
        cluster.lost = packet -> Message.FETCH == packet.message().type;
        restart(cluster, 0, 1);
        cluster.nowNs += 300 * MS;
        assertTrue(cluster.member(1).core.onElectionTimeout());
        cluster.exchange();
        assertEquals(Role.CANDIDATE, cluster.member(1).core.role(), "it lacks an entry that the voter has promised");
    }

    @Test
    void shouldRepairBeforeItProposesWhenADamagedMemberIsElected() {
        final Cluster cluster = stopped(4);
        final Member broken = cluster.member(0);
        broken.damage(3, RaftLog.CORRUPT, false);
        cluster.lost = packet -> Message.FETCH == packet.message().type;
        restart(cluster, 0, 1);
        cluster.elect(0);
        assertFalse(broken.core.isNoOpDue());
        assertFalse(broken.core.acceptsCommands());
        assertEquals(5, broken.last());
        final long term = broken.core.term();
        cluster.run(500);
        assertEquals(term, broken.core.term(), "its heartbeats keep the others quiet");
        cluster.lost = packet -> false;
        cluster.run(60);
        assertEquals(0, broken.faults.size());
        assertEquals(Role.LEADER, broken.core.role());
        assertTrue(broken.core.acceptsCommands());
        assertEquals(6, broken.core.commitIndex());
    }

    /** The leader before it proposed an entry that reached no other, and stopped. */
    private static Cluster withAnEntryOfNobodyElse(final int fault) {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.run(60);
        cluster.isolate(0);
        leader.propose(7);
        cluster.exchange();
        for (final Member member : cluster.members) {
            member.crash(0);
        }
        cluster.network.clear();
        cluster.heal();
        leader.damage(2, fault, false);
        return cluster;
    }

    @Test
    void shouldGiveAnEntryUpOnlyWhenAMajorityDoesNotHaveIt() {
        final Cluster cluster = withAnEntryOfNobodyElse(RaftLog.CORRUPT);
        restart(cluster, 0, 1);
        final Member leader = cluster.elect(0);
        cluster.run(1_000);
        assertEquals(1, leader.faults.size(), "one of three does not have it, which is no majority");
        assertFalse(leader.core.acceptsCommands());
        restart(cluster, 2);
        cluster.run(500);
        final Member now = cluster.elect();
        cluster.run(100);
        assertEquals(0, leader.faults.size());
        assertTrue(now.core.servesReads());
    }

    @Test
    void shouldNeverGiveUpWhatAMajorityHoldsDamaged() {
        final Cluster cluster = stopped(4);
        cluster.member(0).damage(3, RaftLog.CORRUPT, false);
        cluster.member(1).damage(3, RaftLog.CORRUPT, false);
        restart(cluster, 0, 1);
        cluster.run(3_000);
        for (int id = 0; id < 2; id++) {
            assertEquals(5, cluster.member(id).last());
            assertEquals(1, cluster.member(id).faults.size());
            assertFalse(cluster.member(id).core.acceptsCommands(), "it refuses to go on");
            assertEquals(3, cluster.member(id).core.helplessIndex(), "and says which entry nobody who answers can send");
        }
        restart(cluster, 2);
        cluster.run(1_000);
        for (final Member member : cluster.members) {
            assertEquals(0, member.faults.size(), "the third one has it");
            assertEquals(0, member.core.helplessIndex());
            assertEquals(cluster.leader().core.commitIndex(), member.core.commitIndex());
        }
    }

    /** Power fails everywhere amid the force of entry 5, which is acknowledged nowhere. */
    private static Cluster withATornEnd(final int... faults) {
        final Cluster cluster = stopped(3);
        restart(cluster, 0, 1, 2);
        final Member leader = cluster.elect(0);
        cluster.run(60);
        for (final Member member : cluster.members) {
            member.forcesAtOnce = false;
        }
        final long index = leader.propose(9);
        cluster.exchange();
        for (final Member member : cluster.members) {
            assertEquals(index, member.last());
            assertTrue(member.core.commitIndex() < index);
            member.crash(1);
            member.forcesAtOnce = true;
            member.damage(index, faults[member.id], false);
        }
        cluster.network.clear();
        return cluster;
    }

    @Test
    void shouldGiveUndecidedEntriesUpOnlyWhenEveryVoterHasAnsweredAndNoneHoldsThem() {
        final Cluster cluster = withATornEnd(RaftLog.UNDECIDED, RaftLog.UNDECIDED, RaftLog.UNDECIDED);
        restart(cluster, 0, 1);
        cluster.run(1_000);
        assertEquals(1, cluster.member(0).faults.size(), "the third voter may hold it");
        assertEquals(1, cluster.member(1).faults.size());
        restart(cluster, 2);
        cluster.run(1_000);
        final Member leader = cluster.elect();
        cluster.run(100);
        for (final Member member : cluster.members) {
            assertEquals(0, member.faults.size());
            assertEquals(leader.core.commitIndex(), member.core.commitIndex());
        }
    }

    /** Seeds 2358 and 2556 of the simulator: nobody is asked, so nobody's answer decided, and a power loss stopped a cluster of one for good. */
    @Test
    void shouldGiveUpAloneWhatIsUndecidedAndKeepWhatIsCorruptInAClusterOfOne() {
        for (final int fault : new int[] {RaftLog.UNDECIDED, RaftLog.CORRUPT}) {
            final Cluster cluster = Cluster.of(1);
            final Member alone = cluster.elect(0);
            alone.propose(1);
            cluster.run(60);
            alone.forcesAtOnce = false;
            final long index = alone.propose(2);
            cluster.run(2);
            assertTrue(alone.core.commitIndex() < index);
            alone.crash(1);
            alone.forcesAtOnce = true;
            alone.damage(index, fault, false);
            restart(cluster, 0);
            cluster.run(3_000);
            final boolean isKept = RaftLog.CORRUPT == fault;
            assertEquals(isKept ? 1 : 0, alone.faults.size());
            assertEquals(isKept, !alone.core.servesReads());
            assertTrue(isKept || alone.core.commitIndex() == alone.last());
        }
    }

    @Test
    void shouldNotGiveUndecidedEntriesUpWhenAVoterHoldsItsCopyCorrupt() {
        final Cluster cluster = withATornEnd(RaftLog.UNDECIDED, RaftLog.UNDECIDED, RaftLog.CORRUPT);
        final long last = cluster.member(0).last();
        restart(cluster, 0, 1, 2);
        cluster.run(3_000);
        for (final Member member : cluster.members) {
            assertEquals(last, member.last());
            assertEquals(1, member.faults.size());
        }
    }

    @Test
    void shouldCutADamagedEndThatTheLeaderNeverHad() {
        final Cluster cluster = withAnEntryOfNobodyElse(RaftLog.UNDECIDED);
        final Member broken = cluster.member(0);
        restart(cluster, 1, 2);
        cluster.elect(1);
        restart(cluster, 0);
        cluster.run(200);
        assertEquals(0, broken.faults.size());
        assertEquals(0, broken.repaired);
        assertEquals(cluster.member(1).last(), broken.last());
        assertEquals(cluster.member(1).core.commitIndex(), broken.core.commitIndex());
    }

    @Test
    void shouldNeitherVoteNorStandUntilAnEntryOfTheLeadersTermIsThereWhenItsEndIsLost() {
        final Cluster cluster = stopped(4);
        final Member forgetful = cluster.member(0);
        forgetful.log.remove(4);
        forgetful.log.remove(3);
        forgetful.endLost = true;
        forgetful.crash(0);
        restart(cluster, 0, 1);
        cluster.run(2_000);
        assertNotEquals(Role.LEADER, cluster.member(1).core.role(), "no vote");
        assertFalse(forgetful.core.onElectionTimeout(), "no candidacy");
        restart(cluster, 2);
        cluster.elect();
        cluster.run(100);
        assertFalse(forgetful.endLost);
        cluster.member(2).crash(0);
        cluster.elect();
    }

    /** What it acknowledged to a leader that still leads is lost: an entry of that leader's term, which it still has, proves nothing. */
    @Test
    void shouldFollowNobodyInTheTermInWhichItMayHaveAcknowledgedWhatItLost() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        leader.propose(1);
        cluster.run(60);
        cluster.isolate(2);
        leader.propose(2);
        leader.propose(3);
        cluster.run(60);
        assertEquals(4, leader.core.commitIndex());
        final Member forgetful = cluster.member(1);
        forgetful.crash(0);
        forgetful.log.remove(3);
        forgetful.log.remove(2);
        forgetful.endLost = true;
        restart(cluster, 1);
        final long term = leader.core.term();
        cluster.run(300);
        assertTrue(leader.core.term() > term || Role.LEADER != leader.core.role(), "the leader goes on as if nothing had happened");
        assertTrue(forgetful.endLost, "an entry of the old term is taken for proof");
        leader.crash(0);
        cluster.heal();
        cluster.run(2_000);
        assertNotEquals(Role.LEADER, cluster.member(2).core.role(), "one without what was acknowledged was elected");
        restart(cluster, 0);
        cluster.elect();
        cluster.run(200);
        assertFalse(forgetful.endLost);
        assertEquals(cluster.member(0).last(), forgetful.last());
    }

    @Test
    void shouldAnswerForALostEndThatItMayHaveHeldIt() {
        final Cluster cluster = stopped(4);
        final Member forgetful = cluster.member(1);
        forgetful.log.remove(4);
        forgetful.endLost = true;
        forgetful.crash(0);
        final Member broken = cluster.member(0);
        broken.damage(5, RaftLog.CORRUPT, false);
        final Member third = cluster.member(2);
        third.log.remove(4);
        third.crash(0);
        restart(cluster, 0, 1, 2);
        cluster.run(2_000);
        assertEquals(5, broken.last(), "only one of three says that it does not have it");
        assertEquals(1, broken.faults.size());
    }

    @Test
    void shouldFetchASnapshotWhenTheEntryIsCompactedEverywhere() {
        final Cluster cluster = stopped(4);
        cluster.member(0).damage(2, RaftLog.CORRUPT, false);
        restart(cluster, 1, 2);
        cluster.elect(1);
        cluster.member(1).compact(4);
        cluster.member(2).compact(4);
        restart(cluster, 0);
        cluster.run(60);
        final Member leader = cluster.leader();
        assertEquals(1, cluster.member(0).faults.size());
        assertTrue(leader.core.peer(0).isSnapshotDue(), "the leader knows that it needs one");
        assertNotEquals(RaftCore.NONE, cluster.member(0).core.snapshotSource());
        leader.core.peer(0).onSnapshotStarted(leader.snapshotIndex);
        cluster.member(0).install(leader);
        cluster.run(60);
        assertEquals(0, cluster.member(0).faults.size());
        assertEquals(leader.core.commitIndex(), cluster.member(0).committedValues.size());
    }

    @Test
    void shouldLeadNoMoreWhenTheSnapshotItInstallsReplacesAllThatWasDamaged() {
        final Cluster cluster = stopped(4);
        cluster.member(1).compact(5);
        cluster.member(2).compact(5);
        final Member broken = cluster.member(0);
        broken.damage(5, RaftLog.CORRUPT, false);
        restart(cluster, 0, 1);
        cluster.elect(0);
        cluster.run(60);
        assertTrue(broken.core.isRepairingLeader());
        assertEquals(1, broken.core.snapshotSource());
        broken.install(cluster.member(1));
        assertEquals(0, broken.faults.size());
        assertNotEquals(Role.LEADER, broken.core.role());
        cluster.elect();
        cluster.run(60);
        assertEquals(cluster.leader().core.commitIndex(), broken.core.commitIndex());
    }

    @Test
    void shouldLeadNoMoreWhenOnlySnapshotsIncludeWhatIsDamagedInItsLog() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        for (int i = 1; i <= 3; i++) {
            leader.propose(i);
            cluster.exchange();
        }
        cluster.run(60);
        final Member other = cluster.member(1);
        other.compact(4);
        cluster.member(2).crash(0);
        leader.damage(3, RaftLog.CORRUPT, false);
        final long index = leader.propose(9);
        cluster.run(60);
        assertEquals(index - 1, leader.core.commitIndex(), "it counts for what is whole only, and its part is needed");
        assertNotEquals(Role.LEADER, leader.core.role(), "no snapshot is installed under what it proposed");
        assertEquals(index, leader.last(), "nothing is given up");
        assertEquals(other.id, leader.core.snapshotSource());
        leader.install(other);
        cluster.elect();
        cluster.run(60);
        assertEquals(0, leader.faults.size());
        assertTrue(cluster.leader().core.commitIndex() > index);
        assertTrue(leader.committedValues.contains(1L << 32 | 9), "what was proposed is still there");
    }

    @Test
    void shouldRepairALeaderThatFindsDamageWhileItLeads() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        leader.propose(1);
        leader.propose(2);
        cluster.exchange();
        leader.damage(2, RaftLog.CORRUPT, false);
        cluster.run(60);
        assertEquals(0, leader.faults.size());
        assertEquals(Role.LEADER, leader.core.role());
        assertTrue(leader.propose(3) > 0);
    }

    @Test
    void shouldLeadNoMoreWhenWhatItRepairsNamesOtherMembers() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        leader.core.proposeChange(0b111, 0b1000);
        cluster.add(3, Membership.of(0, 1, 2));
        cluster.run(100);
        final long at = leader.core.configurationIndex();
        assertTrue(at > 1);
        for (int id = 0; id < 3; id++) {
            cluster.member(id).crash(0);
        }
        cluster.network.clear();
        leader.damage(at, RaftLog.CORRUPT, false);
        cluster.lost = packet -> Message.FETCH == packet.message().type;
        restart(cluster, 0, 1);
        cluster.elect(0);
        assertNotEquals(at, leader.core.configurationIndex());
        final long term = leader.core.term();
        cluster.lost = packet -> false;
        cluster.run(30);
        assertEquals(at, leader.core.configurationIndex());
        assertTrue(Role.LEADER != leader.core.role() || leader.core.term() > term);
        cluster.elect();
    }

    /**
     * Five members; entries 2 to 5 of term 2 reached members 1 and 2 alone. Member 1 lost the records 2 to 4, terms included; what is left of them is
     * the chain in entry 5. Member 2 is down.
     */
    private static Cluster withALongRangeOfNobodysTerm() {
        final Cluster cluster = Cluster.of(5);
        cluster.elect(4);
        cluster.run(60);
        cluster.lost = packet -> isEntriesTo(packet, 0, 3, 4);
        final Member second = cluster.elect(2);
        for (int i = 0; i < 3; i++) {
            second.propose(20 + i);
        }
        cluster.exchange();
        assertEquals(5, cluster.member(1).last());
        assertEquals(1, second.core.commitIndex());
        second.crash(9);
        cluster.member(4).crash(0);
        restart(cluster, 4);
        cluster.network.clear();
        cluster.lost = packet -> Message.FETCH == packet.message().type;
        for (long index = 2; index <= 4; index++) {
            cluster.member(1).damage(index, RaftLog.CORRUPT, true);
        }
        return cluster;
    }

    private static boolean isEntriesTo(final Packet packet, final int... members) {
        for (final int member : members) {
            if (Message.APPEND == packet.message().type && packet.count() > 0 && packet.message().to == member) {
                return true;
            }
        }
        return false;
    }

    /**
     * (1) The leader of term 3 holds another entry 2; member 1 cannot tell whether that is its own. (2) Were it written there all the same, behind
     * it would still stand entry 5 of term 2; (3) member 1 would acknowledge entry 2, and with it it would be committed; (4) the leader fails, and
     * member 2 asks with a log that ends as that of member 1: it would get its vote, and lead without entry 2.
     */
    @Test
    void shouldNotTakeTheLeadersWordForAnEntryInALongRangeWhoseTermsAreLost() {
        final Cluster cluster = withALongRangeOfNobodysTerm();
        final Member broken = cluster.member(1);
        cluster.lost = packet -> Message.FETCH == packet.message().type || isEntriesTo(packet, 4);
        final Member leader = cluster.elect(0);
        cluster.run(30);
        cluster.lost = packet -> Message.FETCH == packet.message().type && packet.message().logIndex > 2 || isEntriesTo(packet, 4);
        cluster.run(60);
        assertEquals(0, broken.repaired, "nothing proves that the leader's entry 2 is what stood here");
        assertEquals(1, leader.core.commitIndex(), "two of five hold entry 2");
        leader.crash(0);
        cluster.isolate(3);
        cluster.network.clear();
        cluster.lost = packet -> false;
        cluster.member(2).restart(cluster.nowNs);
        cluster.elect();
        cluster.run(100);
        assertEquals(0, broken.faults.size(), "the chain behind the range proves what member 2 holds");
        assertEquals(2, broken.entry(2).term());
    }

    @Test
    void shouldTakeACommittedEntryIntoALongRangeAndCutWhereTheRangeContradictsIt() {
        final Cluster cluster = withALongRangeOfNobodysTerm();
        final Member broken = cluster.member(1);
        final Member leader = cluster.elect(0);
        for (int i = 0; i < 4; i++) {
            leader.propose(30 + i);
        }
        cluster.run(60);
        assertEquals(leader.last(), leader.core.commitIndex(), "three of five hold it");
        cluster.lost = packet -> false;
        cluster.run(100);
        assertEquals(0, broken.faults.size());
        assertEquals(leader.log, broken.log);
        assertEquals(leader.core.commitIndex(), broken.core.commitIndex());
    }

    /**
     * Found by seed 589 of {@link RandomScheduleTest}: (1) member 0 lost the records 2 to 4, terms included; (2) member 1 holds the entry 2 that is
     * asked for, which is committed, and behind it an entry 3 of another history; (3) were all that it sends written, an entry that was never of
     * this log would stand whole in front of entry 5.
     */
    @Test
    void shouldTakeFromARunOfRecordsOnlyWhatIsProvedToBeOfThisLog() {
        final Cluster cluster = Cluster.of(3);
        final long known = cluster.elect(2).propose(1);
        cluster.run(60);
        cluster.lost = packet -> isEntriesTo(packet, 1, 2);
        final Member broken = cluster.elect(0);
        broken.propose(11);
        broken.propose(12);
        cluster.exchange();
        broken.crash(2);
        cluster.member(2).crash(0);
        restart(cluster, 2);
        cluster.network.clear();
        cluster.lost = packet -> isEntriesTo(packet, 2);
        final Member other = cluster.elect(1);
        other.propose(21);
        cluster.exchange();
        assertEquals(known, other.core.commitIndex());
        for (long index = known; index <= known + 2; index++) {
            broken.damage(index, RaftLog.CORRUPT, true);
        }
        cluster.lost = packet -> Message.FETCH == packet.message().type && packet.message().logIndex > known;
        restart(cluster, 0);
        broken.core.onTime(cluster.nowNs + MS);
        cluster.exchange();
        assertEquals(1, broken.repaired, "the entry asked for, and nothing behind it");
        assertEquals(2, broken.entry(known + 1).term(), "what was promised there stays promised");
        assertTrue(broken.faults.containsKey(known + 1));
    }
}
