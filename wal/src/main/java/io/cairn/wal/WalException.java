package io.cairn.wal;

/**
 * A log that cannot be opened or go on. The message names file, offset and index where they are known, and what to do.
 */
public final class WalException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    /**
     * Why.
     */
    public enum Kind
    {
        /** A live process holds the directory. */
        LOCKED,

        /** The directory belongs to another cluster, or holds something else. */
        FOREIGN,

        /** The directory was written by a newer version. */
        NEWER_VERSION,

        /** Acknowledged bytes are damaged. */
        CORRUPT,

        /** A file that must be there is not. */
        LOST,

        /** The disk is full. */
        NO_SPACE,

        /** The device failed; the log is closed for writing until it is opened again. */
        IO,

        /** The caller broke a rule: an index that skips, a term that goes back, a position out of range. */
        USAGE
    }

    private final Kind kind;

    /**
     * A failure of the log.
     *
     * @param kind    why.
     * @param message what, where, and the way out.
     */
    public WalException(final Kind kind, final String message)
    {
        this(kind, message, null);
    }

    /**
     * A failure of the log with its cause.
     *
     * @param kind    why.
     * @param message what, where, and the way out.
     * @param cause   may be null.
     */
    public WalException(final Kind kind, final String message, final Throwable cause)
    {
        super(message, cause);
        this.kind = kind;
    }

    /**
     * Why.
     *
     * @return the kind of failure.
     */
    public Kind kind()
    {
        return kind;
    }
}
