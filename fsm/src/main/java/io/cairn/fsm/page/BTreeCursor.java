package io.cairn.fsm.page;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import static io.cairn.fsm.page.PageArena.NULL_PAGE;

/**
 * Stands on an entry of a tree and walks in key order, both ways. {@code for (boolean on = cursor.seek(…); on; on = cursor.next())}.
 * A cursor of a live tree must seek again after the tree has changed: otherwise it throws {@link IllegalStateException}. Moving and
 * reading do not allocate. Owner: the thread that owns the tree; a cursor of a pinned tree is usable while the pin holds.
 */
public final class BTreeCursor
{
    private final PageArena arena;
    private final TreeRoot root;
    private final TreePath path;
    private final KeyBuffer key;
    private final UnsafeBuffer keyView = new UnsafeBuffer(0, 0);
    private long version = -1;
    private long leaf;
    private int index;
    private int count;
    private boolean keyLoaded;

    BTreeCursor(final PageArena arena, final TreeRoot root)
    {
        this.arena = arena;
        this.root = root;
        path = new TreePath(arena);
        key = new KeyBuffer(PageDescriptor.keyLengthMax(arena.pageSize()));
    }

    /**
     * Stand on the first entry whose key is at least this.
     *
     * @param keyBuffer that holds the key.
     * @param keyOffset of the key.
     * @param keyLength of the key.
     * @return false when there is none.
     */
    public boolean seek(final DirectBuffer keyBuffer, final int keyOffset, final int keyLength)
    {
        if (!seekSlot(keyBuffer, keyOffset, keyLength))
        {
            return false;
        }
        return index < count || nextLeaf();
    }

    /**
     * Stand on the last entry whose key is less than this.
     *
     * @param keyBuffer that holds the key.
     * @param keyOffset of the key.
     * @param keyLength of the key.
     * @return false when there is none.
     */
    public boolean seekBefore(final DirectBuffer keyBuffer, final int keyOffset, final int keyLength)
    {
        if (!seekSlot(keyBuffer, keyOffset, keyLength))
        {
            return false;
        }
        index--;
        return index >= 0 || previousLeaf();
    }

    /**
     * Stand on the first entry.
     *
     * @return false when the tree is empty.
     */
    public boolean seekFirst()
    {
        return seekEdge(false);
    }

    /**
     * Stand on the last entry.
     *
     * @return false when the tree is empty.
     */
    public boolean seekLast()
    {
        return seekEdge(true);
    }

    /**
     * Step to the entry that follows.
     *
     * @return false at the end; the cursor then stands on no entry.
     */
    public boolean next()
    {
        checkPlace();
        keyLoaded = false;
        return ++index < count || nextLeaf();
    }

    /**
     * Step to the entry before.
     *
     * @return false at the beginning; the cursor then stands on no entry.
     */
    public boolean previous()
    {
        checkPlace();
        keyLoaded = false;
        return --index >= 0 || previousLeaf();
    }

    /** @return bytes of the current key. */
    public int keyLength()
    {
        checkPlace();
        return SlottedPage.keyLength(leaf, index);
    }

    /** @return the current key in the cursor's own buffer (capacity is its length), valid until the cursor moves. */
    public DirectBuffer key()
    {
        loadKey();
        keyView.wrap(key.bytes, 0, key.length);
        return keyView;
    }

    /**
     * Copy the current key.
     *
     * @param dst       to copy to.
     * @param dstOffset of the first byte.
     * @return its length.
     */
    public int copyKey(final MutableDirectBuffer dst, final int dstOffset)
    {
        loadKey();
        dst.putBytes(dstOffset, key.bytes, 0, key.length);
        return key.length;
    }

    /** @return bytes of the current value. */
    public int valueLength()
    {
        checkPlace();
        final int value = SlottedPage.value(SlottedPage.slot(leaf, index));
        return value >= 0 ? value : ~value;
    }

    /**
     * Look at the current value where it lies.
     *
     * @param view to point at it.
     */
    public void value(final ValueView view)
    {
        checkPlace();
        view.wrap(arena, leaf, SlottedPage.slot(leaf, index));
    }

    /**
     * Copy the current value.
     *
     * @param dst         to copy to.
     * @param dstOffset   of the first byte.
     * @param dstCapacity bytes to copy at most.
     * @return its full length, of which at most the capacity is copied.
     */
    public int copyValue(final MutableDirectBuffer dst, final int dstOffset, final int dstCapacity)
    {
        checkPlace();
        return TreeReader.copyValue(arena, leaf, SlottedPage.slot(leaf, index), dst, dstOffset, dstCapacity);
    }

    private boolean seekSlot(final DirectBuffer keyBuffer, final int keyOffset, final int keyLength)
    {
        if (!begin())
        {
            return false;
        }
        key.load(keyBuffer, keyOffset, keyLength);
        leaf = path.descend(root.pageId, key);
        count = SlottedPage.count(leaf);
        final int found = SlottedPage.search(leaf, 0, key);
        index = found >= 0 ? found : ~found;
        return true;
    }

    private boolean seekEdge(final boolean last)
    {
        if (!begin())
        {
            return false;
        }
        leaf = path.descendEdge(root.pageId, last);
        enterLeaf();
        return true;
    }

    private boolean begin()
    {
        root.checkReadable();
        keyLoaded = false;
        version = root.pageId == NULL_PAGE ? -1 : root.version;
        return version != -1;
    }

    private boolean nextLeaf()
    {
        if (!path.nextLeaf())
        {
            version = -1;
            return false;
        }
        enterLeaf();
        return true;
    }

    private boolean previousLeaf()
    {
        if (!path.previousLeaf())
        {
            version = -1;
            return false;
        }
        enterLeaf();
        return true;
    }

    private void enterLeaf()
    {
        leaf = path.pages[path.leafDepth];
        count = SlottedPage.count(leaf);
        index = path.indexes[path.leafDepth];
    }

    private void loadKey()
    {
        checkPlace();
        if (!keyLoaded)
        {
            SlottedPage.copyKey(leaf, index, key);
            keyLoaded = true;
        }
    }

    private void checkPlace()
    {
        root.checkReadable();
        if (version != root.version)
        {
            throw new IllegalStateException("the cursor stands on no entry, or the tree has changed since: seek again");
        }
    }
}
