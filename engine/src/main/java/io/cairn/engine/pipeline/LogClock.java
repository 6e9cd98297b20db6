package io.cairn.engine.pipeline;

/**
 * Log time: the timestamp of an entry is max(previous entry's, the leader's clock), with forward jumps of the wall clock clamped to the
 * monotonic time that passed plus an allowance. A clock that steps back holds log time still. One that steps forward by a year uses up the
 * allowance, which comes back at one millisecond a second, so that sessions and TTLs do not all expire at once.
 *
 * <p>Owner thread: Sequencer. Time is an argument; this class reads no clock.
 */
final class LogClock {
    private static final long NS_PER_MS = 1_000_000L;
    private static final long MS_PER_ALLOWANCE_MS = 1_000L;

    private final long allowanceMaxMs;
    private long allowanceMs;
    private long refilledAtMs;
    private long timestampMs;
    private long wallMs;
    private long monotonicMs;
    private boolean started;

    /**
     * @param timestampMs    log time of the last entry, 0 for an empty log.
     * @param allowanceMaxMs how far the wall clock may run ahead of the monotonic one.
     */
    LogClock(final long timestampMs, final long allowanceMaxMs) {
        this.timestampMs = timestampMs;
        this.allowanceMaxMs = allowanceMaxMs;
        this.allowanceMs = allowanceMaxMs;
    }

    /**
     * Look at the clocks, once per duty cycle that has work.
     *
     * @param epochMs wall clock.
     * @param nowNs   monotonic clock.
     * @return log time in milliseconds since the epoch.
     */
    long update(final long epochMs, final long nowNs) {
        if (epochMs != wallMs || !started) {
            advance(epochMs, nowNs / NS_PER_MS);
        }
        return timestampMs;
    }

    /**
     * An entry of another leader is in the log: log time does not go back behind it.
     *
     * @param entryMs log time of that entry.
     */
    void atLeast(final long entryMs) {
        timestampMs = Math.max(timestampMs, entryMs);
    }

    private void advance(final long epochMs, final long nowMs) {
        if (!started) {
            started = true;
            refilledAtMs = nowMs;
            timestampMs = Math.max(timestampMs, epochMs);
        } else {
            final long refill = (nowMs - refilledAtMs) / MS_PER_ALLOWANCE_MS;
            refilledAtMs += refill * MS_PER_ALLOWANCE_MS;
            allowanceMs = Math.min(allowanceMaxMs, allowanceMs + refill);
            final long expectedMs = timestampMs + (nowMs - monotonicMs);
            if (epochMs > expectedMs) {
                final long jumpMs = Math.min(epochMs - expectedMs, allowanceMs);
                allowanceMs -= jumpMs;
                timestampMs = expectedMs + jumpMs;
            } else {
                timestampMs = Math.max(timestampMs, epochMs);
            }
        }
        wallMs = epochMs;
        monotonicMs = nowMs;
    }

    /** @return the latest log time. */
    long timestampMs() {
        return timestampMs;
    }
}
