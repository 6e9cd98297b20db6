package io.cairn.engine.raft;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Dissertation §6.4 (linearizable reads without the log), §6.4.1 (leases), §3.10 (handing leadership over).
 */
final class ReadTest {
    @Test
    void shouldConfirmAReadOnlyByARoundThatBeganAfterIt() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.exchange();
        final long first = leader.core.beginRead();
        cluster.collect();
        // The round of the first read is on its way when the second arrives.
        final long second = leader.core.beginRead();
        cluster.deliver(0, 1);
        cluster.collect();
        while (cluster.deliver(1, 0)) {
            assertTrue(true);
        }
        assertEquals(first, leader.core.confirmedTicket());
        cluster.exchange();
        assertEquals(second, leader.core.confirmedTicket());
    }

    @Test
    void shouldConfirmNoReadOfALeaderThatWasReplaced() {
        final Cluster cluster = Cluster.of(3);
        final Member old = cluster.elect(0);
        cluster.exchange();
        cluster.isolate(0);
        final Member fresh = cluster.elect(1);
        fresh.propose(7);
        cluster.exchange();
        final long ticket = old.core.beginRead();
        cluster.exchange();
        assertTrue(old.core.confirmedTicket() < ticket);
        cluster.heal();
        cluster.run(60);
        assertTrue(old.core.confirmedTicket() < ticket, "an answer of a later term confirmed a read of an earlier one");
        assertTrue(old.core.abortedTicket() >= ticket);
    }

    @Test
    void shouldServeNoReadBeforeAnEntryOfItsTermIsCommitted() {
        final Cluster cluster = Cluster.of(3);
        cluster.lost = packet -> packet.message().type == Message.APPEND;
        final Member leader = cluster.elect(0);
        assertEquals(RaftCore.NONE, leader.core.beginRead());
        cluster.lost = packet -> false;
        cluster.run(30);
        assertTrue(leader.core.beginRead() > 0);
    }

    /** Simulation, seeds 92, 151 and 159: a leader whose last peer left in the middle of a round never answered a read again. */
    @Test
    void shouldConfirmAReadWhenWhoeverHasNotAnsweredLeavesTheCluster() {
        final Cluster cluster = Cluster.of(2);
        final Member leader = cluster.elect(0);
        cluster.exchange();
        assertEquals(Proposal.ACCEPTED, leader.core.proposeChange(0b01, 0));
        cluster.collect();
        while (cluster.deliver(0, 1)) {
            assertTrue(leader.core.membership().isMember(1));
        }
        cluster.collect();
        // What acknowledges the change is on its way; nothing that was sent after the read will ever arrive.
        final long ticket = leader.core.beginRead();
        while (cluster.deliver(1, 0)) {
            assertTrue(leader.core.confirmedTicket() <= ticket);
        }
        cluster.isolate(1);
        cluster.run(100);
        assertEquals(Membership.of(0), leader.core.membership());
        assertEquals(ticket, leader.core.confirmedTicket());
    }

    @Test
    void shouldConfirmAReadOfASoleVoterAtOnce() {
        final Cluster cluster = Cluster.of(1);
        final Member leader = cluster.elect(0);
        leader.propose(1);
        cluster.exchange();
        final long ticket = leader.core.beginRead();
        assertEquals(ticket, leader.core.confirmedTicket());
        assertEquals(leader.last(), leader.core.confirmedIndex());
    }

    @Test
    void shouldServeReadsOnAFollowerThroughTheLeader() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.exchange();
        final long index = leader.propose(1);
        cluster.exchange();
        final Member follower = cluster.member(2);
        final long ticket = follower.core.beginRead();
        assertTrue(follower.core.confirmedTicket() < ticket);
        cluster.exchange();
        assertEquals(ticket, follower.core.confirmedTicket());
        assertEquals(index, follower.core.confirmedIndex());
    }

    @Test
    void shouldServeReadsOnALearner() {
        final Cluster cluster = new Cluster();
        final Membership membership = Membership.joint(new int[] {0, 1}, new int[0], new int[] {2});
        for (int id = 0; id < 3; id++) {
            cluster.add(id, membership);
        }
        cluster.elect(0);
        cluster.exchange();
        final long ticket = cluster.member(2).core.beginRead();
        cluster.exchange();
        assertEquals(ticket, cluster.member(2).core.confirmedTicket());
    }

    @Test
    void shouldAskAgainWhenTheQuestionOrTheAnswerWasLost() {
        final Cluster cluster = Cluster.of(3);
        cluster.elect(0);
        cluster.exchange();
        final Member follower = cluster.member(1);
        cluster.lost = packet -> packet.message().type == Message.READ;
        final long ticket = follower.core.beginRead();
        cluster.exchange();
        cluster.lost = packet -> packet.message().type == Message.READ_RESPONSE;
        cluster.run(60);
        assertTrue(follower.core.confirmedTicket() < ticket);
        cluster.lost = packet -> false;
        cluster.run(60);
        assertEquals(ticket, follower.core.confirmedTicket());
    }

    @Test
    void shouldConfirmNoReadWhenTheLeaderHearsNoQuorum() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.exchange();
        cluster.isolate(0);
        final long ticket = leader.core.beginRead();
        cluster.run(500);
        assertTrue(leader.core.confirmedTicket() < ticket);
        assertTrue(leader.core.abortedTicket() >= ticket);
    }

    @Test
    void shouldServeManyReadsWithOneRound() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.run(30);
        leader.core.beginRead();
        long last = 0;
        for (int i = 0; i < 1_000; i++) {
            last = leader.core.beginRead();
        }
        final int[] appends = {0};
        cluster.lost = packet -> {
            appends[0] += packet.message().type == Message.APPEND ? 1 : 0;
            return false;
        };
        cluster.exchange();
        assertEquals(last, leader.core.confirmedTicket());
        assertTrue(appends[0] <= 4, () -> appends[0] + " heartbeats");
    }

    @Test
    void shouldServeFromALeaseWithoutAskingWhileItHolds() {
        final Cluster cluster = leasing();
        final Member leader = cluster.elect();
        cluster.run(60);
        cluster.isolate(leader.id);
        long ticket = leader.core.beginRead();
        assertEquals(ticket, leader.core.confirmedTicket(), "nobody had to be asked");
        for (int i = 0; i < 91; i++) {
            cluster.nowNs += Cluster.MS;
            leader.core.onTime(cluster.nowNs);
        }
        ticket = leader.core.beginRead();
        assertTrue(leader.core.confirmedTicket() < ticket, "the lease is over: 100 ms less a tenth");
    }

    @Test
    void shouldHaveNoLeaseAfterTheHandOverBegan() {
        final Cluster cluster = leasing();
        final Member leader = cluster.elect();
        cluster.run(60);
        final int other = (leader.id + 1) % 3;
        cluster.cutOneWay(leader.id, other);
        assertEquals(Proposal.ACCEPTED, leader.core.transfer(other));
        cluster.run(230);
        assertEquals(Role.LEADER, leader.core.role(), "the hand-over came to nothing");
        assertTrue(leader.core.acceptsCommands());
        // The message that makes the other stand may still be on its way: voters will heed it although they hear this leader.
        cluster.isolate(leader.id);
        final long ticket = leader.core.beginRead();
        assertTrue(leader.core.confirmedTicket() < ticket);
    }

    @Test
    void shouldNotVoteRightAfterAStartWhereLeasesAreGiven() {
        final Cluster cluster = leasing();
        final Member leader = cluster.elect();
        cluster.run(60);
        final Member voter = cluster.member((leader.id + 1) % 3);
        voter.crash(0);
        voter.restart(cluster.nowNs);
        final Packet vote = ElectionTest.vote((leader.id + 2) % 3, voter.id, leader.core.term() + 1, 99, 99);
        assertEquals(Outcome.IGNORED, voter.receive(vote), "it may have been part of the lease before it was started");
        voter.core.onTime(cluster.nowNs + 100 * Cluster.MS);
        assertEquals(Outcome.DONE, voter.receive(vote));
    }

    private static Cluster leasing() {
        final Cluster cluster = new Cluster();
        for (int id = 0; id < 3; id++) {
            cluster.add(id, Membership.of(0, 1, 2), Cluster.settings(id).leaseReads(true, 10));
        }
        return cluster;
    }

    @Test
    void shouldHandLeadershipOver() {
        final Cluster cluster = Cluster.of(3);
        final Member old = cluster.elect(0);
        cluster.exchange();
        old.propose(1);
        assertEquals(Proposal.ACCEPTED, old.core.transfer(2));
        assertFalse(old.core.acceptsCommands());
        cluster.exchange();
        assertEquals(Role.LEADER, cluster.member(2).core.role(), "at once, although the others heard the old leader a moment ago");
        assertEquals(Role.FOLLOWER, old.core.role());
        assertTrue(cluster.member(2).propose(2) > 0);
        cluster.exchange();
        assertEquals(cluster.member(2).last(), old.core.commitIndex());
    }

    @Test
    void shouldBringTheTargetUpToDateBeforeItStands() {
        final Cluster cluster = Cluster.of(3);
        final Member old = cluster.elect(0);
        cluster.isolate(2);
        for (int i = 0; i < 20; i++) {
            old.propose(i);
        }
        cluster.exchange();
        cluster.heal();
        old.core.transfer(2);
        cluster.run(60);
        assertEquals(Role.LEADER, cluster.member(2).core.role());
    }

    @Test
    void shouldTakeCommandsAgainWhenTheTargetDoesNotStand() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.isolate(2);
        leader.core.transfer(2);
        cluster.run(150);
        assertFalse(leader.core.acceptsCommands());
        cluster.run(100);
        assertTrue(leader.core.acceptsCommands());
        assertTrue(leader.propose(3) > 0);
    }

    @Test
    void shouldRefuseToHandOverToOneThatDoesNotVote() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        assertEquals(Proposal.NOT_A_VOTER, leader.core.transfer(7));
        assertEquals(Proposal.NOT_A_VOTER, leader.core.transfer(0));
        assertEquals(Proposal.NOT_LEADER, cluster.member(1).core.transfer(2));
    }
}
