package io.cairn.engine.transport;

import io.cairn.engine.bootstrap.Endpoints;
import io.cairn.engine.bootstrap.Introduction;
import io.cairn.engine.codec.IntroductionMessageDecoder;
import io.cairn.engine.codec.IntroductionMessageEncoder;
import io.cairn.engine.codec.MessageHeaderDecoder;
import io.cairn.engine.codec.MessageHeaderEncoder;
import io.cairn.engine.raft.Membership;
import io.cairn.wal.layout.Crc32c;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Introductions as bytes (schema {@code raft-messages.xml}) and back, every field and length checked before use. A name that was seen last from the
 * same member is not made anew. Owner: one thread.
 */
final class IntroductionCodec {
    private static final int LENGTH_MAX = 512;
    private static final int CHECKSUM_OFFSET = MessageHeaderEncoder.ENCODED_LENGTH + IntroductionMessageEncoder.checksumEncodingOffset();

    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final IntroductionMessageEncoder encoder = new IntroductionMessageEncoder();
    private final IntroductionMessageDecoder decoder = new IntroductionMessageDecoder();
    private final UnsafeBuffer scratch = new UnsafeBuffer(new byte[LENGTH_MAX]);
    private final String[] names = new String[Membership.MEMBERS_MAX];
    private String encodedName = "";
    private byte[] encodedNameBytes = new byte[0];

    /**
     * @param introduction to encode.
     * @return its length in {@link #encoded()}.
     */
    int encode(final Introduction introduction) {
        if (!encodedName.equals(introduction.endpoint)) {
            encodedName = introduction.endpoint;
            encodedNameBytes = encodedName.getBytes(StandardCharsets.UTF_8);
        }
        encoder.wrapAndApplyHeader(scratch, 0, headerEncoder)
            .clusterId(introduction.clusterId)
            .incarnation(introduction.incarnation)
            .listHash(introduction.listHash)
            .from((short)introduction.from)
            .to((short)introduction.to)
            .standing((short)introduction.standing)
            .reserved((short)0)
            .checksum(0)
            .putEndpoint(encodedNameBytes, 0, Math.min(encodedNameBytes.length, Endpoints.LENGTH_MAX));
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
        encoder.checksum(Crc32c.compute(scratch, 0, length) & 0xFFFF_FFFFL);
        return length;
    }

    /** @return what was encoded last. */
    DirectBuffer encoded() {
        return scratch;
    }

    /** @return whether these bytes say that they are an introduction; whether they are whole is for {@link #decode} to find. */
    boolean isIntroduction(final DirectBuffer buffer, final int offset, final int length) {
        if (length < MessageHeaderDecoder.ENCODED_LENGTH) {
            return false;
        }
        headerDecoder.wrap(buffer, offset);
        return IntroductionMessageDecoder.SCHEMA_ID == headerDecoder.schemaId() &&
            IntroductionMessageDecoder.TEMPLATE_ID == headerDecoder.templateId();
    }

    /**
     * @param buffer       that holds it.
     * @param offset       of its first byte.
     * @param length       of all of it.
     * @param introduction filled in.
     * @return false when it is damaged or makes no sense.
     */
    boolean decode(final DirectBuffer buffer, final int offset, final int length, final Introduction introduction) {
        headerDecoder.wrap(buffer, offset);
        final int blockLength = headerDecoder.blockLength();
        final int nameAt = MessageHeaderDecoder.ENCODED_LENGTH + blockLength + IntroductionMessageDecoder.endpointHeaderLength();
        if (blockLength < IntroductionMessageDecoder.BLOCK_LENGTH || length > LENGTH_MAX || nameAt > length ||
            !isChecksumGood(buffer, offset, length)) {
            return false;
        }
        final int nameLength = buffer.getShort(offset + nameAt - IntroductionMessageDecoder.endpointHeaderLength(), LITTLE_ENDIAN) & 0xFFFF;
        decoder.wrap(buffer, offset + MessageHeaderDecoder.ENCODED_LENGTH, blockLength, headerDecoder.version());
        if (nameLength > Endpoints.LENGTH_MAX || nameLength > length - nameAt || decoder.from() >= Membership.MEMBERS_MAX ||
            decoder.to() >= Membership.MEMBERS_MAX || decoder.standing() < Introduction.BLANK || decoder.standing() > Introduction.MEMBER) {
            return false;
        }
        final String endpoint = name(decoder.from(), buffer, offset + nameAt, nameLength);
        if (null == endpoint) {
            return false;
        }
        introduction.clusterId = decoder.clusterId();
        introduction.incarnation = decoder.incarnation();
        introduction.listHash = decoder.listHash();
        introduction.from = decoder.from();
        introduction.to = decoder.to();
        introduction.standing = decoder.standing();
        introduction.endpoint = endpoint;
        return true;
    }

    private boolean isChecksumGood(final DirectBuffer buffer, final int offset, final int length) {
        final int found = buffer.getInt(offset + CHECKSUM_OFFSET, LITTLE_ENDIAN);
        scratch.putBytes(0, buffer, offset, length);
        scratch.putInt(CHECKSUM_OFFSET, 0);
        return Crc32c.compute(scratch, 0, length) == found;
    }

    private String name(final int from, final DirectBuffer buffer, final int offset, final int length) {
        final String last = names[from];
        if (null == last || !isSame(last, buffer, offset, length)) {
            final byte[] name = new byte[length];
            buffer.getBytes(offset, name);
            names[from] = Endpoints.decode(name);
        }
        return names[from];
    }

    /** A name outside of ASCII is made anew each time, which costs a little and harms nobody. */
    private static boolean isSame(final String text, final DirectBuffer buffer, final int offset, final int length) {
        if (text.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (text.charAt(i) != buffer.getByte(offset + i)) {
                return false;
            }
        }
        return true;
    }
}
