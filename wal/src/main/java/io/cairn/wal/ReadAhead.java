package io.cairn.wal;

import io.cairn.wal.layout.SegmentDescriptor;
import org.agrona.UnsafeApi;

/**
 * Brings into memory what a cursor is about to read far behind the end of the log, so that the cursor's thread meets no page fault that waits for the
 * disk: the kernel may have let go of those pages long ago, the mapping is advised against reading ahead, and one read of a busy disk was seen to
 * take a tenth of a second, in which a leader's Sequencer did nothing for anybody.
 * <p>
 * The cursor's thread says where it stands and asks how far it may read; the allocator's thread touches the pages. Neither waits for the other.
 * Whoever reads all the same only risks a fault: all of this is a hint.
 * <p>
 * No unmapped page is touched: only the allocator's thread unmaps a segment, and it looks whether it was retired before it touches one.
 */
final class ReadAhead
{
    static final int WINDOW_LENGTH = 4 << 20;
    private static final int SLICE_LENGTH = 1 << 20;
    private static final int NEAR_MAX_LENGTH = 16 << 20;
    private static final int NEAR_SHARE = 4;
    private static final int OFFSET_BITS = 31;
    private static final long OFFSET_MASK = (1L << OFFSET_BITS) - 1;

    private final boolean isPreparedInline;
    private final int nearLength;
    /** Segment and offset of what is read next, 0 before anything was asked. The cursor's thread. */
    private volatile long wanted;
    /** Segment and offset up to which pages were touched. The allocator's thread. */
    private volatile long reached;
    /** Where touching began in that segment. The allocator's thread. */
    private int touchedFrom;
    /** Of what was read, so that reading it cannot be left out. */
    private long sum;

    ReadAhead(final WalContext context)
    {
        isPreparedInline = context.prepareInline();
        nearLength = Math.min(NEAR_MAX_LENGTH, context.segmentBytes() / NEAR_SHARE);
    }

    /**
     * Was it written a moment ago, so that it is in memory? True as well where nobody drives the allocator, which would not touch anything. Whoever
     * keeps up with the log is never kept waiting for the allocator.
     *
     * @param segment one that another one follows.
     */
    boolean isNearEnd(final Segment segment, final int from)
    {
        final Segment following = segment.next();
        return isPreparedInline || following.next() == null &&
            segment.limit() - from + following.publishedEnd() - SegmentDescriptor.RECORDS_OFFSET < nearLength;
    }

    private static long place(final Segment segment, final int offset)
    {
        return segment.id() << OFFSET_BITS | offset;
    }

    /**
     * May these bytes be read? The cursor's thread, which holds that segment or the one before it.
     */
    boolean covers(final Segment segment, final int from, final int until)
    {
        wanted = place(segment, from);
        final long mark = reached;
        return mark >>> OFFSET_BITS == segment.id() && (mark & OFFSET_MASK) >= until;
    }

    /**
     * Touches the next pages. The allocator's thread.
     *
     * @param pinned what the cursor holds, null for nothing.
     * @return amount of work done.
     */
    int touch(final Segment pinned)
    {
        final long place = wanted;
        if (place == 0 || pinned == null)
        {
            return 0;
        }
        final Segment segment = pinned.id() == place >>> OFFSET_BITS ? pinned : pinned.next();
        if (segment == null || segment.id() != place >>> OFFSET_BITS)
        {
            return 0;
        }
        final int from = (int)(place & OFFSET_MASK);
        int at = (int)(reached & OFFSET_MASK);
        if (reached >>> OFFSET_BITS != segment.id() || at < from || from < touchedFrom)
        {
            touchedFrom = from;
            at = from;
        }
        // A segment that was let go has nobody to wait for it: whoever asked finds that out by himself.
        final int until = segment.isRetired() ? segment.limit() : Math.min(Math.min(segment.limit(), from + WINDOW_LENGTH), at + SLICE_LENGTH);
        if (at >= until)
        {
            return 0;
        }
        if (!segment.isRetired())
        {
            touchPages(segment.address(), at, until);
        }
        reached = place(segment, until);
        return 1;
    }

    private void touchPages(final long address, final int from, final int until)
    {
        long read = sum;
        for (int at = from & -SegmentDescriptor.PAGE_LENGTH; at < until; at += SegmentDescriptor.PAGE_LENGTH)
        {
            read += UnsafeApi.getByte(address + at);
        }
        sum = read;
    }
}
