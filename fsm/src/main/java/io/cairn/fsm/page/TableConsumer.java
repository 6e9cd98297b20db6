package io.cairn.fsm.page;

/**
 * Receives the tables of a catalog in the order of their ids.
 */
@FunctionalInterface
public interface TableConsumer
{
    /**
     * One table.
     *
     * @param tableId id of the table, from 1.
     * @param name    of the table.
     * @param size    number of entries.
     */
    void onTable(int tableId, String name, long size);
}
