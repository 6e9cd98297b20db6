package io.cairn.engine.pipeline;

import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.client.EngineException;
import io.cairn.wal.LogCursor;
import io.cairn.wal.WriteAheadLog;

/**
 * The configuration in force: that of the newest configuration entry in the log, or of the snapshot where the log has none. Owner: the Sequencer's
 * thread.
 */
final class Configurations {
    private final WriteAheadLog log;
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
    }

    void installed(final long entryIndex, final ClusterConfiguration configuration) {
        ofSnapshot = configuration;
        snapshotIndex = entryIndex;
        truncatedTo(log.lastIndex());
    }

    /** The cluster was founded with this; nothing in the log says anything else yet. */
    void founded(final ClusterConfiguration configuration) {
        ofSnapshot = configuration;
        truncatedTo(log.lastIndex());
    }

    /** The log ends here now: what does the newest configuration entry left in it say? */
    void truncatedTo(final long lastIndex) {
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

    ClusterConfiguration current() {
        return current;
    }

    long index() {
        return index;
    }
}
