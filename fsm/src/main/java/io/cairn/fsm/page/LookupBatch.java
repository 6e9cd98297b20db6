package io.cairn.fsm.page;

import org.agrona.DirectBuffer;
import org.agrona.UnsafeApi;

import static io.cairn.fsm.page.PageArena.NULL_PAGE;

/**
 * Loads what the next few operations of a state's trees will look at, all at once: the leaves of their keys, then the entries. An operation of a
 * state larger than the cache waits for memory twice, one time after the other; those of a batch wait together. Nothing is changed and nothing
 * of it is remembered, so the operations that follow are the same with and without it. Nothing is allocated. Owner: the writer thread.
 */
public final class LookupBatch
{
    /**
     * Keys of a batch. More of them at once gain nothing: the nearest cache of usual processors has eight places for lines at the same offset of
     * different pages.
     */
    public static final int CAPACITY = 8;

    /** A state that fits a core's own cache is not waited for. */
    private static final long STATE_LENGTH_MIN = 512 * 1024;

    private static final int LINE_LENGTH = 64;
    /** Bytes of an entry that are loaded: the end of a usual key, and a usual value. */
    private static final int ENTRY_LENGTH = 2 * LINE_LENGTH;

    private final PageArena arena;
    private final boolean touching;
    private final int livePagesMin;
    private final KeyBuffer[] keys = new KeyBuffer[CAPACITY];
    private final long[] leaves = new long[CAPACITY];
    private final long[] entries = new long[CAPACITY];
    private int count;
    private long touched;

    /**
     * @param arena of the trees.
     */
    public LookupBatch(final PageArena arena)
    {
        this(arena, (int)(STATE_LENGTH_MIN / arena.pageSize()));
    }

    LookupBatch(final PageArena arena, final int livePagesMin)
    {
        this.arena = arena;
        this.livePagesMin = livePagesMin;
        touching = SlottedPage.hasTouchedLength(arena.pageSize());
        for (int i = 0; i < CAPACITY; i++)
        {
            keys[i] = new KeyBuffer(PageDescriptor.keyLengthMax(arena.pageSize()));
        }
    }

    /** @return true when another key would be ignored: the batch is full, or the state so small that nothing is gained. */
    public boolean isFull()
    {
        return count == CAPACITY || !touching || arena.livePages() < livePagesMin;
    }

    /**
     * A key that will be looked for. One that no tree takes is ignored, as is everything beyond the capacity.
     *
     * @param tree      of this arena.
     * @param keyBuffer that holds the key.
     * @param keyOffset of the key.
     * @param keyLength of the key.
     */
    public void add(final BTree tree, final DirectBuffer keyBuffer, final int keyOffset, final int keyLength)
    {
        if (isFull() || keyLength > PageDescriptor.keyLengthMax(arena.pageSize()) || tree.rootPageId() == NULL_PAGE)
        {
            return;
        }
        final KeyBuffer key = keys[count];
        key.load(keyBuffer, keyOffset, keyLength);
        long page = arena.address(tree.rootPageId());
        // Branches are few and stay in the cache: only the leaf is waited for.
        for (int level = PageDescriptor.level(page); level > 0; level--)
        {
            page = arena.address(SlottedPage.child(page, SlottedPage.childIndex(page, key)));
        }
        leaves[count++] = page;
    }

    /** Load what the keys added since the last time need, and forget them. */
    public void load()
    {
        long sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum ^= SlottedPage.touchSlots(leaves[i]);
        }
        final int pageSize = arena.pageSize();
        for (int i = 0; i < count; i++)
        {
            entries[i] = leaves[i] + Math.min(SlottedPage.probableOffset(leaves[i], keys[i], pageSize), pageSize - ENTRY_LENGTH);
        }
        for (int i = 0; i < count; i++)
        {
            final int prefixOffset = (int)(SlottedPage.prefixAddress(leaves[i]) - leaves[i]);
            sum ^= UnsafeApi.getLong(entries[i]) ^ UnsafeApi.getLong(entries[i] + LINE_LENGTH) ^
                UnsafeApi.getLong(entries[i] + ENTRY_LENGTH - Long.BYTES) ^ UnsafeApi.getByte(leaves[i] + Math.min(prefixOffset, pageSize - 1));
        }
        count = 0;
        touched = sum;
    }
}
