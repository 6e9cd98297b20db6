package io.cairn.fsm.page;

import org.agrona.UnsafeApi;

/**
 * Layout of a page, little-endian; pictures in {@code docs/formats/pages.md}. All offsets are bytes from the start of the page.
 * <pre>
 *   0                   8         12   13    14      16      18       20        22       24              32
 *   +-------------------+---------+----+-----+-------+-------+--------+---------+--------+---------------+-----------------+
 *   | epoch i64         | pageId  |type|level|prefix | count | prefix | heapTop | dead   | treeSize i64  | slots → …       |
 *   |                   | i32     | u8 | u8  |at u16 | u16   | len u16| u16     | u16    | (roots only)  | ← heap | prefix |
 *   +-------------------+---------+----+-----+-------+-------+--------+---------+--------+---------------+-----------------+
 *   an overflow page has from 16: length i32 | next page id i32 (or -1) | zero i64 | value bytes
 *   slot, 16 bytes: key head u64 | heap offset u16 | key suffix length u16 | leaf: value length i32, branch: child page id i32
 * </pre>
 * The head is the first 8 bytes of the key behind the page's prefix, as a big-endian number, zero-padded. The heap holds what of the
 * key the head does not hold, then (leaf) the value, or for a value length below zero, {@code ~length}, the i32 id of the first page of
 * an overflow chain. The key of a branch's slot 0 is absent: it stands for minus infinity.
 */
public final class PageDescriptor
{
    /** Type of a page that holds entries. */
    public static final int TYPE_LEAF = 1;
    /** Type of a page that holds separators and children. */
    public static final int TYPE_BRANCH = 2;
    /** Type of a page that holds a piece of one large value. */
    public static final int TYPE_OVERFLOW = 3;

    /** Smallest page size. */
    public static final int PAGE_SIZE_MIN = 256;
    /** Largest page size: heap offsets are 16 bits. */
    public static final int PAGE_SIZE_MAX = 32 * 1024;
    /** Default page size. */
    public static final int PAGE_SIZE_DEFAULT = 4096;
    /** Bytes of the header. */
    public static final int HEADER_LENGTH = 32;
    /** Bytes of a slot. */
    public static final int SLOT_LENGTH = 16;
    /** Longest key whatever the page size. */
    public static final int KEY_LENGTH_MAX = 1024;

    static final int EPOCH_OFFSET = 0;
    static final int PAGE_ID_OFFSET = 8;
    static final int TYPE_OFFSET = 12;
    static final int LEVEL_OFFSET = 13;
    static final int PREFIX_OFFSET_OFFSET = 14;
    static final int COUNT_OFFSET = 16;
    static final int PREFIX_LENGTH_OFFSET = 18;
    static final int HEAP_TOP_OFFSET = 20;
    static final int DEAD_BYTES_OFFSET = 22;
    static final int TREE_SIZE_OFFSET = 24;
    static final int OVERFLOW_LENGTH_OFFSET = 16;
    static final int OVERFLOW_NEXT_OFFSET = 20;

    private PageDescriptor()
    {
    }

    /**
     * @param address of a page.
     * @return epoch in which the page was last changed.
     */
    public static long epoch(final long address)
    {
        return UnsafeApi.getLong(address + EPOCH_OFFSET);
    }

    /**
     * @param address of a page.
     * @return id of the page.
     */
    public static int pageId(final long address)
    {
        return UnsafeApi.getInt(address + PAGE_ID_OFFSET);
    }

    /**
     * @param address of a page.
     * @return one of the types.
     */
    public static int type(final long address)
    {
        return UnsafeApi.getByte(address + TYPE_OFFSET);
    }

    /**
     * @param address of a page.
     * @return 0 for leaves and overflow pages, one more than its children for a branch.
     */
    public static int level(final long address)
    {
        return UnsafeApi.getByte(address + LEVEL_OFFSET);
    }

    /**
     * @param address of a leaf or branch.
     * @return number of slots.
     */
    public static int count(final long address)
    {
        return UnsafeApi.getShort(address + COUNT_OFFSET) & 0xFFFF;
    }

    /**
     * @param pageSize of an arena.
     * @return longest key that its trees take, in bytes.
     */
    public static int keyLengthMax(final int pageSize)
    {
        return Math.min(KEY_LENGTH_MAX, pageSize >> 2);
    }

    /**
     * @param pageSize of an arena.
     * @return largest sum of key and value length that is kept in a leaf; a larger value goes to overflow pages.
     */
    public static int inlineLengthMax(final int pageSize)
    {
        return ((pageSize - HEADER_LENGTH) >> 2) - SLOT_LENGTH;
    }

    static void epoch(final long address, final long epoch)
    {
        UnsafeApi.putLong(address + EPOCH_OFFSET, epoch);
    }

    static void pageId(final long address, final int pageId)
    {
        UnsafeApi.putInt(address + PAGE_ID_OFFSET, pageId);
    }

    static long treeSize(final long address)
    {
        return UnsafeApi.getLong(address + TREE_SIZE_OFFSET);
    }

    static void treeSize(final long address, final long size)
    {
        UnsafeApi.putLong(address + TREE_SIZE_OFFSET, size);
    }

    static int overflowLength(final long address)
    {
        return UnsafeApi.getInt(address + OVERFLOW_LENGTH_OFFSET);
    }

    static int overflowNext(final long address)
    {
        return UnsafeApi.getInt(address + OVERFLOW_NEXT_OFFSET);
    }
}
