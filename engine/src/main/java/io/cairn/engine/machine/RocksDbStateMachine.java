package io.cairn.engine.machine;

import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.Bytes;
import io.cairn.fsm.CommandReader;
import io.cairn.fsm.KeyValueReplies;
import io.cairn.fsm.Limits;
import io.cairn.fsm.LogEntry;
import io.cairn.fsm.MachineSnapshot;
import io.cairn.fsm.Reply;
import io.cairn.fsm.ScanRange;
import io.cairn.fsm.SnapshotSource;
import io.cairn.fsm.StateMachine;
import io.cairn.fsm.StateMachineContext;
import io.cairn.fsm.StoredValue;
import io.cairn.fsm.codec.DeleteDecoder;
import io.cairn.fsm.codec.GetDecoder;
import io.cairn.fsm.codec.PutDecoder;
import io.cairn.fsm.codec.ScanDecoder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

import java.nio.file.Path;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * A key-value machine that keeps its state in an embedded RocksDB: put, delete, get and scan of the default table, by the same commands and queries
 * as the built-in machine, without a time to live. Needs {@code org.rocksdb:rocksdbjni} on the class path.
 *
 * <p>The database is scratch. Its own log is off, since Cairn's log is the log; what it has flushed when the process ends may lie ahead of what the
 * log has kept, and the replies of entries that it would skip would be missing from the session table. So a start begins from the snapshot's
 * checkpoint, opened over hard links, and applies every entry behind it, exactly once: the checkpoint carries the index it was taken at, and an
 * entry at or below it is refused.
 *
 * <p>A snapshot is a checkpoint: hard links to files that never change, after the newest writes were flushed into one more. That flush is the only
 * work on the Applier, and {@link RocksDbStore#WRITE_BUFFER_BYTES} bounds it whatever the size of the state.
 *
 * <p>Owner: the Applier, but for {@link #validate}, which belongs to the admitting thread. Errors: {@link RocksDbException} when the database fails,
 * which stops the node.
 */
public final class RocksDbStateMachine implements StateMachine {
    /** Name to give to {@code EngineContext.stateMachine}. */
    public static final String NAME = "rocksdb";
    /** Refused before it was logged: a command that this machine does not know, or a time to live. */
    public static final int UNSUPPORTED = ApplyStatus.USER_ERROR_FIRST;

    private final RocksDbStore store;
    private final CommandReader reader = new CommandReader(Limits.KEY_BYTES_MAX);
    private final CommandReader admissionReader = new CommandReader(Limits.KEY_BYTES_MAX);
    private final UnsafeBuffer key = new UnsafeBuffer(0, 0);
    private byte[] keyBytes = new byte[Limits.KEY_BYTES_MAX];
    private byte[] valueBytes = new byte[4096];
    private StateMachineContext context;
    private long appliedIndex;

    /**
     * Over a directory of its own, which it empties when it starts. On the file system of the snapshots, checkpoints cost no copying.
     *
     * @param dir for the database; made if missing.
     */
    public RocksDbStateMachine(final Path dir) {
        store = new RocksDbStore(dir);
    }

    @Override
    public void open(final StateMachineContext machineContext) {
        if (context != null) {
            throw new IllegalStateException("a machine is opened once");
        }
        context = machineContext;
    }

    @Override
    public void restore(final SnapshotSource source) {
        appliedIndex = store.restore(source);
    }

    @Override
    public void apply(final LogEntry entry, final Reply reply) {
        takeIndex(entry);
        final int templateId = reader.read(entry.buffer(), entry.offset(), entry.length(), Limits.VALUE_BYTES_CAP);
        try {
            if (templateId == PutDecoder.TEMPLATE_ID && isSupported(reader)) {
                final Bytes value = reader.value();
                valueBytes = fitting(valueBytes, value.length());
                value.buffer().getBytes(value.offset(), valueBytes, 0, value.length());
                store.put(keyBytes, copyKey(reader.key()), valueBytes, value.length());
            } else if (templateId == DeleteDecoder.TEMPLATE_ID && isSupported(reader)) {
                final int keyLength = copyKey(reader.key());
                if (store.get(keyBytes, keyLength) == null) {
                    reply.only(ApplyStatus.NOT_FOUND);
                } else {
                    store.delete(keyBytes, keyLength);
                }
            } else {
                reply.only(ApplyStatus.BAD_COMMAND);
            }
        } catch (final RocksDBException ex) {
            throw new RocksDbException("entry " + entry.index() + " cannot be applied", store.dir(), ex);
        }
    }

    private static boolean isSupported(final CommandReader command) {
        return command.tableId() == 0 && command.number() == 0;
    }

    @Override
    public void tick(final LogEntry entry) {
        takeIndex(entry);
    }

    private void takeIndex(final LogEntry entry) {
        if (entry.index() <= appliedIndex) {
            throw new IllegalStateException("entry " + entry.index() + " is in the state already, which is as of entry " + appliedIndex);
        }
        appliedIndex = entry.index();
    }

    /** @return index of the last entry in the state. */
    public long appliedIndex() {
        return appliedIndex;
    }

    private int copyKey(final Bytes source) {
        keyBytes = fitting(keyBytes, source.length());
        source.buffer().getBytes(source.offset(), keyBytes, 0, source.length());
        return source.length();
    }

    private static byte[] fitting(final byte[] array, final int length) {
        return length <= array.length ? array : new byte[Integer.highestOneBit(length) * 2];
    }

    @Override
    public void query(final DirectBuffer request, final int offset, final int length, final long logTimeMs, final Reply reply) {
        final int templateId = reader.read(request, offset, length, Limits.VALUE_BYTES_CAP);
        if (templateId != GetDecoder.TEMPLATE_ID && templateId != ScanDecoder.TEMPLATE_ID) {
            reply.only(templateId < 0 ? templateId : UNSUPPORTED);
        } else if (reader.tableId() != 0) {
            reply.only(ApplyStatus.UNKNOWN_TABLE);
        } else if (templateId == GetDecoder.TEMPLATE_ID) {
            get(reply);
        } else {
            scan(reader.range(), reply);
        }
    }

    private void get(final Reply reply) {
        final byte[] value;
        try {
            value = store.get(keyBytes, copyKey(reader.key()));
        } catch (final RocksDBException ex) {
            throw new RocksDbException("a key cannot be read", store.dir(), ex);
        }
        if (value == null) {
            reply.only(ApplyStatus.NOT_FOUND);
        } else if (StoredValue.PLAIN_HEADER + value.length > reply.capacity()) {
            reply.only(ApplyStatus.REPLY_TOO_LONG);
        } else {
            reply.buffer().putByte(reply.offset(), StoredValue.PLAIN);
            reply.buffer().putBytes(reply.offset() + StoredValue.PLAIN_HEADER, value);
            reply.length(StoredValue.PLAIN_HEADER + value.length);
        }
    }

    private void scan(final ScanRange range, final Reply reply) {
        final int bytesMax = range.bytesMax() == 0 ? reply.capacity() : Math.min(range.bytesMax(), reply.capacity());
        final long rowsMax = range.rowsMax() == 0 ? Long.MAX_VALUE : range.rowsMax();
        long length = KeyValueReplies.ROWS_HEADER;
        int rows = 0;
        boolean hasMore = false;
        try (RocksIterator iterator = store.iterator()) {
            RocksDbRange.seek(iterator, range);
            while (iterator.isValid() && !hasMore) {
                final byte[] found = iterator.key();
                key.wrap(found);
                if (RocksDbRange.isBehind(key, range)) {
                    break;
                }
                if (RocksDbRange.admits(key, range)) {
                    final byte[] value = iterator.value();
                    final long rowEnd = length + KeyValueReplies.ROW_HEADER + found.length + value.length;
                    hasMore = rows == rowsMax || rowEnd > bytesMax;
                    if (!hasMore) {
                        appendRow(reply.buffer(), (int)(reply.offset() + length), found, value);
                        length = rowEnd;
                        rows++;
                    }
                }
                RocksDbRange.step(iterator, range);
            }
            iterator.status();
        } catch (final RocksDBException ex) {
            throw new RocksDbException("keys cannot be read", store.dir(), ex);
        }
        if (rows == 0 && hasMore || length > reply.capacity()) {
            reply.only(ApplyStatus.REPLY_TOO_LONG);
            return;
        }
        reply.buffer().putInt(reply.offset(), rows, LITTLE_ENDIAN);
        reply.buffer().putByte(reply.offset() + Integer.BYTES, (byte)(hasMore ? 1 : 0));
        reply.length((int)length);
    }

    private static void appendRow(final MutableDirectBuffer buffer, final int offset, final byte[] rowKey, final byte[] value) {
        buffer.putInt(offset, rowKey.length, LITTLE_ENDIAN);
        buffer.putInt(offset + Integer.BYTES, value.length, LITTLE_ENDIAN);
        buffer.putLong(offset + Integer.BYTES + Integer.BYTES, Long.MAX_VALUE, LITTLE_ENDIAN);
        buffer.putBytes(offset + KeyValueReplies.ROW_HEADER, rowKey);
        buffer.putBytes(offset + KeyValueReplies.ROW_HEADER + rowKey.length, value);
    }

    @Override
    public MachineSnapshot snapshot() {
        return store.checkpoint(appliedIndex);
    }

    @Override
    public int validate(final DirectBuffer command, final int offset, final int length) {
        final int templateId = admissionReader.read(command, offset, length, context.valueBytesMax());
        if (templateId < 0) {
            return templateId;
        }
        if (templateId != PutDecoder.TEMPLATE_ID && templateId != DeleteDecoder.TEMPLATE_ID) {
            return UNSUPPORTED;
        }
        if (templateId == PutDecoder.TEMPLATE_ID && admissionReader.number() != 0) {
            return UNSUPPORTED;
        }
        return admissionReader.tableId() == 0 ? ApplyStatus.OK : ApplyStatus.UNKNOWN_TABLE;
    }

    @Override
    public void close() {
        store.close();
    }
}
