package io.cairn.wal;

import org.agrona.DirectBuffer;

/**
 * Reads the log from any index up to {@code appended}, zero-copy over the mapping, while another thread appends. One thread per cursor.
 */
public final class LogCursor implements AutoCloseable
{
    LogCursor()
    {
    }

    /**
     * Positions the cursor so that the next {@link #next()} gives the entry at {@code index}.
     *
     * @param index wanted; may be one past the last appended entry.
     * @return false when it was released ({@link #isCompacted()}) or lies further ahead.
     */
    public boolean seek(final long index)
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Moves to the next entry.
     *
     * @return false when there is none yet; try again later.
     */
    public boolean next()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Is the wanted entry behind the released prefix?
     *
     * @return true if it is gone.
     */
    public boolean isCompacted()
    {
        throw new UnsupportedOperationException();
    }

    /** @return type of the entry. */
    public int type()
    {
        throw new UnsupportedOperationException();
    }

    /** @return flags of the entry. */
    public int flags()
    {
        throw new UnsupportedOperationException();
    }

    /** @return index of the entry. */
    public long index()
    {
        throw new UnsupportedOperationException();
    }

    /** @return term of the entry. */
    public long term()
    {
        throw new UnsupportedOperationException();
    }

    /** @return log time of the entry in milliseconds. */
    public long timestampMs()
    {
        throw new UnsupportedOperationException();
    }

    /** @return CRC32C of the payload as it entered the system. */
    public int payloadCrc()
    {
        throw new UnsupportedOperationException();
    }

    /** @return chained CRC of the log up to and with this entry. */
    public int chain()
    {
        throw new UnsupportedOperationException();
    }

    /** @return the buffer that holds the payload, valid until the cursor moves, is released or closed. */
    public DirectBuffer buffer()
    {
        throw new UnsupportedOperationException();
    }

    /** @return where the payload begins in {@link #buffer()}. */
    public int payloadOffset()
    {
        throw new UnsupportedOperationException();
    }

    /** @return length of the payload in bytes. */
    public int payloadLength()
    {
        throw new UnsupportedOperationException();
    }

    /** @return true if the payload's CRC matches. */
    public boolean verifyPayload()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Lets go of the segment, so that it can be recycled; the position is kept and taken up again by {@link #next()}.
     */
    public void release()
    {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close()
    {
        throw new UnsupportedOperationException();
    }
}
