package io.cairn.fsm.page;

import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;

import java.nio.ByteBuffer;

import static io.cairn.fsm.page.PageDescriptor.COUNT_OFFSET;
import static io.cairn.fsm.page.PageDescriptor.DEAD_BYTES_OFFSET;
import static io.cairn.fsm.page.PageDescriptor.HEADER_LENGTH;
import static io.cairn.fsm.page.PageDescriptor.HEAP_TOP_OFFSET;
import static io.cairn.fsm.page.PageDescriptor.PREFIX_LENGTH_OFFSET;
import static io.cairn.fsm.page.PageDescriptor.PREFIX_OFFSET_OFFSET;
import static io.cairn.fsm.page.PageDescriptor.SLOT_LENGTH;
import static io.cairn.fsm.page.SlottedPage.count;
import static io.cairn.fsm.page.SlottedPage.deadBytes;
import static io.cairn.fsm.page.SlottedPage.entryLength;
import static io.cairn.fsm.page.SlottedPage.firstKey;
import static io.cairn.fsm.page.SlottedPage.head;
import static io.cairn.fsm.page.SlottedPage.heapEnd;
import static io.cairn.fsm.page.SlottedPage.heapOffset;
import static io.cairn.fsm.page.SlottedPage.heapTop;
import static io.cairn.fsm.page.SlottedPage.inlineLength;
import static io.cairn.fsm.page.SlottedPage.isLeaf;
import static io.cairn.fsm.page.SlottedPage.prefixLength;
import static io.cairn.fsm.page.SlottedPage.slot;
import static io.cairn.fsm.page.SlottedPage.suffixLength;
import static io.cairn.fsm.page.SlottedPage.tailLength;
import static io.cairn.fsm.page.SlottedPage.usedLength;
import static io.cairn.fsm.page.SlottedPage.value;

/**
 * Changes the slots and heap of leaves and branches of the current epoch. Owner: the writer thread; one per arena, since it holds the
 * scratch page that pages are laid out from.
 */
final class PageEditor
{
    /** A prefix is worth its keep from this many bytes on. */
    private static final int PREFIX_LENGTH_MIN = 4;
    private static final int SHORT_MOVE_MAX = 256;

    private final int pageSize;
    private final ByteBuffer scratchBuffer;
    private final long scratch;
    private final KeyBuffer firstKey;
    private final KeyBuffer lastKey;

    PageEditor(final int pageSize)
    {
        this.pageSize = pageSize;
        scratchBuffer = BufferUtil.allocateDirectAligned(pageSize, 64);
        scratch = BufferUtil.address(scratchBuffer);
        firstKey = new KeyBuffer(PageDescriptor.keyLengthMax(pageSize));
        lastKey = new KeyBuffer(PageDescriptor.keyLengthMax(pageSize));
    }

    /**
     * Make a key ready to be placed: after it the page's prefix is one that the key has, and slot and heap bytes for it are free.
     *
     * @return false when the page must be split.
     */
    boolean prepare(final long page, final KeyBuffer key, final int inlineBytes)
    {
        final int prefix = prefixLength(page);
        if (prefix != 0 && !key.startsWith(SlottedPage.prefixAddress(page), prefix))
        {
            final int target = count(page) <= firstKey(page) ? 0 : worthwhile(commonPrefix(page, prefix, key));
            if (lengthUnder(page, target) + needed(key, target, inlineBytes) > pageSize)
            {
                return false;
            }
            layOut(page, target);
        }
        final int needed = needed(key, prefixLength(page), inlineBytes);
        final int contiguous = heapTop(page) - HEADER_LENGTH - count(page) * SLOT_LENGTH;
        if (needed <= contiguous)
        {
            return true;
        }
        if (needed > contiguous + deadBytes(page))
        {
            return false;
        }
        layOut(page, prefixLength(page));
        return true;
    }

    /**
     * Insert a slot for a key, after {@link #prepare}.
     *
     * @return address of the inline bytes, for the caller to fill.
     */
    long place(final long page, final int index, final KeyBuffer key, final int value, final int inlineBytes)
    {
        final int prefix = prefixLength(page);
        final int suffix = key.length - prefix;
        final int tail = tailLength(suffix);
        final int top = heapTop(page) - tail - inlineBytes;
        final int count = count(page);
        PageStateException.check(HEADER_LENGTH + (count + 1) * SLOT_LENGTH <= top && index <= count, "no room was prepared");
        final long slot = slot(page, index);
        moveUp(slot, (count - index) << 4);
        writeSlot(slot, key.head(prefix), top, suffix, value);
        Bytes.copy(key.bytes, Bytes.ARRAY_BASE + prefix + 8, null, page + top, tail);
        header(page, count + 1, top, deadBytes(page));
        return page + top + tail;
    }

    /** Insert the slot of a branch that has no key. */
    void placeFirstChild(final long page, final int child)
    {
        PageStateException.check(count(page) == 0, "the first child comes first");
        writeSlot(slot(page, 0), 0L, heapTop(page), 0, child);
        header(page, 1, heapTop(page), deadBytes(page));
    }

    /** Remove slots. Where a branch loses slot 0, the next one loses its key: it is the first now. */
    void remove(final long page, final int index, final int removed)
    {
        final boolean leaf = isLeaf(page);
        final int count = count(page);
        PageStateException.check(index >= 0 && removed > 0 && index + removed <= count, "slots to remove are out of range");
        int dead = deadBytes(page);
        final long from = slot(page, index);
        for (int i = 0; i < removed; i++)
        {
            dead += entryLength(from + ((long)i << 4), leaf);
        }
        final int moved = (count - index - removed) << 4;
        if (moved > 0)
        {
            UnsafeApi.copyMemory(from + ((long)removed << 4), from, moved);
        }
        final int remaining = count - removed;
        if (!leaf && index == 0 && remaining > 0)
        {
            dead += entryLength(from, false);
            writeSlot(from, 0L, heapTop(page), 0, value(from));
        }
        if (remaining == 0)
        {
            empty(page);
        }
        else
        {
            header(page, remaining, heapTop(page), dead);
        }
    }

    /** Note that heap bytes are not used any more. */
    void addDead(final long page, final int length)
    {
        header(page, count(page), heapTop(page), deadBytes(page) + length);
    }

    /** Append slots of one page to another, whatever their prefixes; the target's prefix must be one that the keys have. */
    void append(final long source, final int from, final int to, final long target)
    {
        final boolean leaf = isLeaf(source);
        if (prefixLength(source) == prefixLength(target))
        {
            appendSamePrefix(source, from, to, leaf, target);
            return;
        }
        for (int i = from; i < to; i++)
        {
            final long slot = slot(source, i);
            if (!leaf && i == 0)
            {
                placeFirstChild(target, value(slot));
            }
            else
            {
                SlottedPage.copyKey(source, i, lastKey);
                final int inlineBytes = leaf ? inlineLength(value(slot)) : 0;
                final long inline = place(target, count(target), lastKey, value(slot), inlineBytes);
                Bytes.copy(null, SlottedPage.valueAddress(source, slot), null, inline, inlineBytes);
            }
        }
    }

    private void appendSamePrefix(final long source, final int from, final int to, final boolean leaf, final long target)
    {
        int count = count(target);
        int top = heapTop(target);
        for (int i = from; i < to; i++)
        {
            final long slot = slot(source, i);
            final int entryLength = entryLength(slot, leaf);
            top -= entryLength;
            PageStateException.check(HEADER_LENGTH + (count + 1) * SLOT_LENGTH <= top, "a page overflows while it is laid out");
            writeSlot(slot(target, count), head(slot), top, suffixLength(slot), value(slot));
            Bytes.copy(null, source + heapOffset(slot), null, target + top, entryLength);
            count++;
        }
        header(target, count, top, deadBytes(target));
    }

    /** Keep the first slots only, with the heap compacted. */
    void truncate(final long page, final int count)
    {
        copyToScratch(page);
        empty(page);
        append(scratch, 0, count, page);
    }

    /** Take over the prefix of another page, while empty. */
    void inheritPrefix(final long page, final long source)
    {
        PageStateException.check(count(page) == 0, "the prefix of a page with slots cannot be set");
        final int prefix = prefixLength(source);
        Bytes.copy(null, SlottedPage.prefixAddress(source), null, page + pageSize - prefix, prefix);
        prefixAtEnd(page, prefix);
    }

    /**
     * Lengthen the prefix to what the keys and one to come have in common, where that costs no room.
     *
     * @return false when there is nothing to gain.
     */
    boolean adoptPrefix(final long page, final KeyBuffer key)
    {
        final int first = firstKey(page);
        final int count = count(page);
        if (count - first < 2)
        {
            return false;
        }
        SlottedPage.copyKey(page, first, firstKey);
        SlottedPage.copyKey(page, count - 1, lastKey);
        final int common = Math.min(firstKey.common(lastKey), firstKey.common(key));
        final int prefix = prefixLength(page);
        if (common < prefix + PREFIX_LENGTH_MIN || lengthUnder(page, common) > lengthUnder(page, prefix))
        {
            return false;
        }
        layOut(page, common);
        return true;
    }

    /** Bytes that a page would use that holds what two neighbours hold. */
    int mergedLength(final long left, final long right, final KeyBuffer separator)
    {
        final int prefix = mergedPrefix(left, right, separator);
        final int separatorNeed = isLeaf(left) ? 0 : tailLength(separator.length - prefix);
        return lengthUnder(left, prefix) + lengthUnder(right, prefix) - HEADER_LENGTH - prefix + separatorNeed;
    }

    /** Put all of the right page behind the left one; between branches the separator of the two comes down. */
    void merge(final long left, final long right, final KeyBuffer separator)
    {
        final int prefix = mergedPrefix(left, right, separator);
        final int leftCount = count(left);
        copyToScratch(left);
        setPrefix(left, firstKey, prefix);
        append(scratch, 0, leftCount, left);
        if (isLeaf(left))
        {
            append(right, 0, count(right), left);
        }
        else
        {
            place(left, count(left), separator, SlottedPage.child(right, 0), 0);
            append(right, 1, count(right), left);
        }
    }

    private int mergedPrefix(final long left, final long right, final KeyBuffer separator)
    {
        boundingKey(left, firstKey(left), separator, firstKey);
        boundingKey(right, count(right) - 1, separator, lastKey);
        return worthwhile(firstKey.common(lastKey));
    }

    /** Key of a slot, or the separator where the page has no such key (an empty leaf, a branch of one child). */
    private static void boundingKey(final long page, final int index, final KeyBuffer separator, final KeyBuffer key)
    {
        if (index < count(page) && index >= firstKey(page))
        {
            SlottedPage.copyKey(page, index, key);
        }
        else
        {
            System.arraycopy(separator.bytes, 0, key.bytes, 0, separator.length);
            key.limit(separator.length);
        }
    }

    /** Bytes that a page would use, header included, with another prefix. */
    private int lengthUnder(final long page, final int prefix)
    {
        final int current = prefixLength(page);
        if (prefix == current)
        {
            return usedLength(page, pageSize);
        }
        final boolean leaf = isLeaf(page);
        int length = HEADER_LENGTH + prefix;
        for (int i = 0, count = count(page); i < count; i++)
        {
            final long slot = slot(page, i);
            final int suffix = leaf || i > 0 ? suffixLength(slot) + current - prefix : 0;
            length += SLOT_LENGTH + tailLength(suffix) + (leaf ? inlineLength(value(slot)) : 0);
        }
        return length;
    }

    /** Lay a page out afresh, with a prefix that all its keys have. */
    private void layOut(final long page, final int prefix)
    {
        final int count = count(page);
        copyToScratch(page);
        if (prefix == prefixLength(page))
        {
            empty(page);
        }
        else
        {
            final int first = firstKey(page);
            if (count > first)
            {
                SlottedPage.copyKey(scratch, first, firstKey);
            }
            setPrefix(page, firstKey, count > first ? prefix : 0);
        }
        append(scratch, 0, count, page);
    }

    private void setPrefix(final long page, final KeyBuffer key, final int prefix)
    {
        Bytes.copy(key.bytes, Bytes.ARRAY_BASE, null, page + pageSize - prefix, prefix);
        prefixAtEnd(page, prefix);
    }

    /** Empty the page, whose last bytes are its prefix. */
    private void prefixAtEnd(final long page, final int prefix)
    {
        UnsafeApi.putShort(page + PREFIX_LENGTH_OFFSET, (short)prefix);
        UnsafeApi.putShort(page + PREFIX_OFFSET_OFFSET, (short)(prefix == 0 ? 0 : pageSize - prefix));
        empty(page);
    }

    private void empty(final long page)
    {
        header(page, 0, heapEnd(page, pageSize), 0);
    }

    private void copyToScratch(final long page)
    {
        UnsafeApi.copyMemory(page, scratch, scratchBuffer.capacity());
    }

    private static int commonPrefix(final long page, final int prefix, final KeyBuffer key)
    {
        final long prefixAddress = SlottedPage.prefixAddress(page);
        final int length = Math.min(prefix, key.length);
        int i = 0;
        while (i < length && UnsafeApi.getByte(prefixAddress + i) == key.bytes[i])
        {
            i++;
        }
        return i;
    }

    private static int worthwhile(final int common)
    {
        return common >= PREFIX_LENGTH_MIN ? common : 0;
    }

    private static int needed(final KeyBuffer key, final int prefix, final int inlineBytes)
    {
        return SLOT_LENGTH + tailLength(key.length - prefix) + inlineBytes;
    }

    private static void writeSlot(final long slot, final long head, final int heapOffset, final int suffixLength, final int value)
    {
        UnsafeApi.putLong(slot, head);
        UnsafeApi.putLong(slot + 8, heapOffset | (long)suffixLength << 16 | (long)value << 32);
    }

    private static void header(final long page, final int count, final int heapTop, final int deadBytes)
    {
        UnsafeApi.putShort(page + COUNT_OFFSET, (short)count);
        UnsafeApi.putShort(page + HEAP_TOP_OFFSET, (short)heapTop);
        UnsafeApi.putShort(page + DEAD_BYTES_OFFSET, (short)deadBytes);
    }

    /** Move a run of slots up by one slot; runs overlap. */
    private static void moveUp(final long slot, final int length)
    {
        if (length > SHORT_MOVE_MAX)
        {
            UnsafeApi.copyMemory(slot, slot + SLOT_LENGTH, length);
        }
        else
        {
            for (int i = length - 8; i >= 0; i -= 8)
            {
                UnsafeApi.putLong(slot + SLOT_LENGTH + i, UnsafeApi.getLong(slot + i));
            }
        }
    }
}
