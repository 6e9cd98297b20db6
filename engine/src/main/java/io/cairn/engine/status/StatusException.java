package io.cairn.engine.status;

/**
 * The counters file cannot be made or read, or the endpoint cannot listen. The message is one line that says what and what to do.
 */
public final class StatusException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * With a message for a person.
     *
     * @param message one line.
     */
    public StatusException(final String message) {
        super(message);
    }
}
