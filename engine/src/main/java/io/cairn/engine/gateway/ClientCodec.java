package io.cairn.engine.gateway;

import io.cairn.engine.codec.client.ClientMessageDecoder;
import io.cairn.engine.codec.client.ClientMessageEncoder;
import io.cairn.engine.codec.client.MessageHeaderDecoder;
import io.cairn.engine.codec.client.MessageHeaderEncoder;
import io.cairn.wal.layout.Crc32c;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Messages between clients and members as bytes (schema {@code client-messages.xml}) and back, every field and length checked before use. Owner: one
 * thread.
 */
public final class ClientCodec {
    /** Bytes before the body. A multiple of eight, so that entries stay aligned. */
    public static final int PREFIX_LENGTH =
        MessageHeaderEncoder.ENCODED_LENGTH + ClientMessageEncoder.BLOCK_LENGTH + ClientMessageEncoder.bodyHeaderLength();

    private static final int CHECKSUM_OFFSET = MessageHeaderEncoder.ENCODED_LENGTH + ClientMessageEncoder.checksumEncodingOffset();
    private static final int LENGTH_BYTES = ClientMessageEncoder.bodyHeaderLength();

    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final ClientMessageEncoder encoder = new ClientMessageEncoder();
    private final ClientMessageDecoder decoder = new ClientMessageDecoder();
    private long malformedCount;

    /** For one thread. */
    public ClientCodec() {
    }

    /**
     * Encode everything but the body, which need not be in the same buffer.
     *
     * @param message    to encode; its own body is not looked at.
     * @param body       buffer of the body.
     * @param bodyOffset of its first byte.
     * @param bodyLength in bytes.
     * @param prefix     to write to.
     * @param offset     of the first byte; {@link #PREFIX_LENGTH} bytes are written.
     */
    public void encode(
        final ClientMessage message,
        final DirectBuffer body,
        final int bodyOffset,
        final int bodyLength,
        final MutableDirectBuffer prefix,
        final int offset) {
        encoder.wrapAndApplyHeader(prefix, offset, headerEncoder)
            .clusterId(message.clusterId)
            .connectionId(message.connectionId)
            .context(message.context)
            .leaderId(message.leaderId)
            .memberId(message.memberId)
            .responseStream(message.responseStream)
            .responsePort(message.responsePort)
            .status(message.status)
            .inFlightMax(message.inFlightMax)
            .requestBytesMax(message.requestBytesMax)
            .messageType((short)message.type)
            .flags((short)message.flags)
            .unused(0);
        prefix.putInt(offset + PREFIX_LENGTH - LENGTH_BYTES, bodyLength, LITTLE_ENDIAN);
        int crc = Crc32c.compute(prefix, offset, CHECKSUM_OFFSET);
        crc = Crc32c.update(crc, prefix, offset + CHECKSUM_OFFSET + Integer.BYTES, LENGTH_BYTES);
        if (bodyLength > 0) {
            crc = Crc32c.update(crc, body, bodyOffset, bodyLength);
        }
        encoder.checksum(crc & 0xFFFF_FFFFL);
    }

    /**
     * Decode a message.
     *
     * @param buffer  that holds it.
     * @param offset  of its first byte.
     * @param length  of all of it.
     * @param message filled in, its body pointing into the buffer.
     * @return false when it is of another schema, damaged, or makes no sense; it is counted then, and is to be dropped.
     */
    public boolean decode(final DirectBuffer buffer, final int offset, final int length, final ClientMessage message) {
        if (!isReadable(buffer, offset, length)) {
            malformedCount++;
            return false;
        }
        final int blockLength = headerDecoder.blockLength();
        final int bodyOffset = offset + MessageHeaderDecoder.ENCODED_LENGTH + blockLength + LENGTH_BYTES;
        decoder.wrap(buffer, offset + MessageHeaderDecoder.ENCODED_LENGTH, blockLength, headerDecoder.version());
        message.type = decoder.messageType();
        message.clusterId = decoder.clusterId();
        message.connectionId = decoder.connectionId();
        message.context = decoder.context();
        message.leaderId = decoder.leaderId();
        message.memberId = decoder.memberId();
        message.responseStream = decoder.responseStream();
        message.responsePort = decoder.responsePort();
        message.status = decoder.status();
        message.inFlightMax = decoder.inFlightMax();
        message.requestBytesMax = decoder.requestBytesMax();
        message.flags = decoder.flags();
        message.body.wrap(buffer, bodyOffset, offset + length - bodyOffset);
        if (message.type < ClientMessage.CONNECT || message.type > ClientMessage.ADMIN_REPLY) {
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
        final int prefixLength = MessageHeaderDecoder.ENCODED_LENGTH + blockLength + LENGTH_BYTES;
        if (headerDecoder.schemaId() != ClientMessageDecoder.SCHEMA_ID || headerDecoder.templateId() != ClientMessageDecoder.TEMPLATE_ID ||
            blockLength < ClientMessageDecoder.BLOCK_LENGTH || prefixLength > length) {
            return false;
        }
        final long bodyLength = buffer.getInt(offset + prefixLength - LENGTH_BYTES, LITTLE_ENDIAN);
        if (bodyLength != length - prefixLength) {
            return false;
        }
        final int rest = CHECKSUM_OFFSET + Integer.BYTES;
        final int crc = Crc32c.update(Crc32c.compute(buffer, offset, CHECKSUM_OFFSET), buffer, offset + rest, length - rest);
        return crc == buffer.getInt(offset + CHECKSUM_OFFSET, LITTLE_ENDIAN);
    }

    /** @return messages dropped because they are damaged, of another schema, or make no sense. */
    public long malformedCount() {
        return malformedCount;
    }
}
