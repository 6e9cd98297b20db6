package io.cairn.fsm.page;

import java.lang.invoke.VarHandle;

/**
 * Holds a {@link FrozenRoot}: while held, no page below it is changed or reused. Reusable: acquire and release as often as you like,
 * without allocation. A pin is used by one thread at a time, any thread. At most 128 pins are held at once.
 */
public final class Pin implements AutoCloseable
{
    private static final int NO_SLOT = -1;

    private final PageArena arena;
    private final Epochs epochs;
    private int hint;
    private int slot = NO_SLOT;
    private FrozenRoot root;

    Pin(final PageArena arena, final Epochs epochs)
    {
        this.arena = arena;
        this.epochs = epochs;
    }

    /**
     * Hold the newest frozen root; what was held before is let go.
     *
     * @return false when there is none, or the arena is closed; nothing is held then.
     * @throws IllegalStateException when too many pins are held.
     */
    public boolean acquire()
    {
        release();
        FrozenRoot candidate = epochs.newest();
        if (candidate == null)
        {
            return false;
        }
        slot = claim(candidate.epoch());
        while (true)
        {
            VarHandle.fullFence();
            if (arena.isClosed())
            {
                release();
                return false;
            }
            final FrozenRoot newest = epochs.newest();
            if (newest == candidate)
            {
                root = candidate;
                return true;
            }
            if (newest == null)
            {
                release();
                return false;
            }
            // Bounded by the number of freezes that happen meanwhile: each round means that one did.
            candidate = newest;
            epochs.set(slot, candidate.epoch());
        }
    }

    private int claim(final long epoch)
    {
        for (int i = 0; i < Epochs.PINS_MAX; i++)
        {
            final int candidate = (hint + i) % Epochs.PINS_MAX;
            if (epochs.tryClaim(candidate, epoch))
            {
                hint = candidate;
                return candidate;
            }
        }
        throw new IllegalStateException("all " + Epochs.PINS_MAX + " pins are held: release a view or a snapshot first");
    }

    /**
     * @return the root held, or null.
     */
    public FrozenRoot root()
    {
        return root;
    }

    /**
     * @return true while a root is held.
     */
    public boolean isHeld()
    {
        return root != null;
    }

    /**
     * Let go; harmless when nothing is held.
     */
    public void release()
    {
        root = null;
        if (slot != NO_SLOT)
        {
            final int held = slot;
            slot = NO_SLOT;
            epochs.free(held);
            VarHandle.fullFence();
            if (arena.isClosed())
            {
                arena.freeIfUnpinned();
            }
        }
    }

    PageArena arena()
    {
        return arena;
    }

    @Override
    public void close()
    {
        release();
    }
}
