package io.cairn.wal.io;

/**
 * The real file system.
 */
public final class MappedStorageIo
{
    /**
     * Ready to use.
     */
    public MappedStorageIo()
    {
    }
}
