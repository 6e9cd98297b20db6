package io.cairn.engine.client;

import java.time.Duration;

/**
 * From a duration to the milliseconds that commands carry.
 */
public final class TimeToLive {
    private TimeToLive() {
    }

    /**
     * @param timeToLive of log time; {@link Duration#ZERO}: never expires.
     * @return whole milliseconds, 0 for never.
     * @throws IllegalArgumentException for a negative one, or one below a millisecond.
     */
    public static long ms(final Duration timeToLive) {
        if (timeToLive.isZero()) {
            return 0;
        }
        final long ms = timeToLive.toMillis();
        if (ms <= 0) {
            throw new IllegalArgumentException("a time to live is at least one millisecond, not " + timeToLive + "; Duration.ZERO for never");
        }
        return ms;
    }
}
