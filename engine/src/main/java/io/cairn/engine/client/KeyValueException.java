package io.cairn.engine.client;

/**
 * A request was refused, or its outcome is unknown.
 */
public final class KeyValueException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    /**
     * @param status see {@link ReplyStatus}.
     */
    public KeyValueException(final int status) {
        super(ReplyStatus.name(status) + ": " + ReplyStatus.explain(status));
        this.status = status;
    }

    /**
     * @param status  see {@link ReplyStatus}.
     * @param message what happened and what to do.
     */
    public KeyValueException(final int status, final String message) {
        super(ReplyStatus.name(status) + ": " + message);
        this.status = status;
    }

    /**
     * The same refusal, seen by the thread that waited for it.
     *
     * @param cause as it came in.
     */
    public KeyValueException(final KeyValueException cause) {
        super(cause.getMessage(), cause);
        this.status = cause.status;
    }

    /** @return see {@link ReplyStatus}. */
    public int status() {
        return status;
    }
}
