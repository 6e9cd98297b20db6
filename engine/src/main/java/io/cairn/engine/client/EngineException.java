package io.cairn.engine.client;

/**
 * The engine cannot start, or cannot go on. The message is one line: what, where, and the way out.
 */
public final class EngineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message what is wrong and what to do.
     */
    public EngineException(final String message) {
        super(message);
    }

    /**
     * @param message what is wrong and what to do.
     * @param cause   why.
     */
    public EngineException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
