package io.cairn.engine.fuzz;

import java.util.Arrays;

/**
 * Reads an input as choices, for targets that are driven and not only fed: behind the end of the input every choice is 0.
 */
public final class Draw {
    private final byte[] input;
    private int position;

    /**
     * @param input any bytes.
     */
    public Draw(final byte[] input) {
        this.input = input;
    }

    /** @return whether there is more. */
    public boolean hasMore() {
        return position < input.length;
    }

    /** @return the next byte, 0 to 255. */
    public int u8() {
        return position < input.length ? input[position++] & 0xFF : 0;
    }

    /** @return the next two. */
    public int u16() {
        return u8() | u8() << 8;
    }

    /** @return the next four. */
    public int i32() {
        return u16() | u16() << 16;
    }

    /** @return the next eight. */
    public long i64() {
        return i32() & 0xFFFF_FFFFL | (long)i32() << 32;
    }

    /**
     * @param length wanted.
     * @return as many of the next bytes as there are.
     */
    public byte[] bytes(final int length) {
        final int from = Math.min(position, input.length);
        final int to = (int)Math.min(input.length, (long)from + length);
        position = to;
        return Arrays.copyOfRange(input, from, to);
    }

    /** @return all that is left. */
    public byte[] rest() {
        return bytes(input.length);
    }
}
