package io.cairn.bench.load;

/**
 * Slots of the operations in flight: which operation each holds and the time its latency counts from. Bounded, allocated once.
 *
 * <p>Owned by the generator's thread.
 */
final class InFlight {
    private final int[] free;
    private final long[] startNs;
    private final byte[] operation;
    private int freeCount;

    InFlight(final int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("in flight must be at least 1, not " + capacity);
        }
        free = new int[capacity];
        startNs = new long[capacity];
        operation = new byte[capacity];
        clear();
    }

    void clear() {
        freeCount = free.length;
        for (int i = 0; i < free.length; i++) {
            free[i] = free.length - 1 - i;
        }
    }

    /** Takes a slot, or -1 when all are in flight. */
    int claim(final int operationId, final long fromNs) {
        if (0 == freeCount) {
            return -1;
        }
        final int slot = free[--freeCount];
        startNs[slot] = fromNs;
        operation[slot] = (byte) operationId;
        return slot;
    }

    void release(final int slot) {
        if (freeCount >= free.length) {
            throw new IllegalStateException("slot " + slot + " was answered twice");
        }
        free[freeCount++] = slot;
    }

    long startNs(final int slot) {
        return startNs[slot];
    }

    int operation(final int slot) {
        return operation[slot];
    }

    int count() {
        return free.length - freeCount;
    }

    int capacity() {
        return free.length;
    }
}
