package io.cairn.engine.client;

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
     * Read a key, linearizably. The body of the answer is the value; {@code NOT_FOUND} when it is not there.
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
     * Take answers that have arrived. In invoker mode this also does the engine's work.
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
