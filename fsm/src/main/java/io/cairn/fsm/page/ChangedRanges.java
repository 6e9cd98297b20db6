package io.cairn.fsm.page;

import org.agrona.MutableDirectBuffer;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

import static io.cairn.fsm.page.PageArena.NULL_PAGE;

/**
 * Walks the leaves of one pinned table that are newer than an epoch, in key order: the ranges of keys that may differ from what the table was
 * when that epoch was frozen, and what is in them now. It does not depend on how another replica lays out its pages.
 * <p>
 * Every key that was put, replaced or removed since lies in one of the ranges ({@code TreeShape.renewHeir} says why), so a replica whose state
 * is that of the base, or any later one that is not behind the root, becomes equal to the root when it replaces these ranges by what is in them:
 * a key outside of them has not changed since the base, so it is the same in all states between. Parents are never older than their children,
 * so the cost is proportional to the change. Can stop after any leaf and go on later, as long as the pin holds. Does not allocate. Owner: the
 * thread that holds the pin.
 */
public final class ChangedRanges
{
    private final PageArena arena;
    private final long[] pages = new long[TreePath.DEPTH_MAX];
    private final int[] indexes = new int[TreePath.DEPTH_MAX];
    private final TreeReader catalog;
    private final TreeRoot catalogRoot = new TreeRoot();
    private final KeyBuffer key;
    private long baseEpoch;
    private long leaf;
    private int depth = -1;
    private int startPageId = NULL_PAGE;
    private boolean whole;

    /**
     * @param tables of the pins.
     */
    public ChangedRanges(final Tables tables)
    {
        arena = tables.arena();
        catalog = new TreeReader(arena, catalogRoot);
        key = new KeyBuffer(PageDescriptor.keyLengthMax(arena.pageSize()));
    }

    /**
     * Begin with a table.
     *
     * @param pin     that is held.
     * @param tableId of a table.
     * @param base    leaves of this epoch and older ones are passed over; 0 for none.
     * @return false when there is no such table.
     */
    public boolean start(final Pin pin, final int tableId, final long base)
    {
        catalogRoot.set(pin.root().catalogRoot(), pin);
        final UnsafeBuffer id = new UnsafeBuffer(new byte[Catalog.KEY_LENGTH]);
        id.putInt(0, tableId, ByteOrder.BIG_ENDIAN);
        final ValueView view = new ValueView();
        if (tableId <= 0 || !catalog.find(id, 0, Catalog.KEY_LENGTH, view))
        {
            return false;
        }
        startPageId = view.piece().getInt(Catalog.ROOT_OFFSET, ByteOrder.LITTLE_ENDIAN);
        // An empty table has no page that could tell when it became empty.
        whole = startPageId == NULL_PAGE;
        baseEpoch = base;
        depth = -1;
        leaf = 0;
        return true;
    }

    /**
     * Go to the next range.
     *
     * @return false when there is none.
     */
    public boolean next()
    {
        catalogRoot.checkReadable();
        if (whole)
        {
            whole = false;
            leaf = 0;
            return true;
        }
        if (startPageId != NULL_PAGE)
        {
            final int pageId = startPageId;
            startPageId = NULL_PAGE;
            if (enter(pageId))
            {
                return true;
            }
        }
        while (depth >= 0)
        {
            final long branch = pages[depth];
            final int index = ++indexes[depth];
            if (index >= SlottedPage.count(branch))
            {
                depth--;
            }
            else if (enter(SlottedPage.child(branch, index)))
            {
                return true;
            }
        }
        return false;
    }

    /** @return true when the page is a leaf to stop at; a branch is entered before its first child. */
    private boolean enter(final int pageId)
    {
        final long page = arena.address(pageId);
        if (PageDescriptor.epoch(page) <= baseEpoch)
        {
            return false;
        }
        if (SlottedPage.isLeaf(page))
        {
            leaf = page;
            return true;
        }
        depth++;
        pages[depth] = page;
        indexes[depth] = -1;
        return false;
    }

    /**
     * Copy the inclusive beginning of the range.
     *
     * @param dst       to copy to.
     * @param dstOffset of the first byte.
     * @return its length; 0 for the beginning of the table.
     */
    public int low(final MutableDirectBuffer dst, final int dstOffset)
    {
        for (int i = depth; i >= 0; i--)
        {
            if (indexes[i] > 0)
            {
                return copyKey(pages[i], indexes[i], dst, dstOffset);
            }
        }
        return 0;
    }

    /**
     * Copy the exclusive end of the range.
     *
     * @param dst       to copy to.
     * @param dstOffset of the first byte.
     * @return its length; -1 for the end of the table.
     */
    public int high(final MutableDirectBuffer dst, final int dstOffset)
    {
        for (int i = depth; i >= 0; i--)
        {
            if (indexes[i] + 1 < SlottedPage.count(pages[i]))
            {
                return copyKey(pages[i], indexes[i] + 1, dst, dstOffset);
            }
        }
        return -1;
    }

    /** @return number of entries in the range. */
    public int count()
    {
        return leaf == 0 ? 0 : SlottedPage.count(leaf);
    }

    /**
     * Copy the key of an entry.
     *
     * @param index     of the entry, from 0.
     * @param dst       to copy to.
     * @param dstOffset of the first byte.
     * @return its length.
     */
    public int key(final int index, final MutableDirectBuffer dst, final int dstOffset)
    {
        return copyKey(leaf, index, dst, dstOffset);
    }

    /**
     * Look at the value of an entry.
     *
     * @param index of the entry, from 0.
     * @param view  to point at it.
     */
    public void value(final int index, final ValueView view)
    {
        view.wrap(arena, leaf, SlottedPage.slot(leaf, index));
    }

    /**
     * A large value lies in pages of its own, which are written once and never go to another key: where they are not newer than the base, the
     * entry was the same then.
     *
     * @param index of the entry, from 0.
     * @return true when the value is known to be that of the base.
     */
    public boolean isOld(final int index)
    {
        final long slot = SlottedPage.slot(leaf, index);
        return SlottedPage.value(slot) < 0 &&
            PageDescriptor.epoch(arena.address(UnsafeApi.getInt(SlottedPage.valueAddress(leaf, slot)))) <= baseEpoch;
    }

    private int copyKey(final long page, final int index, final MutableDirectBuffer dst, final int dstOffset)
    {
        SlottedPage.copyKey(page, index, key);
        dst.putBytes(dstOffset, key.bytes, 0, key.length);
        return key.length;
    }
}
