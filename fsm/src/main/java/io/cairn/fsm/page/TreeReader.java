package io.cairn.fsm.page;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.UnsafeApi;

import static io.cairn.fsm.page.PageArena.NULL_PAGE;

/**
 * Point reads below a root. Owner: the tree it belongs to.
 */
final class TreeReader
{
    static final int MISSING = -1;

    private final PageArena arena;
    private final TreeRoot root;
    private final KeyBuffer key;
    private long leaf;

    TreeReader(final PageArena arena, final TreeRoot root)
    {
        this.arena = arena;
        this.root = root;
        key = new KeyBuffer(PageDescriptor.keyLengthMax(arena.pageSize()));
    }

    int get(
        final DirectBuffer source,
        final int keyOffset,
        final int keyLength,
        final MutableDirectBuffer dst,
        final int dstOffset,
        final int dstCapacity)
    {
        final long slot = findSlot(source, keyOffset, keyLength);
        return slot == 0 ? MISSING : copyValue(arena, leaf, slot, dst, dstOffset, dstCapacity);
    }

    boolean find(final DirectBuffer source, final int keyOffset, final int keyLength, final ValueView view)
    {
        final long slot = findSlot(source, keyOffset, keyLength);
        if (slot == 0)
        {
            return false;
        }
        view.wrap(arena, leaf, slot);
        return true;
    }

    static int copyValue(
        final PageArena arena,
        final long leaf,
        final long slot,
        final MutableDirectBuffer dst,
        final int dstOffset,
        final int dstCapacity)
    {
        final int value = SlottedPage.value(slot);
        final long address = SlottedPage.valueAddress(leaf, slot);
        final int length = value >= 0 ? value : ~value;
        final int copied = Math.min(length, dstCapacity);
        if (copied > 0)
        {
            dst.boundsCheck(dstOffset, copied);
            final long dstAddress = dst.addressOffset() + dstOffset;
            if (value >= 0)
            {
                Bytes.copy(null, address, dst.byteArray(), dstAddress, copied);
            }
            else
            {
                final int read = OverflowPages.read(arena, UnsafeApi.getInt(address), 0, dst.byteArray(), dstAddress, copied);
                PageStateException.check(read == copied, "an overflow chain is shorter than its value");
            }
        }
        return length;
    }

    private long findSlot(final DirectBuffer source, final int keyOffset, final int keyLength)
    {
        root.checkReadable();
        key.load(source, keyOffset, keyLength);
        final int rootPageId = root.pageId;
        if (rootPageId == NULL_PAGE)
        {
            return 0;
        }
        long page = arena.address(rootPageId);
        while (!SlottedPage.isLeaf(page))
        {
            page = arena.address(SlottedPage.child(page, SlottedPage.childIndex(page, key)));
        }
        final int index = SlottedPage.search(page, 0, key);
        leaf = page;
        return index >= 0 ? SlottedPage.slot(page, index) : 0;
    }
}
