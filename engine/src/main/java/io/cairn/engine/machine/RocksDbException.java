package io.cairn.engine.machine;

import java.nio.file.Path;

/**
 * The embedded database failed. The message says at what, where and why.
 */
public final class RocksDbException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * With its cause.
     *
     * @param what  failed.
     * @param dir   of the database.
     * @param cause why.
     */
    public RocksDbException(final String what, final Path dir, final Exception cause) {
        super(what + ": the database in " + dir + " failed: " + cause.getMessage(), cause);
    }
}
