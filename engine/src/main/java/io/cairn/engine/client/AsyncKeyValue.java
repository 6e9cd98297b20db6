package io.cairn.engine.client;

import io.cairn.fsm.Bytes;
import io.cairn.fsm.ScanRange;
import org.agrona.DirectBuffer;

/**
 * The allocation-free way to the key-value machine: requests return at once with a correlation id, answers come to a {@link ReplyHandler}
 * when the caller polls. Requests of one client take effect in the order in which they were made, and a query sees every command made
 * before it.
 *
 * <p>Every request returns a correlation id ≥ 0, or a negative {@link ReplyStatus}: {@link ReplyStatus#BACK_PRESSURED} when the ring or this
 * client's window is full (poll, then try again), {@link ReplyStatus#CLOSED}, or what is wrong with the request. Nothing was done then.
 *
 * <p>Owner thread: one at a time. Keys and values are ranges of buffers, on or off the heap; they are copied before the call returns.
 * Table 0 is the default table.
 */
public interface AsyncKeyValue extends AutoCloseable {
    /** The default table. */
    int DEFAULT_TABLE = 0;

    /**
     * Set a key.
     *
     * @param tableId     table.
     * @param key         buffer of the key.
     * @param keyOffset   of the key.
     * @param keyLength   in bytes, 1 to 1,024.
     * @param value       buffer of the value.
     * @param valueOffset of the value.
     * @param valueLength in bytes.
     * @return correlation id, or a negative status.
     */
    long put(int tableId, DirectBuffer key, int keyOffset, int keyLength, DirectBuffer value, int valueOffset, int valueLength);

    /**
     * Read a key, linearizably. The body of the answer holds the value ({@code KeyValueReplies.value}); {@code NOT_FOUND} when it is not there.
     *
     * @param tableId   table.
     * @param key       buffer of the key.
     * @param keyOffset of the key.
     * @param keyLength in bytes.
     * @return correlation id, or a negative status.
     */
    long get(int tableId, DirectBuffer key, int keyOffset, int keyLength);

    /**
     * Delete a key.
     *
     * @param tableId   table.
     * @param key       buffer of the key.
     * @param keyOffset of the key.
     * @param keyLength in bytes.
     * @return correlation id, or a negative status.
     */
    long delete(int tableId, DirectBuffer key, int keyOffset, int keyLength);

    /**
     * Set a key, with a time to live where one is wanted.
     *
     * @param tableId table.
     * @param key     of 1 to 1,024 bytes.
     * @param value   bytes.
     * @param ttlMs   milliseconds of log time until it expires; 0: never.
     * @return correlation id, or a negative status.
     */
    long put(int tableId, Bytes key, Bytes value, long ttlMs);

    /**
     * Set a key unless it is there; {@code NOT_MATCHED} when it is.
     *
     * @param tableId table.
     * @param key     of 1 to 1,024 bytes.
     * @param value   bytes.
     * @param ttlMs   milliseconds of log time until it expires; 0: never.
     * @return correlation id, or a negative status.
     */
    long putIfAbsent(int tableId, Bytes key, Bytes value, long ttlMs);

    /**
     * Set a key that is there with the expected value; {@code NOT_MATCHED} when it is absent or has another one.
     *
     * @param tableId  table.
     * @param key      bytes.
     * @param expected value it must have.
     * @param value    new value.
     * @param ttlMs    milliseconds of log time until it expires; 0: never.
     * @return correlation id, or a negative status.
     */
    long compareAndSet(int tableId, Bytes key, Bytes expected, Bytes value, long ttlMs);

    /**
     * Add to a decimal 64-bit integer; the body of the answer is the sum ({@code KeyValueReplies.number}).
     *
     * @param tableId   table.
     * @param key       buffer of the key.
     * @param keyOffset of the key.
     * @param keyLength in bytes.
     * @param delta     to add.
     * @return correlation id, or a negative status.
     */
    long increment(int tableId, DirectBuffer key, int keyOffset, int keyLength, long delta);

    /**
     * Delete keys of a range; the body of the answer says how many, and whether there are more ({@code KeyValueReplies.removed}).
     *
     * @param tableId table.
     * @param from    smallest key, inclusive; empty: from the first.
     * @param to      largest key, exclusive; empty: through the last.
     * @param keysMax most keys to remove, in ascending order; 0: all.
     * @return correlation id, or a negative status.
     */
    long deleteRange(int tableId, Bytes from, Bytes to, int keysMax);

    /**
     * Read keys and values in order; the body of the answer is rows ({@code KeyValueReplies.nextRow}), as many as it holds.
     *
     * @param tableId table.
     * @param range   bounds, direction, limits; read before the call returns.
     * @return correlation id, or a negative status.
     */
    long scan(int tableId, ScanRange range);

    /**
     * Write a batch, all of it or nothing; {@code NOT_MATCHED} when a condition did not hold ({@code KeyValueReplies.failedCondition}).
     *
     * @param batch copied before the call returns.
     * @return correlation id, or a negative status.
     */
    default long write(final WriteBatch batch) {
        return command(batch.buffer(), 0, batch.lengthBytes());
    }

    /**
     * Create a named table, or learn its id; the body of the answer is the id ({@code KeyValueReplies.tableId}).
     *
     * @param name of 1 to 64 printable ASCII characters, not beginning with {@code $}.
     * @return correlation id, or a negative status.
     */
    long createTable(Bytes name);

    /**
     * Remove a named table and its keys; {@code NOT_FOUND} when it is not there.
     *
     * @param name of the table.
     * @return correlation id, or a negative status.
     */
    long dropTable(Bytes name);

    /**
     * Learn the id of a named table ({@code KeyValueReplies.tableId}); {@code NOT_FOUND} when it is not there.
     *
     * @param name of the table.
     * @return correlation id, or a negative status.
     */
    long tableByName(Bytes name);

    /**
     * List the tables; the body of the answer is rows of names ({@code KeyValueReplies.rowTableId}).
     *
     * @return correlation id, or a negative status.
     */
    long listTables();

    /**
     * Any command of the state machine, encoded by the caller (for the key-value machine with {@code io.cairn.fsm.KeyValueCommands}).
     *
     * @param command buffer of the command.
     * @param offset  of the command.
     * @param length  in bytes.
     * @return correlation id, or a negative status.
     */
    long command(DirectBuffer command, int offset, int length);

    /**
     * Any query of the state machine, encoded by the caller.
     *
     * @param query  buffer of the query.
     * @param offset of the query.
     * @param length in bytes.
     * @return correlation id, or a negative status.
     */
    long query(DirectBuffer query, int offset, int length);

    /**
     * Take answers that have arrived. In invoker mode this also does the engine's work. Once the engine is closed or has failed, whatever it
     * did not answer any more is answered {@link ReplyStatus#UNKNOWN}: every request gets exactly one answer.
     *
     * @param handler takes them.
     * @param limit   most answers to take.
     * @return number of answers taken.
     */
    int poll(ReplyHandler handler, int limit);

    /** @return requests without an answer yet. */
    int inFlight();

    /** Leave. Requests in flight take effect or not; their answers are dropped. */
    @Override
    void close();
}
