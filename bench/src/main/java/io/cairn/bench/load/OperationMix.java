package io.cairn.bench.load;

import java.util.SplittableRandom;

/**
 * A sequence of operations drawn before the measurement by given weights. Owned by the generator's thread.
 */
public final class OperationMix {
    private static final int DRAWN = 1 << 14;

    private final byte[] drawn;
    private int position;

    private OperationMix(final byte[] drawn) {
        this.drawn = drawn;
    }

    /**
     * Always the same operation.
     *
     * @param operation one of {@link Operation}.
     * @return the mix.
     */
    public static OperationMix only(final int operation) {
        return new OperationMix(new byte[] {(byte) operation});
    }

    /**
     * Operations by weight.
     *
     * @param weights one weight for each operation, by its number; at least one above 0.
     * @param seed    same seed, same sequence.
     * @return the mix.
     */
    public static OperationMix weighted(final double[] weights, final long seed) {
        double sum = 0;
        for (final double weight : weights) {
            sum += weight;
        }
        if (weights.length > Operation.COUNT || !(sum > 0)) {
            throw new IllegalArgumentException("weights must be at most " + Operation.COUNT + " and one above 0");
        }
        final SplittableRandom random = new SplittableRandom(seed);
        final byte[] drawn = new byte[DRAWN];
        for (int i = 0; i < DRAWN; i++) {
            double left = random.nextDouble() * sum;
            int operation = 0;
            while (operation < weights.length - 1 && left >= weights[operation]) {
                left -= weights[operation];
                operation++;
            }
            drawn[i] = (byte) operation;
        }
        return new OperationMix(drawn);
    }

    int next() {
        final int operation = drawn[position];
        position = position + 1 == drawn.length ? 0 : position + 1;
        return operation;
    }
}
