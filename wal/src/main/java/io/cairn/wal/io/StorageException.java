package io.cairn.wal.io;

import java.nio.file.Path;

/**
 * A file operation that failed. The message says what was tried, on which path, why it failed, and what to do where that is known.
 */
public final class StorageException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    /**
     * What went wrong, in terms that a caller can act on.
     */
    public enum Kind
    {
        /** The disk or the quota is full. */
        NO_SPACE,

        /** The device or the file system refused (EIO and the like). */
        IO,

        /** There is no such file or directory. */
        NOT_FOUND,

        /** The file is there already, or a directory is not empty. */
        EXISTS,

        /** A live process holds the directory. */
        LOCKED,

        /** This file system or platform cannot do it. */
        UNSUPPORTED
    }

    private final Kind kind;
    private final transient Path path;

    /**
     * A failed operation.
     *
     * @param kind    of failure.
     * @param path    it was tried on.
     * @param message what was tried and why it failed; the path is put before it.
     */
    public StorageException(final Kind kind, final Path path, final String message)
    {
        this(kind, path, message, null);
    }

    /**
     * A failed operation with its cause.
     *
     * @param kind    of failure.
     * @param path    it was tried on.
     * @param message what was tried and why it failed; the path is put before it.
     * @param cause   may be null.
     */
    public StorageException(final Kind kind, final Path path, final String message, final Throwable cause)
    {
        super(path + ": " + message, cause);
        this.kind = kind;
        this.path = path;
    }

    /**
     * What went wrong.
     *
     * @return the kind of failure.
     */
    public Kind kind()
    {
        return kind;
    }

    /**
     * Where it went wrong.
     *
     * @return the path, null only after deserialisation.
     */
    public Path path()
    {
        return path;
    }
}
