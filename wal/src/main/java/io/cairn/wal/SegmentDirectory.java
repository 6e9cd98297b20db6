package io.cairn.wal;

import io.cairn.wal.io.Advice;
import io.cairn.wal.io.MappedRegion;
import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import io.cairn.wal.layout.SegmentDescriptor;
import java.nio.file.Path;
import java.util.List;
import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Opens segment files of a directory and checks that each is what its name says.
 */
final class SegmentDirectory
{
    private static final int SEGMENT_BYTES_MAX = 1 << 30;

    private final StorageIo storageIo;
    private final Path dir;
    private final long clusterId;
    private final UnsafeBuffer sector = new UnsafeBuffer(BufferUtil.allocateDirectAligned(SegmentDescriptor.SECTOR_LENGTH, 64));

    SegmentDirectory(final StorageIo storageIo, final Path dir, final long clusterId)
    {
        this.storageIo = storageIo;
        this.dir = dir;
        this.clusterId = clusterId;
    }

    long clusterId()
    {
        return clusterId;
    }

    /** Is this file whole and another segment than its name says? Somebody has exchanged files, and that is for a person. */
    boolean isOfAnother(final String name)
    {
        try (StorageFile file = storageIo.open(dir.resolve(name), OpenMode.READ))
        {
            final long address = sector.addressOffset();
            return
                file.read(0, sector, 0, SegmentDescriptor.SECTOR_LENGTH) == SegmentDescriptor.SECTOR_LENGTH &&
                SegmentDescriptor.isHeaderValid(address) &&
                (UnsafeApi.getLong(address + SegmentDescriptor.SEGMENT_ID_OFFSET) != SegmentNames.segmentId(name) ||
                    UnsafeApi.getLong(address + SegmentDescriptor.BASE_INDEX_OFFSET) != SegmentNames.baseIndex(name) ||
                    UnsafeApi.getLong(address + SegmentDescriptor.CLUSTER_ID_OFFSET) != clusterId);
        }
    }

    /**
     * Has a newer program written here? It begins segments at the end: they are looked at before a byte of any file is changed.
     */
    void refuseNewer(final List<String> names)
    {
        String last = null;
        for (final String name : names)
        {
            if (SegmentNames.isActive(name))
            {
                last = last == null || name.compareTo(last) > 0 ? name : last;
            }
            else if (SegmentNames.isSpare(name))
            {
                refuseNewer(dir.resolve(name));
            }
        }
        if (last != null)
        {
            refuseNewer(dir.resolve(last));
        }
    }

    private void refuseNewer(final Path path)
    {
        try (StorageFile file = storageIo.open(path, OpenMode.READ))
        {
            if (file.read(0, sector, 0, SegmentDescriptor.SECTOR_LENGTH) == SegmentDescriptor.SECTOR_LENGTH)
            {
                refuseNewer(path, sector.addressOffset());
            }
        }
    }

    private static void refuseNewer(final Path path, final long address)
    {
        if (SegmentDescriptor.isNewer(address))
        {
            throw new WalException(
                WalException.Kind.NEWER_VERSION,
                path + ": offset " + SegmentDescriptor.VERSION_OFFSET + ": the segment has format version " +
                    UnsafeApi.getInt(address + SegmentDescriptor.VERSION_OFFSET) + ", this program knows " +
                    SegmentDescriptor.VERSION + "; use a newer program");
        }
    }

    Path resolve(final String name)
    {
        return dir.resolve(name);
    }

    /**
     * Maps a named segment and adopts its header.
     *
     * @return the segment, or null with the reason in {@code reason[0]}.
     */
    Segment open(final String name, final String[] reason)
    {
        final Path path = dir.resolve(name);
        StorageFile file = null;
        MappedRegion region = null;
        Segment segment = null;
        try
        {
            file = storageIo.open(path, OpenMode.READ_WRITE);
            final long size = file.size();
            if (size < SegmentDescriptor.SEGMENT_BYTES_MIN || size > Integer.MAX_VALUE || size % SegmentDescriptor.PAGE_LENGTH != 0)
            {
                reason[0] = "the file has " + size + " bytes, which no segment has";
                return null;
            }
            region = file.map(0, (int)size, true);
            region.advise(Advice.RANDOM);
            segment = adopt(name, path, file, region, reason);
            return segment;
        }
        finally
        {
            if (segment == null && region != null)
            {
                region.close();
            }
            if (segment == null && file != null)
            {
                file.close();
            }
        }
    }

    /**
     * Maps a named segment whose header or length is damaged: the name says its id and its base. A file that is too short is filled up with zeros,
     * one that is too long loses its end, which no segment has; one of a newer version is left as it is.
     *
     * @param length what its header says, or what segments of this log have.
     * @return the segment, without what its predecessor ends with.
     */
    Segment openDamaged(final String name, final int length)
    {
        final Path path = dir.resolve(name);
        final StorageFile file = storageIo.open(path, OpenMode.READ_WRITE);
        MappedRegion region = null;
        try
        {
            fit(file, lengthIn(path, file, length));
            region = file.map(0, (int)file.size(), true);
            region.advise(Advice.RANDOM);
        }
        finally
        {
            if (region == null)
            {
                file.close();
            }
        }
        final long address = region.buffer().addressOffset();
        final Segment segment = new Segment(file, region, path, SegmentNames.segmentId(name));
        if (checkHeader(path, address, region.buffer().capacity(), segment.id()) == null &&
            UnsafeApi.getLong(address + SegmentDescriptor.BASE_INDEX_OFFSET) == SegmentNames.baseIndex(name))
        {
            segment.adopt();
        }
        else
        {
            segment.adoptDamaged(SegmentNames.baseIndex(name));
        }
        segment.activated(true);
        return segment;
    }

    /** The length that a whole header names, else that of the file, where a segment may have it: nothing is cut or filled up to any other. */
    private int lengthIn(final Path path, final StorageFile file, final int otherwise)
    {
        final long address = sector.addressOffset();
        final boolean isWhole = file.read(0, sector, 0, SegmentDescriptor.SECTOR_LENGTH) == SegmentDescriptor.SECTOR_LENGTH;
        if (isWhole)
        {
            refuseNewer(path, address);
        }
        if (isWhole && SegmentDescriptor.isHeaderValid(address))
        {
            final int named = UnsafeApi.getInt(address + SegmentDescriptor.SEGMENT_BYTES_OFFSET);
            if (isPossible(named))
            {
                return named;
            }
        }
        final long size = file.size();
        return isPossible(size) ? (int)size : otherwise;
    }

    private static boolean isPossible(final long length)
    {
        return length >= SegmentDescriptor.SEGMENT_BYTES_MIN && length <= SEGMENT_BYTES_MAX && length % SegmentDescriptor.PAGE_LENGTH == 0;
    }

    private void fit(final StorageFile file, final int length)
    {
        if (file.size() > length)
        {
            file.truncate(length);
        }
        else if (file.size() < length)
        {
            file.allocate(length);
        }
    }

    private Segment adopt(final String name, final Path path, final StorageFile file, final MappedRegion region, final String[] reason)
    {
        final long address = region.buffer().addressOffset();
        final long id = SegmentNames.segmentId(name);
        reason[0] = checkHeader(path, address, region.buffer().capacity(), id);
        if (reason[0] == null && SegmentNames.isActive(name) &&
            UnsafeApi.getLong(address + SegmentDescriptor.BASE_INDEX_OFFSET) != SegmentNames.baseIndex(name))
        {
            reason[0] = "the header says base index " + UnsafeApi.getLong(address + SegmentDescriptor.BASE_INDEX_OFFSET) + ", the name another";
        }
        if (reason[0] != null)
        {
            return null;
        }
        final Segment segment = new Segment(file, region, path, id);
        segment.adopt();
        segment.activated(SegmentNames.isActive(name));
        return segment;
    }

    private String checkHeader(final Path path, final long address, final long size, final long id)
    {
        refuseNewer(path, address);
        if (!SegmentDescriptor.isHeaderValid(address))
        {
            return "the header's checksum does not match";
        }
        if (UnsafeApi.getInt(address + SegmentDescriptor.SEGMENT_BYTES_OFFSET) != size)
        {
            return "the header says " + UnsafeApi.getInt(address + SegmentDescriptor.SEGMENT_BYTES_OFFSET) + " bytes, the file has " + size;
        }
        if (UnsafeApi.getLong(address + SegmentDescriptor.SEGMENT_ID_OFFSET) != id)
        {
            return "the header says segment id " + UnsafeApi.getLong(address + SegmentDescriptor.SEGMENT_ID_OFFSET) + ", the name another";
        }
        if (UnsafeApi.getLong(address + SegmentDescriptor.CLUSTER_ID_OFFSET) != clusterId)
        {
            return "the header says cluster " + UnsafeApi.getLong(address + SegmentDescriptor.CLUSTER_ID_OFFSET) + " instead of " + clusterId;
        }
        return null;
    }

    /**
     * Is this spare begun in the present life of the log? Reads one sector and maps nothing.
     */
    boolean isBegun(final String name, final long generation)
    {
        if (SegmentNames.isTemporary(name))
        {
            return false;
        }
        try (StorageFile file = storageIo.open(dir.resolve(name), OpenMode.READ))
        {
            final int length = file.read(0, sector, 0, SegmentDescriptor.SECTOR_LENGTH);
            final long address = sector.addressOffset();
            return length == SegmentDescriptor.SECTOR_LENGTH &&
                checkHeader(file.path(), address, file.size(), SegmentNames.segmentId(name)) == null &&
                UnsafeApi.getLong(address + SegmentDescriptor.BASE_INDEX_OFFSET) != SegmentDescriptor.NOT_BEGUN &&
                UnsafeApi.getLong(address + SegmentDescriptor.GENERATION_OFFSET) == generation;
        }
    }

    /**
     * Takes a file out of the log. One of the right length gets the name of a segment in preparation, so that nobody mistakes what a crash left in
     * it for something, and can be recycled; one that has such a name already may have been left half allocated and goes, as any other does.
     *
     * @return the file to recycle, null if it was deleted.
     */
    Path setAside(final String name, final int segmentBytes)
    {
        final boolean isSized;
        try (StorageFile file = storageIo.open(dir.resolve(name), OpenMode.READ))
        {
            isSized = file.size() == segmentBytes;
        }
        if (!isSized || SegmentNames.isTemporary(name))
        {
            delete(name);
            return null;
        }
        final Path aside = dir.resolve(SegmentNames.temporary(SegmentNames.segmentId(name)));
        storageIo.rename(dir.resolve(name), aside);
        return aside;
    }

    void delete(final String name)
    {
        try
        {
            storageIo.delete(dir.resolve(name));
        }
        catch (final StorageException failure)
        {
            if (failure.kind() != StorageException.Kind.NOT_FOUND)
            {
                throw failure;
            }
        }
    }

    void force()
    {
        storageIo.forceDirectory(dir);
    }
}
