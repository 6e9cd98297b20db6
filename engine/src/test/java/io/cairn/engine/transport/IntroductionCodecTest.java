package io.cairn.engine.transport;

import io.cairn.engine.bootstrap.Introduction;
import io.cairn.engine.codec.IntroductionMessageEncoder;
import io.cairn.engine.codec.MessageHeaderEncoder;
import io.cairn.wal.layout.Crc32c;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class IntroductionCodecTest {
    private static final int AT = 16;

    private final IntroductionCodec codec = new IntroductionCodec();
    private final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(1024, 64));
    private final Introduction in = new Introduction();

    private int encoded() {
        final Introduction out = new Introduction();
        out.from = 2;
        out.to = 31;
        out.standing = Introduction.FOUNDING;
        out.incarnation = -5;
        out.clusterId = 77;
        out.listHash = Long.MIN_VALUE;
        out.endpoint = "höst.example:2000";
        final int length = codec.encode(out);
        buffer.putBytes(AT, codec.encoded(), 0, length);
        return length;
    }

    @Test
    void shouldGiveBackWhatWasSaid() {
        final int length = encoded();
        assertTrue(codec.isIntroduction(buffer, AT, length));
        assertTrue(codec.decode(buffer, AT, length, in));
        assertEquals(2, in.from);
        assertEquals(31, in.to);
        assertEquals(Introduction.FOUNDING, in.standing);
        assertEquals(-5, in.incarnation);
        assertEquals(77, in.clusterId);
        assertEquals(Long.MIN_VALUE, in.listHash);
        assertEquals("höst.example:2000", in.endpoint);
    }

    @Test
    void shouldMakeNoNewNameOfOneThatItKnows() {
        final Introduction out = new Introduction();
        out.standing = Introduction.MEMBER;
        out.endpoint = "127.0.0.1:2000";
        final int length = codec.encode(out);
        buffer.putBytes(AT, codec.encoded(), 0, length);
        assertTrue(codec.decode(buffer, AT, length, in));
        final String first = in.endpoint;
        assertTrue(codec.decode(buffer, AT, length, in));
        assertSame(first, in.endpoint);
    }

    @Test
    void shouldRefuseEveryDamagedByteAndEveryOtherLength() {
        final int length = encoded();
        for (int i = 0; i < length; i++) {
            buffer.putByte(AT + i, (byte)(buffer.getByte(AT + i) ^ 0x40));
            assertFalse(codec.isIntroduction(buffer, AT, length) && codec.decode(buffer, AT, length, in), "byte " + i);
            buffer.putByte(AT + i, (byte)(buffer.getByte(AT + i) ^ 0x40));
        }
        for (int shorter = 0; shorter < length; shorter++) {
            assertFalse(codec.isIntroduction(buffer, AT, shorter) && codec.decode(buffer, AT, shorter, in), "length " + shorter);
        }
        assertFalse(codec.decode(buffer, AT, length + 1, in));
        assertTrue(codec.decode(buffer, AT, length, in));
    }

    @Test
    void shouldRefuseANameThatIsNoText() {
        final Introduction out = new Introduction();
        out.standing = Introduction.MEMBER;
        out.endpoint = "127.0.0.1:2000";
        final int length = codec.encode(out);
        buffer.putBytes(AT, codec.encoded(), 0, length);
        buffer.putByte(AT + length - 1, (byte)0xFF);
        final int checksumAt = AT + MessageHeaderEncoder.ENCODED_LENGTH + IntroductionMessageEncoder.checksumEncodingOffset();
        buffer.putInt(checksumAt, 0, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(checksumAt, Crc32c.compute(buffer, AT, length), ByteOrder.LITTLE_ENDIAN);
        assertFalse(codec.decode(buffer, AT, length, in));
    }
}
