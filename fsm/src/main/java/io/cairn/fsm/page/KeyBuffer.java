package io.cairn.fsm.page;

import org.agrona.DirectBuffer;
import org.agrona.UnsafeApi;

import java.nio.ByteOrder;

/**
 * One key, copied to an array that is followed by eight zero bytes, so that a head can be loaded at any prefix length without a bound
 * check. Owner: the tree or cursor it belongs to.
 */
final class KeyBuffer
{
    private static final int PADDING = 16;

    final byte[] bytes;
    int length;
    long firstHead;
    private final int lengthMax;

    KeyBuffer(final int lengthMax)
    {
        this.lengthMax = lengthMax;
        bytes = new byte[lengthMax + PADDING];
    }

    static
    {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN)
        {
            throw new PageStateException("pages are little-endian, this machine is not: use a little-endian one");
        }
    }

    void load(final DirectBuffer source, final int offset, final int keyLength)
    {
        if (keyLength < 0 || keyLength > lengthMax)
        {
            throw new IllegalArgumentException("key length " + keyLength + " is not in 0.." + lengthMax +
                " (page size / 4, at most 1024): replicas need the same page size where it is below 4096");
        }
        source.boundsCheck(offset, keyLength);
        Bytes.copy(source.byteArray(), source.addressOffset() + offset, bytes, Bytes.ARRAY_BASE, keyLength);
        limit(keyLength);
    }

    /**
     * Set the length of what was written to the array.
     */
    void limit(final int keyLength)
    {
        length = keyLength;
        UnsafeApi.putLong(bytes, Bytes.ARRAY_BASE + keyLength, 0L);
        firstHead = head(0);
    }

    /**
     * @param prefix at most the length.
     * @return the eight bytes behind the prefix as a big-endian number, zero-padded.
     */
    long head(final int prefix)
    {
        return Long.reverseBytes(UnsafeApi.getLong(bytes, Bytes.ARRAY_BASE + prefix));
    }

    boolean startsWith(final long prefixAddress, final int prefixLength)
    {
        return length >= prefixLength && Bytes.compare(prefixAddress, prefixLength, bytes, 0, prefixLength) == 0;
    }

    int common(final KeyBuffer other)
    {
        return Bytes.common(bytes, length, other.bytes, other.length);
    }

    /**
     * Become the shortest key that is greater than the left one and not greater than the right one.
     */
    void separate(final KeyBuffer left, final KeyBuffer right)
    {
        final int separatorLength = left.common(right) + 1;
        PageStateException.check(separatorLength <= right.length, "keys out of order at a split");
        System.arraycopy(right.bytes, 0, bytes, 0, separatorLength);
        limit(separatorLength);
    }
}
