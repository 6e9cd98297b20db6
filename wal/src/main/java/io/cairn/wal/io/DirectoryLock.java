package io.cairn.wal.io;

/**
 * An exclusive claim of one process on one directory, held until {@link #close()} or the end of the process.
 */
public interface DirectoryLock extends AutoCloseable
{
    /**
     * Gives the directory back. Closing twice is harmless.
     */
    @Override
    void close();
}
