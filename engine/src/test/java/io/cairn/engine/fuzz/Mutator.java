package io.cairn.engine.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Changes inputs in the ways that decoders are weak against: lengths at their limits, bits, pieces that are cut, repeated, or of another input.
 */
final class Mutator {
    private static final long[] INTERESTING = {
        0, 1, -1, 7, 8, 16, 127, 128, 255, 256, 4095, 4096, 32767, 32768, 65535, 65536, Integer.MAX_VALUE, Integer.MIN_VALUE, 1L << 32,
        Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 7};
    private static final int CHANGES_MAX = 5;

    private final SplittableRandom random;
    private final List<byte[]> inputs;

    Mutator(final SplittableRandom random, final List<byte[]> inputs) {
        this.random = random;
        this.inputs = inputs;
    }

    byte[] next() {
        byte[] input = any().clone();
        for (int changes = 1 + random.nextInt(CHANGES_MAX); changes > 0; changes--) {
            input = change(input);
        }
        return input;
    }

    private byte[] any() {
        return inputs.get(random.nextInt(inputs.size()));
    }

    private byte[] change(final byte[] input) {
        if (0 == input.length) {
            return new byte[] {(byte)random.nextInt()};
        }
        final int at = random.nextInt(input.length);
        return switch (random.nextInt(8)) {
            case 0 -> Arrays.copyOf(input, at);
            case 1 -> splice(input, at, any());
            case 2 -> splice(input, at, input);
            case 3, 4 -> interesting(input, at);
            case 5 -> {
                input[at] = (byte)random.nextInt();
                yield input;
            }
            default -> {
                input[at] ^= (byte)(1 << random.nextInt(Byte.SIZE));
                yield input;
            }
        };
    }

    private byte[] splice(final byte[] input, final int at, final byte[] other) {
        if (0 == other.length) {
            return input;
        }
        final int from = random.nextInt(other.length);
        final int count = 1 + random.nextInt(Math.min(64, other.length - from));
        final byte[] spliced = new byte[input.length + count];
        System.arraycopy(input, 0, spliced, 0, at);
        System.arraycopy(other, from, spliced, at, count);
        System.arraycopy(input, at, spliced, at + count, input.length - at);
        return spliced;
    }

    private byte[] interesting(final byte[] input, final int at) {
        final long value = random.nextInt(4) == 0 ? input.length + random.nextInt(17) - 8 : INTERESTING[random.nextInt(INTERESTING.length)];
        final ByteBuffer buffer = ByteBuffer.wrap(input).order(random.nextInt(8) == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        switch (random.nextInt(3)) {
            case 0 -> {
                final int offset = at & -2;
                if (offset + 2 <= input.length) {
                    buffer.putShort(offset, (short)value);
                }
            }
            case 1 -> {
                final int offset = random.nextBoolean() ? at : at & -4;
                if (offset + 4 <= input.length) {
                    buffer.putInt(offset, (int)value);
                }
            }
            default -> {
                final int offset = random.nextBoolean() ? at : at & -8;
                if (offset + 8 <= input.length) {
                    buffer.putLong(offset, value);
                }
            }
        }
        return input;
    }
}
