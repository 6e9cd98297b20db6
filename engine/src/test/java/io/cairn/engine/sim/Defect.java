package io.cairn.engine.sim;

import java.util.List;

/**
 * A mistake that somebody could make: one piece of production source that is exchanged for another. Each must be caught by the simulator within a
 * number of seeds, or the simulator is worth nothing there.
 *
 * @param name     what is wrong then.
 * @param source   file under the modules' {@code src/main/java}, from the module on.
 * @param from     text that stands there exactly once.
 * @param to       text in its place.
 * @param seedsMax seeds within which it must be caught.
 */
record Defect(String name, String source, String from, String to, int seedsMax) {
    private static final String RAFT = "engine:io/cairn/engine/raft/";
    private static final String PIPELINE = "engine:io/cairn/engine/pipeline/";

    /** @return the same one, to be caught within no more seeds than that. */
    Defect within(final int seeds) {
        return new Defect(name, source, from, to, Math.min(seeds, seedsMax));
    }

    /** All that must be caught, the last five where several rare things meet. */
    static List<Defect> all() {
        return List.of(
            new Defect("commit-an-earlier-term-by-counting", RAFT + "Leader.java", "held >= termStartIndex", "held >= 0", 60),
            new Defect("vote-twice-in-a-term", RAFT + "Elections.java",
                "(RaftState.NONE == state.vote || state.vote == message.from) &&", "", 60),
            new Defect("vote-for-a-shorter-log", RAFT + "RaftState.java",
                "otherTerm > lastTerm || otherTerm == lastTerm && otherIndex >= lastIndex", "otherTerm >= 0", 60),
            new Defect("win-with-half-of-the-votes", RAFT + "Quorum.java",
                "> Long.bitCount(voters) / 2", ">= Long.bitCount(voters) / 2", 60),
            new Defect("commit-what-one-member-holds", RAFT + "Quorum.java", "scratch[(count - 1) / 2]", "scratch[count - 1]", 60),
            new Defect("count-only-the-new-members-while-joint", RAFT + "Quorum.java",
                "membership.isJoint() ? Math.min(incoming, majority(membership.outgoing(), values)) : incoming", "incoming", 60),
            new Defect("forget-the-vote-over-a-restart", RAFT + "RaftCore.java", "state.vote = storedVote;", "state.vote = NONE;", 60),
            new Defect("never-store-a-promise", PIPELINE + "SyncerAgent.java",
                "stableStore.store(requests.promiseTerm(), requests.promiseVote());", "", 60),
            new Defect("acknowledge-before-the-force-as-follower", RAFT + "Follower.java",
                "Math.min(state.heldIndex, matchedIndex)", "matchedIndex", 60),
            new Defect("acknowledge-before-the-force-as-leader", PIPELINE + "SequencerAgent.java",
                "Durability.GROUP == durability ? log.durablePosition() : log.appendedPosition()", "log.appendedPosition()", 60),
            new Defect("believe-a-force-of-before-the-cut", RAFT + "RaftState.java", "heldIndex = Math.min(heldIndex, index);", "", 60),
            new Defect("acknowledge-a-tail-that-was-not-compared", RAFT + "Follower.java",
                "Math.min(state.heldIndex, matchedIndex)", "state.heldIndex", 60),
            new Defect("keep-entries-that-contradict-the-leader", RAFT + "Follower.java", "            return -index;", "            continue;", 60),
            new Defect("skip-the-consistency-check", RAFT + "Follower.java",
                "index <= state.lastIndex && state.termAt(index) == term", "index <= state.lastIndex", 60),
            new Defect("apply-before-the-commit", PIPELINE + "SequencerAgent.java",
                "positions.committed.set(commitIndex);", "positions.committed.set(lastIndex);", 60),
            new Defect("execute-a-retry-again", PIPELINE + "EntryApplication.java",
                "if (SessionTable.NEW == verdict) {", "if (SessionTable.NEW == verdict || SessionTable.DUPLICATE == verdict) {", 60),
            new Defect("answer-a-query-before-its-index-is-applied", PIPELINE + "ApplierAgent.java",
                "QueryDescriptor.readIndex(buffer, offset) > applied || ", "", 60),
            new Defect("answer-a-query-that-was-never-confirmed", PIPELINE + "ApplierAgent.java",
                "0 != ticket && !isConfirmed(ticket)", "false", 60),
            new Defect("expire-sessions-by-a-clock-of-ones-own", PIPELINE + "ApplierAgent.java",
                "sessions.expire(timestampMs);", "sessions.expire(timestampMs + clock.nanoTime() / 1_000_000 % 500);", 60),
            new Defect("answer-a-read-before-what-it-was-confirmed-for-is-applied", PIPELINE + "ApplierAgent.java",
                "positions.readConfirmed.get() >= ticket && positions.readIndex.get() <= applied", "positions.readConfirmed.get() >= ticket", 60),
            new Defect("look-at-the-wall-clock-for-elections", PIPELINE + "SequencerAgent.java",
                "return nanoClock.nanoTime() - lastLookNs >= LOOK_NS;", "return epochClock.time() != lastLookMs;", 60),
            new Defect("remove-nothing-when-told-to-cut", PIPELINE + "SyncerAgent.java",
                "log.truncateSuffix(requests.truncateFrom());", "", 60),
            new Defect("stay-full-when-the-disk-has-room-again", "wal:io/cairn/wal/SegmentAllocator.java",
                "!diskFull || hasRoomAgain()", "!diskFull", 60),
            new Defect("take-a-payload-that-changed-on-the-way", PIPELINE + "Replicator.java",
                "damaged = Crc32c.compute(buffer, at + RecordDescriptor.HEADER_LENGTH, length) != crc;", "damaged = false;", 60),
            new Defect("take-a-message-that-changed-on-the-way", "engine:io/cairn/engine/transport/MessageCodec.java",
                "return Crc32c.compute(scratch, 0, prefixLength) == found;", "return true;", 60),
            new Defect("drop-the-session-table-from-the-snapshot", "fsm:io/cairn/fsm/SessionTable.java",
                "for (boolean isOn = rows.firstSession(); isOn;", "for (boolean isOn = false; isOn;", 60),
            new Defect("apply-twice-after-a-restart", "engine:io/cairn/engine/storage/NodeStorage.java",
                "!applierCursor.seek(appliedIndex + 1)", "!applierCursor.seek(Math.max(log.firstIndex(), appliedIndex))", 60),
            new Defect("serve-a-read-without-a-round-of-heartbeats", RAFT + "Reads.java",
                "state.settings.isLeaseReads() && isLeaseGood() && confirmedOrAborted() == issued - 1", "confirmedOrAborted() == issued - 1", 400),
            new Defect("leave-a-round-open-when-a-member-leaves", RAFT + "Leader.java",
                "reads.onConfiguration(changed & ~(1L << state.selfId));", "", 400),
            new Defect("read-on-in-a-log-that-began-afresh", "engine:io/cairn/engine/ChangeStream.java",
                "nextIndex <= committed && nextIndex < cursor.discardedBelow()", "false", 400),
            new Defect("truncate-instead-of-repair", "wal:io/cairn/wal/MemberRecovery.java",
                "final long promised = Math.max(floor, mark);", "final long promised = 0;", 400),
            new Defect("reuse-a-page-under-a-pin", "fsm:io/cairn/fsm/page/PageReclaimer.java",
                "if (holder == Epochs.FREE)", "if (true)", 400));
    }
}
