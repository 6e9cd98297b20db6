package io.cairn.engine.cli;

/**
 * A command did not succeed. The message is the one line that goes to standard error; the exit code is 1.
 */
public final class CliFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * With a message for a person.
     *
     * @param message one line: what is wrong and what to do.
     */
    public CliFailure(final String message) {
        super(message);
    }
}
