package io.cairn.engine.raft;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Dissertation §3.4 (elections), §3.6.1 (election restriction), §3.8 (promises), §4.2.3 (disruptive members), §6.2 (a leader that is alone),
 * §9.6 (PreVote).
 */
final class ElectionTest {
    @Test
    void shouldElectOneLeaderWhenTimersRunOut() {
        for (int count = 1; count <= 7; count++) {
            final Cluster cluster = Cluster.of(count);
            final Member leader = cluster.elect();
            cluster.run(50);
            for (final Member member : cluster.members) {
                assertEquals(leader.id, member.core.leaderId());
                assertEquals(leader.core.term(), member.core.term());
            }
        }
    }

    @Test
    void shouldKeepItsLeaderWhileNothingFails() {
        final Cluster cluster = Cluster.of(5);
        final Member leader = cluster.elect();
        final long term = leader.core.term();
        cluster.run(2_000);
        assertEquals(Role.LEADER, leader.core.role());
        assertEquals(term, leader.core.term());
    }

    @Test
    void shouldSayNothingBeforeItsPromiseIsStored() {
        final Cluster cluster = Cluster.of(3);
        final Member candidate = cluster.member(0);
        final Member voter = cluster.member(1);
        candidate.storesAtOnce = false;
        voter.storesAtOnce = false;
        assertTrue(candidate.core.onElectionTimeout());
        assertEquals(0, cluster.collect(), "a candidate asked for votes before its own was stored");
        candidate.storePromise();
        cluster.collect();
        assertTrue(cluster.deliver(0, 1));
        assertNull(voter.send(0), "a vote was given before it was stored");
        assertEquals(Role.CANDIDATE, candidate.core.role());
        voter.storePromise();
        final Packet answer = voter.send(0);
        assertNotNull(answer);
        assertEquals(Message.VOTE_RESPONSE, answer.message().type);
        assertTrue(answer.message().flag);
        cluster.deliver(answer);
        assertEquals(Role.LEADER, candidate.core.role());
    }

    @Test
    void shouldTakeNothingWhileAPromiseIsBeingStored() {
        final Cluster cluster = Cluster.of(3);
        final Member member = cluster.member(1);
        member.storesAtOnce = false;
        assertTrue(member.core.onElectionTimeout());
        assertEquals(Outcome.BUSY, member.receive(vote(0, 1, 9, 0, 0)));
    }

    @Test
    void shouldIgnoreTheCompletionOfAnOlderPromise() {
        final RaftCore core = new Member(0, Membership.of(0), Cluster.settings(0), 0).core;
        assertTrue(core.onElectionTimeout());
        core.onPromiseStored(0, RaftCore.NONE);
        core.onPromiseStored(1, RaftCore.NONE);
        assertEquals(Role.CANDIDATE, core.role());
        core.onPromiseStored(1, 0);
        assertEquals(Role.LEADER, core.role());
    }

    @Test
    void shouldVoteOnceInATermAlsoAfterARestart() {
        final Cluster cluster = Cluster.of(3);
        final Member voter = cluster.member(2);
        voter.receive(vote(0, 2, 5, 0, 0));
        assertTrue(voter.send(0).message().flag);
        voter.crash(0);
        voter.restart(cluster.nowNs);
        assertEquals(5, voter.core.term());
        voter.receive(vote(1, 2, 5, 0, 0));
        assertFalse(voter.send(1).message().flag, "a second vote was given in one term");
        voter.receive(vote(0, 2, 5, 0, 0));
        assertTrue(voter.send(0).message().flag, "the same vote may be said again");
    }

    @Test
    void shouldRefuseACandidateWhoseLogIsBehind() {
        final Cluster cluster = Cluster.of(3);
        cluster.elect(0).propose(7);
        cluster.exchange();
        final Member voter = cluster.member(2);
        cluster.nowNs += 500 * Cluster.MS;
        voter.crash(0);
        voter.restart(cluster.nowNs);
        final long lastTerm = voter.termAt(voter.last());
        voter.receive(vote(1, 2, 8, voter.last() - 1, lastTerm));
        assertFalse(voter.send(1).message().flag, "shorter");
        voter.receive(vote(1, 2, 9, voter.last() + 9, lastTerm - 1));
        assertFalse(voter.send(1).message().flag, "of an older term");
        voter.receive(vote(1, 2, 10, voter.last(), lastTerm));
        assertTrue(voter.send(1).message().flag, "equal");
    }

    @Test
    void shouldNotRaiseItsTermWhileItIsCutOff() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect();
        final Member other = cluster.member((leader.id + 1) % 3);
        final long term = leader.core.term();
        cluster.isolate(other.id);
        cluster.run(2_000);
        assertEquals(term, other.core.term(), "PreVote: nobody answered");
        cluster.heal();
        cluster.run(300);
        assertEquals(Role.LEADER, leader.core.role());
        assertEquals(term, leader.core.term());
    }

    @Test
    void shouldNotDisturbALeaderThatOthersHear() {
        // One link is down: the member behind it times out again and again, and the others hear the leader well.
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect();
        final long term = leader.core.term();
        cluster.cut(leader.id, (leader.id + 1) % 3);
        cluster.run(2_000);
        assertEquals(Role.LEADER, leader.core.role());
        assertEquals(term, leader.core.term());
    }

    @Test
    void shouldNotVoteWhileALeaderIsHeardUnlessItHandsOver() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect();
        cluster.run(25);
        final Member voter = cluster.member((leader.id + 1) % 3);
        final int other = (leader.id + 2) % 3;
        final long term = voter.core.term();
        assertEquals(Outcome.IGNORED, voter.receive(vote(other, voter.id, term + 1, 99, 99)));
        assertEquals(term, voter.core.term());
        final Packet forced = vote(other, voter.id, term + 1, 99, 99);
        forced.message().flag = true;
        assertEquals(Outcome.DONE, voter.receive(forced));
        assertEquals(term + 1, voter.core.term());
    }

    @Test
    void shouldStepDownWhenItHearsNoQuorum() {
        final Cluster cluster = Cluster.of(5);
        final Member leader = cluster.elect();
        cluster.isolate(leader.id);
        cluster.run(250);
        assertNotEquals(Role.LEADER, leader.core.role());
        cluster.elect();
    }

    @Test
    void shouldLeadOnWhenItHearsAQuorumOnly() {
        final Cluster cluster = Cluster.of(5);
        final Member leader = cluster.elect();
        cluster.cut(leader.id, (leader.id + 1) % 5);
        cluster.cut(leader.id, (leader.id + 2) % 5);
        cluster.run(1_000);
        assertEquals(Role.LEADER, leader.core.role());
        assertTrue(leader.propose(1) > 0);
        cluster.run(30);
        assertEquals(leader.last(), leader.core.commitIndex());
    }

    @Test
    void shouldTellAnOldLeaderThatItsTermIsOver() {
        final Cluster cluster = Cluster.of(3);
        final Member old = cluster.elect(0);
        cluster.isolate(0);
        final Member fresh = cluster.elect(1);
        assertEquals(Role.LEADER, old.core.role());
        cluster.heal();
        cluster.run(30);
        assertEquals(Role.FOLLOWER, old.core.role());
        assertEquals(fresh.core.term(), old.core.term());
    }

    @Test
    void shouldNotStandWhenItIsNoVoter() {
        final Cluster cluster = new Cluster();
        final Membership membership = Membership.joint(new int[] {0}, new int[0], new int[] {1});
        cluster.add(0, membership);
        cluster.add(1, membership);
        final Member leader = cluster.elect();
        assertEquals(0, leader.id);
        cluster.run(30);
        assertEquals(Role.LEARNER, cluster.member(1).core.role());
        cluster.isolate(0);
        cluster.run(1_000);
        assertEquals(Role.LEARNER, cluster.member(1).core.role());
        assertEquals(RaftCore.NONE, cluster.member(1).core.leaderId());
    }

    @Test
    void shouldVoteAlthoughItDoesNotKnowYetThatItIsAVoter() {
        final Member learner = new Member(3, Membership.joint(new int[] {0, 1, 2}, new int[0], new int[] {3}), Cluster.settings(3), 0);
        learner.receive(vote(1, 3, 4, 10, 2));
        assertTrue(learner.send(1).message().flag);
    }

    @Test
    void shouldNotCountVotesOfAnotherIncarnation() {
        final Membership membership = Membership.of(0, 1, 2).withIncarnation(1, 11).withIncarnation(2, 22);
        final Cluster cluster = new Cluster();
        for (int id = 0; id < 3; id++) {
            cluster.add(id, membership);
        }
        cluster.member(1).incarnation = 12;
        cluster.member(2).incarnation = 23;
        assertTrue(cluster.member(0).core.onElectionTimeout());
        cluster.exchange();
        assertEquals(Role.CANDIDATE, cluster.member(0).core.role());
        assertEquals(2, cluster.member(0).core.refusedCount());
        cluster.member(2).incarnation = 22;
        cluster.elect(0);
    }

    @Test
    void shouldNeitherVoteNorStandWhileItMayHaveForgotten() {
        final Cluster cluster = Cluster.of(3);
        final Member member = cluster.member(2);
        member.core.mayVote(false);
        assertFalse(member.core.onElectionTimeout());
        member.receive(vote(0, 2, 5, 9, 4));
        assertFalse(member.send(0).message().flag);
        member.core.mayVote(true);
        member.receive(vote(0, 2, 5, 9, 4));
        assertTrue(member.send(0).message().flag);
    }

    @Test
    void shouldFollowTheLeaderOfItsTermWhenAnotherWon() {
        final Cluster cluster = Cluster.of(3);
        cluster.lost = packet -> packet.message().type == Message.VOTE && packet.message().from == 2;
        assertTrue(cluster.member(2).core.onElectionTimeout());
        cluster.exchange();
        assertEquals(Role.CANDIDATE, cluster.member(2).core.role());
        assertTrue(cluster.member(0).core.onElectionTimeout());
        cluster.exchange();
        assertEquals(Role.LEADER, cluster.member(0).core.role());
        assertEquals(Role.FOLLOWER, cluster.member(2).core.role());
    }

    @Test
    void shouldElectAgainWhenVotesWereSplit() {
        final Cluster cluster = Cluster.of(4);
        assertTrue(cluster.member(0).core.onElectionTimeout());
        assertTrue(cluster.member(1).core.onElectionTimeout());
        cluster.cut(0, 3);
        cluster.cut(1, 2);
        cluster.exchange();
        assertNull(cluster.leader());
        cluster.heal();
        cluster.elect();
    }

    @Test
    void shouldPreferTheLeaderThatIsToLead() {
        final Cluster cluster = new Cluster();
        for (int id = 0; id < 3; id++) {
            cluster.add(id, Membership.of(0, 1, 2), Cluster.settings(id).preferredLeaders(0b100));
        }
        cluster.elect(0);
        cluster.run(3_000);
        assertEquals(2, cluster.leader().id);
    }

    static Packet vote(final int from, final int to, final long term, final long lastIndex, final long lastTerm) {
        final Message message = new Message();
        message.type = Message.VOTE;
        message.from = from;
        message.to = to;
        message.term = term;
        message.logIndex = lastIndex;
        message.logTerm = lastTerm;
        return new Packet(message, List.of());
    }

    @Test
    void shouldHandOverWhenItsDiskIsFull() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.run(60);
        assertTrue(leader.core.onLogFull());
        assertFalse(leader.core.acceptsCommands(), "whoever asks is sent on");
        cluster.run(60);
        final Member other = cluster.leader();
        assertNotEquals(0, other.id);
        assertEquals(2, other.core.term(), "nobody waited for a timeout");
        assertTrue(other.core.acceptsCommands());
    }

    @Test
    void shouldLeadNoMoreWhenItsDiskIsFullBeforeItsTermsFirstEntry() {
        final Cluster cluster = Cluster.of(3);
        final Member full = cluster.member(0);
        full.isFull = true;
        cluster.elect(1);
        cluster.run(60);
        assertTrue(cluster.member(1).core.transfer(0) == Proposal.ACCEPTED);
        cluster.run(700);
        assertNotEquals(0, cluster.elect().id);
    }

    @Test
    void shouldKeepLeadershipThatComesBackWhereAllDisksAreFull() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.run(60);
        assertTrue(leader.core.onLogFull());
        cluster.run(60);
        final Member other = cluster.leader();
        assertTrue(other.core.transfer(0) == Proposal.ACCEPTED);
        cluster.run(60);
        assertEquals(leader, cluster.leader());
        assertFalse(leader.core.onLogFull(), "it had given the others their chance");
        assertTrue(leader.core.acceptsCommands());
    }

    /** The Sequencer offers what found no room at each of its turns: the leader may be dead long since. */
    @Test
    void shouldNotTakeAMessageThatWaitsForRoomForNewsOfALeader() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        final Member full = cluster.member(1);
        leader.propose(7);
        cluster.collect();
        full.hasNoRoom = true;
        final Packet waiting = cluster.network.get(1).poll();
        assertEquals(1, waiting.message().to);
        assertEquals(Outcome.APPEND, full.receive(waiting));
        leader.crash(0);
        cluster.network.clear();
        for (int ms = 0; ms < 500 && null == cluster.leader(); ms++) {
            cluster.run(1);
            full.receive(waiting);
        }
        assertNotNull(cluster.leader(), "nobody is elected while one of the two that are left waits for room");
        assertEquals(2, cluster.leader().id);
    }

    @Test
    void shouldTakeWhatWaitedForRoomWhenThereIsRoom() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        final Member full = cluster.member(1);
        leader.propose(7);
        cluster.collect();
        full.hasNoRoom = true;
        final Packet waiting = cluster.network.get(1).poll();
        assertEquals(Outcome.APPEND, full.receive(waiting));
        assertEquals(Outcome.APPEND, full.receive(waiting));
        full.hasNoRoom = false;
        assertEquals(Outcome.APPEND, full.receive(waiting));
        assertEquals(leader.last(), full.last());
        assertEquals(leader.id, full.core.leaderId());
    }

    @Test
    void shouldGoOnLeadingWithAFullDiskWhereItIsTheOnlyVoter() {
        final Cluster cluster = Cluster.of(1);
        final Member leader = cluster.elect(0);
        assertFalse(leader.core.onLogFull());
        assertEquals(Role.LEADER, leader.core.role());
    }
}
