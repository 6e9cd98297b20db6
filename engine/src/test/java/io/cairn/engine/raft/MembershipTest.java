package io.cairn.engine.raft;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Dissertation chapter 4 (cluster membership changes): joint consensus, catching up, leaders that are removed, and what is left behind by crashes.
 */
final class MembershipTest {
    private static final long NO_LEARNERS = 0;

    @Test
    void shouldNeedBothMajoritiesWhenJoint() {
        final Quorum quorum = new Quorum();
        final Membership joint = Membership.joint(new int[] {0, 1, 2}, new int[] {2, 3, 4}, new int[0]);
        final long[] match = new long[Membership.MEMBERS_MAX];
        match[0] = 9;
        match[1] = 9;
        assertEquals(0, quorum.reached(joint, match));
        match[2] = 5;
        match[3] = 7;
        assertEquals(5, quorum.reached(joint, match));
        assertFalse(Quorum.isWon(joint, 0b00011));
        assertTrue(Quorum.isWon(joint, 0b01101));
    }

    @Test
    void shouldCountAsAMajorityMoreThanHalf() {
        final Quorum quorum = new Quorum();
        for (int count = 1; count <= 7; count++) {
            final int[] voters = new int[count];
            final long[] match = new long[Membership.MEMBERS_MAX];
            for (int i = 0; i < count; i++) {
                voters[i] = i;
                match[i] = i + 1;
            }
            final Membership membership = Membership.of(voters);
            final long reached = quorum.reached(membership, match);
            assertEquals((count + 1) / 2, reached, "of " + count);
            assertFalse(Quorum.isWon(membership, (1L << count / 2) - 1));
            assertTrue(Quorum.isWon(membership, (1L << count / 2 + 1) - 1));
        }
    }

    @Test
    void shouldRefuseMembershipsThatMakeNoSense() {
        assertThrows(IllegalArgumentException.class, Membership::of);
        assertThrows(IllegalArgumentException.class, () -> Membership.of(1, 1));
        assertThrows(IllegalArgumentException.class, () -> Membership.of(32));
        assertThrows(IllegalArgumentException.class, () -> Membership.of(-1));
        assertThrows(IllegalArgumentException.class, () -> Membership.joint(new int[] {1}, new int[0], new int[] {1}));
        final Membership membership = Membership.of(0, 1, 2);
        final IllegalArgumentException none = assertThrows(IllegalArgumentException.class, () -> membership.change(0, 0b1));
        assertTrue(none.getMessage().contains("leave no voter"));
        assertThrows(IllegalArgumentException.class, () -> membership.change(0b11, 0b10));
    }

    @Test
    void shouldAddAVoterOnceItHasCaughtUp() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        for (int i = 0; i < 40; i++) {
            leader.propose(i);
        }
        cluster.exchange();
        final Member added = cluster.add(3, Membership.of(0, 1, 2));
        added.core.mayVote(true);
        assertEquals(Proposal.ACCEPTED, leader.core.proposeChange(0b1111, NO_LEARNERS));
        cluster.exchange();
        assertTrue(leader.core.membership().isStaging());
        assertEquals(Role.LEARNER, added.core.role());
        cluster.run(200);
        assertEquals(Membership.of(0, 1, 2, 3), leader.core.membership());
        assertEquals(Membership.of(0, 1, 2, 3), added.core.membership());
        assertEquals(Role.FOLLOWER, added.core.role());
        assertEquals(leader.core.configurationIndex(), cluster.member(1).core.configurationIndex());
    }

    /** Entries are the bytes of these members: sixty of them at a hundred a second. */
    @Test
    void shouldSendANewMemberWhatItMissedAtAPaceAndAVoterAtOnce() {
        final Cluster cluster = Cluster.of(3, settings -> settings.catchUp(100));
        final Member leader = cluster.elect(0);
        cluster.isolate(2);
        for (int i = 0; i < 60; i++) {
            leader.propose(i);
        }
        cluster.exchange();
        final Member added = cluster.add(3, Membership.of(0, 1, 2));
        assertEquals(Proposal.ACCEPTED, leader.core.proposeChange(0b1111, NO_LEARNERS));
        cluster.heal();
        cluster.run(300);
        assertEquals(leader.last(), cluster.member(2).last());
        assertTrue(added.last() > 20 && added.last() <= 36, () -> "in 300 ms it was sent " + added.last());
        cluster.run(1_000);
        assertEquals(Membership.of(0, 1, 2, 3), leader.core.membership());
        assertEquals(leader.last(), added.last());
    }

    /** In few large pieces everybody else would wait for each of them. */
    @Test
    void shouldSendANewMemberWhatItMissedInSmallPiecesAndAVoterAsMuchAsFits() {
        final Cluster cluster = Cluster.of(3, settings -> settings.catchUp(256_000));
        final Member leader = cluster.elect(0);
        cluster.add(3, Membership.of(0, 1, 2));
        assertEquals(Proposal.ACCEPTED, leader.core.proposeChange(0b1111, NO_LEARNERS));
        assertEquals(1_000, leader.core.sendableBytesMax(3));
        assertEquals(Integer.MAX_VALUE, leader.core.sendableBytesMax(2));
        cluster.run(1_000);
        assertEquals(Integer.MAX_VALUE, leader.core.sendableBytesMax(3), "once it votes");
    }

    @Test
    void shouldCatchUpHoweverFastTheLogGrows() {
        final Cluster cluster = Cluster.of(3, settings -> settings.catchUp(100));
        final Member leader = cluster.elect(0);
        for (int i = 0; i < 60; i++) {
            leader.propose(i);
        }
        cluster.exchange();
        cluster.add(3, Membership.of(0, 1, 2));
        assertEquals(Proposal.ACCEPTED, leader.core.proposeChange(0b1111, NO_LEARNERS));
        for (int i = 0; i < 2_000 && !leader.core.membership().isVoter(3); i++) {
            leader.propose(i);
            cluster.run(4);
        }
        cluster.run(100);
        assertEquals(Membership.of(0, 1, 2, 3), leader.core.membership(), "the log grows by 250 a second");
    }

    @Test
    void shouldNotCountAVoterToBeWhileItCatchesUp() {
        final Cluster cluster = Cluster.of(2);
        final Member leader = cluster.elect(0);
        cluster.exchange();
        cluster.add(2, Membership.of(0, 1));
        cluster.isolate(2);
        leader.core.proposeChange(0b111, NO_LEARNERS);
        cluster.run(300);
        assertTrue(leader.core.membership().isStaging(), "it cannot be reached and cannot hold anything up");
        assertTrue(leader.propose(1) > 0);
        cluster.exchange();
        assertEquals(leader.last(), leader.core.commitIndex());
        cluster.heal();
        cluster.run(300);
        assertEquals(Membership.of(0, 1, 2), leader.core.membership());
    }

    @Test
    void shouldGiveUpAChangeWhoseMemberNeverCatchesUp() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.exchange();
        assertEquals(Proposal.ACCEPTED, leader.core.proposeChange(0b11111, NO_LEARNERS));
        cluster.run(300);
        assertTrue(leader.core.membership().isStaging());
        assertEquals(Proposal.ACCEPTED, leader.core.proposeChange(0b111, NO_LEARNERS));
        cluster.run(100);
        assertEquals(Membership.of(0, 1, 2), leader.core.membership());
    }

    @Test
    void shouldKeepALearnerALearner() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.exchange();
        final Member learner = cluster.add(3, Membership.of(0, 1, 2));
        assertEquals(Proposal.ACCEPTED, leader.core.proposeChange(0b111, 0b1000));
        cluster.run(300);
        assertEquals(Membership.joint(new int[] {0, 1, 2}, new int[0], new int[] {3}), leader.core.membership());
        assertEquals(leader.last(), learner.core.commitIndex());
        assertEquals(Role.LEARNER, learner.core.role());
    }

    @Test
    void shouldRemoveAFollowerAndNotBeDisturbedByIt() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.exchange();
        cluster.cutOneWay(0, 2);
        cluster.cutOneWay(1, 2);
        assertEquals(Proposal.ACCEPTED, leader.core.proposeChange(0b011, NO_LEARNERS));
        final long term = leader.core.term();
        // It never hears of its removal and asks for votes for ever.
        cluster.run(2_000);
        assertEquals(Membership.of(0, 1), leader.core.membership());
        assertEquals(Role.LEADER, leader.core.role());
        assertEquals(term, leader.core.term());
    }

    @Test
    void shouldReplaceSeveralMembersAndTheLeaderInOneChange() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        leader.propose(1);
        cluster.exchange();
        for (int id = 3; id < 6; id++) {
            cluster.add(id, Membership.of(0, 1, 2));
        }
        assertEquals(Proposal.ACCEPTED, leader.core.proposeChange(0b111000, NO_LEARNERS));
        cluster.run(400);
        assertNotEquals(Role.LEADER, leader.core.role(), "a leader that was removed steps down");
        final Member fresh = cluster.elect();
        assertTrue(fresh.id >= 3);
        assertEquals(Membership.of(3, 4, 5), fresh.core.membership());
        for (int id = 0; id < 3; id++) {
            cluster.member(id).crash(99);
        }
        assertTrue(fresh.propose(2) > 0);
        cluster.run(30);
        assertEquals(fresh.last(), fresh.core.commitIndex());
    }

    @Test
    void shouldNotCountALeaderThatIsBeingRemoved() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.exchange();
        // Both of the others are needed now, and one is away.
        cluster.isolate(2);
        assertEquals(Proposal.ACCEPTED, leader.core.proposeChange(0b110, NO_LEARNERS));
        cluster.exchange();
        final long index = leader.last();
        assertTrue(leader.core.membership().isJoint());
        assertTrue(leader.core.commitIndex() < index, "0 and 1 are a majority of the old members, and only one of two of the new");
        cluster.heal();
        cluster.run(100);
        assertEquals(Membership.of(1, 2), cluster.member(1).core.membership());
        assertNotEquals(0, cluster.elect().id);
    }

    @Test
    void shouldHandOverAtOnceWhenTheLeaderIsRemoved() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.exchange();
        leader.core.proposeChange(0b110, NO_LEARNERS);
        cluster.exchange();
        assertNotNull(cluster.leader(), "nobody had to wait for a timeout");
        assertNotEquals(0, cluster.leader().id);
        assertEquals(Role.LEARNER, leader.core.role());
    }

    @Test
    void shouldAllowOneChangeAtATime() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.exchange();
        cluster.isolate(0);
        assertEquals(Proposal.ACCEPTED, leader.core.proposeChange(0b011, NO_LEARNERS));
        assertEquals(Proposal.CHANGE_PENDING, leader.core.proposeChange(0b101, NO_LEARNERS));
        cluster.collect();
        assertEquals(Proposal.CHANGE_PENDING, leader.core.proposeChange(0b101, NO_LEARNERS));
        assertEquals(Proposal.NOT_LEADER, cluster.member(1).core.proposeChange(0b101, NO_LEARNERS));
    }

    /** The flaw that Ongaro reported in 2015: a change in a term that has committed nothing yet may split the cluster. */
    @Test
    void shouldChangeNothingBeforeAnEntryOfItsTermIsCommitted() {
        final Cluster cluster = Cluster.of(3);
        cluster.lost = packet -> packet.message().type == Message.APPEND;
        final Member leader = cluster.elect(0);
        assertEquals(Proposal.TERM_NOT_COMMITTED, leader.core.proposeChange(0b011, NO_LEARNERS));
        cluster.lost = packet -> false;
        cluster.run(40);
        assertEquals(Proposal.ACCEPTED, leader.core.proposeChange(0b011, NO_LEARNERS));
    }

    @Test
    void shouldFinishAJointChangeWhoseLeaderCrashed() {
        final Cluster cluster = Cluster.of(4);
        final Member old = cluster.elect(0);
        cluster.exchange();
        // The joint entry reaches one other member, and its leader is gone before it is committed.
        cluster.cut(0, 2);
        cluster.cut(0, 3);
        old.core.proposeChange(0b0111, NO_LEARNERS);
        cluster.lost = packet -> packet.message().type == Message.APPEND_RESPONSE;
        cluster.exchange();
        assertTrue(cluster.member(1).core.membership().isJoint());
        old.crash(99);
        cluster.lost = packet -> false;
        cluster.heal();
        final Member fresh = cluster.elect();
        assertEquals(1, fresh.id, "the one that has the joint entry");
        cluster.run(200);
        assertFalse(fresh.core.membership().isJoint() && fresh.core.configurationIndex() <= fresh.core.commitIndex(), "a joint one is left");
        old.restart(cluster.nowNs);
        cluster.run(300);
        assertEquals(Membership.of(0, 1, 2), fresh.core.membership());
    }

    @Test
    void shouldForgetAJointChangeThatNobodyElseSaw() {
        final Cluster cluster = Cluster.of(3);
        final Member old = cluster.elect(0);
        cluster.exchange();
        cluster.isolate(0);
        old.core.proposeChange(0b011, NO_LEARNERS);
        cluster.collect();
        assertTrue(old.core.membership().isJoint());
        final Member fresh = cluster.elect(1);
        fresh.propose(5);
        cluster.exchange();
        cluster.heal();
        cluster.run(100);
        assertEquals(Membership.of(0, 1, 2), old.core.membership(), "the entry was cut, and with it what it said");
        assertEquals(fresh.log, old.log);
    }

    @Test
    void shouldGoOnWithTheChangeOfAnEarlierLeader() {
        final Cluster cluster = Cluster.of(3);
        final Member old = cluster.elect(0);
        cluster.exchange();
        final Member added = cluster.add(3, Membership.of(0, 1, 2));
        cluster.isolate(3);
        old.core.proposeChange(0b1111, NO_LEARNERS);
        cluster.run(50);
        assertTrue(old.core.membership().isStaging());
        old.crash(99);
        final Member fresh = cluster.elect();
        cluster.heal();
        cluster.run(300);
        assertEquals(Membership.of(0, 1, 2, 3), fresh.core.membership());
        assertEquals(Role.FOLLOWER, added.core.role());
    }

    @Test
    void shouldMakeAVoterALearner() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.exchange();
        assertEquals(Proposal.ACCEPTED, leader.core.proposeChange(0b011, 0b100));
        cluster.run(60);
        assertEquals(Role.LEARNER, cluster.member(2).core.role());
        assertTrue(leader.core.membership().isLearner(2));
        leader.propose(4);
        cluster.run(30);
        assertEquals(leader.last(), cluster.member(2).core.commitIndex());
    }

    @Test
    void shouldElectDuringAJointChangeOnlyWithBothMajorities() {
        final Cluster cluster = Cluster.of(3);
        final Member leader = cluster.elect(0);
        cluster.exchange();
        for (int id = 3; id < 5; id++) {
            cluster.add(id, Membership.of(0, 1, 2));
        }
        leader.core.proposeChange(0b11001, NO_LEARNERS);
        for (int i = 0; i < 400 && !leader.core.membership().isJoint(); i++) {
            // The answers of the old members to the joint entry do not arrive.
            cluster.run(1);
            if (leader.core.membership().isStaging() && leader.core.commitIndex() == leader.last()) {
                cluster.lost = packet -> packet.message().type == Message.APPEND_RESPONSE && packet.message().from <= 2 &&
                    packet.message().logIndex > leader.core.configurationIndex() - (leader.core.membership().isJoint() ? 1 : 0);
            }
        }
        assertTrue(leader.core.membership().isJoint());
        cluster.exchange();
        assertTrue(leader.core.commitIndex() < leader.core.configurationIndex(), "the new majority alone does not commit");
        leader.crash(99);
        cluster.lost = packet -> false;
        // Members 1 and 2 are away: the new members alone do not elect.
        cluster.member(1).running = false;
        cluster.member(2).running = false;
        cluster.run(1_500);
        assertNull(cluster.leader());
        cluster.member(1).running = true;
        cluster.member(2).running = true;
        final Member fresh = cluster.elect();
        cluster.run(400);
        assertEquals(Membership.of(0, 3, 4), cluster.leader().core.membership(), () -> "led by " + fresh.id);
    }

    /** §4.2.2: a member that an entry removes may be the only one left that can be elected, until that entry is committed. */
    @Test
    void shouldStandAlthoughItIsRemovedWhileTheEntryThatRemovesItIsNotCommitted() {
        final Cluster cluster = Cluster.of(2);
        final Member leader = cluster.elect(0);
        cluster.exchange();
        leader.core.proposeChange(0b10, NO_LEARNERS);
        // The joint entry is committed; the one that leaves it reaches nobody.
        cluster.lost = packet -> packet.entries().stream().anyMatch(entry -> null != entry.membership() && !entry.membership().isJoint());
        cluster.run(100);
        assertFalse(leader.core.membership().isVoter(0));
        assertTrue(cluster.member(1).core.membership().isJoint());
        leader.crash(99);
        leader.restart(cluster.nowNs);
        cluster.lost = packet -> false;
        cluster.run(2_000);
        assertEquals(Membership.of(1), cluster.member(1).core.membership());
        assertEquals(1, cluster.elect().id);
    }

    @Test
    void shouldIgnoreAcknowledgementsOfAnotherIncarnation() {
        final Membership membership = Membership.of(0, 1).withIncarnation(1, 11);
        final Cluster cluster = new Cluster();
        cluster.add(0, membership);
        cluster.add(1, membership);
        cluster.member(1).incarnation = 11;
        final Member leader = cluster.elect(0);
        cluster.exchange();
        final long committed = leader.core.commitIndex();
        cluster.member(1).incarnation = 12;
        leader.propose(1);
        cluster.exchange();
        assertEquals(committed, leader.core.commitIndex(), "a directory that was made anew has promised nothing");
        assertTrue(leader.core.refusedCount() > 0);
    }
}
