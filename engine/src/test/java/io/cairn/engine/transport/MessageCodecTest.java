package io.cairn.engine.transport;

import io.cairn.engine.raft.Message;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class MessageCodecTest {
    private static final long CLUSTER = 99;

    private final MessageCodec codec = new MessageCodec(CLUSTER);
    private final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(8192, 64));
    private final Message decoded = new Message();
    private final RecordRun records = new RecordRun();

    @Test
    void shouldGiveBackEveryField() {
        final Random random = new Random(3);
        for (int type = Message.PRE_VOTE; type <= Message.TIMEOUT_NOW; type++) {
            final Message message = message(type, random);
            final int length = encode(message, new RecordRun().empty());
            assertTrue(codec.decode(buffer, 0, length, decoded, records));
            assertEquals(message.toString(), decoded.toString());
            assertEquals(message.fromIncarnation, decoded.fromIncarnation);
            assertEquals(0, records.count());
        }
    }

    @Test
    void shouldGiveBackRecords() {
        final Message message = message(Message.APPEND, new Random(4));
        message.logIndex = 10;
        final int length = encode(message, new Records().add(11, 3, 0).add(12, 3, 13).add(13, 4, 64).run());
        assertTrue(codec.decode(buffer, 0, length, decoded, records));
        assertEquals(3, records.count());
        assertEquals(4, records.term(2));
        assertEquals(3, records.term(0));
        assertEquals(3, records.term(1));
    }

    /** Payloads have a checksum of their own, verified where they are appended; every other bit is caught here. */
    @Test
    void shouldDropAMessageWithAnyBitFlipped() {
        final Message message = message(Message.APPEND, new Random(5));
        message.logIndex = 10;
        final int length = encode(message, new Records().add(11, 3, 0).add(12, 3, 0).run());
        for (int bit = 0; bit < length * 8; bit++) {
            buffer.putByte(bit / 8, (byte)(buffer.getByte(bit / 8) ^ 1 << bit % 8));
            final int at = bit;
            assertFalse(codec.decode(buffer, 0, length, decoded, records), () -> "bit " + at % 8 + " of byte " + at / 8);
            buffer.putByte(bit / 8, (byte)(buffer.getByte(bit / 8) ^ 1 << bit % 8));
        }
        assertTrue(codec.decode(buffer, 0, length, decoded, records));
    }

    @Test
    void shouldDropAMessageCutShortOrLengthened() {
        final Message message = message(Message.APPEND, new Random(6));
        message.logIndex = 10;
        final int length = encode(message, new Records().add(11, 3, 5).run());
        for (int cut = 0; cut < length; cut++) {
            assertFalse(codec.decode(buffer, 0, cut, decoded, records));
        }
        assertFalse(codec.decode(buffer, 0, length + 8, decoded, records));
    }

    @Test
    void shouldDropWhatIsOfAnotherCluster() {
        final int length = encode(message(Message.VOTE, new Random(7)), new RecordRun().empty());
        final MessageCodec other = new MessageCodec(CLUSTER + 1);
        assertFalse(other.decode(buffer, 0, length, decoded, records));
        assertEquals(1, other.foreignCount());
        assertEquals(0, other.malformedCount());
    }

    @Test
    void shouldDropRecordsThatDoNotFollow() {
        final Message message = message(Message.APPEND, new Random(8));
        message.logIndex = 10;
        final int skipped = encode(message, new Records().add(11, 3, 0).add(13, 3, 0).run());
        assertFalse(codec.decode(buffer, 0, skipped, decoded, records), "an index skips");
        final int late = encode(message, new Records().add(12, 3, 0).run());
        assertFalse(codec.decode(buffer, 0, late, decoded, records), "the first is not the one after the previous entry");
        message.type = Message.VOTE;
        final int vote = encode(message, new Records().add(11, 3, 0).run());
        assertFalse(codec.decode(buffer, 0, vote, decoded, records), "a vote brings no records");
        assertEquals(3, codec.malformedCount());
    }

    @Test
    void shouldTakeNoiseForWhatItIs() {
        final Random random = new Random(9);
        for (int i = 0; i < 100_000; i++) {
            final int length = random.nextInt(400);
            for (int at = 0; at < length; at++) {
                buffer.putByte(at, (byte)random.nextInt(random.nextBoolean() ? 256 : 4));
            }
            assertFalse(codec.decode(buffer, 0, length, decoded, records));
        }
    }

    private int encode(final Message message, final RecordRun run) {
        codec.encodePrefix(message, run, buffer, 0);
        buffer.putBytes(MessageCodec.PREFIX_LENGTH, run.buffer(), 0, run.length());
        return MessageCodec.PREFIX_LENGTH + run.length();
    }

    private static Message message(final int type, final Random random) {
        final Message message = new Message();
        message.type = type;
        message.from = random.nextInt(32);
        message.to = random.nextInt(32);
        message.fromIncarnation = random.nextLong();
        message.term = random.nextLong() >>> 1;
        message.logIndex = random.nextLong() >>> 1;
        message.logTerm = random.nextLong() >>> 1;
        message.commitIndex = random.nextLong() >>> 1;
        message.context = random.nextLong() >>> 1;
        message.flag = random.nextBoolean();
        return message;
    }
}
