package io.cairn.wal;

import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import io.cairn.wal.layout.RecordDescriptor;
import io.cairn.wal.layout.SegmentDescriptor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads the entries of a log that nobody appends to, first to last, without a lock and without changing anything: where a start would recover, this
 * only looks. Every record is verified (header, payload, chain, index, term) before it is shown, and it must continue the one before, across
 * segments too. Reading ends at the first that does not; {@link #end()} says why.
 * <p>
 * What may be missing is decided as a start decides it: a log that ends below its floor (the highest index known to be forced, as metadata and
 * records say) has lost something and throws {@link WalException} of kind {@link WalException.Kind#CORRUPT}; behind the floor, what is not whole was
 * never promised.
 * <p>
 * One thread. Errors otherwise are {@link io.cairn.wal.io.StorageException}.
 */
public final class LogReader implements AutoCloseable
{
    private static final int METADATA_RECORD = 1;

    private final StorageIo storageIo;
    private final Path dir;
    private final long clusterId;
    private long floor;
    private final boolean isClosedInOrder;
    private final long releasedBelow;
    private final long cutIndex;
    private final List<Path> segments = new ArrayList<>();
    private int namedCount;
    private int nextSegment;
    private SegmentReader reader;
    private long index;
    private long term;
    private int chain;
    private String end;

    /**
     * Looks at a log; {@link #seek} comes next.
     *
     * @param storageIo way to the file system.
     * @param dir       of the log.
     * @throws WalException when it is no log, or a start has to finish what was begun first.
     */
    public LogReader(final StorageIo storageIo, final Path dir)
    {
        this.storageIo = storageIo;
        this.dir = dir;
        clusterId = LogIdentity.read(storageIo, dir).clusterId();
        final UnsafeBuffer metadata = newestMetadata();
        if (metadata.getLong(LogMetadata.RESET_INDEX_OFFSET) != LogMetadata.NONE)
        {
            throw new WalException(
                WalException.Kind.USAGE,
                dir + ": a snapshot was being installed up to entry " + metadata.getLong(LogMetadata.RESET_INDEX_OFFSET) +
                    " when the member stopped, and the log before it is to go: start the member once, so that it finishes");
        }
        floor = metadata.getLong(LogMetadata.FLOOR_OFFSET);
        isClosedInOrder = metadata.getInt(LogMetadata.USE_OFFSET) == LogMetadata.CLOSED;
        releasedBelow = metadata.getLong(LogMetadata.FIRST_INDEX_OFFSET);
        cutIndex = metadata.getLong(LogMetadata.CUT_INDEX_OFFSET);
        findSegments(metadata.getLong(LogMetadata.GENERATION_OFFSET));
    }

    /** A crash may have left one, or more, that has entries and not its name yet. */
    private void findSegments(final long generation)
    {
        final TreeMap<Long, Path> begun = new TreeMap<>();
        for (final String name : storageIo.list(dir))
        {
            if (SegmentNames.isActive(name))
            {
                segments.add(dir.resolve(name));
            }
            else if (SegmentNames.isSpare(name) && !SegmentNames.isTemporary(name))
            {
                try (SegmentReader spare = new SegmentReader(storageIo, dir.resolve(name)))
                {
                    if (spare.problem() == null && spare.baseIndex() != SegmentDescriptor.NOT_BEGUN && spare.generation() == generation)
                    {
                        begun.put(spare.baseIndex(), spare.path());
                    }
                }
            }
        }
        namedCount = segments.size();
        segments.addAll(begun.values());
    }

    private UnsafeBuffer newestMetadata()
    {
        final UnsafeBuffer newest = new UnsafeBuffer(BufferUtil.allocateDirectAligned(StableFile.PAGE_LENGTH, 64));
        final UnsafeBuffer copy = new UnsafeBuffer(BufferUtil.allocateDirectAligned(StableFile.PAGE_LENGTH, 64));
        final Path path = dir.resolve(StableFile.FILE_NAME);
        long sequence = -1;
        try (StorageFile file = storageIo.open(path, OpenMode.READ))
        {
            for (int page = 0; page < StableFile.PAGES_PER_RECORD; page++)
            {
                final long offset = StableFile.offset(METADATA_RECORD, page % 2, page / 2);
                if (file.read(offset, copy, 0, StableFile.PAGE_LENGTH) == StableFile.PAGE_LENGTH && StableFile.isValid(copy, METADATA_RECORD) &&
                    copy.getLong(StableFile.SEQUENCE_OFFSET) > sequence)
                {
                    sequence = copy.getLong(StableFile.SEQUENCE_OFFSET);
                    newest.putBytes(0, copy, 0, StableFile.PAGE_LENGTH);
                }
            }
        }
        if (sequence < 0)
        {
            throw new WalException(
                WalException.Kind.CORRUPT, path + ": no copy of the log's metadata is whole; see cairn wal verify, and restore the file from a copy");
        }
        return newest;
    }

    /**
     * Whose log this is.
     *
     * @return the id the directory was formatted with.
     */
    public long clusterId()
    {
        return clusterId;
    }

    /**
     * The highest index known to have been forced, as far as the log was read.
     *
     * @return 0 where none is.
     */
    public long floor()
    {
        return floor;
    }

    /**
     * Was the log closed in order? Its floor is its end then.
     *
     * @return false after a crash.
     */
    public boolean isClosedInOrder()
    {
        return isClosedInOrder;
    }

    /**
     * The lowest index that can be read.
     *
     * @return one behind the last where there are no entries.
     */
    public long firstIndex()
    {
        return segments.isEmpty() ? releasedBelow : Math.max(releasedBelow, baseIndex(0));
    }

    private long baseIndex(final int segment)
    {
        final Path path = segments.get(segment);
        if (segment < namedCount)
        {
            return SegmentNames.baseIndex(path.getFileName().toString());
        }
        try (SegmentReader begun = new SegmentReader(storageIo, path))
        {
            return begun.baseIndex();
        }
    }

    /**
     * Goes before an entry. Damage among those that lie before it does not matter. Where the log ends before it, {@link #index()} says where.
     *
     * @param fromIndex the first that {@link #next()} is to show.
     * @throws WalException when the log has nothing to continue the entry before it.
     */
    public void seek(final long fromIndex)
    {
        closeReader();
        nextSegment = 0;
        for (int i = 0; i < segments.size() && baseIndex(i) <= fromIndex; i++)
        {
            nextSegment = i;
        }
        if (fromIndex < firstIndex())
        {
            throw new WalException(WalException.Kind.USAGE, dir + ": entry " + fromIndex + " is no longer here, the log begins at " + firstIndex());
        }
        end = null;
        index = fromIndex - 1;
        if (nextSegment >= segments.size())
        {
            return;
        }
        openSegment();
        if (reader.problem() != null)
        {
            throw damaged(fromIndex, reader.problem());
        }
        index = reader.baseIndex() - 1;
        term = reader.prevTerm();
        chain = reader.prevChain();
        skipTo(fromIndex);
    }

    /** Damage among what is skipped does not matter, but in the very entry before: what is to be read must continue it. */
    private void skipTo(final long fromIndex)
    {
        while (index < fromIndex - 1)
        {
            if (!reader.next())
            {
                next();
                return;
            }
            if (reader.recordProblem() == null)
            {
                if (reader.index() >= fromIndex)
                {
                    throw new WalException(
                        WalException.Kind.CORRUPT, where(reader.offset()) + "the entry before " + fromIndex + " is damaged; see cairn wal verify");
                }
                take();
            }
        }
    }

    /**
     * Moves to the next entry.
     *
     * @return false at the end of what is whole; {@link #end()} says why.
     * @throws WalException when something is missing that was forced.
     */
    public boolean next()
    {
        while (end == null)
        {
            if (index + 1 == cutIndex)
            {
                end = "a cut at entry " + cutIndex + " was begun";
            }
            else if (reader == null)
            {
                end = "";
            }
            else if (reader.next())
            {
                return isRecord();
            }
            else
            {
                nextReader();
            }
        }
        if (index < floor && cutIndex == LogMetadata.NONE)
        {
            throw damaged(index + 1, end.isEmpty() ? "the log ends before it" : end);
        }
        return false;
    }

    private boolean isRecord()
    {
        final String problem = reader.recordProblem();
        if (problem != null)
        {
            end = where(reader.offset()) + problem;
            lookForEvidence();
            return next();
        }
        take();
        return true;
    }

    private void take()
    {
        index = reader.index();
        term = UnsafeApi.getLong(reader.address() + reader.offset() + RecordDescriptor.TERM_OFFSET);
        chain = reader.expectedChain();
        floor = Math.max(floor, index - floorLag());
    }

    /** What lies behind something damaged is not shown, but it says how far the log had been forced when it was written. */
    private void lookForEvidence()
    {
        while (reader != null)
        {
            while (reader.next())
            {
                if (reader.recordProblem() == null)
                {
                    floor = Math.max(floor, reader.index() - floorLag());
                }
            }
            closeReader();
            if (nextSegment < segments.size())
            {
                openSegment();
            }
        }
    }

    private int floorLag()
    {
        return UnsafeApi.getInt(at() + RecordDescriptor.FLOOR_LAG_OFFSET);
    }

    private void nextReader()
    {
        if (nextSegment == segments.size())
        {
            end = "";
            return;
        }
        openSegment();
        final boolean continues = reader.problem() == null && reader.baseIndex() == index + 1 && reader.prevChain() == chain &&
            reader.prevTerm() == term;
        if (!continues && nextSegment > namedCount)
        {
            // What a crash left in it is of no use.
            end = "";
        }
        else if (!continues)
        {
            end = where(0) + (reader.problem() == null ? "the segment does not continue the one before" : reader.problem());
            lookForEvidence();
        }
    }

    private void openSegment()
    {
        closeReader();
        reader = new SegmentReader(storageIo, segments.get(nextSegment++));
    }

    private String where(final int offset)
    {
        return reader.path() + ": offset " + offset + ": ";
    }

    private WalException damaged(final long at, final String problem)
    {
        return new WalException(
            WalException.Kind.CORRUPT,
            dir + ": entry " + at + " was forced (up to " + floor + " were) and is not whole: " + problem + "; see cairn wal verify");
    }

    /**
     * Why there is no next entry.
     *
     * @return empty at the end of the log; null while it was not met; otherwise what is wrong with what lies behind, and where.
     */
    public String end()
    {
        return end;
    }

    /**
     * Index of the entry.
     *
     * @return the one before the first after {@link #seek}.
     */
    public long index()
    {
        return index;
    }

    /**
     * Term of the entry.
     *
     * @return its term.
     */
    public long term()
    {
        return term;
    }

    /**
     * Chain value of the entry: equal on every replica.
     *
     * @return a checksum of the whole history up to it.
     */
    public int chain()
    {
        return chain;
    }

    /**
     * Type of the entry.
     *
     * @return one of {@link RecordDescriptor}.
     */
    public int type()
    {
        return UnsafeApi.getShort(at() + RecordDescriptor.TYPE_OFFSET) & 0xFFFF;
    }

    /**
     * Flags of the entry.
     *
     * @return what its type makes of them.
     */
    public int flags()
    {
        return UnsafeApi.getShort(at() + RecordDescriptor.FLAGS_OFFSET) & 0xFFFF;
    }

    /**
     * Log time of the entry.
     *
     * @return milliseconds since the epoch.
     */
    public long timestampMs()
    {
        return UnsafeApi.getLong(at() + RecordDescriptor.TIMESTAMP_OFFSET);
    }

    /**
     * Payload of the entry, from 0.
     *
     * @return valid until the next move.
     */
    public DirectBuffer payload()
    {
        return reader.payload();
    }

    private long at()
    {
        return reader.address() + reader.offset();
    }

    private void closeReader()
    {
        if (reader != null)
        {
            reader.close();
            reader = null;
        }
    }

    @Override
    public void close()
    {
        closeReader();
    }
}
