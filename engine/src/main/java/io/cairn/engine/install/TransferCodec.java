package io.cairn.engine.install;

import io.cairn.engine.codec.transfer.MessageHeaderDecoder;
import io.cairn.engine.codec.transfer.MessageHeaderEncoder;
import io.cairn.engine.codec.transfer.TransferMessageDecoder;
import io.cairn.engine.codec.transfer.TransferMessageEncoder;
import io.cairn.engine.raft.Membership;
import io.cairn.wal.layout.Crc32c;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.function.LongSupplier;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Messages of a transfer as bytes (schema {@code transfer-messages.xml}) and back, every field and length checked before use. Owner: one thread;
 * the counts may be read by any.
 */
public final class TransferCodec {
    /** Bytes before the data: header, block, length of the data. */
    public static final int PREFIX_LENGTH =
        MessageHeaderEncoder.ENCODED_LENGTH + TransferMessageEncoder.BLOCK_LENGTH + TransferMessageEncoder.dataHeaderLength();
    /** Longest manifest that is taken. */
    public static final int MANIFEST_LENGTH_MAX = 8 << 20;
    /** Longest chain that is taken. */
    public static final int ITEMS_MAX = 1_024;

    /** A later version may have a longer block, but not one without end. */
    private static final int SCRATCH_LENGTH = 1024;
    private static final int CHECKSUM_OFFSET = MessageHeaderEncoder.ENCODED_LENGTH + TransferMessageEncoder.checksumEncodingOffset();
    private static final long U32 = 0xFFFF_FFFFL;

    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final TransferMessageEncoder encoder = new TransferMessageEncoder();
    private final TransferMessageDecoder decoder = new TransferMessageDecoder();
    private final UnsafeBuffer scratch = new UnsafeBuffer(new byte[SCRATCH_LENGTH]);
    private final LongSupplier identity;
    private int dataOffset;
    private int dataLength;
    private volatile long droppedCount;

    /**
     * @param identity of the cluster: of the messages to encode, and of those that are accepted.
     */
    public TransferCodec(final LongSupplier identity) {
        this.identity = identity;
    }

    /**
     * Encode everything but the data.
     *
     * @param message    to encode.
     * @param dataLength bytes that follow.
     * @param buffer     to write to.
     * @param offset     of the first byte; {@link #PREFIX_LENGTH} bytes are written.
     */
    public void encodePrefix(final TransferMessage message, final int dataLength, final MutableDirectBuffer buffer, final int offset) {
        encoder.wrapAndApplyHeader(buffer, offset, headerEncoder)
            .clusterId(identity.getAsLong())
            .term(message.term)
            .transferId(message.transferId)
            .index(message.index)
            .position(message.position)
            .bound(message.limit)
            .manifestLength(message.manifestLength)
            .manifestCrc(message.manifestCrc & U32)
            .dataCrc(message.dataCrc & U32)
            .item(message.item)
            .itemCount(message.itemCount)
            .messageType((short)message.type)
            .from((short)message.from)
            .to((short)message.to)
            .reason((short)message.reason)
            .checksum(0);
        buffer.putInt(offset + PREFIX_LENGTH - TransferMessageEncoder.dataHeaderLength(), dataLength, LITTLE_ENDIAN);
        scratch.putBytes(0, buffer, offset, PREFIX_LENGTH);
        encoder.checksum(Crc32c.compute(scratch, 0, PREFIX_LENGTH) & U32);
    }

    /**
     * Decode a message. The data lie at {@link #dataOffset()}, {@link #dataLength()} bytes; whether they match {@code dataCrc} is for the reader to
     * see.
     *
     * @param buffer  that holds it.
     * @param offset  of its first byte.
     * @param length  of all of it.
     * @param message filled in.
     * @return false when it is of another cluster, another schema, damaged, or makes no sense; it is counted then, and is to be dropped.
     */
    public boolean decode(final DirectBuffer buffer, final int offset, final int length, final TransferMessage message) {
        if (!isReadable(buffer, offset, length)) {
            return drop();
        }
        final int blockLength = headerDecoder.blockLength();
        decoder.wrap(buffer, offset + MessageHeaderDecoder.ENCODED_LENGTH, blockLength, headerDecoder.version());
        if (decoder.clusterId() != identity.getAsLong()) {
            return drop();
        }
        dataOffset = offset + MessageHeaderDecoder.ENCODED_LENGTH + blockLength + TransferMessageDecoder.dataHeaderLength();
        dataLength = offset + length - dataOffset;
        message.type = decoder.messageType();
        message.from = decoder.from();
        message.to = decoder.to();
        message.term = decoder.term();
        message.transferId = decoder.transferId();
        message.index = decoder.index();
        message.position = decoder.position();
        message.limit = decoder.bound();
        message.manifestLength = decoder.manifestLength();
        message.manifestCrc = (int)decoder.manifestCrc();
        message.dataCrc = (int)decoder.dataCrc();
        message.item = decoder.item();
        message.itemCount = decoder.itemCount();
        message.reason = decoder.reason();
        return isSensible(message) || drop();
    }

    private boolean drop() {
        droppedCount++;
        return false;
    }

    private boolean isReadable(final DirectBuffer buffer, final int offset, final int length) {
        if (length < PREFIX_LENGTH) {
            return false;
        }
        headerDecoder.wrap(buffer, offset);
        final int blockLength = headerDecoder.blockLength();
        final int prefixLength = MessageHeaderDecoder.ENCODED_LENGTH + blockLength + TransferMessageDecoder.dataHeaderLength();
        if (headerDecoder.schemaId() != TransferMessageDecoder.SCHEMA_ID || headerDecoder.templateId() != TransferMessageDecoder.TEMPLATE_ID ||
            blockLength < TransferMessageDecoder.BLOCK_LENGTH || prefixLength > length || prefixLength > SCRATCH_LENGTH) {
            return false;
        }
        final long stated = buffer.getInt(offset + prefixLength - TransferMessageDecoder.dataHeaderLength(), LITTLE_ENDIAN);
        if (stated != length - prefixLength) {
            return false;
        }
        scratch.putBytes(0, buffer, offset, prefixLength);
        scratch.putInt(CHECKSUM_OFFSET, 0);
        return Crc32c.compute(scratch, 0, prefixLength) == buffer.getInt(offset + CHECKSUM_OFFSET, LITTLE_ENDIAN);
    }

    private boolean isSensible(final TransferMessage message) {
        return message.type >= TransferMessage.OFFER && message.type <= TransferMessage.TYPE_MAX && message.reason <= TransferMessage.REASON_MAX &&
            message.from < Membership.MEMBERS_MAX && message.to < Membership.MEMBERS_MAX && message.from != message.to && message.term >= 0 &&
            message.index >= 0 && message.position >= 0 && message.limit >= 0 && message.manifestLength >= 0 &&
            message.itemCount <= ITEMS_MAX && (TransferMessage.CHUNK == message.type) == dataLength > 0 &&
            (TransferMessage.OFFER != message.type || isOffer(message));
    }

    private static boolean isOffer(final TransferMessage message) {
        return message.item < message.itemCount && message.index > 0 && message.transferId != 0 && message.manifestLength > 0 &&
            message.manifestLength <= MANIFEST_LENGTH_MAX && message.limit >= message.manifestLength;
    }

    /** @return where the data of the message decoded last begin. */
    public int dataOffset() {
        return dataOffset;
    }

    /** @return how many bytes they are. */
    public int dataLength() {
        return dataLength;
    }

    /** @return messages dropped because they are of another cluster or schema, damaged, or make no sense. */
    public long droppedCount() {
        return droppedCount;
    }
}
