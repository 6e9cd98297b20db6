package io.cairn.engine.pipeline;

import org.agrona.BitUtil;

/**
 * Who waits for the outcome of an entry that is in the log and not yet applied: a ring of slots by index.
 *
 * <p>The Sequencer writes a slot before it publishes the entry, the Applier reads it after it saw the entry committed; a slot is written
 * again only when the entry {@code capacity} before it has been applied. The two positions order every access, the arrays need no fences.
 */
final class PendingCommands {
    private final int mask;
    private final long[] index;
    private final long[] term;
    private final long[] correlationId;
    private final int[] clientId;
    private final int[] reservedPages;

    /**
     * @param capacity most entries between applied and appended; a power of two.
     */
    PendingCommands(final int capacity) {
        if (!BitUtil.isPowerOfTwo(capacity)) {
            throw new IllegalArgumentException("capacity must be a power of two: " + capacity);
        }
        mask = capacity - 1;
        index = new long[capacity];
        term = new long[capacity];
        correlationId = new long[capacity];
        clientId = new int[capacity];
        reservedPages = new int[capacity];
    }

    int capacity() {
        return mask + 1;
    }

    void put(final long entryIndex, final long entryTerm, final int client, final long correlation, final int reserved) {
        final int slot = (int)entryIndex & mask;
        index[slot] = entryIndex;
        term[slot] = entryTerm;
        clientId[slot] = client;
        correlationId[slot] = correlation;
        reservedPages[slot] = reserved;
    }

    /** @return the client that waits for this entry, or −1. */
    int clientId(final long entryIndex, final long entryTerm) {
        final int slot = (int)entryIndex & mask;
        return index[slot] == entryIndex && term[slot] == entryTerm ? clientId[slot] : -1;
    }

    /** @return pages reserved when this entry was admitted here; 0 for one that was not. */
    int reservedPages(final long entryIndex, final long entryTerm) {
        final int slot = (int)entryIndex & mask;
        return index[slot] == entryIndex && term[slot] == entryTerm ? reservedPages[slot] : 0;
    }

    /** Nobody waits for this entry any more. */
    void clear(final long entryIndex) {
        final int slot = (int)entryIndex & mask;
        if (index[slot] == entryIndex) {
            index[slot] = 0;
        }
    }

    long correlationId(final long entryIndex) {
        return correlationId[(int)entryIndex & mask];
    }
}
