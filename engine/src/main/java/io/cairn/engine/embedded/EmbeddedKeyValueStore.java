package io.cairn.engine.embedded;

import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.BatchResult;
import io.cairn.engine.client.KeyRange;
import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.KeyValueTable;
import io.cairn.engine.client.WriteBatch;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.Bytes;
import io.cairn.fsm.KeyValueReplies;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Blocking calls and futures over one {@link EmbeddedClient}, for any number of threads.
 */
public final class EmbeddedKeyValueStore implements KeyValueStore {
    private static final int NAME = 0;

    private final StoreCalls calls;
    private final EmbeddedTable defaultTable;

    /**
     * @param client           of this store alone, outside any session.
     * @param sessionTimeoutNs log time after which the store's session expires when it sends nothing.
     * @param isInvoker        true when whoever waits does the engine's work.
     */
    public EmbeddedKeyValueStore(final EmbeddedClient client, final long sessionTimeoutNs, final boolean isInvoker) {
        calls = new StoreCalls(client, sessionTimeoutNs, isInvoker);
        defaultTable = new EmbeddedTable(calls, DEFAULT_TABLE, AsyncKeyValue.DEFAULT_TABLE);
    }

    @Override
    public CompletableFuture<KeyValueTable> tableAsync(final String name) {
        final byte[] nameBytes = bytes(name);
        return calls.query(
            () -> calls.client().tableByName(calls.wrap(NAME, nameBytes)),
            (status, index, answer) -> {
                if (ApplyStatus.NOT_FOUND == status) {
                    throw new KeyValueException(
                        ApplyStatus.UNKNOWN_TABLE, "there is no table '" + name + "'; create it with createTable");
                }
                return new EmbeddedTable(calls, name, answer.tableId());
            });
    }

    @Override
    public CompletableFuture<KeyValueTable> createTableAsync(final String name) {
        final byte[] nameBytes = bytes(name);
        return calls.command(
            () -> calls.client().createTable(calls.wrap(NAME, nameBytes)),
            (status, index, answer) -> new EmbeddedTable(calls, name, answer.tableId()));
    }

    @Override
    public CompletableFuture<Boolean> dropTableAsync(final String name) {
        final byte[] nameBytes = bytes(name);
        return calls.command(
            () -> calls.client().dropTable(calls.wrap(NAME, nameBytes)),
            (status, index, answer) -> ApplyStatus.OK == status);
    }

    @Override
    public CompletableFuture<List<String>> tableNamesAsync() {
        return calls.query(() -> calls.client().listTables(), (status, index, answer) -> names(answer));
    }

    private static List<String> names(final KeyValueReplies answer) {
        final List<String> names = new ArrayList<>(answer.rows());
        final Bytes name = new Bytes();
        while (answer.nextRow()) {
            names.add(new String(answer.rowKey(name).toArray(), StandardCharsets.US_ASCII));
        }
        return names;
    }

    /** Beyond ASCII the machine refuses a name, whatever bytes it comes in. */
    private static byte[] bytes(final String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public CompletableFuture<BatchResult> writeAsync(final WriteBatch batch) {
        final byte[] command = new byte[batch.lengthBytes()];
        batch.buffer().getBytes(0, command);
        final UnsafeBuffer buffer = new UnsafeBuffer(command);
        return calls.command(
            () -> calls.client().command(buffer, 0, command.length),
            (status, index, answer) -> ApplyStatus.OK == status ? new BatchResult(true, index, -1) :
                new BatchResult(false, index, answer.failedCondition()));
    }

    @Override
    public CompletableFuture<Long> putAsync(final byte[] key, final byte[] value, final Duration timeToLive) {
        return defaultTable.putAsync(key, value, timeToLive);
    }

    @Override
    public CompletableFuture<Boolean> putIfAbsentAsync(final byte[] key, final byte[] value, final Duration timeToLive) {
        return defaultTable.putIfAbsentAsync(key, value, timeToLive);
    }

    @Override
    public CompletableFuture<byte[]> getAsync(final byte[] key) {
        return defaultTable.getAsync(key);
    }

    @Override
    public CompletableFuture<Row> getRowAsync(final byte[] key) {
        return defaultTable.getRowAsync(key);
    }

    @Override
    public CompletableFuture<Boolean> deleteAsync(final byte[] key) {
        return defaultTable.deleteAsync(key);
    }

    @Override
    public CompletableFuture<RangeRemoval> deleteRangeAsync(final byte[] from, final byte[] to, final int keysMax) {
        return defaultTable.deleteRangeAsync(from, to, keysMax);
    }

    @Override
    public CompletableFuture<Boolean> compareAndSetAsync(
        final byte[] key, final byte[] expected, final byte[] value, final Duration timeToLive) {
        return defaultTable.compareAndSetAsync(key, expected, value, timeToLive);
    }

    @Override
    public CompletableFuture<Long> incrementAsync(final byte[] key, final long delta) {
        return defaultTable.incrementAsync(key, delta);
    }

    @Override
    public CompletableFuture<Page> pageAsync(final KeyRange range) {
        return defaultTable.pageAsync(range);
    }

    @Override
    public <T> T await(final CompletableFuture<T> future) {
        return calls.await(future);
    }

    @Override
    public void close() {
        calls.close();
    }
}
