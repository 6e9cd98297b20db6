package io.cairn.snapshot;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class RateLimitTest {
    @Test
    void shouldSpaceBytesOutOnTheClockItIsGiven() {
        final RateLimit rate = new RateLimit(1_000);
        assertTrue(rate.allows(-5));
        rate.spent(500, 0);
        assertFalse(rate.allows(499_999_999));
        assertTrue(rate.allows(500_000_000));
        rate.spent(1, 10_000_000_000L);
        assertEquals(10_001_000_000L, rate.nextNs(), "idle time is not saved up");
    }

    @Test
    void shouldCatchUpWhoWakesALittleLate() {
        final RateLimit rate = new RateLimit(1_000);
        rate.spent(1, 0);
        assertTrue(rate.allows(1_500_000));
        rate.spent(1, 1_500_000);
        assertEquals(2_000_000, rate.nextNs(), "half a millisecond late");
        rate.spent(1, 4_000_001);
        assertEquals(5_000_001, rate.nextNs(), "more than two milliseconds late");
    }

    @Test
    void shouldAllowEverythingWhenThereIsNoLimit() {
        final RateLimit rate = new RateLimit(0);
        rate.spent(Long.MAX_VALUE, 0);
        assertTrue(rate.allows(0));
    }
}
