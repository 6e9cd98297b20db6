package io.cairn.engine.transport;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.exceptions.AeronException;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;

import java.util.concurrent.TimeUnit;

/**
 * One way to one peer on one stream: a publication that is asked for without waiting, and asked for again when it has come to its end. Owner: the
 * Sequencer's thread.
 *
 * <pre>
 *   ABSENT ──asked for──► REQUESTED ──driver answers──► READY ──closed, or its positions used up──► ABSENT
 * </pre>
 */
final class PeerLink implements AutoCloseable {
    private static final long NOT_REQUESTED = Aeron.NULL_VALUE;
    private static final long PAUSE_MIN_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long PAUSE_MAX_NS = TimeUnit.SECONDS.toNanos(5);

    private final Aeron aeron;
    private final String channel;
    private final int streamId;
    private final NanoClock clock = SystemNanoClock.INSTANCE;
    private long registrationId = NOT_REQUESTED;
    private ExclusivePublication publication;
    private long rebuiltCount;
    /** A host that cannot be resolved, say, cannot be resolved in the next cycle either. */
    private long pauseNs;
    private long askAgainNs;

    PeerLink(final Aeron aeron, final String channel, final int streamId) {
        this.aeron = aeron;
        this.channel = channel;
        this.streamId = streamId;
    }

    /** Ask for the publication, or look whether it is there. @return amount of work done. */
    int doWork() {
        if (null != publication) {
            return 0;
        }
        if (NOT_REQUESTED == registrationId) {
            if (0 != pauseNs && clock.nanoTime() - askAgainNs < 0) {
                return 0;
            }
            registrationId = aeron.asyncAddExclusivePublication(channel, streamId);
            return 1;
        }
        try {
            publication = aeron.getExclusivePublication(registrationId);
        } catch (final AeronException ex) {
            // The driver refused, for instance because it is being restarted: it is asked again.
            registrationId = NOT_REQUESTED;
            rebuiltCount++;
            pauseNs = Math.min(PAUSE_MAX_NS, Math.max(PAUSE_MIN_NS, 2 * pauseNs));
            askAgainNs = clock.nanoTime() + pauseNs;
        }
        if (null == publication) {
            return 0;
        }
        pauseNs = 0;
        return 1;
    }

    /** @return the publication, or null while there is none. */
    ExclusivePublication publication() {
        return publication;
    }

    /**
     * What an offer came to.
     *
     * @param result of the publication.
     * @return true when it was taken.
     */
    boolean isTaken(final long result) {
        if (result > 0) {
            return true;
        }
        if (Publication.CLOSED == result || Publication.MAX_POSITION_EXCEEDED == result) {
            publication.close();
            publication = null;
            registrationId = NOT_REQUESTED;
            rebuiltCount++;
        }
        return false;
    }

    boolean isConnected() {
        return null != publication && publication.isConnected();
    }

    long rebuiltCount() {
        return rebuiltCount;
    }

    @Override
    public void close() {
        if (null != publication) {
            publication.close();
            publication = null;
        }
    }
}
