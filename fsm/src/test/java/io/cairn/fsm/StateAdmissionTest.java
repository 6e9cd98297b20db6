package io.cairn.fsm;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class StateAdmissionTest {
    private static final int IN_FLIGHT = 16;

    private final KeyValueCommands commands = new KeyValueCommands();
    private final UnsafeBuffer command = MachineFixture.buffer(64 * 1024);
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[16]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[20_000]);
    private final Reply reply = new Reply().wrap(MachineFixture.buffer(1024), 0, 1024);

    /** Fills the arena until admission refuses, with a version pinned, so that every page touched is copied; then empties it again. */
    @Test
    void shouldRefuseBeforeTheArenaIsExhaustedWhenEverythingAdmittedIsApplied() {
        for (final int valueBytes : new int[] {10, 100, 1_500, 20_000}) {
            try (MachineFixture fixture = new MachineFixture(4096, 1_024)) {
                final StateAdmission admission =
                    new StateAdmission(fixture.arena(), StateAdmission.headroomFor(fixture.arena().pagesMax()));
                long keys = fill(fixture, admission, valueBytes, 0);
                assertTrue(keys > 50, valueBytes + " bytes: " + keys + " keys");
                fixture.freeze();
                try (ReadView pinned = fixture.views().open()) {
                    keys = fill(fixture, admission, valueBytes, keys);
                    assertEquals(fixture.index() > 0, pinned.index() > 0);
                }
                for (long i = 0; i < keys; i++) {
                    key.putLong(0, i * 0x9E3779B97F4A7C15L);
                    final int length = commands.encodeDelete(command, 0, 0, key, 0, 16);
                    final int bound = fixture.machine().pagesBound(command, 0, length);
                    assertTrue(bound < 0);
                    assertTrue(admission.tryReserve(bound), valueBytes + " bytes: a full state cannot be emptied");
                    fixture.apply(command, 0, length, reply);
                    admission.release(bound);
                    if (i % 64 == 0) {
                        fixture.freeze();
                    }
                }
                assertEquals(0, fixture.tables().table(KeyValueStateMachine.DEFAULT_TABLE_NAME).size());
            }
        }
    }

    /** Keys fill the arena as far as admission lets them, every page is frozen and pinned, and then all of them expire. */
    @Test
    void shouldKeepRoomForExpiryWhenEveryPageHasToBeCopied() {
        try (MachineFixture fixture = new MachineFixture(4096, 1_024)) {
            final StateAdmission admission =
                new StateAdmission(fixture.arena(), StateAdmission.headroomFor(fixture.arena().pagesMax()));
            long keys = 0;
            int bound = 0;
            while (admission.tryReserve(bound)) {
                fixture.apply(command, 0, encode(keys++, 100, 1_000), reply);
                admission.release(bound);
                admission.timerPages(fixture.machine().timerPagesBound());
                bound = fixture.machine().pagesBound(command, 0, encode(keys, 100, 1_000));
            }
            fixture.freeze();
            try (ReadView pinned = fixture.views().open()) {
                fixture.advance(1_000);
                while (fixture.machine().hasTimers()) {
                    fixture.tick();
                }
                assertTrue(pinned.scan(0, new ScanRange()).next());
            }
            assertEquals(0, fixture.tables().table(KeyValueStateMachine.DEFAULT_TABLE_NAME).size());
        }
    }

    @Test
    void shouldCountReservationsWhenTheyAreNotReleasedYet() {
        try (MachineFixture fixture = new MachineFixture(4096, 256)) {
            final StateAdmission admission = new StateAdmission(fixture.arena(), 16);
            final int available = (int) fixture.arena().availablePages();
            assertFalse(admission.tryReserve(available - 15));
            assertTrue(admission.tryReserve(available - 16));
            assertFalse(admission.tryReserve(1));
            assertTrue(admission.tryReserve(-8));
            assertFalse(admission.tryReserve(-1));
            admission.release(-8);
            admission.cancel(available - 16);
            assertTrue(admission.tryReserve(1));
        }
    }

    /** Admits a window of commands ahead of applying it, until one is refused; answers the number of keys there are then. */
    private long fill(final MachineFixture fixture, final StateAdmission admission, final int valueBytes, final long keysBefore) {
        long keys = keysBefore;
        final int[] bounds = new int[IN_FLIGHT];
        int admitted = IN_FLIGHT;
        while (admitted == IN_FLIGHT) {
            admitted = 0;
            while (admitted < IN_FLIGHT && reserve(fixture, admission, bounds, admitted, keys + admitted, valueBytes)) {
                admitted++;
            }
            for (int i = 0; i < admitted; i++) {
                fixture.apply(command, 0, encode(keys++, valueBytes), reply);
                admission.release(bounds[i]);
            }
        }
        return keys;
    }

    private boolean reserve(
        final MachineFixture fixture, final StateAdmission admission, final int[] bounds, final int slot, final long i,
        final int valueBytes) {
        bounds[slot] = fixture.machine().pagesBound(command, 0, encode(i, valueBytes));
        return admission.tryReserve(bounds[slot]);
    }

    private int encode(final long i, final int valueBytes) {
        return encode(i, valueBytes, 0);
    }

    private int encode(final long i, final int valueBytes, final long ttlMs) {
        key.putLong(0, i * 0x9E3779B97F4A7C15L);
        return commands.encodePut(command, 0, 0, key, 0, 16, value, 0, valueBytes, ttlMs);
    }
}
