package io.cairn.engine.pipeline;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** On a clock that moves by a millisecond whenever it is read. */
final class InstallPaceTest {
    private static final long READ_NS = 1_000_000L;
    private static final long RATE = 1 << 20;

    private long nowNs;
    private int turns;
    private long turnNs;

    private final InstallPace pace = new InstallPace(RATE, this::read, this::turn);

    private long read() {
        nowNs += READ_NS;
        return nowNs;
    }

    private void turn(final long now) {
        turns++;
        turnNs = now;
    }

    @Test
    void shouldTakeAsLongAsAQuarterOfReceivingWhenBytesAreRead() {
        final long startNs = nowNs;
        pace.onRead(RATE / 10);
        final long tookNs = nowNs - startNs;
        assertTrue(tookNs >= 25_000_000L && tookNs <= 27_500_000L, () -> "took " + tookNs);
    }

    @Test
    void shouldLetOthersHaveATurnWhileItWaits() {
        pace.onRead(RATE / 10);
        assertTrue(turns >= 25, () -> turns + " turns");
        assertEquals(nowNs, turnNs);
    }

    @Test
    void shouldNotKeepAMemberThatCloses() {
        pace.end();
        pace.onRead(1L << 40);
        assertEquals(READ_NS, nowNs);
        assertEquals(1, turns);
    }
}
