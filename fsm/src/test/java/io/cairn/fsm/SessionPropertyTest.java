package io.cairn.fsm;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * The session table against its model: duplicates, gaps, windows, expiry, resumption by name, across restarts from a page image. A second table that
 * never restarts must have the same digest, sessions included.
 */
class SessionPropertyTest {
    private static final int SEEDS_DEFAULT = 40;
    private static final int OPERATIONS = 40_000;
    private static final int SESSIONS_MAX = 6;

    @Test
    void shouldDecideLikeTheModelWhenRequestsAreRandom() {
        final Long only = Long.getLong("cairn.property.seed");
        for (long seed = 1; only == null && seed <= Integer.getInteger("cairn.property.seeds", SEEDS_DEFAULT); seed++) {
            runNamed(seed);
        }
        if (only != null) {
            runNamed(only);
        }
    }

    private static void runNamed(final long seed) {
        try {
            new Run(seed).run();
        } catch (final AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed + ": " + e, e);
        }
    }

    private static final class Run {
        private final Random random;
        private final ModelSessions model = new ModelSessions();
        private final List<Long> ids = new ArrayList<>(List.of(-1L, 0L));
        private final KeyValueCommands commands = new KeyValueCommands();
        private final UnsafeBuffer command = MachineFixture.buffer(16 * 1024);
        private final Reply reply = new Reply().wrap(MachineFixture.buffer(16 * 1024), 0, 16 * 1024);
        private final Reply otherReply = new Reply().wrap(MachineFixture.buffer(16 * 1024), 0, 16 * 1024);
        private MachineFixture fixture;
        private MachineFixture other;

        private Run(final long seed) {
            random = new Random(seed);
        }

        private void run() {
            try (MachineFixture first = new MachineFixture(256, 1 << 16); MachineFixture second = new MachineFixture(1024, 1 << 16)) {
                fixture = first;
                other = second;
                for (int i = 0; i < OPERATIONS; i++) {
                    step();
                    if (random.nextInt(OPERATIONS / 5) == 0) {
                        fixture.restart();
                    }
                    if (random.nextInt(1_000) == 0) {
                        fixture.freeze();
                    }
                }
                assertEquals(other.digest(true), fixture.digest(true));
            }
        }

        private void step() {
            final long byMs = random.nextInt(6) == 0 ? random.nextInt(40) : 0;
            fixture.advance(byMs);
            other.advance(byMs);
            model.expire(fixture.timestampMs());
            final int kind = random.nextInt(100);
            if (kind < 3) {
                open();
            } else if (kind < 4) {
                final long id = pickId();
                tick();
                final int status = model.close(id);
                assertEquals(status, fixture.sessions().close(id));
                assertEquals(status, other.sessions().close(id));
            } else if (kind < 10) {
                final long id = pickId();
                final long acknowledged = model.lastSerial(id) - random.nextInt(4);
                tick();
                final int status = model.keepAlive(id, acknowledged, fixture.timestampMs());
                assertEquals(status, fixture.sessions().keepAlive(id, acknowledged, fixture.timestampMs()));
                assertEquals(status, other.sessions().keepAlive(id, acknowledged, fixture.timestampMs()));
            } else {
                command();
            }
            assertEquals(model.count(), fixture.sessions().count());
        }

        private void tick() {
            fixture.tick();
            other.tick();
        }

        private void open() {
            tick();
            if (model.count() >= SESSIONS_MAX) {
                return;
            }
            final String name = random.nextBoolean() ? "" : "client-" + random.nextInt(4);
            final byte[] nameBytes = name.getBytes(US_ASCII);
            final Bytes nameView = new Bytes().wrap(new UnsafeBuffer(nameBytes), 0, nameBytes.length);
            final long timeoutMs = 50 + random.nextInt(400);
            final int window = 1 + random.nextInt(12);
            final long expected = model.open(fixture.index(), fixture.timestampMs(), name, timeoutMs, window);
            assertEquals(
                expected, fixture.sessions().open(fixture.index(), fixture.timestampMs(), nameView, timeoutMs, window, reply.reset()));
            assertEquals(
                expected, other.sessions().open(fixture.index(), fixture.timestampMs(), nameView, timeoutMs, window, otherReply.reset()));
            assertEquals(model.lastSerial(expected), reply.buffer().getLong(8));
            assertEquals(model.acknowledged(expected), reply.buffer().getLong(16));
            if (!ids.contains(expected)) {
                ids.add(expected);
            }
        }

        private void command() {
            final long id = pickId();
            final long last = Math.max(model.lastSerial(id), 0);
            final long serial = switch (random.nextInt(10)) {
                case 0 -> last - random.nextInt(6);
                case 1 -> last + 1 + random.nextInt(3);
                case 2 -> last;
                default -> last + 1;
            };
            final long acknowledged = last - random.nextInt(14);
            // A reply of a batch or an increment is short; the key is the whole story of a command's effect.
            final byte[] key = {(byte) random.nextInt(16)};
            final int length = commands.encodeIncrement(command, 0, 0, new UnsafeBuffer(key), 0, 1, 1);
            final int expected = model.check(id, serial, acknowledged);
            final int decision = fixture.applyInSession(id, serial, acknowledged, command, length, reply);
            assertEquals(decision, other.applyInSession(id, serial, acknowledged, command, length, otherReply));
            assertEquals(reply.status(), otherReply.status());
            if (expected == 0) {
                assertEquals(SessionTable.NEW, decision);
                model.record(id, serial, acknowledged, fixture.index(), fixture.timestampMs(), reply.status(), bytes());
            } else if (expected == 1) {
                duplicate(id, serial, decision);
            } else {
                assertEquals(SessionTable.REFUSED, decision);
                assertEquals(ApplyStatus.name(expected), ApplyStatus.name(reply.status()));
            }
        }

        private void duplicate(final long id, final long serial, final int decision) {
            final ModelSessions.Cached cached = model.cached(id, serial);
            if (cached != null) {
                assertEquals(SessionTable.DUPLICATE, decision);
                assertEquals(cached.index(), fixture.sessions().duplicateIndex());
                assertEquals(cached.status(), reply.status());
                assertArrayEquals(cached.reply(), bytes());
            } else if (decision == SessionTable.REFUSED) {
                assertEquals(ApplyStatus.SESSION_REPLY_FORGOTTEN, reply.status());
            } else {
                assertEquals(SessionTable.DUPLICATE, decision, "an acknowledged reply may still be in its slot, and is then the right one");
            }
        }

        private byte[] bytes() {
            return new Bytes().wrap(reply.buffer(), reply.offset(), reply.length()).toArray();
        }

        private long pickId() {
            return ids.get(random.nextInt(4) == 0 ? random.nextInt(ids.size()) : Math.max(0, ids.size() - 1 - random.nextInt(5)));
        }
    }
}
