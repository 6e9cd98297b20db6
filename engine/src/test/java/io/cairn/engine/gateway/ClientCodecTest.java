package io.cairn.engine.gateway;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What clients and members say survives the way as bytes, and nothing else is taken for it.
 */
final class ClientCodecTest {
    private static final int CAPACITY = 512;

    private final ClientCodec codec = new ClientCodec();
    private final ClientMessage message = new ClientMessage();
    private final ClientMessage decoded = new ClientMessage();
    private final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(CAPACITY, 64));
    private final UnsafeBuffer body = new UnsafeBuffer(BufferUtil.allocateDirectAligned(CAPACITY, 64));

    private int encode(final int bodyLength) {
        message.reset(ClientMessage.REQUESTS, 0x1122_3344_5566_7788L);
        message.clusterId = 42;
        message.context = 7;
        message.leaderId = 2;
        message.memberId = 1;
        message.responseStream = 1_234;
        message.responsePort = 4_321;
        message.status = CloseReason.FULL;
        message.inFlightMax = 100;
        message.requestBytesMax = 200;
        message.flags = ClientMessage.FLAG_ANY_MEMBER;
        for (int i = 0; i < bodyLength; i++) {
            body.putByte(i, (byte)(i * 7));
        }
        codec.encode(message, body, 0, bodyLength, buffer, 0);
        buffer.putBytes(ClientCodec.PREFIX_LENGTH, body, 0, bodyLength);
        return ClientCodec.PREFIX_LENGTH + bodyLength;
    }

    @Test
    void shouldBringEveryFieldOver() {
        final int length = encode(40);
        assertTrue(codec.decode(buffer, 0, length, decoded));
        assertEquals(ClientMessage.REQUESTS, decoded.type);
        assertEquals(0x1122_3344_5566_7788L, decoded.connectionId);
        assertEquals(42, decoded.clusterId);
        assertEquals(7, decoded.context);
        assertEquals(2, decoded.leaderId);
        assertEquals(1, decoded.memberId);
        assertEquals(1_234, decoded.responseStream);
        assertEquals(4_321, decoded.responsePort);
        assertEquals(CloseReason.FULL, decoded.status);
        assertEquals(100, decoded.inFlightMax);
        assertEquals(200, decoded.requestBytesMax);
        assertEquals(ClientMessage.FLAG_ANY_MEMBER, decoded.flags);
        assertEquals(40, decoded.body.capacity());
        assertEquals(0, decoded.body.compareTo(new UnsafeBuffer(body, 0, 40)));
    }

    @Test
    void shouldNoticeEveryBitThatChanges() {
        final int length = encode(64);
        for (int bit = 0; bit < length * 8; bit++) {
            final int at = bit / 8;
            buffer.putByte(at, (byte)(buffer.getByte(at) ^ 1 << bit % 8));
            assertFalse(codec.decode(buffer, 0, length, decoded), "bit " + bit);
            buffer.putByte(at, (byte)(buffer.getByte(at) ^ 1 << bit % 8));
        }
        assertEquals(length * 8L, codec.malformedCount());
    }

    @Test
    void shouldRefuseWhatIsCutShortOrLonger() {
        final int length = encode(64);
        for (int cut = 0; cut < length; cut++) {
            assertFalse(codec.decode(buffer, 0, cut, decoded), "cut to " + cut);
        }
        assertFalse(codec.decode(buffer, 0, length + 1, decoded));
    }

    /** Bytes of anyone: the last ones that it may look at are the last ones of the buffer, so that a look beyond would throw. */
    @Test
    void shouldNeverFailOnRandomBytes() {
        final Random random = new Random(1);
        final byte[] bytes = new byte[160];
        for (int i = 0; i < 300_000; i++) {
            final int length = random.nextInt(bytes.length);
            random.nextBytes(bytes);
            final UnsafeBuffer at = new UnsafeBuffer(buffer, CAPACITY - length, length);
            at.putBytes(0, bytes, 0, length);
            if (0 == i % 3 && length > 16) {
                // A header that looks right, so that more than that is looked at.
                encodeHeaderOnly(at);
            }
            assertFalse(codec.decode(at, 0, length, decoded));
            walk(at);
        }
    }

    private void encodeHeaderOnly(final UnsafeBuffer at) {
        at.putShort(0, (short)(ClientCodec.PREFIX_LENGTH - 12));
        at.putShort(2, (short)1);
        at.putShort(4, (short)201);
        at.putShort(6, (short)1);
    }

    private static void walk(final UnsafeBuffer entries) {
        int at = 0;
        while (at < entries.capacity() && RequestEntry.isWhole(entries, at)) {
            at += RequestEntry.alignedLength(RequestEntry.length(entries, at));
        }
        assertTrue(at <= entries.capacity());
        at = 0;
        while (at < entries.capacity() && ReplyEntry.isWhole(entries, at)) {
            at += ReplyEntry.alignedLength(ReplyEntry.length(entries, at));
        }
        assertTrue(at <= entries.capacity());
        ConnectionBody.first(entries);
        ConnectionBody.members(entries);
    }

    @Test
    void shouldNotTakeAnEntryThatClaimsMoreThanThereIs() {
        final UnsafeBuffer entry = new UnsafeBuffer(new byte[RequestEntry.alignedLength(16)]);
        RequestEntry.encodeHeader(entry, 0, 1, 2, 16, 0, 1);
        assertTrue(RequestEntry.isWhole(entry, 0));
        for (final int length : new int[] {17, 25, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, Integer.MAX_VALUE - 24}) {
            RequestEntry.encodeHeader(entry, 0, 1, 2, length, 0, 1);
            assertFalse(RequestEntry.isWhole(entry, 0), "length " + length);
        }
    }
}
