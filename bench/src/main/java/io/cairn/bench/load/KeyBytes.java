package io.cairn.bench.load;

import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * The bytes of keys and values by number. A key's first eight bytes are a bijective mix of its number, so that keys 0, 1, 2, … lie in random order in
 * the key space; the rest is filler. A value starts with the number of its key, so that a reader can check what it got.
 *
 * <p>Owned by the generator's thread: the buffers are written again for every call.
 */
public final class KeyBytes {
    /** Shortest key: it must hold the mixed number. */
    public static final int KEY_BYTES_MIN = 8;
    /** Shortest value: it must hold the number of its key. */
    public static final int VALUE_BYTES_MIN = 8;

    private final UnsafeBuffer key;
    private final UnsafeBuffer value;

    /**
     * Allocates the buffers.
     *
     * @param keyBytes   length of every key, at least {@link #KEY_BYTES_MIN}.
     * @param valueBytes length of every value, at least {@link #VALUE_BYTES_MIN}.
     */
    public KeyBytes(final int keyBytes, final int valueBytes) {
        if (keyBytes < KEY_BYTES_MIN) {
            throw new IllegalArgumentException("a key takes at least " + KEY_BYTES_MIN + " bytes, not " + keyBytes);
        }
        if (valueBytes < VALUE_BYTES_MIN) {
            throw new IllegalArgumentException("a value takes at least " + VALUE_BYTES_MIN + " bytes, not " + valueBytes);
        }
        key = new UnsafeBuffer(new byte[keyBytes]);
        value = new UnsafeBuffer(new byte[valueBytes]);
        fill(key);
        fill(value);
    }

    private static void fill(final MutableDirectBuffer buffer) {
        for (int i = 0; i < buffer.capacity(); i++) {
            buffer.putByte(i, (byte) ('a' + i % 26));
        }
    }

    /**
     * A bijection of 64 bits whose outputs look random (the finaliser of SplitMix64).
     *
     * @param value any number.
     * @return the mixed number.
     */
    public static long mix(final long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /**
     * The bytes of a key.
     *
     * @param number of the key, from 0.
     * @return the whole buffer is the key, valid until the next call.
     */
    public UnsafeBuffer key(final int number) {
        key.putLong(0, mix(number), ByteOrder.BIG_ENDIAN);
        return key;
    }

    /**
     * The bytes of the value of a key.
     *
     * @param number of the key, from 0.
     * @param stamp  makes successive values of one key differ where there is room for it.
     * @return the whole buffer is the value, valid until the next call.
     */
    public UnsafeBuffer value(final int number, final long stamp) {
        value.putLong(0, number, ByteOrder.LITTLE_ENDIAN);
        if (value.capacity() >= Long.BYTES * 2) {
            value.putLong(Long.BYTES, stamp, ByteOrder.LITTLE_ENDIAN);
        }
        return value;
    }

    /**
     * Length of every key.
     *
     * @return in bytes.
     */
    public int keyBytes() {
        return key.capacity();
    }

    /**
     * Length of every value.
     *
     * @return in bytes.
     */
    public int valueBytes() {
        return value.capacity();
    }
}
