package io.cairn.fsm;

import io.cairn.fsm.page.BTreeCursor;
import io.cairn.fsm.page.ReadTables;
import io.cairn.fsm.page.ReadTree;
import io.cairn.fsm.page.TableConsumer;
import io.cairn.fsm.page.ValueView;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * The user's tables of a pinned state. One thread at a time.
 */
final class PinnedTables implements ReadTableSource {
    private final ReadTables tables;
    private final int defaultTableId;
    private final Int2ObjectHashMap<PinnedTable> opened = new Int2ObjectHashMap<>();

    PinnedTables(final ReadTables tables) {
        this.tables = tables;
        defaultTableId = tables.tableId(KeyValueStateMachine.DEFAULT_TABLE_NAME);
    }

    ReadTables tables() {
        return tables;
    }

    @Override
    public ReadTable readTable(final int tableId) {
        final PinnedTable table = opened.get(tableId);
        return table == null ? openTable(tableId) : table;
    }

    @Override
    public int userTableId(final String name) {
        if (KeyValueStateMachine.DEFAULT_TABLE_NAME.equals(name)) {
            return KeyValueCommands.DEFAULT_TABLE;
        }
        return UserTables.isReserved(name) ? -1 : tables.tableId(name);
    }

    @Override
    public void forEachNamed(final TableConsumer consumer) {
        tables.forEach((tableId, name, size) -> {
            if (!UserTables.isReserved(name) && tableId != defaultTableId) {
                consumer.onTable(tableId, name, size);
            }
        });
    }

    private ReadTable openTable(final int tableId) {
        final boolean[] isUser = {tableId == KeyValueCommands.DEFAULT_TABLE};
        forEachNamed((id, name, size) -> isUser[0] |= id == tableId);
        final ReadTree tree = isUser[0] ? tables.table(tableId == KeyValueCommands.DEFAULT_TABLE ? defaultTableId : tableId) : null;
        if (tree == null) {
            return null;
        }
        final PinnedTable table = new PinnedTable(tree);
        opened.put(tableId, table);
        return table;
    }

    private static final class PinnedTable implements ReadTable {
        private final ReadTree tree;
        private BTreeCursor cursor;

        private PinnedTable(final ReadTree tree) {
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
