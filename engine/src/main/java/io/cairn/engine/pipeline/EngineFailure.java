package io.cairn.engine.pipeline;

import java.util.concurrent.atomic.AtomicReference;

/**
 * The first error that the node must not survive. Any thread may report and read; the first report stays.
 */
public final class EngineFailure {
    private final AtomicReference<Throwable> first = new AtomicReference<>();

    /**
     * @param cause what happened.
     * @return true for the first report.
     */
    public boolean report(final Throwable cause) {
        return first.compareAndSet(null, cause);
    }

    /** @return the first error reported, or null while there is none. */
    public Throwable cause() {
        return first.get();
    }

    /** @return true once an error was reported. */
    public boolean isFailed() {
        return null != first.get();
    }
}
