package io.cairn.engine.client;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The comfortable way to the key-value machine: blocking calls and futures, safe for any number of threads. Embedded engines and (remote)
 * clusters offer this same interface. The store is its own default table; named ones are created and opened here.
 *
 * <pre>{@code
 * KeyValueTable users = store.createTable("users");
 * users.put(id, profile, Duration.ofHours(1));
 * List<KeyValueTable.Row> newest = users.scan(KeyRange.all().reversed().limit(10));
 * store.write(new WriteBatch().ifAbsent(users.id(), other).put(users.id(), other, profile).delete(users.id(), id));
 * }</pre>
 *
 * <p>Every command runs in a session of the store, so that it takes effect once. The session is opened anew where it has expired.
 *
 * <p>Errors: see {@link KeyValueTable}. Once the engine is closed or has failed, everything answers {@link ReplyStatus#CLOSED}.
 */
public interface KeyValueStore extends KeyValueTable, AutoCloseable {
    /** Name of the default table, which is always there. */
    String DEFAULT_TABLE = "default";

    @Override
    default String name() {
        return DEFAULT_TABLE;
    }

    @Override
    default int id() {
        return AsyncKeyValue.DEFAULT_TABLE;
    }

    /**
     * Open a named table.
     *
     * @param name of the table; {@link #DEFAULT_TABLE} for the default table.
     * @return the table.
     * @throws KeyValueException {@code UNKNOWN_TABLE} when it was not created.
     */
    default KeyValueTable table(final String name) {
        return await(tableAsync(name));
    }

    /**
     * Create a named table, or open it where it is there already.
     *
     * @param name 1 to 64 printable ASCII characters, not beginning with {@code $}.
     * @return the table.
     */
    default KeyValueTable createTable(final String name) {
        return await(createTableAsync(name));
    }

    /**
     * Remove a named table and all its keys. The default table stays.
     *
     * @param name of the table.
     * @return true when it was there.
     */
    default boolean dropTable(final String name) {
        return await(dropTableAsync(name));
    }

    /** @return names of all tables, the default table first, then in the order in which they were created. */
    default List<String> tableNames() {
        return await(tableNamesAsync());
    }

    /**
     * Write a batch: all of it or nothing.
     *
     * @param batch of any tables; copied before the call returns.
     * @return whether it took effect, and which condition did not hold otherwise.
     */
    default BatchResult write(final WriteBatch batch) {
        return await(writeAsync(batch));
    }

    /**
     * As {@link #table}.
     *
     * @param name of the table.
     * @return completes with the table.
     */
    CompletableFuture<KeyValueTable> tableAsync(String name);

    /**
     * As {@link #createTable}.
     *
     * @param name of the table.
     * @return completes with the table.
     */
    CompletableFuture<KeyValueTable> createTableAsync(String name);

    /**
     * As {@link #dropTable}.
     *
     * @param name of the table.
     * @return completes with whether it was there.
     */
    CompletableFuture<Boolean> dropTableAsync(String name);

    /**
     * As {@link #tableNames}.
     *
     * @return completes with the names.
     */
    CompletableFuture<List<String>> tableNamesAsync();

    /**
     * As {@link #write}.
     *
     * @param batch of any tables.
     * @return completes with what became of it.
     */
    CompletableFuture<BatchResult> writeAsync(WriteBatch batch);

    /** Wait for what is in flight, close the session, leave; the engine stays open. */
    @Override
    void close();
}
