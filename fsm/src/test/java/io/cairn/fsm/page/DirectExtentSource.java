package io.cairn.fsm.page;

import org.agrona.BufferUtil;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Extents from direct buffers, up to a bound: what tests of all modules use.
 */
public final class DirectExtentSource implements ExtentSource
{
    private final List<ByteBuffer> extents = new ArrayList<>();
    private final long bytesMax;
    private long allocatedBytes;

    /**
     * As much as direct memory allows.
     */
    public DirectExtentSource()
    {
        this(Long.MAX_VALUE);
    }

    /**
     * @param bytesMax extents beyond this sum are refused.
     */
    public DirectExtentSource(final long bytesMax)
    {
        this.bytesMax = bytesMax;
    }

    @Override
    public long allocate(final int lengthBytes)
    {
        if (allocatedBytes + lengthBytes > bytesMax)
        {
            return 0;
        }
        final ByteBuffer extent = BufferUtil.allocateDirectAligned(lengthBytes, 4096);
        extents.add(extent);
        allocatedBytes += lengthBytes;
        return BufferUtil.address(extent);
    }

    @Override
    public void close()
    {
        extents.clear();
    }
}
