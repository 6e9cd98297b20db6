package io.cairn.engine.bootstrap;

import io.cairn.engine.raft.Membership;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class MemberChangeTest {
    private static final Membership THREE = Membership.of(0, 1, 2).withIncarnation(0, 100).withIncarnation(1, 101).withIncarnation(2, 102);

    private final MemberChange change = new MemberChange(THREE);

    @Test
    void shouldLetANewMemberCatchUpBeforeItVotes() {
        assertNull(change.edit(MemberChange.ADD, 3, 103));
        assertNull(change.refusal());
        final Membership next = change.next();
        assertTrue(next.isStaging());
        assertEquals(0b1111, next.target());
        assertEquals(0b1000, next.learners());
        assertEquals(103, next.incarnation(3));
    }

    @Test
    void shouldReplaceSeveralAtOnce() {
        assertNull(change.edit(MemberChange.ADD, 3, 103));
        assertNull(change.edit(MemberChange.ADD, 4, 104));
        assertNull(change.edit(MemberChange.REMOVE, 0, 0));
        assertNull(change.edit(MemberChange.REMOVE, 1, 0));
        assertEquals(0b11100, change.next().target());
    }

    @Test
    void shouldKeepALearnerALearnerUntilItIsPromoted() {
        assertNull(change.edit(MemberChange.ADD_LEARNER, 3, 103));
        final Membership learner = change.next();
        assertFalse(learner.isStaging());
        assertEquals(0b1000, learner.learners());
        final MemberChange promotion = new MemberChange(learner);
        assertNull(promotion.edit(MemberChange.PROMOTE, 3, 0));
        assertEquals(0b1111, promotion.next().target());
        assertEquals(103, promotion.next().incarnation(3));
    }

    @Test
    void shouldGoOnFromWhatAChangeIsToComeTo() {
        assertNull(change.edit(MemberChange.ADD, 3, 103));
        final MemberChange second = new MemberChange(change.next());
        assertNotNull(second.edit(MemberChange.ADD, 3, 103));
        assertNull(second.edit(MemberChange.REMOVE, 3, 0));
        assertFalse(second.next().isStaging());
        assertEquals(0, second.next().learners());
    }

    @Test
    void shouldRefuseWhatMakesNoSense() {
        assertTrue(change.edit(MemberChange.ADD, 1, 5).contains("in the cluster already"));
        assertTrue(change.edit(MemberChange.REMOVE, 7, 0).contains("is not in the cluster"));
        assertTrue(change.edit(MemberChange.PROMOTE, 7, 0).contains("is not in the cluster"));
        assertTrue(change.edit(MemberChange.PROMOTE, 1, 0).contains("votes already"));
        assertTrue(change.edit(MemberChange.ADD, 32, 0).contains("0 to 31"));
        assertTrue(change.edit(99, 3, 0).contains("no such change"));
        for (int id = 0; id < 3; id++) {
            assertNull(change.edit(MemberChange.REMOVE, id, 0));
        }
        assertTrue(change.refusal().contains("no voter"));
        final MemberChange joint = new MemberChange(Membership.joint(new int[] {0, 1}, new int[] {0, 1, 2}, new int[0]));
        assertTrue(joint.refusal().contains("another change is under way"));
    }
}
