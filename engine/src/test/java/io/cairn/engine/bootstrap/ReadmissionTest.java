package io.cairn.engine.bootstrap;

import io.cairn.engine.raft.Membership;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a leader proposes when a member comes back with another directory.
 */
final class ReadmissionTest {
    private static final long[] SAME = {100, 101, 102};

    private static Membership three() {
        return Membership.of(0, 1, 2).withIncarnation(0, 100).withIncarnation(1, 101).withIncarnation(2, 102);
    }

    private static Readmission.Heard heard(final long... incarnations) {
        return id -> id < incarnations.length ? incarnations[id] : 0;
    }

    @Test
    void shouldDoNothingWhileEverybodyIsWhoTheyWere() {
        assertNull(Readmission.next(three(), 0, heard(SAME)));
        assertNull(Readmission.next(three(), 0, heard()));
    }

    @Test
    void shouldTakeTheVoteFromADirectoryThatIsGoneBeforeTheNewOneCounts() {
        final Membership joint = Readmission.next(three(), 0, heard(100, 101, 999));
        assertNotNull(joint);
        assertTrue(joint.isJoint());
        assertEquals(0b011, joint.voters());
        assertEquals(0b111, joint.outgoing());
        assertEquals(0b100, joint.learners());
        assertEquals(0, joint.incarnation(2), "neither directory counts in either half");
        assertNull(Readmission.next(joint, 0, heard(100, 101, 999)), "one step at a time");
    }

    @Test
    void shouldLetTheNewDirectoryCatchUpAsALearnerThatIsToVote() {
        final Membership demoted = Membership.joint(new int[] {0, 1}, new int[0], new int[] {2})
            .withIncarnation(0, 100).withIncarnation(1, 101);
        final Membership staging = Readmission.next(demoted, 0, heard(100, 101, 999));
        assertNotNull(staging);
        assertTrue(staging.isStaging());
        assertEquals(0b011, staging.voters());
        assertEquals(0b111, staging.target());
        assertEquals(999, staging.incarnation(2));
        assertNull(Readmission.next(staging, 0, heard(100, 101, 999)));
    }

    @Test
    void shouldFollowADirectoryThatIsLostAgainWhileItCatchesUp() {
        final Membership staging = Membership.ofMasks(0b011, 0, 0b100, 0b111, 0)
            .withIncarnation(0, 100).withIncarnation(1, 101).withIncarnation(2, 999);
        final Membership next = Readmission.next(staging, 0, heard(100, 101, 555));
        assertNotNull(next);
        assertEquals(0b111, next.target());
        assertEquals(555, next.incarnation(2));
    }

    @Test
    void shouldKeepALearnerALearner() {
        final Membership before = Membership.joint(new int[] {0, 1}, new int[0], new int[] {2})
            .withIncarnation(0, 100).withIncarnation(1, 101).withIncarnation(2, 102);
        final Membership next = Readmission.next(before, 0, heard(100, 101, 999));
        assertNotNull(next);
        assertFalse(next.isStaging());
        assertEquals(0b100, next.learners());
        assertEquals(999, next.incarnation(2));
    }

    @Test
    void shouldTakeBackOneMemberAtATime() {
        final Membership five = Membership.of(0, 1, 2, 3, 4)
            .withIncarnation(0, 100).withIncarnation(1, 101).withIncarnation(2, 102).withIncarnation(3, 103).withIncarnation(4, 104);
        final Membership joint = Readmission.next(five, 0, heard(100, 101, 102, 903, 904));
        assertNotNull(joint);
        assertEquals(0b10111, joint.voters());
    }

    @Test
    void shouldNotTakeTheVoteOfTheOnlyVoter() {
        final Membership one = Membership.joint(new int[] {1}, new int[0], new int[] {0}).withIncarnation(0, 100).withIncarnation(1, 101);
        assertNull(Readmission.next(one, 0, heard(100, 999)));
    }
}
