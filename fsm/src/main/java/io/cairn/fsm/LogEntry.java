package io.cairn.fsm;

import org.agrona.DirectBuffer;

/**
 * Flyweight over one committed entry: its identity, its log time and the bytes of its command where they lie. Owned by the thread that wraps it and
 * valid until it is wrapped again.
 */
public final class LogEntry {
    private DirectBuffer buffer;
    private int offset;
    private int length;
    private long index;
    private long term;
    private long timestampMs;

    /**
     * Puts the flyweight over an entry.
     *
     * @param index       of the entry in the log, from 1.
     * @param term        of the entry.
     * @param timestampMs log time of the entry in milliseconds since the Unix epoch; never smaller than that of the entry before.
     * @param buffer      that holds the command; may be null when {@code length} is 0.
     * @param offset      of the command.
     * @param length      of the command in bytes.
     * @return this.
     */
    public LogEntry wrap(
        final long index, final long term, final long timestampMs, final DirectBuffer buffer, final int offset, final int length) {
        this.index = index;
        this.term = term;
        this.timestampMs = timestampMs;
        this.buffer = buffer;
        this.offset = offset;
        this.length = length;
        return this;
    }

    /** @return index of the entry in the log. */
    public long index() {
        return index;
    }

    /** @return term of the entry. */
    public long term() {
        return term;
    }

    /** @return log time in milliseconds since the Unix epoch. */
    public long timestampMs() {
        return timestampMs;
    }

    /** @return buffer that holds the command. */
    public DirectBuffer buffer() {
        return buffer;
    }

    /** @return offset of the command in {@link #buffer()}. */
    public int offset() {
        return offset;
    }

    /** @return length of the command in bytes. */
    public int length() {
        return length;
    }
}
