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
    private final String finding;

    /**
     * A failure of the log.
     *
     * @param kind    why.
     * @param message what, where, and the way out.
     */
    public WalException(final Kind kind, final String message)
    {
        this(kind, message, (Throwable)null);
    }

    /**
     * A failure of the log whose way out is another one where there are peers.
     *
     * @param kind    why.
     * @param finding what, and where.
     * @param remedy  the way out of a log that stands alone.
     */
    public WalException(final Kind kind, final String finding, final String remedy)
    {
        super(finding + "; " + remedy);
        this.kind = kind;
        this.finding = finding;
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
        finding = message;
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

    /**
     * What was found, and where.
     *
     * @return the message, without the way out where that was given apart.
     */
    public String finding()
    {
        return finding;
    }
}
