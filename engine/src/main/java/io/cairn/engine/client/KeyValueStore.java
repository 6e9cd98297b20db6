package io.cairn.engine.client;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The comfortable way to the key-value machine: blocking calls and futures, safe for any number of threads. Embedded engines and (remote)
 * clusters offer this same interface.
 *
 * <p>Every command runs in a session: the engine numbers it, and one that is sent again after a crash of the engine is applied once.
 * Reads are linearizable. The default table is named by the empty string.
 *
 * <p>Errors: {@link KeyValueException} with a {@link ReplyStatus} for a refusal (nothing was done) and for an unknown outcome.
 */
public interface KeyValueStore extends AutoCloseable {
    /** The default table. */
    String DEFAULT_TABLE = "";

    /**
     * A key and its value.
     *
     * @param key   bytes of the key.
     * @param value bytes of the value.
     */
    record Row(byte[] key, byte[] value) {
    }

    /**
     * Set a key.
     *
     * @param key   1 to 1,024 bytes.
     * @param value bytes.
     * @return log index of the command, once it is committed by the configured durability.
     */
    default long put(final byte[] key, final byte[] value) {
        return await(putAsync(key, value));
    }

    /**
     * Read a key.
     *
     * @param key bytes.
     * @return the value, or null when it is not there.
     */
    default byte[] get(final byte[] key) {
        return await(getAsync(key));
    }

    /**
     * Delete a key.
     *
     * @param key bytes.
     * @return true when it was there.
     */
    default boolean delete(final byte[] key) {
        return await(deleteAsync(key));
    }

    /**
     * Set a key if it has the expected value.
     *
     * @param key      bytes.
     * @param expected value it must have; null for "must not be there".
     * @param value    new value.
     * @return true when it was set.
     */
    default boolean compareAndSet(final byte[] key, final byte[] expected, final byte[] value) {
        return await(compareAndSetAsync(key, expected, value));
    }

    /**
     * Add to a decimal 64-bit integer; a key that is not there counts as 0.
     *
     * @param key   bytes.
     * @param delta to add.
     * @return the sum.
     */
    default long increment(final byte[] key, final long delta) {
        return await(incrementAsync(key, delta));
    }

    /**
     * The rows whose keys start with a prefix, in order.
     *
     * @param prefix bytes; empty for all keys.
     * @param limit  most rows.
     * @return the rows.
     */
    default List<Row> scan(final byte[] prefix, final int limit) {
        return await(scanAsync(prefix, limit));
    }

    /**
     * As {@link #put}.
     *
     * @param key   bytes.
     * @param value bytes.
     * @return completes with the log index.
     */
    CompletableFuture<Long> putAsync(byte[] key, byte[] value);

    /**
     * As {@link #get}.
     *
     * @param key bytes.
     * @return completes with the value or null.
     */
    CompletableFuture<byte[]> getAsync(byte[] key);

    /**
     * As {@link #delete}.
     *
     * @param key bytes.
     * @return completes with whether it was there.
     */
    CompletableFuture<Boolean> deleteAsync(byte[] key);

    /**
     * As {@link #compareAndSet}.
     *
     * @param key      bytes.
     * @param expected bytes or null.
     * @param value    bytes.
     * @return completes with whether it was set.
     */
    CompletableFuture<Boolean> compareAndSetAsync(byte[] key, byte[] expected, byte[] value);

    /**
     * As {@link #increment}.
     *
     * @param key   bytes.
     * @param delta to add.
     * @return completes with the sum.
     */
    CompletableFuture<Long> incrementAsync(byte[] key, long delta);

    /**
     * As {@link #scan}.
     *
     * @param prefix bytes.
     * @param limit  most rows.
     * @return completes with the rows.
     */
    CompletableFuture<List<Row>> scanAsync(byte[] prefix, int limit);

    /** Leave; the engine stays open. */
    @Override
    void close();

    /**
     * Wait for a future of this store. In invoker mode the caller does the engine's work meanwhile.
     *
     * @param future of this store.
     * @param <T>    its result.
     * @return the result.
     * @throws KeyValueException when the request was refused or its outcome is unknown.
     */
    <T> T await(CompletableFuture<T> future);
}
