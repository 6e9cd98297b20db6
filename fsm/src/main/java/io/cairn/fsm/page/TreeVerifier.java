package io.cairn.fsm.page;

import org.agrona.UnsafeApi;

import static io.cairn.fsm.page.PageArena.NULL_PAGE;
import static io.cairn.fsm.page.PageDescriptor.HEADER_LENGTH;
import static io.cairn.fsm.page.PageDescriptor.SLOT_LENGTH;
import static io.cairn.fsm.page.PageDescriptor.TYPE_BRANCH;
import static io.cairn.fsm.page.PageDescriptor.TYPE_LEAF;
import static io.cairn.fsm.page.PageDescriptor.TYPE_OVERFLOW;

/**
 * Judges whether pages, which may be any bytes, make up a state: every page below the root in range and reached once, no page newer than
 * its parent, every slot inside its page, keys in order, sizes right. Reads nothing outside the pages of the arena, so that an image
 * from a disk can be judged without harm. Owner: any thread, on a root that is pinned or not yet live.
 */
public final class TreeVerifier
{
    private final PageArena arena;
    private final int pageSize;
    private final int pageCount;
    private final int keyLengthMax;
    private final LivePages live;
    private final KeyBuffer lastKey;
    private final KeyBuffer key;
    private boolean lastKeyIncluded;
    private boolean anyKey;
    private long entries;

    private TreeVerifier(final PageArena arena, final FrozenRoot root)
    {
        this.arena = arena;
        pageSize = arena.pageSize();
        pageCount = root.pageCount();
        keyLengthMax = PageDescriptor.keyLengthMax(pageSize);
        live = new LivePages(pageCount);
        lastKey = new KeyBuffer(keyLengthMax);
        key = new KeyBuffer(keyLengthMax);
    }

    /**
     * Judge a state.
     *
     * @param arena that holds the pages.
     * @param root  of the state; its page count is the bound on page ids.
     * @return the pages that are reachable.
     * @throws PageStateException with page and reason of the first thing that is wrong.
     */
    public static LivePages verify(final PageArena arena, final FrozenRoot root)
    {
        if (root.pageCount() < 0 || root.pageCount() > arena.pageCount())
        {
            throw new PageStateException("the root claims " + root.pageCount() + " pages, the arena holds " + arena.pageCount());
        }
        final TreeVerifier verifier = new TreeVerifier(arena, root);
        if (root.catalogRoot() != NULL_PAGE)
        {
            verifier.tree(root.catalogRoot(), root.epoch());
            verifier.tables(root.catalogRoot());
        }
        return verifier.live;
    }

    /** The catalog itself is a sound tree by now. */
    private void tables(final int catalogRoot)
    {
        final TreePath path = new TreePath(arena);
        path.descendEdge(catalogRoot, false);
        int nextTableId = -1;
        do
        {
            final long leaf = path.pages[path.leafDepth];
            for (int i = 0, count = SlottedPage.count(leaf); i < count; i++)
            {
                final long slot = SlottedPage.slot(leaf, i);
                final int pageId = PageDescriptor.pageId(leaf);
                require(SlottedPage.keyLength(leaf, i) == Catalog.KEY_LENGTH && SlottedPage.value(slot) >= Catalog.NAME_OFFSET, pageId,
                    "an entry of the catalog has the wrong length");
                SlottedPage.copyKey(leaf, i, key);
                final int tableId = Integer.reverseBytes(UnsafeApi.getInt(key.bytes, Bytes.ARRAY_BASE));
                final long value = SlottedPage.valueAddress(leaf, slot);
                final int rootId = UnsafeApi.getInt(value + Catalog.ROOT_OFFSET);
                if (nextTableId < 0)
                {
                    require(tableId == 0 && rootId == NULL_PAGE, pageId, "the catalog does not begin with its entry of id 0");
                    nextTableId = UnsafeApi.getInt(value + Catalog.NEXT_ID_OFFSET);
                    require(nextTableId > 0, pageId, "the catalog's next table id is " + nextTableId);
                }
                else
                {
                    require(tableId > 0 && tableId < nextTableId, pageId, "table id " + tableId + " is not below " + nextTableId);
                    if (rootId != NULL_PAGE)
                    {
                        tree(rootId, PageDescriptor.epoch(leaf));
                    }
                }
            }
        }
        while (path.nextLeaf());
    }

    private void tree(final int rootId, final long epochMax)
    {
        final long[] pages = new long[TreePath.DEPTH_MAX];
        final int[] indexes = new int[TreePath.DEPTH_MAX];
        entries = 0;
        anyKey = false;
        int depth = 0;
        pages[0] = page(rootId, epochMax);
        final long size = PageDescriptor.treeSize(pages[0]);
        require(PageDescriptor.level(pages[0]) < TreePath.DEPTH_MAX && PageDescriptor.level(pages[0]) >= 0, rootId, "level out of range");
        while (depth >= 0)
        {
            final long page = pages[depth];
            if (SlottedPage.isLeaf(page))
            {
                leaf(page);
                depth--;
                continue;
            }
            final int index = indexes[depth]++;
            if (index == SlottedPage.count(page))
            {
                depth--;
                continue;
            }
            if (index > 0)
            {
                SlottedPage.copyKey(page, index, key);
                inOrder(page, true);
            }
            final int childId = SlottedPage.child(page, index);
            final long child = page(childId, PageDescriptor.epoch(page));
            require(PageDescriptor.level(child) == PageDescriptor.level(page) - 1, childId, "level is not one less than its parent's");
            require(PageDescriptor.treeSize(child) == 0, childId, "a page that is no root has a tree size");
            depth++;
            pages[depth] = child;
            indexes[depth] = 0;
        }
        require(entries == size, rootId, "the tree's size is " + size + " but it has " + entries + " entries");
    }

    private void leaf(final long page)
    {
        final int count = SlottedPage.count(page);
        for (int i = 0; i < count; i++)
        {
            SlottedPage.copyKey(page, i, key);
            inOrder(page, false);
            final long slot = SlottedPage.slot(page, i);
            if (SlottedPage.value(slot) < 0)
            {
                chain(page, UnsafeApi.getInt(SlottedPage.valueAddress(page, slot)), ~SlottedPage.value(slot));
            }
        }
        entries += count;
    }

    /** Keys ascend from leaf to leaf; a separator is greater than all before it, and at most what comes after it. */
    private void inOrder(final long page, final boolean separator)
    {
        if (anyKey)
        {
            final int order = java.util.Arrays.compareUnsigned(key.bytes, 0, key.length, lastKey.bytes, 0, lastKey.length);
            require(order > 0 || order == 0 && lastKeyIncluded && !separator, PageDescriptor.pageId(page), "keys are not in order");
        }
        System.arraycopy(key.bytes, 0, lastKey.bytes, 0, key.length);
        lastKey.limit(key.length);
        anyKey = true;
        lastKeyIncluded = separator;
    }

    private void chain(final long leaf, final int firstPageId, final int length)
    {
        final long epoch = PageDescriptor.epoch(leaf);
        long remaining = length;
        int pageId = firstPageId;
        while (pageId != NULL_PAGE)
        {
            final long page = header(pageId, epoch);
            require(PageDescriptor.type(page) == TYPE_OVERFLOW, pageId, "is not an overflow page, but a value overflows to it");
            require(PageDescriptor.level(page) == 0 && PageDescriptor.treeSize(page) == 0 &&
                UnsafeApi.getShort(page + PageDescriptor.PREFIX_OFFSET_OFFSET) == 0, pageId, "header bytes are not zero");
            final int pieceLength = PageDescriptor.overflowLength(page);
            require(pieceLength > 0 && pieceLength <= pageSize - HEADER_LENGTH, pageId, "overflow length " + pieceLength);
            remaining -= pieceLength;
            pageId = PageDescriptor.overflowNext(page);
        }
        require(remaining == 0, firstPageId, "an overflow chain differs by " + remaining + " bytes from its value");
    }

    private long header(final int pageId, final long epochMax)
    {
        require(pageId >= 0 && pageId < pageCount, pageId, "page id is not below " + pageCount);
        require(live.add(pageId), pageId, "is reached twice");
        final long page = arena.address(pageId);
        final long epoch = PageDescriptor.epoch(page);
        require(PageDescriptor.pageId(page) == pageId, pageId, "says it is page " + PageDescriptor.pageId(page));
        require(epoch > 0 && epoch <= epochMax, pageId, "epoch " + epoch + " is newer than its parent's " + epochMax);
        return page;
    }

    private long page(final int pageId, final long epochMax)
    {
        final long page = header(pageId, epochMax);
        final int type = PageDescriptor.type(page);
        require(type == TYPE_LEAF || type == TYPE_BRANCH, pageId, "type " + type + " is neither leaf nor branch");
        final boolean leaf = type == TYPE_LEAF;
        require(leaf == (PageDescriptor.level(page) == 0), pageId, "level " + PageDescriptor.level(page) + " does not fit its type");
        final int count = SlottedPage.count(page);
        final int prefix = SlottedPage.prefixLength(page);
        final int top = SlottedPage.heapTop(page);
        require(count > 0, pageId, "has no slots");
        require(prefix <= keyLengthMax, pageId, "prefix length " + prefix);
        final int end = pageSize - prefix;
        final int prefixOffset = UnsafeApi.getShort(page + PageDescriptor.PREFIX_OFFSET_OFFSET) & 0xFFFF;
        require(prefixOffset == (prefix == 0 ? 0 : end), pageId, "prefix at " + prefixOffset);
        require(HEADER_LENGTH + count * SLOT_LENGTH <= top && top <= end, pageId, "slots and heap overlap");
        int used = SlottedPage.deadBytes(page);
        for (int i = 0; i < count; i++)
        {
            final long slot = SlottedPage.slot(page, i);
            final boolean keyed = leaf || i > 0;
            final int suffix = SlottedPage.suffixLength(slot);
            require(keyed ? prefix + suffix <= keyLengthMax : suffix == 0, pageId, "slot " + i + " has a key of the wrong length");
            require(suffix >= 8 || SlottedPage.head(slot) << (suffix << 3) == 0, pageId, "slot " + i + " has a head that is not padded");
            final long length = (long)SlottedPage.tailLength(suffix) + (leaf ? SlottedPage.inlineLength(SlottedPage.value(slot)) : 0);
            final int offset = SlottedPage.heapOffset(slot);
            require(offset >= top && offset + length <= end || length == 0, pageId, "slot " + i + " points outside the heap");
            used += (int)Math.min(length, pageSize);
            require(used <= pageSize, pageId, "the heap's bytes do not add up");
        }
        require(used == end - top, pageId, "the heap's bytes do not add up");
        return page;
    }

    private static void require(final boolean holds, final int pageId, final String reason)
    {
        if (!holds)
        {
            throw new PageStateException("page " + pageId + ": " + reason);
        }
    }
}
