package io.cairn.fsm;

import io.cairn.fsm.codec.BatchEncoder;
import io.cairn.fsm.codec.ConditionType;
import io.cairn.fsm.codec.GroupSizeEncodingEncoder;
import io.cairn.fsm.codec.MessageHeaderEncoder;
import io.cairn.fsm.codec.OperationType;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Builds an atomic batch in a caller's buffer: first the conditions, then the operations, then {@link #length()}. All operations take effect, in
 * order, if all conditions hold before the first of them; else none does. Allocates nothing; belongs to one thread.
 */
public final class KeyValueBatch {
    private static final int COUNT_OFFSET = GroupSizeEncodingEncoder.numInGroupEncodingOffset();

    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final BatchEncoder batch = new BatchEncoder();
    private MutableDirectBuffer target;
    private int start;
    private int conditionsOffset;
    private int operationsOffset;
    private int limit;
    private int conditions;
    private int operations;

    /**
     * Begins a batch.
     *
     * @param target to encode into; must hold what is added, see {@link #entryBound}.
     * @param offset in the target.
     * @return this.
     */
    public KeyValueBatch begin(final MutableDirectBuffer target, final int offset) {
        this.target = target;
        start = offset;
        batch.wrapAndApplyHeader(target, offset, header);
        conditionsOffset = offset + MessageHeaderEncoder.ENCODED_LENGTH + BatchEncoder.BLOCK_LENGTH;
        conditions = 0;
        operations = 0;
        limit = beginGroup(conditionsOffset, BatchEncoder.ConditionsEncoder.sbeBlockLength());
        operationsOffset = 0;
        return this;
    }

    /**
     * Bytes that suffice for one condition or operation.
     *
     * @param keyAndValueBytes sum of the lengths of its key and value.
     * @return bytes.
     */
    public static int entryBound(final int keyAndValueBytes) {
        return 24 + keyAndValueBytes;
    }

    /**
     * Demands that a key is not there.
     *
     * @param tableId   0 for the default table.
     * @param key       buffer of the key.
     * @param keyOffset of the key.
     * @param keyLength in bytes.
     * @return this.
     */
    public KeyValueBatch ifAbsent(final int tableId, final DirectBuffer key, final int keyOffset, final int keyLength) {
        return condition(ConditionType.ABSENT, tableId, key, keyOffset, keyLength, key, 0, 0);
    }

    /**
     * Demands that a key is there.
     *
     * @param tableId   0 for the default table.
     * @param key       buffer of the key.
     * @param keyOffset of the key.
     * @param keyLength in bytes.
     * @return this.
     */
    public KeyValueBatch ifPresent(final int tableId, final DirectBuffer key, final int keyOffset, final int keyLength) {
        return condition(ConditionType.PRESENT, tableId, key, keyOffset, keyLength, key, 0, 0);
    }

    /**
     * Demands that a key has a value.
     *
     * @param tableId        0 for the default table.
     * @param key            buffer of the key.
     * @param keyOffset      of the key.
     * @param keyLength      in bytes.
     * @param expected       buffer of the value.
     * @param expectedOffset of the value.
     * @param expectedLength in bytes.
     * @return this.
     */
    public KeyValueBatch ifEqual(
        final int tableId, final DirectBuffer key, final int keyOffset, final int keyLength,
        final DirectBuffer expected, final int expectedOffset, final int expectedLength) {
        return condition(ConditionType.EQUAL, tableId, key, keyOffset, keyLength, expected, expectedOffset, expectedLength);
    }

    /**
     * Demands that a key is absent or has another value.
     *
     * @param tableId        0 for the default table.
     * @param key            buffer of the key.
     * @param keyOffset      of the key.
     * @param keyLength      in bytes.
     * @param expected       buffer of the value.
     * @param expectedOffset of the value.
     * @param expectedLength in bytes.
     * @return this.
     */
    public KeyValueBatch ifNotEqual(
        final int tableId, final DirectBuffer key, final int keyOffset, final int keyLength,
        final DirectBuffer expected, final int expectedOffset, final int expectedLength) {
        return condition(ConditionType.NOT_EQUAL, tableId, key, keyOffset, keyLength, expected, expectedOffset, expectedLength);
    }

    /**
     * Sets a key to a value.
     *
     * @param tableId     0 for the default table.
     * @param key         buffer of the key.
     * @param keyOffset   of the key.
     * @param keyLength   in bytes.
     * @param value       buffer of the value.
     * @param valueOffset of the value.
     * @param valueLength in bytes.
     * @param ttlMs       milliseconds of log time until the key expires; 0: never.
     * @return this.
     */
    public KeyValueBatch put(
        final int tableId, final DirectBuffer key, final int keyOffset, final int keyLength,
        final DirectBuffer value, final int valueOffset, final int valueLength, final long ttlMs) {
        return operation(OperationType.PUT, tableId, key, keyOffset, keyLength, value, valueOffset, valueLength, ttlMs);
    }

    /**
     * Removes a key; it may be absent.
     *
     * @param tableId   0 for the default table.
     * @param key       buffer of the key.
     * @param keyOffset of the key.
     * @param keyLength in bytes.
     * @return this.
     */
    public KeyValueBatch delete(final int tableId, final DirectBuffer key, final int keyOffset, final int keyLength) {
        return operation(OperationType.DELETE, tableId, key, keyOffset, keyLength, key, 0, 0, 0);
    }

    /**
     * Ends the batch.
     *
     * @return encoded length in bytes.
     */
    public int length() {
        if (operationsOffset == 0) {
            beginOperations();
        }
        return limit - start;
    }

    private KeyValueBatch condition(
        final ConditionType type, final int tableId, final DirectBuffer key, final int keyOffset, final int keyLength,
        final DirectBuffer value, final int valueOffset, final int valueLength) {
        if (operationsOffset != 0) {
            throw new IllegalStateException("a batch takes its conditions before its operations");
        }
        target.putInt(limit + BatchEncoder.ConditionsEncoder.tableIdEncodingOffset(), tableId, LITTLE_ENDIAN);
        target.putByte(limit + BatchEncoder.ConditionsEncoder.kindEncodingOffset(), (byte) type.value());
        limit += BatchEncoder.ConditionsEncoder.sbeBlockLength();
        append(key, keyOffset, keyLength);
        append(value, valueOffset, valueLength);
        conditions = count(conditionsOffset, conditions);
        return this;
    }

    private KeyValueBatch operation(
        final OperationType type, final int tableId, final DirectBuffer key, final int keyOffset, final int keyLength,
        final DirectBuffer value, final int valueOffset, final int valueLength, final long ttlMs) {
        if (operationsOffset == 0) {
            beginOperations();
        }
        target.putInt(limit + BatchEncoder.OperationsEncoder.tableIdEncodingOffset(), tableId, LITTLE_ENDIAN);
        target.putByte(limit + BatchEncoder.OperationsEncoder.kindEncodingOffset(), (byte) type.value());
        target.putLong(limit + BatchEncoder.OperationsEncoder.ttlMsEncodingOffset(), ttlMs, LITTLE_ENDIAN);
        limit += BatchEncoder.OperationsEncoder.sbeBlockLength();
        append(key, keyOffset, keyLength);
        append(value, valueOffset, valueLength);
        operations = count(operationsOffset, operations);
        return this;
    }

    private void beginOperations() {
        operationsOffset = limit;
        limit = beginGroup(operationsOffset, BatchEncoder.OperationsEncoder.sbeBlockLength());
    }

    private int beginGroup(final int groupOffset, final int blockLength) {
        target.putShort(groupOffset + GroupSizeEncodingEncoder.blockLengthEncodingOffset(), (short) blockLength, LITTLE_ENDIAN);
        target.putShort(groupOffset + COUNT_OFFSET, (short) 0, LITTLE_ENDIAN);
        return groupOffset + GroupSizeEncodingEncoder.ENCODED_LENGTH;
    }

    private int count(final int groupOffset, final int before) {
        if (before >= Limits.BATCH_OPERATIONS_MAX) {
            throw new IllegalStateException(ApplyStatus.explain(ApplyStatus.BATCH_TOO_LARGE));
        }
        target.putShort(groupOffset + COUNT_OFFSET, (short) (before + 1), LITTLE_ENDIAN);
        return before + 1;
    }

    private void append(final DirectBuffer source, final int offset, final int length) {
        target.putInt(limit, length, LITTLE_ENDIAN);
        limit += Integer.BYTES;
        target.putBytes(limit, source, offset, length);
        limit += length;
    }
}
