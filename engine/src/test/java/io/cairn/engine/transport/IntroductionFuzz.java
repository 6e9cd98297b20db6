package io.cairn.engine.transport;

import io.cairn.engine.bootstrap.Introduction;
import io.cairn.engine.codec.IntroductionMessageEncoder;
import io.cairn.engine.codec.MessageHeaderDecoder;
import io.cairn.engine.fuzz.FuzzTarget;
import io.cairn.engine.fuzz.Guarded;
import io.cairn.wal.layout.Crc32c;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Introductions of members that do not know each other yet. First byte: 1 seals the checksum.
 */
public final class IntroductionFuzz implements FuzzTarget {
    private static final int CHECKSUM_OFFSET = MessageHeaderDecoder.ENCODED_LENGTH + IntroductionMessageEncoder.checksumEncodingOffset();

    private final IntroductionCodec codec = new IntroductionCodec();
    private final IntroductionCodec other = new IntroductionCodec();
    private final Guarded guarded = new Guarded();
    private final Introduction introduction = new Introduction();
    private final Introduction again = new Introduction();

    /** For one thread. */
    public IntroductionFuzz() {
    }

    @Override
    public List<byte[]> seeds() {
        final List<byte[]> seeds = new ArrayList<>();
        for (final String endpoint : List.of("", "127.0.0.1:20000", "[::1]:9", "höst.example:65525", "h".repeat(250) + ":12345")) {
            final Introduction made = new Introduction();
            made.from = seeds.size();
            made.to = 3;
            made.standing = Introduction.BLANK + seeds.size() % 3;
            made.incarnation = 77 * seeds.size();
            made.clusterId = 99;
            made.listHash = -5;
            made.endpoint = endpoint;
            final int length = codec.encode(made);
            final byte[] seed = new byte[1 + length];
            codec.encoded().getBytes(0, seed, 1, length);
            seeds.add(seed);
        }
        return seeds;
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
        assertEquals(meaning, decode(input, 0xFF), "what stands behind an introduction counts");
        if (null != meaning) {
            final int length = other.encode(introduction);
            assertTrue(codec.isIntroduction(other.encoded(), 0, length));
            assertTrue(codec.decode(other.encoded(), 0, length, again));
            assertEquals(describe(introduction), describe(again));
        }
    }

    private Object decode(final byte[] input, final int guard) {
        final UnsafeBuffer buffer = guarded.wrap(input, 1, guard);
        final int length = buffer.capacity() - Guarded.OFFSET;
        if (0 != input.length && 0 != (input[0] & 1) && length >= CHECKSUM_OFFSET + Integer.BYTES) {
            buffer.putInt(Guarded.OFFSET + CHECKSUM_OFFSET, 0, LITTLE_ENDIAN);
            buffer.putInt(Guarded.OFFSET + CHECKSUM_OFFSET, Crc32c.compute(buffer, Guarded.OFFSET, length), LITTLE_ENDIAN);
        }
        return codec.isIntroduction(buffer, Guarded.OFFSET, length) && codec.decode(buffer, Guarded.OFFSET, length, introduction) ?
            describe(introduction) : null;
    }

    private static String describe(final Introduction introduction) {
        return introduction + " " + introduction.listHash;
    }
}
