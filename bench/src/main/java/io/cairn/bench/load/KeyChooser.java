package io.cairn.bench.load;

import java.util.Locale;
import java.util.SplittableRandom;

/**
 * A sequence of key numbers that was drawn before the measurement, so that choosing a key costs one array read. The sequence repeats when it ends.
 *
 * <p>The Zipfian distribution follows Gray et al., "Quickly generating billion-record synthetic databases" (SIGMOD 1994), with ranks scattered over
 * the key space, as in YCSB. Owned by the generator's thread.
 */
public final class KeyChooser {
    /** How keys are drawn. */
    public enum Distribution {
        /** Every key equally likely. */
        UNIFORM,
        /** Few keys hot, exponent 0.99, hot keys scattered. */
        ZIPFIAN,
        /** 0, 1, 2, … and again from 0. */
        SEQUENTIAL;

        /**
         * Reads the name as a person writes it.
         *
         * @param name in any case.
         * @return the distribution.
         */
        public static Distribution parse(final String name) {
            for (final Distribution distribution : values()) {
                if (distribution.name().equalsIgnoreCase(name)) {
                    return distribution;
                }
            }
            throw new IllegalArgumentException("unknown distribution '" + name + "': uniform, zipfian or sequential");
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int DRAWN_MAX = 1 << 21;
    private static final double ZIPFIAN_EXPONENT = 0.99;

    private final int[] drawn;
    private final int length;
    private int position;

    private KeyChooser(final int[] drawn, final int length) {
        this.drawn = drawn;
        this.length = length;
    }

    /**
     * Draws a sequence.
     *
     * @param distribution how keys are drawn.
     * @param keys         number of keys, at least 1.
     * @param seed         same seed, same sequence.
     * @return a chooser at the start of its sequence.
     */
    public static KeyChooser draw(final Distribution distribution, final int keys, final long seed) {
        if (keys < 1) {
            throw new IllegalArgumentException("keys must be at least 1, not " + keys);
        }
        if (Distribution.SEQUENTIAL == distribution) {
            return new KeyChooser(null, keys);
        }
        final int[] drawn = new int[Math.min(DRAWN_MAX, Math.max(1 << 16, Integer.highestOneBit(keys) << 1))];
        final SplittableRandom random = new SplittableRandom(seed);
        if (Distribution.UNIFORM == distribution) {
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] = random.nextInt(keys);
            }
        } else {
            drawZipfian(drawn, keys, random);
        }
        return new KeyChooser(drawn, drawn.length);
    }

    private static void drawZipfian(final int[] drawn, final int keys, final SplittableRandom random) {
        double zeta = 0;
        double zetaOfTwo = 0;
        for (int rank = 1; rank <= keys; rank++) {
            zeta += 1.0 / Math.pow(rank, ZIPFIAN_EXPONENT);
            if (2 == rank) {
                zetaOfTwo = zeta;
            }
        }
        final double alpha = 1.0 / (1.0 - ZIPFIAN_EXPONENT);
        final double eta = keys < 3 ? 1 : (1 - Math.pow(2.0 / keys, 1 - ZIPFIAN_EXPONENT)) / (1 - zetaOfTwo / zeta);
        for (int i = 0; i < drawn.length; i++) {
            final double u = random.nextDouble();
            final double uz = u * zeta;
            final long rank;
            if (uz < 1.0) {
                rank = 0;
            } else if (uz < 1.0 + Math.pow(0.5, ZIPFIAN_EXPONENT)) {
                rank = 1;
            } else {
                rank = (long) (keys * Math.pow(eta * u - eta + 1, alpha));
            }
            drawn[i] = (int) Long.remainderUnsigned(KeyBytes.mix(Math.min(rank, keys - 1L)), keys);
        }
    }

    /**
     * The next key of the sequence.
     *
     * @return number of a key, from 0.
     */
    public int next() {
        final int key = null == drawn ? position : drawn[position];
        position = position + 1 == length ? 0 : position + 1;
        return key;
    }

    /** Starts again from the first key. */
    public void rewind() {
        position = 0;
    }
}
