package io.cairn.engine.pipeline;

import io.cairn.engine.raft.RaftLog;
import io.cairn.wal.FaultyRange;
import io.cairn.wal.LogCursor;
import io.cairn.wal.LogRepair;
import io.cairn.wal.WriteAheadLog;

/**
 * The terms of the write-ahead log, as the protocol core asks for them, and what of it is damaged. Owner thread: Sequencer.
 */
final class LogTerms implements RaftLog {
    private static final long CHAIN_MASK = 0xFFFF_FFFFL;

    private final WriteAheadLog log;
    private final LogRepair repairs;
    private LogCursor cursor;
    private long coveredIndex;

    LogTerms(final WriteAheadLog log) {
        this.log = log;
        repairs = log.repairs();
    }

    /**
     * A snapshot was installed: what it includes need not be repaired.
     *
     * @param index last entry it includes.
     */
    void covered(final long index) {
        coveredIndex = index;
    }

    /** What is damaged under an installed snapshot is not repaired: to the others the log begins behind that, as it does after the next start. */
    @Override
    public long firstIndex() {
        final FaultyRange range = 0 == coveredIndex ? null : repairs.from(0);
        return null == range || range.first() > coveredIndex ? log.firstIndex() : Math.max(log.firstIndex(), coveredIndex + 1);
    }

    /** @return ranges that wait for repair. */
    int faultyCount() {
        if (0 == coveredIndex || 0 == repairs.count()) {
            return repairs.count();
        }
        int count = 0;
        for (FaultyRange range = repairs.from(coveredIndex + 1); null != range; range = repairs.from(range.last() + 1)) {
            count++;
        }
        return count;
    }

    @Override
    public long termAt(final long index) {
        return 0 == index ? 0 : log.termAt(index);
    }

    @Override
    public long termStart(final long index) {
        return Math.max(log.termStart(index), firstIndex() - 1);
    }

    @Override
    public long faultyFrom(final long index) {
        final long from = Math.max(index, coveredIndex + 1);
        final FaultyRange range = repairs.from(from);
        return null == range ? NO_FAULT : Math.max(from, range.first());
    }

    @Override
    public int fault(final long index) {
        final FaultyRange range = repairs.from(index);
        if (null == range || range.first() > index || index <= coveredIndex) {
            return INTACT;
        }
        return range.isUndecided() ? UNDECIDED : CORRUPT;
    }

    @Override
    public long anchorIndex(final long index) {
        final FaultyRange range = anchor(index);
        return null == range ? 0 : range.last();
    }

    @Override
    public long anchorChain(final long index) {
        final FaultyRange range = anchor(index);
        return null == range ? 0 : range.lastChain();
    }

    /** The damaged range that an entry is part of, or one that follows it without a whole entry between, whose end is known by its chain. */
    private FaultyRange anchor(final long index) {
        FaultyRange range = repairs.from(index);
        while (null != range && FaultyRange.UNKNOWN == range.lastChain()) {
            final long behind = range.last() + 1;
            range = repairs.from(behind);
            if (null != range && range.first() != behind) {
                return null;
            }
        }
        return range;
    }

    @Override
    public long chainAt(final long index) {
        if (null == cursor) {
            cursor = log.newCursor();
        }
        final boolean isRead = cursor.seek(index) && cursor.next();
        final long chain = isRead ? cursor.chain() & CHAIN_MASK : UNKNOWN;
        cursor.release();
        return chain;
    }
}
