package io.cairn.engine.pipeline;

import io.cairn.snapshot.RateLimit;
import io.cairn.snapshot.ReadPace;
import org.agrona.concurrent.NanoClock;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/**
 * Spreads the checking and the restoring of a snapshot that was received over time, on the Snapshotter's own thread, so that other members on the
 * same machine, and this one's log, keep the processor. Meanwhile the sender is told that somebody is there.
 *
 * <p>Owner: the Snapshotter's thread; {@link #end()} any.
 */
final class InstallPace implements ReadPace {
    /** To check a byte, or to put it in its place, takes about so much less than to receive and to write it. */
    private static final int READ_SHARE = 4;
    private static final long PARK_NS = 1_000_000L;

    private final RateLimit rate;
    private final NanoClock clock;
    private final LongConsumer meanwhile;
    private volatile boolean ended;

    /**
     * @param bytesPerSecond at which snapshots are received.
     * @param clock          monotonic, of real time.
     * @param meanwhile      called with the time, about once in a millisecond.
     */
    InstallPace(final long bytesPerSecond, final NanoClock clock, final LongConsumer meanwhile) {
        rate = new RateLimit(bytesPerSecond * READ_SHARE);
        this.clock = clock;
        this.meanwhile = meanwhile;
    }

    @Override
    public void onRead(final long bytes) {
        long nowNs = clock.nanoTime();
        rate.spent(bytes, nowNs);
        meanwhile.accept(nowNs);
        while (!ended && !rate.allows(nowNs)) {
            LockSupport.parkNanos(PARK_NS);
            nowNs = clock.nanoTime();
            meanwhile.accept(nowNs);
        }
    }

    /** The member is closing: what is under way is not to keep it. */
    void end() {
        ended = true;
    }
}
