package io.cairn.snapshot.crash;

import io.cairn.fsm.page.ExtentSource;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Extents of one length, taken from a pool and given back when the arena is closed, so that thousands of restores do not wait for direct memory
 * to be
 * collected.
 */
final class PooledExtents implements ExtentSource
{
    private final ArrayDeque<ByteBuffer> pool;
    private final List<ByteBuffer> taken = new ArrayList<>();

    PooledExtents(final ArrayDeque<ByteBuffer> pool)
    {
        this.pool = pool;
    }

    @Override
    public long allocate(final int lengthBytes)
    {
        ByteBuffer extent = pool.pollFirst();
        if (extent == null)
        {
            extent = BufferUtil.allocateDirectAligned(lengthBytes, 4096);
        }
        else
        {
            new UnsafeBuffer(extent).setMemory(0, extent.capacity(), (byte)0);
        }
        if (extent.capacity() != lengthBytes)
        {
            throw new IllegalStateException("the pool has extents of " + extent.capacity() + " bytes, asked for " + lengthBytes);
        }
        taken.add(extent);
        return BufferUtil.address(extent);
    }

    @Override
    public void close()
    {
        pool.addAll(taken);
        taken.clear();
    }
}
