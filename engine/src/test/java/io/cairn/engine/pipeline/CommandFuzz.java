package io.cairn.engine.pipeline;

import io.cairn.engine.fuzz.Draw;
import io.cairn.engine.fuzz.FuzzTarget;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.Bytes;
import io.cairn.fsm.KeyValueBatch;
import io.cairn.fsm.KeyValueCommands;
import io.cairn.fsm.MachineFixture;
import io.cairn.fsm.Reply;
import io.cairn.fsm.ScanRange;
import io.cairn.fsm.SessionTable;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Payloads of the log as the Applier takes them apart, commands of the key-value machine and queries: two replicas that differ in the size of their
 * pages, and of which one is restored in between when the input says so, answer the same and end with the same digest; what is no command is
 * {@code BAD_COMMAND} for both and was refused before it was logged. Pages that small differ in the longest key they hold, so what either of the two
 * finds too long is logged by neither. The input is a list of entries:
 *
 * <pre>
 *   u8 kind | u16 length | payload        kind: 0 command, 1 in a session, 2 opens one, 3 closes one, 4 keeps one alive, 5 query, 6 time, 7 restart
 * </pre>
 */
public final class CommandFuzz implements FuzzTarget {
    private static final int KINDS = 8;
    private static final int ENTRIES_MAX = 40;
    private static final int GUARD = 64;
    private static final int REPLY_BYTES = 1 << 14;

    private final UnsafeBuffer payload = MachineFixture.buffer((1 << 16) + 2 * GUARD);
    private final Reply reply = new Reply().wrap(MachineFixture.buffer(REPLY_BYTES), 0, REPLY_BYTES);
    private final Reply otherReply = new Reply().wrap(MachineFixture.buffer(REPLY_BYTES), 0, REPLY_BYTES);
    private final Bytes name = new Bytes();

    /** For one thread. */
    public CommandFuzz() {
    }

    @Override
    public List<byte[]> seeds() {
        final KeyValueCommands commands = new KeyValueCommands();
        final UnsafeBuffer to = MachineFixture.buffer(1 << 12);
        final UnsafeBuffer key = new UnsafeBuffer("key".getBytes(StandardCharsets.US_ASCII));
        final UnsafeBuffer value = new UnsafeBuffer("41".getBytes(StandardCharsets.US_ASCII));
        final Bytes keyBytes = new Bytes().wrap(key, 0, 3);
        final Bytes valueBytes = new Bytes().wrap(value, 0, 2);
        final ByteArrayOutputStream commandsOnly = new ByteArrayOutputStream();
        entry(commandsOnly, 0, to, commands.encodeCreateTable(to, 0, key, 0, 3));
        entry(commandsOnly, 0, to, commands.encodePut(to, 0, 0, key, 0, 3, value, 0, 2, 100));
        entry(commandsOnly, 0, to, commands.encodeIncrement(to, 0, 0, key, 0, 3, 1));
        entry(commandsOnly, 0, to, commands.encodeCompareAndSet(to, 0, 0, keyBytes, valueBytes, keyBytes, 0));
        entry(commandsOnly, 0, to, commands.encodePutIfAbsent(to, 0, 3, key, 0, 3, value, 0, 2, 0));
        final KeyValueBatch batch = new KeyValueBatch().begin(to, 0).ifAbsent(0, value, 0, 2).ifEqual(0, key, 0, 3, value, 0, 2)
            .put(0, value, 0, 2, key, 0, 3, 7).delete(0, key, 0, 3);
        entry(commandsOnly, 0, to, batch.length());
        final KeyValueBatch plain = new KeyValueBatch().begin(to, 0).put(0, value, 0, 2, key, 0, 3, 7).delete(3, key, 0, 3);
        entry(commandsOnly, 0, to, plain.length());
        entry(commandsOnly, 0, to, commands.encodeDeleteRange(to, 0, 0, key, 0, 3, value, 0, 0, 2));
        entry(commandsOnly, 6, to, 2);
        entry(commandsOnly, 0, to, commands.encodeDelete(to, 0, 0, key, 0, 3));
        entry(commandsOnly, 0, to, commands.encodeDropTable(to, 0, key, 0, 3));
        final ByteArrayOutputStream queries = new ByteArrayOutputStream();
        entry(queries, 0, to, commands.encodePut(to, 0, 0, key, 0, 3, value, 0, 2, 0));
        entry(queries, 5, to, commands.encodeGet(to, 0, 0, key, 0, 3));
        final ScanRange range = new ScanRange().rowsMax(3).reverse(true);
        range.prefix().wrap(key, 0, 1);
        entry(queries, 5, to, commands.encodeScan(to, 0, 0, range));
        entry(queries, 5, to, commands.encodeTableByName(to, 0, key, 0, 3));
        entry(queries, 5, to, commands.encodeListTables(to, 0, 9));
        entry(queries, 7, to, 0);
        final ByteArrayOutputStream sessions = new ByteArrayOutputStream();
        entry(sessions, 2, to, EntryDescriptor.encodeOpen(to, 0, 1_000, 8, "me".getBytes(StandardCharsets.US_ASCII)));
        for (int serial = 1; serial < 4; serial++) {
            EntryDescriptor.encodeSessionHeader(to, 0, 1, serial, serial - 1);
            final int length = commands.encodePut(to, EntryDescriptor.SESSION_HEADER_LENGTH, 0, key, 0, 3, value, 0, 2, 50);
            entry(sessions, 1, to, EntryDescriptor.SESSION_HEADER_LENGTH + length);
        }
        entry(sessions, 1, to, EntryDescriptor.SESSION_HEADER_LENGTH);
        to.putLong(0, 1);
        entry(sessions, 4, to, 8);
        entry(sessions, 7, to, 0);
        entry(sessions, 6, to, 2);
        entry(sessions, 3, to, 8);
        return List.of(commandsOnly.toByteArray(), queries.toByteArray(), sessions.toByteArray());
    }

    private static void entry(final ByteArrayOutputStream to, final int kind, final UnsafeBuffer payload, final int length) {
        to.writeBytes(new byte[] {(byte)kind, (byte)length, (byte)(length >> 8)});
        final byte[] bytes = new byte[length];
        payload.getBytes(0, bytes);
        to.writeBytes(bytes);
    }

    @Override
    public int rounds() {
        return 3_000;
    }

    @Override
    public long allocationMax(final int length) {
        // An arena's map of its pages, and another after each restart.
        return 8L << 20;
    }

    @Override
    public void accept(final byte[] input) {
        final Draw draw = new Draw(input);
        try (MachineFixture machine = new MachineFixture(512, 1 << 12); MachineFixture other = new MachineFixture(1024, 1 << 12)) {
            for (int i = 0; i < ENTRIES_MAX && draw.hasMore(); i++) {
                final int kind = draw.u8() % KINDS;
                final byte[] bytes = draw.bytes(draw.u16());
                payload.setMemory(0, bytes.length + 2 * GUARD, (byte)-1);
                payload.putBytes(GUARD, bytes);
                final int length = bytes.length;
                switch (kind) {
                    case 5 -> query(machine, other, length);
                    case 6 -> {
                        final long passed = (bytes.length > 0 ? bytes[0] & 0xFF : 0) * 100L;
                        machine.advance(passed);
                        other.advance(passed);
                        machine.tick();
                        other.tick();
                    }
                    case 7 -> other.restart();
                    default -> {
                        if (holdsKeys(machine, kind, length) && holdsKeys(other, kind, length)) {
                            apply(machine, kind, length, reply);
                            apply(other, kind, length, otherReply);
                            assertEquals(describe(reply), describe(otherReply));
                        }
                    }
                }
            }
            other.restart();
            assertEquals(machine.digest(true), other.digest(true), "replicas differ");
            assertEquals(machine.sessions().count(), other.sessions().count());
        }
    }

    private void query(final MachineFixture machine, final MachineFixture other, final int length) {
        machine.machine().query(payload, GUARD, length, machine.timestampMs(), reply.reset());
        other.machine().query(payload, GUARD, length, other.timestampMs(), otherReply.reset());
        assertEquals(describe(reply), describe(otherReply));
    }

    private boolean holdsKeys(final MachineFixture machine, final int kind, final int length) {
        final int header = kind == 1 ? EntryDescriptor.SESSION_HEADER_LENGTH : 0;
        return kind > 1 || length < header || ApplyStatus.KEY_TOO_LONG != machine.machine().validate(payload, GUARD + header, length - header);
    }

    /** As the Applier does, after what the Sequencer checks. */
    private void apply(final MachineFixture machine, final int kind, final int length, final Reply to) {
        to.reset();
        switch (kind) {
            case 0 -> {
                final int verdict = machine.machine().validate(payload, GUARD, length);
                if (verdict == 0) {
                    machine.machine().pagesBound(payload, GUARD, length);
                }
                machine.machine().expect(payload, GUARD, length);
                machine.machine().prepare();
                machine.apply(payload, GUARD, length, to);
                assertTrue(verdict != ApplyStatus.BAD_COMMAND || to.status() == ApplyStatus.BAD_COMMAND, "a command that is none took effect");
            }
            case 1 -> applyInSession(machine, length, to);
            default -> applySession(machine, kind, length, to);
        }
    }

    private void applyInSession(final MachineFixture machine, final int length, final Reply to) {
        if (length < EntryDescriptor.SESSION_HEADER_LENGTH) {
            to.only(ApplyStatus.BAD_COMMAND);
            return;
        }
        final long sessionId = EntryDescriptor.sessionId(payload, GUARD);
        final long serial = EntryDescriptor.serial(payload, GUARD);
        final long acknowledged = EntryDescriptor.acknowledgedSerial(payload, GUARD);
        final int offset = GUARD + EntryDescriptor.SESSION_HEADER_LENGTH;
        final int commandLength = length - EntryDescriptor.SESSION_HEADER_LENGTH;
        machine.sessions().expire(machine.timestampMs());
        if (machine.sessions().check(sessionId, serial, acknowledged, to) == SessionTable.NEW) {
            machine.machine().apply(machine.nextEntry(payload, offset, commandLength), to);
            machine.sessions().record(sessionId, serial, acknowledged, machine.index(), machine.timestampMs(), to);
        } else {
            machine.tick();
        }
    }

    private void applySession(final MachineFixture machine, final int kind, final int length, final Reply to) {
        final int flags = switch (kind) {
            case 2 -> EntryDescriptor.FLAG_OPEN;
            case 3 -> EntryDescriptor.FLAG_CLOSE;
            default -> EntryDescriptor.FLAG_KEEP_ALIVE;
        };
        machine.tick();
        if (!EntryDescriptor.isValidSessionChange(flags, length)) {
            to.only(ApplyStatus.BAD_COMMAND);
        } else if (EntryDescriptor.FLAG_OPEN == flags) {
            name.wrap(payload, GUARD + EntryDescriptor.OPEN_HEADER_LENGTH, length - EntryDescriptor.OPEN_HEADER_LENGTH);
            machine.sessions().open(machine.index(), machine.timestampMs(), name, payload.getLong(GUARD), payload.getInt(GUARD + 8), to);
        } else if (EntryDescriptor.FLAG_KEEP_ALIVE == flags) {
            to.only(machine.sessions().keepAlive(EntryDescriptor.sessionId(payload, GUARD), 0, machine.timestampMs()));
        } else {
            to.only(machine.sessions().close(EntryDescriptor.sessionId(payload, GUARD)));
        }
    }

    private static String describe(final Reply reply) {
        final byte[] bytes = new byte[reply.length()];
        reply.buffer().getBytes(reply.offset(), bytes);
        return reply.status() + " " + Arrays.toString(bytes);
    }
}
