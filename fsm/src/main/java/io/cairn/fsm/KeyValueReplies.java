package io.cairn.fsm;

import org.agrona.DirectBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Decodes replies of the key-value machine where they lie, allocating nothing. Wrap it over the bytes of a reply whose status is known, then call the
 * method that belongs to the command. Layouts (little-endian): docs/formats/commands.md. Belongs to one thread; what it hands out is valid until it
 * is wrapped again or the buffer changes.
 * <pre>
 *   get              stored value (see {@link StoredValue})
 *   increment        i64 value
 *   delete range     i64 keys removed, u8 more
 *   create table,    i32 table id
 *   table by name
 *   batch            on NOT_MATCHED: i32 position of the first condition that did not hold
 *   scan             i32 rows, u8 more, rows: i32 key length, i32 value length, i64 expiryMs, key, value
 *   list tables      as scan; key is the name, value the i32 table id
 * </pre>
 */
public final class KeyValueReplies {
    /** Bytes before the first row of a scan's reply. */
    public static final int ROWS_HEADER = Integer.BYTES + 1;
    /** Bytes before the key of a row. */
    public static final int ROW_HEADER = Integer.BYTES + Integer.BYTES + Long.BYTES;

    private DirectBuffer buffer;
    private int offset;
    private int length;
    private int rowOffset;
    private int rowsLeft;
    private int keyLength;
    private int valueLength;

    /**
     * Puts the decoder over the bytes of a reply.
     *
     * @param buffer of the reply.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return this.
     */
    public KeyValueReplies wrap(final DirectBuffer buffer, final int offset, final int length) {
        this.buffer = buffer;
        this.offset = offset;
        this.length = length;
        rowOffset = 0;
        rowsLeft = -1;
        return this;
    }

    /**
     * Puts the decoder over a reply.
     *
     * @param reply to decode.
     * @return this.
     */
    public KeyValueReplies wrap(final Reply reply) {
        return wrap(reply.buffer(), reply.offset(), reply.length());
    }

    /**
     * All bytes of the reply, as they are.
     *
     * @param bytes to be put over them.
     * @return the argument.
     */
    public Bytes all(final Bytes bytes) {
        return bytes.wrap(buffer, offset, length);
    }

    /**
     * Value of a get.
     *
     * @param value to be put over it.
     * @return the argument.
     * @throws IndexOutOfBoundsException when the reply is shorter than its own header.
     */
    public Bytes value(final Bytes value) {
        return value.wrap(buffer, valueOffset(), valueLength());
    }

    /** @return offset of the value of a get in the reply's buffer. */
    public int valueOffset() {
        return offset + StoredValue.headerLength(buffer, offset);
    }

    /** @return length of the value of a get in bytes. */
    public int valueLength() {
        final int valueLength = length < 1 ? -1 : length - StoredValue.headerLength(buffer, offset);
        if (valueLength < 0) {
            throw new IndexOutOfBoundsException("a reply of " + length + " bytes holds no value");
        }
        return valueLength;
    }

    /** @return log time at which the key of a get expires, {@link Long#MAX_VALUE} when never. */
    public long expiryMs() {
        return StoredValue.expiryMs(buffer, offset);
    }

    /** @return value after an increment. */
    public long number() {
        return buffer.getLong(offset, LITTLE_ENDIAN);
    }

    /** @return keys that a delete-range removed. */
    public long removed() {
        return buffer.getLong(offset, LITTLE_ENDIAN);
    }

    /** @return whether a delete-range stopped at its maximum with keys of the range left. */
    public boolean removeHasMore() {
        return buffer.getByte(offset + Long.BYTES) != 0;
    }

    /** @return id of the table that was created or looked up. */
    public int tableId() {
        return buffer.getInt(offset, LITTLE_ENDIAN);
    }

    /** @return position of the first condition of a batch that did not hold, from 0. */
    public int failedCondition() {
        return buffer.getInt(offset, LITTLE_ENDIAN);
    }

    /** @return rows of a scan. */
    public int rows() {
        return buffer.getInt(offset, LITTLE_ENDIAN);
    }

    /** @return whether a scan stopped at a limit with rows left. */
    public boolean hasMore() {
        return buffer.getByte(offset + Integer.BYTES) != 0;
    }

    /**
     * Moves to the next row of a scan.
     *
     * @return false behind the last one.
     * @throws IndexOutOfBoundsException when the reply is shorter than it says.
     */
    public boolean nextRow() {
        if (rowsLeft < 0) {
            rowsLeft = rows();
            rowOffset = offset + ROWS_HEADER;
        } else if (rowsLeft > 0) {
            rowOffset += ROW_HEADER + keyLength + valueLength;
            rowsLeft--;
        }
        if (rowsLeft == 0) {
            return false;
        }
        final long available = (long)offset + length - rowOffset - ROW_HEADER;
        keyLength = available < 0 ? -1 : buffer.getInt(rowOffset, LITTLE_ENDIAN);
        valueLength = available < 0 ? -1 : buffer.getInt(rowOffset + Integer.BYTES, LITTLE_ENDIAN);
        // Whatever comes from another process is checked whether or not buffers check their bounds.
        if (rowsLeft < 0 || keyLength < 0 || valueLength < 0 || (long)keyLength + valueLength > available) {
            throw new IndexOutOfBoundsException("a row of a reply reaches beyond its end");
        }
        return true;
    }

    /**
     * Key of the current row.
     *
     * @param key to be put over it.
     * @return the argument.
     */
    public Bytes rowKey(final Bytes key) {
        return key.wrap(buffer, rowOffset + ROW_HEADER, keyLength);
    }

    /**
     * Value of the current row.
     *
     * @param value to be put over it.
     * @return the argument.
     */
    public Bytes rowValue(final Bytes value) {
        return value.wrap(buffer, rowOffset + ROW_HEADER + keyLength, valueLength);
    }

    /** @return log time at which the current row expires, {@link Long#MAX_VALUE} when never. */
    public long rowExpiryMs() {
        return buffer.getLong(rowOffset + Integer.BYTES + Integer.BYTES, LITTLE_ENDIAN);
    }

    /** @return id of the table that the current row of a list names. */
    public int rowTableId() {
        return buffer.getInt(rowOffset + ROW_HEADER + keyLength, LITTLE_ENDIAN);
    }
}
