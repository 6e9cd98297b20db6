package io.cairn.wal;

import java.util.Arrays;

/**
 * The open cursors of a log: who retires a segment asks here whether one still holds it.
 * <p>
 * A cursor publishes its pin, then (volatile: a full fence between) looks whether the segment is retired; the retiring thread marks the segment, then
 * (volatile again) looks for pins. One of the two sees the other, so memory is never unmapped under a reader. Any thread.
 */
final class CursorRegistry
{
    private volatile LogCursor[] cursors = new LogCursor[0];

    synchronized void add(final LogCursor cursor)
    {
        final LogCursor[] grown = Arrays.copyOf(cursors, cursors.length + 1);
        grown[cursors.length] = cursor;
        cursors = grown;
    }

    synchronized void remove(final LogCursor cursor)
    {
        final LogCursor[] before = cursors;
        for (int i = 0; i < before.length; i++)
        {
            if (before[i] == cursor)
            {
                final LogCursor[] fewer = Arrays.copyOf(before, before.length - 1);
                if (i < fewer.length)
                {
                    fewer[i] = before[before.length - 1];
                }
                cursors = fewer;
                return;
            }
        }
    }

    boolean isPinned(final Segment segment)
    {
        for (final LogCursor cursor : cursors)
        {
            if (cursor.pinned() == segment)
            {
                return true;
            }
        }
        return false;
    }

    /**
     * Does any cursor hold a segment and stand at or above an index?
     */
    boolean isAnyAtOrAbove(final long index)
    {
        for (final LogCursor cursor : cursors)
        {
            if (cursor.pinned() != null && cursor.standsAt() >= index)
            {
                return true;
            }
        }
        return false;
    }

    /** Brings into memory what cursors will read next. The allocator's thread. @return amount of work done. */
    int touchAhead()
    {
        int work = 0;
        for (final LogCursor cursor : cursors)
        {
            work += cursor.touchAhead();
        }
        return work;
    }
}
