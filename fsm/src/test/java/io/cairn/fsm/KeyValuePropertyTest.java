package io.cairn.fsm;

import io.cairn.fsm.page.FrozenRoot;
import io.cairn.fsm.page.PageDescriptor;
import io.cairn.fsm.page.Pin;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The key-value machine against its model: every reply byte for byte, every read view equal to the model as it was then, across restarts from a page
 * image, and twice with different pages. {@code -Dcairn.property.seeds=N} runs N seeds, {@code -Dcairn.property.seed=S} only that one.
 */
class KeyValuePropertyTest {
    private static final int SEEDS_DEFAULT = 24;
    private static final int OPERATIONS = 60_000;
    private static final int FIRST_TABLE_ID = 4;
    private static final int[] PAGE_SIZES = {256, 512, 4096};

    @Test
    void shouldAnswerLikeTheModelWhenCommandsAreRandom() {
        final Long only = Long.getLong("cairn.property.seed");
        if (only != null) {
            runNamed(only);
            return;
        }
        for (long seed = 1; seed <= Integer.getInteger("cairn.property.seeds", SEEDS_DEFAULT); seed++) {
            runNamed(seed);
        }
    }

    private static void runNamed(final long seed) {
        try {
            run(seed);
        } catch (final AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed + ": " + e, e);
        }
    }

    private static void run(final long seed) {
        final Random random = new Random(seed);
        final int pageSize = PAGE_SIZES[random.nextInt(PAGE_SIZES.length)];
        final int otherPageSize = PAGE_SIZES[random.nextInt(PAGE_SIZES.length)];
        final int keyBytesMax = PageDescriptor.keyLengthMax(Math.min(pageSize, otherPageSize));
        final CommandGenerator generator = new CommandGenerator(random, 20 + random.nextInt(300), keyBytesMax, 3_000, 4);
        final ModelKeyValueMachine model = new ModelKeyValueMachine(FIRST_TABLE_ID);
        final Reply actual = new Reply().wrap(MachineFixture.buffer(64 * 1024), 0, 64 * 1024);
        final Reply expected = new Reply().wrap(MachineFixture.buffer(64 * 1024), 0, 64 * 1024);
        final List<Pinned> pinned = new ArrayList<>();
        try (MachineFixture fixture = new MachineFixture(pageSize, 1 << 16); MachineFixture other = new MachineFixture(otherPageSize, 1 << 16)) {
            for (int i = 0; i < OPERATIONS; i++) {
                if (random.nextInt(4) == 0) {
                    query(fixture, model, generator, actual, expected);
                } else {
                    // Now and then everything that expires is due at once, and many entries go by before all of it is evicted.
                    final long soonMs = random.nextInt(8) == 0 ? random.nextInt(100) : 0;
                    final long byMs = random.nextInt(3_000) == 0 ? 10_000 : soonMs;
                    fixture.advance(byMs);
                    other.advance(byMs);
                    apply(fixture, other, model, generator, actual, expected);
                }
                if (random.nextInt(500) == 0) {
                    fixture.freeze();
                    pinned.add(new Pinned(fixture, model));
                }
                if (pinned.size() > random.nextInt(8)) {
                    pinned.remove(random.nextInt(pinned.size())).check(random, generator.nextRange());
                }
                if (random.nextInt(OPERATIONS / 4) == 0) {
                    pinned.forEach(view -> view.check(random, generator.nextRange()));
                    pinned.clear();
                    fixture.restart();
                }
            }
            pinned.forEach(view -> view.check(random, generator.nextRange()));
            assertEquals(other.digest(false), fixture.digest(false));
            assertEquals(other.digest(true), fixture.digest(true));
            expireAll(fixture);
            assertNoPageLeaks(fixture);
        }
    }

    private static void apply(
        final MachineFixture fixture, final MachineFixture other, final ModelKeyValueMachine model,
        final CommandGenerator generator, final Reply actual, final Reply expected) {
        final int length = generator.nextCommand();
        assertEquals(ApplyStatus.OK, fixture.machine().validate(generator.buffer(), 0, length));
        assertTrue(fixture.machine().pagesBound(generator.buffer(), 0, length) != Integer.MIN_VALUE);
        fixture.apply(generator.buffer(), 0, length, actual);
        model.apply(new LogEntry().wrap(fixture.index(), 1, fixture.timestampMs(), generator.buffer(), 0, length), expected.reset());
        assertSame(expected, actual);
        other.apply(generator.buffer(), 0, length, actual);
        assertSame(expected, actual);
    }

    private static void query(
        final MachineFixture fixture, final ModelKeyValueMachine model, final CommandGenerator generator, final Reply actual,
        final Reply expected) {
        final int length = generator.nextQuery();
        fixture.machine().query(generator.buffer(), 0, length, fixture.timestampMs(), actual.reset());
        model.query(generator.buffer(), 0, length, fixture.timestampMs(), expected.reset());
        assertSame(expected, actual);
    }

    private static void assertSame(final Reply expected, final Reply actual) {
        assertEquals(ApplyStatus.name(expected.status()), ApplyStatus.name(actual.status()));
        assertEquals(expected.length(), actual.length());
        assertArrayEquals(bytes(expected), bytes(actual));
    }

    private static byte[] bytes(final Reply reply) {
        return new Bytes().wrap(reply.buffer(), reply.offset(), reply.length()).toArray();
    }

    /** Far ahead in log time everything that expires is gone, and the expiry index is empty. */
    private static void expireAll(final MachineFixture fixture) {
        fixture.advance(Long.MAX_VALUE / 2);
        for (int i = 0; i < 100_000 && hasDue(fixture); i++) {
            fixture.tick();
        }
        assertFalse(hasDue(fixture));
    }

    private static void assertNoPageLeaks(final MachineFixture fixture) {
        final int[] reachable = {0};
        final FrozenRoot root = fixture.freeze();
        try (Pin pin = fixture.tables().pinNewest()) {
            fixture.tables().forEachPage(pin.root(), 0, (pageId, address, epoch, type) -> reachable[0]++);
        }
        assertEquals(root.livePages(), reachable[0]);
        assertEquals(fixture.arena().livePages(), reachable[0]);
    }

    private static boolean hasDue(final MachineFixture fixture) {
        final var cursor = fixture.tables().table(KeyValueStateMachine.EXPIRIES_TABLE_NAME).cursor();
        return cursor.seekFirst() && cursor.key().getLong(0, java.nio.ByteOrder.BIG_ENDIAN) <= fixture.timestampMs();
    }

    /** A read view beside the model as it was when the view was opened. */
    private static final class Pinned {
        private final ReadView view;
        private final List<Integer> tableIds;
        private final List<NavigableMap<byte[], ModelKeyValueMachine.Row>> tables = new ArrayList<>();

        private Pinned(final MachineFixture fixture, final ModelKeyValueMachine model) {
            view = fixture.views().open();
            assertNotNull(view);
            assertEquals(fixture.index(), view.index());
            assertEquals(fixture.timestampMs(), view.logTimeMs());
            tableIds = model.tableIds();
            tableIds.forEach(tableId -> tables.add(model.live(tableId, fixture.timestampMs())));
        }

        private void check(final Random random, final ScanRange range) {
            final UnsafeBuffer target = MachineFixture.buffer(4_096);
            for (int i = 0; i < tableIds.size(); i++) {
                final int tableId = tableIds.get(i);
                final NavigableMap<byte[], ModelKeyValueMachine.Row> rows = tables.get(i);
                assertScan(rows, view.scan(tableId, new ScanRange()), target);
                assertScan(rows.descendingMap(), view.scan(tableId, new ScanRange().reverse(true)), target);
                rows.forEach((key, row) -> {
                    final int length = view.get(tableId, new UnsafeBuffer(key), 0, key.length, target, 0, target.capacity());
                    assertArrayEquals(row.value(), new Bytes().wrap(target, 0, length).toArray());
                });
                assertCount(rows, range, view.scan(tableId, range));
            }
            final byte[] missing = new byte[8];
            random.nextBytes(missing);
            final boolean isThere = tables.get(0).containsKey(missing);
            assertEquals(isThere, view.get(0, new UnsafeBuffer(missing), 0, missing.length, target, 0, 0) >= 0);
            view.close();
        }

        private static void assertScan(
            final NavigableMap<byte[], ModelKeyValueMachine.Row> rows, final ScanCursor cursor, final UnsafeBuffer target) {
            for (final Map.Entry<byte[], ModelKeyValueMachine.Row> row : rows.entrySet()) {
                assertTrue(cursor.next());
                final DirectBuffer key = cursor.key();
                assertArrayEquals(row.getKey(), new Bytes().wrap(key, 0, cursor.keyLength()).toArray());
                assertEquals(row.getValue().expiryMs(), cursor.expiryMs());
                assertEquals(row.getValue().value().length, cursor.valueLength());
                cursor.copyValue(target, 0, target.capacity());
                assertArrayEquals(row.getValue().value(), new Bytes().wrap(target, 0, cursor.valueLength()).toArray());
            }
            assertFalse(cursor.next());
            assertFalse(cursor.next());
        }

        private static void assertCount(
            final NavigableMap<byte[], ModelKeyValueMachine.Row> rows, final ScanRange range, final ScanCursor cursor) {
            int found = 0;
            while (cursor.next()) {
                found++;
            }
            final byte[] prefix = range.prefix().toArray();
            final byte[] from = range.from().toArray();
            final byte[] to = range.to().toArray();
            final byte[] after = range.startAfter().toArray();
            final long expected = rows.keySet().stream()
                .filter(key -> key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length))
                .filter(key -> Arrays.compareUnsigned(key, from) >= 0)
                .filter(key -> to.length == 0 || Arrays.compareUnsigned(key, to) < 0)
                .filter(key -> after.length == 0 || Arrays.compareUnsigned(key, after) * (range.isReverse() ? -1 : 1) > 0)
                .count();
            final long limited = range.rowsMax() == 0 ? expected : Math.min(expected, range.rowsMax());
            assertEquals(limited, found);
            assertEquals(limited < expected, cursor.hasMore());
        }
    }
}
