package io.cairn.wal.io;

/**
 * What is asked of a {@link SimulatedStorageIo}. The changing ones are numbered: they are the crash points.
 */
public enum SimulatedOperation
{
    /** A new file. */
    CREATE(true),

    /** A new directory. */
    MAKE_DIRECTORY(true),

    /** {@link StorageFile#write}. */
    WRITE(true),

    /** {@link StorageFile#truncate}. */
    TRUNCATE(true),

    /** {@link StorageFile#allocate}. */
    ALLOCATE(true),

    /** {@link StorageFile#force}. */
    FORCE(true),

    /** {@link MappedRegion#force}. */
    FORCE_RANGE(true),

    /** {@link StorageIo#rename}. */
    RENAME(true),

    /** {@link StorageIo#delete}. */
    DELETE(true),

    /** {@link StorageIo#link}. */
    LINK(true),

    /** {@link StorageIo#forceDirectory}. */
    FORCE_DIRECTORY(true),

    /** {@link StorageIo#open} of an existing file. */
    OPEN(false),

    /** {@link StorageFile#read}. */
    READ(false),

    /** {@link StorageFile#map}. */
    MAP(false),

    /** {@link StorageIo#list}. */
    LIST(false);

    private final boolean changing;

    SimulatedOperation(final boolean changing)
    {
        this.changing = changing;
    }

    /**
     * Does it change the disk or what a power loss leaves of it?
     *
     * @return true if it is a crash point.
     */
    public boolean isChanging()
    {
        return changing;
    }
}
