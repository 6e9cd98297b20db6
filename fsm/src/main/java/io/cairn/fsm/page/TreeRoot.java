package io.cairn.fsm.page;

/**
 * Where a tree begins: shared by the tree and its cursors. The version moves with every change, so that a cursor can tell that its
 * place is gone. Owner: the thread that owns the tree.
 */
final class TreeRoot
{
    int pageId = PageArena.NULL_PAGE;
    long version;
    private Pin pin;
    private FrozenRoot pinned;

    void set(final int rootPageId, final Pin holder)
    {
        pageId = rootPageId;
        version++;
        pin = holder;
        pinned = holder.root();
    }

    /** A view that outlived its pin must not read pages that may be reused. */
    void checkReadable()
    {
        if (pin != null && pin.root() != pinned)
        {
            throw new IllegalStateException("the pin of this view was released or moved on: wrap the view again");
        }
    }
}
