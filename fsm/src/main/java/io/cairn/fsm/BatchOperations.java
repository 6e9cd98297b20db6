package io.cairn.fsm;

import io.cairn.fsm.codec.ConditionType;
import io.cairn.fsm.codec.OperationType;
import io.cairn.fsm.page.BTree;

/**
 * Applies a batch whole or not at all: tables and conditions are checked before the first operation, and no operation can fail afterwards.
 * Owner: the Applier.
 */
final class BatchOperations {
    private static final int ABSENT = ConditionType.ABSENT.value();
    private static final int PRESENT = ConditionType.PRESENT.value();
    private static final int EQUAL = ConditionType.EQUAL.value();
    private static final int PUT = OperationType.PUT.value();

    private final UserTables tables;
    private final KeyValueOperations operations;

    BatchOperations(final UserTables tables, final KeyValueOperations operations) {
        this.tables = tables;
        this.operations = operations;
    }

    /**
     * Applies a batch that was checked.
     *
     * @param batch to apply.
     * @param entry that carries it.
     * @param reply takes the status and, where a condition failed, its position.
     */
    void apply(final BatchReader batch, final LogEntry entry, final Reply reply) {
        if (!knowsTables(batch)) {
            reply.only(ApplyStatus.UNKNOWN_TABLE);
            return;
        }
        final int failed = firstFailed(batch, entry.timestampMs());
        if (failed >= 0) {
            reply.only(ApplyStatus.NOT_MATCHED);
            reply.appendInt(failed);
            return;
        }
        batch.firstOperation();
        for (int i = 0; i < batch.operations(); i++) {
            batch.nextOperation();
            final BTree tree = tables.tree(batch.tableId());
            if (batch.kind() == PUT) {
                operations.put(tree, batch.key(), batch.value(), batch.ttlMs(), entry, i);
            } else {
                operations.delete(tree, batch.key(), entry.timestampMs());
            }
        }
    }

    private boolean knowsTables(final BatchReader batch) {
        batch.firstCondition();
        for (int i = 0; i < batch.conditions(); i++) {
            batch.nextCondition();
            if (tables.tree(batch.tableId()) == null) {
                return false;
            }
        }
        batch.firstOperation();
        for (int i = 0; i < batch.operations(); i++) {
            batch.nextOperation();
            if (tables.tree(batch.tableId()) == null) {
                return false;
            }
        }
        return true;
    }

    private int firstFailed(final BatchReader batch, final long timestampMs) {
        batch.firstCondition();
        for (int i = 0; i < batch.conditions(); i++) {
            batch.nextCondition();
            if (!holds(batch, timestampMs)) {
                return i;
            }
        }
        return -1;
    }

    private boolean holds(final BatchReader batch, final long timestampMs) {
        final BTree tree = tables.tree(batch.tableId());
        if (batch.kind() == ABSENT || batch.kind() == PRESENT) {
            return operations.isPresent(tree, batch.key(), timestampMs) == (batch.kind() == PRESENT);
        }
        return operations.isEqual(tree, batch.key(), batch.value(), timestampMs) == (batch.kind() == EQUAL);
    }
}
