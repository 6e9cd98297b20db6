package io.cairn.fsm.page;

/**
 * Fatal: the pages cannot carry on, because an invariant is broken or the arena is exhausted in the middle of a change. The owner
 * must stop the node; the state in memory may be half changed. What to do is part of the message.
 */
public final class PageStateException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    /**
     * @param message what, where, the value, and the way out.
     */
    public PageStateException(final String message)
    {
        super(message);
    }

    static void check(final boolean holds, final String message)
    {
        if (!holds)
        {
            throw new PageStateException(message);
        }
    }
}
