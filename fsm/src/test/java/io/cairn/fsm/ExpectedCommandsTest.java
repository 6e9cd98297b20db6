package io.cairn.fsm;

import io.cairn.fsm.page.BTree;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A machine that is told of commands ahead answers and becomes the same as one that is not, whatever it is told.
 */
class ExpectedCommandsTest {
    private static final int PAGE_SIZE = 512;
    private static final int KEYS = 6_000;
    private static final int OPERATIONS = 60_000;
    private static final int BALLAST_PAGES = 512 * 1024 / PAGE_SIZE;

    private final Reply reply = new Reply().wrap(MachineFixture.buffer(64 * 1024), 0, 64 * 1024);
    private final Reply otherReply = new Reply().wrap(MachineFixture.buffer(64 * 1024), 0, 64 * 1024);

    @Test
    void shouldAnswerTheSameWhenCommandsWereExpected() {
        for (long seed = 1; seed <= 3; seed++) {
            final Random random = new Random(seed);
            final CommandGenerator generator = new CommandGenerator(random, KEYS, PAGE_SIZE / 4, 3_000, 4);
            try (MachineFixture told = new MachineFixture(PAGE_SIZE, 1 << 16); MachineFixture untold = new MachineFixture(PAGE_SIZE, 1 << 16)) {
                ballast(told);
                ballast(untold);
                for (int i = 0; i < OPERATIONS; i++) {
                    // Some are never applied, and some are applied between being told of one and preparing for it.
                    expectOne(told, generator);
                    final int length = generator.nextCommand();
                    told.machine().expect(generator.buffer(), 0, length);
                    if (random.nextInt(6) == 0) {
                        told.machine().prepare();
                    }
                    final long byMs = random.nextInt(3);
                    told.advance(byMs);
                    untold.advance(byMs);
                    assertEquals(untold.apply(generator.buffer(), 0, length, otherReply), told.apply(generator.buffer(), 0, length, reply));
                    assertEquals(text(otherReply), text(reply), "seed " + seed);
                }
                assertEquals(untold.digest(true), told.digest(true), "seed " + seed);
                assertEquals(untold.arena().livePages(), told.arena().livePages());
            }
        }
    }

    /** A state that is never too small for looking ahead, whatever the commands remove: out of their reach, one page for each value. */
    private static void ballast(final MachineFixture fixture) {
        final BTree tree = fixture.tables().create("$ballast");
        final UnsafeBuffer value = MachineFixture.buffer(PAGE_SIZE / 2);
        for (int i = 0; i < BALLAST_PAGES; i++) {
            value.putInt(0, i);
            tree.put(value, 0, Integer.BYTES, value, 0, value.capacity());
        }
        assertTrue(fixture.arena().livePages() > BALLAST_PAGES);
    }

    private static void expectOne(final MachineFixture told, final CommandGenerator generator) {
        final int length = generator.nextCommand();
        told.machine().expect(generator.buffer(), 0, length);
    }

    private static String text(final Reply reply) {
        return java.util.Arrays.toString(new Bytes().wrap(reply.buffer(), reply.offset(), reply.length()).toArray());
    }
}
