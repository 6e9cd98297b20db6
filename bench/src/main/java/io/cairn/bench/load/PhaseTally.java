package io.cairn.bench.load;

/**
 * Counters of one phase. Written by the generator's thread, read after the phase.
 */
public final class PhaseTally {
    long startNs;
    long lastCompletionNs;
    long sent;
    long completed;
    long unanswered;
    long backPressured;
    long backPressureRetries;
    long sendDelayNsMax;

    PhaseTally() {
    }

    void start(final long nowNs) {
        startNs = nowNs;
        lastCompletionNs = nowNs;
        sent = 0;
        completed = 0;
        unanswered = 0;
        backPressured = 0;
        backPressureRetries = 0;
        sendDelayNsMax = 0;
    }

    /**
     * Operations accepted by the target.
     *
     * @return their number.
     */
    public long sent() {
        return sent;
    }

    /**
     * Operations answered, errors included.
     *
     * @return their number.
     */
    public long completed() {
        return completed;
    }

    /**
     * Operations given up at the end of the phase without an answer.
     *
     * @return their number; anything but 0 makes the run a failure.
     */
    public long unanswered() {
        return unanswered;
    }

    /**
     * Operations that met back pressure at least once.
     *
     * @return their number.
     */
    public long backPressured() {
        return backPressured;
    }

    /**
     * Offers refused by back pressure, every repetition counted.
     *
     * @return their number.
     */
    public long backPressureRetries() {
        return backPressureRetries;
    }

    /**
     * Longest time by which an operation was accepted later than intended; 0 in a closed loop.
     *
     * @return nanoseconds.
     */
    public long sendDelayNsMax() {
        return sendDelayNsMax;
    }

    /**
     * Time from the start to the last answer.
     *
     * @return nanoseconds.
     */
    public long elapsedNs() {
        return lastCompletionNs - startNs;
    }

    /**
     * Answers per second over {@link #elapsedNs}.
     *
     * @return the rate achieved.
     */
    public double achievedRate() {
        return elapsedNs() <= 0 ? 0 : completed * 1e9 / elapsedNs();
    }
}
