package io.cairn.engine.bootstrap;

import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

/**
 * Blank directories find each other, or the cluster that is there already; by hand, without a network.
 */
final class BootstrapTest {
    private static final ClusterConfiguration LIST = list(0, 1, 2);

    private static ClusterConfiguration list(final int... ids) {
        ClusterConfiguration list = ClusterConfiguration.of(Membership.of(ids));
        for (final int id : ids) {
            list = list.withEndpoint(id, "host-" + id + ":1000");
        }
        return list;
    }

    private static Bootstrap blank(final int id, final long incarnation, final boolean isFounding) {
        return new Bootstrap(id, incarnation, LIST, isFounding);
    }

    private static Introduction of(final int id, final long incarnation, final Bootstrap bootstrap) {
        final Introduction introduction = new Introduction();
        introduction.from = id;
        introduction.incarnation = incarnation;
        introduction.standing = bootstrap.standing();
        introduction.listHash = bootstrap.listHash();
        return introduction;
    }

    private static Introduction member(final int id, final long incarnation, final long clusterId) {
        final Introduction introduction = new Introduction();
        introduction.from = id;
        introduction.incarnation = incarnation;
        introduction.standing = Introduction.MEMBER;
        introduction.clusterId = clusterId;
        return introduction;
    }

    @Test
    void shouldFoundTheSameClusterWhateverTheOrderInWhichTheyHearEachOther() {
        final Bootstrap zero = blank(0, 100, true);
        final Bootstrap one = blank(1, 101, true);
        final Bootstrap two = blank(2, 102, true);
        zero.onIntroduction(of(1, 101, one));
        assertNull(zero.founded());
        assertEquals(0b100, zero.unheard());
        zero.onIntroduction(of(2, 102, two));
        one.onIntroduction(of(2, 102, two));
        one.onIntroduction(of(0, 100, zero));
        two.onIntroduction(of(0, 100, zero));
        two.onIntroduction(of(1, 101, one));
        assertNotNull(zero.founded());
        assertEquals(zero.founded(), one.founded());
        assertEquals(zero.founded(), two.founded());
        assertNotEquals(0, zero.founded().clusterId());
        assertEquals(101, zero.founded().membership().incarnation(1));
        assertEquals("host-2:1000", zero.founded().endpoint(2));
    }

    @Test
    void shouldFoundAClusterOfOneAtOnce() {
        assertNotNull(new Bootstrap(5, 7, list(5), true).founded());
        assertNull(new Bootstrap(5, 7, list(5), false).founded());
    }

    @Test
    void shouldFoundAClusterWithAMemberThatIsBlankAndWasNotToldTo() {
        final Bootstrap zero = blank(0, 100, true);
        final Bootstrap one = blank(1, 101, true);
        final Bootstrap two = blank(2, 102, false);
        zero.onIntroduction(of(1, 101, one));
        zero.onIntroduction(of(2, 102, two));
        assertNotNull(zero.founded());
        two.onIntroduction(of(0, 100, zero));
        two.onIntroduction(of(1, 101, one));
        assertNull(two.founded());
        two.onIntroduction(member(0, 100, zero.founded().clusterId()));
        assertEquals(zero.founded(), two.founded());
    }

    @Test
    void shouldNeverFoundAClusterWhenNobodyWasToldTo() {
        final Bootstrap zero = blank(0, 100, false);
        zero.onIntroduction(of(1, 101, blank(1, 101, false)));
        zero.onIntroduction(of(2, 102, blank(2, 102, false)));
        assertNull(zero.founded());
        assertEquals(0, zero.clusterId());
    }

    @Test
    void shouldFinishTheFoundingThatOthersHaveFinishedAlready() {
        final Bootstrap zero = blank(0, 100, true);
        zero.onIntroduction(of(1, 101, blank(1, 101, true)));
        zero.onIntroduction(of(2, 102, blank(2, 102, true)));
        final long clusterId = zero.founded().clusterId();
        final Bootstrap again = blank(2, 102, true);
        again.onIntroduction(member(0, 100, clusterId));
        assertEquals(clusterId, again.clusterId());
        assertNull(again.founded());
        again.onIntroduction(member(1, 101, clusterId));
        assertEquals(zero.founded(), again.founded());
    }

    @Test
    void shouldWaitToBeTakenUpWhereItsDiskWasLostAlthoughItIsToldToFound() {
        final Bootstrap zero = blank(0, 100, true);
        zero.onIntroduction(of(1, 101, blank(1, 101, true)));
        zero.onIntroduction(of(2, 102, blank(2, 102, true)));
        final long clusterId = zero.founded().clusterId();
        final Bootstrap lost = blank(2, 999, true);
        lost.onIntroduction(member(0, 100, clusterId));
        lost.onIntroduction(member(1, 101, clusterId));
        assertNull(lost.founded());
        assertEquals(clusterId, lost.clusterId());
    }

    @Test
    void shouldNotFoundAClusterBesideOneWhoseMajorityLostItsDisks() {
        final Bootstrap one = blank(1, 901, true);
        one.onIntroduction(of(2, 902, blank(2, 902, true)));
        assertNull(one.founded());
        one.onIntroduction(member(0, 100, 12345));
        assertNull(one.founded());
    }

    @Test
    void shouldNotFoundAClusterWithOneThatHasAnotherList() {
        final Bootstrap zero = blank(0, 100, true);
        zero.onIntroduction(of(1, 101, blank(1, 101, true)));
        zero.onIntroduction(of(2, 102, new Bootstrap(2, 102, list(0, 1, 2, 3), true)));
        assertNull(zero.founded());
        assertEquals(0b100, zero.contradicting());
        zero.onIntroduction(of(2, 102, blank(2, 102, true)));
        assertNotNull(zero.founded());
        assertEquals(0, zero.contradicting());
    }

    @Test
    void shouldFoundAnotherClusterWithTheDirectoryThatCameInPlaceOfALostOne() {
        final Bootstrap zero = blank(0, 100, true);
        final Bootstrap one = blank(1, 101, true);
        zero.onIntroduction(of(1, 101, one));
        zero.onIntroduction(of(2, 102, blank(2, 102, true)));
        one.onIntroduction(of(0, 100, blank(0, 100, true)));
        one.onIntroduction(of(2, 992, blank(2, 992, true)));
        assertNotEquals(zero.founded().clusterId(), one.founded().clusterId());
    }
}
