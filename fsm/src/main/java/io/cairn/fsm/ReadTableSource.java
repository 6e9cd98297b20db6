package io.cairn.fsm;

import io.cairn.fsm.page.TableConsumer;

/**
 * The user tables of a state, live or pinned, by the ids that commands use: 0 for the default table. One thread.
 */
interface ReadTableSource {
    /** A table, or null when there is none of that id or it is reserved. Valid until the next call. */
    ReadTable readTable(int tableId);

    /** Id of a user table, or -1. */
    int userTableId(String name);

    /** The user tables but the default one, in the order of their ids. */
    void forEachNamed(TableConsumer consumer);
}
