package io.cairn.engine.fuzz;

import io.cairn.fsm.Bytes;
import io.cairn.fsm.KeyValueCommands;
import io.cairn.fsm.KeyValueReplies;
import io.cairn.fsm.MachineFixture;
import io.cairn.fsm.Reply;
import io.cairn.fsm.ScanRange;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Bodies of replies, as a client takes them apart: read within the reply, or refused with an {@link IndexOutOfBoundsException}, after no more rows
 * than the reply can hold. First byte: what was asked.
 */
public final class ReplyFuzz implements FuzzTarget {
    private static final int KINDS = 5;

    private final Guarded guarded = new Guarded();
    private final KeyValueReplies replies = new KeyValueReplies();
    private final Bytes bytes = new Bytes();

    /** For one thread. */
    public ReplyFuzz() {
    }

    @Override
    public List<byte[]> seeds() {
        final List<byte[]> seeds = new ArrayList<>();
        final KeyValueCommands commands = new KeyValueCommands();
        final UnsafeBuffer to = MachineFixture.buffer(1 << 12);
        final Reply reply = new Reply().wrap(MachineFixture.buffer(1 << 12), 0, 1 << 12);
        try (MachineFixture machine = new MachineFixture(512, 1 << 10)) {
            for (int i = 0; i < 4; i++) {
                final UnsafeBuffer key = new UnsafeBuffer(("key" + i).getBytes(StandardCharsets.US_ASCII));
                machine.apply(to, 0, commands.encodePut(to, 0, 0, key, 0, 4, key, 3, 1, i * 100L), reply);
            }
            final UnsafeBuffer key = new UnsafeBuffer("key1".getBytes(StandardCharsets.US_ASCII));
            machine.machine().query(to, 0, commands.encodeGet(to, 0, 0, key, 0, 4), 0, reply.reset());
            seeds.add(seed(0, reply));
            machine.machine().query(to, 0, commands.encodeScan(to, 0, 0, new ScanRange().rowsMax(3)), 0, reply.reset());
            seeds.add(seed(1, reply));
            machine.machine().query(to, 0, commands.encodeListTables(to, 0, 9), 0, reply.reset());
            seeds.add(seed(2, reply));
            machine.apply(to, 0, commands.encodeIncrement(to, 0, 0, key, 0, 4, 3), reply);
            seeds.add(seed(3, reply));
            machine.apply(to, 0, commands.encodeDeleteRange(to, 0, 0, key, 0, 0, key, 0, 0, 2), reply);
            seeds.add(seed(4, reply));
        }
        return seeds;
    }

    private static byte[] seed(final int kind, final Reply reply) {
        final byte[] seed = new byte[1 + reply.length()];
        seed[0] = (byte)kind;
        reply.buffer().getBytes(reply.offset(), seed, 1, reply.length());
        return seed;
    }

    @Override
    public void accept(final byte[] input) {
        final UnsafeBuffer buffer = guarded.wrap(input, 1, 0xFF);
        final int length = buffer.capacity() - Guarded.OFFSET;
        replies.wrap(buffer, Guarded.OFFSET, length);
        try {
            read(0 == input.length ? 0 : (input[0] & 0xFF) % KINDS, length);
        } catch (final IndexOutOfBoundsException refused) {
            // A length in it points behind its end.
            return;
        }
    }

    private void read(final int kind, final int length) {
        switch (kind) {
            case 0 -> {
                replies.expiryMs();
                replies.value(bytes).toArray();
            }
            case 1, 2 -> {
                int rows = 0;
                replies.hasMore();
                while (replies.nextRow()) {
                    rows++;
                    assertTrue(rows <= length / KeyValueReplies.ROW_HEADER, "more rows than the reply can hold");
                    assertTrue(replies.rowKey(bytes).toArray().length + replies.rowValue(bytes).toArray().length <= length);
                    replies.rowExpiryMs();
                    if (2 == kind) {
                        replies.rowTableId();
                    }
                }
            }
            case 3 -> replies.number();
            default -> {
                replies.removed();
                replies.removeHasMore();
            }
        }
    }
}
