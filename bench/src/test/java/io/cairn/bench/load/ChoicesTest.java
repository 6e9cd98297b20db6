package io.cairn.bench.load;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class ChoicesTest {
    private static int[] counts(final KeyChooser chooser, final int keys, final int draws) {
        final int[] counts = new int[keys];
        for (int i = 0; i < draws; i++) {
            counts[chooser.next()]++;
        }
        return counts;
    }

    @Test
    void shouldDrawEveryKeyAboutEquallyOftenWhenUniform() {
        final int[] counts = counts(KeyChooser.draw(KeyChooser.Distribution.UNIFORM, 100, 7), 100, 65_536);

        assertTrue(Arrays.stream(counts).min().orElse(0) > 500);
        assertTrue(Arrays.stream(counts).max().orElse(0) < 850);
    }

    @Test
    void shouldDrawFewKeysMostOfTheTimeWhenZipfian() {
        final int[] counts = counts(KeyChooser.draw(KeyChooser.Distribution.ZIPFIAN, 10_000, 7), 10_000, 65_536);
        Arrays.sort(counts);
        int hottest = 0;
        for (int i = counts.length - 100; i < counts.length; i++) {
            hottest += counts[i];
        }

        assertTrue(hottest > 65_536 * 0.45, "the hottest hundredth gets " + hottest);
        assertTrue(counts[counts.length - 1] > 65_536 * 0.07);
    }

    @Test
    void shouldDrawWithinBoundsWhenThereAreFewKeys() {
        for (int keys = 1; keys < 6; keys++) {
            for (final KeyChooser.Distribution distribution : KeyChooser.Distribution.values()) {
                assertEquals(1_000, Arrays.stream(counts(KeyChooser.draw(distribution, keys, 3), keys, 1_000)).sum());
            }
        }
    }

    @Test
    void shouldRepeatTheSequenceWhenTheSeedIsTheSame() {
        final KeyChooser first = KeyChooser.draw(KeyChooser.Distribution.ZIPFIAN, 1_000, 42);
        final KeyChooser second = KeyChooser.draw(KeyChooser.Distribution.ZIPFIAN, 1_000, 42);
        assertArrayEquals(counts(first, 1_000, 5_000), counts(second, 1_000, 5_000));
    }

    @Test
    void shouldCoverEveryKeyOnceWhenSequential() {
        assertArrayEquals(new int[] {2, 2, 2}, counts(KeyChooser.draw(KeyChooser.Distribution.SEQUENTIAL, 3, 1), 3, 6));
    }

    @Test
    void shouldRefuseNoKeys() {
        assertThrows(IllegalArgumentException.class, () -> KeyChooser.draw(KeyChooser.Distribution.UNIFORM, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> KeyChooser.Distribution.parse("gaussian"));
    }

    @Test
    void shouldMixOperationsByWeight() {
        final OperationMix mix = OperationMix.weighted(new double[] {1, 3}, 5);
        final int[] counts = new int[Operation.COUNT];
        for (int i = 0; i < 16_384; i++) {
            counts[mix.next()]++;
        }
        assertEquals(4_096, counts[Operation.PUT], 300);
        assertEquals(12_288, counts[Operation.GET], 300);
    }

    @Test
    void shouldGiveEveryKeyOtherBytes() {
        final KeyBytes bytes = new KeyBytes(16, 100);
        final Set<Long> heads = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            heads.add(bytes.key(i).getLong(0));
        }
        assertEquals(10_000, heads.size());
        assertEquals(16, bytes.keyBytes());
        assertEquals(100, bytes.value(5, 9).capacity());
        assertThrows(IllegalArgumentException.class, () -> new KeyBytes(4, 100));
        assertThrows(IllegalArgumentException.class, () -> new KeyBytes(16, 1));
    }
}
