package io.cairn.engine.install;

import io.cairn.fsm.page.BTree;
import io.cairn.fsm.page.PageStateException;
import io.cairn.fsm.page.RangePatch;
import io.cairn.fsm.page.Tables;
import io.cairn.snapshot.SnapshotException;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.layout.Crc32c;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Applies an increment that was received to a state that nobody else uses, in slices. Where it fails that state is of no use any more; the one in
 * use was not touched. Owner: the Snapshotter.
 */
public final class IncrementReader {
    private static final int BUFFER_LENGTH = 256 << 10;
    private static final int VALUE_LENGTH_MAX = BTree.VALUE_LENGTH_MAX;

    private final IncrementHeader header;
    private final StorageFile file;
    private final Tables tables;
    private final RangePatch patch;
    private UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(BUFFER_LENGTH, 64));
    private long filePosition;
    private int position;
    private int limit;
    private int crc;
    private boolean isAligned;
    private int entriesLeft;
    private boolean isOver;

    /**
     * @param header what it is.
     * @param file   that holds it; stays open.
     * @param tables of the state.
     */
    public IncrementReader(final IncrementHeader header, final StorageFile file, final Tables tables) {
        this.header = header;
        this.file = file;
        this.tables = tables;
        patch = new RangePatch(tables);
    }

    /**
     * One slice.
     *
     * @param entriesMax about as many entries at once.
     * @return amount of work done; 0 when it is over.
     * @throws SnapshotException when it does not fit the state, or is damaged.
     */
    public int doWork(final int entriesMax) {
        if (isOver) {
            return 0;
        }
        try {
            if (!isAligned) {
                alignTables();
                isAligned = true;
            }
            int done = 0;
            while (done < entriesMax && !isOver) {
                step();
                done++;
            }
            return done;
        } catch (final IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException | PageStateException ex) {
            throw new SnapshotException("the increment to entry " + header.index() + " does not fit the state here: " + ex.getMessage(), ex);
        }
    }

    /** @return true when all of it is applied and the tables have as many entries as they should. */
    public boolean isOver() {
        return isOver;
    }

    /** Tables by their ids: those that were dropped go, those that were made come, empty. */
    private void alignTables() {
        final List<String> gone = new ArrayList<>();
        tables.forEach((id, name, size) -> {
            if (header.tables().stream().noneMatch(table -> table.id() == id && table.name().equals(name))) {
                gone.add(name);
            }
        });
        gone.forEach(tables::drop);
        for (final IncrementHeader.Table table : header.tables()) {
            if (null == tables.table(table.id())) {
                tables.create(table.name(), table.id());
            }
        }
        tables.nextTableId(header.nextTableId());
    }

    private void step() {
        if (entriesLeft > 0) {
            readEntry();
            entriesLeft--;
            if (0 == entriesLeft) {
                patch.end();
            }
        } else if (filePosition - (limit - position) == header.lengthBytes()) {
            finish();
        } else {
            readRange();
        }
    }

    private void readRange() {
        need(IncrementRecord.RANGE_LENGTH);
        final int tableId = buffer.getInt(position, LITTLE_ENDIAN);
        final int entries = buffer.getInt(position + 4, LITTLE_ENDIAN);
        final int lowLength = buffer.getShort(position + 8, LITTLE_ENDIAN);
        final int highLength = buffer.getShort(position + 10, LITTLE_ENDIAN);
        position += IncrementRecord.RANGE_LENGTH;
        final BTree tree = tables.table(tableId);
        if (null == tree || entries < 0 || lowLength < 0 || highLength < -1) {
            throw new IllegalArgumentException("a range of table " + tableId + " with " + entries + " entries");
        }
        final int length = lowLength + Math.max(0, highLength);
        need(length);
        patch.begin(tree, buffer, position, lowLength, buffer, position + lowLength, highLength);
        position += length;
        entriesLeft = entries;
        if (0 == entries) {
            patch.end();
        }
    }

    private void readEntry() {
        need(IncrementRecord.ENTRY_LENGTH);
        final int keyLength = buffer.getShort(position, LITTLE_ENDIAN);
        final int valueLength = buffer.getInt(position + 2, LITTLE_ENDIAN);
        position += IncrementRecord.ENTRY_LENGTH;
        if (keyLength < 0 || valueLength < IncrementRecord.OLD_VALUE || valueLength > VALUE_LENGTH_MAX) {
            throw new IllegalArgumentException("an entry with a key of " + keyLength + " bytes and a value of " + valueLength);
        }
        if (IncrementRecord.OLD_VALUE == valueLength) {
            need(keyLength);
            patch.keep(buffer, position, keyLength);
            position += keyLength;
            return;
        }
        need(keyLength + valueLength);
        patch.put(buffer, position, keyLength, buffer, position + keyLength, valueLength);
        position += keyLength + valueLength;
    }

    /** So many bytes lie behind the position. */
    private void need(final int length) {
        if (limit - position >= length) {
            return;
        }
        final long left = header.lengthBytes() - filePosition;
        if (length - (limit - position) > left) {
            throw new IllegalArgumentException("a record reaches beyond its end");
        }
        final UnsafeBuffer source = buffer;
        if (length > buffer.capacity()) {
            buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(length, 64));
        }
        buffer.putBytes(0, source, position, limit - position);
        limit -= position;
        position = 0;
        final int wanted = (int)Math.min(left, buffer.capacity() - limit);
        int done = 0;
        while (done < wanted) {
            final int read = file.read(filePosition, buffer, limit + done, wanted - done);
            if (read <= 0) {
                throw new IllegalArgumentException("it ends at " + filePosition + " of " + header.lengthBytes() + " bytes");
            }
            filePosition += read;
            done += read;
        }
        crc = Crc32c.update(crc, buffer, limit, done);
        limit += done;
    }

    private void finish() {
        if (crc != header.crc()) {
            throw new IllegalArgumentException("its checksum is not the one that was announced");
        }
        for (final IncrementHeader.Table table : header.tables()) {
            final long size = tables.table(table.id()).size();
            if (size != table.entries()) {
                throw new IllegalArgumentException(
                    "table " + table.name() + " has " + size + " entries now, and " + table.entries() + " where it is from");
            }
        }
        isOver = true;
    }
}
