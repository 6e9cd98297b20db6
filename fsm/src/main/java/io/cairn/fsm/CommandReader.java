package io.cairn.fsm;

import io.cairn.fsm.codec.BatchDecoder;
import io.cairn.fsm.codec.CompareAndSetDecoder;
import io.cairn.fsm.codec.CreateTableDecoder;
import io.cairn.fsm.codec.DeleteDecoder;
import io.cairn.fsm.codec.DeleteRangeDecoder;
import io.cairn.fsm.codec.DropTableDecoder;
import io.cairn.fsm.codec.GetDecoder;
import io.cairn.fsm.codec.IncrementDecoder;
import io.cairn.fsm.codec.ListTablesDecoder;
import io.cairn.fsm.codec.MessageHeaderDecoder;
import io.cairn.fsm.codec.PutDecoder;
import io.cairn.fsm.codec.PutIfAbsentDecoder;
import io.cairn.fsm.codec.ScanDecoder;
import io.cairn.fsm.codec.ScanDirection;
import io.cairn.fsm.codec.TableByNameDecoder;
import org.agrona.DirectBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Decodes a command or a query where it lies and checks every length and limit of it, so that what it hands out is safe to use. The same code decides
 * before a command is logged and when it is applied; only the limit on values differs. A flyweight of one thread.
 */
public final class CommandReader {
    private final int keyBytesMax;
    private final VarDataReader reader = new VarDataReader();
    private final BatchReader batch;
    private final ScanRange range = new ScanRange();
    private final Bytes key = new Bytes();
    private final Bytes value = new Bytes();
    private final Bytes second = new Bytes();
    private int tableId;
    private long number;

    /**
     * With a limit on keys.
     *
     * @param keyBytesMax longest key or bound.
     */
    public CommandReader(final int keyBytesMax) {
        this.keyBytesMax = keyBytesMax;
        batch = new BatchReader(keyBytesMax);
    }

    /**
     * Decodes a message.
     *
     * @param buffer        of the message.
     * @param offset        of its header.
     * @param length        of header and body in bytes.
     * @param valueBytesMax longest value.
     * @return its template id, or the negative status that it deserves.
     */
    public int read(final DirectBuffer buffer, final int offset, final int length, final int valueBytesMax) {
        if (length < MessageHeaderDecoder.ENCODED_LENGTH) {
            return ApplyStatus.MALFORMED;
        }
        final int blockLength = unsignedShort(buffer, offset + MessageHeaderDecoder.blockLengthEncodingOffset());
        final int templateId = unsignedShort(buffer, offset + MessageHeaderDecoder.templateIdEncodingOffset());
        final int schemaId = unsignedShort(buffer, offset + MessageHeaderDecoder.schemaIdEncodingOffset());
        if (schemaId != MessageHeaderDecoder.SCHEMA_ID) {
            return ApplyStatus.MALFORMED;
        }
        reader.wrap(buffer, offset + MessageHeaderDecoder.ENCODED_LENGTH, offset + length);
        final int block = reader.block(blockLength);
        if (block < 0) {
            return ApplyStatus.MALFORMED;
        }
        final int status = body(templateId, buffer, block, blockLength, valueBytesMax);
        if (status < 0) {
            return status;
        }
        final int version = unsignedShort(buffer, offset + MessageHeaderDecoder.versionEncodingOffset());
        if (reader.limit() != offset + length && version <= MessageHeaderDecoder.SCHEMA_VERSION) {
            return ApplyStatus.MALFORMED;
        }
        return templateId;
    }

    /** @return table that the message names. */
    public int tableId() {
        return tableId;
    }

    /** @return TTL, delta or maximum, as the message has it. */
    public long number() {
        return number;
    }

    /** @return key, lower bound or table name. */
    public Bytes key() {
        return key;
    }

    /** @return value. */
    public Bytes value() {
        return value;
    }

    /** @return expected value or upper bound. */
    public Bytes second() {
        return second;
    }

    BatchReader batch() {
        return batch;
    }

    /** @return bounds, direction and limits of a scan. */
    public ScanRange range() {
        return range;
    }

    static int checkKey(final Bytes key, final int keyBytesMax) {
        if (key.isEmpty()) {
            return ApplyStatus.KEY_EMPTY;
        }
        return key.length() > keyBytesMax ? ApplyStatus.KEY_TOO_LONG : ApplyStatus.OK;
    }

    private int checkBound(final Bytes key) {
        return key.length() > keyBytesMax ? ApplyStatus.KEY_TOO_LONG : ApplyStatus.OK;
    }

    private int body(
        final int templateId, final DirectBuffer buffer, final int block, final int blockLength, final int valueBytesMax) {
        switch (templateId) {
            case PutDecoder.TEMPLATE_ID:
                return blockLength < PutDecoder.BLOCK_LENGTH ? ApplyStatus.MALFORMED : put(buffer, block, valueBytesMax);
            case PutIfAbsentDecoder.TEMPLATE_ID:
                return blockLength < PutIfAbsentDecoder.BLOCK_LENGTH ? ApplyStatus.MALFORMED : put(buffer, block, valueBytesMax);
            case GetDecoder.TEMPLATE_ID:
                return blockLength < GetDecoder.BLOCK_LENGTH ? ApplyStatus.MALFORMED : keyOnly(buffer, block);
            case DeleteDecoder.TEMPLATE_ID:
                return blockLength < DeleteDecoder.BLOCK_LENGTH ? ApplyStatus.MALFORMED : keyOnly(buffer, block);
            case IncrementDecoder.TEMPLATE_ID:
                return blockLength < IncrementDecoder.BLOCK_LENGTH ? ApplyStatus.MALFORMED : increment(buffer, block);
            case CompareAndSetDecoder.TEMPLATE_ID:
                return blockLength < CompareAndSetDecoder.BLOCK_LENGTH ? ApplyStatus.MALFORMED : compareAndSet(buffer, block, valueBytesMax);
            case DeleteRangeDecoder.TEMPLATE_ID:
                return blockLength < DeleteRangeDecoder.BLOCK_LENGTH ? ApplyStatus.MALFORMED : deleteRange(buffer, block);
            case BatchDecoder.TEMPLATE_ID:
                return batch(buffer, valueBytesMax);
            case ScanDecoder.TEMPLATE_ID:
                return blockLength < ScanDecoder.BLOCK_LENGTH ? ApplyStatus.MALFORMED : scan(buffer, block);
            case CreateTableDecoder.TEMPLATE_ID, DropTableDecoder.TEMPLATE_ID, TableByNameDecoder.TEMPLATE_ID:
                return name();
            case ListTablesDecoder.TEMPLATE_ID:
                return blockLength < ListTablesDecoder.BLOCK_LENGTH ? ApplyStatus.MALFORMED : listTables(buffer, block);
            default:
                return ApplyStatus.MALFORMED;
        }
    }

    /** Put and put-if-absent have one layout. */
    private int put(final DirectBuffer buffer, final int block, final int valueBytesMax) {
        tableId = buffer.getInt(block + PutDecoder.tableIdEncodingOffset(), LITTLE_ENDIAN);
        number = buffer.getLong(block + PutDecoder.ttlMsEncodingOffset(), LITTLE_ENDIAN);
        if (number < 0 || !reader.next(key) || !reader.next(value)) {
            return ApplyStatus.MALFORMED;
        }
        final int status = checkKey(key, keyBytesMax);
        if (status < 0) {
            return status;
        }
        return value.length() > valueBytesMax ? ApplyStatus.VALUE_TOO_LONG : ApplyStatus.OK;
    }

    /** Get and delete have one layout. */
    private int keyOnly(final DirectBuffer buffer, final int block) {
        tableId = buffer.getInt(block + GetDecoder.tableIdEncodingOffset(), LITTLE_ENDIAN);
        return reader.next(key) ? checkKey(key, keyBytesMax) : ApplyStatus.MALFORMED;
    }

    private int increment(final DirectBuffer buffer, final int block) {
        tableId = buffer.getInt(block + IncrementDecoder.tableIdEncodingOffset(), LITTLE_ENDIAN);
        number = buffer.getLong(block + IncrementDecoder.deltaEncodingOffset(), LITTLE_ENDIAN);
        return reader.next(key) ? checkKey(key, keyBytesMax) : ApplyStatus.MALFORMED;
    }

    private int compareAndSet(final DirectBuffer buffer, final int block, final int valueBytesMax) {
        tableId = buffer.getInt(block + CompareAndSetDecoder.tableIdEncodingOffset(), LITTLE_ENDIAN);
        number = buffer.getLong(block + CompareAndSetDecoder.ttlMsEncodingOffset(), LITTLE_ENDIAN);
        if (number < 0 || !reader.next(key) || !reader.next(second) || !reader.next(value)) {
            return ApplyStatus.MALFORMED;
        }
        final int status = checkKey(key, keyBytesMax);
        if (status < 0) {
            return status;
        }
        return Math.max(value.length(), second.length()) > valueBytesMax ? ApplyStatus.VALUE_TOO_LONG : ApplyStatus.OK;
    }

    private int deleteRange(final DirectBuffer buffer, final int block) {
        tableId = buffer.getInt(block + DeleteRangeDecoder.tableIdEncodingOffset(), LITTLE_ENDIAN);
        number = buffer.getInt(block + DeleteRangeDecoder.keysMaxEncodingOffset(), LITTLE_ENDIAN);
        if (number < 0 || !reader.next(key) || !reader.next(second)) {
            return ApplyStatus.MALFORMED;
        }
        return Math.min(checkBound(key), checkBound(second));
    }

    private int batch(final DirectBuffer buffer, final int valueBytesMax) {
        final int limit = batch.check(buffer, reader.limit(), reader.end(), valueBytesMax);
        if (limit < 0) {
            return limit;
        }
        reader.wrap(buffer, limit, reader.end());
        return ApplyStatus.OK;
    }

    private int scan(final DirectBuffer buffer, final int block) {
        tableId = buffer.getInt(block + ScanDecoder.tableIdEncodingOffset(), LITTLE_ENDIAN);
        final int direction = buffer.getByte(block + ScanDecoder.directionEncodingOffset()) & 0xFF;
        final int rowsMax = buffer.getInt(block + ScanDecoder.rowsMaxEncodingOffset(), LITTLE_ENDIAN);
        final int bytesMax = buffer.getInt(block + ScanDecoder.bytesMaxEncodingOffset(), LITTLE_ENDIAN);
        if (direction > ScanDirection.REVERSE.value() || rowsMax < 0 || bytesMax < 0) {
            return ApplyStatus.MALFORMED;
        }
        range.clear().reverse(direction == ScanDirection.REVERSE.value()).rowsMax(rowsMax).bytesMax(bytesMax);
        if (!reader.next(range.prefix()) || !reader.next(range.from()) || !reader.next(range.to()) || !reader.next(range.startAfter())) {
            return ApplyStatus.MALFORMED;
        }
        final int first = Math.min(checkBound(range.prefix()), checkBound(range.from()));
        return Math.min(first, Math.min(checkBound(range.to()), checkBound(range.startAfter())));
    }

    private int name() {
        if (!reader.next(key)) {
            return ApplyStatus.MALFORMED;
        }
        if (key.isEmpty() || key.length() > Limits.TABLE_NAME_BYTES_MAX || key.buffer().getByte(key.offset()) == '$') {
            return ApplyStatus.TABLE_NAME_INVALID;
        }
        for (int i = 0; i < key.length(); i++) {
            final byte character = key.buffer().getByte(key.offset() + i);
            if (character <= ' ' || character > '~') {
                return ApplyStatus.TABLE_NAME_INVALID;
            }
        }
        return ApplyStatus.OK;
    }

    private int listTables(final DirectBuffer buffer, final int block) {
        number = buffer.getInt(block + ListTablesDecoder.rowsMaxEncodingOffset(), LITTLE_ENDIAN);
        return number < 0 ? ApplyStatus.MALFORMED : ApplyStatus.OK;
    }

    private static int unsignedShort(final DirectBuffer buffer, final int offset) {
        return buffer.getShort(offset, LITTLE_ENDIAN) & 0xFFFF;
    }
}
