package io.cairn.wal.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import net.openhft.chronicle.bytes.MappedBytesStore;
import net.openhft.chronicle.bytes.MappedFile;
import net.openhft.chronicle.core.io.ReferenceOwner;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A mapping made by chronicle-bytes as one chunk without overlap (chunked mappings are the ones it really unmaps). Bytes are reached through Agrona
 * over the same address; forcing goes to {@code msync} with its return code checked, or to the file's channel, never to chronicle's own sync, which
 * only logs an error.
 */
final class ChronicleMappedRegion implements MappedRegion
{
    private static final int PAGE_LENGTH = 4096;

    /** The kernel silently cuts one call to read ahead down to the device's window, which is 128 KiB by default and not less in practice. */
    private static final int READ_AHEAD_LENGTH = 128 << 10;

    private final Path path;
    private final FileChannel channel;
    private final MappedFile mappedFile;
    private final MappedBytesStore store;
    private final ReferenceOwner owner;
    private final UnsafeBuffer buffer;
    private final AtomicBoolean closed = new AtomicBoolean();

    private ChronicleMappedRegion(
        final Path path,
        final FileChannel channel,
        final MappedFile mappedFile,
        final MappedBytesStore store,
        final ReferenceOwner owner,
        final UnsafeBuffer buffer)
    {
        this.path = path;
        this.channel = channel;
        this.mappedFile = mappedFile;
        this.store = store;
        this.owner = owner;
        this.buffer = buffer;
    }

    static ChronicleMappedRegion map(
        final Path path, final FileChannel channel, final long position, final int lengthBytes, final boolean writable)
    {
        // The chunk is one that starts at the position: chunk 0 for a whole file, else the first chunk of a mapping from its start.
        final long chunkLength = align(position % lengthBytes == 0 && lengthBytes % PAGE_LENGTH == 0 ? lengthBytes : position + lengthBytes);
        final long chunkStart = position / chunkLength * chunkLength;
        MappedFile mappedFile = null;
        try
        {
            if (writable && chunkStart + chunkLength > channel.size())
            {
                throw new StorageException(
                    StorageException.Kind.UNSUPPORTED, path, "a writable mapping must end at a multiple of " + PAGE_LENGTH + " bytes");
            }
            mappedFile = MappedFile.of(path.toFile(), chunkLength, 0, PAGE_LENGTH, !writable);
            final ReferenceOwner owner = ReferenceOwner.temporary("cairn");
            final MappedBytesStore store = mappedFile.acquireByteStore(owner, chunkStart);
            final long address = store.addressForRead(store.start()) + (position - chunkStart);
            return new ChronicleMappedRegion(path, channel, mappedFile, store, owner, new UnsafeBuffer(address, lengthBytes));
        }
        catch (final IOException failure)
        {
            if (mappedFile != null)
            {
                mappedFile.releaseLast();
            }
            throw MappedStorageIo.failure(path, "the file cannot be mapped", failure);
        }
    }

    private static long align(final long length)
    {
        return (length + PAGE_LENGTH - 1) / PAGE_LENGTH * PAGE_LENGTH;
    }

    @Override
    public UnsafeBuffer buffer()
    {
        return buffer;
    }

    @Override
    public void force(final int offset, final int length)
    {
        buffer.boundsCheck(offset, length);
        if (!PosixMemory.isAvailable())
        {
            forceChannel();
            return;
        }
        final long from = buffer.addressOffset() + offset & -PAGE_LENGTH;
        final long until = buffer.addressOffset() + offset + length;
        final int error = PosixMemory.sync(from, until - from);
        if (error != 0)
        {
            throw new StorageException(
                StorageException.Kind.IO, path, "forcing " + length + " bytes at " + offset + " failed with error number " + error);
        }
    }

    private void forceChannel()
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
    public void markDirty(final int offset, final int length)
    {
        buffer.boundsCheck(offset, length);
        final long until = buffer.addressOffset() + offset + length;
        for (long at = buffer.addressOffset() + offset & -PAGE_LENGTH; at < until; at += PAGE_LENGTH)
        {
            UnsafeApi.getAndAddInt(null, at, 0);
        }
    }

    @Override
    public void advise(final Advice advice)
    {
        final long from = buffer.addressOffset() & -PAGE_LENGTH;
        final long until = buffer.addressOffset() + buffer.capacity();
        final long step = advice == Advice.WILL_NEED ? READ_AHEAD_LENGTH : until - from;
        for (long at = from; at < until; at += step)
        {
            PosixMemory.advise(at, Math.min(step, until - at), advice);
        }
    }

    @Override
    public void close()
    {
        if (closed.compareAndSet(false, true))
        {
            store.release(owner);
            mappedFile.releaseLast();
        }
    }
}
