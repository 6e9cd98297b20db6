package io.cairn.wal.io;

/**
 * How a {@link StorageFile} is opened.
 */
public enum OpenMode
{
    /** An existing file, for reading only. */
    READ,

    /** An existing file, for reading and writing. */
    READ_WRITE,

    /** A file that must not exist yet, for reading and writing. */
    CREATE_NEW
}
