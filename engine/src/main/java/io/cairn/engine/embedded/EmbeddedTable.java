package io.cairn.engine.embedded;

import io.cairn.engine.client.KeyRange;
import io.cairn.engine.client.KeyValueTable;
import io.cairn.engine.client.TimeToLive;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.Bytes;
import io.cairn.fsm.KeyValueReplies;
import io.cairn.fsm.ScanRange;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/**
 * One table of a store: encodes its requests and decodes their answers. Any thread.
 */
final class EmbeddedTable implements KeyValueTable {
    private static final int KEY = 0;
    private static final int VALUE = 1;
    private static final int EXPECTED = 2;
    private static final int AFTER = 3;

    private final StoreCalls calls;
    private final String name;
    private final int id;

    EmbeddedTable(final StoreCalls calls, final String name, final int id) {
        this.calls = calls;
        this.name = name;
        this.id = id;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public CompletableFuture<Long> putAsync(final byte[] key, final byte[] value, final Duration timeToLive) {
        requireKeyAndValue(key, value);
        final long ttlMs = TimeToLive.ms(timeToLive);
        return calls.command(
            () -> calls.client().put(id, calls.wrap(KEY, key), calls.wrap(VALUE, value), ttlMs),
            (status, index, answer) -> index);
    }

    @Override
    public CompletableFuture<Boolean> putIfAbsentAsync(final byte[] key, final byte[] value, final Duration timeToLive) {
        requireKeyAndValue(key, value);
        final long ttlMs = TimeToLive.ms(timeToLive);
        return calls.command(
            () -> calls.client().putIfAbsent(id, calls.wrap(KEY, key), calls.wrap(VALUE, value), ttlMs),
            (status, index, answer) -> ApplyStatus.OK == status);
    }

    @Override
    public CompletableFuture<byte[]> getAsync(final byte[] key) {
        return get(key, (status, index, answer) -> ApplyStatus.NOT_FOUND == status ? null : answer.value(new Bytes()).toArray());
    }

    @Override
    public CompletableFuture<Row> getRowAsync(final byte[] key) {
        return get(key, (status, index, answer) -> ApplyStatus.NOT_FOUND == status ? null :
            new Row(key.clone(), answer.value(new Bytes()).toArray(), answer.expiryMs()));
    }

    private <T> CompletableFuture<T> get(final byte[] key, final StoreCalls.Decoder<T> decoder) {
        Objects.requireNonNull(key, "key");
        return calls.query(() -> calls.client().get(id, calls.wrap(KEY, key).buffer(), 0, key.length), decoder);
    }

    @Override
    public CompletableFuture<Boolean> deleteAsync(final byte[] key) {
        Objects.requireNonNull(key, "key");
        return calls.command(
            () -> calls.client().delete(id, calls.wrap(KEY, key).buffer(), 0, key.length),
            (status, index, answer) -> ApplyStatus.OK == status);
    }

    @Override
    public CompletableFuture<RangeRemoval> deleteRangeAsync(final byte[] from, final byte[] to, final int keysMax) {
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(to, "to");
        if (keysMax < 0) {
            throw new IllegalArgumentException("at least one key is removed at a time, not " + keysMax + "; 0 for all");
        }
        return calls.command(
            () -> calls.client().deleteRange(id, calls.wrap(KEY, from), calls.wrap(VALUE, to), keysMax),
            (status, index, answer) -> new RangeRemoval(answer.removed(), answer.removeHasMore()));
    }

    @Override
    public CompletableFuture<Boolean> compareAndSetAsync(
        final byte[] key, final byte[] expected, final byte[] value, final Duration timeToLive) {
        if (null == expected) {
            return putIfAbsentAsync(key, value, timeToLive);
        }
        requireKeyAndValue(key, value);
        final long ttlMs = TimeToLive.ms(timeToLive);
        return calls.command(
            () -> calls.client().compareAndSet(
                id, calls.wrap(KEY, key), calls.wrap(EXPECTED, expected), calls.wrap(VALUE, value), ttlMs),
            (status, index, answer) -> ApplyStatus.OK == status);
    }

    @Override
    public CompletableFuture<Long> incrementAsync(final byte[] key, final long delta) {
        Objects.requireNonNull(key, "key");
        return calls.command(
            () -> calls.client().increment(id, calls.wrap(KEY, key).buffer(), 0, key.length, delta),
            (status, index, answer) -> answer.number());
    }

    @Override
    public CompletableFuture<Page> pageAsync(final KeyRange range) {
        Objects.requireNonNull(range, "range");
        return calls.query(
            () -> calls.client().scan(id, fill(range)),
            (status, index, answer) -> new Page(rows(answer), answer.hasMore()));
    }

    private ScanRange fill(final KeyRange range) {
        final ScanRange filled = calls.range();
        filled.from().wrap(calls.wrap(KEY, range.from()));
        filled.to().wrap(calls.wrap(VALUE, range.to()));
        filled.prefix().wrap(calls.wrap(EXPECTED, range.prefix()));
        filled.startAfter().wrap(calls.wrap(AFTER, range.after()));
        return filled.reverse(range.isReversed()).rowsMax(range.limit());
    }

    private static List<Row> rows(final KeyValueReplies answer) {
        final Bytes bytes = new Bytes();
        final List<Row> rows = new ArrayList<>(answer.rows());
        while (answer.nextRow()) {
            rows.add(new Row(answer.rowKey(bytes).toArray(), answer.rowValue(bytes).toArray(), answer.rowExpiryMs()));
        }
        return rows;
    }

    private static void requireKeyAndValue(final byte[] key, final byte[] value) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
    }

    @Override
    public <T> T await(final CompletableFuture<T> future) {
        return calls.await(future);
    }
}
