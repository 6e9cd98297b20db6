package io.cairn.wal.io;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * A mapping of a {@link SimulatedFile}: a window on the simulated page cache.
 */
final class SimulatedRegion implements MappedRegion
{
    private final SimulatedFile file;
    private final SimulatedContent content;
    private final long position;
    private final UnsafeBuffer buffer;
    private final int life;
    private boolean closed;

    SimulatedRegion(final SimulatedFile file, final SimulatedContent content, final long position, final int lengthBytes)
    {
        this.file = file;
        this.content = content;
        this.position = position;
        this.life = file.io().life();
        this.buffer = new UnsafeBuffer(content.cache().addressOffset() + position, lengthBytes);
        content.regionOpened();
        file.io().regionOpened();
    }

    @Override
    public UnsafeBuffer buffer()
    {
        file.checkAlive();
        if (closed)
        {
            throw new IllegalStateException(file.path() + ": the region is unmapped");
        }
        return buffer;
    }

    @Override
    public void force(final int offset, final int length)
    {
        if (closed)
        {
            throw new IllegalStateException(file.path() + ": the region is unmapped");
        }
        if (offset < 0 || length < 0 || offset + length > buffer.capacity())
        {
            throw new IndexOutOfBoundsException(file.path() + ": range " + offset + "+" + length + " of a region of " + buffer.capacity());
        }
        file.force(SimulatedOperation.FORCE_RANGE, position + offset, position + offset + length);
    }

    @Override
    public void markDirty(final int offset, final int length)
    {
        file.checkAlive();
        content.touched(position + offset, length);
    }

    @Override
    public void advise(final Advice advice)
    {
        file.checkAlive();
    }

    @Override
    public void close()
    {
        if (!closed)
        {
            closed = true;
            buffer.wrap(buffer.addressOffset(), 0);
            if (life == file.io().life())
            {
                content.regionClosed();
                file.io().regionClosed();
            }
        }
    }
}
