package io.cairn.engine.client;

import io.cairn.fsm.KeyValueBatch;
import io.cairn.fsm.Limits;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.time.Duration;

/**
 * Several writes that take effect together or not at all: first conditions, if any, then operations, in the order in which they were added.
 * Every condition is judged against the state before the batch. Built once, it may be written any number of times; {@link #clear()} begins
 * another one in the same memory.
 *
 * <pre>{@code
 * WriteBatch transfer = new WriteBatch()
 *     .ifEqual(from, "100".getBytes(UTF_8))
 *     .put(from, "70".getBytes(UTF_8))
 *     .put(to, "30".getBytes(UTF_8));
 * boolean done = store.write(transfer).isApplied();
 * }</pre>
 *
 * <p>Keys and values are copied when they are added. At most {@link Limits#BATCH_OPERATIONS_MAX} operations and as many conditions; the whole
 * batch must fit into one record of the log ({@code wal.record.max}). Methods without a table are about the default table. With buffers
 * instead of arrays, adding allocates nothing once the batch has grown to its size. One thread.
 */
public final class WriteBatch {
    private static final int INITIAL_BYTES = 512;
    private static final byte[] NOTHING = new byte[0];

    private final KeyValueBatch batch = new KeyValueBatch();
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(INITIAL_BYTES);
    private final UnsafeBuffer keyBuffer = new UnsafeBuffer(NOTHING);
    private final UnsafeBuffer valueBuffer = new UnsafeBuffer(NOTHING);
    private int conditions;
    private int operations;

    /** An empty batch. */
    public WriteBatch() {
        clear();
    }

    /**
     * Forgets everything that was added.
     *
     * @return this.
     */
    public WriteBatch clear() {
        batch.begin(buffer, 0);
        conditions = 0;
        operations = 0;
        return this;
    }

    /**
     * Demands that a key is not there.
     *
     * @param key bytes.
     * @return this.
     */
    public WriteBatch ifAbsent(final byte[] key) {
        return ifAbsent(AsyncKeyValue.DEFAULT_TABLE, key);
    }

    /**
     * Demands that a key is not there.
     *
     * @param tableId {@link KeyValueTable#id()}.
     * @param key     bytes.
     * @return this.
     */
    public WriteBatch ifAbsent(final int tableId, final byte[] key) {
        keyBuffer.wrap(key);
        batch.ifAbsent(tableId, keyBuffer, 0, key.length);
        return condition();
    }

    /**
     * Demands that a key is there.
     *
     * @param key bytes.
     * @return this.
     */
    public WriteBatch ifPresent(final byte[] key) {
        return ifPresent(AsyncKeyValue.DEFAULT_TABLE, key);
    }

    /**
     * Demands that a key is there.
     *
     * @param tableId {@link KeyValueTable#id()}.
     * @param key     bytes.
     * @return this.
     */
    public WriteBatch ifPresent(final int tableId, final byte[] key) {
        keyBuffer.wrap(key);
        batch.ifPresent(tableId, keyBuffer, 0, key.length);
        return condition();
    }

    /**
     * Demands that a key is there with a value.
     *
     * @param key      bytes.
     * @param expected value it must have.
     * @return this.
     */
    public WriteBatch ifEqual(final byte[] key, final byte[] expected) {
        return ifEqual(AsyncKeyValue.DEFAULT_TABLE, key, expected);
    }

    /**
     * Demands that a key is there with a value.
     *
     * @param tableId  {@link KeyValueTable#id()}.
     * @param key      bytes.
     * @param expected value it must have.
     * @return this.
     */
    public WriteBatch ifEqual(final int tableId, final byte[] key, final byte[] expected) {
        keyBuffer.wrap(key);
        valueBuffer.wrap(expected);
        batch.ifEqual(tableId, keyBuffer, 0, key.length, valueBuffer, 0, expected.length);
        return condition();
    }

    /**
     * Demands that a key is absent or has another value.
     *
     * @param key   bytes.
     * @param value that it must not have.
     * @return this.
     */
    public WriteBatch ifNotEqual(final byte[] key, final byte[] value) {
        return ifNotEqual(AsyncKeyValue.DEFAULT_TABLE, key, value);
    }

    /**
     * Demands that a key is absent or has another value.
     *
     * @param tableId {@link KeyValueTable#id()}.
     * @param key     bytes.
     * @param value   that it must not have.
     * @return this.
     */
    public WriteBatch ifNotEqual(final int tableId, final byte[] key, final byte[] value) {
        keyBuffer.wrap(key);
        valueBuffer.wrap(value);
        batch.ifNotEqual(tableId, keyBuffer, 0, key.length, valueBuffer, 0, value.length);
        return condition();
    }

    /**
     * Sets a key.
     *
     * @param key   bytes.
     * @param value bytes.
     * @return this.
     */
    public WriteBatch put(final byte[] key, final byte[] value) {
        return put(AsyncKeyValue.DEFAULT_TABLE, key, value, Duration.ZERO);
    }

    /**
     * Sets a key.
     *
     * @param tableId {@link KeyValueTable#id()}.
     * @param key     bytes.
     * @param value   bytes.
     * @return this.
     */
    public WriteBatch put(final int tableId, final byte[] key, final byte[] value) {
        return put(tableId, key, value, Duration.ZERO);
    }

    /**
     * Sets a key that expires.
     *
     * @param tableId    {@link KeyValueTable#id()}.
     * @param key        bytes.
     * @param value      bytes.
     * @param timeToLive of log time, whole milliseconds; {@link Duration#ZERO}: never.
     * @return this.
     */
    public WriteBatch put(final int tableId, final byte[] key, final byte[] value, final Duration timeToLive) {
        keyBuffer.wrap(key);
        valueBuffer.wrap(value);
        batch.put(tableId, keyBuffer, 0, key.length, valueBuffer, 0, value.length, TimeToLive.ms(timeToLive));
        return operation();
    }

    /**
     * Removes a key, which may be absent.
     *
     * @param key bytes.
     * @return this.
     */
    public WriteBatch delete(final byte[] key) {
        return delete(AsyncKeyValue.DEFAULT_TABLE, key);
    }

    /**
     * Removes a key, which may be absent.
     *
     * @param tableId {@link KeyValueTable#id()}.
     * @param key     bytes.
     * @return this.
     */
    public WriteBatch delete(final int tableId, final byte[] key) {
        keyBuffer.wrap(key);
        return delete(tableId, keyBuffer, 0, key.length);
    }

    /**
     * Sets a key, without allocation.
     *
     * @param tableId     {@link KeyValueTable#id()}.
     * @param key         buffer of the key.
     * @param keyOffset   of the key.
     * @param keyLength   in bytes.
     * @param value       buffer of the value.
     * @param valueOffset of the value.
     * @param valueLength in bytes.
     * @param ttlMs       milliseconds of log time until it expires; 0: never.
     * @return this.
     */
    public WriteBatch put(
        final int tableId,
        final DirectBuffer key,
        final int keyOffset,
        final int keyLength,
        final DirectBuffer value,
        final int valueOffset,
        final int valueLength,
        final long ttlMs) {
        batch.put(tableId, key, keyOffset, keyLength, value, valueOffset, valueLength, ttlMs);
        return operation();
    }

    /**
     * Removes a key, which may be absent, without allocation.
     *
     * @param tableId   {@link KeyValueTable#id()}.
     * @param key       buffer of the key.
     * @param keyOffset of the key.
     * @param keyLength in bytes.
     * @return this.
     */
    public WriteBatch delete(final int tableId, final DirectBuffer key, final int keyOffset, final int keyLength) {
        batch.delete(tableId, key, keyOffset, keyLength);
        return operation();
    }

    private WriteBatch condition() {
        conditions++;
        return this;
    }

    private WriteBatch operation() {
        operations++;
        return this;
    }

    /** @return conditions added. */
    public int conditions() {
        return conditions;
    }

    /** @return operations added. */
    public int operations() {
        return operations;
    }

    /** @return holds the encoded command from offset 0; for {@link AsyncKeyValue#command}. */
    public DirectBuffer buffer() {
        return buffer;
    }

    /** @return length of the encoded command in bytes. Conditions cannot be added afterwards. */
    public int lengthBytes() {
        return batch.length();
    }
}
