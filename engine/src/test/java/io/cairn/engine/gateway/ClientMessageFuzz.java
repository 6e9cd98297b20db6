package io.cairn.engine.gateway;

import io.cairn.engine.codec.client.ClientMessageEncoder;
import io.cairn.engine.codec.client.MessageHeaderDecoder;
import io.cairn.engine.client.SharedSecret;
import io.cairn.engine.fuzz.FuzzTarget;
import io.cairn.engine.fuzz.Guarded;
import io.cairn.engine.pipeline.IngressDescriptor;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import io.cairn.wal.layout.Crc32c;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Messages between clients and members, and what their bodies hold: requests, replies, who the members are, the exchange that proves a secret. First
 * byte: 1 seals the checksum.
 */
public final class ClientMessageFuzz implements FuzzTarget {
    private static final int CHECKSUM_OFFSET = MessageHeaderDecoder.ENCODED_LENGTH + ClientMessageEncoder.checksumEncodingOffset();
    private static final int REST_OFFSET = CHECKSUM_OFFSET + Integer.BYTES;

    private final ClientCodec codec = new ClientCodec();
    private final Guarded guarded = new Guarded();
    private final ClientMessage message = new ClientMessage();
    private final UnsafeBuffer encoded = new UnsafeBuffer(BufferUtil.allocateDirectAligned(1 << 17, 64));
    private final SharedSecret secret = new SharedSecret("a secret that nobody knows".getBytes(StandardCharsets.US_ASCII));
    private final byte[] hello = secret.hello();
    private final byte[] challenge = secret.challenge();

    /** For one thread. */
    public ClientMessageFuzz() {
    }

    @Override
    public List<byte[]> seeds() {
        final List<byte[]> seeds = new ArrayList<>();
        for (int type = ClientMessage.CONNECT; type <= ClientMessage.ADMIN_REPLY; type++) {
            final byte[] body = switch (type) {
                case ClientMessage.CONNECTED, ClientMessage.CLOSED -> ConnectionBody.encode(
                    "why".getBytes(StandardCharsets.US_ASCII), ClusterConfiguration.of(Membership.of(0, 1, 2)).withEndpoint(1, "h:20000"));
                case ClientMessage.REQUESTS -> requests();
                case ClientMessage.REPLIES -> replies();
                case ClientMessage.HEARTBEAT -> new byte[0];
                default -> new byte[] {1, 2, 3, 4, 5};
            };
            message.reset(type, 12_345);
            message.clusterId = 99;
            message.context = type;
            message.inFlightMax = 64;
            message.requestBytesMax = 4096;
            codec.encode(message, new UnsafeBuffer(body), 0, body.length, encoded, 0);
            encoded.putBytes(ClientCodec.PREFIX_LENGTH, body);
            final byte[] seed = new byte[1 + ClientCodec.PREFIX_LENGTH + body.length];
            encoded.getBytes(0, seed, 1, seed.length - 1);
            seeds.add(seed);
        }
        return seeds;
    }

    private static byte[] requests() {
        final UnsafeBuffer body = new UnsafeBuffer(new byte[RequestEntry.alignedLength(5) + RequestEntry.alignedLength(0)]);
        RequestEntry.encodeHeader(body, 0, 7, 8, 5, IngressDescriptor.FLAG_SESSION, IngressDescriptor.COMMAND);
        RequestEntry.encodeHeader(body, RequestEntry.alignedLength(5), 9, 0, 0, 0, IngressDescriptor.QUERY);
        return body.byteArray();
    }

    private static byte[] replies() {
        final UnsafeBuffer body = new UnsafeBuffer(new byte[ReplyEntry.alignedLength(3) + ReplyEntry.alignedLength(0)]);
        final UnsafeBuffer reply = new UnsafeBuffer(new byte[ReplyEntry.HEADER_LENGTH + 3]);
        ReplyEntry.copy(body, 0, reply, 0, ReplyEntry.HEADER_LENGTH + 3);
        ReplyEntry.copy(body, ReplyEntry.alignedLength(3), reply, 0, ReplyEntry.HEADER_LENGTH);
        return body.byteArray();
    }

    @Override
    public boolean isChecksummed() {
        return true;
    }

    @Override
    public Object meaning(final byte[] input) {
        return decode(input, 0);
    }

    @Override
    public void accept(final byte[] input) {
        final Object meaning = decode(input, 0);
        assertEquals(meaning, decode(input, 0xFF), "what stands behind a message counts");
        if (null != meaning) {
            final UnsafeBuffer body = new UnsafeBuffer(bytes(message.body));
            codec.encode(message, body, 0, body.capacity(), encoded, 0);
            encoded.putBytes(ClientCodec.PREFIX_LENGTH, body, 0, body.capacity());
            assertTrue(codec.decode(encoded, 0, ClientCodec.PREFIX_LENGTH + body.capacity(), message));
            assertEquals(meaning, describe());
        }
    }

    private Object decode(final byte[] input, final int guard) {
        final UnsafeBuffer buffer = guarded.wrap(input, 1, guard);
        final int length = buffer.capacity() - Guarded.OFFSET;
        if (0 != input.length && 0 != (input[0] & 1) && length >= ClientCodec.PREFIX_LENGTH) {
            final int blockLength = buffer.getShort(Guarded.OFFSET, LITTLE_ENDIAN) & 0xFFFF;
            final int lengthAt = MessageHeaderDecoder.ENCODED_LENGTH + blockLength;
            if (lengthAt >= REST_OFFSET && lengthAt + Integer.BYTES <= length) {
                buffer.putInt(Guarded.OFFSET + lengthAt, length - lengthAt - Integer.BYTES, LITTLE_ENDIAN);
            }
            final int crc = Crc32c.update(
                Crc32c.compute(buffer, Guarded.OFFSET, CHECKSUM_OFFSET), buffer, Guarded.OFFSET + REST_OFFSET, length - REST_OFFSET);
            buffer.putInt(Guarded.OFFSET + CHECKSUM_OFFSET, crc, LITTLE_ENDIAN);
        }
        return codec.decode(buffer, Guarded.OFFSET, length, message) ? describe() : null;
    }

    private String describe() {
        final StringBuilder text = new StringBuilder();
        text.append(message.type).append(' ').append(message.clusterId).append(' ').append(message.connectionId).append(' ')
            .append(message.context).append(' ').append(message.leaderId).append(' ').append(message.memberId).append(' ')
            .append(message.responseStream).append(' ').append(message.responsePort).append(' ').append(message.status).append(' ')
            .append(message.inFlightMax).append(' ').append(message.requestBytesMax).append(' ').append(message.flags).append(' ')
            .append(Arrays.hashCode(bytes(message.body)));
        switch (message.type) {
            case ClientMessage.REQUESTS -> text.append(walkRequests(message.body));
            case ClientMessage.REPLIES -> text.append(walkReplies(message.body));
            case ClientMessage.CONNECTED, ClientMessage.CLOSED -> text.append(connection(message.body));
            case ClientMessage.ANSWER -> assertFalse(secret.isAnswerGood(hello, challenge, bytes(message.body)), "an answer was guessed");
            case ClientMessage.CHALLENGE -> assertEquals(32, secret.answer(hello, bytes(message.body)).length);
            default -> {
                // Bytes of others.
            }
        }
        return text.toString();
    }

    private static int walkRequests(final DirectBuffer body) {
        int at = 0;
        int hash = 0;
        while (at < body.capacity() && RequestEntry.isWhole(body, at)) {
            final int length = RequestEntry.length(body, at);
            hash = 31 * hash + Crc32c.compute(body, at + RequestEntry.HEADER_LENGTH, length) + RequestEntry.flags(body, at) +
                RequestEntry.type(body, at) + RequestEntry.payloadCrc(body, at) + (int)RequestEntry.correlationId(body, at);
            at += RequestEntry.alignedLength(length);
        }
        return hash;
    }

    private static int walkReplies(final DirectBuffer body) {
        int at = 0;
        int hash = 0;
        while (at < body.capacity() && ReplyEntry.isWhole(body, at)) {
            final int length = ReplyEntry.length(body, at);
            hash = 31 * hash + Crc32c.compute(body, at + ReplyEntry.HEADER_LENGTH, length);
            at += ReplyEntry.alignedLength(length);
        }
        return hash;
    }

    private String connection(final DirectBuffer body) {
        final byte[] first = ConnectionBody.first(body);
        assertFalse(secret.isProofGood(hello, challenge, first), "a proof was guessed");
        final Map<Integer, String> members = ConnectionBody.members(body);
        return first.length + " " + members;
    }

    private static byte[] bytes(final DirectBuffer body) {
        final byte[] bytes = new byte[body.capacity()];
        body.getBytes(0, bytes);
        return bytes;
    }
}
