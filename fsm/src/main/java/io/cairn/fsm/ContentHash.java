package io.cairn.fsm;

import org.agrona.DirectBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * A 64-bit hash of a stream of bytes that does not depend on how the stream was cut: eight bytes at a time, each step a bijection of the state
 * (xor, multiplication by an odd constant, xor-shift), so that two streams that differ in one word never meet in the next step. Not cryptographic: it
 * compares replicas, it does not resist somebody who wants two states to look alike. One thread.
 */
public final class ContentHash {
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
    private static final long SEED = 0xC2B2AE3D27D4EB4FL;

    private long state;
    private long tail;
    private int tailBits;
    private long length;

    /** Empty. */
    public ContentHash() {
        reset();
    }

    /**
     * Empties it.
     *
     * @return this.
     */
    public ContentHash reset() {
        state = SEED;
        tail = 0;
        tailBits = 0;
        length = 0;
        return this;
    }

    /**
     * Adds a number.
     *
     * @param word to add.
     */
    public void add(final long word) {
        state = step(state, word);
    }

    /**
     * Adds bytes of a field; {@link #endField()} closes it.
     *
     * @param buffer of the bytes.
     * @param offset of the first.
     * @param bytes  how many.
     */
    public void add(final DirectBuffer buffer, final int offset, final int bytes) {
        length += bytes;
        int i = 0;
        while (tailBits != 0 && i < bytes) {
            addByte(buffer.getByte(offset + i++));
        }
        long hash = state;
        for (; i + Long.BYTES <= bytes; i += Long.BYTES) {
            hash = step(hash, buffer.getLong(offset + i, LITTLE_ENDIAN));
        }
        state = hash;
        while (i < bytes) {
            addByte(buffer.getByte(offset + i++));
        }
    }

    /** Closes a field: its length counts, so that two fields never run into each other. */
    public void endField() {
        if (tailBits != 0) {
            state = step(state, tail);
            tail = 0;
            tailBits = 0;
        }
        state = step(state, length);
        length = 0;
    }

    /** @return the hash of what was added. */
    public long value() {
        return mix(state);
    }

    /** A bijection that spreads every bit over all others. */
    static long mix(final long value) {
        long hash = (value ^ value >>> 33) * 0xFF51AFD7ED558CCDL;
        hash = (hash ^ hash >>> 33) * 0xC4CEB9FE1A85EC53L;
        return hash ^ hash >>> 33;
    }

    private void addByte(final byte value) {
        tail |= (value & 0xFFL) << tailBits;
        tailBits += Byte.SIZE;
        if (tailBits == Long.SIZE) {
            state = step(state, tail);
            tail = 0;
            tailBits = 0;
        }
    }

    private static long step(final long state, final long word) {
        final long hash = (state ^ word) * MULTIPLIER;
        return hash ^ hash >>> 32;
    }
}
