package io.cairn.fsm.page;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.UnsafeApi;

import static io.cairn.fsm.page.PageArena.NULL_PAGE;

/**
 * An ordered map from byte strings to byte strings (unsigned lexicographic order) over the pages of an arena.
 * <p>
 * Keys are 0 to {@link PageDescriptor#keyLengthMax(int)} bytes long, values 0 to {@link #VALUE_LENGTH_MAX}. No method allocates on the
 * heap but {@link #cursor()}. Owner: the writer thread. Buffers given are only read (written) during the call, and must not lie in the
 * tree's own pages (a {@link ValueView} of it, for one). Errors: {@link IllegalArgumentException} for a key or value out of bounds,
 * before anything is changed; {@link PageStateException} when the arena is exhausted, which is fatal.
 */
public final class BTree
{
    /** Longest value in bytes. */
    public static final int VALUE_LENGTH_MAX = 1 << 30;

    private final PageArena arena;
    private final PageEditor editor;
    private final Catalog catalog;
    private final int tableId;
    private final TreeRoot root = new TreeRoot();
    private final TreePath path;
    private final TreeShape shape;
    private final TreeReader reader;
    private final KeyBuffer key;
    private final KeyBuffer endKey;
    private final int inlineLengthMax;
    private int cataloguedRoot;
    private long size;

    BTree(final PageArena arena, final Catalog catalog, final int tableId, final int rootPageId)
    {
        this.arena = arena;
        this.catalog = catalog;
        this.tableId = tableId;
        editor = arena.editor();
        path = new TreePath(arena);
        shape = new TreeShape(arena, path, root);
        reader = new TreeReader(arena, root);
        key = new KeyBuffer(PageDescriptor.keyLengthMax(arena.pageSize()));
        endKey = new KeyBuffer(PageDescriptor.keyLengthMax(arena.pageSize()));
        inlineLengthMax = PageDescriptor.inlineLengthMax(arena.pageSize());
        root.pageId = rootPageId;
        cataloguedRoot = rootPageId;
        size = rootPageId == NULL_PAGE ? 0 : PageDescriptor.treeSize(arena.address(rootPageId));
    }

    /** @return id of the table. */
    public int tableId()
    {
        return tableId;
    }

    /** @return number of entries. */
    public long size()
    {
        return size;
    }

    /**
     * Insert or replace.
     *
     * @param keyBuffer   that holds the key.
     * @param keyOffset   of the key.
     * @param keyLength   of the key.
     * @param valueBuffer that holds the value.
     * @param valueOffset of the value.
     * @param valueLength of the value.
     * @return true when the key was new.
     */
    public boolean put(
        final DirectBuffer keyBuffer,
        final int keyOffset,
        final int keyLength,
        final DirectBuffer valueBuffer,
        final int valueOffset,
        final int valueLength)
    {
        key.load(keyBuffer, keyOffset, keyLength);
        checkValue(valueBuffer, valueOffset, valueLength);
        final int index;
        if (root.pageId == NULL_PAGE)
        {
            shape.plant();
            index = ~0;
        }
        else
        {
            index = SlottedPage.search(path.descend(root.pageId, key), 0, key);
            root.pageId = path.makeCurrent();
        }
        final Object valueBase = valueBuffer.byteArray();
        final long valueAddress = valueBuffer.addressOffset() + valueOffset;
        if (index >= 0)
        {
            replace(index, valueBase, valueAddress, valueLength);
            changed(size);
            return false;
        }
        insert(~index, valueBase, valueAddress, valueLength);
        changed(size + 1);
        return true;
    }

    /**
     * Insert behind the last entry: the way to load entries that are already in order, which leaves full pages.
     *
     * @param keyBuffer   that holds the key.
     * @param keyOffset   of the key.
     * @param keyLength   of the key.
     * @param valueBuffer that holds the value.
     * @param valueOffset of the value.
     * @param valueLength of the value.
     * @throws IllegalArgumentException when the key is not greater than the last one.
     */
    public void append(
        final DirectBuffer keyBuffer,
        final int keyOffset,
        final int keyLength,
        final DirectBuffer valueBuffer,
        final int valueOffset,
        final int valueLength)
    {
        key.load(keyBuffer, keyOffset, keyLength);
        checkValue(valueBuffer, valueOffset, valueLength);
        if (root.pageId == NULL_PAGE)
        {
            shape.plant();
        }
        else
        {
            final long leaf = path.descendEdge(root.pageId, true);
            if (SlottedPage.search(leaf, 0, key) != ~SlottedPage.count(leaf))
            {
                throw new IllegalArgumentException("a key to append is not greater than the last one: use put");
            }
            root.pageId = path.makeCurrent();
        }
        final int index = SlottedPage.count(path.pages[path.leafDepth]);
        insert(index, valueBuffer.byteArray(), valueBuffer.addressOffset() + valueOffset, valueLength);
        changed(size + 1);
    }

    /**
     * Copy a value out.
     *
     * @param keyBuffer   that holds the key.
     * @param keyOffset   of the key.
     * @param keyLength   of the key.
     * @param dst         to copy to.
     * @param dstOffset   of the first byte.
     * @param dstCapacity bytes to copy at most.
     * @return the full length of the value, of which at most dstCapacity bytes were copied; -1 when the key is missing.
     */
    public int get(
        final DirectBuffer keyBuffer,
        final int keyOffset,
        final int keyLength,
        final MutableDirectBuffer dst,
        final int dstOffset,
        final int dstCapacity)
    {
        return reader.get(keyBuffer, keyOffset, keyLength, dst, dstOffset, dstCapacity);
    }

    /**
     * Look at a value where it lies.
     *
     * @param keyBuffer that holds the key.
     * @param keyOffset of the key.
     * @param keyLength of the key.
     * @param view      to point at the value.
     * @return false when the key is missing; the view is unchanged then.
     */
    public boolean find(final DirectBuffer keyBuffer, final int keyOffset, final int keyLength, final ValueView view)
    {
        return reader.find(keyBuffer, keyOffset, keyLength, view);
    }

    /**
     * Remove an entry.
     *
     * @param keyBuffer that holds the key.
     * @param keyOffset of the key.
     * @param keyLength of the key.
     * @return false when the key was missing.
     */
    public boolean remove(final DirectBuffer keyBuffer, final int keyOffset, final int keyLength)
    {
        key.load(keyBuffer, keyOffset, keyLength);
        if (root.pageId == NULL_PAGE)
        {
            return false;
        }
        final int index = SlottedPage.search(path.descend(root.pageId, key), 0, key);
        if (index < 0)
        {
            return false;
        }
        removeSlots(index, 1);
        return true;
    }

    /**
     * Remove the first entries whose keys are at least one key and less than another.
     *
     * @param from       buffer that holds the inclusive beginning.
     * @param fromOffset of the beginning.
     * @param fromLength of the beginning; 0 for the beginning of the tree.
     * @param to         buffer that holds the exclusive end, or null for the end of the tree.
     * @param toOffset   of the end.
     * @param toLength   of the end.
     * @param limit      most entries to remove.
     * @return number of entries removed; less than the limit when the range is empty now.
     */
    public long removeRange(
        final DirectBuffer from,
        final int fromOffset,
        final int fromLength,
        final DirectBuffer to,
        final int toOffset,
        final int toLength,
        final long limit)
    {
        key.load(from, fromOffset, fromLength);
        if (to != null)
        {
            endKey.load(to, toOffset, toLength);
        }
        long removed = 0;
        while (removed < limit && root.pageId != NULL_PAGE)
        {
            long leaf = path.descend(root.pageId, key);
            final int found = SlottedPage.search(leaf, 0, key);
            int begin = found >= 0 ? found : ~found;
            if (begin == SlottedPage.count(leaf))
            {
                if (!path.nextLeaf())
                {
                    break;
                }
                leaf = path.pages[path.leafDepth];
                begin = 0;
            }
            final int bound = to == null ? SlottedPage.count(leaf) : SlottedPage.search(leaf, 0, endKey);
            final int end = (int)Math.min(bound >= 0 ? bound : ~bound, begin + Math.min(limit - removed, SlottedPage.count(leaf)));
            if (end <= begin)
            {
                break;
            }
            removeSlots(begin, end - begin);
            removed += end - begin;
        }
        return removed;
    }

    /** Remove every entry. The pages are given back little by little as others are allocated. */
    public void clear()
    {
        if (root.pageId != NULL_PAGE)
        {
            arena.drop(root.pageId);
            root.pageId = NULL_PAGE;
            changed(0);
        }
    }

    /** @return a new cursor over this tree. */
    public BTreeCursor cursor()
    {
        return new BTreeCursor(arena, root);
    }

    int rootPageId()
    {
        return root.pageId;
    }

    private void insert(final int index, final Object valueBase, final long valueAddress, final int valueLength)
    {
        if (key.length + valueLength <= inlineLengthMax)
        {
            final long inline = shape.insert(index, key, valueLength, valueLength);
            Bytes.copy(valueBase, valueAddress, null, inline, valueLength);
        }
        else if (valueLength == 0)
        {
            shape.insert(index, key, 0, 0);
        }
        else
        {
            final int chain = OverflowPages.write(arena, valueBase, valueAddress, valueLength);
            UnsafeApi.putInt(shape.insert(index, key, ~valueLength, Integer.BYTES), chain);
        }
    }

    private void replace(final int index, final Object valueBase, final long valueAddress, final int valueLength)
    {
        final long leaf = path.pages[path.leafDepth];
        final long slot = SlottedPage.slot(leaf, index);
        final int old = SlottedPage.value(slot);
        if (old >= valueLength && key.length + valueLength <= inlineLengthMax)
        {
            Bytes.copy(valueBase, valueAddress, null, SlottedPage.valueAddress(leaf, slot), valueLength);
            if (old > valueLength)
            {
                SlottedPage.value(slot, valueLength);
                editor.addDead(leaf, old - valueLength);
            }
            return;
        }
        if (old < 0)
        {
            OverflowPages.retire(arena, UnsafeApi.getInt(SlottedPage.valueAddress(leaf, slot)));
        }
        editor.remove(leaf, index, 1);
        insert(index, valueBase, valueAddress, valueLength);
    }

    private void removeSlots(final int index, final int count)
    {
        root.pageId = path.makeCurrent();
        final long leaf = path.pages[path.leafDepth];
        for (int i = 0; i < count; i++)
        {
            final long slot = SlottedPage.slot(leaf, index + i);
            if (SlottedPage.value(slot) < 0)
            {
                OverflowPages.retire(arena, UnsafeApi.getInt(SlottedPage.valueAddress(leaf, slot)));
            }
        }
        editor.remove(leaf, index, count);
        shape.shrink();
        changed(size - count);
    }

    private void checkValue(final DirectBuffer valueBuffer, final int valueOffset, final int valueLength)
    {
        if (valueLength < 0 || valueLength > VALUE_LENGTH_MAX)
        {
            throw new IllegalArgumentException("value length " + valueLength + " is not in 0.." + VALUE_LENGTH_MAX);
        }
        valueBuffer.boundsCheck(valueOffset, valueLength);
    }

    /** The size lies in the root page, which every change has made current; a root that moved is catalogued at once. */
    private void changed(final long newSize)
    {
        root.version++;
        final int rootPageId = root.pageId;
        if (rootPageId != NULL_PAGE && (newSize != size || rootPageId != cataloguedRoot))
        {
            final long page = arena.address(rootPageId);
            PageStateException.check(arena.isCurrent(page), "a root was changed in an old epoch");
            PageDescriptor.treeSize(page, newSize);
        }
        PageStateException.check(newSize >= 0 && (newSize == 0) == (rootPageId == NULL_PAGE), "the size of a tree does not match its root");
        size = newSize;
        if (rootPageId != cataloguedRoot)
        {
            cataloguedRoot = rootPageId;
            if (catalog != null)
            {
                catalog.rootMoved(tableId, rootPageId);
            }
        }
    }
}
