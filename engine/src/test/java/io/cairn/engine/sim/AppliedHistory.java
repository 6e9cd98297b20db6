package io.cairn.engine.sim;

import io.cairn.fsm.LogEntry;
import io.cairn.fsm.Reply;

import java.util.Arrays;
import java.util.TreeMap;

/**
 * What the members' machines were given and what they answered, by index: the same everywhere and every time, or somebody depends on what is not in
 * the log. Owner: one thread.
 */
final class AppliedHistory {
    private final TreeMap<Long, Applied> entries = new TreeMap<>();
    private long commandCount;

    /**
     * An entry, as the first machine saw it.
     *
     * @param term        of the entry.
     * @param timestampMs its log time.
     * @param command     null where the entry had none, and time passed only.
     * @param status      of the answer.
     * @param answer      its bytes.
     */
    record Applied(long term, long timestampMs, byte[] command, int status, byte[] answer) {
        private boolean isSameEntry(final Applied other) {
            return term == other.term && timestampMs == other.timestampMs && Arrays.equals(command, other.command);
        }

        boolean isAnswered(final int otherStatus, final byte[] otherAnswer) {
            return status == otherStatus && Arrays.equals(answer, otherAnswer);
        }

        private String described() {
            return "status " + status + " and " + Bytes.text(answer);
        }
    }

    void applied(final int member, final LogEntry entry, final Reply reply) {
        add(member, entry.index(), new Applied(
            entry.term(),
            entry.timestampMs(),
            Bytes.copy(entry.buffer(), entry.offset(), entry.length()),
            reply.status(),
            Bytes.copy(reply.buffer(), reply.offset(), reply.length())));
    }

    void ticked(final int member, final LogEntry entry) {
        add(member, entry.index(), new Applied(entry.term(), entry.timestampMs(), null, 0, new byte[0]));
    }

    private void add(final int member, final long index, final Applied applied) {
        final Applied before = entries.putIfAbsent(index, applied);
        if (null == before) {
            commandCount += null == applied.command ? 0 : 1;
        } else if (!before.isSameEntry(applied)) {
            throw new AssertionError("member " + member + " applied another entry " + index + " than was applied before");
        } else if (!before.isAnswered(applied.status, applied.answer)) {
            throw new AssertionError("the machine of member " + member + " answered entry " + index + " (" + Bytes.text(applied.command) + ") with " +
                applied.described() + ", another one had answered " + before.described() +
                ": the machine depends on something that is not in the log, or its snapshot does not hold all of its state");
        }
    }

    Applied get(final long index) {
        return entries.get(index);
    }

    TreeMap<Long, Applied> entries() {
        return entries;
    }

    /** @return entries that changed a machine's state, retries not counted. */
    long commandCount() {
        return commandCount;
    }
}
