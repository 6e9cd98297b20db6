package io.cairn.engine.pipeline;

import io.cairn.fsm.StateMachine;
import io.cairn.wal.LogCursor;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.DirectBuffer;

/**
 * Tells the state machine which commands come next, a window at a time, so that it waits for memory once for all of them. Nothing of what it sees is
 * verified yet and nothing depends on it. Owner: the Applier.
 */
final class LookAhead {
    private static final int WINDOW = 8;

    private final LogCursor cursor;

    LookAhead(final LogCursor cursor) {
        this.cursor = cursor;
    }

    /**
     * Looks at the entries behind the cursor.
     *
     * @param machine that will apply them: the one in use, since the pages of the one before it are given back.
     * @param entries that will be applied now.
     * @return number of them that need no other look.
     */
    int look(final StateMachine machine, final long entries) {
        final int window = (int) Math.min(entries, WINDOW);
        int seen = 0;
        int offset = 0;
        while (seen < window && offset >= 0) {
            offset = cursor.peek();
            if (offset >= 0) {
                expect(machine, cursor.buffer(), offset);
                seen++;
            }
        }
        machine.prepare();
        return Math.max(1, seen);
    }

    private static void expect(final StateMachine machine, final DirectBuffer buffer, final int offset) {
        if (RecordDescriptor.COMMAND != buffer.getShort(offset + RecordDescriptor.TYPE_OFFSET)) {
            return;
        }
        final int length = buffer.getInt(offset) - RecordDescriptor.HEADER_LENGTH;
        final boolean hasSession = 0 != (buffer.getShort(offset + RecordDescriptor.FLAGS_OFFSET) & IngressDescriptor.FLAG_SESSION);
        final int skipped = hasSession ? EntryDescriptor.SESSION_HEADER_LENGTH : 0;
        if (length >= skipped) {
            machine.expect(buffer, offset + RecordDescriptor.HEADER_LENGTH + skipped, length - skipped);
        }
    }
}
