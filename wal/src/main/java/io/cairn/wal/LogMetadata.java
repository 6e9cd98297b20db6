package io.cairn.wal;

import java.nio.charset.StandardCharsets;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What the log itself must remember beside its segments: the durable floor, the released prefix, intents, the active segment, and the boot it ran
 * under. Record 1 of the stable file; every store replaces it as a whole and forces it.
 * <pre>
 *   24 generation | 32 firstIndex | 40 floor | 48 cutIndex (-1: none) | 56 resetIndex (-1: none) | 64 resetTerm | 72 resetChain i32
 *   76 use i32 (0: in use, 1: closed in order, 2: in use, and acknowledges before it forces) | 80 activeBase (-1: none yet)
 *   88 activeSegmentId | 96 segmentIdLimit | 104 bootId length i32 | 108 bootId, up to 64 bytes
 *   172 endLost i32 | 176 undecided {first i64 (0: none), last i64} x 4
 * </pre>
 * Thread safe: fields are changed and stored under the monitor, the Syncer the only one to change any but {@code segmentIdLimit}.
 */
final class LogMetadata
{
    static final long NONE = -1;

    private static final int RECORD = 1;
    static final int GENERATION_OFFSET = StableFile.FIELDS_OFFSET;
    static final int FIRST_INDEX_OFFSET = 32;
    static final int FLOOR_OFFSET = 40;
    static final int CUT_INDEX_OFFSET = 48;
    static final int RESET_INDEX_OFFSET = 56;
    private static final int RESET_TERM_OFFSET = 64;
    private static final int RESET_CHAIN_OFFSET = 72;
    static final int USE_OFFSET = 76;
    private static final int IN_USE = 0;
    static final int CLOSED = 1;
    private static final int IN_USE_UNFORCED = 2;
    private static final int ACTIVE_BASE_OFFSET = 80;
    private static final int ACTIVE_SEGMENT_ID_OFFSET = 88;
    private static final int SEGMENT_ID_LIMIT_OFFSET = 96;
    private static final int BOOT_ID_OFFSET = 104;
    private static final int BOOT_ID_LENGTH_MAX = 64;
    private static final int END_LOST_OFFSET = 172;
    private static final int UNDECIDED_OFFSET = 176;
    private static final int UNDECIDED_MAX = 4;
    private static final int SEGMENT_ID_BLOCK = 4096;

    private final StableFile file;
    private final UnsafeBuffer record = new UnsafeBuffer(BufferUtil.allocateDirectAligned(StableFile.COPY_LENGTH, 64));
    private long nextSegmentId;

    LogMetadata(final StableFile file)
    {
        this.file = file;
        file.load(RECORD, record);
        check(record, file);
        nextSegmentId = record.getLong(SEGMENT_ID_LIMIT_OFFSET);
    }

    /** What has a good checksum and says what no log writes is refused here, and followed nowhere. */
    private static void check(final UnsafeBuffer record, final StableFile file)
    {
        boolean isPossible = isIndex(record.getLong(FIRST_INDEX_OFFSET), 1) && isIndex(record.getLong(FLOOR_OFFSET), 0) &&
            isIndex(record.getLong(CUT_INDEX_OFFSET), NONE) && isIndex(record.getLong(RESET_INDEX_OFFSET), NONE) &&
            isIndex(record.getLong(ACTIVE_BASE_OFFSET), NONE) && isIndex(record.getLong(ACTIVE_SEGMENT_ID_OFFSET), 0) &&
            isIndex(record.getLong(SEGMENT_ID_LIMIT_OFFSET), 1) && isIndex(record.getLong(GENERATION_OFFSET), 0);
        for (int i = 0; i < UNDECIDED_MAX; i++)
        {
            isPossible &= isIndex(record.getLong(undecidedAt(i)), 0) && isIndex(record.getLong(undecidedAt(i) + 8), 0);
        }
        if (!isPossible)
        {
            throw new WalException(
                WalException.Kind.CORRUPT,
                file.path() + ": record " + RECORD + " has a good checksum and an index or id that no log has",
                "restore the file from a copy");
        }
    }

    private static boolean isIndex(final long index, final long min)
    {
        return index >= min && index <= LogPositions.INDEX_MASK;
    }

    static UnsafeBuffer blank(final long firstIndex)
    {
        final UnsafeBuffer record = new UnsafeBuffer(BufferUtil.allocateDirectAligned(StableFile.COPY_LENGTH, 64));
        record.putLong(FIRST_INDEX_OFFSET, firstIndex);
        record.putLong(FLOOR_OFFSET, firstIndex - 1);
        record.putLong(CUT_INDEX_OFFSET, NONE);
        record.putLong(RESET_INDEX_OFFSET, NONE);
        record.putInt(USE_OFFSET, CLOSED);
        record.putLong(ACTIVE_BASE_OFFSET, NONE);
        record.putLong(SEGMENT_ID_LIMIT_OFFSET, 1);
        return record;
    }

    /** Was the log never opened after it was formatted? */
    static boolean isBlank(final UnsafeBuffer record)
    {
        return record.getLong(ACTIVE_BASE_OFFSET) == NONE && record.getInt(USE_OFFSET) == CLOSED && record.getLong(GENERATION_OFFSET) == 0;
    }

    synchronized long generation()
    {
        return record.getLong(GENERATION_OFFSET);
    }

    synchronized long firstIndex()
    {
        return record.getLong(FIRST_INDEX_OFFSET);
    }

    synchronized long floor()
    {
        return record.getLong(FLOOR_OFFSET);
    }

    synchronized long cutIndex()
    {
        return record.getLong(CUT_INDEX_OFFSET);
    }

    synchronized long resetIndex()
    {
        return record.getLong(RESET_INDEX_OFFSET);
    }

    synchronized long resetTerm()
    {
        return record.getLong(RESET_TERM_OFFSET);
    }

    synchronized int resetChain()
    {
        return record.getInt(RESET_CHAIN_OFFSET);
    }

    synchronized boolean isClean()
    {
        return record.getInt(USE_OFFSET) == CLOSED;
    }

    /** Was it in use at a level where what is acknowledged need not be forced? */
    synchronized boolean wasUnforced()
    {
        return record.getInt(USE_OFFSET) == IN_USE_UNFORCED;
    }

    synchronized long activeBase()
    {
        return record.getLong(ACTIVE_BASE_OFFSET);
    }

    synchronized long activeSegmentId()
    {
        return record.getLong(ACTIVE_SEGMENT_ID_OFFSET);
    }

    /** A length that no id has was not written by a log: then it is none that this boot has. */
    synchronized String bootId()
    {
        final int length = record.getInt(BOOT_ID_OFFSET);
        return length < 0 || length > BOOT_ID_LENGTH_MAX ? "?" : record.getStringWithoutLengthUtf8(BOOT_ID_OFFSET + 4, length);
    }

    /** The log is in use: stop claiming that it was closed in order. */
    synchronized void opened(final long floor, final String bootId, final boolean acknowledgesUnforced)
    {
        record.putLong(FLOOR_OFFSET, floor);
        record.putInt(USE_OFFSET, acknowledgesUnforced ? IN_USE_UNFORCED : IN_USE);
        record.setMemory(BOOT_ID_OFFSET, 4 + BOOT_ID_LENGTH_MAX, (byte)0);
        record.putStringUtf8(BOOT_ID_OFFSET, shorten(bootId));
        file.store(RECORD, record);
    }

    synchronized void closed(final long floor)
    {
        record.putLong(FLOOR_OFFSET, floor);
        record.putInt(USE_OFFSET, CLOSED);
        file.store(RECORD, record);
    }

    synchronized void activated(final long floor, final long base, final long segmentId)
    {
        record.putLong(FLOOR_OFFSET, floor);
        record.putLong(ACTIVE_BASE_OFFSET, base);
        record.putLong(ACTIVE_SEGMENT_ID_OFFSET, segmentId);
        file.store(RECORD, record);
    }

    synchronized void released(final long firstIndex)
    {
        record.putLong(FIRST_INDEX_OFFSET, firstIndex);
        file.store(RECORD, record);
    }

    /** May entries behind the end of the log have been promised? */
    synchronized boolean isEndLost()
    {
        return record.getInt(END_LOST_OFFSET) != 0;
    }

    synchronized void endLost(final boolean isLost)
    {
        if (isLost != isEndLost())
        {
            record.putInt(END_LOST_OFFSET, isLost ? 1 : 0);
            file.store(RECORD, record);
        }
    }

    /** Was the damage at an index undecided when it was found? What is said about it later, by entries behind it, is no evidence. */
    synchronized boolean isUndecided(final long index)
    {
        for (int i = 0; i < UNDECIDED_MAX; i++)
        {
            final long first = record.getLong(undecidedAt(i));
            if (first != 0 && index >= first && index <= record.getLong(undecidedAt(i) + 8))
            {
                return true;
            }
        }
        return false;
    }

    /** Was any damage undecided when it was found? */
    synchronized boolean isUndecided()
    {
        boolean isAny = false;
        for (int i = 0; i < UNDECIDED_MAX; i++)
        {
            isAny |= record.getLong(undecidedAt(i)) != 0;
        }
        return isAny;
    }

    /** Remembers it. Where there is no room for it, it counts as corrupt from now on, which forgets nothing. */
    synchronized void undecided(final long first, final long last)
    {
        for (int i = 0; i < UNDECIDED_MAX; i++)
        {
            if (record.getLong(undecidedAt(i)) == 0)
            {
                record.putLong(undecidedAt(i), first);
                record.putLong(undecidedAt(i) + 8, last);
                file.store(RECORD, record);
                return;
            }
        }
    }

    /** No damage is left in what was undecided and lies within these bounds. */
    synchronized void decided(final long from, final long to)
    {
        if (forgetUndecided(from, to))
        {
            file.store(RECORD, record);
        }
    }

    private boolean forgetUndecided(final long from, final long to)
    {
        boolean isAny = false;
        for (int i = 0; i < UNDECIDED_MAX; i++)
        {
            final long first = record.getLong(undecidedAt(i));
            if (first != 0 && first >= from && first <= to)
            {
                record.putLong(undecidedAt(i), 0);
                record.putLong(undecidedAt(i) + 8, 0);
                isAny = true;
            }
        }
        return isAny;
    }

    private static int undecidedAt(final int position)
    {
        return UNDECIDED_OFFSET + 16 * position;
    }

    /** The intent to cut: a new generation, the floor at the cut (all below it is forced by now), every mark of an older generation void. */
    synchronized void cutting(final long cutIndex)
    {
        record.putLong(GENERATION_OFFSET, generation() + 1);
        record.putLong(CUT_INDEX_OFFSET, cutIndex);
        record.putLong(FLOOR_OFFSET, cutIndex - 1);
        forgetUndecided(cutIndex, Long.MAX_VALUE);
        file.store(RECORD, record);
    }

    synchronized void cut(final long floor, final long activeBase, final long activeSegmentId)
    {
        record.putLong(CUT_INDEX_OFFSET, NONE);
        activated(floor, activeBase, activeSegmentId);
    }

    /** The intent to discard the log after an installed snapshot. */
    synchronized void resetting(final long index, final long term, final int chain)
    {
        record.putLong(GENERATION_OFFSET, generation() + 1);
        record.putLong(RESET_INDEX_OFFSET, index);
        record.putLong(RESET_TERM_OFFSET, term);
        record.putInt(RESET_CHAIN_OFFSET, chain);
        record.putLong(FLOOR_OFFSET, index);
        record.putLong(FIRST_INDEX_OFFSET, index + 1);
        record.putLong(CUT_INDEX_OFFSET, NONE);
        record.putLong(ACTIVE_BASE_OFFSET, NONE);
        forgetUndecided(0, Long.MAX_VALUE);
        file.store(RECORD, record);
    }

    synchronized void reset(final long activeBase, final long activeSegmentId)
    {
        record.putLong(RESET_INDEX_OFFSET, NONE);
        activated(floor(), activeBase, activeSegmentId);
    }

    /**
     * An id that no segment of this directory ever had. Ids are reserved durably in blocks before any is used.
     */
    synchronized long takeSegmentId()
    {
        if (nextSegmentId >= record.getLong(SEGMENT_ID_LIMIT_OFFSET))
        {
            record.putLong(SEGMENT_ID_LIMIT_OFFSET, nextSegmentId + SEGMENT_ID_BLOCK);
            file.store(RECORD, record);
        }
        return nextSegmentId++;
    }

    private static String shorten(final String bootId)
    {
        final byte[] bytes = bootId.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= BOOT_ID_LENGTH_MAX ? bootId : bootId.substring(0, BOOT_ID_LENGTH_MAX / 4);
    }
}
