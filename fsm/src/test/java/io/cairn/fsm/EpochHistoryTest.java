package io.cairn.fsm;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class EpochHistoryTest {
    private final EpochHistory history = new EpochHistory();

    @Test
    void shouldAnswerTheNearestMomentThatIsNotBehind() {
        assertEquals(-1, history.indexAt(100));
        assertEquals(0, history.epochAt(100));
        history.add(10, 3);
        history.add(20, 4);
        history.add(20, 6);
        history.add(30, 7);
        assertEquals(-1, history.indexAt(9));
        assertEquals(10, history.indexAt(10));
        assertEquals(3, history.epochAt(19));
        assertEquals(20, history.indexAt(29));
        assertEquals(6, history.epochAt(20));
        assertEquals(30, history.indexAt(Long.MAX_VALUE));
        assertThrows(IllegalArgumentException.class, () -> history.add(29, 8));
        assertThrows(IllegalArgumentException.class, () -> history.add(31, 7));
        history.clear();
        assertEquals(-1, history.indexAt(100));
    }

    @Test
    void shouldReachFarBackInWiderStepsWhenItIsFull() {
        final int moments = 20 * EpochHistory.CAPACITY;
        for (int i = 1; i <= moments; i++) {
            history.add(i * 10L, i);
        }
        assertEquals(10, history.indexAt(19), "the first one is still there");
        assertEquals(moments * 10L, history.indexAt(moments * 10L));
        assertEquals(moments - 1, history.epochAt(moments * 10L - 1), "the newest ones are all there");
        for (long index = 10; index < moments * 10L; index += 37) {
            final long at = history.indexAt(index);
            assertTrue(at <= index && history.epochAt(index) * 10 == at);
        }
    }
}
