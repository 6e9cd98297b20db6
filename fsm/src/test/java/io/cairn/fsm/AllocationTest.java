package io.cairn.fsm;

import com.sun.management.ThreadMXBean;
import io.cairn.fsm.page.BTree;
import java.lang.management.ManagementFactory;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Nothing is allocated per operation in steady state. The loop runs until a whole round of it allocates nothing, a bounded number of times, because
 * compilation and class loading allocate on this thread in the first ones.
 */
class AllocationTest {
    private static final int OPERATIONS = 20_000;
    private static final int ROUNDS_MAX = 20;
    private static final int KEYS = 1_000;

    private final KeyValueCommands commands = new KeyValueCommands();
    private final KeyValueBatch batch = new KeyValueBatch();
    private final KeyValueReplies replies = new KeyValueReplies();
    private final UnsafeBuffer command = MachineFixture.buffer(16 * 1024);
    private final UnsafeBuffer key = MachineFixture.buffer(16);
    private final UnsafeBuffer value = MachineFixture.buffer(100);
    private final Reply reply = new Reply().wrap(MachineFixture.buffer(64 * 1024), 0, 64 * 1024);
    private final ScanRange range = new ScanRange().rowsMax(10);
    private final Bytes row = new Bytes();

    @Test
    void shouldAllocateNothingWhenCommandsAreApplied() {
        try (MachineFixture fixture = new MachineFixture(4096, 1 << 14)) {
            final long sessionId = fixture.sessions().open(1, fixture.timestampMs(), new Bytes(), 1_000_000_000, 64, reply.reset());
            assertNothingAllocated(() -> plain(fixture));
            ballast(fixture);
            assertNothingAllocated(() -> expected(fixture));
            final long[] serial = {0};
            assertNothingAllocated(() -> inSession(fixture, sessionId, serial));
            assertNothingAllocated(() -> expiring(fixture));
        }
    }

    private void plain(final MachineFixture fixture) {
        for (int i = 0; i < OPERATIONS; i++) {
            key.putLong(0, i % KEYS);
            final int putLength = commands.encodePut(command, 0, 0, key, 0, 16, value, 0, 100, 0);
            assertEquals(0, fixture.machine().validate(command, 0, putLength));
            fixture.apply(command, 0, putLength, reply);
            fixture.machine().query(command, 0, commands.encodeGet(command, 0, 0, key, 0, 16), fixture.timestampMs(), reply.reset());
            assertEquals(100, replies.wrap(reply).valueLength());
            range.from().wrap(key, 0, 16);
            fixture.machine().query(command, 0, commands.encodeScan(command, 0, 0, range), fixture.timestampMs(), reply.reset());
            replies.wrap(reply);
            while (replies.nextRow()) {
                replies.rowValue(row);
            }
            batch.begin(command, 0).ifPresent(0, key, 0, 16).put(0, key, 0, 16, value, 0, 100, 0).delete(0, key, 0, 15);
            assertEquals(0, fixture.apply(command, 0, batch.length(), reply));
            fixture.apply(command, 0, commands.encodeDelete(command, 0, 0, key, 0, 16), reply);
        }
    }

    private void expected(final MachineFixture fixture) {
        for (int i = 0; i < OPERATIONS; i++) {
            key.putLong(0, i % KEYS);
            final int putLength = commands.encodePut(command, 0, 0, key, 0, 16, value, 0, 100, 0);
            fixture.machine().expect(command, 0, putLength);
            batch.begin(command, putLength).ifPresent(0, key, 0, 16).put(0, key, 0, 16, value, 0, 100, 0).delete(0, key, 0, 15);
            fixture.machine().expect(command, putLength, batch.length());
            fixture.machine().prepare();
            fixture.apply(command, 0, putLength, reply);
        }
    }

    /** A state large enough for looking ahead. */
    private void ballast(final MachineFixture fixture) {
        final BTree tree = fixture.tables().create("$ballast");
        for (int i = 0; i < 200; i++) {
            key.putLong(0, i);
            tree.put(key, 0, 16, command, 0, 4096);
        }
    }

    private void inSession(final MachineFixture fixture, final long sessionId, final long[] serial) {
        for (int i = 0; i < OPERATIONS; i++) {
            key.putLong(0, i % KEYS);
            final int length = commands.encodePut(command, 0, 0, key, 0, 16, value, 0, 100, 0);
            serial[0]++;
            final int decision = fixture.applyInSession(sessionId, serial[0], serial[0] - 32, command, length, reply);
            assertEquals(SessionTable.NEW, decision);
            assertEquals(
                SessionTable.DUPLICATE, fixture.applyInSession(sessionId, serial[0], serial[0] - 32, command, length, reply));
        }
    }

    private void expiring(final MachineFixture fixture) {
        for (int i = 0; i < OPERATIONS; i++) {
            fixture.advance(1);
            key.putLong(0, KEYS + i % KEYS);
            fixture.apply(command, 0, commands.encodePut(command, 0, 0, key, 0, 16, value, 0, 100, 100 + i % 1_700), reply);
        }
    }

    private static void assertNothingAllocated(final Runnable round) {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long threadId = Thread.currentThread().getId();
        long allocated = Long.MAX_VALUE;
        for (int i = 0; i < ROUNDS_MAX && allocated > 0; i++) {
            final long before = threads.getThreadAllocatedBytes(threadId);
            round.run();
            allocated = threads.getThreadAllocatedBytes(threadId) - before;
        }
        assertTrue(allocated == 0, allocated + " bytes allocated in the last of " + ROUNDS_MAX + " rounds of " + OPERATIONS);
    }
}
