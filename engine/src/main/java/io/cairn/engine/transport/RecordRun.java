package io.cairn.engine.transport;

import io.cairn.engine.raft.EntryTerms;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Records that follow each other, as they lie in a segment of the one who sent them: {@link RecordDescriptor}, padding included. A flyweight over a
 * mapped segment or a received message; nothing is copied. Positions are looked at in ascending order, which costs one step each.
 *
 * <p>Owner: one thread.
 */
public final class RecordRun implements EntryTerms {
    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private int count;
    private long segmentId;
    private int segmentState;
    private int position;
    private int offset;

    /**
     * Point at no records.
     *
     * @return this.
     */
    public RecordRun empty() {
        buffer.wrap(0, 0);
        count = 0;
        segmentId = 0;
        rewind();
        return this;
    }

    /**
     * Point at records.
     *
     * @param source    buffer off the heap that holds them: checksums are computed over addresses.
     * @param at        offset of the first.
     * @param length    of all of them in bytes.
     * @param records   how many.
     * @param ofSegment id of the segment they were written to.
     * @return this.
     */
    public RecordRun wrap(final DirectBuffer source, final int at, final int length, final int records, final long ofSegment) {
        if (null != source.byteArray()) {
            throw new IllegalArgumentException("records on the heap have no address");
        }
        buffer.wrap(source, at, length);
        count = records;
        segmentId = ofSegment;
        segmentState = Crc32c.stateOf(ofSegment);
        rewind();
        return this;
    }

    private void rewind() {
        position = 0;
        offset = 0;
    }

    /**
     * Whether these bytes are that many whole records, each proven by its header's checksum, with indexes that follow each other, each chained to the
     * one before. Payloads are checked where they are appended.
     *
     * @param firstIndex what the first must have.
     * @return true when they are.
     */
    public boolean isWhole(final long firstIndex) {
        int at = 0;
        int chain = 0;
        for (int i = 0; i < count; i++) {
            final int available = buffer.capacity() - at;
            if (available < RecordDescriptor.HEADER_LENGTH || !RecordDescriptor.isLengthPossible(buffer.getInt(at), available)) {
                return false;
            }
            final long address = buffer.addressOffset() + at;
            final int aligned = RecordDescriptor.alignedLength(buffer.getInt(at) - RecordDescriptor.HEADER_LENGTH);
            if (aligned > available || !RecordDescriptor.isHeaderValid(address, segmentState) ||
                buffer.getLong(at + RecordDescriptor.INDEX_OFFSET) != firstIndex + i ||
                i > 0 && buffer.getInt(at + RecordDescriptor.PREV_CHAIN_OFFSET) != chain) {
                return false;
            }
            chain = RecordDescriptor.chainAt(address, segmentState);
            at += aligned;
        }
        return at == buffer.capacity();
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public long term(final int wanted) {
        return buffer.getLong(seek(wanted) + RecordDescriptor.TERM_OFFSET);
    }

    /**
     * Where a record begins.
     *
     * @param wanted 0 to {@link #count()} − 1.
     * @return its offset in {@link #buffer()}.
     */
    public int seek(final int wanted) {
        if (wanted < position) {
            rewind();
        }
        while (position < wanted) {
            offset += RecordDescriptor.alignedLength(buffer.getInt(offset) - RecordDescriptor.HEADER_LENGTH);
            position++;
        }
        return offset;
    }

    /**
     * The chain that a record carries.
     *
     * @param at offset of the record.
     * @return the chain, equal on every replica.
     */
    public int chainAt(final int at) {
        return RecordDescriptor.chainAt(buffer.addressOffset() + at, segmentState);
    }

    /** @return the records. */
    public DirectBuffer buffer() {
        return buffer;
    }

    /** @return bytes of all records. */
    public int length() {
        return buffer.capacity();
    }

    /** @return segment they were written to. */
    public long segmentId() {
        return segmentId;
    }
}
