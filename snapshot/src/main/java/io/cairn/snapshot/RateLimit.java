package io.cairn.snapshot;

/**
 * Spaces out bytes on a clock that is an argument: after n bytes, nothing for n / rate. Who comes a little late, because a thread does not wake to
 * the microsecond, catches up; more than that is not saved up, so a slice never follows a burst.
 *
 * <p>Owner: the Snapshotter.
 */
public final class RateLimit {
    private static final long LATE_MAX_NS = 2_000_000L;

    private final long bytesPerSecond;
    private long nextNs;
    private boolean started;

    /**
     * Nothing was spent yet.
     *
     * @param bytesPerSecond 0 for no limit.
     */
    public RateLimit(final long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /**
     * May more go now?
     *
     * @param nowNs monotonic time.
     * @return false while what was spent is still being waited for.
     */
    public boolean allows(final long nowNs) {
        return bytesPerSecond == 0 || !started || nowNs - nextNs >= 0;
    }

    /**
     * Bytes went.
     *
     * @param bytes of them.
     * @param nowNs monotonic time.
     */
    public void spent(final long bytes, final long nowNs) {
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
