package io.cairn.fsm;

import io.cairn.fsm.codec.BatchDecoder;
import io.cairn.fsm.codec.ConditionType;
import io.cairn.fsm.codec.GroupSizeEncodingDecoder;
import io.cairn.fsm.codec.OperationType;
import org.agrona.DirectBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Reads a batch: first {@link #check}, which walks all of it, then the conditions and the operations, as often as needed. A flyweight of one thread.
 */
final class BatchReader {
    private static final int CONDITION_BLOCK = BatchDecoder.ConditionsDecoder.sbeBlockLength();
    private static final int OPERATION_BLOCK = BatchDecoder.OperationsDecoder.sbeBlockLength();

    private final int keyBytesMax;
    private final VarDataReader reader = new VarDataReader();
    private final Bytes key = new Bytes();
    private final Bytes value = new Bytes();
    private DirectBuffer buffer;
    private int end;
    private int conditionsOffset;
    private int conditions;
    private int conditionBlock;
    private int operationsOffset;
    private int operations;
    private int operationBlock;
    private int tableId;
    private int kind;
    private long ttlMs;

    BatchReader(final int keyBytesMax) {
        this.keyBytesMax = keyBytesMax;
    }

    /**
     * Takes the groups of a batch and checks every length and limit in them.
     *
     * @param buffer        of the message.
     * @param offset        of the conditions group.
     * @param end           of the message.
     * @param valueBytesMax longest value.
     * @return limit behind the last operation, or a negative status.
     */
    int check(final DirectBuffer buffer, final int offset, final int end, final int valueBytesMax) {
        this.buffer = buffer;
        this.end = end;
        reader.wrap(buffer, offset, end);
        final int conditionsHeader = reader.block(GroupSizeEncodingDecoder.ENCODED_LENGTH);
        if (conditionsHeader < 0) {
            return ApplyStatus.MALFORMED;
        }
        conditions = groupCount(conditionsHeader);
        conditionBlock = groupBlock(conditionsHeader);
        conditionsOffset = reader.limit();
        final int conditionsStatus = checkConditions(valueBytesMax);
        if (conditionsStatus < 0) {
            return conditionsStatus;
        }
        final int operationsHeader = reader.block(GroupSizeEncodingDecoder.ENCODED_LENGTH);
        if (operationsHeader < 0) {
            return ApplyStatus.MALFORMED;
        }
        operations = groupCount(operationsHeader);
        operationBlock = groupBlock(operationsHeader);
        operationsOffset = reader.limit();
        final int operationsStatus = checkOperations(valueBytesMax);
        return operationsStatus < 0 ? operationsStatus : reader.limit();
    }

    int conditions() {
        return conditions;
    }

    int operations() {
        return operations;
    }

    void firstCondition() {
        reader.wrap(buffer, conditionsOffset, end);
    }

    void firstOperation() {
        reader.wrap(buffer, operationsOffset, end);
    }

    boolean nextCondition() {
        final int block = reader.block(conditionBlock);
        if (block < 0) {
            return false;
        }
        tableId = buffer.getInt(block + BatchDecoder.ConditionsDecoder.tableIdEncodingOffset(), LITTLE_ENDIAN);
        kind = buffer.getByte(block + BatchDecoder.ConditionsDecoder.kindEncodingOffset()) & 0xFF;
        return reader.next(key) && reader.next(value);
    }

    boolean nextOperation() {
        final int block = reader.block(operationBlock);
        if (block < 0) {
            return false;
        }
        tableId = buffer.getInt(block + BatchDecoder.OperationsDecoder.tableIdEncodingOffset(), LITTLE_ENDIAN);
        kind = buffer.getByte(block + BatchDecoder.OperationsDecoder.kindEncodingOffset()) & 0xFF;
        ttlMs = buffer.getLong(block + BatchDecoder.OperationsDecoder.ttlMsEncodingOffset(), LITTLE_ENDIAN);
        return reader.next(key) && reader.next(value);
    }

    int tableId() {
        return tableId;
    }

    int kind() {
        return kind;
    }

    long ttlMs() {
        return ttlMs;
    }

    Bytes key() {
        return key;
    }

    Bytes value() {
        return value;
    }

    private int checkConditions(final int valueBytesMax) {
        if (conditions > Limits.BATCH_OPERATIONS_MAX) {
            return ApplyStatus.BATCH_TOO_LARGE;
        }
        if (conditionBlock < CONDITION_BLOCK) {
            return ApplyStatus.MALFORMED;
        }
        for (int i = 0; i < conditions; i++) {
            if (!nextCondition() || kind > ConditionType.NOT_EQUAL.value()) {
                return ApplyStatus.MALFORMED;
            }
            final int status = checkKeyAndValue(valueBytesMax);
            if (status < 0) {
                return status;
            }
        }
        return ApplyStatus.OK;
    }

    private int checkOperations(final int valueBytesMax) {
        if (operations > Limits.BATCH_OPERATIONS_MAX) {
            return ApplyStatus.BATCH_TOO_LARGE;
        }
        if (operationBlock < OPERATION_BLOCK) {
            return ApplyStatus.MALFORMED;
        }
        for (int i = 0; i < operations; i++) {
            if (!nextOperation() || kind > OperationType.DELETE.value() || ttlMs < 0) {
                return ApplyStatus.MALFORMED;
            }
            final int status = checkKeyAndValue(valueBytesMax);
            if (status < 0) {
                return status;
            }
        }
        return ApplyStatus.OK;
    }

    private int checkKeyAndValue(final int valueBytesMax) {
        final int status = CommandReader.checkKey(key, keyBytesMax);
        if (status < 0) {
            return status;
        }
        return value.length() > valueBytesMax ? ApplyStatus.VALUE_TOO_LONG : ApplyStatus.OK;
    }

    private int groupCount(final int header) {
        return buffer.getShort(header + GroupSizeEncodingDecoder.numInGroupEncodingOffset(), LITTLE_ENDIAN) & 0xFFFF;
    }

    private int groupBlock(final int header) {
        return buffer.getShort(header + GroupSizeEncodingDecoder.blockLengthEncodingOffset(), LITTLE_ENDIAN) & 0xFFFF;
    }
}
