package io.cairn.fsm.page;

import org.agrona.UnsafeApi;

import static io.cairn.fsm.page.PageDescriptor.COUNT_OFFSET;
import static io.cairn.fsm.page.PageDescriptor.DEAD_BYTES_OFFSET;
import static io.cairn.fsm.page.PageDescriptor.HEADER_LENGTH;
import static io.cairn.fsm.page.PageDescriptor.HEAP_TOP_OFFSET;
import static io.cairn.fsm.page.PageDescriptor.PREFIX_LENGTH_OFFSET;
import static io.cairn.fsm.page.PageDescriptor.PREFIX_OFFSET_OFFSET;
import static io.cairn.fsm.page.PageDescriptor.SLOT_LENGTH;
import static io.cairn.fsm.page.PageDescriptor.TYPE_LEAF;
import static io.cairn.fsm.page.PageDescriptor.TYPE_OFFSET;

/**
 * Reads and searches the slots of a leaf or branch; layout in {@link PageDescriptor}. Stateless, over raw addresses.
 */
final class SlottedPage
{
    /** Bytes from a leaf's beginning that are loaded ahead: 26 slots, as many as a leaf of usual entries has. */
    private static final int TOUCHED_LENGTH = 448;
    private static final int LINEAR_COUNT_MAX = 48;
    private static final int BLOCK = 16;

    private SlottedPage()
    {
    }

    static boolean isLeaf(final long page)
    {
        return UnsafeApi.getByte(page + TYPE_OFFSET) == TYPE_LEAF;
    }

    /** Index of the first slot that has a key: slot 0 of a branch has none. */
    static int firstKey(final long page)
    {
        return isLeaf(page) ? 0 : 1;
    }

    static int count(final long page)
    {
        return UnsafeApi.getShort(page + COUNT_OFFSET) & 0xFFFF;
    }

    static int prefixLength(final long page)
    {
        return UnsafeApi.getShort(page + PREFIX_LENGTH_OFFSET) & 0xFFFF;
    }

    static int heapTop(final long page)
    {
        return UnsafeApi.getShort(page + HEAP_TOP_OFFSET) & 0xFFFF;
    }

    static int deadBytes(final long page)
    {
        return UnsafeApi.getShort(page + DEAD_BYTES_OFFSET) & 0xFFFF;
    }

    /** Where the heap ends: at the page's prefix, which lies behind it, or at the page's end. */
    static int heapEnd(final long page, final int pageSize)
    {
        return pageSize - prefixLength(page);
    }

    static long prefixAddress(final long page)
    {
        return page + (UnsafeApi.getShort(page + PREFIX_OFFSET_OFFSET) & 0xFFFF);
    }

    static long slot(final long page, final int index)
    {
        return page + HEADER_LENGTH + ((long)index << 4);
    }

    static long head(final long slot)
    {
        return UnsafeApi.getLong(slot);
    }

    static int heapOffset(final long slot)
    {
        return UnsafeApi.getShort(slot + 8) & 0xFFFF;
    }

    static int suffixLength(final long slot)
    {
        return UnsafeApi.getShort(slot + 10) & 0xFFFF;
    }

    /** Length of a leaf's value (below zero: ~length of one that overflows), child of a branch. */
    static int value(final long slot)
    {
        return UnsafeApi.getInt(slot + 12);
    }

    static int child(final long page, final int index)
    {
        return value(slot(page, index));
    }

    static void value(final long slot, final int value)
    {
        UnsafeApi.putInt(slot + 12, value);
    }

    static int tailLength(final int suffixLength)
    {
        return Math.max(0, suffixLength - 8);
    }

    /** Bytes of a value that lie in the leaf's heap. */
    static int inlineLength(final int value)
    {
        return value >= 0 ? value : Integer.BYTES;
    }

    static int entryLength(final long slot, final boolean leaf)
    {
        return tailLength(suffixLength(slot)) + (leaf ? inlineLength(value(slot)) : 0);
    }

    static long valueAddress(final long page, final long slot)
    {
        return page + heapOffset(slot) + tailLength(suffixLength(slot));
    }

    /** Bytes of header, slots, heap and prefix in use. */
    static int usedLength(final long page, final int pageSize)
    {
        return HEADER_LENGTH + count(page) * SLOT_LENGTH + pageSize - heapTop(page) - deadBytes(page);
    }

    /**
     * Find a key among the slots that have one.
     *
     * @return its index, or {@code ~index} of the first slot with a greater key.
     */
    static int search(final long page, final int first, final KeyBuffer key)
    {
        final int count = count(page);
        final int prefix = prefixLength(page);
        if (count <= first)
        {
            return ~count;
        }
        // The slots are at a fixed place and the head without a prefix is known before: so nothing that is loaded from the header
        // is needed to load the slots, and a cold page costs one round of cache misses and not two.
        long head = key.firstHead;
        if (prefix != 0)
        {
            final int order = Bytes.compare(prefixAddress(page), prefix, key.bytes, 0, Math.min(prefix, key.length));
            if (order != 0)
            {
                return order > 0 ? ~first : ~count;
            }
            head = key.head(prefix);
        }
        final long slots = page + HEADER_LENGTH;
        final int index = lowerBound(slots, first, count, head >>> 1);
        if (index == count)
        {
            return ~count;
        }
        final int order = compare(page, slots + ((long)index << 4), prefix, head, key);
        if (order >= 0)
        {
            return order == 0 ? index : ~index;
        }
        return searchBehind(page, slots, prefix, index + 1, count, head, key);
    }

    /** Child of a branch that covers a key. */
    static int childIndex(final long page, final KeyBuffer key)
    {
        final int index = search(page, 1, key);
        return index >= 0 ? index : ~index - 1;
    }

    /** True when pages are long enough for {@link #touchSlots(long)}. */
    static boolean hasTouchedLength(final int pageSize)
    {
        return pageSize >= TOUCHED_LENGTH;
    }

    /**
     * Load the slots of a leaf ahead of who reads them. The loads do not depend on each other: a cold page costs one round of misses.
     *
     * @return something of all the lines, to be kept: what nobody keeps, the compiler does not load.
     */
    static long touchSlots(final long page)
    {
        return UnsafeApi.getLong(page) ^ UnsafeApi.getLong(page + 64) ^ UnsafeApi.getLong(page + 128) ^ UnsafeApi.getLong(page + 192) ^
            UnsafeApi.getLong(page + 256) ^ UnsafeApi.getLong(page + 320) ^ UnsafeApi.getLong(page + 384);
    }

    /**
     * Where the entry of a key begins, if the key is there and has the page's prefix; looks at nothing but header and slots.
     *
     * @return an offset of 16 bits, of no meaning if the page is not a leaf.
     */
    static int probableOffset(final long page, final KeyBuffer key, final int pageSize)
    {
        final int count = Math.min(count(page), (pageSize - HEADER_LENGTH) / SLOT_LENGTH);
        final int index = lowerBound(page + HEADER_LENGTH, 0, count, key.head(Math.min(prefixLength(page), key.length)) >>> 1);
        return heapOffset(slot(page, Math.max(0, Math.min(index, count - 1))));
    }

    /**
     * Load where the entries of a leaf begin, for someone about to visit all of them: they lie in any order, and one round of misses is
     * cheaper than one for each.
     *
     * @return something of all of them, to be kept.
     */
    static long touchEntries(final long page, final int pageSize)
    {
        long touched = 0;
        for (int i = 0, count = count(page); i < count; i++)
        {
            // An entry without bytes may be said to begin where the page ends.
            touched += UnsafeApi.getByte(page + Math.min(heapOffset(slot(page, i)), pageSize - 1));
        }
        return touched;
    }

    /**
     * Count the slots whose head is less, by all but the last bit (so that a difference cannot overflow). Without branches that depend
     * on the data: the loads are independent, so a cold page costs one round of misses and not one per probe.
     */
    private static int lowerBound(final long slots, final int first, final int count, final long head)
    {
        int from = first;
        int to = count;
        if (count > LINEAR_COUNT_MAX)
        {
            int blocks = 0;
            for (int i = first + BLOCK - 1; i < count; i += BLOCK)
            {
                blocks += (int)(((UnsafeApi.getLong(slots + ((long)i << 4)) >>> 1) - head) >>> 63);
            }
            from = first + blocks * BLOCK;
            to = Math.min(count, from + BLOCK);
        }
        int index = from;
        for (int i = from; i < to; i++)
        {
            index += (int)(((UnsafeApi.getLong(slots + ((long)i << 4)) >>> 1) - head) >>> 63);
        }
        return index;
    }

    /** The rare case of equal heads: binary search by whole keys. */
    private static int searchBehind(
        final long page,
        final long slots,
        final int prefix,
        final int from,
        final int to,
        final long head,
        final KeyBuffer key)
    {
        int low = from;
        int high = to - 1;
        while (low <= high)
        {
            final int middle = (low + high) >>> 1;
            final int order = compare(page, slots + ((long)middle << 4), prefix, head, key);
            if (order < 0)
            {
                low = middle + 1;
            }
            else if (order > 0)
            {
                high = middle - 1;
            }
            else
            {
                return middle;
            }
        }
        return ~low;
    }

    /** Order of a slot's key against a key that has the page's prefix. */
    private static int compare(final long page, final long slot, final int prefix, final long head, final KeyBuffer key)
    {
        final long slotHead = UnsafeApi.getLong(slot);
        if (slotHead != head)
        {
            return Long.compareUnsigned(slotHead, head);
        }
        final int slotLength = suffixLength(slot);
        final int keyLength = key.length - prefix;
        if (slotLength <= 8 || keyLength <= 8)
        {
            return slotLength - keyLength;
        }
        return Bytes.compare(page + heapOffset(slot), slotLength - 8, key.bytes, prefix + 8, keyLength - 8);
    }

    /**
     * Put a slot's whole key together.
     */
    static void copyKey(final long page, final int index, final KeyBuffer key)
    {
        final int prefix = prefixLength(page);
        final long slot = slot(page, index);
        final int suffix = suffixLength(slot);
        Bytes.copy(null, prefixAddress(page), key.bytes, Bytes.ARRAY_BASE, prefix);
        // The array has room for eight bytes behind the longest key, and limit() zeroes them.
        UnsafeApi.putLong(key.bytes, Bytes.ARRAY_BASE + prefix, Long.reverseBytes(UnsafeApi.getLong(slot)));
        if (suffix > 8)
        {
            Bytes.copy(null, page + heapOffset(slot), key.bytes, Bytes.ARRAY_BASE + prefix + 8, suffix - 8);
        }
        key.limit(prefix + suffix);
    }

    static int keyLength(final long page, final int index)
    {
        return prefixLength(page) + suffixLength(slot(page, index));
    }
}
