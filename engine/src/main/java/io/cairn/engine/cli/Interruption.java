package io.cairn.engine.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The end of a command by SIGINT or SIGTERM. While a data directory is open, the thread that runs the command is given the time to finish what it
 * has in flight and to close the directory; otherwise, or while it waits for input, nothing is lost by going at once. The thread of the command
 * writes, the one of the signal reads, but for {@code isRequested}, where it is the other way round.
 */
final class Interruption {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long LOOK_MS = 20;

    private final CountDownLatch over = new CountDownLatch(1);
    private volatile boolean isRequested;
    private volatile boolean isHeld;
    private volatile boolean isExpected;

    /** @return whether the command should come to its end. */
    boolean isRequested() {
        return isRequested;
    }

    /**
     * Says whether going at once would leave something unfinished.
     *
     * @param value true from the opening of a data directory to its close, but for the time that input is waited for.
     */
    void hold(final boolean value) {
        isHeld = value;
    }

    /** A command whose only end is to be interrupted: that is no failure of it, once it has finished in order. */
    void expect() {
        isExpected = true;
    }

    /** @return whether the command was waiting for this, and has finished. */
    boolean isInOrder() {
        return isExpected && over.getCount() == 0;
    }

    /** The command has ended, whichever way. */
    void over() {
        over.countDown();
    }

    /**
     * Asks the command to come to its end, and waits for that as long as it may take.
     *
     * @return whether there was a command to interrupt.
     */
    boolean request() {
        if (over.getCount() == 0) {
            return false;
        }
        isRequested = true;
        final long startNs = System.nanoTime();
        try {
            boolean isOver = false;
            while (!isOver && System.nanoTime() - startNs < PATIENCE_NS) {
                // Looked at before it is waited for: what was held when the last wait began is worth one more.
                final boolean wasHeld = isHeld;
                isOver = over.await(LOOK_MS, TimeUnit.MILLISECONDS) || !wasHeld;
            }
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        return true;
    }
}
