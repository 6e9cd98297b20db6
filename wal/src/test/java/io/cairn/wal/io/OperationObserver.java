package io.cairn.wal.io;

import java.nio.file.Path;

/**
 * Told of each changing operation before it happens: the place to look at what a power loss at this very moment would leave.
 */
@FunctionalInterface
public interface OperationObserver
{
    /** Looks away. */
    OperationObserver NONE = (number, operation, path) ->
    {
    };

    /**
     * An operation is about to happen.
     *
     * @param number    of the operation, from 0.
     * @param operation that is about to happen.
     * @param path      it happens to.
     */
    void before(long number, SimulatedOperation operation, Path path);
}
