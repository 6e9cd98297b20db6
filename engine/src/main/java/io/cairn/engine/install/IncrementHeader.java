package io.cairn.engine.install;

import io.cairn.snapshot.SnapshotException;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * What goes before an increment: from where to where it leads, what the tables are there, and by what the result is known. Little-endian; all of it
 * is announced with its length and CRC32C.
 *
 * <pre>
 *   0 magic i32 | 4 version i32 | 8 base index i64 | 16 index i64 | 24 term i64 | 32 log time ms i64 | 40 log chain i32 | 44 next table id i32
 *   48 digest i64 | 56 length of the increment i64 | 64 its CRC32C i32 | 68 tables i32 | 72 length of the machine's name i32, name
 *   length of the configuration i32, configuration | for each table: id i32 | entries i64 | length of the name i32 | name
 * </pre>
 *
 * @param baseIndex     it holds what changed behind that entry: it can be applied to a state as of this entry, or of a later one.
 * @param index         last entry that the result includes.
 * @param term          of that entry.
 * @param timestampMs   log time of that entry.
 * @param walChain      the log's chain value at that entry.
 * @param nextTableId   id of the table that is made next.
 * @param digest        of the result.
 * @param lengthBytes   of the increment itself.
 * @param crc           CRC32C of the increment itself.
 * @param machineName   of the state machine.
 * @param configuration members as of that entry.
 * @param tables        that the result has, in the order of ids.
 */
public record IncrementHeader(
    long baseIndex, long index, long term, long timestampMs, int walChain, int nextTableId, long digest, long lengthBytes, int crc,
    String machineName, byte[] configuration, List<Table> tables) {

    private static final int MAGIC = 0x434E_4943;
    private static final int VERSION = 1;
    private static final int FIXED_LENGTH = 72;

    /**
     * A table of the result.
     *
     * @param id      of the table.
     * @param entries in it.
     * @param name    of the table.
     */
    public record Table(int id, long entries, String name) {
    }

    byte[] encode() {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(1_024);
        buffer.putInt(0, MAGIC, LITTLE_ENDIAN);
        buffer.putInt(4, VERSION, LITTLE_ENDIAN);
        buffer.putLong(8, baseIndex, LITTLE_ENDIAN);
        buffer.putLong(16, index, LITTLE_ENDIAN);
        buffer.putLong(24, term, LITTLE_ENDIAN);
        buffer.putLong(32, timestampMs, LITTLE_ENDIAN);
        buffer.putInt(40, walChain, LITTLE_ENDIAN);
        buffer.putInt(44, nextTableId, LITTLE_ENDIAN);
        buffer.putLong(48, digest, LITTLE_ENDIAN);
        buffer.putLong(56, lengthBytes, LITTLE_ENDIAN);
        buffer.putInt(64, crc, LITTLE_ENDIAN);
        buffer.putInt(68, tables.size(), LITTLE_ENDIAN);
        int offset = put(buffer, FIXED_LENGTH, machineName.getBytes(StandardCharsets.UTF_8));
        offset = put(buffer, offset, configuration);
        for (final Table table : tables) {
            buffer.putInt(offset, table.id, LITTLE_ENDIAN);
            buffer.putLong(offset + 4, table.entries, LITTLE_ENDIAN);
            offset = put(buffer, offset + 12, table.name.getBytes(StandardCharsets.UTF_8));
        }
        final byte[] bytes = new byte[offset];
        buffer.getBytes(0, bytes);
        return bytes;
    }

    private static int put(final ExpandableArrayBuffer buffer, final int offset, final byte[] bytes) {
        buffer.putInt(offset, bytes.length, LITTLE_ENDIAN);
        buffer.putBytes(offset + 4, bytes);
        return offset + 4 + bytes.length;
    }

    /**
     * @param bytes that came.
     * @return what they say.
     * @throws SnapshotException when they make no sense.
     */
    static IncrementHeader decode(final byte[] bytes) {
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        if (bytes.length < FIXED_LENGTH || buffer.getInt(0, LITTLE_ENDIAN) != MAGIC || buffer.getInt(4, LITTLE_ENDIAN) != VERSION) {
            throw new SnapshotException("what was received is no increment of version " + VERSION);
        }
        final byte[] machine = bytes(buffer, FIXED_LENGTH);
        int offset = FIXED_LENGTH + 4 + machine.length;
        final byte[] configuration = bytes(buffer, offset);
        offset += 4 + configuration.length;
        final int count = buffer.getInt(68, LITTLE_ENDIAN);
        final List<Table> tables = new ArrayList<>();
        int lastId = 0;
        for (int i = 0; i < count; i++) {
            final byte[] name = bytes(buffer, offset + 12);
            final Table table = new Table(
                buffer.getInt(offset, LITTLE_ENDIAN), buffer.getLong(offset + 4, LITTLE_ENDIAN), new String(name, StandardCharsets.UTF_8));
            check(table.id > lastId && table.entries >= 0, "the tables of an increment are not in order");
            lastId = table.id;
            tables.add(table);
            offset += 16 + name.length;
        }
        final IncrementHeader header = new IncrementHeader(
            buffer.getLong(8, LITTLE_ENDIAN), buffer.getLong(16, LITTLE_ENDIAN), buffer.getLong(24, LITTLE_ENDIAN), buffer.getLong(32, LITTLE_ENDIAN),
            buffer.getInt(40, LITTLE_ENDIAN), buffer.getInt(44, LITTLE_ENDIAN), buffer.getLong(48, LITTLE_ENDIAN), buffer.getLong(56, LITTLE_ENDIAN),
            buffer.getInt(64, LITTLE_ENDIAN), new String(machine, StandardCharsets.UTF_8), configuration, tables);
        check(offset == bytes.length && count >= 0 && header.baseIndex >= 0 && header.index >= header.baseIndex && header.lengthBytes >= 0 &&
            header.nextTableId > lastId, "the header of an increment makes no sense");
        return header;
    }

    private static byte[] bytes(final UnsafeBuffer buffer, final int offset) {
        check(offset + 4 <= buffer.capacity(), "the header of an increment ends early");
        final int length = buffer.getInt(offset, LITTLE_ENDIAN);
        check(length >= 0 && length <= buffer.capacity() - offset - 4, "the header of an increment ends early");
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset + 4, bytes);
        return bytes;
    }

    private static void check(final boolean holds, final String message) {
        if (!holds) {
            throw new SnapshotException(message);
        }
    }
}
