package io.cairn.wal;

import io.cairn.wal.io.Advice;
import io.cairn.wal.io.MappedRegion;
import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import io.cairn.wal.layout.SegmentDescriptor;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.LockSupport;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;

/**
 * Prepares segments ahead of the appender, touches pages ahead of it and of cursors far behind it, recycles and deletes released segments. It may
 * block on the disk, so the engine gives it a thread of its own; tests and {@link WalContext#prepareInline()} drive it by hand. Calls exclude each
 * other.
 * <p>
 * A fresh segment is allocated (a full disk shows there and not as a SIGBUS), mapped with {@link Advice#RANDOM}, and a zero is stored into each page
 * through the mapping: that turns the blocks into written ones and fills the page cache with single pages. Large writes would leave large folios, and
 * forcing 64 bytes would then write back a whole folio. Then: let go of the mapped pages (forcing a mapped dirty page interrupts every core that runs
 * a thread of this process, page by page, and costs each of them some microseconds; {@link Advice#DONT_NEED} does that for all at once and loses
 * nothing of a file), force, rename, force the directory.
 * <p>
 * A recycled segment gets a new id and zeros through the mapping that need no force: its blocks are written already, and where a crash brings old
 * bytes back, their checksums carry the old id and never verify; recovery zeroes what stands behind the end of the log.
 * <p>
 * Either way every page of a prepared segment is dirty, where the appender stores through the mapping: a store to a clean page would fault, a page
 * that is dirty already costs nothing. Write-back makes pages clean again after a while, hence the touching ahead of the appender.
 */
public final class SegmentAllocator implements Agent
{
    static final int RETIRED_CAPACITY = 1024;
    /**
     * Cycles between two looks whether a disk that ran full has room again, and for which appends wait there for whoever reads what could be
     * recycled: a reader that stands still must not have them wait for ever.
     */
    static final int FULL_CYCLES = 256;
    private static final int SLICE_LENGTH = 64 * SegmentDescriptor.PAGE_LENGTH;
    private static final int REST_SHARE = 3;
    private static final long REST_MAX_NS = 5_000_000L;

    private final WalContext context;
    private final StorageIo storageIo;
    private final Path dir;
    private final long clusterId;
    private final LogMetadata metadata;
    private final CursorRegistry cursors;
    private final LogHealth health;
    private final OneToOneConcurrentArrayQueue<Segment> ready;
    private final ManyToOneConcurrentArrayQueue<Segment> retired = new ManyToOneConcurrentArrayQueue<>(RETIRED_CAPACITY);
    private final Deque<Segment> waiting = new ArrayDeque<>();
    private final Deque<Segment> pool = new ArrayDeque<>();
    private final Deque<Path> leftovers = new ArrayDeque<>();
    private final boolean isTouching;
    private LogAppender appender;
    private Segment touched;
    private int touchedUntil;
    private long sliceStartNs;
    private boolean diskFull;
    private int fullCycles;
    private int pinnedCycles;
    private boolean closed;
    private volatile boolean closing;
    private volatile boolean exhausted;

    SegmentAllocator(
        final WalContext context, final long clusterId, final LogMetadata metadata, final CursorRegistry cursors, final LogHealth health)
    {
        this.health = health;
        this.context = context;
        this.clusterId = clusterId;
        this.metadata = metadata;
        this.cursors = cursors;
        storageIo = context.storageIo();
        dir = context.dir();
        ready = new OneToOneConcurrentArrayQueue<>(Math.max(2, context.segmentsAhead()));
        isTouching = context.preTouchPages() > 0 && context.forceMethod() == ForceMethod.MSYNC_RANGE;
    }

    synchronized void follow(final LogAppender logAppender)
    {
        appender = logAppender;
    }

    /** A file from an earlier run that may become a segment again: of full length, and named as one in preparation, since its bytes mean nothing. */
    synchronized void leftover(final Path path)
    {
        leftovers.add(path);
    }

    @Override
    public synchronized int doWork()
    {
        if (closed)
        {
            return 0;
        }
        if (health.isFailed())
        {
            throw new WalException(
                WalException.Kind.IO, dir + ": an earlier operation failed; no segment is prepared until the log is opened again");
        }
        int work = collect();
        if (ready.size() < Math.max(1, context.segmentsAhead()))
        {
            work += prepareOne();
        }
        if (isTouching && appender != null)
        {
            work += touch();
        }
        work += cursors.touchAhead();
        final boolean isNothingLeft = diskFull && ready.isEmpty() && pool.isEmpty() && retired.isEmpty();
        pinnedCycles = isNothingLeft && !waiting.isEmpty() ? pinnedCycles + 1 : 0;
        exhausted = isNothingLeft && (waiting.isEmpty() || pinnedCycles >= FULL_CYCLES);
        return work;
    }

    @Override
    public String roleName()
    {
        return "segment-allocator";
    }

    /**
     * Has the disk run full, with nothing prepared and nothing to recycle, or nothing but what somebody has been reading for a while?
     *
     * @return true if an append that needs another segment cannot go on.
     */
    public boolean isOutOfSpace()
    {
        return exhausted;
    }

    /**
     * How many segments are prepared.
     *
     * @return the number ready to be begun.
     */
    public int readyCount()
    {
        return ready.size();
    }

    ReadAhead newReadAhead()
    {
        return new ReadAhead(context);
    }

    void prepareForRoll()
    {
        if (ready.isEmpty())
        {
            doWork();
        }
    }

    long clusterId()
    {
        return clusterId;
    }

    /** A segment beside those that wait to be begun, for one that was lost; null where the disk has no room. Syncer, while the Sequencer goes on. */
    synchronized Segment prepareApart()
    {
        return closed || health.isFailed() ? null : createFresh();
    }

    /** The next prepared segment, null if there is none. Sequencer, or the Syncer while the Sequencer rests. */
    Segment take()
    {
        return ready.poll();
    }

    /** How many more segments can be retired now. */
    int retirable()
    {
        return RETIRED_CAPACITY - retired.size();
    }

    /**
     * Takes a segment that nobody may pin any more. One without a path is gone from the directory already and is only unmapped.
     */
    void retire(final Segment segment)
    {
        segment.retire();
        if (!retired.offer(segment))
        {
            throw new IllegalStateException("more than " + RETIRED_CAPACITY + " segments wait to be recycled");
        }
    }

    private int collect()
    {
        int work = 0;
        for (Segment segment = retired.poll(); segment != null; segment = retired.poll())
        {
            waiting.add(segment);
        }
        for (int i = waiting.size(); i > 0; i--)
        {
            final Segment segment = waiting.poll();
            if (cursors.isPinned(segment))
            {
                waiting.add(segment);
                continue;
            }
            work++;
            if (segment.path() == null)
            {
                segment.close();
            }
            else if (segment.length() == context.segmentBytes() && pool.size() + ready.size() < context.recycledMax())
            {
                pool.add(segment);
            }
            else
            {
                segment.close();
                delete(segment.path());
            }
        }
        return work;
    }

    /** A look now and then, on the allocator's thread: with room to spare, so that a disk that is nearly full does not go to and fro. */
    private boolean hasRoomAgain()
    {
        fullCycles++;
        if (fullCycles < FULL_CYCLES)
        {
            return false;
        }
        fullCycles = 0;
        try
        {
            diskFull = storageIo.usableSpaceBytes(dir) < 2L * context.segmentBytes();
        }
        catch (final StorageException ignore)
        {
            // Whether there is room is not known: as before.
            return false;
        }
        return !diskFull;
    }

    /** The log cannot go on without a segment: the next one is tried for whatever was found before. */
    synchronized void tryAgain()
    {
        diskFull = false;
    }

    private void delete(final Path path)
    {
        try
        {
            storageIo.delete(path);
        }
        catch (final StorageException failure)
        {
            health.fail();
            throw new WalException(
                WalException.Kind.IO, failure.getMessage() + "; a released segment could not be deleted, opening the log again does it", failure);
        }
    }

    private int prepareOne()
    {
        sliceStartNs = System.nanoTime();
        final Segment segment;
        if (!pool.isEmpty())
        {
            final Segment old = pool.poll();
            segment = recycle(old.file(), old.region(), old.path());
        }
        else if (!leftovers.isEmpty())
        {
            segment = reopen(leftovers.poll());
        }
        else if (!diskFull || hasRoomAgain())
        {
            segment = createFresh();
        }
        else
        {
            segment = null;
        }
        if (segment == null)
        {
            return 0;
        }
        if (!ready.offer(segment))
        {
            throw new IllegalStateException("no room for a prepared segment");
        }
        return 1;
    }

    private Segment createFresh()
    {
        final long id = metadata.takeSegmentId();
        final Path temporary = dir.resolve(SegmentNames.temporary(id));
        StorageFile file = null;
        MappedRegion region = null;
        try
        {
            file = storageIo.open(temporary, OpenMode.CREATE_NEW);
            file.allocate(context.segmentBytes());
            region = file.map(0, context.segmentBytes(), true);
            region.advise(Advice.RANDOM);
            final long address = region.buffer().addressOffset();
            for (int at = 0; at < context.segmentBytes(); at += SegmentDescriptor.PAGE_LENGTH)
            {
                UnsafeApi.putByte(address + at, (byte)0);
                if (0 == at % SLICE_LENGTH)
                {
                    rest();
                }
            }
            final Segment segment = new Segment(file, region, temporary, id);
            segment.putPreparedHeader(clusterId, context.epochClockMs().getAsLong());
            region.advise(Advice.DONT_NEED);
            file.force();
            if (isTouching)
            {
                for (int at = 0; at < context.segmentBytes(); at += SLICE_LENGTH)
                {
                    touchPages(address, at, Math.min(context.segmentBytes(), at + SLICE_LENGTH));
                    rest();
                }
            }
            return publish(segment) ? segment : null;
        }
        catch (final StorageException failure)
        {
            abandon(region, file, temporary);
            return refused(failure, "no segment could be prepared");
        }
    }

    /**
     * Between two slices of a segment that nobody waits for yet: three times as long as the slice took, so that whoever shares the core is kept
     * waiting for a slice and not for a segment. Members that share a machine and a log's pace prepare theirs at the same moment.
     */
    private void rest()
    {
        if (!context.isPreparingGently() || closing || isUrgent())
        {
            return;
        }
        if (isTouching && appender != null)
        {
            touch();
        }
        cursors.touchAhead();
        LockSupport.parkNanos(Math.min(REST_MAX_NS, REST_SHARE * (System.nanoTime() - sliceStartNs)));
        sliceStartNs = System.nanoTime();
    }

    /** Nothing is prepared, and the appender has no segment or is in the second half of the one it has. */
    private boolean isUrgent()
    {
        if (!ready.isEmpty())
        {
            return false;
        }
        final Segment segment = appender == null ? null : appender.touchSegment();
        return segment == null || segment.isRetired() || segment.publishedEnd() > segment.limit() / 2;
    }

    /**
     * A full disk is remembered until it is seen to have room again, and appends go on as long as segments are left; anything else is an error.
     */
    private Segment refused(final StorageException failure, final String what)
    {
        if (failure.kind() == StorageException.Kind.NO_SPACE)
        {
            diskFull = true;
            return null;
        }
        health.fail();
        throw new WalException(WalException.Kind.IO, failure.getMessage() + "; " + what + ", open the log again", failure);
    }

    private void abandon(final MappedRegion region, final StorageFile file, final Path path)
    {
        if (region != null)
        {
            region.close();
        }
        if (file != null)
        {
            file.close();
            try
            {
                if (storageIo.exists(path))
                {
                    storageIo.delete(path);
                }
            }
            catch (final StorageException ignore)
            {
                // The first failure is the one to report; opening the log again removes the file.
            }
        }
    }

    /**
     * Gives an old segment a new life. A crash on the way leaves a file whose index range is released, or one that is named as a spare: both are
     * recycled again.
     */
    private Segment recycle(final StorageFile file, final MappedRegion region, final Path path)
    {
        Segment recycled = null;
        try
        {
            final long id = metadata.takeSegmentId();
            final Path temporary = dir.resolve(SegmentNames.temporary(id));
            storageIo.rename(path, temporary);
            for (int at = 0; at < context.segmentBytes(); at += SLICE_LENGTH)
            {
                region.buffer().setMemory(at, Math.min(SLICE_LENGTH, context.segmentBytes() - at), (byte)0);
                rest();
            }
            final Segment segment = new Segment(file, region, temporary, id);
            segment.putPreparedHeader(clusterId, context.epochClockMs().getAsLong());
            if (context.forceMethod() != ForceMethod.MSYNC_RANGE)
            {
                // The first fdatasync would write all these zeros in the way of a commit.
                file.force();
            }
            final Path spare = dir.resolve(SegmentNames.spare(id));
            storageIo.rename(temporary, spare);
            segment.path(spare);
            recycled = segment;
            return segment;
        }
        catch (final StorageException failure)
        {
            return refused(failure, "a segment could not be recycled");
        }
        finally
        {
            if (recycled == null)
            {
                // The file stays, and opening the log again sets it aside; it is not tried again before, for a force may have failed.
                region.close();
                file.close();
            }
        }
    }

    private Segment reopen(final Path path)
    {
        StorageFile file = null;
        MappedRegion region = null;
        try
        {
            file = storageIo.open(path, OpenMode.READ_WRITE);
            region = file.map(0, context.segmentBytes(), true);
            region.advise(Advice.RANDOM);
        }
        catch (final StorageException failure)
        {
            abandon(region, file, path);
            return refused(failure, "a segment could not be recycled");
        }
        return recycle(file, region, path);
    }

    private boolean publish(final Segment segment)
    {
        final Path spare = dir.resolve(SegmentNames.spare(segment.id()));
        try
        {
            storageIo.rename(segment.path(), spare);
            segment.path(spare);
        }
        catch (final StorageException failure)
        {
            abandon(segment.region(), segment.file(), segment.path());
            refused(failure, "no segment could be prepared");
            return false;
        }
        try
        {
            storageIo.forceDirectory(dir);
            return true;
        }
        catch (final StorageException failure)
        {
            // Whatever the reason: the directory's entries may be lost and are called durable, the log's own among them.
            health.fail();
            segment.close();
            throw new WalException(WalException.Kind.IO, failure.getMessage() + "; no segment could be prepared, open the log again", failure);
        }
    }

    /**
     * Makes the pages ahead of the appender writable before it gets there: adding zero atomically changes nothing beside a concurrent store.
     */
    private int touch()
    {
        final Segment segment = appender.touchSegment();
        if (segment == null || segment.isRetired())
        {
            return 0;
        }
        final int page = segment.publishedEnd() & -SegmentDescriptor.PAGE_LENGTH;
        if (segment != touched)
        {
            touched = segment;
            touchedUntil = page;
        }
        final int from = Math.max(touchedUntil, page);
        final int until = Math.min(segment.limit(), page + context.preTouchPages() * SegmentDescriptor.PAGE_LENGTH);
        if (from >= until)
        {
            return 0;
        }
        touchPages(segment.address(), from, until);
        touchedUntil = until;
        return 1;
    }

    static void touchPages(final long address, final int from, final int until)
    {
        for (int at = from & -SegmentDescriptor.PAGE_LENGTH; at < until; at += SegmentDescriptor.PAGE_LENGTH)
        {
            UnsafeApi.getAndAddInt(null, address + at, 0);
        }
    }

    /**
     * Unmaps what is prepared, pooled or waiting; these files stay and are found again. What an earlier run left and nobody needed is deleted.
     */
    void close()
    {
        closing = true;
        closeAll();
    }

    private synchronized void closeAll()
    {
        closed = true;
        try (Closing closing = new Closing())
        {
            for (Segment segment = retired.poll(); segment != null; segment = retired.poll())
            {
                closing.step(segment::close);
            }
            for (Segment segment = ready.poll(); segment != null; segment = ready.poll())
            {
                closing.step(segment::close);
            }
            for (final Segment segment : pool)
            {
                closing.step(segment::close);
            }
            for (final Segment segment : waiting)
            {
                closing.step(segment::close);
            }
            for (final Path path : leftovers)
            {
                closing.step(() -> delete(path));
            }
            pool.clear();
            waiting.clear();
            leftovers.clear();
        }
    }
}
