package io.cairn.engine.transport;

import io.cairn.engine.codec.MessageHeaderDecoder;
import io.cairn.engine.codec.RaftMessageEncoder;
import io.cairn.engine.fuzz.FuzzTarget;
import io.cairn.engine.fuzz.Guarded;
import io.cairn.engine.raft.Message;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Messages between members. First byte: 1 seals the checksum of the message before it is decoded, 2 those of its records, so that what stands behind
 * the checksums is reached.
 */
public final class MessageFuzz implements FuzzTarget {
    private static final long CLUSTER = 99;
    private static final String DAMAGED = " damaged";
    private static final int SEALS_MESSAGE = 1;
    private static final int SEALS_RECORDS = 2;
    private static final int CHECKSUM_OFFSET = MessageHeaderDecoder.ENCODED_LENGTH + RaftMessageEncoder.checksumEncodingOffset();
    private static final int SEGMENT_OFFSET = MessageHeaderDecoder.ENCODED_LENGTH + RaftMessageEncoder.segmentIdEncodingOffset();

    private final MessageCodec codec = new MessageCodec(CLUSTER);
    private final Guarded guarded = new Guarded();
    private final Message message = new Message();
    private final Message again = new Message();
    private final RecordRun records = new RecordRun();
    private final RecordRun recordsAgain = new RecordRun();
    private final UnsafeBuffer encoded = new UnsafeBuffer(BufferUtil.allocateDirectAligned(1 << 17, 64));

    /** For one thread. */
    public MessageFuzz() {
    }

    @Override
    public List<byte[]> seeds() {
        final List<byte[]> seeds = new ArrayList<>();
        final Random random = new Random(1);
        for (int type = Message.PRE_VOTE; type <= Message.FETCH_RESPONSE; type++) {
            final Message made = new Message();
            made.type = type;
            made.from = random.nextInt(7);
            made.to = random.nextInt(7);
            made.fromIncarnation = random.nextLong();
            made.term = random.nextInt(1 << 20);
            made.logIndex = 10;
            made.logTerm = random.nextInt(1 << 20);
            made.commitIndex = random.nextInt(1 << 20);
            made.context = Message.FETCH_RESPONSE == type ? 1 : random.nextInt(1 << 20);
            made.flag = random.nextBoolean();
            final RecordRun run = Message.APPEND == type ? new Records().add(11, 3, 0).add(12, 3, 13).add(13, 4, 64).run() :
                Message.FETCH_RESPONSE == type ? new Records().add(10, 3, 5).run() : new RecordRun().empty();
            codec.encodePrefix(made, run, encoded, 1);
            encoded.putBytes(1 + MessageCodec.PREFIX_LENGTH, run.buffer(), 0, run.length());
            final byte[] seed = new byte[1 + MessageCodec.PREFIX_LENGTH + run.length()];
            encoded.getBytes(1, seed, 1, seed.length - 1);
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
        final String meaning = decode(input, 0);
        // Whose payload does not match its checksum is not taken into a log.
        return null == meaning || meaning.endsWith(DAMAGED) ? null : meaning;
    }

    @Override
    public void accept(final byte[] input) {
        final Object meaning = decode(input, 0);
        assertEquals(meaning, decode(input, 0xFF), "what stands behind a message counts");
        if (null != meaning) {
            codec.encodePrefix(message, records, encoded, 0);
            encoded.putBytes(MessageCodec.PREFIX_LENGTH, records.buffer(), 0, records.length());
            assertTrue(codec.decode(encoded, 0, MessageCodec.PREFIX_LENGTH + records.length(), again, recordsAgain));
            assertEquals(describe(message, records), describe(again, recordsAgain));
        }
    }

    private String decode(final byte[] input, final int guard) {
        final UnsafeBuffer buffer = guarded.wrap(input, 1, guard);
        final int length = buffer.capacity() - Guarded.OFFSET;
        final int mode = 0 == input.length ? 0 : input[0];
        final int blockLength = length < 2 ? 0 : buffer.getShort(Guarded.OFFSET, LITTLE_ENDIAN) & 0xFFFF;
        final int prefixLength = MessageHeaderDecoder.ENCODED_LENGTH + blockLength + RaftMessageEncoder.recordsHeaderLength();
        if (0 != (mode & SEALS_RECORDS) && prefixLength >= MessageCodec.PREFIX_LENGTH && prefixLength <= length) {
            sealRecords(buffer, Guarded.OFFSET + prefixLength, buffer.getLong(Guarded.OFFSET + SEGMENT_OFFSET, LITTLE_ENDIAN));
        }
        if (0 != (mode & SEALS_MESSAGE) && prefixLength >= MessageCodec.PREFIX_LENGTH && prefixLength <= length) {
            buffer.putInt(Guarded.OFFSET + prefixLength - RaftMessageEncoder.recordsHeaderLength(), length - prefixLength, LITTLE_ENDIAN);
            buffer.putInt(Guarded.OFFSET + CHECKSUM_OFFSET, 0, LITTLE_ENDIAN);
            buffer.putInt(Guarded.OFFSET + CHECKSUM_OFFSET, Crc32c.compute(buffer, Guarded.OFFSET, prefixLength), LITTLE_ENDIAN);
        }
        return codec.decode(buffer, Guarded.OFFSET, length, message, records) ? describe(message, records) : null;
    }

    private static void sealRecords(final UnsafeBuffer buffer, final int from, final long segmentId) {
        int at = from;
        int chain = 0;
        while (buffer.capacity() - at >= RecordDescriptor.HEADER_LENGTH &&
            RecordDescriptor.isLengthPossible(buffer.getInt(at), buffer.capacity() - at)) {
            if (at > from) {
                buffer.putInt(at + RecordDescriptor.PREV_CHAIN_OFFSET, chain);
            }
            chain = RecordDescriptor.chain(buffer.getInt(at + RecordDescriptor.PREV_CHAIN_OFFSET), buffer.addressOffset() + at);
            buffer.putInt(at + RecordDescriptor.CHAIN_OFFSET,
                chain ^ Crc32c.finish(Crc32c.stateOf(segmentId), buffer.getInt(at + RecordDescriptor.FLOOR_LAG_OFFSET)));
            at += RecordDescriptor.alignedLength(buffer.getInt(at) - RecordDescriptor.HEADER_LENGTH);
        }
    }

    private static String describe(final Message message, final RecordRun records) {
        final StringBuilder text = new StringBuilder(message.toString());
        text.append(' ').append(message.fromIncarnation).append(' ').append(message.context).append(' ').append(message.flag);
        boolean isDamaged = false;
        for (int i = 0; i < records.count(); i++) {
            final int at = records.seek(i);
            final int length = records.buffer().getInt(at);
            final long address = records.buffer().addressOffset() + at;
            final byte[] record = new byte[RecordDescriptor.CHAINED_LENGTH];
            records.buffer().getBytes(at, record);
            text.append(' ').append(records.term(i)).append(' ').append(records.chainAt(at)).append(' ').append(length).append(' ')
                .append(java.util.Arrays.hashCode(record));
            isDamaged |= !RecordDescriptor.isPayloadValid(address);
        }
        return text.append(isDamaged ? DAMAGED : "").toString();
    }
}
