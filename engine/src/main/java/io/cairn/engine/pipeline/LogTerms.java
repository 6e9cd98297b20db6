package io.cairn.engine.pipeline;

import io.cairn.engine.raft.RaftLog;
import io.cairn.wal.WriteAheadLog;

/**
 * The terms of the write-ahead log, as the protocol core asks for them. Owner thread: Sequencer.
 */
final class LogTerms implements RaftLog {
    private final WriteAheadLog log;

    LogTerms(final WriteAheadLog log) {
        this.log = log;
    }

    @Override
    public long firstIndex() {
        return log.firstIndex();
    }

    @Override
    public long termAt(final long index) {
        return 0 == index ? 0 : log.termAt(index);
    }

    @Override
    public long termStart(final long index) {
        return Math.max(log.termStart(index), log.firstIndex() - 1);
    }
}
