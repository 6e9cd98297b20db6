package io.cairn.wal.io;

import java.nio.file.Path;

/**
 * Decides which operations of a {@link SimulatedStorageIo} fail.
 */
@FunctionalInterface
public interface FaultPlan
{
    /** Nothing fails. */
    FaultPlan NONE = (number, operation, path) -> null;

    /**
     * Asked before each operation.
     *
     * @param number    how many changing operations came before.
     * @param operation that is asked for.
     * @param path      it is asked of.
     * @return the kind of failure, {@link StorageException.Kind#IO} or {@link StorageException.Kind#NO_SPACE}, or null to let it go on.
     */
    StorageException.Kind decide(long number, SimulatedOperation operation, Path path);
}
