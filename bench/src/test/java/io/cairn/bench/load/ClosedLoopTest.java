package io.cairn.bench.load;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class ClosedLoopTest {
    private static final long MILLISECOND = 1_000_000;
    private static final long SECOND = 1_000_000_000;

    private final VirtualTarget target = new VirtualTarget(10_000);
    private final LatencyRecorder recorder = new LatencyRecorder();
    private final KeyChooser keys = KeyChooser.draw(KeyChooser.Distribution.SEQUENTIAL, 100, 1);

    private ClosedLoop loop(final int window) {
        return new ClosedLoop(target, target, recorder, OperationMix.only(Operation.GET), keys, window);
    }

    private void turn(final ClosedLoop loop, final long stepNs) {
        for (int i = 0; i < 1_000_000 && !loop.isDone(); i++) {
            loop.doWork();
            target.advance(stepNs);
        }
        assertTrue(loop.isDone());
    }

    @Test
    void shouldKeepOneInFlightWhenTheWindowIsOne() {
        final ClosedLoop loop = loop(1);
        loop.start(MILLISECOND, Long.MAX_VALUE, SECOND);
        turn(loop, 1_000);

        assertEquals(loop.tally().sent(), loop.tally().completed());
        assertEquals(91, loop.tally().completed(), 10);
        assertTrue(recorder.histogram(Operation.GET).getMinValue() >= 10_000);
        for (int i = 1; i < target.sentAtNs.size(); i++) {
            assertTrue(target.sentAtNs.get(i) - target.sentAtNs.get(i - 1) >= 10_000);
        }
    }

    @Test
    void shouldFillTheWindowAtOnceWhenItIsWide() {
        final ClosedLoop loop = loop(8);
        loop.start(MILLISECOND, Long.MAX_VALUE, SECOND);
        loop.doWork();

        assertEquals(8, loop.tally().sent());
        turn(loop, 1_000);
        assertEquals(loop.tally().sent(), loop.tally().completed());
    }

    @Test
    void shouldStopAtTheNumberOfOperationsWhenItComesFirst() {
        final ClosedLoop loop = loop(4);
        loop.start(SECOND, 10, SECOND);
        turn(loop, 1_000);

        assertEquals(10, loop.tally().completed());
        assertEquals(10, recorder.histogram(Operation.GET).getTotalCount());
    }

    @Test
    void shouldCountLatencyFromTheFirstOfferWhenBackPressured() {
        final ClosedLoop loop = loop(1);
        target.refuse(3);
        loop.start(SECOND, 1, SECOND);
        turn(loop, 1_000);

        assertEquals(1, loop.tally().backPressured());
        assertEquals(3, loop.tally().backPressureRetries());
        assertEquals(13_000, recorder.histogram(Operation.GET).getMaxValue(), 20);
    }

    @Test
    void shouldReportTheAchievedRateOverTheTimeToTheLastAnswer() {
        final ClosedLoop loop = loop(1);
        loop.start(SECOND, 100, SECOND);
        turn(loop, 5_000);

        assertEquals(66_666, loop.tally().achievedRate(), 1_000);
    }

    @Test
    void shouldSendOneWhenTheMachineStoodStillForTheWholePhase() {
        final ClosedLoop loop = loop(3);
        loop.start(SECOND, 100, 10 * SECOND);
        target.advance(2 * SECOND);
        turn(loop, 1_000);

        assertEquals(1, loop.tally().completed());
    }

    @Test
    void shouldEndWhenATargetTakesNothing() {
        final ClosedLoop loop = loop(3);
        target.refuse(Integer.MAX_VALUE);
        loop.start(SECOND, 100, SECOND);
        target.advance(2 * SECOND);
        turn(loop, 1_000);

        assertEquals(0, loop.tally().sent());
    }

    @Test
    void shouldRunAgainWhenStartedAgain() {
        final ClosedLoop loop = loop(2);
        loop.start(SECOND, 10, SECOND);
        turn(loop, 1_000);
        loop.start(SECOND, 5, SECOND);
        turn(loop, 1_000);

        assertEquals(5, loop.tally().completed());
    }
}
