package io.cairn.wal.io;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Page-aligned memory outside the heap, reused by capacity. What is given back is never unmapped, so that a stale access reads rubbish instead of
 * killing the JVM. One thread.
 */
final class MemoryPool
{
    private static final int PAGE = 4096;
    private static final int FREE_PER_CAPACITY_MAX = 256;

    private final List<ArrayDeque<ByteBuffer>> free = new ArrayList<>();

    MemoryPool()
    {
        for (int i = 0; i < Integer.SIZE; i++)
        {
            free.add(new ArrayDeque<>());
        }
    }

    /** A zeroed buffer of at least {@code lengthBytes}. */
    UnsafeBuffer take(final long lengthBytes)
    {
        if (lengthBytes > 1 << 30)
        {
            throw new IllegalArgumentException("a simulated file is at most 1 GiB long, not " + lengthBytes);
        }
        final int capacity = BitUtil.findNextPositivePowerOfTwo(Math.max(PAGE, (int)lengthBytes));
        final ByteBuffer reused = free.get(Integer.numberOfTrailingZeros(capacity)).pollFirst();
        final UnsafeBuffer buffer = new UnsafeBuffer(reused == null ? BufferUtil.allocateDirectAligned(capacity, PAGE) : reused);
        if (reused != null)
        {
            buffer.setMemory(0, capacity, (byte)0);
        }
        return buffer;
    }

    void give(final UnsafeBuffer buffer)
    {
        final ArrayDeque<ByteBuffer> queue = free.get(Integer.numberOfTrailingZeros(buffer.capacity()));
        if (queue.size() < FREE_PER_CAPACITY_MAX)
        {
            queue.addFirst(buffer.byteBuffer());
        }
    }
}
