package io.cairn.bench.load;

/**
 * A load generator as a duty cycle, so that a test can turn it by hand on virtual time. Owned by one thread.
 */
public interface Generator {
    /**
     * Sends what is due and takes in what has been answered.
     *
     * @return number of operations sent and answers taken in.
     */
    int doWork();

    /**
     * Whether all that was sent has been answered, or the time to wait for answers is over.
     *
     * @return true when there is nothing left to do.
     */
    boolean isDone();

    /**
     * What has happened in this phase so far.
     *
     * @return live counters.
     */
    PhaseTally tally();

    /** Turns the duty cycle until the phase is over; busy-spins on the calling thread. */
    default void run() {
        while (!isDone()) {
            if (0 == doWork()) {
                Thread.onSpinWait();
            }
        }
    }
}
