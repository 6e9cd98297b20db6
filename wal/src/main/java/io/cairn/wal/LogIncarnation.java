package io.cairn.wal;

import io.cairn.wal.io.DirectoryLock;
import io.cairn.wal.io.StorageIo;
import java.nio.file.Path;

/**
 * The incarnation of a log that nobody has open.
 */
public final class LogIncarnation
{
    private LogIncarnation()
    {
    }

    /**
     * Gives the log a new incarnation: what it promised and acknowledged so far binds it no more.
     *
     * @param storageIo way to the file system.
     * @param dir       of the log; it is locked meanwhile.
     * @return the incarnation it has from now on.
     */
    public static long renew(final StorageIo storageIo, final Path dir)
    {
        final DirectoryLock held = WriteAheadLog.lock(storageIo, dir);
        try
        {
            return LogIdentity.read(storageIo, dir).renew(storageIo, dir).incarnation();
        }
        finally
        {
            held.close();
        }
    }
}
