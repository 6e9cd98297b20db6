package io.cairn.engine.sim;

import io.cairn.engine.ChangeStream;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2LongHashMap;

/**
 * The one history that all members commit: each command that any member has ever committed, by index. A member that commits another one in its place
 * has broken state machine safety (dissertation, figure 3.2). Owner: one thread.
 */
final class CommittedHistory implements ChangeStream.Handler {
    private static final long MISSING = Long.MIN_VALUE;

    private final Long2LongHashMap hashes = new Long2LongHashMap(MISSING);
    private int member;
    private long commandCount;

    /** Take what a member has committed since the last call. @return false when the stream has to begin anew behind what was released. */
    boolean follow(final int id, final ChangeStream stream) {
        member = id;
        int count = stream.poll(this, 1_000);
        while (count > 0) {
            count = stream.poll(this, 1_000);
        }
        return ChangeStream.COMPACTED != count;
    }

    @Override
    public void onChange(
        final long index, final long term, final long timestampMs, final DirectBuffer command, final int offset, final int length) {
        long hash = term * 0x9E37_79B9_7F4A_7C15L + timestampMs;
        for (int i = 0; i < length; i++) {
            hash = (hash ^ command.getByte(offset + i)) * 0x100_0000_01B3L;
        }
        hash = MISSING == hash ? 0 : hash;
        final long before = hashes.putIfAbsent(index, hash);
        if (MISSING == before) {
            commandCount++;
        } else if (before != hash) {
            throw new AssertionError("state machine safety: member " + member + " committed another command at index " + index +
                " (term " + term + ", log time " + timestampMs + ") than was committed there before");
        }
    }

    /** Commands committed at different indexes. */
    long commandCount() {
        return commandCount;
    }
}
