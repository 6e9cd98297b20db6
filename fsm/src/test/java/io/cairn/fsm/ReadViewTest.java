package io.cairn.fsm;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ReadViewTest {
    private static final int KEYS = 500;
    private static final int ROUNDS = 400;

    private final KeyValueCommands commands = new KeyValueCommands();
    private final UnsafeBuffer command = MachineFixture.buffer(1024);
    private final Reply reply = new Reply().wrap(MachineFixture.buffer(1024), 0, 1024);

    @Test
    void shouldBeNullWhenNothingWasFrozen() {
        try (MachineFixture fixture = new MachineFixture(4096, 1 << 12)) {
            assertNull(fixture.views().open());
        }
    }

    @Test
    void shouldThrowWhenAClosedViewIsUsed() {
        try (MachineFixture fixture = new MachineFixture(4096, 1 << 12)) {
            fixture.freeze();
            final ReadView view = fixture.views().open();
            view.close();
            view.close();
            assertThrows(IllegalStateException.class, () -> view.scan(0, new ScanRange()));
            assertThrows(IllegalStateException.class, () -> view.query(command, 0, 8, reply));
        }
    }

    @Test
    void shouldAnswerQueriesAsTheMachineDidWhenItWasPinned() {
        try (MachineFixture fixture = new MachineFixture(4096, 1 << 12)) {
            putAll(fixture, 1);
            fixture.freeze();
            try (ReadView view = fixture.views().open()) {
                putAll(fixture, 2);
                final UnsafeBuffer key = new UnsafeBuffer(new byte[8]);
                view.query(command, 0, commands.encodeGet(command, 0, 0, key, 0, 8), reply.reset());
                assertEquals(1, reply.buffer().getLong(1));
                assertEquals(0, view.tableId(KeyValueStateMachine.DEFAULT_TABLE_NAME));
                assertEquals(-1, view.tableId(SessionTable.TABLE_NAME));
            }
        }
    }

    /** One thread writes rounds, in each of which every key gets the round's number; every view must show one round only, that of its index. */
    @Test
    void shouldShowOneMomentWhenAnotherThreadWrites() throws InterruptedException {
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final AtomicLong written = new AtomicLong();
        final AtomicLong seen = new AtomicLong();
        try (MachineFixture fixture = new MachineFixture(512, 1 << 16)) {
            putAll(fixture, 0);
            fixture.freeze();
            final Thread reader = new Thread(() -> {
                final UnsafeBuffer target = new UnsafeBuffer(new byte[8]);
                // Once at least: the writer may be done before this thread has its first turn.
                do {
                    try (ReadView view = fixture.views().open()) {
                        final long round = view.index() / KEYS - 1;
                        int rows = 0;
                        for (final ScanCursor cursor = view.scan(0, new ScanRange()); cursor.next(); rows++) {
                            cursor.copyValue(target, 0, 8);
                            assertEquals(round, target.getLong(0));
                        }
                        assertEquals(KEYS, rows);
                        seen.incrementAndGet();
                    }
                } while (written.get() < ROUNDS);
            });
            reader.setUncaughtExceptionHandler((thread, thrown) -> failure.set(thrown));
            reader.start();
            for (int round = 1; round <= ROUNDS && reader.isAlive(); round++) {
                putAll(fixture, round);
                fixture.freeze();
                written.set(round);
            }
            reader.join();
        }
        assertNull(failure.get(), () -> String.valueOf(failure.get()));
        assertTrue(seen.get() > 0);
    }

    private void putAll(final MachineFixture fixture, final long round) {
        final UnsafeBuffer key = new UnsafeBuffer(new byte[8]);
        final UnsafeBuffer value = new UnsafeBuffer(new byte[8]);
        value.putLong(0, round);
        for (int i = 0; i < KEYS; i++) {
            key.putLong(0, i);
            fixture.apply(command, 0, commands.encodePut(command, 0, 0, key, 0, 8, value, 0, 8, 0), reply);
        }
    }
}
