package io.cairn.engine.pipeline;

import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.client.EngineException;
import io.cairn.wal.LogCursor;
import io.cairn.wal.WriteAheadLog;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The configuration in force: that of the newest configuration entry in the log, or of the snapshot where the log has none. Owner: the Sequencer's
 * thread.
 *
 * <p>The log may have let go of the newest entry meanwhile, behind a snapshot that this node took itself: a conflict cuts what came after it, and the
 * configuration that entry brought is in force still. So those that were in force are known besides what the log and the snapshot of the start say.
 * To go back to that snapshot's would be to count as voters who were removed long ago, and to elect a second leader with them (seed 20229).
 */
final class Configurations {
    /** A conflict cuts what is not committed, and at most one change of members is on its way at a time: two are enough. */
    private static final int KNOWN_MAX = 16;

    private final WriteAheadLog log;
    /** In the order of their entries, the newest last. */
    private final Deque<Known> known = new ArrayDeque<>();
    private ClusterConfiguration ofSnapshot;
    private long snapshotIndex;
    private ClusterConfiguration current;
    private long index;

    /**
     * @param log           opened.
     * @param ofSnapshot    what the restored snapshot says, or what the node was started with.
     * @param snapshotIndex 0 where it is in no log.
     */
    Configurations(final WriteAheadLog log, final ClusterConfiguration ofSnapshot, final long snapshotIndex) {
        this.log = log;
        this.ofSnapshot = ofSnapshot;
        this.snapshotIndex = snapshotIndex;
        truncatedTo(log.lastIndex());
    }

    void adopt(final long entryIndex, final ClusterConfiguration configuration) {
        index = entryIndex;
        current = configuration;
        if (known.isEmpty() || known.peekLast().index() < entryIndex) {
            known.addLast(new Known(entryIndex, configuration));
        }
        if (known.size() > KNOWN_MAX) {
            known.removeFirst();
        }
    }

    void installed(final long entryIndex, final ClusterConfiguration configuration) {
        ofSnapshot = configuration;
        snapshotIndex = entryIndex;
        known.clear();
        truncatedTo(log.lastIndex());
    }

    /** The cluster was founded with this; nothing in the log says anything else yet. */
    void founded(final ClusterConfiguration configuration) {
        ofSnapshot = configuration;
        known.clear();
        truncatedTo(log.lastIndex());
    }

    /** The log ends here now: what does the newest configuration entry say that is left in it, or that it let go of before? */
    void truncatedTo(final long lastIndex) {
        while (!known.isEmpty() && known.peekLast().index() > lastIndex) {
            known.removeLast();
        }
        look(lastIndex);
        if (!known.isEmpty() && known.peekLast().index() > index) {
            index = known.peekLast().index();
            current = known.peekLast().configuration();
        }
        adopt(index, current);
    }

    private void look(final long lastIndex) {
        long found = log.configurationAtOrBelow(lastIndex);
        try (LogCursor cursor = log.newCursor()) {
            while (found > snapshotIndex && !isRead(cursor, found)) {
                found = log.configurationAtOrBelow(found - 1);
            }
            if (found <= snapshotIndex) {
                index = snapshotIndex;
                current = ofSnapshot;
                return;
            }
            index = found;
            current = ConfigurationCodec.decode(cursor.buffer(), cursor.payloadOffset(), cursor.payloadLength());
        }
    }

    /** One that is damaged in a member's log is adopted when it is repaired; the one before it is in force meanwhile. */
    private static boolean isRead(final LogCursor cursor, final long found) {
        // A repair may end between a look at the entry and the question whether it is damaged: the second look finds it whole then.
        for (int look = 0; look < 2; look++) {
            if (isWhole(cursor, found)) {
                return true;
            }
            if (cursor.isFaulty()) {
                return false;
            }
        }
        throw new EngineException("configuration entry " + found + " cannot be read from the log: run 'cairn wal verify' on the data directory");
    }

    private static boolean isWhole(final LogCursor cursor, final long found) {
        final boolean isRead = cursor.seek(found) && cursor.next();
        if (isRead && cursor.verifyPayload()) {
            return true;
        }
        if (isRead && cursor.isOfMember()) {
            cursor.suspect();
        }
        return false;
    }

    private record Known(long index, ClusterConfiguration configuration) {
    }

    ClusterConfiguration current() {
        return current;
    }

    long index() {
        return index;
    }
}
