package io.cairn.fsm.page;

/**
 * Holds a {@link FrozenRoot}: while held, no page below it is changed or reused. Reusable: acquire and release as often as you like,
 * without allocation. A pin is used by one thread at a time, any thread.
 */
public final class Pin implements AutoCloseable
{
    Pin()
    {
    }

    /**
     * Hold the newest frozen root.
     *
     * @return false when there is none.
     */
    public boolean acquire()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * @return the root held, or null.
     */
    public FrozenRoot root()
    {
        throw new UnsupportedOperationException();
    }

    /**
     * Let go; harmless when nothing is held.
     */
    public void release()
    {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close()
    {
        release();
    }
}
