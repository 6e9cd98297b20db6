package io.cairn.snapshot;

import java.util.Optional;

/**
 * Writes one snapshot from a pinned root in bounded slices and publishes it. Made by {@link SnapshotStore#begin}.
 *
 * <p>Owner: the Snapshotter.
 */
public final class SnapshotWriter {
    /** Where it stands. */
    public enum State {
        /** Finding the pages that belong to the root. */
        WALKING,
        /** Writing pages. */
        PAGES,
        /** Writing the machine's own files. */
        MACHINE,
        /** Forcing and publishing. */
        PUBLISHING,
        /** It is published and durable. */
        PUBLISHED,
        /** It failed and left nothing; {@link #failure()} says why. */
        FAILED,
        /** It was cancelled and left nothing. */
        CANCELLED
    }

    SnapshotWriter() {
    }

    /**
     * One slice of work. Failures of the disk end in {@link State#FAILED}; they are not thrown.
     *
     * @param nowNs monotonic time, for the rate limit.
     * @return bytes written, or 1 for other work; 0 when the rate limit says to wait or it is done.
     */
    public int doWork(final long nowNs) {
        throw new UnsupportedOperationException();
    }

    /**
     * When the rate limit lets the next slice go.
     *
     * @return monotonic time of {@link #doWork}'s clock, ns.
     */
    public long nextWorkNs() {
        throw new UnsupportedOperationException();
    }

    /** Gives up and removes everything written; harmless when done. */
    public void cancel() {
        throw new UnsupportedOperationException();
    }

    /**
     * Where it stands. Any thread.
     *
     * @return the state.
     */
    public State state() {
        throw new UnsupportedOperationException();
    }

    /**
     * Published, failed or cancelled. Any thread.
     *
     * @return true if there is nothing left to do.
     */
    public boolean isDone() {
        throw new UnsupportedOperationException();
    }

    /**
     * What was published.
     *
     * @return empty unless {@link State#PUBLISHED}.
     */
    public Optional<SnapshotManifest> manifest() {
        throw new UnsupportedOperationException();
    }

    /**
     * Why it failed.
     *
     * @return null unless {@link State#FAILED}.
     */
    public SnapshotException failure() {
        throw new UnsupportedOperationException();
    }

    /**
     * Bytes written so far. Any thread.
     *
     * @return bytes.
     */
    public long bytesWritten() {
        throw new UnsupportedOperationException();
    }

    /**
     * Bytes it will write in all, as far as known: the machine's own files come on top. Any thread.
     *
     * @return bytes; 0 while walking.
     */
    public long bytesExpected() {
        throw new UnsupportedOperationException();
    }
}
