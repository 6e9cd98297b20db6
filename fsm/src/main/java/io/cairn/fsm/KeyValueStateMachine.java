package io.cairn.fsm;

import io.cairn.fsm.codec.BatchDecoder;
import io.cairn.fsm.codec.CompareAndSetDecoder;
import io.cairn.fsm.codec.CreateTableDecoder;
import io.cairn.fsm.codec.DeleteDecoder;
import io.cairn.fsm.codec.DeleteRangeDecoder;
import io.cairn.fsm.codec.DropTableDecoder;
import io.cairn.fsm.codec.IncrementDecoder;
import io.cairn.fsm.codec.PutDecoder;
import io.cairn.fsm.codec.PutIfAbsentDecoder;
import io.cairn.fsm.page.BTree;
import io.cairn.fsm.page.LookupBatch;
import org.agrona.DirectBuffer;

/**
 * The ordered key-value map as a state machine: commands and queries of {@code kv-command.xml} over {@link io.cairn.fsm.page.Tables}. Time is the
 * timestamp of the entry that is applied: each entry first evicts a bounded number of keys that are due, then takes effect. Owner: the Applier, but
 * for {@link #validate} and {@link #pagesBound}, which belong to the admitting thread and touch nothing that the Applier changes.
 */
public final class KeyValueStateMachine implements StateMachine {
    /** Name of the table that is always there. */
    public static final String DEFAULT_TABLE_NAME = "default";
    /** Name of the reserved table that orders keys by their expiry. */
    public static final String EXPIRIES_TABLE_NAME = "$expiries";

    /** A state of no more than that stays in the caches of a core: waiting for it costs less than looking ahead. */
    private static final long NEAR_BYTES = 2 << 20;

    private final CommandReader reader = new CommandReader(Limits.KEY_BYTES_MAX);
    private StateMachineContext context;
    private UserTables tables;
    private ExpiryIndex expiries;
    private KeyValueOperations operations;
    private BatchOperations batches;
    private KeyValueQueries queries;
    private KeyValueAdmission admission;
    private LookupBatch lookups;

    @Override
    public void open(final StateMachineContext context) {
        if (this.context != null) {
            throw new IllegalStateException("a machine is opened once");
        }
        this.context = context;
        admission = new KeyValueAdmission(context.valueBytesMax(), context.tables().arena().pageSize());
        bind();
    }

    @Override
    public void apply(final LogEntry entry, final Reply reply) {
        if (expiries.isDue(entry.timestampMs())) {
            expiries.evict(entry.timestampMs(), tables);
        }
        final int templateId = reader.read(entry.buffer(), entry.offset(), entry.length(), Limits.VALUE_BYTES_CAP);
        switch (templateId) {
            case PutDecoder.TEMPLATE_ID:
                put(entry, reply);
                break;
            case DeleteDecoder.TEMPLATE_ID:
                delete(entry, reply);
                break;
            case IncrementDecoder.TEMPLATE_ID:
                increment(entry, reply);
                break;
            case CompareAndSetDecoder.TEMPLATE_ID:
                compareAndSet(entry, reply);
                break;
            case PutIfAbsentDecoder.TEMPLATE_ID:
                putIfAbsent(entry, reply);
                break;
            case BatchDecoder.TEMPLATE_ID:
                batches.apply(reader.batch(), entry, reply);
                break;
            case DeleteRangeDecoder.TEMPLATE_ID:
                deleteRange(entry, reply);
                break;
            case CreateTableDecoder.TEMPLATE_ID:
                createTable(reply);
                break;
            case DropTableDecoder.TEMPLATE_ID:
                dropTable(reply);
                break;
            default:
                reply.only(ApplyStatus.BAD_COMMAND);
                break;
        }
    }

    @Override
    public boolean isLookingAhead() {
        return (long)context.tables().arena().livePages() * context.tables().arena().pageSize() > NEAR_BYTES;
    }

    @Override
    public void expect(final DirectBuffer command, final int offset, final int length) {
        if (lookups.isFull()) {
            return;
        }
        switch (reader.read(command, offset, length, Limits.VALUE_BYTES_CAP)) {
            case PutDecoder.TEMPLATE_ID, DeleteDecoder.TEMPLATE_ID, IncrementDecoder.TEMPLATE_ID, CompareAndSetDecoder.TEMPLATE_ID,
                PutIfAbsentDecoder.TEMPLATE_ID:
                expect(reader.tableId(), reader.key());
                break;
            case BatchDecoder.TEMPLATE_ID:
                final BatchReader batch = reader.batch();
                batch.firstOperation();
                for (int i = 0; i < batch.operations() && !lookups.isFull(); i++) {
                    batch.nextOperation();
                    expect(batch.tableId(), batch.key());
                }
                break;
            default:
                break;
        }
    }

    @Override
    public void prepare() {
        lookups.load();
    }

    @Override
    public void tick(final LogEntry entry) {
        if (expiries.isDue(entry.timestampMs())) {
            expiries.evict(entry.timestampMs(), tables);
        }
    }

    @Override
    public void query(final DirectBuffer request, final int offset, final int length, final long logTimeMs, final Reply reply) {
        queries.query(request, offset, length, logTimeMs, reply);
    }

    @Override
    public boolean hasTimers() {
        return !expiries.isEmpty();
    }

    /** Evicting a key touches a leaf of its table and one of the index, and no page is copied twice in an epoch. */
    @Override
    public long timerPagesBound() {
        return Math.min(2 * expiries.size(), context.tables().arena().livePages());
    }

    @Override
    public MachineSnapshot snapshot() {
        return MachineSnapshot.IN_TABLES;
    }

    @Override
    public void restore(final SnapshotSource source) {
        bind();
    }

    @Override
    public int validate(final DirectBuffer command, final int offset, final int length) {
        return admission.validate(command, offset, length);
    }

    @Override
    public int pagesBound(final DirectBuffer command, final int offset, final int length) {
        return admission.pagesBound(command, offset, length);
    }

    @Override
    public void close() {
        // Nothing is held but the engine's tables.
    }

    /** A table name that was checked to be ASCII. */
    static String tableName(final Bytes name) {
        return name.buffer().getStringWithoutLengthAscii(name.offset(), name.length());
    }

    private void bind() {
        tables = new UserTables(context.tables());
        expiries = new ExpiryIndex(context.tables());
        operations = new KeyValueOperations(expiries);
        batches = new BatchOperations(tables, operations);
        queries = new KeyValueQueries(tables, context.tables().arena().pageSize());
        lookups = new LookupBatch(context.tables().arena());
    }

    private void expect(final int tableId, final Bytes key) {
        final BTree tree = tables.tree(tableId);
        if (tree != null) {
            lookups.add(tree, key.buffer(), key.offset(), key.length());
        }
    }

    private void put(final LogEntry entry, final Reply reply) {
        final BTree tree = tables.tree(reader.tableId());
        if (tree == null) {
            reply.only(ApplyStatus.UNKNOWN_TABLE);
            return;
        }
        operations.put(tree, reader.key(), reader.value(), reader.number(), entry, 0);
    }

    private void delete(final LogEntry entry, final Reply reply) {
        final BTree tree = tables.tree(reader.tableId());
        if (tree == null) {
            reply.only(ApplyStatus.UNKNOWN_TABLE);
        } else if (!operations.delete(tree, reader.key(), entry.timestampMs())) {
            reply.only(ApplyStatus.NOT_FOUND);
        }
    }

    private void increment(final LogEntry entry, final Reply reply) {
        final BTree tree = tables.tree(reader.tableId());
        if (tree == null) {
            reply.only(ApplyStatus.UNKNOWN_TABLE);
            return;
        }
        operations.increment(tree, reader.key(), reader.number(), entry, reply);
    }

    private void compareAndSet(final LogEntry entry, final Reply reply) {
        final BTree tree = tables.tree(reader.tableId());
        if (tree == null) {
            reply.only(ApplyStatus.UNKNOWN_TABLE);
        } else if (!operations.isEqual(tree, reader.key(), reader.second(), entry.timestampMs())) {
            reply.only(ApplyStatus.NOT_MATCHED);
        } else {
            operations.put(tree, reader.key(), reader.value(), reader.number(), entry, 0);
        }
    }

    private void putIfAbsent(final LogEntry entry, final Reply reply) {
        final BTree tree = tables.tree(reader.tableId());
        if (tree == null) {
            reply.only(ApplyStatus.UNKNOWN_TABLE);
        } else if (operations.isPresent(tree, reader.key(), entry.timestampMs())) {
            reply.only(ApplyStatus.NOT_MATCHED);
        } else {
            operations.put(tree, reader.key(), reader.value(), reader.number(), entry, 0);
        }
    }

    private void deleteRange(final LogEntry entry, final Reply reply) {
        final BTree tree = tables.tree(reader.tableId());
        if (tree == null) {
            reply.only(ApplyStatus.UNKNOWN_TABLE);
            return;
        }
        final long removed = operations.deleteRange(
            tree, tables.readTable(reader.tableId()).cursor(), reader.key(), reader.second(), reader.number(), entry.timestampMs());
        reply.appendLong(removed);
        reply.appendByte(operations.removeHasMore() ? 1 : 0);
    }

    private void createTable(final Reply reply) {
        final String name = tableName(reader.key());
        final int existing = tables.userTableId(name);
        if (existing >= 0) {
            reply.only(ApplyStatus.TABLE_EXISTS);
            reply.appendInt(existing);
        } else if (!tables.hasRoom()) {
            reply.only(ApplyStatus.TABLES_FULL);
        } else {
            reply.appendInt(tables.create(name));
        }
    }

    private void dropTable(final Reply reply) {
        final String name = tableName(reader.key());
        final int existing = tables.userTableId(name);
        if (existing == KeyValueCommands.DEFAULT_TABLE) {
            reply.only(ApplyStatus.TABLE_NAME_INVALID);
        } else if (existing < 0) {
            reply.only(ApplyStatus.NOT_FOUND);
        } else {
            tables.drop(name);
        }
    }
}
