package io.cairn.engine.pipeline;

import io.cairn.engine.config.IdleKind;
import org.agrona.concurrent.IdleStrategy;

/**
 * What an agent does when there is nothing to do: spin, then yield, then park until woken. Which of these, and for how long, is the kind;
 * {@link IdleKind#BUSY_SPIN} and {@link IdleKind#YIELD} never park and need no waking.
 *
 * <p>Before it parks it announces itself and returns once more, so that the duty cycle looks for work between the announcement and the
 * park: that is what makes the {@link Wakeup} lossless.
 */
final class WakeupIdleStrategy implements IdleStrategy {
    private static final int SPINS = 200;
    private static final int YIELDS = 500;

    private final Wakeup wakeup;
    private final IdleKind kind;
    private final long parkMaxNs;
    private int idleCount;
    private boolean announced;

    WakeupIdleStrategy(final Wakeup wakeup, final IdleKind kind, final long parkMaxNs) {
        this.wakeup = wakeup;
        this.kind = kind;
        this.parkMaxNs = parkMaxNs;
    }

    /** @return true when a strategy of this kind may park, so that whoever brings work must signal. */
    static boolean parks(final IdleKind kind) {
        return IdleKind.BACKOFF == kind || IdleKind.PARK == kind;
    }

    @Override
    public void idle(final int workCount) {
        if (workCount > 0) {
            reset();
        } else {
            idle();
        }
    }

    @Override
    public void idle() {
        switch (kind) {
            case BUSY_SPIN -> Thread.onSpinWait();
            case YIELD -> Thread.yield();
            case BACKOFF -> backOff();
            default -> announceThenPark();
        }
    }

    private void backOff() {
        idleCount++;
        if (idleCount <= SPINS) {
            Thread.onSpinWait();
        } else if (idleCount <= SPINS + YIELDS) {
            Thread.yield();
        } else {
            announceThenPark();
        }
    }

    private void announceThenPark() {
        if (announced) {
            wakeup.park(parkMaxNs);
            announced = false;
        } else {
            wakeup.announce();
            announced = true;
        }
    }

    @Override
    public void reset() {
        idleCount = 0;
        if (announced) {
            wakeup.cancel();
            announced = false;
        }
    }

    @Override
    public String alias() {
        return "wakeup";
    }
}
