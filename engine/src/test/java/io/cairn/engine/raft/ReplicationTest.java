package io.cairn.engine.raft;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Dissertation §3.5 (log replication), §3.6.2 (commit of earlier terms), §10.2.1 (pipelining, the leader's force in parallel), chapter 5 (a peer that
 * needs a snapshot).
 */
final class ReplicationTest {
    @Test
    void shouldCommitWhenAQuorumHoldsAnEntry() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.isolate(2);
        final long index = leader.propose(1);
        cluster.exchange();
        assertEquals(index, leader.core.commitIndex());
        assertEquals(index, cluster.member(1).core.commitIndex(), "the commit index follows at once");
        cluster.isolate(1);
        leader.propose(2);
        cluster.exchange();
        assertEquals(index, leader.core.commitIndex(), "one of three is no quorum");
        cluster.heal();
        cluster.run(60);
        for (final Member member : cluster.members) {
            assertEquals(index + 1, member.core.commitIndex());
        }
    }

    @Test
    void shouldCommitBeforeItsOwnForceWhenAQuorumOfOthersHolds() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        leader.forcesAtOnce = false;
        final long index = leader.propose(1);
        cluster.exchange();
        assertEquals(index, leader.core.commitIndex());
    }

    @Test
    void shouldTellOfACommitWithTheNextEntriesOrTheNextLookAtTheClockWhereCommitsAreGathered() {
        final Cluster cluster = Cluster.of(3, settings -> settings.gatherCommits(true));
        final Member leader = cluster.elect(0);
        cluster.run(1);
        final long first = leader.propose(1);
        cluster.exchange();
        assertEquals(first, leader.core.commitIndex());
        assertEquals(first - 1, cluster.member(1).core.commitIndex(), "no message says it yet");
        final long second = leader.propose(2);
        cluster.exchange();
        assertEquals(second, leader.core.commitIndex());
        assertEquals(first, cluster.member(1).core.commitIndex(), "the next entries have said it");
        cluster.run(1);
        for (final Member member : cluster.members) {
            assertEquals(second, member.core.commitIndex(), "nothing followed, so the clock says it");
        }
    }

    @Test
    void shouldAcknowledgeOnlyWhatIsHeld() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.member(1).forcesAtOnce = false;
        cluster.member(2).forcesAtOnce = false;
        final long index = leader.propose(1);
        cluster.exchange();
        assertEquals(index - 1, leader.core.commitIndex());
        assertEquals(index, cluster.member(1).last());
        cluster.member(1).force();
        cluster.exchange();
        assertEquals(index, leader.core.commitIndex());
    }

    @Test
    void shouldIgnoreAForceFromBeforeACut() {
        final Cluster cluster = Cluster.of(5);
        final Member old = cluster.elect(0);
        final Member follower = cluster.member(1);
        cluster.exchange();
        follower.forcesAtOnce = false;
        cluster.isolate(0);
        cluster.heal();
        cluster.cut(0, 2);
        cluster.cut(0, 3);
        cluster.cut(0, 4);
        old.propose(1);
        final long last = old.propose(2);
        cluster.exchange();
        assertEquals(last, follower.last());
        // Another leader, whose log lacks the two, overwrites them; the force that was under way then completes.
        final int generation = follower.generation();
        cluster.isolate(0);
        final Member fresh = cluster.elect(2);
        fresh.propose(3);
        cluster.run(30);
        assertEquals(fresh.last(), follower.last());
        assertNotEquals(generation, follower.generation());
        follower.completeForce(last, generation);
        cluster.run(30);
        assertTrue(fresh.core.peer(1).match() < last, "a force of entries that are gone acknowledged the ones that took their place");
        follower.force();
        cluster.run(30);
        assertEquals(fresh.last(), fresh.core.peer(1).match());
    }

    /** Figure 3.6 (figure 7 of the paper): whatever the followers' logs are, they become the leader's. */
    @Test
    void shouldBringEveryLogOfFigureSevenInLine() {
        final long[] leaderTerms = {1, 1, 1, 4, 4, 5, 5, 6, 6, 6};
        final long[][] followers = {
            {1, 1, 1, 4, 4, 5, 5, 6, 6},
            {1, 1, 1, 4},
            {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6},
            {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7},
            {1, 1, 1, 4, 4, 4, 4},
            {1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3}};
        final Cluster cluster = new Cluster();
        final Membership membership = Membership.of(0, 1, 2, 3, 4, 5, 6);
        preset(cluster.add(0, membership), leaderTerms, 7);
        for (int i = 0; i < followers.length; i++) {
            preset(cluster.add(i + 1, membership), followers[i], 7);
        }
        final Member leader = cluster.elect(0);
        assertEquals(8, leader.core.term());
        cluster.run(100);
        for (final Member member : cluster.members) {
            assertEquals(leader.log, member.log, () -> "member " + member.id);
            assertEquals(11, member.core.commitIndex());
        }
    }

    /** A log from before; entries of one term are alike wherever they are. */
    private static void preset(final Member member, final long[] terms, final long storedTerm) {
        for (int i = 0; i < terms.length; i++) {
            member.log.add(new Entry(terms[i], 100 * terms[i] + i, null));
        }
        member.crash(terms.length);
        member.preset(storedTerm);
        member.restart(0);
    }

    /** Figure 3.7 (figure 8 of the paper): an entry of an earlier term on a majority is not committed by that. */
    @Test
    void shouldNotCommitByCountingAnEntryOfAnEarlierTermAsInFigureEight() {
        final Cluster cluster = Cluster.of(5);
        // (a) S1 leads term 1, replicates entry 2 to S2 only.
        final Member s1 = cluster.elect(0);
        cluster.cut(0, 2);
        cluster.cut(0, 3);
        cluster.cut(0, 4);
        final long index = s1.propose(2);
        cluster.exchange();
        assertEquals(index, cluster.member(1).last());
        s1.crash(9);
        // (b) S5 leads the next term with votes of S3 and S4, and writes an entry nobody gets.
        cluster.isolate(4);
        cluster.heal();
        cluster.isolate(1);
        cluster.lost = packet -> packet.message().type == Message.APPEND && packet.message().from == 4;
        final Member s5 = cluster.elect(4);
        assertEquals(index, s5.last());
        s5.crash(9);
        cluster.lost = packet -> false;
        cluster.heal();
        // (c) S1 leads again and replicates entry 2 to S3: a majority has it, of an old term.
        s1.restart(cluster.nowNs);
        cluster.lost = packet -> {
            packet.entries().removeIf(entry -> entry.term() > 1 && 0 == packet.message().from);
            return packet.message().type == Message.APPEND && packet.message().to > 2;
        };
        cluster.nowNs += 200 * Cluster.MS;
        final Member again = standUntilElected(cluster, 0);
        cluster.run(40);
        assertEquals(index, cluster.member(1).last());
        assertEquals(index, cluster.member(2).last());
        assertTrue(again.core.commitIndex() < index, "an entry of an earlier term was committed by counting");
        // (d) S5 can still win and overwrite it.
        again.crash(9);
        cluster.lost = packet -> false;
        s5.restart(cluster.nowNs);
        cluster.nowNs += 200 * Cluster.MS;
        standUntilElected(cluster, 4);
        cluster.run(60);
        assertEquals(s5.log, cluster.member(1).log);
        assertEquals(s5.log, cluster.member(2).log);
        assertNotEquals(1, cluster.member(2).termAt(index));
    }

    /** Terms of those that cannot win may be higher: stand until one's own is the highest. */
    private static Member standUntilElected(final Cluster cluster, final int id) {
        final Member member = cluster.member(id);
        for (int i = 0; i < 10 && Role.LEADER != member.core.role(); i++) {
            cluster.nowNs += 100 * Cluster.MS;
            for (final Member other : cluster.members) {
                if (other.running) {
                    other.core.mayVote(true);
                    if (other.id == id) {
                        other.core.onTime(cluster.nowNs);
                        other.core.onElectionTimeout();
                    } else {
                        // Their timers do not run out while the test looks at one candidate.
                        other.core.mayVote(false);
                        other.core.onTime(cluster.nowNs);
                        other.core.mayVote(true);
                    }
                }
            }
            cluster.exchange();
        }
        assertEquals(Role.LEADER, member.core.role(), () -> cluster.members + "\n" + cluster.trace);
        return member;
    }

    @Test
    void shouldFindWhereLogsMatchInOneRoundPerTermAndNotPerEntry() {
        final Cluster cluster = new Cluster();
        final Membership membership = Membership.of(0, 1, 2);
        final long[] leaderTerms = new long[300];
        final long[] followerTerms = new long[300];
        for (int i = 0; i < 300; i++) {
            leaderTerms[i] = i < 10 ? 1 : 9;
            followerTerms[i] = i < 10 ? 1 : 2 + i / 75;
        }
        preset(cluster.add(0, membership), leaderTerms, 9);
        preset(cluster.add(1, membership), followerTerms, 9);
        preset(cluster.add(2, membership), leaderTerms, 9);
        final List<Packet> refusals = new ArrayList<>();
        cluster.lost = packet -> {
            if (Message.APPEND_REJECTED == packet.message().type && 1 == packet.message().from) {
                refusals.add(packet);
            }
            return false;
        };
        cluster.elect(0);
        cluster.run(400);
        assertEquals(cluster.member(0).log, cluster.member(1).log);
        assertTrue(refusals.size() <= 6, () -> "refused " + refusals.size() + " times: " + refusals);
    }

    @Test
    void shouldKeepItsWindowFullAndNoFuller() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.run(40);
        for (int i = 0; i < 100; i++) {
            leader.propose(i);
        }
        cluster.lost = packet -> packet.message().type == Message.APPEND_RESPONSE;
        cluster.exchange();
        assertEquals(4, leader.core.peer(1).inFlight());
        assertEquals(1 + 4 * 3, cluster.member(1).last());
        cluster.lost = packet -> false;
        cluster.run(60);
        assertEquals(101, cluster.member(1).last());
        assertEquals(101, leader.core.commitIndex());
        assertEquals(0, leader.core.peer(1).inFlight());
    }

    @Test
    void shouldHealWhenMessagesAreLostDuplicatedAndLate() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.run(40);
        final List<Packet> kept = new ArrayList<>();
        final int[] count = {0};
        cluster.lost = packet -> {
            kept.add(packet);
            return count[0]++ % 3 == 0;
        };
        for (int i = 0; i < 30; i++) {
            leader.propose(i);
            cluster.run(1);
        }
        cluster.lost = packet -> false;
        for (final Packet packet : kept) {
            cluster.deliver(packet);
        }
        cluster.exchange();
        for (int i = kept.size() - 1; i >= 0; i--) {
            cluster.deliver(kept.get(i));
        }
        cluster.run(100);
        for (final Member member : cluster.members) {
            assertEquals(leader.log, member.log);
            assertEquals(leader.last(), member.core.commitIndex());
        }
    }

    @Test
    void shouldCommitOnFollowersOnlyWhatWasCheckedAgainstTheLeader() {
        // A follower with a tail of its own hears a high commit index in a heartbeat that matches below the tail.
        final Member follower = new Member(1, Membership.of(0, 1, 2), Cluster.settings(1), 0);
        preset(follower, new long[] {1, 1, 2, 2}, 2);
        final Message heartbeat = new Message();
        heartbeat.type = Message.APPEND;
        heartbeat.from = 0;
        heartbeat.to = 1;
        heartbeat.term = 3;
        heartbeat.logIndex = 2;
        heartbeat.logTerm = 1;
        heartbeat.commitIndex = 4;
        final Packet packet = new Packet(heartbeat, List.of());
        assertEquals(Outcome.BUSY, follower.receive(packet), "the term is stored first");
        assertEquals(Outcome.DONE, follower.receive(packet));
        assertEquals(2, follower.core.commitIndex());
        assertEquals(2, follower.send(0).message().logIndex, "nor may more be acknowledged");
    }

    @Test
    void shouldRefuseEntriesThatCannotBeTrue() {
        final Member follower = new Member(1, Membership.of(0, 1, 2), Cluster.settings(1), 0);
        final Message message = new Message();
        message.type = Message.APPEND;
        message.from = 0;
        message.to = 1;
        message.term = 3;
        follower.receive(new Packet(message, List.of()));
        assertEquals(Outcome.IGNORED, follower.receive(new Packet(message, List.of(new Entry(4, 1, null)))), "above the leader's term");
        assertEquals(
            Outcome.IGNORED, follower.receive(new Packet(message, List.of(new Entry(2, 1, null), new Entry(1, 2, null)))), "a term goes back");
        assertEquals(2, follower.core.refusedCount());
        assertEquals(0, follower.last());
    }

    @Test
    void shouldIgnoreAnAcknowledgementBeyondItsLog() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.exchange();
        final long committed = leader.core.commitIndex();
        final Message message = new Message();
        message.type = Message.APPEND_RESPONSE;
        message.from = 1;
        message.to = 0;
        message.term = leader.core.term();
        message.logIndex = 1_000;
        leader.receive(new Packet(message, List.of()));
        assertEquals(committed, leader.core.commitIndex());
        assertEquals(leader.last() + 1, leader.propose(5));
        cluster.exchange();
        assertEquals(leader.last(), leader.core.commitIndex());
    }

    @Test
    void shouldStopWhenTwoLeadersOfOneTermAppear() {
        final Cluster cluster = Cluster.of(3);
        cluster.elect(0);
        final Message message = new Message();
        message.type = Message.APPEND;
        message.from = 2;
        message.to = 1;
        message.term = cluster.member(1).core.term();
        assertThrows(IllegalStateException.class, () -> cluster.member(1).receive(new Packet(message, List.of())));
    }

    private static Member leaderOfAMemberThatNeedsASnapshot(final Cluster cluster) {
        final Member leader = cluster.elect(0);
        cluster.isolate(2);
        for (int i = 0; i < 10; i++) {
            leader.propose(i);
        }
        cluster.exchange();
        leader.compact(8);
        cluster.heal();
        cluster.run(60);
        return leader;
    }

    /** Simulator, seed 4217: three members that were gone for good came first, one after the other, each until a sender had given it up. */
    @Test
    void shouldNotHaveASnapshotSentToWhoIsNotThere() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = leaderOfAMemberThatNeedsASnapshot(cluster);
        assertTrue(leader.core.isSnapshotDue(2));
        assertFalse(leader.core.isSnapshotDue(1));
        assertFalse(cluster.member(1).core.isSnapshotDue(2), "who does not lead sends none");
        cluster.isolate(2);
        cluster.run(1_000);
        assertEquals(Role.LEADER, leader.core.role());
        assertTrue(leader.core.peer(2).isSnapshotDue());
        assertFalse(leader.core.isSnapshotDue(2));
        cluster.heal();
        cluster.run(60);
        assertTrue(leader.core.isSnapshotDue(2), "it is there again");
    }

    @Test
    void shouldAskForASnapshotWhenWhatAPeerNeedsIsCompacted() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = leaderOfAMemberThatNeedsASnapshot(cluster);
        assertTrue(leader.core.peer(2).isSnapshotDue());
        assertFalse(leader.core.peer(1).isSnapshotDue());
        leader.core.peer(2).onSnapshotStarted(8);
        leader.propose(11);
        cluster.run(500);
        assertEquals(Role.LEADER, leader.core.role(), "heartbeats go on meanwhile");
        assertEquals(leader.core.term(), cluster.member(2).core.term());
        leader.core.peer(2).onSnapshotFailed();
        cluster.run(60);
        assertTrue(leader.core.peer(2).isSnapshotDue(), "what failed is due again");
        leader.core.peer(2).onSnapshotStarted(8);
        cluster.member(2).install(leader);
        cluster.run(60);
        assertEquals(PeerProgress.REPLICATE, leader.core.peer(2).state());
        assertEquals(leader.last(), cluster.member(2).last());
        assertEquals(leader.last(), cluster.member(2).core.commitIndex());
    }

    @Test
    void shouldRefuseAnAppendThatSkipsAnIndex() {
        final Cluster cluster = Cluster.of(1);
        final Member leader = cluster.elect(0);
        assertThrows(IllegalStateException.class, () -> leader.core.onAppended(leader.last() + 2));
    }
}
