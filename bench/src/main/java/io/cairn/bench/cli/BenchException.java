package io.cairn.bench.cli;

/**
 * A benchmark cannot be run, or its outcome is a failure. The message is the one line a person gets: what is wrong and what to do.
 */
public final class BenchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * States what is wrong.
     *
     * @param message one line.
     */
    public BenchException(final String message) {
        super(message);
    }

    /**
     * States what is wrong, and keeps the cause for the debugger.
     *
     * @param message one line.
     * @param cause   of it.
     */
    public BenchException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
