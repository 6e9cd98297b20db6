package io.cairn.wal;

import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.openhft.chronicle.bytes.Bytes;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Looks into a log directory without a lock and without changing anything: for dumps, and for what a person needs to see of a damaged log. Errors are
 * {@link io.cairn.wal.io.StorageException}. One thread.
 */
public final class WalInspector
{
    private final StorageIo storageIo;
    private final Path dir;

    /**
     * Ready to look.
     *
     * @param storageIo way to the file system.
     * @param dir       of the log.
     */
    public WalInspector(final StorageIo storageIo, final Path dir)
    {
        this.storageIo = storageIo;
        this.dir = dir;
    }

    /**
     * What to do with each record; return false to stop.
     */
    @FunctionalInterface
    public interface RecordVisitor
    {
        /**
         * A record, good or bad, in the order of the file.
         *
         * @param record what the bytes say; its payload is valid during the call only.
         * @return false to stop.
         */
        boolean onRecord(RecordSummary record);
    }

    /**
     * The segment files, in the order of their first entry; spares come last. Every record is read once.
     *
     * @return a summary each.
     */
    public List<SegmentSummary> segments()
    {
        final List<SegmentSummary> summaries = new ArrayList<>();
        for (final Path path : segmentPaths(storageIo, dir))
        {
            try (SegmentReader reader = new SegmentReader(storageIo, path))
            {
                summaries.add(reader.summary());
            }
        }
        return summaries;
    }

    /**
     * Is there at least one segment file with a valid header?
     *
     * @return false where there is no log to speak of.
     */
    public boolean isLog()
    {
        for (final Path path : segmentPaths(storageIo, dir))
        {
            try (SegmentReader reader = new SegmentReader(storageIo, path))
            {
                if (reader.problem() == null)
                {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Visits the records of one segment, bad ones included.
     *
     * @param file    of the segment.
     * @param visitor gets each record.
     * @return false if the visitor stopped.
     */
    public boolean forEachRecord(final Path file, final RecordVisitor visitor)
    {
        try (SegmentReader reader = new SegmentReader(storageIo, file))
        {
            while (reader.next())
            {
                if (!visitor.onRecord(reader.record()))
                {
                    return false;
                }
            }
            return true;
        }
    }

    /**
     * A range of a file in hexadecimal and text, 16 bytes a line.
     *
     * @param file   to read.
     * @param offset of the first byte.
     * @param length in bytes; less is shown at the end of the file.
     * @return lines of text.
     */
    public String hexDump(final Path file, final long offset, final int length)
    {
        final byte[] bytes = new byte[length];
        final int count;
        try (StorageFile opened = storageIo.open(file, OpenMode.READ))
        {
            count = Math.max(0, opened.read(offset, new UnsafeBuffer(bytes), 0, length));
        }
        final Bytes<byte[]> dump = Bytes.wrapForRead(bytes);
        dump.readLimit(count);
        try
        {
            return dump.toHexString(0, count);
        }
        finally
        {
            dump.releaseLast();
        }
    }

    static List<Path> segmentPaths(final StorageIo storageIo, final Path dir)
    {
        final List<Path> named = new ArrayList<>();
        final List<Path> spares = new ArrayList<>();
        for (final String name : storageIo.list(dir))
        {
            if (SegmentNames.isActive(name))
            {
                named.add(dir.resolve(name));
            }
            else if (SegmentNames.isSpare(name) && !SegmentNames.isTemporary(name))
            {
                spares.add(dir.resolve(name));
            }
        }
        named.addAll(spares);
        return named;
    }
}
