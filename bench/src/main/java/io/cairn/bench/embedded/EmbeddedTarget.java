package io.cairn.bench.embedded;

import io.cairn.bench.load.KeyBytes;
import io.cairn.bench.load.Operation;
import io.cairn.bench.load.Target;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.ReplyHandler;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.fsm.KeyValueBatch;
import io.cairn.fsm.KeyValueCommands;
import io.cairn.fsm.KeyValueReplies;
import io.cairn.fsm.ScanRange;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableDirectByteBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Drives the key-value machine of an embedded engine through its allocation-free client, and checks every answer: a get must return the value of its
 * key, with the right length; a scan must return rows.
 *
 * <p>Correlation ids are matched to slots through a table by their low bits; where the client's ids do not fit that table, it stops with an error and
 * never mixes answers up. Owned by the generator's thread.
 */
public final class EmbeddedTarget implements Target, ReplyHandler, AutoCloseable {
    private static final int ID_BITS = 20;
    private static final int ID_MASK = (1 << ID_BITS) - 1;
    private static final int SCAN_ROWS = 50;
    private static final long FREE = -1;

    private final AsyncKeyValue client;
    private final KeyBytes bytes;
    private final int keys;
    private final int batchSize;
    private final long[] idByLowBits = new long[1 << ID_BITS];
    private final int[] slotByLowBits = new int[1 << ID_BITS];
    private final byte[] operationBySlot;
    private final int[] keyBySlot;
    private final KeyValueReplies replies = new KeyValueReplies();
    private final KeyValueCommands commands = new KeyValueCommands();
    private final KeyValueBatch batch = new KeyValueBatch();
    private final ScanRange range = new ScanRange();
    private final UnsafeBuffer scanFrom;
    private final MutableDirectBuffer scratch = new ExpandableDirectByteBuffer(4096);

    private Completions completions;
    private long stamp;
    private int inserted;
    private int lastFailedStatus = ReplyStatus.OK;

    /**
     * Takes over a client.
     *
     * @param client      used by this target alone.
     * @param bytes       of keys and values.
     * @param keys        number of keys that are loaded; inserts go on behind them.
     * @param inFlightMax slots are below this.
     * @param batchSize   puts in one command; above 1 each put becomes an atomic batch.
     */
    public EmbeddedTarget(final AsyncKeyValue client, final KeyBytes bytes, final int keys, final int inFlightMax, final int batchSize) {
        this.client = client;
        this.bytes = bytes;
        this.keys = keys;
        this.batchSize = batchSize;
        operationBySlot = new byte[inFlightMax];
        keyBySlot = new int[inFlightMax];
        scanFrom = new UnsafeBuffer(new byte[bytes.keyBytes()]);
        Arrays.fill(idByLowBits, FREE);
    }

    @Override
    public int submit(final int operation, final int key, final int slot) {
        final long id = switch (operation) {
            case Operation.PUT -> batchSize > 1 ? putBatch(key) : put(key);
            case Operation.GET -> client.get(AsyncKeyValue.DEFAULT_TABLE, bytes.key(key), 0, bytes.keyBytes());
            case Operation.INSERT -> put(keys + inserted);
            case Operation.SCAN -> scan(key);
            default -> throw new IllegalArgumentException("unknown operation " + operation);
        };
        if (id < 0) {
            if (ReplyStatus.BACK_PRESSURED == id) {
                return BACK_PRESSURED;
            }
            throw new IllegalStateException("the engine refused: " + ReplyStatus.explain((int) id));
        }
        if (Operation.INSERT == operation) {
            inserted++;
        }
        final int low = (int) id & ID_MASK;
        if (FREE != idByLowBits[low]) {
            throw new IllegalStateException(
                "correlation ids " + id + " and " + idByLowBits[low] + " are in flight together and share their low bits");
        }
        idByLowBits[low] = id;
        slotByLowBits[low] = slot;
        operationBySlot[slot] = (byte) operation;
        keyBySlot[slot] = key;
        return ACCEPTED;
    }

    private long put(final int key) {
        return client.put(
            AsyncKeyValue.DEFAULT_TABLE, bytes.key(key), 0, bytes.keyBytes(), bytes.value(key, ++stamp), 0, bytes.valueBytes());
    }

    private long putBatch(final int key) {
        batch.begin(scratch, 0);
        for (int i = 0; i < batchSize; i++) {
            final int member = (int) ((key + (long) i * 7_919) % keys);
            batch.put(AsyncKeyValue.DEFAULT_TABLE, bytes.key(member), 0, bytes.keyBytes(), bytes.value(member, ++stamp), 0, bytes.valueBytes(), 0);
        }
        return client.command(scratch, 0, batch.length());
    }

    private long scan(final int key) {
        scanFrom.putBytes(0, bytes.key(key), 0, bytes.keyBytes());
        range.clear().rowsMax(SCAN_ROWS).from().wrap(scanFrom, 0, scanFrom.capacity());
        return client.query(scratch, 0, commands.encodeScan(scratch, 0, AsyncKeyValue.DEFAULT_TABLE, range));
    }

    @Override
    public int poll(final Completions handler, final int limit) {
        completions = handler;
        return client.poll(this, limit);
    }

    @Override
    public void onReply(
        final long correlationId, final int status, final long index, final DirectBuffer buffer, final int offset, final int length) {
        final int low = (int) correlationId & ID_MASK;
        if (idByLowBits[low] != correlationId) {
            throw new IllegalStateException("an answer to " + correlationId + ", which is not in flight");
        }
        idByLowBits[low] = FREE;
        final int slot = slotByLowBits[low];
        final boolean isRight = ReplyStatus.OK == status && isRight(slot, buffer, offset, length);
        if (!isRight) {
            lastFailedStatus = status;
        }
        completions.onCompletion(slot, isRight ? OK : FAILED);
    }

    private boolean isRight(final int slot, final DirectBuffer buffer, final int offset, final int length) {
        final int operation = operationBySlot[slot];
        if (Operation.GET == operation) {
            replies.wrap(buffer, offset, length);
            return replies.valueLength() == bytes.valueBytes()
                && buffer.getLong(replies.valueOffset(), ByteOrder.LITTLE_ENDIAN) == keyBySlot[slot];
        }
        return Operation.SCAN != operation || replies.wrap(buffer, offset, length).rows() > 0;
    }

    /**
     * Status of the last answer that was an error.
     *
     * @return a {@link ReplyStatus}; {@code OK} where the answer itself was wrong, or none was.
     */
    public int lastFailedStatus() {
        return lastFailedStatus;
    }

    /** Gives the client back. */
    @Override
    public void close() {
        client.close();
    }
}
