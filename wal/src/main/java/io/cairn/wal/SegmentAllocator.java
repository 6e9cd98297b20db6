package io.cairn.wal;

import org.agrona.concurrent.Agent;

/**
 * Prepares segments ahead of the appender, touches pages ahead of it, recycles and deletes released segments.
 */
public final class SegmentAllocator implements Agent
{
    SegmentAllocator()
    {
    }

    @Override
    public int doWork()
    {
        throw new UnsupportedOperationException();
    }

    @Override
    public String roleName()
    {
        return "segment-allocator";
    }
}
