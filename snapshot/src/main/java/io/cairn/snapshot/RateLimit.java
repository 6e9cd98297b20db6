package io.cairn.snapshot;

/**
 * Spaces out bytes on a clock that is an argument: after n bytes, nothing for n / rate. Who comes a little late, because a thread does not wake to
 * the microsecond, catches up; more than that is not saved up, so a slice never follows a burst.
 *
 * <p>Owner: the Snapshotter.
 */
final class RateLimit {
    private static final long LATE_MAX_NS = 2_000_000L;

    private final long bytesPerSecond;
    private long nextNs;
    private boolean started;

    /** No limit at 0. */
    RateLimit(final long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    boolean allows(final long nowNs) {
        return bytesPerSecond == 0 || !started || nowNs - nextNs >= 0;
    }

    void spent(final long bytes, final long nowNs) {
        if (bytesPerSecond > 0 && bytes > 0) {
            final long from = started && nowNs - nextNs <= LATE_MAX_NS ? nextNs : nowNs;
            nextNs = from + (long)(bytes * 1e9 / bytesPerSecond);
            started = true;
        }
    }

    /** When the next bytes may go; only meaningful while {@link #allows} says no. */
    long nextNs() {
        return nextNs;
    }
}
