package io.cairn.engine.config;

/**
 * A configuration that cannot be used. The message is one line that names the key, the value, where it came from and what would be right.
 */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * With a message for a person.
     *
     * @param message one line.
     */
    public ConfigException(final String message) {
        super(message);
    }
}
