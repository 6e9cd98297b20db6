package io.cairn.engine;

import io.cairn.wal.LogCursor;
import io.cairn.wal.layout.RecordDescriptor;

import java.util.function.LongSupplier;

/**
 * The committed log as a stream of changes, read zero-copy from the mapped segments while the engine goes on.
 *
 * <p>Owner: one thread at a time. A stream pins the segment it stands in until {@link #poll} moves it on or {@link #close} ends it; it
 * never holds up the engine.
 */
public final class ChangeStream implements AutoCloseable {
    /** The entry wanted next lies behind the released prefix: start again from a snapshot or a read view. */
    public static final int COMPACTED = -1;

    private final LogCursor cursor;
    private final LongSupplier committedIndex;
    private long nextIndex;
    private boolean positioned;

    ChangeStream(final LogCursor cursor, final LongSupplier committedIndex, final long fromIndex) {
        if (fromIndex < 1) {
            throw new IllegalArgumentException("entries are numbered from 1: " + fromIndex);
        }
        this.cursor = cursor;
        this.committedIndex = committedIndex;
        this.nextIndex = fromIndex;
    }

    /**
     * Takes changes.
     */
    @FunctionalInterface
    public interface Handler {
        /**
         * One committed command.
         *
         * @param index       of the entry.
         * @param term        of the entry.
         * @param timestampMs log time of the entry.
         * @param command     holds the command of the state machine; valid during the call only.
         * @param offset      of the command.
         * @param length      of the command in bytes.
         */
        void onChange(long index, long term, long timestampMs, org.agrona.DirectBuffer command, int offset, int length);
    }

    /**
     * Hand over committed commands, in order. Entries of the protocol are passed over.
     *
     * @param handler takes them.
     * @param limit   most entries to look at.
     * @return number of entries passed, 0 at the end of what is committed, or {@link #COMPACTED}.
     */
    public int poll(final Handler handler, final int limit) {
        final long committed = committedIndex.getAsLong();
        int count = 0;
        while (count < limit && nextIndex <= committed) {
            if (!positioned && !cursor.seek(nextIndex)) {
                return COMPACTED;
            }
            positioned = true;
            if (!cursor.next()) {
                return cursor.isCompacted() ? COMPACTED : count;
            }
            if (RecordDescriptor.COMMAND == cursor.type()) {
                handOver(handler);
            }
            nextIndex++;
            count++;
        }
        return count;
    }

    private void handOver(final Handler handler) {
        final int header = io.cairn.engine.pipeline.EntryDescriptor.commandOffset(cursor.flags());
        handler.onChange(
            cursor.index(),
            cursor.term(),
            cursor.timestampMs(),
            cursor.buffer(),
            cursor.payloadOffset() + header,
            cursor.payloadLength() - header);
    }

    /** @return index of the entry that comes next. */
    public long nextIndex() {
        return nextIndex;
    }

    @Override
    public void close() {
        cursor.close();
    }
}
