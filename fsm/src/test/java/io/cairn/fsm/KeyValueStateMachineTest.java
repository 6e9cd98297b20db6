package io.cairn.fsm;

import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class KeyValueStateMachineTest {
    private final MachineFixture fixture = new MachineFixture(4096, 1 << 14);
    private final KeyValueCommands commands = new KeyValueCommands();
    private final UnsafeBuffer command = MachineFixture.buffer(3 << 20);
    private final Reply reply = new Reply().wrap(MachineFixture.buffer(3 << 20), 0, 3 << 20);
    private final KeyValueReplies replies = new KeyValueReplies();

    @AfterEach
    void tearDown() {
        fixture.close();
    }

    @Test
    void shouldGetWhatWasPutWhenTheValueIsEmptyShortOrLong() {
        for (final int length : new int[] {0, 1, 100, 4_000, 5_000, 1 << 20}) {
            final byte[] value = new byte[length];
            new Random(length).nextBytes(value);
            put(0, "key", value, 0);
            assertEquals(ApplyStatus.OK, get(0, "key"));
            assertEquals(length, replies.wrap(reply).valueLength());
            assertEquals(Long.MAX_VALUE, replies.expiryMs());
            assertEquals(new UnsafeBuffer(value), new UnsafeBuffer(reply.buffer(), replies.valueOffset(), replies.valueLength()));
        }
    }

    @Test
    void shouldRefuseBeforeTheLogWhenAKeyOrValueIsTooLong() {
        final byte[] bytes = new byte[(1 << 20) + 1];
        final UnsafeBuffer long1 = new UnsafeBuffer(bytes);
        assertEquals(ApplyStatus.OK, validate(commands.encodePut(command, 0, 0, long1, 0, 1_024, long1, 0, 1 << 20, 0)));
        assertEquals(ApplyStatus.KEY_TOO_LONG, validate(commands.encodePut(command, 0, 0, long1, 0, 1_025, long1, 0, 1, 0)));
        assertEquals(ApplyStatus.KEY_EMPTY, validate(commands.encodePut(command, 0, 0, long1, 0, 0, long1, 0, 1, 0)));
        assertEquals(ApplyStatus.VALUE_TOO_LONG, validate(commands.encodePut(command, 0, 0, long1, 0, 1, long1, 0, (1 << 20) + 1, 0)));
        assertEquals(ApplyStatus.MALFORMED, validate(commands.encodePut(command, 0, 0, long1, 0, 1, long1, 0, 1, -1)));
        assertEquals(ApplyStatus.MALFORMED, validate(commands.encodeGet(command, 0, 0, long1, 0, 1)), "a query is no command");
        assertEquals(ApplyStatus.TABLE_NAME_INVALID, validate(commands.encodeCreateTable(command, 0, ascii("$sessions"), 0, 9)));
        assertEquals(ApplyStatus.TABLE_NAME_INVALID, validate(commands.encodeCreateTable(command, 0, ascii("a b"), 0, 3)));
        assertEquals(ApplyStatus.MALFORMED, fixture.machine().validate(command, 0, 3));
    }

    @Test
    void shouldKeepReservedTablesOutOfReachWhenTheirIdsAreUsed() {
        for (int tableId = 1; tableId <= fixture.tables().tableCount(); tableId++) {
            put(tableId, "key", new byte[1], 0);
            assertEquals(ApplyStatus.UNKNOWN_TABLE, reply.status());
            assertEquals(ApplyStatus.UNKNOWN_TABLE, get(tableId, "key"));
        }
        assertEquals(ApplyStatus.TABLE_NAME_INVALID, query(commands.encodeTableByName(command, 0, ascii("$sessions"), 0, 9)));
        assertEquals(ApplyStatus.NOT_FOUND, query(commands.encodeTableByName(command, 0, ascii("nowhere"), 0, 7)));
    }

    @Test
    void shouldExpireByLogTimeWhenNobodyEvictedYet() {
        put(0, "a", "1".getBytes(US_ASCII), 100);
        assertTrue(fixture.machine().hasTimers());
        assertEquals(ApplyStatus.OK, get(0, "a"));
        fixture.machine().query(command, 0, commands.encodeGet(command, 0, 0, ascii("a"), 0, 1), fixture.timestampMs() + 100, reply.reset());
        assertEquals(ApplyStatus.NOT_FOUND, reply.status());
        fixture.advance(100);
        assertEquals(ApplyStatus.NOT_FOUND, get(0, "a"));
        assertTrue(fixture.machine().hasTimers());
        fixture.tick();
        assertFalse(fixture.machine().hasTimers());
    }

    @Test
    void shouldEvictABoundedNumberPerEntryWhenManyAreDue() {
        final int keys = 3 * Limits.EXPIRIES_PER_ENTRY_MAX + 1;
        for (int i = 0; i < keys; i++) {
            put(0, "key-" + i, new byte[8], 50);
        }
        fixture.advance(50);
        for (int entries = 1; entries <= 4; entries++) {
            assertTrue(fixture.machine().hasTimers());
            fixture.tick();
            assertEquals(
                Math.max(0, keys - entries * Limits.EXPIRIES_PER_ENTRY_MAX),
                fixture.tables().table(KeyValueStateMachine.DEFAULT_TABLE_NAME).size());
        }
        assertFalse(fixture.machine().hasTimers());
    }

    @Test
    void shouldKeepOneIndexRowPerKeyWhenExpiriesAreRenewed() {
        for (int i = 0; i < 1_000; i++) {
            fixture.advance(1);
            put(0, "lease", new byte[8], 10_000);
        }
        assertEquals(1, fixture.tables().table(KeyValueStateMachine.EXPIRIES_TABLE_NAME).size());
        put(0, "lease", new byte[8], 0);
        assertFalse(fixture.machine().hasTimers());
    }

    @Test
    void shouldKeepTheExpiryWhenANumberIsIncremented() {
        put(0, "n", "41".getBytes(US_ASCII), 100);
        fixture.advance(60);
        assertEquals(ApplyStatus.OK, increment("n", 1));
        assertEquals(42, replies.wrap(reply).number());
        fixture.advance(39);
        assertEquals(ApplyStatus.OK, get(0, "n"));
        fixture.advance(1);
        assertEquals(ApplyStatus.OK, increment("n", 1));
        assertEquals(1, replies.wrap(reply).number(), "an expired number counts as absent");
        fixture.advance(1_000_000);
        assertEquals(ApplyStatus.OK, get(0, "n"));
    }

    @Test
    void shouldLeaveTheNumberWhenItOverflowsOrIsNone() {
        put(0, "n", Long.toString(Long.MAX_VALUE).getBytes(US_ASCII), 0);
        assertEquals(ApplyStatus.OVERFLOW, increment("n", 1));
        assertEquals(ApplyStatus.OK, increment("n", Long.MIN_VALUE));
        assertEquals(-1, replies.wrap(reply).number());
        put(0, "n", "9223372036854775808".getBytes(US_ASCII), 0);
        assertEquals(ApplyStatus.NOT_A_NUMBER, increment("n", 1));
        put(0, "n", "-9223372036854775808".getBytes(US_ASCII), 0);
        assertEquals(ApplyStatus.OVERFLOW, increment("n", -1));
        for (final String text : new String[] {"", "-", "+1", "1 ", "1.0", "0x1", "99999999999999999999"}) {
            put(0, "n", text.getBytes(US_ASCII), 0);
            assertEquals(ApplyStatus.NOT_A_NUMBER, increment("n", 1), text);
        }
    }

    @Test
    void shouldChangeNothingWhenOneConditionOfABatchFails() {
        put(0, "a", new byte[1], 0);
        final long before = fixture.digest(true);
        final KeyValueBatch batch = new KeyValueBatch().begin(command, 0)
            .ifPresent(0, ascii("a"), 0, 1)
            .ifAbsent(0, ascii("a"), 0, 1)
            .put(0, ascii("b"), 0, 1, ascii("2"), 0, 1, 0)
            .delete(0, ascii("a"), 0, 1);
        assertEquals(ApplyStatus.NOT_MATCHED, apply(batch.length()));
        assertEquals(1, replies.wrap(reply).failedCondition());
        assertEquals(before, fixture.digest(true));
        batch.begin(command, 0).put(0, ascii("b"), 0, 1, ascii("2"), 0, 1, 0).delete(99, ascii("a"), 0, 1);
        assertEquals(ApplyStatus.UNKNOWN_TABLE, apply(batch.length()));
        assertEquals(before, fixture.digest(true));
    }

    @Test
    void shouldForgetKeysAndTheirExpiriesWhenATableIsDroppedAndCreatedAgain() {
        assertEquals(ApplyStatus.OK, apply(commands.encodeCreateTable(command, 0, ascii("t"), 0, 1)));
        final int first = replies.wrap(reply).tableId();
        put(first, "k", new byte[4], 100);
        assertEquals(ApplyStatus.OK, apply(commands.encodeDropTable(command, 0, ascii("t"), 0, 1)));
        assertEquals(ApplyStatus.UNKNOWN_TABLE, get(first, "k"));
        assertEquals(ApplyStatus.OK, apply(commands.encodeCreateTable(command, 0, ascii("t"), 0, 1)));
        final int second = replies.wrap(reply).tableId();
        assertNotEquals(first, second);
        put(second, "k", new byte[4], 0);
        fixture.advance(100);
        fixture.tick();
        assertFalse(fixture.machine().hasTimers());
        assertEquals(ApplyStatus.OK, get(second, "k"));
        assertEquals(ApplyStatus.TABLE_EXISTS, apply(commands.encodeCreateTable(command, 0, ascii("t"), 0, 1)));
        assertEquals(second, replies.wrap(reply).tableId());
        assertEquals(ApplyStatus.TABLE_NAME_INVALID, apply(commands.encodeDropTable(command, 0, ascii("default"), 0, 7)));
    }

    /** Ids are never given twice: what they cost must not grow with how many were given. */
    @Test
    void shouldTakeNoMemoryForIdsOfTablesThatWereDroppedAndRefuseWhenAllAreGiven() {
        fixture.tables().nextTableId(Integer.MAX_VALUE - 2);
        assertEquals(ApplyStatus.OK, apply(commands.encodeCreateTable(command, 0, ascii("a"), 0, 1)));
        assertEquals(ApplyStatus.OK, apply(commands.encodeDropTable(command, 0, ascii("a"), 0, 1)));
        assertEquals(ApplyStatus.OK, apply(commands.encodeCreateTable(command, 0, ascii("b"), 0, 1)));
        put(Integer.MAX_VALUE - 1, "key", new byte[1], 0);
        assertEquals(ApplyStatus.OK, reply.status());
        assertEquals(ApplyStatus.TABLES_FULL, apply(commands.encodeCreateTable(command, 0, ascii("c"), 0, 1)));
        final long digest = fixture.digest(true);
        fixture.restart();
        assertEquals(digest, fixture.digest(true));
        assertEquals(ApplyStatus.OK, get(Integer.MAX_VALUE - 1, "key"));
        assertEquals(ApplyStatus.TABLES_FULL, apply(commands.encodeCreateTable(command, 0, ascii("c"), 0, 1)));
    }

    @Test
    void shouldListTablesWhenAsked() {
        apply(commands.encodeCreateTable(command, 0, ascii("b"), 0, 1));
        final int b = replies.wrap(reply).tableId();
        apply(commands.encodeCreateTable(command, 0, ascii("a"), 0, 1));
        assertEquals(ApplyStatus.OK, query(commands.encodeListTables(command, 0, 0)));
        final StringBuilder names = new StringBuilder();
        for (replies.wrap(reply); replies.nextRow();) {
            names.append(new String(replies.rowKey(new Bytes()).toArray(), US_ASCII)).append('=').append(replies.rowTableId()).append(' ');
        }
        assertEquals("default=0 b=" + b + " a=" + (b + 1) + " ", names.toString());
        query(commands.encodeListTables(command, 0, 2));
        assertEquals(2, replies.wrap(reply).rows());
        assertTrue(replies.hasMore());
    }

    @Test
    void shouldCutAScanWhenItsBytesRunOut() {
        for (int i = 0; i < 10; i++) {
            put(0, "k" + i, new byte[100], 0);
        }
        final int rowBytes = KeyValueReplies.ROW_HEADER + 2 + 100;
        final ScanRange range = new ScanRange().bytesMax(KeyValueReplies.ROWS_HEADER + 3 * rowBytes);
        assertEquals(ApplyStatus.OK, query(commands.encodeScan(command, 0, 0, range)));
        assertEquals(3, replies.wrap(reply).rows());
        assertTrue(replies.hasMore());
        range.startAfter().wrap(ascii("k6"), 0, 2);
        assertEquals(ApplyStatus.OK, query(commands.encodeScan(command, 0, 0, range)));
        assertEquals(3, replies.wrap(reply).rows());
        assertFalse(replies.hasMore());
        assertEquals(ApplyStatus.REPLY_TOO_LONG, query(commands.encodeScan(command, 0, 0, range.bytesMax(rowBytes))));
    }

    @Test
    void shouldAnswerReplyTooLongWhenTheValueDoesNotFit() {
        put(0, "k", new byte[100], 0);
        final Reply small = new Reply().wrap(MachineFixture.buffer(100), 0, 100);
        fixture.machine().query(command, 0, commands.encodeGet(command, 0, 0, ascii("k"), 0, 1), fixture.timestampMs(), small);
        assertEquals(ApplyStatus.REPLY_TOO_LONG, small.status());
        assertEquals(0, small.length());
    }

    private void put(final int tableId, final String key, final byte[] value, final long ttlMs) {
        final UnsafeBuffer keyBytes = ascii(key);
        apply(commands.encodePut(
            command, 0, tableId, keyBytes, 0, keyBytes.capacity(), new UnsafeBuffer(value), 0, value.length, ttlMs));
    }

    private int get(final int tableId, final String key) {
        final UnsafeBuffer keyBytes = ascii(key);
        return query(commands.encodeGet(command, 0, tableId, keyBytes, 0, keyBytes.capacity()));
    }

    private int increment(final String key, final long delta) {
        return apply(commands.encodeIncrement(command, 0, 0, ascii(key), 0, key.length(), delta));
    }

    private int apply(final int length) {
        return fixture.apply(command, 0, length, reply);
    }

    private int query(final int length) {
        fixture.machine().query(command, 0, length, fixture.timestampMs(), reply.reset());
        return reply.status();
    }

    private int validate(final int length) {
        return fixture.machine().validate(command, 0, length);
    }

    private static UnsafeBuffer ascii(final String text) {
        return new UnsafeBuffer(text.getBytes(US_ASCII));
    }
}
