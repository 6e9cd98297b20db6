package io.cairn.engine.pipeline;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets one thread park while it has nothing to do and another wake it for the price of a fence when it is awake.
 *
 * <p>No wake-up is lost: the waiter announces itself, fences, and looks for work once more before it parks; the waker publishes the work,
 * fences, and looks for the announcement. Of any interleaving at least one sees the other (Dekker). A park is bounded all the same, so that
 * what is driven by time goes on.
 */
public final class Wakeup {
    private static final VarHandle WAITER;

    static {
        try {
            WAITER = MethodHandles.lookup().findVarHandle(Wakeup.class, "waiter", Thread.class);
        } catch (final ReflectiveOperationException ex) {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private final boolean waiterParks;
    private volatile Thread waiter;

    /**
     * @param waiterParks false for a waiter that never parks: signalling costs nothing then.
     */
    Wakeup(final boolean waiterParks) {
        this.waiterParks = waiterParks;
    }

    /** Waiter: announce that a park may follow. Look for work after this and before {@link #park}. */
    void announce() {
        waiter = Thread.currentThread();
        VarHandle.fullFence();
    }

    /**
     * Waiter: park, unless woken since {@link #announce}.
     *
     * @param maxNs longest time to be away.
     */
    void park(final long maxNs) {
        if (null != waiter) {
            LockSupport.parkNanos(this, maxNs);
        }
        waiter = null;
    }

    /** Waiter: work was found after {@link #announce}; no park follows. */
    void cancel() {
        waiter = null;
    }

    /** Any other thread: there is work now. What makes it visible must have been written before. */
    public void signal() {
        if (!waiterParks) {
            return;
        }
        VarHandle.fullFence();
        if (null != waiter) {
            final Thread parked = (Thread)WAITER.getAndSet(this, null);
            if (null != parked) {
                LockSupport.unpark(parked);
            }
        }
    }
}
