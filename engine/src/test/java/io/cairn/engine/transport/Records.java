package io.cairn.engine.transport;

import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Records as a segment holds them, made by hand.
 */
final class Records {
    static final long SEGMENT_ID = 7;

    private final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(1 << 21, 64));
    private int chain = 12_345;
    private int length;
    private int count;

    Records add(final long index, final long term, final int payloadLength) {
        final int at = length;
        final int recordLength = RecordDescriptor.HEADER_LENGTH + payloadLength;
        for (int i = 0; i < payloadLength; i++) {
            buffer.putByte(at + RecordDescriptor.HEADER_LENGTH + i, (byte)(index + i));
        }
        buffer.putInt(at, recordLength);
        buffer.putShort(at + RecordDescriptor.TYPE_OFFSET, (short)RecordDescriptor.COMMAND);
        buffer.putLong(at + RecordDescriptor.INDEX_OFFSET, index);
        buffer.putLong(at + RecordDescriptor.TERM_OFFSET, term);
        buffer.putLong(at + RecordDescriptor.TIMESTAMP_OFFSET, 1_000 + index);
        buffer.putInt(at + RecordDescriptor.PAYLOAD_CRC_OFFSET, Crc32c.compute(buffer, at + RecordDescriptor.HEADER_LENGTH, payloadLength));
        buffer.putInt(at + RecordDescriptor.PREV_CHAIN_OFFSET, chain);
        buffer.putInt(at + RecordDescriptor.FLOOR_LAG_OFFSET, 3);
        chain = RecordDescriptor.chain(chain, buffer.addressOffset() + at);
        buffer.putInt(at + RecordDescriptor.CHAIN_OFFSET, chain ^ Crc32c.finish(Crc32c.stateOf(SEGMENT_ID), 3));
        length += RecordDescriptor.alignedLength(payloadLength);
        count++;
        return this;
    }

    RecordRun run() {
        return new RecordRun().wrap(buffer, 0, length, count, SEGMENT_ID);
    }
}
