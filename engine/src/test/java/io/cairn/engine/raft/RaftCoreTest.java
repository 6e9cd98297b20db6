package io.cairn.engine.raft;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class RaftCoreTest {
    private final RaftCore core = new RaftCore(0, Membership.of(0));

    @Test
    void shouldLeadOnlyAfterItsVoteIsStored() {
        core.start(4, RaftCore.NO_VOTE, 10, 4, 0);
        assertTrue(core.onElectionTimeout());
        assertTrue(core.isPromisePending());
        assertEquals(Role.CANDIDATE, core.role());
        core.onPromiseStored(4, 0);
        assertEquals(Role.CANDIDATE, core.role(), "a completion of an older promise must not elect");
        core.onPromiseStored(5, 0);
        assertEquals(Role.LEADER, core.role());
        assertEquals(5, core.term());
    }

    @Test
    void shouldCommitEarlierTermsOnlyThroughAnEntryOfItsOwn() {
        core.start(4, RaftCore.NO_VOTE, 10, 4, 0);
        lead();
        assertFalse(core.onDurable(10), "figure 8: an entry of an earlier term is never committed by counting");
        assertEquals(0, core.commitIndex());
        core.onAppended(11);
        assertFalse(core.onDurable(10));
        assertTrue(core.onDurable(11));
        assertEquals(11, core.commitIndex());
    }

    @Test
    void shouldServeReadsOnlyOnceAnEntryOfItsTermIsCommitted() {
        core.start(1, RaftCore.NO_VOTE, 3, 1, 3);
        lead();
        assertFalse(core.acceptsCommands());
        core.onAppended(4);
        assertTrue(core.acceptsCommands());
        assertFalse(core.servesReads());
        core.onDurable(4);
        assertTrue(core.servesReads());
    }

    @Test
    void shouldNotCountWhatTheDiskReportsBeyondTheLog() {
        core.start(0, RaftCore.NO_VOTE, 0, 0, 0);
        lead();
        core.onAppended(1);
        core.onDurable(99);
        assertEquals(1, core.commitIndex());
    }

    @Test
    void shouldRefuseAnAppendThatSkipsAnIndex() {
        core.start(0, RaftCore.NO_VOTE, 0, 0, 0);
        lead();
        assertThrows(IllegalStateException.class, () -> core.onAppended(2));
    }

    @Test
    void shouldNotStandWhenItIsNoVoter() {
        final RaftCore learner = new RaftCore(1, Membership.joint(new int[] {0}, new int[0], new int[] {1}));
        learner.start(0, RaftCore.NO_VOTE, 0, 0, 0);
        assertFalse(learner.onElectionTimeout());
    }

    @Test
    void shouldNeedBothMajoritiesWhenJoint() {
        final Quorum quorum = new Quorum();
        final Membership joint = Membership.joint(new int[] {0, 1, 2}, new int[] {2, 3, 4}, new int[0]);
        final long[] match = new long[Membership.MEMBERS_MAX];
        match[0] = 9;
        match[1] = 9;
        assertEquals(0, quorum.committed(joint, match));
        match[2] = 5;
        match[3] = 7;
        assertEquals(5, quorum.committed(joint, match));
        assertFalse(quorum.isWon(joint, 0b00011));
        assertTrue(quorum.isWon(joint, 0b01101));
    }

    private void lead() {
        core.onElectionTimeout();
        core.onPromiseStored(core.term(), core.vote());
    }
}
