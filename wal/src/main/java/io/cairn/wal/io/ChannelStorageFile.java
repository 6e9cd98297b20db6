package io.cairn.wal.io;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A file behind a {@link FileChannel}. Direct buffers are read and written in place; raw memory without a byte buffer goes through a scratch buffer.
 */
final class ChannelStorageFile implements StorageFile
{
    private static final int SCRATCH_LENGTH = 256 * 1024;
    private static final int PAGE_LENGTH = 4096;

    private final Path path;
    private final FileChannel channel;
    private final boolean writable;
    private ByteBuffer lastSource;
    private ByteBuffer lastView;
    private ByteBuffer scratch;

    ChannelStorageFile(final Path path, final FileChannel channel, final boolean writable)
    {
        this.path = path;
        this.channel = channel;
        this.writable = writable;
        keepOpenOnInterrupt(channel);
    }

    @Override
    public Path path()
    {
        return path;
    }

    @Override
    public long size()
    {
        try
        {
            return channel.size();
        }
        catch (final IOException failure)
        {
            throw MappedStorageIo.failure(path, "the length cannot be read", failure);
        }
    }

    @Override
    public void truncate(final long sizeBytes)
    {
        try
        {
            final long size = channel.size();
            if (sizeBytes < size)
            {
                channel.truncate(sizeBytes);
            }
            else if (sizeBytes > size)
            {
                channel.write(ByteBuffer.allocate(1), sizeBytes - 1);
            }
        }
        catch (final IOException failure)
        {
            throw MappedStorageIo.failure(path, "the file cannot be cut to " + sizeBytes + " bytes", failure);
        }
    }

    @Override
    public int read(final long position, final MutableDirectBuffer dst, final int offset, final int length)
    {
        dst.boundsCheck(offset, length);
        int done = 0;
        try
        {
            while (done < length)
            {
                final int count = readSome(position + done, dst, offset + done, length - done);
                if (count < 0)
                {
                    break;
                }
                done += count;
            }
        }
        catch (final IOException failure)
        {
            throw MappedStorageIo.failure(path, length + " bytes cannot be read at " + position, failure);
        }
        return done == 0 && length > 0 ? -1 : done;
    }

    private int readSome(final long position, final MutableDirectBuffer dst, final int offset, final int length) throws IOException
    {
        final ByteBuffer view = view(dst, offset, length);
        if (view != null)
        {
            return channel.read(view, position);
        }
        final ByteBuffer staged = scratch();
        staged.clear().limit(Math.min(length, staged.capacity()));
        final int count = channel.read(staged, position);
        if (count > 0)
        {
            dst.putBytes(offset, staged, 0, count);
        }
        return count;
    }

    @Override
    public void write(final long position, final DirectBuffer src, final int offset, final int length)
    {
        src.boundsCheck(offset, length);
        int done = 0;
        try
        {
            while (done < length)
            {
                final ByteBuffer view = view(src, offset + done, length - done);
                if (view != null)
                {
                    done += channel.write(view, position + done);
                }
                else
                {
                    final ByteBuffer staged = scratch();
                    final int count = Math.min(length - done, staged.capacity());
                    staged.clear();
                    src.getBytes(offset + done, staged, 0, count);
                    staged.position(0).limit(count);
                    done += channel.write(staged, position + done);
                }
            }
        }
        catch (final IOException failure)
        {
            throw MappedStorageIo.failure(path, length + " bytes cannot be written at " + position, failure);
        }
    }

    /**
     * A byte buffer over the same bytes, the last one kept so that a steady writer allocates nothing; null for raw memory.
     */
    private ByteBuffer view(final DirectBuffer buffer, final int offset, final int length)
    {
        final ByteBuffer source = buffer.byteBuffer();
        if (source == null)
        {
            return buffer.byteArray() == null ? null : ByteBuffer.wrap(buffer.byteArray(), buffer.wrapAdjustment() + offset, length);
        }
        if (source != lastSource)
        {
            lastSource = source;
            lastView = source.duplicate();
        }
        final int start = buffer.wrapAdjustment() + offset;
        lastView.limit(start + length).position(start);
        return lastView;
    }

    private ByteBuffer scratch()
    {
        if (scratch == null)
        {
            scratch = ByteBuffer.allocateDirect(SCRATCH_LENGTH);
        }
        return scratch;
    }

    @Override
    public void force()
    {
        try
        {
            channel.force(false);
        }
        catch (final IOException failure)
        {
            throw MappedStorageIo.failure(path, "the file cannot be forced", failure);
        }
    }

    @Override
    public void allocate(final long lengthBytes)
    {
        if (PosixMemory.allocate(path, lengthBytes))
        {
            return;
        }
        // The system call is missing or refused: writing finds out why, and does the work where it can. Bytes that are there stay.
        final UnsafeBuffer zeros = new UnsafeBuffer(ByteBuffer.allocateDirect(PAGE_LENGTH));
        long position = size();
        while (position < lengthBytes)
        {
            final int count = (int)Math.min(PAGE_LENGTH, lengthBytes - position);
            write(position, zeros, 0, count);
            position += count;
        }
    }

    @Override
    public MappedRegion map(final long position, final int lengthBytes, final boolean writableRegion)
    {
        if (writableRegion && !writable)
        {
            throw new StorageException(StorageException.Kind.UNSUPPORTED, path, "the file was opened for reading only");
        }
        if (position < 0 || lengthBytes <= 0 || position % PAGE_LENGTH != 0 || position + lengthBytes > size())
        {
            throw new StorageException(
                StorageException.Kind.IO,
                path,
                "cannot map [" + position + ", " + (position + lengthBytes) + "): the file has " + size() + " bytes");
        }
        return ChronicleMappedRegion.map(path, channel, position, lengthBytes, writableRegion);
    }

    @Override
    public void close()
    {
        try
        {
            channel.close();
        }
        catch (final IOException failure)
        {
            throw MappedStorageIo.failure(path, "the file cannot be closed", failure);
        }
    }

    /**
     * An interrupt must not close a channel under the threads that use it: the JDK's own switch for that is public in a package that the JVM flags
     * export. Without it a channel still works, and an interrupt closes it.
     */
    private static void keepOpenOnInterrupt(final FileChannel channel)
    {
        try
        {
            MethodHandles.publicLookup()
                .findVirtual(channel.getClass(), "setUninterruptible", MethodType.methodType(void.class))
                .invoke(channel);
        }
        catch (final Throwable unavailable)
        {
            if (unavailable instanceof Error && !(unavailable instanceof LinkageError))
            {
                throw (Error)unavailable;
            }
        }
    }
}
