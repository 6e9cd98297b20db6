package io.cairn.fsm.page;

import static io.cairn.fsm.page.PageArena.NULL_PAGE;
import static io.cairn.fsm.page.PageDescriptor.SLOT_LENGTH;
import static io.cairn.fsm.page.PageDescriptor.TYPE_BRANCH;
import static io.cairn.fsm.page.PageDescriptor.TYPE_LEAF;

/**
 * Grows and shrinks a tree along a path of current pages: splits on the way up after an insert, merges after a removal. Owner: the tree it
 * belongs to.
 */
final class TreeShape
{
    private final PageArena arena;
    private final PageEditor editor;
    private final TreePath path;
    private final TreeRoot root;
    private final KeyBuffer leftKey;
    private final KeyBuffer rightKey;
    private KeyBuffer separator;
    private KeyBuffer risingKey;

    TreeShape(final PageArena arena, final TreePath path, final TreeRoot root)
    {
        this.arena = arena;
        this.path = path;
        this.root = root;
        editor = arena.editor();
        final int keyLengthMax = PageDescriptor.keyLengthMax(arena.pageSize());
        leftKey = new KeyBuffer(keyLengthMax);
        rightKey = new KeyBuffer(keyLengthMax);
        separator = new KeyBuffer(keyLengthMax);
        risingKey = new KeyBuffer(keyLengthMax);
    }

    /** Start a tree with one empty leaf, and put the path there. */
    void plant()
    {
        root.pageId = arena.allocate(TYPE_LEAF, 0);
        path.descendEdge(root.pageId, false);
        path.indexes[0] = 0;
    }

    /**
     * Insert a slot in the path's leaf, splitting what is full.
     *
     * @return address of the inline bytes, for the caller to fill.
     */
    long insert(final int index, final KeyBuffer key, final int value, final int inlineBytes)
    {
        final long leaf = path.pages[path.leafDepth];
        if (editor.prepare(leaf, key, inlineBytes) || editor.adoptPrefix(leaf, key) && editor.prepare(leaf, key, inlineBytes))
        {
            return editor.place(leaf, index, key, value, inlineBytes);
        }
        return splitLeaf(leaf, index, key, value, inlineBytes);
    }

    /** After slots of the path's leaf were removed: retire empty pages, merge sparse ones, shorten the tree. */
    void shrink()
    {
        int depth = path.leafDepth;
        while (depth > 0)
        {
            final long page = path.pages[depth];
            final long parent = path.pages[depth - 1];
            final int index = path.indexes[depth - 1];
            if (SlottedPage.count(page) == 0)
            {
                if (SlottedPage.count(parent) > 1)
                {
                    renewHeir(parent, index);
                }
                arena.retire(path.pageIds[depth]);
                editor.remove(parent, index, 1);
            }
            else if (!isSparse(page) || !mergeWithSibling(parent, index) && SlottedPage.count(parent) > 1)
            {
                break;
            }
            depth--;
        }
        shorten();
    }

    /**
     * Before a slot of a branch is removed: make the leaf that takes over its range of keys one of the current epoch.
     * <p>
     * What was changed since epoch B must be found in the leaves that are newer than B ({@link ChangedRanges}): for every key that was put or
     * removed after B, the leaf whose range covers it now has an epoch above B. A change makes its leaf current. A range that moves keeps the
     * property because whoever gets it is current: the two halves of a split are; the left page of a merge is; a leaf below a root that is
     * dropped keeps its own range. What remains is a page that has become empty and goes: nothing is moved, but the separator beside it goes
     * too, and the last leaf before it (where it was the first child, the first leaf behind it) covers its keys from then on. Were that leaf
     * left old, the keys removed would lie in a range that looks unchanged. Merges of branches move separators between levels and change no
     * range of a leaf. Where the branch has no other child it becomes empty itself, and its parent does this.
     */
    private void renewHeir(final long parent, final int index)
    {
        final boolean before = index > 0;
        long holder = parent;
        int slotIndex = before ? index - 1 : index + 1;
        while (true)
        {
            int pageId = SlottedPage.child(holder, slotIndex);
            long page = arena.address(pageId);
            if (!arena.isCurrent(page))
            {
                pageId = arena.copy(pageId);
                page = arena.address(pageId);
                SlottedPage.value(SlottedPage.slot(holder, slotIndex), pageId);
            }
            if (SlottedPage.isLeaf(page))
            {
                return;
            }
            holder = page;
            slotIndex = before ? SlottedPage.count(page) - 1 : 0;
        }
    }

    private long splitLeaf(final long left, final int index, final KeyBuffer key, final int value, final int inlineBytes)
    {
        final int count = SlottedPage.count(left);
        final int point = splitPoint(left, path.leafDepth, index, key, inlineBytes);
        final boolean inLeft = index < point;
        final int kept = inLeft ? point - 1 : point;
        final int rightId = arena.allocate(TYPE_LEAF, 0);
        final long right = arena.address(rightId);
        editor.inheritPrefix(right, left);
        if (kept < count)
        {
            editor.append(left, kept, count, right);
            editor.truncate(left, kept);
        }
        final long target = inLeft ? left : right;
        PageStateException.check(editor.prepare(target, key, inlineBytes), "half a leaf has no room for an entry");
        final long inline = editor.place(target, inLeft ? index : index - point, key, value, inlineBytes);
        SlottedPage.copyKey(left, SlottedPage.count(left) - 1, leftKey);
        SlottedPage.copyKey(right, 0, rightKey);
        separator.separate(leftKey, rightKey);
        raise(path.leafDepth - 1, rightId);
        return inline;
    }

    /** Insert the separator and the page to the right of it in the branches above. */
    private void raise(final int fromDepth, final int rightPageId)
    {
        int childId = rightPageId;
        for (int depth = fromDepth; depth >= 0; depth--)
        {
            final long page = path.pages[depth];
            final int index = path.indexes[depth] + 1;
            if (editor.prepare(page, separator, 0) || editor.adoptPrefix(page, separator) && editor.prepare(page, separator, 0))
            {
                editor.place(page, index, separator, childId, 0);
                return;
            }
            childId = splitBranch(page, depth, index, childId);
        }
        final long oldRoot = path.pages[0];
        PageDescriptor.treeSize(oldRoot, 0);
        final int newRootId = arena.allocate(TYPE_BRANCH, PageDescriptor.level(oldRoot) + 1);
        final long newRoot = arena.address(newRootId);
        editor.placeFirstChild(newRoot, path.pageIds[0]);
        PageStateException.check(editor.prepare(newRoot, separator, 0), "a blank root has no room for a separator");
        editor.place(newRoot, 1, separator, childId, 0);
        root.pageId = newRootId;
    }

    /**
     * Split a branch with the pending separator and child at an index. Of the entries, the pending one included, the one at the split point
     * moves up: its key becomes the pending separator, its child the first of the right page.
     *
     * @return the right page.
     */
    private int splitBranch(final long left, final int depth, final int index, final int childId)
    {
        final int count = SlottedPage.count(left);
        final int point = splitPoint(left, depth, index, separator, 0);
        final int rightId = arena.allocate(TYPE_BRANCH, PageDescriptor.level(left));
        final long right = arena.address(rightId);
        editor.inheritPrefix(right, left);
        if (point == index)
        {
            editor.placeFirstChild(right, childId);
            editor.append(left, point, count, right);
            editor.truncate(left, point);
            return rightId;
        }
        final int rising = point < index ? point : point - 1;
        SlottedPage.copyKey(left, rising, risingKey);
        editor.placeFirstChild(right, SlottedPage.child(left, rising));
        editor.append(left, rising + 1, count, right);
        editor.truncate(left, rising);
        final long target = index < point ? left : right;
        PageStateException.check(editor.prepare(target, separator, 0), "half a branch has no room for a separator");
        editor.place(target, index < point ? index : index - point, separator, childId, 0);
        final KeyBuffer placed = separator;
        separator = risingKey;
        risingKey = placed;
        return rightId;
    }

    /**
     * Where to cut a page, counted with the pending entry at its index: entries below the point stay left.
     * A key without the page's prefix comes before or after all others, and goes to a page of its own. At the right edge of the tree
     * the left page stays full, so that ascending inserts leave no half-empty pages behind.
     */
    private int splitPoint(final long page, final int depth, final int index, final KeyBuffer key, final int inlineBytes)
    {
        final int first = SlottedPage.firstKey(page);
        final int count = SlottedPage.count(page);
        final int prefix = SlottedPage.prefixLength(page);
        if (!key.startsWith(SlottedPage.prefixAddress(page), prefix))
        {
            PageStateException.check(index == first || index == count, "a key without the page's prefix is not at its edge");
            return index == count ? count : 1;
        }
        if (index == count && path.isRightmost(depth))
        {
            return first == 0 || count < 4 ? count : count - 1;
        }
        final int needed = SLOT_LENGTH + SlottedPage.tailLength(key.length - prefix) + inlineBytes;
        final int margin = first == 0 || count < 3 ? 1 : 2;
        return balancedPoint(page, index, needed, margin, count + 1 - margin);
    }

    private static int balancedPoint(final long page, final int index, final int needed, final int from, final int to)
    {
        final boolean leaf = SlottedPage.isLeaf(page);
        final int count = SlottedPage.count(page);
        int total = needed;
        for (int i = 0; i < count; i++)
        {
            total += SLOT_LENGTH + SlottedPage.entryLength(SlottedPage.slot(page, i), leaf);
        }
        int best = from;
        int bestDifference = Integer.MAX_VALUE;
        int sum = 0;
        for (int i = 0; i < to; i++)
        {
            final int real = i < index ? i : i - 1;
            sum += i == index ? needed : SLOT_LENGTH + SlottedPage.entryLength(SlottedPage.slot(page, real), leaf);
            final int difference = Math.abs(total - 2 * sum);
            if (i + 1 >= from && difference < bestDifference)
            {
                best = i + 1;
                bestDifference = difference;
            }
        }
        return best;
    }

    private boolean isSparse(final long page)
    {
        final int pageSize = arena.pageSize();
        return SlottedPage.usedLength(page, pageSize) < pageSize / 3 || !SlottedPage.isLeaf(page) && SlottedPage.count(page) == 1;
    }

    private boolean mergeWithSibling(final long parent, final int index)
    {
        return index > 0 && tryMerge(parent, index - 1) || index + 1 < SlottedPage.count(parent) && tryMerge(parent, index);
    }

    private boolean tryMerge(final long parent, final int leftIndex)
    {
        final int leftId = SlottedPage.child(parent, leftIndex);
        final int rightId = SlottedPage.child(parent, leftIndex + 1);
        long left = arena.address(leftId);
        final long right = arena.address(rightId);
        SlottedPage.copyKey(parent, leftIndex + 1, separator);
        final boolean lonely = !SlottedPage.isLeaf(left) && (SlottedPage.count(left) == 1 || SlottedPage.count(right) == 1);
        final int lengthMax = lonely ? arena.pageSize() : arena.pageSize() * 3 / 4;
        if (editor.mergedLength(left, right, separator) > lengthMax)
        {
            return false;
        }
        if (!arena.isCurrent(left))
        {
            final int copyId = arena.copy(leftId);
            left = arena.address(copyId);
            SlottedPage.value(SlottedPage.slot(parent, leftIndex), copyId);
        }
        editor.merge(left, right, separator);
        editor.remove(parent, leftIndex + 1, 1);
        arena.retire(rightId);
        return true;
    }

    /** Drop an empty root, and roots with a single child. */
    private void shorten()
    {
        int rootId = path.pageIds[0];
        long page = path.pages[0];
        while (!SlottedPage.isLeaf(page) && SlottedPage.count(page) == 1)
        {
            int childId = SlottedPage.child(page, 0);
            if (!arena.isCurrent(arena.address(childId)))
            {
                childId = arena.copy(childId);
            }
            arena.retire(rootId);
            rootId = childId;
            page = arena.address(childId);
        }
        if (SlottedPage.count(page) == 0)
        {
            arena.retire(rootId);
            rootId = NULL_PAGE;
        }
        root.pageId = rootId;
    }
}
