package io.cairn.wal.layout;

/**
 * Layout of a log record. Little-endian, 8-byte aligned.
 * <pre>
 *   0        4     6     8               16              24              32         36      40          44         48
 *   +--------+-----+-----+---------------+---------------+---------------+----------+-------+-----------+----------+---------
 *   | length |type |flags|     index     |     term      |   timestamp   |payloadCrc| chain | prevChain | floorLag | payload
 *   +--------+-----+-----+---------------+---------------+---------------+----------+-------+-----------+----------+---------
 * </pre>
 * {@code length} is header and payload in bytes, without the zero padding to the next multiple of eight.
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

    private RecordDescriptor()
    {
    }
}
