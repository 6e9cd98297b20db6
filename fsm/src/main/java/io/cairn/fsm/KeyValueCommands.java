package io.cairn.fsm;

import io.cairn.fsm.codec.CompareAndSetEncoder;
import io.cairn.fsm.codec.CreateTableEncoder;
import io.cairn.fsm.codec.DeleteEncoder;
import io.cairn.fsm.codec.DeleteRangeEncoder;
import io.cairn.fsm.codec.DropTableEncoder;
import io.cairn.fsm.codec.GetEncoder;
import io.cairn.fsm.codec.IncrementEncoder;
import io.cairn.fsm.codec.ListTablesEncoder;
import io.cairn.fsm.codec.MessageHeaderEncoder;
import io.cairn.fsm.codec.PutEncoder;
import io.cairn.fsm.codec.PutIfAbsentEncoder;
import io.cairn.fsm.codec.ScanDirection;
import io.cairn.fsm.codec.ScanEncoder;
import io.cairn.fsm.codec.TableByNameEncoder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Encodes commands and queries of the key-value machine ({@code kv-command.xml}) into a caller's buffer, allocating nothing. Every method returns the
 * encoded length in bytes and checks no limit: that is {@link StateMachine#validate}'s business; {@link #lengthBound} tells how much room is needed.
 * An instance holds its flyweights and belongs to one thread. Batches are built by {@link KeyValueBatch}.
 */
public final class KeyValueCommands {
    /** Id of the table that is always there. */
    public static final int DEFAULT_TABLE = 0;
    /** Room that any command or query but a batch needs beyond its keys and values. */
    public static final int OVERHEAD_BYTES = 64;

    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final PutEncoder put = new PutEncoder();
    private final DeleteEncoder delete = new DeleteEncoder();
    private final DeleteRangeEncoder deleteRange = new DeleteRangeEncoder();
    private final CompareAndSetEncoder compareAndSet = new CompareAndSetEncoder();
    private final PutIfAbsentEncoder putIfAbsent = new PutIfAbsentEncoder();
    private final IncrementEncoder increment = new IncrementEncoder();
    private final CreateTableEncoder createTable = new CreateTableEncoder();
    private final DropTableEncoder dropTable = new DropTableEncoder();
    private final GetEncoder get = new GetEncoder();
    private final ScanEncoder scan = new ScanEncoder();
    private final TableByNameEncoder tableByName = new TableByNameEncoder();
    private final ListTablesEncoder listTables = new ListTablesEncoder();

    /**
     * Bytes that suffice for a command or query but a batch.
     *
     * @param keyAndValueBytes sum of the lengths of its keys and values.
     * @return bytes.
     */
    public static int lengthBound(final int keyAndValueBytes) {
        return OVERHEAD_BYTES + keyAndValueBytes;
    }

    /**
     * Set a key to a value.
     *
     * @param target      to encode into.
     * @param offset      in the target.
     * @param tableId     0 for the default table.
     * @param key         buffer of the key.
     * @param keyOffset   of the key.
     * @param keyLength   in bytes.
     * @param value       buffer of the value.
     * @param valueOffset of the value.
     * @param valueLength in bytes.
     * @param ttlMs       milliseconds of log time until the key expires; 0: never.
     * @return encoded length in bytes.
     */
    public int encodePut(
        final MutableDirectBuffer target, final int offset, final int tableId,
        final DirectBuffer key, final int keyOffset, final int keyLength,
        final DirectBuffer value, final int valueOffset, final int valueLength, final long ttlMs) {
        put.wrapAndApplyHeader(target, offset, header)
            .tableId(tableId)
            .ttlMs(ttlMs)
            .putKey(key, keyOffset, keyLength)
            .putValue(value, valueOffset, valueLength);
        return MessageHeaderEncoder.ENCODED_LENGTH + put.encodedLength();
    }

    /**
     * Remove a key.
     *
     * @param target    to encode into.
     * @param offset    in the target.
     * @param tableId   0 for the default table.
     * @param key       buffer of the key.
     * @param keyOffset of the key.
     * @param keyLength in bytes.
     * @return encoded length in bytes.
     */
    public int encodeDelete(
        final MutableDirectBuffer target, final int offset, final int tableId,
        final DirectBuffer key, final int keyOffset, final int keyLength) {
        delete.wrapAndApplyHeader(target, offset, header)
            .tableId(tableId)
            .putKey(key, keyOffset, keyLength);
        return MessageHeaderEncoder.ENCODED_LENGTH + delete.encodedLength();
    }

    /**
     * Remove the keys of a range. Without a maximum the whole range goes in one entry, and apply is busy for as long as that takes.
     *
     * @param target     to encode into.
     * @param offset     in the target.
     * @param tableId    0 for the default table.
     * @param from       buffer of the smallest key, inclusive.
     * @param fromOffset of that key.
     * @param fromLength in bytes; 0: from the first key.
     * @param to         buffer of the largest key, exclusive.
     * @param toOffset   of that key.
     * @param toLength   in bytes; 0: through the last key.
     * @param keysMax    most keys to remove, in ascending order; 0: all.
     * @return encoded length in bytes.
     */
    public int encodeDeleteRange(
        final MutableDirectBuffer target, final int offset, final int tableId,
        final DirectBuffer from, final int fromOffset, final int fromLength,
        final DirectBuffer to, final int toOffset, final int toLength, final int keysMax) {
        deleteRange.wrapAndApplyHeader(target, offset, header)
            .tableId(tableId)
            .keysMax(keysMax)
            .putFromKey(from, fromOffset, fromLength)
            .putToKey(to, toOffset, toLength);
        return MessageHeaderEncoder.ENCODED_LENGTH + deleteRange.encodedLength();
    }

    /**
     * Set a key that is there to a value if its value is the expected one.
     *
     * @param target   to encode into.
     * @param offset   in the target.
     * @param tableId  0 for the default table.
     * @param key      to set.
     * @param expected value that the key must have.
     * @param value    it gets.
     * @param ttlMs    milliseconds of log time until the key expires; 0: never.
     * @return encoded length in bytes.
     */
    public int encodeCompareAndSet(
        final MutableDirectBuffer target, final int offset, final int tableId,
        final Bytes key, final Bytes expected, final Bytes value, final long ttlMs) {
        compareAndSet.wrapAndApplyHeader(target, offset, header)
            .tableId(tableId)
            .ttlMs(ttlMs)
            .putKey(key.buffer(), key.offset(), key.length())
            .putExpected(expected.buffer(), expected.offset(), expected.length())
            .putValue(value.buffer(), value.offset(), value.length());
        return MessageHeaderEncoder.ENCODED_LENGTH + compareAndSet.encodedLength();
    }

    /**
     * Set a key to a value unless the key is there.
     *
     * @param target      to encode into.
     * @param offset      in the target.
     * @param tableId     0 for the default table.
     * @param key         buffer of the key.
     * @param keyOffset   of the key.
     * @param keyLength   in bytes.
     * @param value       buffer of the value.
     * @param valueOffset of the value.
     * @param valueLength in bytes.
     * @param ttlMs       milliseconds of log time until the key expires; 0: never.
     * @return encoded length in bytes.
     */
    public int encodePutIfAbsent(
        final MutableDirectBuffer target, final int offset, final int tableId,
        final DirectBuffer key, final int keyOffset, final int keyLength,
        final DirectBuffer value, final int valueOffset, final int valueLength, final long ttlMs) {
        putIfAbsent.wrapAndApplyHeader(target, offset, header)
            .tableId(tableId)
            .ttlMs(ttlMs)
            .putKey(key, keyOffset, keyLength)
            .putValue(value, valueOffset, valueLength);
        return MessageHeaderEncoder.ENCODED_LENGTH + putIfAbsent.encodedLength();
    }

    /**
     * Add to a decimal 64-bit integer; an absent key counts as 0, and the expiry of the key stays as it is.
     *
     * @param target    to encode into.
     * @param offset    in the target.
     * @param tableId   0 for the default table.
     * @param key       buffer of the key.
     * @param keyOffset of the key.
     * @param keyLength in bytes.
     * @param delta     to add.
     * @return encoded length in bytes.
     */
    public int encodeIncrement(
        final MutableDirectBuffer target, final int offset, final int tableId,
        final DirectBuffer key, final int keyOffset, final int keyLength, final long delta) {
        increment.wrapAndApplyHeader(target, offset, header)
            .tableId(tableId)
            .delta(delta)
            .putKey(key, keyOffset, keyLength);
        return MessageHeaderEncoder.ENCODED_LENGTH + increment.encodedLength();
    }

    /**
     * Create a named table, or learn its id.
     *
     * @param target     to encode into.
     * @param offset     in the target.
     * @param name       buffer of the name: printable ASCII, not beginning with {@code $}.
     * @param nameOffset of the name.
     * @param nameLength in bytes.
     * @return encoded length in bytes.
     */
    public int encodeCreateTable(
        final MutableDirectBuffer target, final int offset, final DirectBuffer name, final int nameOffset, final int nameLength) {
        createTable.wrapAndApplyHeader(target, offset, header).putName(name, nameOffset, nameLength);
        return MessageHeaderEncoder.ENCODED_LENGTH + createTable.encodedLength();
    }

    /**
     * Remove a named table and all its keys.
     *
     * @param target     to encode into.
     * @param offset     in the target.
     * @param name       buffer of the name.
     * @param nameOffset of the name.
     * @param nameLength in bytes.
     * @return encoded length in bytes.
     */
    public int encodeDropTable(
        final MutableDirectBuffer target, final int offset, final DirectBuffer name, final int nameOffset, final int nameLength) {
        dropTable.wrapAndApplyHeader(target, offset, header).putName(name, nameOffset, nameLength);
        return MessageHeaderEncoder.ENCODED_LENGTH + dropTable.encodedLength();
    }

    /**
     * Query: the value of a key.
     *
     * @param target    to encode into.
     * @param offset    in the target.
     * @param tableId   0 for the default table.
     * @param key       buffer of the key.
     * @param keyOffset of the key.
     * @param keyLength in bytes.
     * @return encoded length in bytes.
     */
    public int encodeGet(
        final MutableDirectBuffer target, final int offset, final int tableId,
        final DirectBuffer key, final int keyOffset, final int keyLength) {
        get.wrapAndApplyHeader(target, offset, header)
            .tableId(tableId)
            .putKey(key, keyOffset, keyLength);
        return MessageHeaderEncoder.ENCODED_LENGTH + get.encodedLength();
    }

    /**
     * Query: keys and values in order.
     *
     * @param target  to encode into.
     * @param offset  in the target.
     * @param tableId 0 for the default table.
     * @param range   bounds, direction and limits.
     * @return encoded length in bytes.
     */
    public int encodeScan(final MutableDirectBuffer target, final int offset, final int tableId, final ScanRange range) {
        scan.wrapAndApplyHeader(target, offset, header)
            .tableId(tableId)
            .direction(range.isReverse() ? ScanDirection.REVERSE : ScanDirection.FORWARD)
            .rowsMax(range.rowsMax())
            .bytesMax(range.bytesMax())
            .putPrefix(range.prefix().buffer(), range.prefix().offset(), range.prefix().length())
            .putFromKey(range.from().buffer(), range.from().offset(), range.from().length())
            .putToKey(range.to().buffer(), range.to().offset(), range.to().length())
            .putStartAfter(range.startAfter().buffer(), range.startAfter().offset(), range.startAfter().length());
        return MessageHeaderEncoder.ENCODED_LENGTH + scan.encodedLength();
    }

    /**
     * Query: the id of a named table.
     *
     * @param target     to encode into.
     * @param offset     in the target.
     * @param name       buffer of the name.
     * @param nameOffset of the name.
     * @param nameLength in bytes.
     * @return encoded length in bytes.
     */
    public int encodeTableByName(
        final MutableDirectBuffer target, final int offset, final DirectBuffer name, final int nameOffset, final int nameLength) {
        tableByName.wrapAndApplyHeader(target, offset, header).putName(name, nameOffset, nameLength);
        return MessageHeaderEncoder.ENCODED_LENGTH + tableByName.encodedLength();
    }

    /**
     * Query: names and ids of the user tables.
     *
     * @param target  to encode into.
     * @param offset  in the target.
     * @param rowsMax most rows; 0: all.
     * @return encoded length in bytes.
     */
    public int encodeListTables(final MutableDirectBuffer target, final int offset, final int rowsMax) {
        listTables.wrapAndApplyHeader(target, offset, header).rowsMax(rowsMax);
        return MessageHeaderEncoder.ENCODED_LENGTH + listTables.encodedLength();
    }
}
