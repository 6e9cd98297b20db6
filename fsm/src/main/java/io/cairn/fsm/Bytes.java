package io.cairn.fsm;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Flyweight over a range of bytes in somebody else's buffer: a key, a value, a bound. Owned by the thread that wraps it; valid as long as the bytes
 * behind it are. Wrapping allocates nothing.
 */
public final class Bytes {
    private static final DirectBuffer NONE = new UnsafeBuffer(new byte[0]);

    private DirectBuffer buffer = NONE;
    private int offset;
    private int length;

    /**
     * Puts the flyweight over a range.
     *
     * @param buffer of the bytes.
     * @param offset of the first byte.
     * @param length how many.
     * @return this.
     */
    public Bytes wrap(final DirectBuffer buffer, final int offset, final int length) {
        this.buffer = buffer;
        this.offset = offset;
        this.length = length;
        return this;
    }

    /**
     * Puts the flyweight over what another one covers.
     *
     * @param other to copy the range of.
     * @return this.
     */
    public Bytes wrap(final Bytes other) {
        return wrap(other.buffer, other.offset, other.length);
    }

    /**
     * Makes the range empty.
     *
     * @return this.
     */
    public Bytes clear() {
        return wrap(NONE, 0, 0);
    }

    /** @return buffer of the bytes. */
    public DirectBuffer buffer() {
        return buffer;
    }

    /** @return offset of the first byte. */
    public int offset() {
        return offset;
    }

    /** @return number of bytes. */
    public int length() {
        return length;
    }

    /** @return whether there is none. */
    public boolean isEmpty() {
        return length == 0;
    }

    /**
     * Copies the bytes.
     *
     * @return a new array.
     */
    public byte[] toArray() {
        final byte[] array = new byte[length];
        buffer.getBytes(offset, array);
        return array;
    }

    /**
     * Compares two ranges as unsigned bytes, the shorter first where one is the other's prefix: the order of keys.
     *
     * @param a       buffer of the first.
     * @param aOffset of the first.
     * @param aLength of the first.
     * @param b       buffer of the second.
     * @param bOffset of the second.
     * @param bLength of the second.
     * @return negative, zero or positive.
     */
    public static int compare(
        final DirectBuffer a, final int aOffset, final int aLength, final DirectBuffer b, final int bOffset, final int bLength) {
        final int common = Math.min(aLength, bLength);
        for (int i = 0; i < common; i++) {
            final int difference = (a.getByte(aOffset + i) & 0xFF) - (b.getByte(bOffset + i) & 0xFF);
            if (difference != 0) {
                return difference;
            }
        }
        return aLength - bLength;
    }

    /**
     * Compares with another range in the order of keys.
     *
     * @param other to compare with.
     * @return negative, zero or positive.
     */
    public int compareTo(final Bytes other) {
        return compare(buffer, offset, length, other.buffer, other.offset, other.length);
    }

    /**
     * Whether this begins with the bytes of another range.
     *
     * @param prefix looked for.
     * @return true where it does; the empty prefix begins everything.
     */
    public boolean startsWith(final Bytes prefix) {
        return length >= prefix.length && compare(buffer, offset, prefix.length, prefix.buffer, prefix.offset, prefix.length) == 0;
    }
}
