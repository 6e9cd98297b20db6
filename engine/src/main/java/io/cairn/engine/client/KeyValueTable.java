package io.cairn.engine.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/**
 * One ordered table of keys and values. Keys are compared as unsigned bytes; they have 1 to 1,024 bytes, values up to a configured limit (1 MiB by
 * default). Every operation exists twice: blocking, and with a future.
 *
 * <p>Threads: any number. Arrays are the caller's; one that was handed over must not be changed before its future completes. Commands of one
 * thread take effect in the order in which it made them. Reads are linearizable: they see every command that was answered before they were made.
 *
 * <p>A time to live is counted in log time from the command on: a key that has expired is absent for every later operation. A command that
 * sets a key without one takes an earlier one away; {@link #increment} keeps it.
 *
 * <p>Errors: {@link KeyValueException} with a {@link ReplyStatus}, thrown by the blocking form, the cause of a failed future otherwise. But for
 * {@link ReplyStatus#UNKNOWN} and {@link ReplyStatus#RESULT_DROPPED} it means that nothing was done. A table that was dropped answers
 * {@code UNKNOWN_TABLE} through its old handles, also when one of the same name is created again.
 */
public interface KeyValueTable {
    /**
     * A key and its value.
     *
     * @param key      bytes of the key.
     * @param value    bytes of the value.
     * @param expiryMs log time at which it expires, in milliseconds since the epoch; {@link Long#MAX_VALUE}: never.
     */
    record Row(byte[] key, byte[] value, long expiryMs) {
        /**
         * A row that never expires.
         *
         * @param key   bytes of the key.
         * @param value bytes of the value.
         */
        public Row(final byte[] key, final byte[] value) {
            this(key, value, Long.MAX_VALUE);
        }
    }

    /**
     * Part of a scan.
     *
     * @param rows    in the order of the scan.
     * @param hasMore true when there are rows behind the last one: ask again with {@link KeyRange#after}.
     */
    record Page(List<Row> rows, boolean hasMore) {
    }

    /**
     * What a bounded removal did.
     *
     * @param removed keys.
     * @param hasMore true when the bound was reached with keys of the range left: ask again.
     */
    record RangeRemoval(long removed, boolean hasMore) {
    }

    /** @return name of the table. */
    String name();

    /** @return id of the table, for {@link WriteBatch} and {@link AsyncKeyValue}; 0 for the default table. */
    int id();

    /**
     * Set a key.
     *
     * @param key   bytes.
     * @param value bytes.
     * @return log index of the command, once it is committed by the configured durability.
     */
    default long put(final byte[] key, final byte[] value) {
        return await(putAsync(key, value));
    }

    /**
     * Set a key that expires.
     *
     * @param key        bytes.
     * @param value      bytes.
     * @param timeToLive at least a millisecond, or {@link Duration#ZERO} for never.
     * @return log index of the command.
     */
    default long put(final byte[] key, final byte[] value, final Duration timeToLive) {
        return await(putAsync(key, value, timeToLive));
    }

    /**
     * Set a key unless it is there.
     *
     * @param key   bytes.
     * @param value bytes.
     * @return true when it was set.
     */
    default boolean putIfAbsent(final byte[] key, final byte[] value) {
        return await(putIfAbsentAsync(key, value, Duration.ZERO));
    }

    /**
     * Set a key that expires, unless it is there.
     *
     * @param key        bytes.
     * @param value      bytes.
     * @param timeToLive at least a millisecond, or {@link Duration#ZERO} for never.
     * @return true when it was set.
     */
    default boolean putIfAbsent(final byte[] key, final byte[] value, final Duration timeToLive) {
        return await(putIfAbsentAsync(key, value, timeToLive));
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
     * Read a key and when it expires.
     *
     * @param key bytes.
     * @return the row, or null when it is not there.
     */
    default Row getRow(final byte[] key) {
        return await(getRowAsync(key));
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
     * Delete every key of a range, atomically. Nothing else is applied meanwhile, so for a range of very many keys use the bounded form.
     *
     * @param from smallest key, inclusive; empty: from the first.
     * @param to   largest key, exclusive; empty: through the last.
     * @return keys removed.
     */
    default long deleteRange(final byte[] from, final byte[] to) {
        return await(deleteRangeAsync(from, to, 0)).removed();
    }

    /**
     * Delete keys of a range in ascending order, a bounded number at a time.
     *
     * @param from    smallest key, inclusive; empty: from the first.
     * @param to      largest key, exclusive; empty: through the last.
     * @param keysMax most keys to remove; 0: all.
     * @return what was removed, and whether there is more.
     */
    default RangeRemoval deleteRange(final byte[] from, final byte[] to, final int keysMax) {
        return await(deleteRangeAsync(from, to, keysMax));
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
     * Set a key that expires, if it has the expected value.
     *
     * @param key        bytes.
     * @param expected   value it must have; null for "must not be there".
     * @param value      new value.
     * @param timeToLive at least a millisecond, or {@link Duration#ZERO} for never.
     * @return true when it was set.
     */
    default boolean compareAndSet(final byte[] key, final byte[] expected, final byte[] value, final Duration timeToLive) {
        return await(compareAndSetAsync(key, expected, value, timeToLive));
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
     * The rows of a range. They come in as many pages as it takes, each of them linearizable by itself; commands between two pages may be seen
     * by the later one. For one moment of the whole range use a read view.
     *
     * @param range bounds, order, limit.
     * @return the rows, all in memory.
     */
    default List<Row> scan(final KeyRange range) {
        return await(scanAsync(range));
    }

    /**
     * As many rows of a range as one answer holds, of one moment.
     *
     * @param range bounds, order, limit.
     * @return the page; it has at least one row where the range has one.
     */
    default Page page(final KeyRange range) {
        return await(pageAsync(range));
    }

    /**
     * As {@link #put(byte[], byte[])}.
     *
     * @param key   bytes.
     * @param value bytes.
     * @return completes with the log index.
     */
    default CompletableFuture<Long> putAsync(final byte[] key, final byte[] value) {
        return putAsync(key, value, Duration.ZERO);
    }

    /**
     * As {@link #put(byte[], byte[], Duration)}.
     *
     * @param key        bytes.
     * @param value      bytes.
     * @param timeToLive at least a millisecond, or {@link Duration#ZERO} for never.
     * @return completes with the log index.
     */
    CompletableFuture<Long> putAsync(byte[] key, byte[] value, Duration timeToLive);

    /**
     * As {@link #putIfAbsent(byte[], byte[], Duration)}.
     *
     * @param key        bytes.
     * @param value      bytes.
     * @param timeToLive at least a millisecond, or {@link Duration#ZERO} for never.
     * @return completes with whether it was set.
     */
    CompletableFuture<Boolean> putIfAbsentAsync(byte[] key, byte[] value, Duration timeToLive);

    /**
     * As {@link #get}.
     *
     * @param key bytes.
     * @return completes with the value or null.
     */
    CompletableFuture<byte[]> getAsync(byte[] key);

    /**
     * As {@link #getRow}.
     *
     * @param key bytes.
     * @return completes with the row or null.
     */
    CompletableFuture<Row> getRowAsync(byte[] key);

    /**
     * As {@link #delete}.
     *
     * @param key bytes.
     * @return completes with whether it was there.
     */
    CompletableFuture<Boolean> deleteAsync(byte[] key);

    /**
     * As {@link #deleteRange(byte[], byte[], int)}.
     *
     * @param from    smallest key, inclusive; empty: from the first.
     * @param to      largest key, exclusive; empty: through the last.
     * @param keysMax most keys to remove; 0: all.
     * @return completes with what was removed.
     */
    CompletableFuture<RangeRemoval> deleteRangeAsync(byte[] from, byte[] to, int keysMax);

    /**
     * As {@link #compareAndSet(byte[], byte[], byte[])}.
     *
     * @param key      bytes.
     * @param expected bytes or null.
     * @param value    bytes.
     * @return completes with whether it was set.
     */
    default CompletableFuture<Boolean> compareAndSetAsync(final byte[] key, final byte[] expected, final byte[] value) {
        return compareAndSetAsync(key, expected, value, Duration.ZERO);
    }

    /**
     * As {@link #compareAndSet(byte[], byte[], byte[], Duration)}.
     *
     * @param key        bytes.
     * @param expected   bytes or null.
     * @param value      bytes.
     * @param timeToLive at least a millisecond, or {@link Duration#ZERO} for never.
     * @return completes with whether it was set.
     */
    CompletableFuture<Boolean> compareAndSetAsync(byte[] key, byte[] expected, byte[] value, Duration timeToLive);

    /**
     * As {@link #increment}.
     *
     * @param key   bytes.
     * @param delta to add.
     * @return completes with the sum.
     */
    CompletableFuture<Long> incrementAsync(byte[] key, long delta);

    /**
     * As {@link #page}.
     *
     * @param range bounds, order, limit.
     * @return completes with the page.
     */
    CompletableFuture<Page> pageAsync(KeyRange range);

    /**
     * As {@link #scan(byte[], int)}.
     *
     * @param prefix bytes.
     * @param limit  most rows.
     * @return completes with the rows.
     */
    default CompletableFuture<List<Row>> scanAsync(final byte[] prefix, final int limit) {
        return scanAsync(KeyRange.prefix(prefix).limit(limit));
    }

    /**
     * As {@link #scan(KeyRange)}.
     *
     * @param range bounds, order, limit.
     * @return completes with the rows.
     */
    default CompletableFuture<List<Row>> scanAsync(final KeyRange range) {
        Objects.requireNonNull(range, "range");
        final CompletableFuture<List<Row>> result = new CompletableFuture<>();
        ScanPages.follow(this, range, new ArrayList<>(), result);
        return result;
    }

    /**
     * Wait for a future of this table or its store. In invoker mode the caller does the engine's work meanwhile.
     *
     * @param future of this table or its store.
     * @param <T>    its result.
     * @return the result.
     * @throws KeyValueException when the request was refused, its outcome is unknown, or the caller was interrupted.
     */
    <T> T await(CompletableFuture<T> future);
}
