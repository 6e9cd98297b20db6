package io.cairn.engine.pipeline;

import io.cairn.engine.raft.Message;
import io.cairn.engine.raft.Outcome;
import io.cairn.engine.raft.RaftCore;
import io.cairn.engine.raft.RaftLog;
import io.cairn.engine.transport.RecordRun;
import io.cairn.wal.LogCursor;
import io.cairn.wal.LogRepair;
import io.cairn.wal.WriteAheadLog;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The Sequencer's part in repairing damaged entries: reads what peers ask for, hands what they send to the Syncer, which alone may write and force,
 * and tells the protocol core what came of it. No decisions. Owner: the Sequencer's thread.
 *
 * <p>Crash argument: a record counts as present only when the Syncer has forced it ({@link LogRepair}); the core hears of it afterwards. Records are
 * copied before the message that brought them is let go. Allocates while something is being repaired, and only then.
 */
final class Repairer {
    /** A few records at a time. */
    static final int RECORDS_MAX = 16;

    private final RaftCore core;
    private final WriteAheadLog log;
    private final LogRepair repairs;
    private final LogTerms logTerms;
    private final SyncerRequests syncerRequests;
    private final PipelineCounts counts;
    private final Configurations configurations;
    private final Wakeup syncerWakeup;
    private final RecordRun run = new RecordRun();
    private LogCursor cursor;
    private UnsafeBuffer received = new UnsafeBuffer(0, 0);
    private int receivedCount;
    private long receivedIndex;
    private boolean writing;
    private boolean endRequested;
    private int knownCount;
    private long knownFirst = RaftLog.NO_FAULT;
    private long lastTimestampMs;

    Repairer(final PipelineContext context) {
        core = context.core;
        log = context.log;
        repairs = context.log.repairs();
        logTerms = context.logTerms;
        syncerRequests = context.syncerRequests;
        counts = context.counts;
        configurations = context.configurations;
        syncerWakeup = context.syncerWakeup;
    }

    /** @return whether damage was found or repaired since the last call, so that this log counts for less or for more. */
    boolean hasChanged() {
        if (repairs.isAnySuspect()) {
            syncerWakeup.signal();
        }
        final long first = logTerms.faultyFrom(0);
        final int count = logTerms.faultyCount();
        if (count == knownCount && first == knownFirst) {
            return false;
        }
        knownCount = count;
        knownFirst = first;
        counts.faultyRanges.set(count);
        core.onFaults();
        return true;
    }

    /** What a peer sent: it is copied, and the Syncer writes it. */
    void take(final Message message, final RecordRun records) {
        final int length = records.length();
        if (received.capacity() < length) {
            received = new UnsafeBuffer(BufferUtil.allocateDirectAligned(length, RecordDescriptor.ALIGNMENT));
        }
        received.putBytes(0, records.buffer(), 0, length);
        receivedIndex = message.logIndex;
        receivedCount = core.provedCount(records.count());
        writing = true;
        syncerRequests.requestRepair(received, receivedIndex, receivedCount, length);
    }

    /**
     * What the Syncer has written, and an end that is found.
     *
     * @return {@link Outcome#TRUNCATE} when the suffix must go now, {@link Outcome#DONE} when something was done, {@link Outcome#IGNORED} otherwise.
     */
    int pursue() {
        if (core.isEndFound() && !endRequested) {
            endRequested = true;
            syncerRequests.requestEndFound();
        }
        if (endRequested && syncerRequests.isEndFoundStored()) {
            endRequested = false;
            core.endLost(false);
        }
        if (!writing || !syncerRequests.isRepaired() || core.isBusy()) {
            return Outcome.IGNORED;
        }
        writing = false;
        final int written = syncerRequests.repairedCount();
        int at = 0;
        for (int i = 0; i < written; i++) {
            final int length = received.getInt(at) - RecordDescriptor.HEADER_LENGTH;
            lastTimestampMs = Math.max(lastTimestampMs, received.getLong(at + RecordDescriptor.TIMESTAMP_OFFSET));
            if (RecordDescriptor.CONFIGURATION == received.getShort(at + RecordDescriptor.TYPE_OFFSET)) {
                onConfiguration(receivedIndex + i, at, length);
            }
            at += RecordDescriptor.alignedLength(length);
        }
        counts.repairedRecords.set(counts.repairedRecords.getPlain() + written);
        return core.onRepairWritten(LogRepair.MISMATCH == syncerRequests.repairResult());
    }

    private void onConfiguration(final long index, final int at, final int length) {
        if (index > configurations.index()) {
            configurations.adopt(index, ConfigurationCodec.decode(received, at + RecordDescriptor.HEADER_LENGTH, length));
            core.onConfigurationRepaired(index, configurations.current().membership());
        }
    }

    /**
     * Read what a peer asks for.
     *
     * @param index    of the first entry.
     * @param bytesMax that fit a message.
     * @return the records, null when the first one cannot be read or is found to be damaged.
     */
    RecordRun read(final long index, final int bytesMax) {
        if (null == cursor) {
            cursor = log.newCursor();
        }
        if (!cursor.seek(index) || !cursor.nextRun(index + RECORDS_MAX - 1, bytesMax) || !cursor.verifyRun()) {
            cursor.release();
            return null;
        }
        run.wrap(cursor.buffer(), cursor.runOffset(), cursor.runLength(), cursor.runCount(), cursor.segmentId());
        return run;
    }

    /** What {@link #read} gave is sent, or was not taken. */
    void release() {
        if (null != cursor) {
            cursor.release();
        }
    }

    /** @return log time of the newest entry repaired. */
    long lastTimestampMs() {
        return lastTimestampMs;
    }

    void close() {
        if (null != cursor) {
            cursor.close();
        }
    }
}
