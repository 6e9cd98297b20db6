package io.cairn.fsm;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

class StateDigestTest {
    private final KeyValueCommands commands = new KeyValueCommands();
    private final UnsafeBuffer command = MachineFixture.buffer(16 * 1024);
    private final Reply reply = new Reply().wrap(MachineFixture.buffer(1024), 0, 1024);

    @Test
    void shouldBeEqualWhenContentIsEqualHoweverItCameThere() {
        final List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            order.add(i);
        }
        try (MachineFixture first = new MachineFixture(256, 1 << 16); MachineFixture second = new MachineFixture(4096, 1 << 16)) {
            order.forEach(i -> put(first, i, 0));
            Collections.shuffle(order, new Random(1));
            for (final int i : order) {
                put(second, i + 5_000, 0);
                put(second, i, 0);
            }
            order.forEach(i -> delete(second, i + 5_000));
            assertEquals(first.digest(false), second.digest(false));
            first.restart();
            assertEquals(second.digest(false), first.digest(false));
        }
    }

    @Test
    void shouldDifferWhenOneKeyValueExpiryOrTableDiffers() {
        final List<Long> digests = new ArrayList<>();
        try (MachineFixture fixture = new MachineFixture(4096, 1 << 14)) {
            digests.add(fixture.digest(false));
            put(fixture, 1, 0);
            digests.add(fixture.digest(false));
            put(fixture, 1, 1_000);
            digests.add(fixture.digest(false));
            put(fixture, 1, 1_001);
            digests.add(fixture.digest(false));
            raw(fixture, "ab", "c");
            digests.add(fixture.digest(false));
            delete(fixture, "ab");
            raw(fixture, "a", "bc");
            digests.add(fixture.digest(false));
            fixture.apply(command, 0, commands.encodeCreateTable(command, 0, ascii("t"), 0, 1), reply);
            digests.add(fixture.digest(false));
        }
        assertEquals(digests.size(), digests.stream().distinct().count());
    }

    @Test
    void shouldNotCountWhatHasExpiredWhetherItWasEvictedOrNot() {
        try (MachineFixture fixture = new MachineFixture(4096, 1 << 14)) {
            put(fixture, 1, 0);
            final long without = fixture.digest(false);
            put(fixture, 2, 100);
            assertNotEquals(without, fixture.digest(false));
            fixture.advance(100);
            assertEquals(without, fixture.digest(false));
            fixture.tick();
            assertEquals(without, fixture.digest(false));
        }
    }

    @Test
    void shouldCountSessionsWhenSystemTablesAreIncluded() {
        try (MachineFixture fixture = new MachineFixture(4096, 1 << 14)) {
            final long user = fixture.digest(false);
            final long all = fixture.digest(true);
            fixture.sessions().open(1, fixture.timestampMs(), new Bytes(), 1_000, 8, reply.reset());
            assertEquals(user, fixture.digest(false));
            assertNotEquals(all, fixture.digest(true));
        }
    }

    @Test
    void shouldHashTheSameHoweverTheStreamIsCut() {
        final Random random = new Random(3);
        final byte[] bytes = new byte[1_000];
        random.nextBytes(bytes);
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        final ContentHash whole = new ContentHash().reset();
        whole.add(buffer, 0, bytes.length);
        whole.endField();
        for (int i = 0; i < 200; i++) {
            final ContentHash pieces = new ContentHash().reset();
            for (int at = 0; at < bytes.length;) {
                final int length = Math.min(bytes.length - at, random.nextInt(40));
                pieces.add(buffer, at, length);
                at += length;
            }
            pieces.endField();
            assertEquals(whole.value(), pieces.value());
        }
    }

    private void put(final MachineFixture fixture, final int i, final long ttlMs) {
        final UnsafeBuffer key = new UnsafeBuffer(new byte[16]);
        key.putLong(i % 4, i * 31L);
        key.putInt(12, i);
        final UnsafeBuffer value = new UnsafeBuffer(new byte[i % 900]);
        value.setMemory(0, value.capacity(), (byte) i);
        fixture.apply(command, 0, commands.encodePut(command, 0, 0, key, 0, 16, value, 0, value.capacity(), ttlMs), reply);
    }

    private void delete(final MachineFixture fixture, final int i) {
        final UnsafeBuffer key = new UnsafeBuffer(new byte[16]);
        key.putLong(i % 4, i * 31L);
        key.putInt(12, i);
        fixture.apply(command, 0, commands.encodeDelete(command, 0, 0, key, 0, 16), reply);
    }

    private void delete(final MachineFixture fixture, final String key) {
        fixture.apply(command, 0, commands.encodeDelete(command, 0, 0, ascii(key), 0, key.length()), reply);
    }

    private void raw(final MachineFixture fixture, final String key, final String value) {
        fixture.apply(
            command, 0, commands.encodePut(command, 0, 0, ascii(key), 0, key.length(), ascii(value), 0, value.length(), 0), reply);
    }

    private static UnsafeBuffer ascii(final String text) {
        return new UnsafeBuffer(text.getBytes(US_ASCII));
    }
}
