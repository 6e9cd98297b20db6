package io.cairn.engine.cli;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits a little, longer as it goes on. One thread.
 */
final class Pause {
    private static final long PARK_NS = TimeUnit.MICROSECONDS.toNanos(20);
    private static final int SPINS = 100;
    private static final int YIELDS = 20;

    private int idleCount;

    void idle() {
        if (idleCount < SPINS) {
            Thread.onSpinWait();
        } else if (idleCount < SPINS + YIELDS) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(PARK_NS);
        }
        idleCount++;
    }

    void busy() {
        idleCount = 0;
    }
}
