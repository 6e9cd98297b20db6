package io.cairn.engine.pipeline;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * The first error that the node must not survive. Any thread may report and read; the first report stays.
 */
public final class EngineFailure {
    private final AtomicReference<Throwable> first = new AtomicReference<>();
    private final Consumer<Throwable> handler;

    /**
     * @param handler told of the first error, once, on the thread that met it; what it throws is kept beside the error.
     */
    public EngineFailure(final Consumer<Throwable> handler) {
        this.handler = handler;
    }

    /**
     * @param cause what happened.
     * @return true for the first report.
     */
    public boolean report(final Throwable cause) {
        if (!first.compareAndSet(null, cause)) {
            return false;
        }
        try {
            handler.accept(cause);
        } catch (final RuntimeException ex) {
            cause.addSuppressed(ex);
        }
        return true;
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
