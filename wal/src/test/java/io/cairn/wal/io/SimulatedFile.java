package io.cairn.wal.io;

import java.nio.file.Path;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * An open file of a {@link SimulatedStorageIo}. Dead after a crash of its process.
 */
final class SimulatedFile implements StorageFile
{
    private final SimulatedStorageIo io;
    private final int life;
    private final Path path;
    private final SimulatedContent content;
    private final boolean writable;
    private boolean closed;

    SimulatedFile(final SimulatedStorageIo io, final Path path, final SimulatedContent content, final boolean writable)
    {
        this.io = io;
        this.life = io.life();
        this.path = path;
        this.content = content;
        this.writable = writable;
        io.handleOpened();
    }

    @Override
    public Path path()
    {
        return path;
    }

    @Override
    public long size()
    {
        checkOpen();
        return content.size();
    }

    @Override
    public void truncate(final long sizeBytes)
    {
        checkWritable();
        io.before(SimulatedOperation.TRUNCATE, path);
        content.resize(sizeBytes);
    }

    @Override
    public int read(final long position, final MutableDirectBuffer dst, final int offset, final int length)
    {
        checkOpen();
        io.before(SimulatedOperation.READ, path);
        if (position >= content.size())
        {
            return -1;
        }
        final int available = (int)Math.min(length, content.size() - position);
        dst.putBytes(offset, content.cache(), (int)position, available);
        return available;
    }

    @Override
    public void write(final long position, final DirectBuffer src, final int offset, final int length)
    {
        checkWritable();
        final StorageException failure = io.decide(SimulatedOperation.WRITE, path);
        // A write that fails has often written something before: half of it here.
        final int written = failure == null ? length : length / 2;
        final long newBytes = Math.max(0, SimulatedContent.pagesUp(position + written) - content.allocated());
        if (failure == null && newBytes > io.freeBytes())
        {
            throw new StorageException(StorageException.Kind.NO_SPACE, path, "write of " + length + " bytes at " + position + ": no space left");
        }
        if (written > 0 && newBytes <= io.freeBytes())
        {
            if (position + written > content.size())
            {
                content.resize(position + written);
            }
            content.cache().putBytes((int)position, src, offset, written);
            content.touched(position, written);
        }
        if (failure != null)
        {
            throw failure;
        }
    }

    @Override
    public void force()
    {
        force(SimulatedOperation.FORCE, 0, content.size());
    }

    void force(final SimulatedOperation operation, final long from, final long to)
    {
        checkOpen();
        final StorageException failure = io.decide(operation, path);
        if (failure != null)
        {
            content.forceFailed(from, to, io.random());
            throw failure;
        }
        content.force(from, to);
    }

    @Override
    public void allocate(final long lengthBytes)
    {
        checkWritable();
        io.before(SimulatedOperation.ALLOCATE, path);
        if (SimulatedContent.pagesUp(lengthBytes) - content.allocated() > io.freeBytes())
        {
            throw new StorageException(StorageException.Kind.NO_SPACE, path, "allocation of " + lengthBytes + " bytes: no space left");
        }
        content.allocate(lengthBytes);
    }

    @Override
    public MappedRegion map(final long position, final int lengthBytes, final boolean writableRegion)
    {
        checkOpen();
        io.before(SimulatedOperation.MAP, path);
        if (position % SimulatedContent.PAGE != 0 || position < 0 || position + lengthBytes > content.size())
        {
            throw new IllegalArgumentException(path + ": range " + position + "+" + lengthBytes + " of a file of " + content.size() + " bytes");
        }
        if (writableRegion && !writable)
        {
            throw new IllegalArgumentException(path + ": opened for reading only");
        }
        return new SimulatedRegion(this, content, position, lengthBytes);
    }

    @Override
    public void close()
    {
        if (!closed && life == io.life())
        {
            io.handleClosed();
        }
        closed = true;
    }

    SimulatedStorageIo io()
    {
        return io;
    }

    void checkAlive()
    {
        if (life != io.life())
        {
            throw new IllegalStateException(path + ": this handle belongs to a process that died");
        }
    }

    private void checkOpen()
    {
        checkAlive();
        if (closed)
        {
            throw new IllegalStateException(path + ": the file is closed");
        }
    }

    private void checkWritable()
    {
        checkOpen();
        if (!writable)
        {
            throw new StorageException(StorageException.Kind.UNSUPPORTED, path, "opened for reading only");
        }
    }
}
