package io.cairn.bench.load;

import org.agrona.concurrent.NanoClock;

/**
 * Sends at a fixed rate whether or not earlier operations have been answered, and counts each latency from the time the operation was
 * <em>intended</em> to be sent. An operation held up by a stall of the target, of the generator or of the machine is therefore charged with the
 * stall: no coordinated omission (Gil Tene, "How NOT to measure latency").
 *
 * <p>A generator that is late catches up: it sends what is due at once, in bursts of at most {@value #BURST_MAX} between two polls so that answers
 * are still time-stamped as they come. Operation <i>i</i> is due at start + <i>i</i> / rate, computed from the start each time, so rounding never
 * accumulates. Back pressure leaves the operation due and is counted.
 *
 * <p>Owned by one thread; allocates nothing after construction.
 */
public final class OpenLoop implements Generator, Target.Completions {
    static final int BURST_MAX = 64;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int POLL_LIMIT = 256;

    private final Target target;
    private final NanoClock clock;
    private final LatencyRecorder recorder;
    private final OperationMix mix;
    private final KeyChooser keys;
    private final InFlight inFlight;
    private final PhaseTally tally = new PhaseTally();

    private long ratePerSecond;
    private long operationsMax;
    private long drainDeadlineNs;
    private long drainTimeoutNs;
    private int pendingOperation;
    private int pendingKey;
    private boolean isPending;
    private boolean isPendingBackPressured;
    private boolean isSending;
    private boolean isDone = true;

    /**
     * Wires a generator; {@link #start} begins a phase.
     *
     * @param target      what is driven.
     * @param clock       nanoseconds, monotonic.
     * @param recorder    gets every latency.
     * @param mix         which operation is next.
     * @param keys        which key is next.
     * @param inFlightMax operations in flight at most; when all are in flight, sending waits, and the wait is part of the latency.
     */
    public OpenLoop(
        final Target target,
        final NanoClock clock,
        final LatencyRecorder recorder,
        final OperationMix mix,
        final KeyChooser keys,
        final int inFlightMax) {
        this.target = target;
        this.clock = clock;
        this.recorder = recorder;
        this.mix = mix;
        this.keys = keys;
        this.inFlight = new InFlight(inFlightMax);
    }

    /**
     * Begins a phase. Operations still in flight from an earlier one must have been answered.
     *
     * @param rate           operations per second, at least 1.
     * @param durationNs     operations due within this time are sent; at least one is.
     * @param drainTimeout   nanoseconds to wait for the last answers after the last operation was sent.
     */
    public void start(final long rate, final long durationNs, final long drainTimeout) {
        if (rate < 1) {
            throw new IllegalArgumentException("rate must be at least 1 per second, not " + rate);
        }
        if (0 != inFlight.count()) {
            throw new IllegalStateException(inFlight.count() + " operations are still in flight");
        }
        ratePerSecond = rate;
        operationsMax = Math.max(1, scale(durationNs, rate, NANOS_PER_SECOND));
        drainTimeoutNs = drainTimeout;
        isSending = true;
        isDone = false;
        isPending = false;
        tally.start(clock.nanoTime());
    }

    /** Sends no more; what is in flight is still waited for. */
    public void stop() {
        if (isSending) {
            isSending = false;
            drainDeadlineNs = clock.nanoTime() + drainTimeoutNs;
        }
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
        final long nowNs = clock.nanoTime();
        int sentNow = 0;
        while (sentNow < BURST_MAX && tally.sent < operationsMax) {
            final long intendedNs = tally.startNs + scale(tally.sent, NANOS_PER_SECOND, ratePerSecond);
            if (nowNs - intendedNs < 0 || !offer(intendedNs)) {
                break;
            }
            tally.sendDelayNsMax = Math.max(tally.sendDelayNsMax, nowNs - intendedNs);
            tally.sent++;
            sentNow++;
        }
        if (tally.sent == operationsMax) {
            isSending = false;
            drainDeadlineNs = nowNs + drainTimeoutNs;
        }
        return sentNow;
    }

    private boolean offer(final long intendedNs) {
        if (!isPending) {
            pendingOperation = mix.next();
            pendingKey = keys.next();
            isPending = true;
            isPendingBackPressured = false;
        }
        final int slot = inFlight.claim(pendingOperation, intendedNs);
        final boolean isAccepted = slot >= 0 && Target.ACCEPTED == target.submit(pendingOperation, pendingKey, slot);
        if (isAccepted) {
            isPending = false;
            return true;
        }
        if (slot >= 0) {
            inFlight.release(slot);
        }
        tally.backPressureRetries++;
        if (!isPendingBackPressured) {
            isPendingBackPressured = true;
            tally.backPressured++;
        }
        return false;
    }

    /** value * multiplier / divisor without overflow of the product, rounded down. */
    private static long scale(final long value, final long multiplier, final long divisor) {
        return value / divisor * multiplier + value % divisor * multiplier / divisor;
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
