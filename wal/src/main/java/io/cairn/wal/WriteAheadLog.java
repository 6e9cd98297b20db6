package io.cairn.wal;

import io.cairn.wal.io.DirectoryLock;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageIo;
import io.cairn.wal.layout.RecordDescriptor;
import io.cairn.wal.layout.SegmentDescriptor;
import java.nio.file.Path;
import org.agrona.DirectBuffer;
import org.agrona.UnsafeApi;

/**
 * A segmented, memory-mapped log: bytes at (index, term) are durable. No roles, no keys, no network.
 * <p>
 * Threads: one Sequencer appends and publishes; one Syncer forces, truncates, releases and writes the {@link StableStore}; the allocator's agent
 * prepares segments; any thread reads through a {@link LogCursor} and asks for positions. While a suffix is truncated or the log is reset the
 * Sequencer appends nothing. The log has no thread of its own.
 * <p>
 * Errors: the data path answers with negative numbers, everything else throws {@link WalException}. A failed force is final: never retried (the
 * kernel marks the pages clean), the log must be opened again.
 * <p>
 * Sources: Alagappan et al., Protocol-Aware Recovery for Consensus-Based Storage (FAST'18); Rebello et al., Can Applications Recover from fsync
 * Failures? (ATC'20); Pillai et al., All File Systems Are Not Created Equal (OSDI'14). Bytes and crash arguments: docs/formats/wal.md.
 */
public final class WriteAheadLog implements AutoCloseable
{
    /** The next segment is not prepared yet: let the allocator work and try again. */
    public static final long NOT_READY = -1;

    /** The disk is full: appends have stopped until the log is opened again with space; reads go on. */
    public static final long NO_SPACE = -2;

    /** The payload is longer than the limit. */
    public static final long TOO_LARGE = -3;

    private final WalContext context;
    private final StorageIo storageIo;
    private final Path dir;
    private final DirectoryLock lock;
    private final long clusterId;
    private long incarnation;
    private final RecoveryReport report = new RecoveryReport();
    private final LogPositions positions = new LogPositions();
    private final CursorRegistry cursors = new CursorRegistry();
    private final LogHealth health = new LogHealth();
    private final FaultyRanges faulty = new FaultyRanges();
    private final StableFile stableFile;
    private final StableStore stableStore;
    private final LogMetadata metadata;
    private final SegmentAllocator allocator;
    private final LogAppender appender;
    private final LogForcer forcer;
    private final LogTruncation truncation;
    private final LogRepair repair;
    private volatile Segment first;
    private volatile long firstIndex;
    private boolean closed;

    /**
     * Opens and recovers a log, or formats an empty directory.
     *
     * @param context concluded settings.
     * @throws WalException when the directory is locked, foreign, newer, damaged, or has lost a file; nothing was changed then that mattered.
     */
    public WriteAheadLog(final WalContext context)
    {
        this.context = context;
        storageIo = context.storageIo();
        dir = context.dir();
        final long startNs = System.nanoTime();
        lock = lock(storageIo, dir);
        StableFile openedStable = null;
        SegmentAllocator openedAllocator = null;
        boolean isOpen = false;
        try
        {
            final LogIdentity identity = LogFormat.readOrFormat(context, report);
            clusterId = identity.clusterId();
            openedStable = StableFile.open(storageIo, dir, health);
            stableFile = openedStable;
            stableStore = new StableStore(stableFile);
            metadata = new LogMetadata(stableFile);
            incarnation = identity.incarnation();
            openedAllocator = new SegmentAllocator(context, clusterId, metadata, cursors, health);
            allocator = openedAllocator;
            appender = new LogAppender(context, allocator, positions, health);
            forcer = new LogForcer(context, metadata, positions, health, faulty);
            truncation = new LogTruncation(context, metadata, allocator, appender, forcer, positions, health, faulty);
            repair = new LogRepair(context, this::segmentOf, metadata, allocator, forcer, positions, health, faulty);
            recover(identity);
            allocator.follow(appender);
            report.durationNs(System.nanoTime() - startNs);
            isOpen = true;
        }
        catch (final StorageException failure)
        {
            throw new WalException(
                failure.kind() == StorageException.Kind.NO_SPACE ? WalException.Kind.NO_SPACE : WalException.Kind.IO,
                failure.getMessage() + "; the log cannot be opened",
                failure);
        }
        finally
        {
            if (!isOpen)
            {
                closeAfterFailure(openedStable, openedAllocator);
            }
        }
    }

    static DirectoryLock lock(final StorageIo storageIo, final Path dir)
    {
        try
        {
            storageIo.createDirectories(dir);
            return storageIo.lock(dir);
        }
        catch (final StorageException failure)
        {
            throw new WalException(
                failure.kind() == StorageException.Kind.LOCKED ? WalException.Kind.LOCKED : WalException.Kind.IO, failure.getMessage(), failure);
        }
    }

    private void recover(final LogIdentity identity)
    {
        final SegmentDirectory directory = new SegmentDirectory(storageIo, dir, clusterId);
        final WalRecovery recovery = new WalRecovery(context, metadata, allocator, directory, report, faulty);
        final String bootId = storageIo.bootId();
        report.stopped(!metadata.isClean(), !bootId.equals(metadata.bootId()), metadata.wasUnforced());
        boolean isRead = false;
        try
        {
            // Names that a killed process gave or took away may not be durable yet, and from here on they are evidence.
            storageIo.forceDirectory(dir);
            recovery.run(storageIo.list(dir));
            isRead = true;
        }
        finally
        {
            if (!isRead)
            {
                recovery.close();
            }
        }
        final long generation = metadata.generation();
        final long last = recovery.lastIndex();
        firstIndex = recovery.firstIndex();
        positions.appended(LogPositions.position(generation, last));
        Segment tail = recovery.tail();
        first = recovery.first();
        int end = recovery.end();
        if (tail == null)
        {
            positions.durable(LogPositions.position(generation, last));
            tail = truncation.begin(last + 1, recovery.lastTerm(), recovery.lastChain());
            first = tail;
            end = SegmentDescriptor.RECORDS_OFFSET;
        }
        forceRecovered(recovery, tail, end, generation);
        positions.durable(LogPositions.position(generation, last));
        if (tail.isSealed())
        {
            tail.lastIndex(last);
        }
        appender.standAt(tail, tail.isSealed() ? tail.limit() : end, last + 1, recovery.lastTerm(), recovery.lastChain(), generation);
        if (metadata.resetIndex() != LogMetadata.NONE)
        {
            metadata.reset(tail.baseIndex(), tail.id());
        }
        if (metadata.cutIndex() != LogMetadata.NONE)
        {
            metadata.cut(last, tail.baseIndex(), tail.id());
        }
        report.range(firstIndex, last, recovery.floor());
        renewIfForgetful(identity);
        metadata.opened(last, bootId, context.acknowledgesUnforced());
        for (final Segment segment : recovery.repairable())
        {
            repair.resealIfWhole(segment);
        }
        if (faulty.count() == 0 && metadata.isUndecided())
        {
            metadata.decided(0, Long.MAX_VALUE);
        }
    }

    /**
     * Before the log is called in use again: a crash between the two finds the old boot id still and draws once more.
     */
    private void renewIfForgetful(final LogIdentity identity)
    {
        if (report.mayHaveForgotten() || identity.incarnation() == 0)
        {
            incarnation = identity.renew(storageIo, dir).incarnation();
        }
    }

    /**
     * Nothing above the floor counts as durable until it was written and forced again: after a failed force the page cache calls lost pages clean.
     */
    private void forceRecovered(final WalRecovery recovery, final Segment tail, final int end, final long generation)
    {
        final long last = recovery.lastIndex();
        final Segment unsealed = recovery.firstUnsealed();
        if (unsealed == null || unsealed == tail && tail.isActivated() && last <= recovery.floor())
        {
            forcer.standAt(tail, end, last, recovery.lastTerm(), recovery.lastChain(), generation);
            return;
        }
        for (Segment segment = unsealed; segment != null; segment = segment.next())
        {
            segment.region().markDirty(0, segment == tail ? end : segment.length());
        }
        forcer.standAt(
            unsealed, unsealed.firstRecordOffset(), unsealed.firstRecordIndex() - 1, unsealed.prevTerm(), unsealed.prevChain(), generation);
        forcer.force(false);
        forcer.activate(tail);
    }

    private void closeAfterFailure(final StableFile openedStable, final SegmentAllocator openedAllocator)
    {
        final Closing closing = new Closing();
        if (openedAllocator != null)
        {
            closing.step(openedAllocator::close);
        }
        for (Segment segment = first; segment != null; segment = segment.next())
        {
            closing.step(segment::close);
        }
        if (openedStable != null)
        {
            closing.step(openedStable::close);
        }
        // What kept the log from opening is on its way to the caller; what else went wrong here would only hide it.
        closing.step(lock::close);
    }

    /**
     * Does a directory hold a log?
     *
     * @param storageIo way to the file system.
     * @param dir       of the log.
     * @return true when it has an identity.
     */
    public static boolean isFormatted(final StorageIo storageIo, final Path dir)
    {
        return storageIo.exists(dir.resolve(LogIdentity.FILE_NAME));
    }

    /**
     * The identity of the cluster that a log belongs to, without opening it.
     *
     * @param storageIo way to the file system.
     * @param dir       of the log.
     * @return the id, never 0.
     * @throws WalException when the identity is damaged, foreign or of a newer version.
     */
    public static long clusterIdOf(final StorageIo storageIo, final Path dir)
    {
        return LogIdentity.read(storageIo, dir).clusterId();
    }

    /**
     * What opening found and did.
     *
     * @return the report.
     */
    public RecoveryReport recovery()
    {
        return report;
    }

    /**
     * The identity of the cluster that the directory belongs to.
     *
     * @return the id, never 0.
     */
    public long clusterId()
    {
        return clusterId;
    }

    /**
     * The identity of this very directory: drawn when it was formatted, and again when it may have forgotten what was acknowledged. Whoever counts on
     * what a directory promised looks at it.
     *
     * @return the id, never 0.
     */
    public long incarnation()
    {
        return incarnation;
    }

    /**
     * Appends an entry; readers see it after {@link #publish()}. Sequencer.
     *
     * @param type        of the entry, 1 to 32,767, see {@link RecordDescriptor}.
     * @param flags       16 bits, free for the type's use.
     * @param index       the last one plus one.
     * @param term        not lower than the last one.
     * @param timestampMs log time.
     * @param payloadCrc  CRC32C of the payload, computed where it entered.
     * @param payload     buffer, on or off the heap.
     * @param offset      of the payload in it.
     * @param length      of the payload.
     * @return the index, or {@link #NOT_READY}, {@link #NO_SPACE}, {@link #TOO_LARGE}.
     * @throws WalException of kind {@link WalException.Kind#USAGE} when the index skips or the term goes back, of kind
     *                      {@link WalException.Kind#IO} when the device refused, now or earlier: final, the log must be opened again.
     */
    public long append(
        final int type,
        final int flags,
        final long index,
        final long term,
        final long timestampMs,
        final int payloadCrc,
        final DirectBuffer payload,
        final int offset,
        final int length)
    {
        return appender.append(type, flags, index, term, timestampMs, payloadCrc, payload, offset, length);
    }

    /**
     * Makes everything appended visible to readers, with one release for the whole batch. Sequencer.
     *
     * @throws WalException of kind {@link WalException.Kind#IO} when the device refused, now or earlier: nothing more becomes visible.
     */
    public void publish()
    {
        appender.publish();
    }

    /**
     * The last published entry. Any thread.
     *
     * @return generation and index.
     */
    public long appendedPosition()
    {
        return positions.appended();
    }

    /**
     * The last entry known forced. Any thread.
     *
     * @return generation and index.
     */
    public long durablePosition()
    {
        return positions.durable();
    }

    /**
     * The index in a position.
     *
     * @param position generation and index.
     * @return the index.
     */
    public static long index(final long position)
    {
        return LogPositions.index(position);
    }

    /**
     * The truncation generation in a position. A completion that carries an older one than the present says nothing about present entries.
     *
     * @param position generation and index.
     * @return the generation, 0 to 32,767.
     */
    public static int generation(final long position)
    {
        return (int)LogPositions.generation(position);
    }

    /**
     * The lowest index that can be read. Any thread.
     *
     * @return the index; {@code lastIndex() + 1} when the log is empty.
     */
    public long firstIndex()
    {
        return firstIndex;
    }

    /**
     * The last published index. Any thread.
     *
     * @return the index, {@code firstIndex() - 1} when the log is empty.
     */
    public long lastIndex()
    {
        return LogPositions.index(positions.appended());
    }

    /**
     * The term of the last appended entry, published or not. Sequencer.
     *
     * @return the term, 0 when there never was an entry.
     */
    public long lastTerm()
    {
        return appender.lastTerm();
    }

    /**
     * The chain of the last appended entry: equal logs have equal chains. Sequencer.
     *
     * @return the chained CRC.
     */
    public int lastChain()
    {
        return appender.chain();
    }

    /**
     * The term of an entry. Any thread.
     *
     * @param index of the entry, or the one just before the first segment (whose term is known).
     * @return the term, -1 when the index is not in the log, or damaged and nothing tells its term.
     */
    public long termAt(final long index)
    {
        if (index > lastIndex())
        {
            return -1;
        }
        final Segment head = first;
        if (index == head.baseIndex() - 1)
        {
            return head.prevTerm();
        }
        final FaultyRange range = faulty.find(index);
        if (range != null)
        {
            return range.term();
        }
        final Segment segment = segmentOf(index);
        return segment == null ? -1 : termIn(segment, index);
    }

    private long termIn(final Segment segment, final long index)
    {
        if (!segment.isIndexIncomplete())
        {
            return segment.index().termAt(index);
        }
        // Term starts may be missing where records were damaged when the index was built; they are back, so they can be asked.
        final int offset = segment.offsetOf(index, faulty);
        return offset < 0 ? -1 : UnsafeApi.getLong(segment.address() + offset + RecordDescriptor.TERM_OFFSET);
    }

    /**
     * The lowest index, from the one just before the first segment on, from which all entries up to an index have the same term. Any thread.
     *
     * @param index of an entry whose term is known.
     * @return the index.
     */
    public long termStart(final long index)
    {
        final long term = termAt(index);
        long start = index;
        Segment segment = segmentOf(index);
        while (segment != null)
        {
            if (segment.isIndexIncomplete())
            {
                return segment.termStart(start, faulty);
            }
            start = segment.index().termStart(start);
            if (start > segment.baseIndex() || segment.prevTerm() != term)
            {
                return start;
            }
            start = segment.baseIndex() - 1;
            segment = segmentOf(start);
        }
        return start;
    }

    /**
     * The newest configuration entry at or below an index. Any thread.
     *
     * @param index to look back from.
     * @return its index, -1 when the log holds none.
     */
    public long configurationAtOrBelow(final long index)
    {
        long found = faulty.configurationAtOrBelow(Math.min(index, lastIndex()));
        for (Segment segment = first; segment != null && segment.baseIndex() <= index; segment = segment.next())
        {
            found = Math.max(found, segment.index().configurationAtOrBelow(Math.min(index, lastIndex())));
        }
        return found < firstIndex ? -1 : found;
    }

    /** The segment that holds an index, null when it is behind the released prefix. Any thread. */
    Segment segmentOf(final long index)
    {
        Segment segment = first;
        if (index < segment.baseIndex() || index < firstIndex)
        {
            return null;
        }
        for (Segment next = segment.next(); next != null && next.baseIndex() <= index; next = segment.next())
        {
            segment = next;
        }
        return segment;
    }

    /**
     * Forces everything published and not yet durable as one group. Syncer.
     *
     * @return how many entries became durable, 0 when idle.
     * @throws WalException of kind {@link WalException.Kind#IO} when the device refused: final, the log must be opened again.
     */
    public int force()
    {
        return forcer.force(false);
    }

    /**
     * Forces and seals full segments only: what every durability level needs. Syncer.
     *
     * @return how many entries became durable, 0 when idle.
     */
    public int forceFull()
    {
        return forcer.force(true);
    }

    /**
     * Removes the entries from an index on, durably: once this returns they never come back. Syncer; the Sequencer appends nothing meanwhile, and no
     * cursor stands at or above the index.
     *
     * @param fromIndex the first entry to go; one past the last removes nothing.
     */
    public void truncateSuffix(final long fromIndex)
    {
        final long last = lastIndex();
        if (fromIndex == last + 1)
        {
            return;
        }
        if (fromIndex < firstIndex || fromIndex > last + 1)
        {
            throw new WalException(
                WalException.Kind.USAGE,
                dir + ": the suffix from index " + fromIndex + " cannot be removed: the log holds " + firstIndex + " to " + last);
        }
        if (cursors.isAnyAtOrAbove(fromIndex))
        {
            throw new WalException(
                WalException.Kind.USAGE,
                dir + ": the suffix from index " + fromIndex + " cannot be removed while a cursor stands in it; release the cursor first");
        }
        truncation.truncateSuffix(first, fromIndex);
    }

    /**
     * Lets the entries below an index go, in whole segments, never one that is not durable. The allocator recycles them. Syncer.
     *
     * @param belowIndex the lowest index that must stay.
     */
    public void releasePrefix(final long belowIndex)
    {
        forcer.checkUsable();
        final Segment before = first;
        final Segment after = truncation.releasePrefix(before, belowIndex);
        if (after != before)
        {
            firstIndex = after.baseIndex();
            first = after;
            faulty.removeBelow(firstIndex);
            truncation.retireBefore(before, after);
        }
    }

    /**
     * Discards the whole log after an installed snapshot: the next entry is {@code index + 1}. Syncer; the Sequencer appends nothing meanwhile.
     *
     * @param index the last entry that the snapshot includes.
     * @param term  of that entry.
     * @param chain of that entry.
     */
    public void reset(final long index, final long term, final int chain)
    {
        final Segment fresh = truncation.reset(first, index, term, chain);
        firstIndex = index + 1;
        first = fresh;
        faulty.removeFrom(0);
    }

    /** Does this log have peers to repair from? */
    boolean isMember()
    {
        return !context.singleMember();
    }

    FaultyRanges faulty()
    {
        return faulty;
    }

    /**
     * What is damaged in the log of a member, and the way to put it back.
     *
     * @return always the same one.
     */
    public LogRepair repairs()
    {
        return repair;
    }

    /**
     * The agent that prepares segments.
     *
     * @return always the same one.
     */
    public SegmentAllocator allocator()
    {
        return allocator;
    }

    /**
     * A new cursor that stands before the first entry; close it when done. Any thread.
     *
     * @return the cursor.
     */
    public LogCursor newCursor()
    {
        final LogCursor cursor = new LogCursor(this, cursors, positions);
        cursors.add(cursor);
        return cursor;
    }

    /**
     * Term and vote.
     *
     * @return always the same store.
     */
    public StableStore stableStore()
    {
        return stableStore;
    }

    /**
     * What the log occupies: the segments that hold entries, spares not counted. Any thread.
     *
     * @return in bytes.
     */
    public long sizeBytes()
    {
        long bytes = 0;
        for (Segment segment = first; segment != null; segment = segment.next())
        {
            bytes += segment.length();
        }
        return bytes;
    }

    /**
     * Publishes and forces what was appended, raises the floor to the end, recycles nothing, gives the directory back. Every thread must have let go
     * of the log; cursors that are open must not be used again. After a failed force or write it only lets go.
     */
    @Override
    public void close()
    {
        if (closed)
        {
            return;
        }
        closed = true;
        try (Closing closing = new Closing())
        {
            closing.step(this::closeInOrder);
            closing.step(allocator::close);
            for (Segment segment = first; segment != null; segment = segment.next())
            {
                closing.step(segment::close);
            }
            closing.step(stableFile::close);
            closing.step(lock::close);
        }
    }

    private void closeInOrder()
    {
        if (!health.isFailed())
        {
            appender.publish();
            forcer.force(false);
            metadata.closed(lastIndex());
        }
    }
}
