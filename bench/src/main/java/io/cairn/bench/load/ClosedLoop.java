package io.cairn.bench.load;

import org.agrona.concurrent.NanoClock;

/**
 * Keeps a fixed number of operations in flight: the next is sent when one is answered. With one in flight its latencies are the service time of an
 * otherwise idle target; with many its rate is the throughput. A stall is charged to the operations in flight only, so percentiles of a closed loop
 * are no promise about a service whose callers do not wait for each other: that is what {@link OpenLoop} measures.
 *
 * <p>Owned by one thread; allocates nothing after construction.
 */
public final class ClosedLoop implements Generator, Target.Completions {
    private static final int POLL_LIMIT = 256;

    private final Target target;
    private final NanoClock clock;
    private final LatencyRecorder recorder;
    private final OperationMix mix;
    private final KeyChooser keys;
    private final InFlight inFlight;
    private final PhaseTally tally = new PhaseTally();

    private long endNs;
    private long operationsMax;
    private long drainDeadlineNs;
    private long drainTimeoutNs;
    private int pendingOperation;
    private int pendingKey;
    private long pendingNs;
    private boolean isPending;
    private boolean isPendingBackPressured;
    private boolean isSending;
    private boolean isDone = true;

    /**
     * Wires a generator; {@link #start} begins a phase.
     *
     * @param target   what is driven.
     * @param clock    nanoseconds, monotonic.
     * @param recorder gets every latency.
     * @param mix      which operation is next.
     * @param keys     which key is next.
     * @param window   operations kept in flight, at least 1.
     */
    public ClosedLoop(
        final Target target,
        final NanoClock clock,
        final LatencyRecorder recorder,
        final OperationMix mix,
        final KeyChooser keys,
        final int window) {
        this.target = target;
        this.clock = clock;
        this.recorder = recorder;
        this.mix = mix;
        this.keys = keys;
        this.inFlight = new InFlight(window);
    }

    /**
     * Begins a phase, which ends with whichever comes first.
     *
     * @param durationNs   nothing is sent after this time but the first operation, where the machine left no time for it.
     * @param operations   nothing is sent after this many.
     * @param drainTimeout nanoseconds to wait for the last answers after the last operation was sent.
     */
    public void start(final long durationNs, final long operations, final long drainTimeout) {
        if (0 != inFlight.count()) {
            throw new IllegalStateException(inFlight.count() + " operations are still in flight");
        }
        final long nowNs = clock.nanoTime();
        endNs = nowNs + durationNs;
        operationsMax = operations;
        drainTimeoutNs = drainTimeout;
        isSending = true;
        isDone = false;
        isPending = false;
        tally.start(nowNs);
    }

    @Override
    public int doWork() {
        int work = 0;
        if (isSending) {
            work = send();
        }
        work += target.poll(this, POLL_LIMIT);
        if (!isSending && !isDone) {
            if (0 == inFlight.count()) {
                isDone = true;
            } else if (clock.nanoTime() - drainDeadlineNs >= 0) {
                tally.unanswered = inFlight.count();
                isDone = true;
            }
        }
        return work;
    }

    private int send() {
        int sentNow = 0;
        while (inFlight.count() < inFlight.capacity()) {
            final long nowNs = clock.nanoTime();
            if (nowNs - endNs >= (tally.sent > 0 ? 0 : drainTimeoutNs) || tally.sent >= operationsMax) {
                isSending = false;
                drainDeadlineNs = nowNs + drainTimeoutNs;
                break;
            }
            if (!offer(nowNs)) {
                break;
            }
            tally.sent++;
            sentNow++;
        }
        return sentNow;
    }

    private boolean offer(final long nowNs) {
        if (!isPending) {
            pendingOperation = mix.next();
            pendingKey = keys.next();
            pendingNs = nowNs;
            isPending = true;
            isPendingBackPressured = false;
        }
        final int slot = inFlight.claim(pendingOperation, pendingNs);
        if (Target.ACCEPTED == target.submit(pendingOperation, pendingKey, slot)) {
            isPending = false;
            return true;
        }
        inFlight.release(slot);
        tally.backPressureRetries++;
        if (!isPendingBackPressured) {
            isPendingBackPressured = true;
            tally.backPressured++;
        }
        return false;
    }

    @Override
    public void onCompletion(final int slot, final int status) {
        final long nowNs = clock.nanoTime();
        if (Target.OK == status) {
            recorder.record(inFlight.operation(slot), nowNs - inFlight.startNs(slot));
        } else {
            recorder.failed();
        }
        inFlight.release(slot);
        tally.completed++;
        tally.lastCompletionNs = nowNs;
    }

    @Override
    public boolean isDone() {
        return isDone;
    }

    @Override
    public PhaseTally tally() {
        return tally;
    }
}
