package io.cairn.wal.layout;

import org.agrona.UnsafeApi;

/**
 * Layout of a segment file. Little-endian; everything that is not named is zero.
 * <pre>
 *   0             4096          8192                                   length - footerLength        length
 *   +-------------+-------------+--------------------------------------+----------------------------+
 *   | header page | mark page   | records, then zeros                  | footer (zero until sealed) |
 *   +-------------+-------------+--------------------------------------+----------------------------+
 *
 *   header, one sector:  0 magic | 8 version i32 | 12 segmentBytes i32 | 16 segmentId | 24 clusterId | 32 baseIndex (-1: not begun) | 40 prevIndex
 *                        48 prevTerm | 56 chain i32 | 60 footerLength i32 | 64 createdMs | 72 generation | 508 crc i32
 *   mark, a sector each: 0 magic | 8 segmentId | 16 sequence | 24 generation | 32 lastIndex | 40 lastTerm | 48 chain i32 | 52 end i32 | 508 crc i32
 *   footer:              0 magic | 8 version i32 | 12 footerLength i32 | 16 segmentId | 24 baseIndex | 32 lastIndex | 40 lastTerm | 48 chain i32
 *                        52 recordsEnd i32 | 56 sparseCount i32 | 60 termCount i32 | 64 configurationCount i32 | 68 stride i32 | 124 crc i32
 *                        128 sparse {relativeIndex i32, offset i32}… | terms {index, term}… | configurations {index, offset}…
 * </pre>
 * A header and a mark fill less than one 512-byte sector, so a power loss leaves the old one or the new one. All methods are static; any thread.
 */
public final class SegmentDescriptor
{
    /** Version of the format. */
    public static final int VERSION = 1;

    /** First bytes of a segment: {@code CAIRNWAL}. */
    public static final long MAGIC = 0x4C41_574E_5249_4143L;

    /** First bytes of a mark: {@code CAIRNMRK}. */
    public static final long MARK_MAGIC = 0x4B52_4D4E_5249_4143L;

    /** First bytes of a footer: {@code CAIRNFTR}. */
    public static final long FOOTER_MAGIC = 0x5254_464E_5249_4143L;

    /** Length of a page in bytes. */
    public static final int PAGE_LENGTH = 4096;

    /** Length of a sector in bytes. */
    public static final int SECTOR_LENGTH = 512;

    /** Where a sector's CRC is. */
    public static final int SECTOR_CRC_OFFSET = SECTOR_LENGTH - 4;

    /** Where the mark page begins. */
    public static final int MARKS_OFFSET = PAGE_LENGTH;

    /** How many marks a segment keeps. */
    public static final int MARK_COUNT = PAGE_LENGTH / SECTOR_LENGTH;

    /** Where records begin. */
    public static final int RECORDS_OFFSET = 2 * PAGE_LENGTH;

    /** Smallest segment in bytes. */
    public static final int SEGMENT_BYTES_MIN = 4 * PAGE_LENGTH;

    /** A base index that says the segment is prepared and not begun. */
    public static final long NOT_BEGUN = -1;

    /** How many term starts a segment can hold; the next one rolls. */
    public static final int TERMS_MAX = 64;

    /** How many configuration entries a segment can hold; the next one rolls. */
    public static final int CONFIGURATIONS_MAX = 64;

    /** Length of the fixed part of a footer. */
    public static final int FOOTER_FIXED_LENGTH = 128;

    /** Where a footer says where its records end, an int. */
    public static final int FOOTER_RECORDS_END_OFFSET = 52;

    /** Where a footer counts the entries of its sparse index, an int. */
    public static final int FOOTER_SPARSE_COUNT_OFFSET = 56;

    /** Where a footer counts its term starts, an int. */
    public static final int FOOTER_TERM_COUNT_OFFSET = 60;

    /** Where a footer counts its configuration entries, an int. */
    public static final int FOOTER_CONFIGURATION_COUNT_OFFSET = 64;

    /** Where a footer's CRC is. */
    public static final int FOOTER_CRC_OFFSET = 124;

    /** Offset of the version in header and footer, an int. */
    public static final int VERSION_OFFSET = 8;

    /** Offset of the segment length in the header, an int. */
    public static final int SEGMENT_BYTES_OFFSET = 12;

    /** Offset of the segment id in the header and the footer, a long. */
    public static final int SEGMENT_ID_OFFSET = 16;

    /** Offset of the cluster id in the header, a long. */
    public static final int CLUSTER_ID_OFFSET = 24;

    /** Offset of the base index in the header, a long. */
    public static final int BASE_INDEX_OFFSET = 32;

    /** Offset of the previous index in the header, a long. */
    public static final int PREV_INDEX_OFFSET = 40;

    /** Offset of the previous term in the header, a long. */
    public static final int PREV_TERM_OFFSET = 48;

    /** Offset of the previous chain in the header, an int. */
    public static final int PREV_CHAIN_OFFSET = 56;

    /** Offset of the footer length in the header, an int. */
    public static final int FOOTER_LENGTH_OFFSET = 60;

    /** Offset of the creation time in the header, a long. */
    public static final int CREATED_OFFSET = 64;

    /** Offset of the truncation generation in the header, a long. */
    public static final int GENERATION_OFFSET = 72;

    private SegmentDescriptor()
    {
    }

    /**
     * Bytes of records per entry of the sparse index.
     *
     * @param segmentBytes length of the segment.
     * @return the stride.
     */
    public static int stride(final int segmentBytes)
    {
        return Math.max(PAGE_LENGTH, segmentBytes / 4096);
    }

    /**
     * How many entries the sparse index of a segment can hold.
     *
     * @param segmentBytes length of the segment.
     * @return the bound.
     */
    public static int sparseMax(final int segmentBytes)
    {
        return segmentBytes / stride(segmentBytes);
    }

    /**
     * The room a footer takes at the end of a segment, in whole pages.
     *
     * @param segmentBytes length of the segment.
     * @return in bytes.
     */
    public static int footerLength(final int segmentBytes)
    {
        final int length = FOOTER_FIXED_LENGTH + sparseMax(segmentBytes) * 8 + TERMS_MAX * 16 + CONFIGURATIONS_MAX * 16;
        return length + PAGE_LENGTH - 1 & -PAGE_LENGTH;
    }

    /**
     * The longest payload that fits an empty segment.
     *
     * @param segmentBytes length of the segment.
     * @return in bytes.
     */
    public static int payloadMax(final int segmentBytes)
    {
        return segmentBytes - RECORDS_OFFSET - footerLength(segmentBytes) - RecordDescriptor.HEADER_LENGTH;
    }

    /**
     * Closes a sector with its CRC.
     *
     * @param address of the sector.
     */
    public static void sealSector(final long address)
    {
        UnsafeApi.putInt(address + SECTOR_CRC_OFFSET, Crc32c.compute(address, SECTOR_CRC_OFFSET));
    }

    /**
     * Does a sector match its CRC?
     *
     * @param address of the sector.
     * @return true if it does.
     */
    public static boolean isSectorValid(final long address)
    {
        return UnsafeApi.getInt(address + SECTOR_CRC_OFFSET) == Crc32c.compute(address, SECTOR_CRC_OFFSET);
    }

    /**
     * Is this a valid header of a version that this code reads?
     *
     * @param address of the header page.
     * @return true if it is.
     */
    public static boolean isHeaderValid(final long address)
    {
        return UnsafeApi.getLong(address) == MAGIC && UnsafeApi.getInt(address + VERSION_OFFSET) == VERSION && isSectorValid(address);
    }

    /**
     * Is this a header of a version that this code does not know?
     *
     * @param address of the header page.
     * @return true if it is.
     */
    public static boolean isNewer(final long address)
    {
        return UnsafeApi.getLong(address) == MAGIC && UnsafeApi.getInt(address + VERSION_OFFSET) > VERSION && isSectorValid(address);
    }

    /**
     * Writes the fields of a mark; its sector must be zero beyond them.
     *
     * @param address    of the mark's sector.
     * @param segmentId  of the segment.
     * @param sequence   of the mark.
     * @param generation of the log.
     * @param lastIndex  that this force covers.
     * @param lastTerm   of that entry.
     * @param chain      of that entry.
     * @param end        offset behind that entry.
     */
    public static void putMark(
        final long address,
        final long segmentId,
        final long sequence,
        final long generation,
        final long lastIndex,
        final long lastTerm,
        final int chain,
        final int end)
    {
        UnsafeApi.putLong(address, MARK_MAGIC);
        UnsafeApi.putLong(address + 8, segmentId);
        UnsafeApi.putLong(address + 16, sequence);
        UnsafeApi.putLong(address + 24, generation);
        UnsafeApi.putLong(address + 32, lastIndex);
        UnsafeApi.putLong(address + 40, lastTerm);
        UnsafeApi.putInt(address + 48, chain);
        UnsafeApi.putInt(address + 52, end);
        sealSector(address);
    }

    /**
     * Is this a mark of that segment? A member whose last records are damaged lets its log end where the mark says, so that has to lie within the
     * records' room: what does not was not written by a log, and counts as no mark.
     *
     * @param address   of the mark's sector.
     * @param segmentId of the segment.
     * @param limit     where the records' room of the segment ends.
     * @return true if it is valid.
     */
    public static boolean isMarkValid(final long address, final long segmentId, final int limit)
    {
        final int end = UnsafeApi.getInt(address + 52);
        return UnsafeApi.getLong(address) == MARK_MAGIC && UnsafeApi.getLong(address + 8) == segmentId && isSectorValid(address) &&
            end >= RECORDS_OFFSET && end <= limit && end % RecordDescriptor.ALIGNMENT == 0;
    }

    /**
     * The CRC of a footer: all its bytes but the CRC itself.
     *
     * @param address      of the footer.
     * @param footerLength in bytes.
     * @return CRC32C.
     */
    public static int footerCrc(final long address, final int footerLength)
    {
        final int head = Crc32c.compute(address, FOOTER_CRC_OFFSET);
        return Crc32c.update(head, address + FOOTER_FIXED_LENGTH, footerLength - FOOTER_FIXED_LENGTH);
    }

    /**
     * Is this a valid footer of that segment? It is read without another look, so beside its checksum its counts and offsets must stay within the
     * segment: one whose do not was not written by a log, and counts as none.
     *
     * @param segment      address of the segment.
     * @param limit        where the records' room ends and the footer begins.
     * @param footerLength in bytes.
     * @param segmentId    of the segment.
     * @return true if it is.
     */
    public static boolean isFooterValid(final long segment, final int limit, final int footerLength, final long segmentId)
    {
        final long footer = segment + limit;
        return isFooterIntact(footer, footerLength, segmentId) && isFooterPossible(footer, limit, footerLength);
    }

    /**
     * Is this a footer of that segment with a good checksum, whatever it says?
     *
     * @param footer       address of the footer.
     * @param footerLength in bytes.
     * @param segmentId    of the segment.
     * @return true if it is.
     */
    public static boolean isFooterIntact(final long footer, final int footerLength, final long segmentId)
    {
        return UnsafeApi.getLong(footer) == FOOTER_MAGIC &&
            UnsafeApi.getInt(footer + VERSION_OFFSET) == VERSION &&
            UnsafeApi.getLong(footer + SEGMENT_ID_OFFSET) == segmentId &&
            UnsafeApi.getInt(footer + FOOTER_CRC_OFFSET) == footerCrc(footer, footerLength);
    }

    private static boolean isFooterPossible(final long footer, final int limit, final int footerLength)
    {
        final int recordsEnd = UnsafeApi.getInt(footer + FOOTER_RECORDS_END_OFFSET);
        final int sparse = UnsafeApi.getInt(footer + FOOTER_SPARSE_COUNT_OFFSET);
        final int terms = UnsafeApi.getInt(footer + FOOTER_TERM_COUNT_OFFSET);
        final int configurations = UnsafeApi.getInt(footer + FOOTER_CONFIGURATION_COUNT_OFFSET);
        final int room = footerLength - FOOTER_FIXED_LENGTH;
        if (recordsEnd < RECORDS_OFFSET || recordsEnd > limit || sparse < 0 || sparse > room / 8 || terms < 0 || terms > TERMS_MAX ||
            configurations < 0 || configurations > CONFIGURATIONS_MAX || 8 * sparse + 16 * (terms + configurations) > room)
        {
            return false;
        }
        final long entries = footer + FOOTER_FIXED_LENGTH;
        for (int i = 0; i < sparse; i++)
        {
            if (!isRecordOffset(UnsafeApi.getInt(entries + 8L * i + 4), recordsEnd))
            {
                return false;
            }
        }
        final long configurationEntries = entries + 8L * sparse + 16L * terms;
        for (int i = 0; i < configurations; i++)
        {
            if (!isRecordOffset(UnsafeApi.getLong(configurationEntries + 16L * i + 8), recordsEnd))
            {
                return false;
            }
        }
        return true;
    }

    private static boolean isRecordOffset(final long offset, final int recordsEnd)
    {
        return offset >= RECORDS_OFFSET && offset <= recordsEnd - RecordDescriptor.HEADER_LENGTH && offset % RecordDescriptor.ALIGNMENT == 0;
    }

    /**
     * The offset of the first byte that is not zero.
     *
     * @param address of the range.
     * @param length  in bytes.
     * @return offset from {@code address}, {@code length} if all are zero.
     */
    public static int firstNonZero(final long address, final int length)
    {
        int at = 0;
        while (at + 8 <= length && UnsafeApi.getLong(address + at) == 0)
        {
            at += 8;
        }
        while (at < length && UnsafeApi.getByte(address + at) == 0)
        {
            at++;
        }
        return at;
    }
}
