package io.cairn.fsm.page;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteOrder;
import java.util.Random;
import java.util.TreeSet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SlottedPageTest
{
    private final UnsafeBuffer bytes = new UnsafeBuffer(new byte[8]);

    @ParameterizedTest
    @ValueSource(ints = {256, 512, 4096, 32 * 1024})
    void shouldFindWhereEveryKeyBelongsWhenThePageHasAnyNumberOfSlots(final int pageSize)
    {
        final Random random = new Random(pageSize);
        final PageArena arena = new PageArena(new DirectExtentSource(), pageSize, 2, 8);
        final KeyBuffer key = new KeyBuffer(PageDescriptor.keyLengthMax(pageSize));
        for (final int type : new int[]{PageDescriptor.TYPE_LEAF, PageDescriptor.TYPE_BRANCH})
        {
            final int first = type == PageDescriptor.TYPE_LEAF ? 0 : 1;
            final long page = arena.address(arena.allocate(type, first));
            if (first == 1)
            {
                arena.editor().placeFirstChild(page, 7);
            }
            final TreeSet<Long> keys = new TreeSet<>(Long::compareUnsigned);
            assertEquals(~first, SlottedPage.search(page, first, load(key, 1)));
            while (arena.editor().prepare(page, load(key, newKey(random, keys)), 0))
            {
                final long added = key.head(0);
                final int index = SlottedPage.search(page, first, key);
                assertEquals(~(first + keys.headSet(added).size()), index);
                arena.editor().place(page, ~index, key, 1, 0);
                keys.add(added);
                for (int i = 0; i < 8; i++)
                {
                    // Neighbours of what is there: numbers that differ in the last bit, or by what would overflow a signed difference.
                    final long near = (i < 4 ? added : random.nextLong()) + random.nextInt(5) - 2 ^ (i == 3 ? Long.MIN_VALUE : 0);
                    final int expected = first + keys.headSet(near).size();
                    assertEquals(keys.contains(near) ? expected : ~expected, SlottedPage.search(page, first, load(key, near)));
                }
            }
            assertTrue(keys.size() >= (pageSize - PageDescriptor.HEADER_LENGTH) / PageDescriptor.SLOT_LENGTH - 1);
        }
        arena.close();
    }

    private static long newKey(final Random random, final TreeSet<Long> keys)
    {
        while (true)
        {
            final Long neighbour = random.nextBoolean() ? keys.ceiling(random.nextLong()) : null;
            final long candidate = (neighbour == null ? random.nextLong() : neighbour) + random.nextInt(64);
            if (!keys.contains(candidate))
            {
                return candidate;
            }
        }
    }

    private KeyBuffer load(final KeyBuffer key, final long number)
    {
        bytes.putLong(0, number, ByteOrder.BIG_ENDIAN);
        key.load(bytes, 0, 8);
        return key;
    }
}
