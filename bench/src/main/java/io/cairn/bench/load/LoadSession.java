package io.cairn.bench.load;

import org.HdrHistogram.Histogram;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs phases of load against one target, one after the other, on the calling thread. Everything a phase needs is allocated before its first
 * operation; what it allocated is measured around it.
 */
public final class LoadSession {
    private static final long DRAIN_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long TURN_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Target target;
    private final int inFlightMax;
    private final NanoClock clock = SystemNanoClock.INSTANCE;
    private final LatencyRecorder recorder = new LatencyRecorder();
    private final AllocationMeter allocation = new AllocationMeter();

    /**
     * Wires a session.
     *
     * @param target      what is driven.
     * @param inFlightMax operations the target takes in flight.
     */
    public LoadSession(final Target target, final int inFlightMax) {
        this.target = target;
        this.inFlightMax = inFlightMax;
    }

    /**
     * Sends at a fixed rate; see {@link OpenLoop}.
     *
     * @param mix        which operation is next.
     * @param keys       which key is next.
     * @param rate       operations per second.
     * @param durationNs how long.
     * @return what was seen.
     */
    public PhaseOutcome open(final OperationMix mix, final KeyChooser keys, final long rate, final long durationNs) {
        final OpenLoop loop = new OpenLoop(target, clock, recorder, mix, keys, inFlightMax);
        prepare();
        loop.start(rate, durationNs, DRAIN_TIMEOUT_NS);
        loop.run();
        return finish(loop.tally());
    }

    /**
     * Sends at a fixed rate, and lets something else have a turn between duty cycles, about once in a millisecond; its time is part of the latency.
     *
     * @param mix        which operation is next.
     * @param keys       which key is next.
     * @param rate       operations per second.
     * @param durationNs how long.
     * @param onTurn     gets a turn on the calling thread.
     * @return what was seen.
     */
    public PhaseOutcome open(
        final OperationMix mix, final KeyChooser keys, final long rate, final long durationNs, final Runnable onTurn) {
        final OpenLoop loop = new OpenLoop(target, clock, recorder, mix, keys, inFlightMax);
        prepare();
        loop.start(rate, durationNs, DRAIN_TIMEOUT_NS);
        long nextTurnNs = clock.nanoTime();
        while (!loop.isDone()) {
            if (0 == loop.doWork()) {
                Thread.onSpinWait();
            }
            final long nowNs = clock.nanoTime();
            if (nowNs - nextTurnNs >= 0) {
                nextTurnNs = nowNs + TURN_INTERVAL_NS;
                onTurn.run();
            }
        }
        return finish(loop.tally());
    }

    /**
     * Keeps a window in flight; see {@link ClosedLoop}.
     *
     * @param mix           which operation is next.
     * @param keys          which key is next.
     * @param window        operations in flight; no more than the target takes are used.
     * @param durationNs    how long at most.
     * @param operationsMax how many at most.
     * @return what was seen.
     */
    public PhaseOutcome closed(
        final OperationMix mix, final KeyChooser keys, final int window, final long durationNs, final long operationsMax) {
        final ClosedLoop loop = new ClosedLoop(target, clock, recorder, mix, keys, Math.min(window, inFlightMax));
        prepare();
        loop.start(durationNs, operationsMax, DRAIN_TIMEOUT_NS);
        loop.run();
        return finish(loop.tally());
    }

    private void prepare() {
        System.gc();
        recorder.reset();
        allocation.begin();
    }

    private PhaseOutcome finish(final PhaseTally tally) {
        final var allocated = allocation.end();
        final List<Histogram> histograms = new ArrayList<>();
        for (int operation = 0; operation < Operation.COUNT; operation++) {
            histograms.add(recorder.histogram(operation).copy());
        }
        return new PhaseOutcome(histograms, recorder.failedCount(), tally, allocated);
    }
}
