package io.cairn.engine.transport;

import io.cairn.engine.codec.MessageHeaderDecoder;
import io.cairn.engine.codec.MessageHeaderEncoder;
import io.cairn.engine.codec.RaftMessageDecoder;
import io.cairn.engine.codec.RaftMessageEncoder;
import io.cairn.engine.raft.Fetched;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.Message;
import io.cairn.wal.layout.Crc32c;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Messages as bytes (schema {@code raft-messages.xml}) and back, every field and length checked before use. Owner: one thread.
 */
public final class MessageCodec {
    /** Bytes before the records: header, block, length of the records. A multiple of eight, so that records stay aligned. */
    public static final int PREFIX_LENGTH =
        MessageHeaderEncoder.ENCODED_LENGTH + RaftMessageEncoder.BLOCK_LENGTH + RaftMessageEncoder.recordsHeaderLength();

    /** A later version may have a longer block, but not one without end. */
    private static final int SCRATCH_LENGTH = 1024;
    private static final int CHECKSUM_OFFSET = MessageHeaderEncoder.ENCODED_LENGTH + RaftMessageEncoder.checksumEncodingOffset();

    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final RaftMessageEncoder encoder = new RaftMessageEncoder();
    private final RaftMessageDecoder decoder = new RaftMessageDecoder();
    private final UnsafeBuffer prefix = new UnsafeBuffer(new byte[PREFIX_LENGTH]);
    private final UnsafeBuffer scratch = new UnsafeBuffer(new byte[SCRATCH_LENGTH]);
    private long clusterId;
    private long foreignCount;
    private long malformedCount;

    /**
     * @param clusterId of the messages to encode, and of those that are accepted; 0 where it is not known yet, and none is accepted.
     */
    public MessageCodec(final long clusterId) {
        this.clusterId = clusterId;
    }

    /**
     * The cluster is known now.
     *
     * @param value its identity.
     */
    public void clusterId(final long value) {
        clusterId = value;
    }

    /** @return identity of the cluster; 0 where it is not known yet. */
    public long clusterId() {
        return clusterId;
    }

    /**
     * Encode everything but the records.
     *
     * @param message to encode.
     * @param records that follow.
     * @param buffer  to write to.
     * @param offset  of the first byte; {@link #PREFIX_LENGTH} bytes are written.
     */
    public void encodePrefix(final Message message, final RecordRun records, final MutableDirectBuffer buffer, final int offset) {
        encoder.wrapAndApplyHeader(prefix, 0, headerEncoder)
            .clusterId(clusterId)
            .fromIncarnation(message.fromIncarnation)
            .term(message.term)
            .logIndex(message.logIndex)
            .logTerm(message.logTerm)
            .commitIndex(message.commitIndex)
            .context(message.context)
            .segmentId(records.segmentId())
            .recordCount(records.count())
            .messageType((short)message.type)
            .from((short)message.from)
            .to((short)message.to)
            .flags((short)(message.flag ? 1 : 0))
            .checksum(0);
        final int lengthOffset = PREFIX_LENGTH - RaftMessageEncoder.recordsHeaderLength();
        prefix.putInt(lengthOffset, records.length(), LITTLE_ENDIAN);
        encoder.checksum(Crc32c.compute(prefix, 0, PREFIX_LENGTH) & 0xFFFF_FFFFL);
        buffer.putBytes(offset, prefix, 0, PREFIX_LENGTH);
    }

    /**
     * Decode a message.
     *
     * @param buffer  that holds it.
     * @param offset  of its first byte.
     * @param length  of all of it.
     * @param message filled in.
     * @param records pointed at what it brings.
     * @return false when it is of another cluster, another schema, damaged, or makes no sense; it is counted then, and is to be dropped.
     */
    public boolean decode(final DirectBuffer buffer, final int offset, final int length, final Message message, final RecordRun records) {
        if (!isReadable(buffer, offset, length)) {
            malformedCount++;
            return false;
        }
        final int blockLength = headerDecoder.blockLength();
        final int recordsOffset = offset + MessageHeaderDecoder.ENCODED_LENGTH + blockLength + RaftMessageDecoder.recordsHeaderLength();
        decoder.wrap(buffer, offset + MessageHeaderDecoder.ENCODED_LENGTH, blockLength, headerDecoder.version());
        if (decoder.clusterId() != clusterId || 0 == clusterId) {
            foreignCount++;
            return false;
        }
        message.type = decoder.messageType();
        message.from = decoder.from();
        message.fromIncarnation = decoder.fromIncarnation();
        message.to = decoder.to();
        message.term = decoder.term();
        message.logIndex = decoder.logIndex();
        message.logTerm = decoder.logTerm();
        message.commitIndex = decoder.commitIndex();
        message.context = decoder.context();
        message.flag = 0 != (decoder.flags() & 1);
        final int recordsLength = offset + length - recordsOffset;
        final int count = decoder.recordCount();
        if (0 == count && 0 == recordsLength) {
            records.empty();
        } else {
            records.wrap(buffer, recordsOffset, recordsLength, count, decoder.segmentId());
        }
        if (!isSensible(message, records)) {
            malformedCount++;
            return false;
        }
        return true;
    }

    private boolean isReadable(final DirectBuffer buffer, final int offset, final int length) {
        if (length < PREFIX_LENGTH) {
            return false;
        }
        headerDecoder.wrap(buffer, offset);
        final int blockLength = headerDecoder.blockLength();
        final int prefixLength = MessageHeaderDecoder.ENCODED_LENGTH + blockLength + RaftMessageDecoder.recordsHeaderLength();
        if (headerDecoder.schemaId() != RaftMessageDecoder.SCHEMA_ID || headerDecoder.templateId() != RaftMessageDecoder.TEMPLATE_ID ||
            blockLength < RaftMessageDecoder.BLOCK_LENGTH || prefixLength > length) {
            return false;
        }
        final long recordsLength = buffer.getInt(offset + prefixLength - RaftMessageDecoder.recordsHeaderLength(), LITTLE_ENDIAN);
        return recordsLength == length - prefixLength && isChecksumGood(buffer, offset, prefixLength);
    }

    /** The checksum counts as zero in itself. */
    private boolean isChecksumGood(final DirectBuffer buffer, final int offset, final int prefixLength) {
        final int found = buffer.getInt(offset + CHECKSUM_OFFSET, LITTLE_ENDIAN);
        if (prefixLength > scratch.capacity()) {
            return false;
        }
        scratch.putBytes(0, buffer, offset, prefixLength);
        scratch.putInt(CHECKSUM_OFFSET, 0);
        return Crc32c.compute(scratch, 0, prefixLength) == found;
    }

    private static boolean isSensible(final Message message, final RecordRun records) {
        if (message.from >= Membership.MEMBERS_MAX || message.to >= Membership.MEMBERS_MAX || message.term < 0 || message.logIndex < 0 ||
            message.logTerm < 0 || message.commitIndex < 0 || message.context < 0 || records.count() < 0) {
            return false;
        }
        if (Message.FETCH_RESPONSE == message.type && Fetched.PRESENT == message.context) {
            return records.count() > 0 && records.isWhole(message.logIndex);
        }
        if (Message.APPEND != message.type) {
            return 0 == records.count() && 0 == records.length();
        }
        return records.isWhole(message.logIndex + 1);
    }

    /** @return messages dropped because they are of another cluster. */
    public long foreignCount() {
        return foreignCount;
    }

    /** @return messages dropped because they are damaged, of another schema, or make no sense. */
    public long malformedCount() {
        return malformedCount;
    }
}
