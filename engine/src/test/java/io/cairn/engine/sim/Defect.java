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

    /** All of them. */
    static List<Defect> all() {
        return List.of(
            new Defect("serve-a-read-without-a-round-of-heartbeats", RAFT + "Reads.java",
                "state.settings.isLeaseReads() && isLeaseGood() && confirmedOrAborted() == issued - 1", "confirmedOrAborted() == issued - 1", 200),
            new Defect("leave-a-round-open-when-a-member-leaves", RAFT + "Leader.java",
                "reads.onConfiguration(changed & ~(1L << state.selfId));", "", 400),
            new Defect("commit-an-earlier-term-by-counting", RAFT + "Leader.java", "held >= termStartIndex", "held >= 0", 400),
            new Defect("vote-twice-in-a-term", RAFT + "Elections.java",
                "(RaftState.NONE == state.vote || state.vote == message.from) &&", "", 50),
            new Defect("vote-for-a-shorter-log", RAFT + "RaftState.java",
                "otherTerm > lastTerm || otherTerm == lastTerm && otherIndex >= lastIndex", "otherTerm >= 0", 50),
            new Defect("win-with-half-of-the-votes", RAFT + "Quorum.java",
                "> Long.bitCount(voters) / 2", ">= Long.bitCount(voters) / 2", 50),
            new Defect("commit-what-one-member-holds", RAFT + "Quorum.java", "scratch[(count - 1) / 2]", "scratch[count - 1]", 50),
            new Defect("count-only-the-new-members-while-joint", RAFT + "Quorum.java",
                "membership.isJoint() ? Math.min(incoming, majority(membership.outgoing(), values)) : incoming", "incoming", 400),
            new Defect("forget-the-vote-over-a-restart", RAFT + "RaftCore.java", "state.vote = storedVote;", "state.vote = NONE;", 400),
            new Defect("never-store-a-promise", PIPELINE + "SyncerAgent.java",
                "stableStore.store(requests.promiseTerm(), requests.promiseVote());", "", 50),
            new Defect("acknowledge-before-the-force-as-follower", RAFT + "Follower.java",
                "Math.min(state.heldIndex, matchedIndex)", "matchedIndex", 400),
            new Defect("acknowledge-before-the-force-as-leader", PIPELINE + "SequencerAgent.java",
                "Durability.GROUP == durability ? log.durablePosition() : log.appendedPosition()", "log.appendedPosition()", 400),
            new Defect("believe-a-force-of-before-the-cut", RAFT + "RaftCore.java", "logGeneration != generation || held", "held", 400),
            new Defect("acknowledge-a-tail-that-was-not-compared", RAFT + "Follower.java",
                "Math.min(state.heldIndex, matchedIndex)", "state.heldIndex", 200),
            new Defect("keep-entries-that-contradict-the-leader", RAFT + "Follower.java", "            return -index;", "            continue;", 100),
            new Defect("skip-the-consistency-check", RAFT + "Follower.java",
                "index <= state.lastIndex && state.termAt(index) == term", "index <= state.lastIndex", 100),
            new Defect("apply-before-the-commit", PIPELINE + "SequencerAgent.java",
                "positions.committed.set(commitIndex);", "positions.committed.set(lastIndex);", 50),
            new Defect("execute-a-retry-again", PIPELINE + "EntryApplication.java",
                "if (SessionTable.NEW == verdict) {", "if (SessionTable.NEW == verdict || SessionTable.DUPLICATE == verdict) {", 100),
            new Defect("answer-a-query-before-its-index-is-applied", PIPELINE + "ApplierAgent.java",
                "QueryDescriptor.readIndex(buffer, offset) > applied || ", "", 200),
            new Defect("answer-a-query-that-was-never-confirmed", PIPELINE + "ApplierAgent.java",
                "0 != ticket && !isConfirmed(ticket)", "false", 200),
            new Defect("expire-sessions-by-a-clock-of-ones-own", PIPELINE + "ApplierAgent.java",
                "sessions.expire(timestampMs);", "sessions.expire(timestampMs + clock.nanoTime() / 1_000_000 % 500);", 100),
            new Defect("look-at-the-wall-clock-for-elections", PIPELINE + "SequencerAgent.java",
                "return nanoClock.nanoTime() - lastLookNs >= LOOK_NS;", "return epochClock.time() != lastLookMs;", 100),
            new Defect("remove-nothing-when-told-to-cut", PIPELINE + "SyncerAgent.java",
                "log.truncateSuffix(requests.truncateFrom());", "", 100),
            new Defect("read-on-in-a-log-that-began-afresh", "engine:io/cairn/engine/ChangeStream.java",
                "nextIndex <= committed && nextIndex < cursor.discardedBelow()", "false", 200),
            new Defect("stay-full-when-the-disk-has-room-again", "wal:io/cairn/wal/SegmentAllocator.java",
                "!diskFull || hasRoomAgain()", "!diskFull", 100),
            new Defect("take-a-payload-that-changed-on-the-way", PIPELINE + "Replicator.java",
                "damaged = Crc32c.compute(buffer, at + RecordDescriptor.HEADER_LENGTH, length) != crc;", "damaged = false;", 100),
            new Defect("take-a-message-that-changed-on-the-way", "engine:io/cairn/engine/transport/MessageCodec.java",
                "return Crc32c.compute(scratch, 0, prefixLength) == found;", "return true;", 100),
            new Defect("take-a-chunk-that-changed-on-the-way", "engine:io/cairn/engine/install/SnapshotReceiver.java",
                " || Crc32c.compute(data, offset, length) != message.dataCrc", "", 400),
            new Defect("count-the-acknowledgements-of-a-lost-directory", RAFT + "Inbox.java",
                "return counts && state.membership.incarnation(message.from) != message.fromIncarnation;", "return false;", 400),
            new Defect("take-a-lost-member-back-at-once", "engine:io/cairn/engine/bootstrap/Readmission.java",
                "return membership.withIncarnation(id, 0).change(membership.voters() & ~bit, membership.learners() | bit);",
                "return membership.withIncarnation(id, said);", 400));
    }
}
