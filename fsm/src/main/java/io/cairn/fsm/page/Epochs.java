package io.cairn.fsm.page;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Who reads what: the newest frozen root, and a table of pinned epochs with one padded slot per held pin.
 * <p>
 * Pinning and reclaiming meet here, without a lock. Reader: (r1) read the newest root, (r2) write its epoch into a slot, (r3) full fence,
 * (r4) read the newest root again; if it moved, go on from r2 with that one. Reclaimer: (w1) publish a newer root, (w2) full fence, (w3)
 * scan the slots; only pages that were retired up to the newest root's epoch are candidates, so no root but older ones reaches them.
 * <p>
 * Interleaving: a reader that reads root 5 at r1 and stalls; the writer freezes 6 and scans (the slot is still empty) and reuses pages
 * of 5. The reader writes 5 into its slot, and at r4 finds 6, because w1 came before w3 and w3 before r2: it never walks root 5. If it
 * had found 5 at r4, w1 would have come after r4, hence the scan after r2, and the scan would have seen the slot.
 */
final class Epochs
{
    /** Pins that can be held at once. */
    static final int PINS_MAX = 128;
    static final long FREE = 0L;

    private static final int STRIDE = 16;
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] slots = new long[(PINS_MAX + 2) * STRIDE];
    private volatile FrozenRoot newest;

    FrozenRoot newest()
    {
        return newest;
    }

    void publish(final FrozenRoot root)
    {
        newest = root;
    }

    boolean tryClaim(final int slot, final long epoch)
    {
        return SLOT.compareAndSet(slots, (slot + 1) * STRIDE, FREE, epoch);
    }

    void set(final int slot, final long epoch)
    {
        SLOT.setVolatile(slots, (slot + 1) * STRIDE, epoch);
    }

    void free(final int slot)
    {
        SLOT.setRelease(slots, (slot + 1) * STRIDE, FREE);
    }

    /**
     * Collect the pinned epochs, ascending and distinct. Any root published before this call is published before the scan.
     *
     * @param pinned filled from 0.
     * @return number of epochs.
     */
    int scan(final long[] pinned)
    {
        VarHandle.fullFence();
        int count = 0;
        for (int slot = 1; slot <= PINS_MAX; slot++)
        {
            final long epoch = (long)SLOT.getVolatile(slots, slot * STRIDE);
            if (epoch != FREE)
            {
                int i = count;
                while (i > 0 && pinned[i - 1] > epoch)
                {
                    i--;
                }
                if (i == 0 || pinned[i - 1] != epoch)
                {
                    System.arraycopy(pinned, i, pinned, i + 1, count - i);
                    pinned[i] = epoch;
                    count++;
                }
            }
        }
        return count;
    }

    boolean anyPinned()
    {
        return pinned() > 0;
    }

    int pinned()
    {
        int count = 0;
        for (int slot = 1; slot <= PINS_MAX; slot++)
        {
            count += (long)SLOT.getVolatile(slots, slot * STRIDE) != FREE ? 1 : 0;
        }
        return count;
    }
}
