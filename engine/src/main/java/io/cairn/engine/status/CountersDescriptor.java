package io.cairn.engine.status;

import java.nio.ByteOrder;
import java.util.function.Consumer;

import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;

/**
 * Layout of the counters file, in the machine's byte order (both sides run on one machine).
 * <pre>
 *   offset  length
 *        0       8  magic, written last
 *        8       4  version
 *       12       4  counters, at most
 *       16       4  capacity of the error log, bytes
 *       20       4  node id
 *       24       8  process id
 *       32       8  start of the process, ms since the epoch
 *       40       8  start of the node, ms since the epoch
 *     4096          metadata of the counters, as in Agrona's CountersReader (512 bytes each)
 *      ...          values of the counters (128 bytes each)
 *      ...          distinct error log, as in Agrona's DistinctErrorLog
 * </pre>
 * The key of a counter is {@code i32 node id | i32 agent}, the agent being the ordinal of an {@link AgentKind} or -1.
 */
final class CountersDescriptor {
    static final long MAGIC = 0x31_53_52_54_43_4e_52_43L;
    static final int VERSION = 1;
    static final int COUNTERS_MAX = 128;
    static final int HEADER_LENGTH = 4096;
    static final int NO_AGENT = -1;

    private static final int MAGIC_OFFSET = 0;
    private static final int VERSION_OFFSET = 8;
    private static final int COUNTERS_MAX_OFFSET = 12;
    private static final int ERROR_LOG_LENGTH_OFFSET = 16;
    private static final int NODE_ID_OFFSET = 20;
    private static final int PID_OFFSET = 24;
    private static final int PROCESS_START_OFFSET = 32;
    private static final int NODE_START_OFFSET = 40;

    private CountersDescriptor() {
    }

    static int fileLength(final int errorLogLength) {
        final int countersLength = COUNTERS_MAX * (CountersReader.METADATA_LENGTH + CountersReader.COUNTER_LENGTH);
        return BitUtil.align(HEADER_LENGTH + countersLength + errorLogLength, HEADER_LENGTH);
    }

    static void writeHeader(
        final AtomicBuffer file, final int errorLogLength, final int nodeId, final ProcessIdentity process, final long nodeStartMs) {
        file.putInt(VERSION_OFFSET, VERSION);
        file.putInt(COUNTERS_MAX_OFFSET, COUNTERS_MAX);
        file.putInt(ERROR_LOG_LENGTH_OFFSET, errorLogLength);
        file.putInt(NODE_ID_OFFSET, nodeId);
        file.putLong(PID_OFFSET, process.pid());
        file.putLong(PROCESS_START_OFFSET, process.startMs());
        file.putLong(NODE_START_OFFSET, nodeStartMs);
    }

    static void publish(final AtomicBuffer file) {
        file.putLongRelease(MAGIC_OFFSET, MAGIC);
    }

    static boolean isPublished(final AtomicBuffer file) {
        return file.getLongVolatile(MAGIC_OFFSET) == MAGIC;
    }

    static int version(final DirectBuffer file) {
        return file.getInt(VERSION_OFFSET);
    }

    static int countersMax(final DirectBuffer file) {
        return file.getInt(COUNTERS_MAX_OFFSET);
    }

    static int errorLogLength(final DirectBuffer file) {
        return file.getInt(ERROR_LOG_LENGTH_OFFSET);
    }

    static int nodeId(final DirectBuffer file) {
        return file.getInt(NODE_ID_OFFSET);
    }

    static ProcessIdentity process(final DirectBuffer file) {
        return new ProcessIdentity(file.getLong(PID_OFFSET), file.getLong(PROCESS_START_OFFSET));
    }

    static long nodeStartMs(final DirectBuffer file) {
        return file.getLong(NODE_START_OFFSET);
    }

    static UnsafeBuffer metaData(final DirectBuffer file, final int countersMax) {
        return new UnsafeBuffer(file, HEADER_LENGTH, countersMax * CountersReader.METADATA_LENGTH);
    }

    static UnsafeBuffer values(final DirectBuffer file, final int countersMax) {
        return new UnsafeBuffer(file, HEADER_LENGTH + countersMax * CountersReader.METADATA_LENGTH, countersMax * CountersReader.COUNTER_LENGTH);
    }

    static UnsafeBuffer errorLog(final DirectBuffer file, final int countersMax, final int errorLogLength) {
        final int offset = HEADER_LENGTH + countersMax * (CountersReader.METADATA_LENGTH + CountersReader.COUNTER_LENGTH);
        return new UnsafeBuffer(file, offset, errorLogLength);
    }

    static Consumer<MutableDirectBuffer> key(final int nodeId, final int agent) {
        return key -> {
            key.putInt(0, nodeId, ByteOrder.nativeOrder());
            key.putInt(4, agent, ByteOrder.nativeOrder());
        };
    }

    static AgentKind agent(final DirectBuffer key) {
        final int agent = key.getInt(4, ByteOrder.nativeOrder());
        return agent >= 0 && agent < AgentKind.values().length ? AgentKind.values()[agent] : null;
    }
}
