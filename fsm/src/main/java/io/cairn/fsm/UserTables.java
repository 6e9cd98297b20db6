package io.cairn.fsm;

import io.cairn.fsm.page.BTree;
import io.cairn.fsm.page.BTreeCursor;
import io.cairn.fsm.page.TableConsumer;
import io.cairn.fsm.page.Tables;
import io.cairn.fsm.page.ValueView;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * The user's tables of the live state: the default one under id 0, named ones under the ids of {@link Tables}. Reserved tables, whose names begin
 * with {@code $}, are out of reach. Owner: the Applier.
 */
final class UserTables implements ReadTableSource {
    private final Tables tables;
    private final Int2ObjectHashMap<UserTable> named = new Int2ObjectHashMap<>();
    private final UserTable defaultTable;

    UserTables(final Tables tables) {
        this.tables = tables;
        final BTree existing = tables.table(KeyValueStateMachine.DEFAULT_TABLE_NAME);
        defaultTable = new UserTable(existing == null ? tables.create(KeyValueStateMachine.DEFAULT_TABLE_NAME) : existing);
        tables.forEach((tableId, name, size) -> {
            if (!isReserved(name) && tableId != defaultTable.tree.tableId()) {
                named.put(tableId, new UserTable(tables.table(tableId)));
            }
        });
    }

    static boolean isReserved(final String name) {
        return name.startsWith("$");
    }

    /**
     * A table by the id that a command names.
     *
     * @param tableId 0 for the default table.
     * @return its tree, or null.
     */
    BTree tree(final int tableId) {
        if (tableId == KeyValueCommands.DEFAULT_TABLE) {
            return defaultTable.tree;
        }
        final UserTable table = named.get(tableId);
        return table == null ? null : table.tree;
    }

    /** A user table by the id of its tree, as the expiry index has it; null when it was dropped. */
    BTree treeById(final int treeId) {
        return treeId == defaultTable.tree.tableId() ? defaultTable.tree : tree(treeId);
    }

    @Override
    public ReadTable readTable(final int tableId) {
        return tableId == KeyValueCommands.DEFAULT_TABLE ? defaultTable : named.get(tableId);
    }

    @Override
    public int userTableId(final String name) {
        if (KeyValueStateMachine.DEFAULT_TABLE_NAME.equals(name)) {
            return KeyValueCommands.DEFAULT_TABLE;
        }
        return isReserved(name) ? -1 : tables.tableId(name);
    }

    @Override
    public void forEachNamed(final TableConsumer consumer) {
        tables.forEach((tableId, name, size) -> {
            if (named.containsKey(tableId)) {
                consumer.onTable(tableId, name, size);
            }
        });
    }

    /** One more may be created: there are not too many, and an id is left for it. */
    boolean hasRoom() {
        return named.size() < Limits.TABLES_MAX && tables.nextTableId() < Integer.MAX_VALUE;
    }

    /** Creates a table that is not there and answers its id. */
    int create(final String name) {
        final BTree tree = tables.create(name);
        named.put(tree.tableId(), new UserTable(tree));
        return tree.tableId();
    }

    /** Drops a table that is there. */
    void drop(final String name) {
        named.remove(tables.tableId(name));
        tables.drop(name);
    }

    /** A tree and the one cursor that queries use on it. */
    private static final class UserTable implements ReadTable {
        private final BTree tree;
        private BTreeCursor cursor;

        private UserTable(final BTree tree) {
            this.tree = tree;
        }

        @Override
        public int get(
            final DirectBuffer key, final int keyOffset, final int keyLength,
            final MutableDirectBuffer target, final int targetOffset, final int capacity) {
            return tree.get(key, keyOffset, keyLength, target, targetOffset, capacity);
        }

        @Override
        public boolean find(final DirectBuffer key, final int keyOffset, final int keyLength, final ValueView view) {
            return tree.find(key, keyOffset, keyLength, view);
        }

        @Override
        public BTreeCursor cursor() {
            if (cursor == null) {
                cursor = tree.cursor();
            }
            return cursor;
        }
    }
}
