package io.cairn.engine;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.pipeline.EntryDescriptor;
import io.cairn.wal.LogCursor;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.DirectBuffer;

import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The committed log as a stream of changes, read zero-copy from the mapped segments while the engine goes on.
 *
 * <pre>{@code
 * try (ChangeStream stream = engine.subscribe(lastIndexSeen + 1)) {
 *     while (running) {
 *         int passed = stream.poll(handler, 1_000);
 *         if (passed == ChangeStream.COMPACTED) {
 *             // fell behind the released prefix: take the state from a read view, then subscribe behind its index
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>What comes are the commands as they were logged, in order and each once. Among them are those that did not take effect: a condition that
 * did not hold, and within a session a command that was sent again ({@link #sessionId()} and {@link #serial()} tell). To resume after a
 * restart, subscribe from the last index handled plus one.
 *
 * <p>Owner: one thread at a time. A stream pins the segment it stands in until {@link #poll} moves it on or {@link #close} ends it, so a
 * reader that stopped keeps one segment from being recycled; otherwise it never holds up the engine. Closing the engine closes its streams,
 * and waits for a poll that is under way.
 */
public final class ChangeStream implements AutoCloseable {
    /**
     * The entry wanted next lies behind the released prefix, or behind a snapshot of another member that was installed here: start again from a
     * snapshot or a read view.
     */
    public static final int COMPACTED = -1;
    /** The stream, or the engine, was closed. */
    public static final int CLOSED = -2;

    private final LogCursor cursor;
    private final LongSupplier committedIndex;
    private final Consumer<ChangeStream> onClose;
    private long nextIndex;
    private boolean positioned;
    private boolean closed;

    ChangeStream(
        final LogCursor cursor, final LongSupplier committedIndex, final long fromIndex, final Consumer<ChangeStream> onClose) {
        this.cursor = cursor;
        this.committedIndex = committedIndex;
        this.nextIndex = fromIndex;
        this.onClose = onClose;
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
        void onChange(long index, long term, long timestampMs, DirectBuffer command, int offset, int length);
    }

    /**
     * Hand over committed commands, in order. Entries of the protocol are passed over. An exception of the handler ends the call; the entry
     * it was thrown at counts as not passed and comes again.
     *
     * @param handler takes them; it may close the stream.
     * @param limit   most entries to look at.
     * @return number of entries passed, 0 at the end of what is committed, {@link #COMPACTED} or {@link #CLOSED}.
     * @throws EngineException             when an entry does not match its checksum.
     * @throws io.cairn.wal.WalException   when the log is damaged there.
     */
    public synchronized int poll(final Handler handler, final int limit) {
        if (closed) {
            return CLOSED;
        }
        // In this order: whoever sees what is committed behind an installed snapshot sees that the log was discarded up to there.
        final long committed = committedIndex.getAsLong();
        if (nextIndex <= committed && nextIndex < cursor.discardedBelow()) {
            return COMPACTED;
        }
        int count = 0;
        while (count < limit && nextIndex <= committed && !closed) {
            if (!positioned && !cursor.seek(nextIndex)) {
                return 0 == count ? COMPACTED : count;
            }
            positioned = false;
            if (!cursor.next()) {
                return 0 == count && cursor.isCompacted() ? COMPACTED : count;
            }
            if (RecordDescriptor.COMMAND == cursor.type()) {
                handOver(handler);
            }
            nextIndex++;
            count++;
            positioned = true;
        }
        return count;
    }

    private void handOver(final Handler handler) {
        if (!cursor.verifyRecord()) {
            throw new EngineException(
                cursor.location() + ": the payload of entry " + cursor.index() + " does not match its checksum; run 'cairn wal verify'");
        }
        final int header = EntryDescriptor.commandOffset(cursor.flags());
        handler.onChange(
            cursor.index(),
            cursor.term(),
            cursor.timestampMs(),
            cursor.buffer(),
            cursor.payloadOffset() + header,
            cursor.payloadLength() - header);
    }

    /** @return in the handler: session of the command, or 0 when it was sent outside any. */
    public long sessionId() {
        return isInSession() ? EntryDescriptor.sessionId(cursor.buffer(), cursor.payloadOffset()) : 0;
    }

    /** @return in the handler: serial of the command in its session, or 0. Only the first entry of a serial took effect. */
    public long serial() {
        return isInSession() ? EntryDescriptor.serial(cursor.buffer(), cursor.payloadOffset()) : 0;
    }

    private boolean isInSession() {
        return 0 != EntryDescriptor.commandOffset(cursor.flags());
    }

    /** @return index of the entry that comes next. */
    public long nextIndex() {
        return nextIndex;
    }

    /** Ends the stream. Any thread; waits for a poll of another thread. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            cursor.close();
            onClose.accept(this);
        }
    }
}
