package io.cairn.engine.pipeline;

import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.Bytes;
import io.cairn.fsm.LogEntry;
import io.cairn.fsm.Reply;
import io.cairn.fsm.SessionTable;
import io.cairn.fsm.StateMachine;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.DirectBuffer;

/**
 * What a committed entry does to the state: to the machine, and to the sessions. The same for the Applier of a running node and for whoever reads a
 * log again.
 *
 * <p>Owner: the thread that applies. Whoever calls it has the sessions expire first.
 */
public final class EntryApplication {
    private final LogEntry entry = new LogEntry();
    private final Bytes sessionName = new Bytes();
    private StateMachine machine;
    private SessionTable sessions;
    private long replyIndex;
    private long duplicateCount;

    /** Over no state yet. */
    public EntryApplication() {
    }

    /**
     * @param appliedMachine  that commands go to from now on.
     * @param appliedSessions that they belong to.
     */
    public void use(final StateMachine appliedMachine, final SessionTable appliedSessions) {
        machine = appliedMachine;
        sessions = appliedSessions;
    }

    /**
     * @param type        of the record.
     * @param flags       of the record.
     * @param index       of the entry.
     * @param term        of the entry.
     * @param timestampMs its log time.
     * @param payload     of which {@code length} bytes at {@code offset} are the entry's, verified.
     * @param offset      of the payload.
     * @param length      of the payload.
     * @param reply       wrapped; takes the answer.
     */
    public void apply(
        final int type,
        final int flags,
        final long index,
        final long term,
        final long timestampMs,
        final DirectBuffer payload,
        final int offset,
        final int length,
        final Reply reply) {
        replyIndex = index;
        entry.wrap(index, term, timestampMs, null, 0, 0);
        switch (type) {
            case RecordDescriptor.COMMAND -> applyCommand(flags, payload, offset, length, reply);
            case RecordDescriptor.SESSION -> applySession(flags, payload, offset, length, reply);
            default -> machine.tick(entry);
        }
    }

    private void applyCommand(final int flags, final DirectBuffer payload, final int offset, final int length, final Reply reply) {
        if (0 == (flags & IngressDescriptor.FLAG_SESSION)) {
            machine.apply(entry.wrap(entry.index(), entry.term(), entry.timestampMs(), payload, offset, length), reply);
            return;
        }
        if (length < EntryDescriptor.SESSION_HEADER_LENGTH) {
            reply.only(ApplyStatus.BAD_COMMAND);
            return;
        }
        final long sessionId = EntryDescriptor.sessionId(payload, offset);
        final long serial = EntryDescriptor.serial(payload, offset);
        final long acknowledged = EntryDescriptor.acknowledgedSerial(payload, offset);
        final int verdict = sessions.check(sessionId, serial, acknowledged, reply);
        if (SessionTable.NEW == verdict) {
            entry.wrap(
                entry.index(),
                entry.term(),
                entry.timestampMs(),
                payload,
                offset + EntryDescriptor.SESSION_HEADER_LENGTH,
                length - EntryDescriptor.SESSION_HEADER_LENGTH);
            machine.apply(entry, reply);
            sessions.record(sessionId, serial, acknowledged, entry.index(), entry.timestampMs(), reply);
        } else {
            machine.tick(entry);
            if (SessionTable.DUPLICATE == verdict) {
                replyIndex = sessions.duplicateIndex();
                duplicateCount++;
            }
        }
    }

    private void applySession(final int flags, final DirectBuffer payload, final int offset, final int length, final Reply reply) {
        final long index = entry.index();
        final long timestampMs = entry.timestampMs();
        machine.tick(entry);
        if (!EntryDescriptor.isValidSessionChange(flags, length)) {
            reply.only(ApplyStatus.BAD_COMMAND);
        } else if (EntryDescriptor.FLAG_OPEN == flags) {
            sessionName.wrap(payload, offset + EntryDescriptor.OPEN_HEADER_LENGTH, length - EntryDescriptor.OPEN_HEADER_LENGTH);
            sessions.open(index, timestampMs, sessionName, payload.getLong(offset), payload.getInt(offset + 8), reply);
        } else if (EntryDescriptor.FLAG_KEEP_ALIVE == flags) {
            reply.only(sessions.keepAlive(EntryDescriptor.sessionId(payload, offset), 0, timestampMs));
        } else {
            reply.only(sessions.close(EntryDescriptor.sessionId(payload, offset)));
        }
    }

    /** @return entry that the answer to the last one is about: the one that took effect first, where it was a retry. */
    public long replyIndex() {
        return replyIndex;
    }

    /** @return commands that came again and took no effect. */
    public long duplicateCount() {
        return duplicateCount;
    }
}
