package io.cairn.fsm;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Bounded writer for the answer to a command or a query: a status code and up to {@link #capacity()} bytes in the caller's buffer. It never grows:
 * what does not fit is a status ({@link ApplyStatus#REPLY_TOO_LONG}), set by whoever writes. Owned by the thread that wraps it.
 */
public final class Reply {
    private MutableDirectBuffer buffer;
    private int offset;
    private int capacity;
    private int length;
    private int status;

    /**
     * Puts the writer over a range of a buffer and resets it.
     *
     * @param buffer   to write into.
     * @param offset   of the first byte of the answer.
     * @param capacity bytes that may be written.
     * @return this.
     */
    public Reply wrap(final MutableDirectBuffer buffer, final int offset, final int capacity) {
        this.buffer = buffer;
        this.offset = offset;
        this.capacity = capacity;
        return reset();
    }

    /**
     * Empties the answer: status {@link ApplyStatus#OK}, length 0.
     *
     * @return this.
     */
    public Reply reset() {
        status = ApplyStatus.OK;
        length = 0;
        return this;
    }

    /** @return status of {@link ApplyStatus}, or the machine's own. */
    public int status() {
        return status;
    }

    /**
     * Sets the status and leaves the bytes as they are.
     *
     * @param status of {@link ApplyStatus}, or the machine's own.
     */
    public void status(final int status) {
        this.status = status;
    }

    /**
     * Sets the status and drops the bytes written so far.
     *
     * @param status of {@link ApplyStatus}, or the machine's own.
     */
    public void only(final int status) {
        this.status = status;
        this.length = 0;
    }

    /** @return buffer of the answer. */
    public MutableDirectBuffer buffer() {
        return buffer;
    }

    /** @return offset of the first byte of the answer. */
    public int offset() {
        return offset;
    }

    /** @return bytes that fit. */
    public int capacity() {
        return capacity;
    }

    /** @return bytes written. */
    public int length() {
        return length;
    }

    /** @return bytes that still fit. */
    public int remaining() {
        return capacity - length;
    }

    /** @return offset in {@link #buffer()} at which the next byte goes. */
    public int limit() {
        return offset + length;
    }

    /**
     * Sets the number of bytes after the caller wrote them through {@link #buffer()}.
     *
     * @param length in bytes, at most the capacity.
     */
    public void length(final int length) {
        if (length < 0 || length > capacity) {
            throw new IllegalArgumentException("reply of " + length + " bytes, capacity " + capacity);
        }
        this.length = length;
    }

    /**
     * Appends bytes.
     *
     * @param source       of the bytes.
     * @param sourceOffset of the first byte.
     * @param bytes        how many.
     * @return false, and nothing written, when they do not fit.
     */
    public boolean append(final DirectBuffer source, final int sourceOffset, final int bytes) {
        if (bytes > remaining()) {
            return false;
        }
        buffer.putBytes(limit(), source, sourceOffset, bytes);
        length += bytes;
        return true;
    }

    /**
     * Appends a little-endian 64-bit integer.
     *
     * @param value to append.
     * @return false, and nothing written, when it does not fit.
     */
    public boolean appendLong(final long value) {
        if (Long.BYTES > remaining()) {
            return false;
        }
        buffer.putLong(limit(), value, LITTLE_ENDIAN);
        length += Long.BYTES;
        return true;
    }

    /**
     * Appends a little-endian 32-bit integer.
     *
     * @param value to append.
     * @return false, and nothing written, when it does not fit.
     */
    public boolean appendInt(final int value) {
        if (Integer.BYTES > remaining()) {
            return false;
        }
        buffer.putInt(limit(), value, LITTLE_ENDIAN);
        length += Integer.BYTES;
        return true;
    }

    /**
     * Appends a byte.
     *
     * @param value of which the low eight bits count.
     * @return false, and nothing written, when it does not fit.
     */
    public boolean appendByte(final int value) {
        if (remaining() == 0) {
            return false;
        }
        buffer.putByte(limit(), (byte) value);
        length++;
        return true;
    }
}
