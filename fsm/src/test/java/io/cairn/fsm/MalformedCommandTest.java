package io.cairn.fsm;

import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What cannot be decoded answers BAD_COMMAND and changes nothing; what can be is bounded. The bytes around the command are there and wrong, as in a
 * segment, so that reading past its end would be noticed by what it does.
 */
class MalformedCommandTest {
    private static final int PADDING = 64;

    private final Reply reply = new Reply().wrap(MachineFixture.buffer(64 * 1024), 0, 64 * 1024);

    @Test
    void shouldChangeNothingWhenACommandIsCutShort() {
        final Random random = new Random(7);
        final CommandGenerator generator = new CommandGenerator(random, 20, 64, 500, 3);
        try (MachineFixture fixture = new MachineFixture(256, 1 << 14)) {
            for (int i = 0; i < 300; i++) {
                final int length = generator.nextCommand();
                final long before = fixture.digest(true);
                for (int cut = 0; cut < length; cut += 1 + random.nextInt(20)) {
                    assertTrue(fixture.machine().validate(generator.buffer(), 0, cut) < 0);
                    assertEquals(ApplyStatus.BAD_COMMAND, fixture.apply(generator.buffer(), 0, cut, reply));
                }
                assertEquals(before, fixture.digest(true));
                fixture.apply(generator.buffer(), 0, length, reply);
            }
        }
    }

    @Test
    void shouldStayBoundedWhenBytesOfACommandAreArbitrary() {
        for (long seed = 1; seed <= 4; seed++) {
            final Random random = new Random(seed);
            final CommandGenerator generator = new CommandGenerator(random, 50, 64, 500, 3);
            final UnsafeBuffer command = MachineFixture.buffer(256 * 1024 + 2 * PADDING);
            try (MachineFixture fixture = new MachineFixture(4096, 1 << 14); MachineFixture other = new MachineFixture(512, 1 << 14)) {
                for (int i = 0; i < 20_000; i++) {
                    final int length = random.nextInt(6) == 0 ? generator.nextQuery() : generator.nextCommand();
                    command.setMemory(0, length + 2 * PADDING, (byte) random.nextInt());
                    command.putBytes(PADDING, generator.buffer(), 0, length);
                    for (int flips = random.nextInt(4); flips > 0; flips--) {
                        // Most flips go where the headers and lengths are.
                        final int at = random.nextBoolean() ? random.nextInt(length) : random.nextInt(Math.min(length, 40));
                        command.putByte(PADDING + at, (byte) (random.nextBoolean() ? random.nextInt() : command.getByte(PADDING + at) ^ 1));
                    }
                    applyToBoth(fixture, other, command, length);
                }
                assertEquals(other.digest(true), fixture.digest(true), "seed " + seed);
            }
        }
    }

    private void applyToBoth(final MachineFixture fixture, final MachineFixture other, final UnsafeBuffer command, final int length) {
        final int refusal = other.machine().validate(command, PADDING, length);
        final boolean isShortKeyed = refusal != ApplyStatus.KEY_TOO_LONG;
        fixture.machine().expect(command, PADDING, length);
        if ((length & 1) == 0) {
            fixture.machine().prepare();
        }
        if (isShortKeyed) {
            final int status = fixture.apply(command, PADDING, length, reply);
            assertEquals(status, other.apply(command, PADDING, length, reply));
            assertEquals(refusal < 0 && refusal != ApplyStatus.VALUE_TOO_LONG, status == ApplyStatus.BAD_COMMAND);
            fixture.machine().query(command, PADDING, length, fixture.timestampMs(), reply.reset());
            assertTrue(reply.length() <= reply.capacity());
        }
    }
}
