package io.cairn.engine.fuzz;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

/**
 * Without guidance, always the same: every seed and every input that is kept, some thousands of mutations of them, and for what has a checksum every
 * byte of every seed changed. An input that takes for ever is a finding as well.
 */
public abstract class FuzzRegression {
    /** Changed bytes that are tried for a target. */
    private static final int FLIPS_MAX = 20_000;

    /** @return the targets. */
    protected abstract List<Class<? extends FuzzTarget>> targets();

    @TestFactory
    @Timeout(300)
    final Stream<DynamicTest> shouldRefuseOrUnderstandAnyBytesWithinBounds() {
        return targets().stream().map(type -> DynamicTest.dynamicTest(type.getSimpleName(), () -> replay(type)));
    }

    static FuzzTarget open(final Class<? extends FuzzTarget> type) throws ReflectiveOperationException {
        return type.getConstructor().newInstance();
    }

    private static void replay(final Class<? extends FuzzTarget> type) throws ReflectiveOperationException {
        try (FuzzTarget target = open(type)) {
            final List<byte[]> seeds = target.seeds();
            assertFalse(seeds.isEmpty());
            final List<byte[]> inputs = new ArrayList<>(seeds);
            inputs.addAll(FuzzCorpus.kept(target));
            for (final byte[] input : inputs) {
                check(target, input);
            }
            final SplittableRandom random = new SplittableRandom(type.getSimpleName().hashCode());
            final Mutator mutator = new Mutator(random, inputs);
            for (int i = 0; i < target.rounds(); i++) {
                check(target, mutator.next());
            }
            if (target.isChecksummed()) {
                flip(target, seeds, random);
            }
        }
    }

    private static void check(final FuzzTarget target, final byte[] input) {
        try {
            FuzzCheck.accept(target, input);
        } catch (final RuntimeException | Error ex) {
            throw new AssertionError(ex + " for " + FuzzCheck.hex(input), ex);
        }
    }

    private static void flip(final FuzzTarget target, final List<byte[]> seeds, final SplittableRandom random) {
        final int bytes = seeds.stream().mapToInt(seed -> seed.length - 1).sum();
        final int stride = 1 + bytes / FLIPS_MAX;
        for (final byte[] seed : seeds) {
            final Object meant = target.meaning(seed);
            assertNotNull(meant, () -> "a seed is refused: " + FuzzCheck.hex(seed));
            for (int at = 1; at < seed.length; at += stride) {
                final byte[] changed = seed.clone();
                changed[at] ^= (byte)(1 << random.nextInt(Byte.SIZE));
                final Object now = target.meaning(changed);
                if (null != now) {
                    final int where = at;
                    assertEquals(meant, now, () -> "byte " + where + " of " + FuzzCheck.hex(seed));
                }
            }
        }
    }
}
