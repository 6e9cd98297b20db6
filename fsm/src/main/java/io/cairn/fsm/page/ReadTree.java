package io.cairn.fsm.page;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * A tree below a pinned root, read-only; see {@link BTree} for the methods. Usable while the pin holds, by one thread at a time;
 * afterwards its methods throw {@link IllegalStateException}.
 */
public final class ReadTree
{
    private final PageArena arena;
    private final TreeRoot root = new TreeRoot();
    private final TreeReader reader;

    ReadTree(final PageArena arena)
    {
        this.arena = arena;
        reader = new TreeReader(arena, root);
    }

    /** @return number of entries. */
    public long size()
    {
        root.checkReadable();
        return root.pageId == PageArena.NULL_PAGE ? 0 : PageDescriptor.treeSize(arena.address(root.pageId));
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

    /** @return a new cursor, of the thread that uses this tree; after the tree is pointed elsewhere it must seek again. */
    public BTreeCursor cursor()
    {
        return new BTreeCursor(arena, root);
    }

    void set(final int rootPageId, final Pin pin)
    {
        root.set(rootPageId, pin);
    }
}
