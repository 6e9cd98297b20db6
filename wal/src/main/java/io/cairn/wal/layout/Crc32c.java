package io.cairn.wal.layout;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;
import org.agrona.LangUtil;

/**
 * CRC32C (Castagnoli) without allocation, over buffers on and off the heap and over raw addresses, through the JDK's intrinsics. They are reachable
 * only where the JVM was started with {@code --add-opens java.base/java.util.zip=ALL-UNNAMED}; without it {@link #isAvailable()} is false and a log
 * refuses to open.
 */
public final class Crc32c
{
    private static final int[] TABLE = tables();
    private static final MethodHandle UPDATE_BYTES;
    private static final MethodHandle UPDATE_MEMORY;

    static
    {
        MethodHandle bytes = null;
        MethodHandle memory = null;
        try
        {
            final MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(CRC32C.class, MethodHandles.lookup());
            bytes = lookup.findStatic(
                CRC32C.class, "updateBytes", MethodType.methodType(int.class, int.class, byte[].class, int.class, int.class));
            memory = lookup.findStatic(
                CRC32C.class,
                "updateDirectByteBuffer",
                MethodType.methodType(int.class, int.class, long.class, int.class, int.class));
        }
        catch (final ReflectiveOperationException ignore)
        {
            // The flag is missing: isAvailable() says so.
            bytes = null;
        }
        UPDATE_BYTES = bytes;
        UPDATE_MEMORY = memory;
    }

    private Crc32c()
    {
    }

    /**
     * Were the intrinsics reachable?
     *
     * @return false when a JVM flag is missing.
     */
    public static boolean isAvailable()
    {
        return UPDATE_BYTES != null && UPDATE_MEMORY != null;
    }

    /**
     * The CRC of raw memory.
     *
     * @param address of the first byte.
     * @param length  in bytes.
     * @return CRC32C.
     */
    public static int compute(final long address, final int length)
    {
        return ~updateMemory(~0, address, length);
    }

    /**
     * The CRC of a range of a buffer, on or off the heap.
     *
     * @param buffer with the bytes.
     * @param offset of the first one.
     * @param length in bytes.
     * @return CRC32C.
     */
    public static int compute(final DirectBuffer buffer, final int offset, final int length)
    {
        final byte[] array = buffer.byteArray();
        return array == null ?
            ~updateMemory(~0, buffer.addressOffset() + offset, length) :
            ~updateBytes(~0, array, buffer.wrapAdjustment() + offset, length);
    }

    /**
     * Continues a CRC: {@code update(compute(a), b)} is the CRC of a followed by b.
     *
     * @param crc     of what came before, 0 for nothing.
     * @param address of the first byte.
     * @param length  in bytes.
     * @return CRC32C of both.
     */
    public static int update(final int crc, final long address, final int length)
    {
        return ~updateMemory(~crc, address, length);
    }

    /**
     * Continues a CRC over a range of a buffer, on or off the heap.
     *
     * @param crc    of what came before, 0 for nothing.
     * @param buffer with the bytes.
     * @param offset of the first one.
     * @param length in bytes.
     * @return CRC32C of it all.
     */
    public static int update(final int crc, final DirectBuffer buffer, final int offset, final int length)
    {
        final byte[] array = buffer.byteArray();
        return array == null ?
            ~updateMemory(~crc, buffer.addressOffset() + offset, length) :
            ~updateBytes(~crc, array, buffer.wrapAdjustment() + offset, length);
    }

    /**
     * The state of a CRC after the eight little-endian bytes of a long; {@link #finish(int, int)} takes it on. A segment keeps the state of its id,
     * so that masking a record costs four table look-ups.
     *
     * @param value to begin with.
     * @return the state, not yet a CRC.
     */
    public static int stateOf(final long value)
    {
        return step(step(~0, (int)value), (int)(value >>> 32));
    }

    /**
     * The CRC of what led to a state followed by the four little-endian bytes of an int.
     *
     * @param state from {@link #stateOf(long)}.
     * @param value to end with.
     * @return CRC32C.
     */
    public static int finish(final int state, final int value)
    {
        return ~step(state, value);
    }

    private static int step(final int state, final int value)
    {
        final int x = state ^ value;
        return TABLE[768 + (x & 0xFF)] ^ TABLE[512 + (x >>> 8 & 0xFF)] ^ TABLE[256 + (x >>> 16 & 0xFF)] ^ TABLE[x >>> 24];
    }

    private static int[] tables()
    {
        final int[] table = new int[1024];
        for (int i = 0; i < 256; i++)
        {
            int crc = i;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >>> 1 : crc >>> 1 ^ 0x82F6_3B78;
            }
            table[i] = crc;
        }
        for (int i = 256; i < 1024; i++)
        {
            table[i] = table[i - 256] >>> 8 ^ table[table[i - 256] & 0xFF];
        }
        return table;
    }

    private static int updateMemory(final int state, final long address, final int length)
    {
        try
        {
            return (int)UPDATE_MEMORY.invokeExact(state, address, 0, length);
        }
        catch (final Throwable failure)
        {
            LangUtil.rethrowUnchecked(failure);
            return 0;
        }
    }

    private static int updateBytes(final int state, final byte[] array, final int offset, final int length)
    {
        try
        {
            return (int)UPDATE_BYTES.invokeExact(state, array, offset, offset + length);
        }
        catch (final Throwable failure)
        {
            LangUtil.rethrowUnchecked(failure);
            return 0;
        }
    }
}
