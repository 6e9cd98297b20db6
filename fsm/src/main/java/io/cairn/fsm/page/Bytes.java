package io.cairn.fsm.page;

import org.agrona.DirectBuffer;
import org.agrona.UnsafeApi;

/**
 * Moves and compares short runs of raw memory. A base of null means that the address is absolute; otherwise it is an array with the
 * address relative to it, as in Unsafe. Nothing is read or written outside the lengths given.
 */
final class Bytes
{
    static final long ARRAY_BASE = UnsafeApi.arrayBaseOffset(byte[].class);
    private static final int SHORT_COPY_MAX = 192;

    private Bytes()
    {
    }

    /**
     * Copy between regions that do not overlap. Short runs go by words: a call of the general routine costs more than the copy.
     */
    static void copy(final Object srcBase, final long src, final Object dstBase, final long dst, final int length)
    {
        if (length > SHORT_COPY_MAX)
        {
            UnsafeApi.copyMemory(srcBase, src, dstBase, dst, length);
        }
        else if (length >= 8)
        {
            final int last = length - 8;
            for (int i = 0; i < last; i += 8)
            {
                UnsafeApi.putLong(dstBase, dst + i, UnsafeApi.getLong(srcBase, src + i));
            }
            UnsafeApi.putLong(dstBase, dst + last, UnsafeApi.getLong(srcBase, src + last));
        }
        else
        {
            for (int i = 0; i < length; i++)
            {
                UnsafeApi.putByte(dstBase, dst + i, UnsafeApi.getByte(srcBase, src + i));
            }
        }
    }

    /**
     * Compare off-heap bytes with bytes of an array as unsigned numbers, the shorter run first when it is a prefix of the other.
     */
    static int compare(final long address, final int length, final byte[] array, final int arrayOffset, final int arrayLength)
    {
        final int common = Math.min(length, arrayLength);
        final long base = ARRAY_BASE + arrayOffset;
        int i = 0;
        for (; i + 8 <= common; i += 8)
        {
            final long a = UnsafeApi.getLong(address + i);
            final long b = UnsafeApi.getLong(array, base + i);
            if (a != b)
            {
                return Long.compareUnsigned(Long.reverseBytes(a), Long.reverseBytes(b));
            }
        }
        for (; i < common; i++)
        {
            final int a = UnsafeApi.getByte(address + i) & 0xFF;
            final int b = UnsafeApi.getByte(array, base + i) & 0xFF;
            if (a != b)
            {
                return a - b;
            }
        }
        return length - arrayLength;
    }

    /**
     * @return number of leading bytes that two runs have in common.
     */
    static int common(final byte[] a, final int aLength, final byte[] b, final int bLength)
    {
        final int length = Math.min(aLength, bLength);
        int i = 0;
        while (i < length && a[i] == b[i])
        {
            i++;
        }
        return i;
    }

    /** Order of two runs as unsigned numbers, the shorter one first when it is a prefix of the other. */
    static int order(
        final DirectBuffer a,
        final int aOffset,
        final int aLength,
        final DirectBuffer b,
        final int bOffset,
        final int bLength)
    {
        final int length = Math.min(aLength, bLength);
        final int i = mismatch(a, aOffset, b, bOffset, length);
        return i < length ? (a.getByte(aOffset + i) & 0xFF) - (b.getByte(bOffset + i) & 0xFF) : aLength - bLength;
    }

    /** Index of the first byte in which two runs of one length differ, or the length. */
    static int mismatch(final DirectBuffer a, final int aOffset, final DirectBuffer b, final int bOffset, final int length)
    {
        int i = 0;
        while (i + Long.BYTES <= length && a.getLong(aOffset + i) == b.getLong(bOffset + i))
        {
            i += Long.BYTES;
        }
        while (i < length && a.getByte(aOffset + i) == b.getByte(bOffset + i))
        {
            i++;
        }
        return i;
    }
}
