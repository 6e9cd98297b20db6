package io.cairn.wal.layout;

import org.agrona.UnsafeApi;

/**
 * Layout of a log record. Little-endian, 8-byte aligned.
 * <pre>
 *   0        4     6     8               16              24              32         36      40          44         48
 *   +--------+-----+-----+---------------+---------------+---------------+----------+-------+-----------+----------+---------
 *   | length |type |flags|     index     |     term      |   timestamp   |payloadCrc| chain | prevChain | floorLag | payload
 *   +--------+-----+-----+---------------+---------------+---------------+----------+-------+-----------+----------+---------
 * </pre>
 * {@code length} is header and payload in bytes, without the zero padding to the next multiple of eight; it is written last, with release. The chain
 * is the CRC32C of the first 36 bytes seeded with {@code prevChain}: it depends on every header before it, travels with the entry and is equal on
 * every replica. On disk it is XORed with CRC32C(segmentId ‖ floorLag), so that a record verifies by itself and one of an earlier life of the
 * segment never does. {@code floorLag} is the index minus the highest index known forced when it was appended; {@link #FLOOR_UNKNOWN} when that
 * does not fit.
 * <p>
 * All methods are static and free of allocation; any thread.
 */
public final class RecordDescriptor
{
    /** A command for the state machine. */
    public static final int COMMAND = 1;

    /** The empty entry at the start of a term. */
    public static final int NO_OP = 2;

    /** A cluster configuration. */
    public static final int CONFIGURATION = 3;

    /** Log time moves on, nothing else. */
    public static final int TICK = 4;

    /** A client session opens, closes or expires. */
    public static final int SESSION = 5;

    /** Length of a record header in bytes. */
    public static final int HEADER_LENGTH = 48;

    /** Records start at multiples of this. */
    public static final int ALIGNMENT = 8;

    /** Offset of the length, an int. */
    public static final int LENGTH_OFFSET = 0;

    /** Offset of the type, a short. */
    public static final int TYPE_OFFSET = 4;

    /** Offset of the flags, a short. */
    public static final int FLAGS_OFFSET = 6;

    /** Offset of the index, a long. */
    public static final int INDEX_OFFSET = 8;

    /** Offset of the term, a long. */
    public static final int TERM_OFFSET = 16;

    /** Offset of the log time in milliseconds, a long. */
    public static final int TIMESTAMP_OFFSET = 24;

    /** Offset of the CRC32C of the payload, an int. */
    public static final int PAYLOAD_CRC_OFFSET = 32;

    /** Offset of the masked chain, an int. */
    public static final int CHAIN_OFFSET = 36;

    /** Offset of the chain of the entry before, an int. */
    public static final int PREV_CHAIN_OFFSET = 40;

    /** Offset of the floor lag, an int. */
    public static final int FLOOR_LAG_OFFSET = 44;

    /** How many bytes of the header the chain covers. */
    public static final int CHAINED_LENGTH = 36;

    /** A floor lag that claims nothing. */
    public static final int FLOOR_UNKNOWN = Integer.MAX_VALUE;

    private RecordDescriptor()
    {
    }

    /**
     * The room a record takes.
     *
     * @param payloadLength in bytes.
     * @return header, payload and padding in bytes.
     */
    public static int alignedLength(final int payloadLength)
    {
        return HEADER_LENGTH + payloadLength + ALIGNMENT - 1 & -ALIGNMENT;
    }

    /**
     * The chained CRC of a header.
     *
     * @param prevChain of the entry before.
     * @param address   of the header.
     * @return the chain of this entry, not masked.
     */
    public static int chain(final int prevChain, final long address)
    {
        return Crc32c.update(prevChain, address, CHAINED_LENGTH);
    }

    /**
     * Reads the chain of a record.
     *
     * @param address      of the header.
     * @param segmentState {@link Crc32c#stateOf(long)} of the segment id.
     * @return the chain, not masked.
     */
    public static int chainAt(final long address, final int segmentState)
    {
        return UnsafeApi.getInt(address + CHAIN_OFFSET) ^ Crc32c.finish(segmentState, UnsafeApi.getInt(address + FLOOR_LAG_OFFSET));
    }

    /**
     * Does the header verify by itself?
     *
     * @param address      of the header; 48 bytes are read.
     * @param segmentState {@link Crc32c#stateOf(long)} of the segment id.
     * @return true if no bit of it changed since it was appended to this life of the segment.
     */
    public static boolean isHeaderValid(final long address, final int segmentState)
    {
        final int expected = chain(UnsafeApi.getInt(address + PREV_CHAIN_OFFSET), address);
        return chainAt(address, segmentState) == expected && UnsafeApi.getInt(address + FLOOR_LAG_OFFSET) >= 0;
    }

    /**
     * Does the payload match its CRC? The length must have been checked.
     *
     * @param address of the header.
     * @return true if it does.
     */
    public static boolean isPayloadValid(final long address)
    {
        final int length = UnsafeApi.getInt(address) - HEADER_LENGTH;
        return Crc32c.compute(address + HEADER_LENGTH, length) == UnsafeApi.getInt(address + PAYLOAD_CRC_OFFSET);
    }

    /**
     * Is the length one that a record could have here?
     *
     * @param length    as read.
     * @param available bytes up to the end of the record area.
     * @return true if a record of that length fits.
     */
    public static boolean isLengthPossible(final int length, final int available)
    {
        return length >= HEADER_LENGTH && length <= available;
    }

    /**
     * The name of a type, for people.
     *
     * @param type of a record.
     * @return its name.
     */
    public static String typeName(final int type)
    {
        return switch (type)
        {
            case COMMAND -> "COMMAND";
            case NO_OP -> "NO_OP";
            case CONFIGURATION -> "CONFIGURATION";
            case TICK -> "TICK";
            case SESSION -> "SESSION";
            default -> "TYPE_" + type;
        };
    }
}
