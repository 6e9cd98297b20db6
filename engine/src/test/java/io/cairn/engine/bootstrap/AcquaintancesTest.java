package io.cairn.engine.bootstrap;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class AcquaintancesTest {
    private final Acquaintances acquaintances = new Acquaintances();
    private final Introduction introduction = new Introduction();

    private void hear(final long incarnation, final String endpoint, final long nowNs) {
        introduction.from = 3;
        introduction.incarnation = incarnation;
        introduction.endpoint = endpoint;
        acquaintances.onIntroduction(introduction, nowNs);
    }

    @Test
    void shouldBelieveAnIncarnationOnceItWasSaidForAWhile() {
        hear(7, "a:1", 100);
        assertEquals(0, acquaintances.settledIncarnation(3, 100, 10));
        hear(7, "a:1", 110);
        assertEquals(7, acquaintances.settledIncarnation(3, 110, 10));
        assertEquals(0, acquaintances.settledIncarnation(3, 121, 10), "silent since");
    }

    @Test
    void shouldNeverBelieveTwoProcessesUnderOneId() {
        for (long nowNs = 0; nowNs < 1_000; nowNs += 4) {
            hear(nowNs % 8 == 0 ? 7 : 8, "a:1", nowNs);
            assertEquals(0, acquaintances.settledIncarnation(3, nowNs, 10));
        }
    }

    @Test
    void shouldKnowWhereAndWhetherAMemberIs() {
        assertNull(acquaintances.endpoint(3));
        assertFalse(acquaintances.isPresent(3, 0, 10));
        hear(7, "a:1", 100);
        hear(7, "", 101);
        assertEquals("a:1", acquaintances.endpoint(3));
        assertTrue(acquaintances.isPresent(3, 105, 10));
        assertFalse(acquaintances.isPresent(3, 120, 10));
        hear(7, "b:1", 121);
        assertEquals("b:1", acquaintances.endpoint(3));
    }
}
