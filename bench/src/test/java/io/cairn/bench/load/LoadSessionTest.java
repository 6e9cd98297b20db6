package io.cairn.bench.load;

import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class LoadSessionTest {
    /** Answers everything at the next poll. */
    private static final class EchoTarget implements Target {
        private final int[] slots = new int[256];
        private int count;

        @Override
        public int submit(final int operation, final int key, final int slot) {
            slots[count++] = slot;
            return ACCEPTED;
        }

        @Override
        public int poll(final Completions completions, final int limit) {
            final int answered = count;
            for (int i = 0; i < answered; i++) {
                completions.onCompletion(slots[i], OK);
            }
            count = 0;
            return answered;
        }
    }

    private final LoadSession session = new LoadSession(new EchoTarget(), 256);
    private final KeyChooser keys = KeyChooser.draw(KeyChooser.Distribution.UNIFORM, 1_000, 1);

    @Test
    void shouldAllocateNothingPerOperationWhenDriving() {
        session.closed(OperationMix.only(Operation.PUT), keys, 16, TimeUnit.SECONDS.toNanos(20), 200_000);
        final PhaseOutcome outcome = session.closed(OperationMix.only(Operation.PUT), keys, 16, TimeUnit.SECONDS.toNanos(20), 200_000);

        assertEquals(200_000, outcome.histogram(Operation.PUT).getTotalCount());
        final long own = outcome.allocatedBytes().get(Thread.currentThread().getName());
        assertTrue(own < 20_000, "the generator allocated " + own + " bytes for 200,000 operations");
    }

    @Test
    void shouldReachTheRateWhenTheTargetCanFollow() {
        final PhaseOutcome outcome = session.open(OperationMix.only(Operation.GET), keys, 20_000, TimeUnit.MILLISECONDS.toNanos(100));

        assertEquals(2_000, outcome.histogram(Operation.GET).getTotalCount());
        assertEquals(2_000, outcome.tally().completed());
        assertEquals(0, outcome.tally().unanswered());
        assertTrue(outcome.tally().achievedRate() <= 21_000);
    }
}
