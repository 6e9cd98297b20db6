package io.cairn.engine.pipeline;

import io.cairn.engine.raft.RaftCore;
import io.cairn.wal.LogRepair;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.DirectBuffer;

/**
 * What other agents ask of the Syncer, the only agent that may block on a device: store a promise, remove the log's suffix, store
 * what a cluster was founded with, force up to an index, release the log's prefix. Each request is a field with one writer and each answer another,
 * so that nothing queues and nothing is lost.
 *
 * <p>Promise: the Sequencer writes term and vote, then releases {@code requested}; the Syncer stores them and releases {@code stored}. The
 * Sequencer asks for no second promise before the first is stored.
 */
final class SyncerRequests {
    private long promiseTerm;
    private int promiseVote = RaftCore.NONE;
    private final Position promisesRequested = new Position(0);
    private final Position promisesStored = new Position(0);
    private long truncateFrom;
    private final Position truncationsRequested = new Position(0);
    private final Position truncationsDone = new Position(0);
    private long resetIndex;
    private long resetTerm;
    private int resetChain;
    private final Position resetsRequested = new Position(0);
    private final Position resetsDone = new Position(0);
    private byte[] founding;
    private final Position foundingsRequested = new Position(0);
    private final Position foundingsStored = new Position(0);
    private final Position forceUpTo = new Position(0);
    private final Position releaseBelow = new Position(0);
    private DirectBuffer repairRecords;
    private long repairIndex;
    private int repairCount;
    private int repairLength;
    private int repairedCount;
    private int repairResult;
    private final Position repairsRequested = new Position(0);
    private final Position repairsDone = new Position(0);
    private final Position endsRequested = new Position(0);
    private final Position endsStored = new Position(0);
    private final Wakeup wakeup;

    SyncerRequests(final Wakeup wakeup) {
        this.wakeup = wakeup;
    }

    /** Sequencer. */
    void requestPromise(final long term, final int vote) {
        promiseTerm = term;
        promiseVote = vote;
        promisesRequested.set(promisesRequested.getPlain() + 1);
        wakeup.signal();
    }

    /** Sequencer: true when the promise asked for last is stored. */
    boolean isPromiseStored() {
        return promisesStored.get() == promisesRequested.getPlain();
    }

    /** Syncer: true when there is one to store. */
    boolean isPromiseDue() {
        return promisesRequested.get() != promisesStored.getPlain();
    }

    long promiseTerm() {
        return promiseTerm;
    }

    int promiseVote() {
        return promiseVote;
    }

    /** Syncer. */
    void promiseStored() {
        promisesStored.set(promisesRequested.get());
    }

    /** Sequencer: the suffix from an index on is to go. Nothing is appended until {@link #isTruncated()}. */
    void requestTruncate(final long fromIndex) {
        truncateFrom = fromIndex;
        truncationsRequested.set(truncationsRequested.getPlain() + 1);
        wakeup.signal();
    }

    /** Sequencer: true when the suffix asked for last is gone. */
    boolean isTruncated() {
        return truncationsDone.get() == truncationsRequested.getPlain();
    }

    /** Syncer: true when there is a suffix to remove. */
    boolean isTruncationDue() {
        return truncationsRequested.get() != truncationsDone.getPlain();
    }

    long truncateFrom() {
        return truncateFrom;
    }

    /** Syncer. */
    void truncated() {
        truncationsDone.set(truncationsRequested.get());
    }

    /** Sequencer: the log is to begin anew behind an installed snapshot. Nothing is appended until {@link #isReset()}. */
    void requestReset(final long index, final long term, final int chain) {
        resetIndex = index;
        resetTerm = term;
        resetChain = chain;
        resetsRequested.set(resetsRequested.getPlain() + 1);
        wakeup.signal();
    }

    /** Sequencer: true when the reset asked for last is done. */
    boolean isReset() {
        return resetsDone.get() == resetsRequested.getPlain();
    }

    /** Syncer: true when the log is to be reset. */
    boolean isResetDue() {
        return resetsRequested.get() != resetsDone.getPlain();
    }

    long resetIndex() {
        return resetIndex;
    }

    long resetTerm() {
        return resetTerm;
    }

    int resetChain() {
        return resetChain;
    }

    /** Syncer. */
    void wasReset() {
        resetsDone.set(resetsRequested.get());
    }

    /** Sequencer: the first configuration of a cluster is to be stored. */
    void requestFounding(final byte[] configuration) {
        founding = configuration;
        foundingsRequested.set(foundingsRequested.getPlain() + 1);
        wakeup.signal();
    }

    /** Sequencer: true when the configuration asked for last is stored. */
    boolean isFoundingStored() {
        return foundingsStored.get() == foundingsRequested.getPlain();
    }

    /** Syncer: true when there is one to store. */
    boolean isFoundingDue() {
        return foundingsRequested.get() != foundingsStored.getPlain();
    }

    byte[] founding() {
        return founding;
    }

    /** Syncer. */
    void foundingStored() {
        foundingsStored.set(foundingsRequested.get());
    }

    /** Sequencer: records are to be put back, of which the log holds damaged ones. They stay as they are until {@link #isRepaired()}. */
    void requestRepair(final DirectBuffer records, final long index, final int count, final int length) {
        repairRecords = records;
        repairIndex = index;
        repairCount = count;
        repairLength = length;
        repairsRequested.set(repairsRequested.getPlain() + 1);
        wakeup.signal();
    }

    /** Sequencer: true when what was asked for last is written and forced, as far as it could be used. */
    boolean isRepaired() {
        return repairsDone.get() == repairsRequested.getPlain();
    }

    /** Sequencer, after {@link #isRepaired()}: how many records are back. */
    int repairedCount() {
        return repairedCount;
    }

    /** Sequencer, after {@link #isRepaired()}: what the log said to the first that is not, or to the last. */
    int repairResult() {
        return repairResult;
    }

    /** Syncer: put back what is due. @return whether anything was. */
    boolean repair(final LogRepair repairs) {
        if (repairsRequested.get() == repairsDone.getPlain()) {
            return false;
        }
        int at = 0;
        int done = 0;
        int result = LogRepair.REPAIRED;
        while (done < repairCount && LogRepair.REPAIRED == result) {
            result = repairs.repair(repairIndex + done, repairRecords, at, repairLength - at);
            at += RecordDescriptor.alignedLength(repairRecords.getInt(at) - RecordDescriptor.HEADER_LENGTH);
            done += LogRepair.REPAIRED == result ? 1 : 0;
        }
        repairedCount = done;
        repairResult = result;
        repairsDone.set(repairsRequested.get());
        return true;
    }

    /** Sequencer: the end of the log was lost, and is found. */
    void requestEndFound() {
        endsRequested.set(endsRequested.getPlain() + 1);
        wakeup.signal();
    }

    /** Sequencer: true when that is stored. */
    boolean isEndFoundStored() {
        return endsStored.get() == endsRequested.getPlain();
    }

    /** Syncer: true when it is to be stored. */
    boolean isEndFoundDue() {
        return endsRequested.get() != endsStored.getPlain();
    }

    /** Syncer. */
    void endFoundStored() {
        endsStored.set(endsRequested.get());
    }

    /** Snapshotter: everything up to this index is to be forced, whatever the durability level. */
    void requestForce(final long index) {
        if (index > forceUpTo.getPlain()) {
            forceUpTo.set(index);
        }
        wakeup.signal();
    }

    /** Syncer. */
    long forceUpTo() {
        return forceUpTo.get();
    }

    /** Snapshotter: entries below this index are covered by snapshots. */
    void requestRelease(final long belowIndex) {
        if (belowIndex > releaseBelow.getPlain()) {
            releaseBelow.set(belowIndex);
        }
        wakeup.signal();
    }

    /** Syncer. */
    long releaseBelow() {
        return releaseBelow.get();
    }
}
