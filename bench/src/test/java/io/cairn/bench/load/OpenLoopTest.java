package io.cairn.bench.load;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class OpenLoopTest {
    private static final long MILLISECOND = 1_000_000;
    private static final long SECOND = 1_000_000_000;

    private final VirtualTarget target = new VirtualTarget(1_000);
    private final LatencyRecorder recorder = new LatencyRecorder();
    private final KeyChooser keys = KeyChooser.draw(KeyChooser.Distribution.SEQUENTIAL, 1_000, 1);
    private final OpenLoop loop = new OpenLoop(target, target, recorder, OperationMix.only(Operation.PUT), keys, 64);

    private void turn(final long stepNs) {
        for (int i = 0; i < 10_000_000 && !loop.isDone(); i++) {
            loop.doWork();
            target.advance(stepNs);
        }
        assertTrue(loop.isDone());
    }

    @Test
    void shouldSendEveryOperationAtItsIntendedTimeWhenNothingIsInTheWay() {
        loop.start(1_000_000 / 3, 3 * MILLISECOND, SECOND);
        turn(10);

        assertEquals(999, loop.tally().sent());
        assertEquals(999, loop.tally().completed());
        for (int i = 0; i < 999; i++) {
            final long intendedNs = i * SECOND / 333_333;
            final long delayNs = target.sentAtNs.get(i) - intendedNs;
            assertTrue(delayNs >= 0 && delayNs < 10, "operation " + i + " was sent " + delayNs + " ns late");
        }
        assertTrue(recorder.histogram(Operation.PUT).getMaxValue() <= 1_020);
        assertEquals(0, loop.tally().backPressured());
    }

    @Test
    void shouldChargeEveryDelayedOperationWithTheStallWhenTheTargetStalls() {
        final OpenLoop wide = new OpenLoop(target, target, recorder, OperationMix.only(Operation.PUT), keys, 1_024);
        target.stallUntil(50 * MILLISECOND);
        wide.start(10_000, 100 * MILLISECOND, SECOND);
        while (!wide.isDone()) {
            wide.doWork();
            target.advance(1_000);
        }

        final Histogram histogram = recorder.histogram(Operation.PUT);
        assertEquals(1_000, histogram.getTotalCount());
        assertTrue(histogram.getMaxValue() >= 50 * MILLISECOND);
        assertTrue(histogram.getValueAtPercentile(45) < 0.1 * MILLISECOND, "the half sent after the stall is not touched by it");
        assertEquals(25.0 * MILLISECOND, histogram.getValueAtPercentile(75), 0.2 * MILLISECOND);
    }

    @Test
    void shouldChargeTheGeneratorsOwnPauseWhenItWakesUpLate() {
        loop.start(1_000, 20 * MILLISECOND, SECOND);
        loop.doWork();
        target.advance(10 * MILLISECOND);
        turn(100);

        assertEquals(20, loop.tally().completed());
        assertEquals(9 * MILLISECOND, loop.tally().sendDelayNsMax());
        assertTrue(recorder.histogram(Operation.PUT).getMaxValue() >= 9 * MILLISECOND);
        assertEquals(10 * MILLISECOND, target.sentAtNs.get(5), "the tenth of a second's backlog is sent at once");
    }

    @Test
    void shouldCatchUpInBoundedBurstsWhenFarBehind() {
        final OpenLoop wide = new OpenLoop(target, target, recorder, OperationMix.only(Operation.PUT), keys, 4_096);
        wide.start(1_000_000, 10 * MILLISECOND, SECOND);
        target.advance(5 * MILLISECOND);

        wide.doWork();

        assertEquals(OpenLoop.BURST_MAX, wide.tally().sent());
        wide.doWork();
        assertEquals(2 * OpenLoop.BURST_MAX, wide.tally().sent());
    }

    @Test
    void shouldOfferTheSameOperationAgainWhenBackPressured() {
        target.refuse(5);
        loop.start(1_000, 3 * MILLISECOND, SECOND);
        turn(100_000);

        assertEquals(List.of(0, 1, 2), target.keys);
        assertEquals(1, loop.tally().backPressured());
        assertEquals(5, loop.tally().backPressureRetries());
        assertEquals(3, loop.tally().completed());
        assertTrue(recorder.histogram(Operation.PUT).getMaxValue() >= 500_000, "the wait is part of the latency");
    }

    @Test
    void shouldKeepTheLatencyFromTheIntendedTimeWhenAllSlotsAreInFlight() {
        final OpenLoop narrow = new OpenLoop(target, target, recorder, OperationMix.only(Operation.PUT), keys, 1);
        target.stallUntil(5 * MILLISECOND);
        narrow.start(1_000, 5 * MILLISECOND, SECOND);
        while (!narrow.isDone()) {
            narrow.doWork();
            target.advance(1_000);
        }

        assertEquals(5, narrow.tally().completed());
        assertEquals(4, narrow.tally().backPressured());
        assertTrue(recorder.histogram(Operation.PUT).getMaxValue() >= 5 * MILLISECOND);
        assertTrue(recorder.histogram(Operation.PUT).getMinValue() >= MILLISECOND);
    }

    @Test
    void shouldCountErrorsApartWhenAnswersAreErrors() {
        target.fail();
        loop.start(1_000, 10 * MILLISECOND, SECOND);
        turn(10_000);

        assertEquals(10, recorder.failedCount());
        assertEquals(0, recorder.histogram(Operation.PUT).getTotalCount());
    }

    @Test
    void shouldGiveUpAndSayHowManyWhenAnswersNeverCome() {
        target.mute();
        loop.start(1_000, 10 * MILLISECOND, SECOND);
        turn(MILLISECOND);

        assertEquals(10, loop.tally().unanswered());
        assertThrows(IllegalStateException.class, () -> loop.start(1, 1, 1));
    }

    @Test
    void shouldRefuseARateBelowOneWhenStarted() {
        assertThrows(IllegalArgumentException.class, () -> loop.start(0, SECOND, SECOND));
        assertThrows(IllegalArgumentException.class, () -> loop.start(-5, SECOND, SECOND));
    }

    @Test
    void shouldBeDoneBeforeItIsStarted() {
        assertTrue(loop.isDone());
        loop.start(1, SECOND, SECOND);
        assertFalse(loop.isDone());
    }
}
