package io.cairn.fsm;

import io.cairn.fsm.codec.GetDecoder;
import io.cairn.fsm.codec.ListTablesDecoder;
import io.cairn.fsm.codec.ScanDecoder;
import io.cairn.fsm.codec.TableByNameDecoder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Answers queries from tables, live or pinned. One thread.
 */
final class KeyValueQueries {
    private final ReadTableSource tables;
    private final CommandReader reader;
    private final ScanCursor cursor = new ScanCursor();

    KeyValueQueries(final ReadTableSource tables, final int pageSize) {
        this.tables = tables;
        reader = new CommandReader(KeyValueAdmission.keyBytesMax(pageSize));
    }

    void query(final DirectBuffer request, final int offset, final int length, final long logTimeMs, final Reply reply) {
        final int templateId = reader.read(request, offset, length, Limits.VALUE_BYTES_CAP);
        switch (templateId) {
            case GetDecoder.TEMPLATE_ID:
                get(logTimeMs, reply);
                break;
            case ScanDecoder.TEMPLATE_ID:
                scan(logTimeMs, reply);
                break;
            case TableByNameDecoder.TEMPLATE_ID:
                tableByName(reply);
                break;
            case ListTablesDecoder.TEMPLATE_ID:
                listTables(reply);
                break;
            default:
                reply.only(templateId < 0 ? templateId : ApplyStatus.MALFORMED);
                break;
        }
    }

    private void get(final long logTimeMs, final Reply reply) {
        final ReadTable table = tables.readTable(reader.tableId());
        if (table == null) {
            reply.only(ApplyStatus.UNKNOWN_TABLE);
            return;
        }
        final Bytes key = reader.key();
        final int length = table.get(key.buffer(), key.offset(), key.length(), reply.buffer(), reply.offset(), reply.capacity());
        if (length < 0) {
            reply.only(ApplyStatus.NOT_FOUND);
        } else if (length > reply.capacity()) {
            reply.only(ApplyStatus.REPLY_TOO_LONG);
        } else if (StoredValue.isExpired(reply.buffer(), reply.offset(), logTimeMs)) {
            reply.only(ApplyStatus.NOT_FOUND);
        } else {
            reply.length(length);
        }
    }

    private void scan(final long logTimeMs, final Reply reply) {
        final ReadTable table = tables.readTable(reader.tableId());
        if (table == null) {
            reply.only(ApplyStatus.UNKNOWN_TABLE);
            return;
        }
        final ScanRange range = reader.range();
        final int bytesMax = range.bytesMax() == 0 ? reply.capacity() : Math.min(range.bytesMax(), reply.capacity());
        int rows = 0;
        int length = KeyValueReplies.ROWS_HEADER;
        boolean isCut = false;
        cursor.begin(table.cursor(), range, logTimeMs);
        while (!isCut && cursor.next()) {
            final long rowEnd = (long) length + KeyValueReplies.ROW_HEADER + cursor.keyLength() + cursor.valueLength();
            if (rowEnd > bytesMax) {
                isCut = true;
            } else {
                appendRow(reply.buffer(), reply.offset() + length);
                length = (int) rowEnd;
                rows++;
            }
        }
        finishRows(reply, rows, length, isCut, isCut || cursor.hasMore());
    }

    private void appendRow(final MutableDirectBuffer buffer, final int offset) {
        final int keyLength = cursor.keyLength();
        final int valueLength = cursor.valueLength();
        buffer.putInt(offset, keyLength, LITTLE_ENDIAN);
        buffer.putInt(offset + Integer.BYTES, valueLength, LITTLE_ENDIAN);
        buffer.putLong(offset + Integer.BYTES + Integer.BYTES, cursor.expiryMs(), LITTLE_ENDIAN);
        buffer.putBytes(offset + KeyValueReplies.ROW_HEADER, cursor.key(), 0, keyLength);
        cursor.copyValue(buffer, offset + KeyValueReplies.ROW_HEADER + keyLength, valueLength);
    }

    private static void finishRows(final Reply reply, final int rows, final int length, final boolean isCut, final boolean hasMore) {
        if (length > reply.capacity() || isCut && rows == 0) {
            reply.only(ApplyStatus.REPLY_TOO_LONG);
            return;
        }
        reply.buffer().putInt(reply.offset(), rows, LITTLE_ENDIAN);
        reply.buffer().putByte(reply.offset() + Integer.BYTES, (byte) (hasMore ? 1 : 0));
        reply.length(length);
    }

    private void tableByName(final Reply reply) {
        final int tableId = tables.userTableId(KeyValueStateMachine.tableName(reader.key()));
        if (tableId < 0) {
            reply.only(ApplyStatus.NOT_FOUND);
        } else {
            reply.appendInt(tableId);
        }
    }

    private void listTables(final Reply reply) {
        final TableLister lister = new TableLister(reply, reader.number() == 0 ? Long.MAX_VALUE : reader.number());
        lister.add(KeyValueCommands.DEFAULT_TABLE, KeyValueStateMachine.DEFAULT_TABLE_NAME);
        tables.forEachNamed((tableId, name, size) -> lister.add(tableId, name));
        finishRows(reply, lister.rows, lister.length, lister.isCut, lister.hasMore);
    }

    /** Appends the names of tables as rows. Made anew for each list: this is no data path. */
    private static final class TableLister {
        private final Reply reply;
        private final long rowsMax;
        private int rows;
        private int length = KeyValueReplies.ROWS_HEADER;
        private boolean isCut;
        private boolean hasMore;

        private TableLister(final Reply reply, final long rowsMax) {
            this.reply = reply;
            this.rowsMax = rowsMax;
        }

        private void add(final int tableId, final String name) {
            final int rowEnd = length + KeyValueReplies.ROW_HEADER + name.length() + Integer.BYTES;
            isCut |= rowEnd > reply.capacity();
            hasMore |= isCut || rows == rowsMax;
            if (hasMore) {
                return;
            }
            final MutableDirectBuffer buffer = reply.buffer();
            final int offset = reply.offset() + length;
            buffer.putInt(offset, name.length(), LITTLE_ENDIAN);
            buffer.putInt(offset + Integer.BYTES, Integer.BYTES, LITTLE_ENDIAN);
            buffer.putLong(offset + Integer.BYTES + Integer.BYTES, Long.MAX_VALUE, LITTLE_ENDIAN);
            buffer.putStringWithoutLengthAscii(offset + KeyValueReplies.ROW_HEADER, name);
            buffer.putInt(offset + KeyValueReplies.ROW_HEADER + name.length(), tableId, LITTLE_ENDIAN);
            length = rowEnd;
            rows++;
        }
    }
}
