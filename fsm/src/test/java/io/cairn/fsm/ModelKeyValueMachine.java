package io.cairn.fsm;

import io.cairn.fsm.codec.BatchDecoder;
import io.cairn.fsm.codec.CompareAndSetDecoder;
import io.cairn.fsm.codec.ConditionType;
import io.cairn.fsm.codec.CreateTableDecoder;
import io.cairn.fsm.codec.DeleteDecoder;
import io.cairn.fsm.codec.DeleteRangeDecoder;
import io.cairn.fsm.codec.DropTableDecoder;
import io.cairn.fsm.codec.GetDecoder;
import io.cairn.fsm.codec.IncrementDecoder;
import io.cairn.fsm.codec.MessageHeaderDecoder;
import io.cairn.fsm.codec.OperationType;
import io.cairn.fsm.codec.PutDecoder;
import io.cairn.fsm.codec.PutIfAbsentDecoder;
import io.cairn.fsm.codec.ScanDecoder;
import io.cairn.fsm.codec.ScanDirection;
import io.cairn.fsm.codec.TableByNameDecoder;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * The key-value machine as plain maps on the heap: what the real one must be indistinguishable from, reply for reply, byte for byte. It decodes with
 * the generated decoders and expects well-formed commands. Table ids are handed out from the first one it is told, as the real state does.
 */
public final class ModelKeyValueMachine implements StateMachine {
    private final Map<Integer, NavigableMap<byte[], Row>> tables = new TreeMap<>();
    private final Map<String, Integer> names = new TreeMap<>();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private int nextTableId;

    /**
     * A blank model.
     *
     * @param firstTableId id that the first named table gets.
     */
    public ModelKeyValueMachine(final int firstTableId) {
        nextTableId = firstTableId;
        names.put(KeyValueStateMachine.DEFAULT_TABLE_NAME, 0);
        tables.put(0, newTable());
    }

    /**
     * A value with its expiry.
     *
     * @param value    bytes.
     * @param expiryMs log time at which it is gone, {@link Long#MAX_VALUE} when never.
     * @param expiryId 0 when it never expires.
     */
    public record Row(byte[] value, long expiryMs, long expiryId) {
        boolean isExpired(final long timestampMs) {
            return expiryMs != Long.MAX_VALUE && expiryMs <= timestampMs;
        }

        byte[] stored() {
            if (expiryMs == Long.MAX_VALUE) {
                final byte[] stored = new byte[1 + value.length];
                System.arraycopy(value, 0, stored, 1, value.length);
                return stored;
            }
            final UnsafeBuffer stored = new UnsafeBuffer(new byte[StoredValue.EXPIRING_HEADER + value.length]);
            StoredValue.putExpiringHeader(stored, 0, expiryMs, expiryId);
            stored.putBytes(StoredValue.EXPIRING_HEADER, value);
            return stored.byteArray();
        }
    }

    /**
     * What is live in a table.
     *
     * @param tableId   0 for the default table.
     * @param timeMs    log time of the read.
     * @return a copy, or null when there is no such table.
     */
    public NavigableMap<byte[], Row> live(final int tableId, final long timeMs) {
        final NavigableMap<byte[], Row> table = tables.get(tableId);
        if (table == null) {
            return null;
        }
        final NavigableMap<byte[], Row> live = newTable();
        table.forEach((key, row) -> {
            if (!row.isExpired(timeMs)) {
                live.put(key, row);
            }
        });
        return live;
    }

    /** @return ids of all tables, 0 included. */
    public List<Integer> tableIds() {
        return new ArrayList<>(tables.keySet());
    }

    @Override
    public void open(final StateMachineContext context) {
    }

    @Override
    public void apply(final LogEntry entry, final Reply reply) {
        final DirectBuffer buffer = entry.buffer();
        header.wrap(buffer, entry.offset());
        final int body = entry.offset() + MessageHeaderDecoder.ENCODED_LENGTH;
        switch (header.templateId()) {
            case PutDecoder.TEMPLATE_ID: {
                final PutDecoder put = new PutDecoder().wrap(buffer, body, header.blockLength(), header.version());
                final byte[] key = bytes(put.keyLength(), put::getKey);
                final byte[] value = bytes(put.valueLength(), put::getValue);
                if (knows(put.tableId(), reply)) {
                    put(put.tableId(), key, value, put.ttlMs(), entry, 0);
                }
                break;
            }
            case PutIfAbsentDecoder.TEMPLATE_ID: {
                final PutIfAbsentDecoder put = new PutIfAbsentDecoder().wrap(buffer, body, header.blockLength(), header.version());
                final byte[] key = bytes(put.keyLength(), put::getKey);
                final byte[] value = bytes(put.valueLength(), put::getValue);
                if (knows(put.tableId(), reply)) {
                    if (find(put.tableId(), key, entry.timestampMs()) != null) {
                        reply.only(ApplyStatus.NOT_MATCHED);
                    } else {
                        put(put.tableId(), key, value, put.ttlMs(), entry, 0);
                    }
                }
                break;
            }
            case CompareAndSetDecoder.TEMPLATE_ID: {
                final CompareAndSetDecoder cas = new CompareAndSetDecoder().wrap(buffer, body, header.blockLength(), header.version());
                final byte[] key = bytes(cas.keyLength(), cas::getKey);
                final byte[] expected = bytes(cas.expectedLength(), cas::getExpected);
                final byte[] value = bytes(cas.valueLength(), cas::getValue);
                if (knows(cas.tableId(), reply)) {
                    final Row row = find(cas.tableId(), key, entry.timestampMs());
                    if (row == null || !Arrays.equals(row.value, expected)) {
                        reply.only(ApplyStatus.NOT_MATCHED);
                    } else {
                        put(cas.tableId(), key, value, cas.ttlMs(), entry, 0);
                    }
                }
                break;
            }
            case DeleteDecoder.TEMPLATE_ID: {
                final DeleteDecoder delete = new DeleteDecoder().wrap(buffer, body, header.blockLength(), header.version());
                final byte[] key = bytes(delete.keyLength(), delete::getKey);
                if (knows(delete.tableId(), reply)) {
                    if (find(delete.tableId(), key, entry.timestampMs()) == null) {
                        reply.only(ApplyStatus.NOT_FOUND);
                    }
                    tables.get(delete.tableId()).remove(key);
                }
                break;
            }
            case IncrementDecoder.TEMPLATE_ID: {
                final IncrementDecoder increment = new IncrementDecoder().wrap(buffer, body, header.blockLength(), header.version());
                final byte[] key = bytes(increment.keyLength(), increment::getKey);
                if (knows(increment.tableId(), reply)) {
                    increment(increment.tableId(), key, increment.delta(), entry, reply);
                }
                break;
            }
            case DeleteRangeDecoder.TEMPLATE_ID: {
                final DeleteRangeDecoder range = new DeleteRangeDecoder().wrap(buffer, body, header.blockLength(), header.version());
                final byte[] from = bytes(range.fromKeyLength(), range::getFromKey);
                final byte[] to = bytes(range.toKeyLength(), range::getToKey);
                if (knows(range.tableId(), reply)) {
                    deleteRange(range.tableId(), from, to, range.keysMax(), entry, reply);
                }
                break;
            }
            case BatchDecoder.TEMPLATE_ID:
                batch(new BatchDecoder().wrap(buffer, body, header.blockLength(), header.version()), entry, reply);
                break;
            case CreateTableDecoder.TEMPLATE_ID: {
                final CreateTableDecoder create = new CreateTableDecoder().wrap(buffer, body, header.blockLength(), header.version());
                createTable(new String(bytes(create.nameLength(), create::getName), US_ASCII), reply);
                break;
            }
            case DropTableDecoder.TEMPLATE_ID: {
                final DropTableDecoder drop = new DropTableDecoder().wrap(buffer, body, header.blockLength(), header.version());
                dropTable(new String(bytes(drop.nameLength(), drop::getName), US_ASCII), reply);
                break;
            }
            default:
                reply.only(ApplyStatus.BAD_COMMAND);
                break;
        }
    }

    @Override
    public void query(final DirectBuffer request, final int offset, final int length, final long logTimeMs, final Reply reply) {
        header.wrap(request, offset);
        final int body = offset + MessageHeaderDecoder.ENCODED_LENGTH;
        switch (header.templateId()) {
            case GetDecoder.TEMPLATE_ID: {
                final GetDecoder get = new GetDecoder().wrap(request, body, header.blockLength(), header.version());
                final byte[] key = bytes(get.keyLength(), get::getKey);
                if (knows(get.tableId(), reply)) {
                    final Row row = find(get.tableId(), key, logTimeMs);
                    if (row == null) {
                        reply.only(ApplyStatus.NOT_FOUND);
                    } else if (!append(reply, row.stored())) {
                        reply.only(ApplyStatus.REPLY_TOO_LONG);
                    }
                }
                break;
            }
            case ScanDecoder.TEMPLATE_ID:
                scan(new ScanDecoder().wrap(request, body, header.blockLength(), header.version()), logTimeMs, reply);
                break;
            case TableByNameDecoder.TEMPLATE_ID: {
                final TableByNameDecoder byName = new TableByNameDecoder().wrap(request, body, header.blockLength(), header.version());
                final Integer tableId = names.get(new String(bytes(byName.nameLength(), byName::getName), US_ASCII));
                if (tableId == null) {
                    reply.only(ApplyStatus.NOT_FOUND);
                } else {
                    reply.appendInt(tableId);
                }
                break;
            }
            default:
                reply.only(ApplyStatus.MALFORMED);
                break;
        }
    }

    @Override
    public MachineSnapshot snapshot() {
        throw new UnsupportedOperationException("the model keeps no snapshots");
    }

    @Override
    public void restore(final SnapshotSource source) {
        throw new UnsupportedOperationException("the model keeps no snapshots");
    }

    @Override
    public int validate(final DirectBuffer command, final int offset, final int length) {
        return ApplyStatus.OK;
    }

    @Override
    public void close() {
    }

    private static NavigableMap<byte[], Row> newTable() {
        return new TreeMap<>(Arrays::compareUnsigned);
    }

    private boolean knows(final int tableId, final Reply reply) {
        if (!tables.containsKey(tableId)) {
            reply.only(ApplyStatus.UNKNOWN_TABLE);
            return false;
        }
        return true;
    }

    private Row find(final int tableId, final byte[] key, final long timestampMs) {
        final Row row = tables.get(tableId).get(key);
        return row == null || row.isExpired(timestampMs) ? null : row;
    }

    private void put(final int tableId, final byte[] key, final byte[] value, final long ttlMs, final LogEntry entry, final int position) {
        final BigInteger sum = BigInteger.valueOf(entry.timestampMs()).add(BigInteger.valueOf(ttlMs));
        final long expiryMs = sum.min(BigInteger.valueOf(Long.MAX_VALUE - 1)).longValueExact();
        tables.get(tableId).put(
            key, ttlMs == 0 ? new Row(value, Long.MAX_VALUE, 0) : new Row(value, expiryMs, entry.index() * 4096 + position));
    }

    private void increment(final int tableId, final byte[] key, final long delta, final LogEntry entry, final Reply reply) {
        final Row row = find(tableId, key, entry.timestampMs());
        BigInteger sum = BigInteger.valueOf(delta);
        if (row != null) {
            final String digits = new String(row.value, US_ASCII);
            if (!digits.matches("-?[0-9]{1,19}") || new BigInteger(digits).bitLength() > 63) {
                reply.only(ApplyStatus.NOT_A_NUMBER);
                return;
            }
            sum = sum.add(new BigInteger(digits));
        }
        if (sum.bitLength() > 63) {
            reply.only(ApplyStatus.OVERFLOW);
            return;
        }
        final byte[] value = sum.toString().getBytes(US_ASCII);
        tables.get(tableId).put(key, row == null ? new Row(value, Long.MAX_VALUE, 0) : new Row(value, row.expiryMs, row.expiryId));
        reply.appendLong(sum.longValueExact());
    }

    private void deleteRange(
        final int tableId, final byte[] from, final byte[] to, final int keysMax, final LogEntry entry, final Reply reply) {
        final NavigableMap<byte[], Row> table = tables.get(tableId);
        long removed = 0;
        boolean hasMore = false;
        for (final byte[] key : new ArrayList<>(table.tailMap(from, true).keySet())) {
            if (to.length > 0 && Arrays.compareUnsigned(key, to) >= 0) {
                break;
            }
            final boolean isLive = find(tableId, key, entry.timestampMs()) != null;
            if (isLive && keysMax > 0 && removed == keysMax) {
                hasMore = true;
                break;
            }
            removed += isLive ? 1 : 0;
            table.remove(key);
        }
        reply.appendLong(removed);
        reply.appendByte(hasMore ? 1 : 0);
    }

    private void batch(final BatchDecoder batch, final LogEntry entry, final Reply reply) {
        boolean knowsAll = true;
        int failed = -1;
        int position = 0;
        for (final BatchDecoder.ConditionsDecoder condition : batch.conditions()) {
            final byte[] key = bytes(condition.keyLength(), condition::getKey);
            final byte[] expected = bytes(condition.expectedLength(), condition::getExpected);
            knowsAll &= tables.containsKey(condition.tableId());
            if (knowsAll && failed < 0 && !holds(condition.kind(), find(condition.tableId(), key, entry.timestampMs()), expected)) {
                failed = position;
            }
            position++;
        }
        final List<Runnable> operations = new ArrayList<>();
        for (final BatchDecoder.OperationsDecoder operation : batch.operations()) {
            final byte[] key = bytes(operation.keyLength(), operation::getKey);
            final byte[] value = bytes(operation.valueLength(), operation::getValue);
            final int tableId = operation.tableId();
            final long ttlMs = operation.ttlMs();
            final int ordinal = operations.size();
            knowsAll &= tables.containsKey(tableId);
            operations.add(operation.kind() == OperationType.PUT
                ? () -> put(tableId, key, value, ttlMs, entry, ordinal) : () -> tables.get(tableId).remove(key));
        }
        if (!knowsAll) {
            reply.only(ApplyStatus.UNKNOWN_TABLE);
        } else if (failed >= 0) {
            reply.only(ApplyStatus.NOT_MATCHED);
            reply.appendInt(failed);
        } else {
            operations.forEach(Runnable::run);
        }
    }

    private static boolean holds(final ConditionType kind, final Row row, final byte[] expected) {
        return switch (kind) {
            case ABSENT -> row == null;
            case PRESENT -> row != null;
            case EQUAL -> row != null && Arrays.equals(row.value, expected);
            case NOT_EQUAL -> row == null || !Arrays.equals(row.value, expected);
            default -> throw new IllegalArgumentException(kind.toString());
        };
    }

    private void createTable(final String name, final Reply reply) {
        final Integer existing = names.get(name);
        if (existing != null) {
            reply.only(ApplyStatus.TABLE_EXISTS);
            reply.appendInt(existing);
        } else {
            names.put(name, nextTableId);
            tables.put(nextTableId, newTable());
            reply.appendInt(nextTableId++);
        }
    }

    private void dropTable(final String name, final Reply reply) {
        final Integer existing = names.get(name);
        if (existing == null) {
            reply.only(ApplyStatus.NOT_FOUND);
        } else if (existing == 0) {
            reply.only(ApplyStatus.TABLE_NAME_INVALID);
        } else {
            names.remove(name);
            tables.remove(existing);
        }
    }

    private void scan(final ScanDecoder scan, final long logTimeMs, final Reply reply) {
        final byte[] prefix = bytes(scan.prefixLength(), scan::getPrefix);
        final byte[] from = bytes(scan.fromKeyLength(), scan::getFromKey);
        final byte[] to = bytes(scan.toKeyLength(), scan::getToKey);
        final byte[] startAfter = bytes(scan.startAfterLength(), scan::getStartAfter);
        if (!knows(scan.tableId(), reply)) {
            return;
        }
        final boolean isReverse = scan.direction() == ScanDirection.REVERSE;
        final NavigableMap<byte[], Row> table = tables.get(scan.tableId());
        final int bytesMax = scan.bytesMax() == 0 ? reply.capacity() : Math.min(scan.bytesMax(), reply.capacity());
        int rows = 0;
        boolean hasMore = false;
        boolean isCut = false;
        reply.appendInt(0);
        reply.appendByte(0);
        for (final Map.Entry<byte[], Row> entry : (isReverse ? table.descendingMap() : table).entrySet()) {
            final byte[] key = entry.getKey();
            final int afterStart = startAfter.length == 0 ? 1 : Arrays.compareUnsigned(key, startAfter);
            final boolean isIn = !entry.getValue().isExpired(logTimeMs)
                && key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length)
                && Arrays.compareUnsigned(key, from) >= 0
                && (to.length == 0 || Arrays.compareUnsigned(key, to) < 0)
                && (startAfter.length == 0 || (isReverse ? afterStart < 0 : afterStart > 0));
            if (isIn) {
                if (scan.rowsMax() > 0 && rows == scan.rowsMax()) {
                    hasMore = true;
                    break;
                }
                final byte[] value = entry.getValue().value;
                if (reply.length() + KeyValueReplies.ROW_HEADER + key.length + value.length > bytesMax) {
                    isCut = true;
                    hasMore = true;
                    break;
                }
                reply.appendInt(key.length);
                reply.appendInt(value.length);
                reply.appendLong(entry.getValue().expiryMs);
                append(reply, key);
                append(reply, value);
                rows++;
            }
        }
        if (isCut && rows == 0) {
            reply.only(ApplyStatus.REPLY_TOO_LONG);
        } else {
            reply.buffer().putInt(reply.offset(), rows, java.nio.ByteOrder.LITTLE_ENDIAN);
            reply.buffer().putByte(reply.offset() + Integer.BYTES, (byte) (hasMore ? 1 : 0));
        }
    }

    private static boolean append(final Reply reply, final byte[] bytes) {
        return reply.append(new UnsafeBuffer(bytes), 0, bytes.length);
    }

    private static byte[] bytes(final int length, final Getter getter) {
        final byte[] bytes = new byte[length];
        getter.get(bytes, 0, length);
        return bytes;
    }

    /** A generated getter of variable data. */
    private interface Getter {
        int get(byte[] target, int offset, int length);
    }
}
