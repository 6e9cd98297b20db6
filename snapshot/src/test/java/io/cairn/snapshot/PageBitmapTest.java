package io.cairn.snapshot;

import org.junit.jupiter.api.Test;

import java.util.BitSet;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class PageBitmapTest {
    @Test
    void shouldAgreeWithAModelWhenPagesComeAndGo() {
        final PageBitmap bitmap = new PageBitmap();
        for (final int bound : new int[] {1, 63, 64, 65, 300, 128}) {
            final SplittableRandom random = new SplittableRandom(bound);
            final BitSet model = new BitSet();
            bitmap.reset(bound);
            for (int i = 0; i < 1000; i++) {
                final int page = random.nextInt(bound);
                if (random.nextInt(3) == 0) {
                    bitmap.remove(page);
                    model.clear(page);
                } else {
                    assertEquals(!model.get(page), bitmap.add(page));
                    model.set(page);
                }
            }
            assertEquals(model.cardinality(), bitmap.cardinality());
            for (int page = 0; page <= bound; page++) {
                final int next = model.nextSetBit(page);
                assertEquals(next < 0 ? bound : next, bitmap.next(page), "bound " + bound + " page " + page);
                assertEquals(model.get(0, page).cardinality(), bitmap.rank(page), "bound " + bound + " page " + page);
                assertEquals(model.get(page), bitmap.contains(page));
            }
            assertTrue(bitmap.isTailClear());
            assertTrue(bitmap.isSubsetOf(bitmap.copy()));
            assertEquals(bitmap.cardinality(), bitmap.copy().cardinality());
        }
    }

    @Test
    void shouldRefusePagesOutOfBounds() {
        final PageBitmap bitmap = new PageBitmap();
        bitmap.reset(10);
        assertFalse(bitmap.add(10));
        assertFalse(bitmap.add(-1));
        assertFalse(bitmap.contains(-1));
        bitmap.word(0, 1L << 10);
        assertFalse(bitmap.isTailClear());
    }
}
