package io.cairn.snapshot;

/**
 * A snapshot could not be begun, written or read. The message says what, where, the value, and the way out. Never fatal for a running node: the log
 * is kept, the error counted, the snapshot tried again. When it comes from a restore the node must not start on that state.
 */
public final class SnapshotException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * With a message for a person.
     *
     * @param message what, where, the value, the way out.
     */
    public SnapshotException(final String message) {
        super(message);
    }

    /**
     * With a message for a person and what caused it.
     *
     * @param message what, where, the value, the way out.
     * @param cause   what went wrong below.
     */
    public SnapshotException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
