package io.cairn.engine;

import io.cairn.engine.client.BatchResult;
import io.cairn.engine.client.KeyRange;
import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.KeyValueTable;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.client.WriteBatch;
import io.cairn.fsm.ApplyStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Everything the key-value machine can do, through the facade of an engine that one thread drives; time is the test's.
 */
final class KeyValueStoreTest {
    private static final byte[] OPEN = new byte[0];

    @TempDir
    private Path dir;
    private final AtomicLong timeMs = new AtomicLong(1_700_000_000_000L);
    private StorageEngine engine;
    private KeyValueStore store;

    @BeforeEach
    void launch() {
        engine = StorageEngine.launch(context());
        store = engine.keyValueStore();
    }

    private EngineContext context() {
        return new EngineContext()
            .dataDirectory(dir)
            .profile("small")
            .set("threading.mode", "invoker")
            .set("durability", "os")
            .set("wal.record.max", "128k")
            .set("wal.segment.size", "512k")
            .set("ingress.ring.size", "2m")
            .set("reply.ring.size", "2m")
            .set("session.timeout", "60s")
            .clocks(timeMs::get, () -> timeMs.get() * 1_000_000L);
    }

    @AfterEach
    void close() {
        store.close();
        engine.close();
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(final byte[] value) {
        return null == value ? null : new String(value, StandardCharsets.UTF_8);
    }

    private static String keys(final List<KeyValueTable.Row> rows) {
        return rows.stream().map(row -> text(row.key())).collect(Collectors.joining(" "));
    }

    private void putLetters(final KeyValueTable table) {
        for (char letter = 'a'; letter <= 'j'; letter++) {
            table.put(bytes("" + letter), bytes("value of " + letter));
        }
    }

    @Test
    void shouldSetAKeyOnceWhenItMustBeAbsent() {
        assertTrue(store.putIfAbsent(bytes("k"), bytes("first")));
        assertFalse(store.putIfAbsent(bytes("k"), bytes("second")));
        assertEquals("first", text(store.get(bytes("k"))));
        assertTrue(store.delete(bytes("k")));
        assertTrue(store.putIfAbsent(bytes("k"), bytes("third")));
    }

    @Test
    void shouldScanForwardsBackwardsBoundedAndLimited() {
        putLetters(store);
        assertEquals("a b c d e f g h i j", keys(store.scan(KeyRange.all())));
        assertEquals("j i h", keys(store.scan(KeyRange.all().reversed().limit(3))));
        assertEquals("c d e", keys(store.scan(KeyRange.between(bytes("c"), bytes("f")))));
        assertEquals("e d c", keys(store.scan(KeyRange.between(bytes("c"), bytes("f")).reversed())));
        assertEquals("h i j", keys(store.scan(KeyRange.all().from(bytes("h")))));
        assertEquals("a b", keys(store.scan(KeyRange.all().to(bytes("c")))));
        assertEquals("e f", keys(store.scan(KeyRange.all().after(bytes("d")).limit(2))));
        assertEquals("c b a", keys(store.scan(KeyRange.all().reversed().after(bytes("d")))));
        assertEquals("g", keys(store.scan(bytes("g"), 5)));
        final KeyValueTable.Page page = store.page(KeyRange.all().limit(4));
        assertEquals("a b c d", keys(page.rows()));
        assertTrue(page.hasMore());
        assertFalse(store.page(KeyRange.all()).hasMore());
        assertEquals(Long.MAX_VALUE, page.rows().get(0).expiryMs());
    }

    @Test
    void shouldFollowPagesUntilAScanIsCompleteWhenOneAnswerCannotHoldIt() {
        final byte[] value = new byte[50_000];
        for (int i = 0; i < 30; i++) {
            store.put(bytes(String.format("big%02d", i)), value);
        }
        assertTrue(store.page(KeyRange.prefix(bytes("big"))).rows().size() < 30, "one answer was meant to be too small");
        assertEquals(30, store.scan(KeyRange.prefix(bytes("big"))).size());
        assertEquals(17, store.scan(KeyRange.prefix(bytes("big")).limit(17)).size());
        final List<KeyValueTable.Row> reversed = store.scan(KeyRange.prefix(bytes("big")).reversed());
        assertEquals("big29", text(reversed.get(0).key()));
        assertEquals("big00", text(reversed.get(29).key()));
    }

    @Test
    void shouldDeleteARangeAtOnceOrInSteps() {
        putLetters(store);
        assertEquals(3, store.deleteRange(bytes("b"), bytes("e")));
        assertEquals("a e f g h i j", keys(store.scan(KeyRange.all())));
        assertEquals(new KeyValueTable.RangeRemoval(2, true), store.deleteRange(bytes("e"), OPEN, 2));
        assertEquals(new KeyValueTable.RangeRemoval(4, false), store.deleteRange(bytes("e"), OPEN, 100));
        assertEquals("a", keys(store.scan(KeyRange.all())));
        assertEquals(1, store.deleteRange(OPEN, OPEN));
        assertThrows(IllegalArgumentException.class, () -> store.deleteRange(OPEN, OPEN, -1));
    }

    @Test
    void shouldWriteABatchWhollyOrNotAtAll() {
        store.put(bytes("from"), bytes("100"));
        final WriteBatch transfer = new WriteBatch()
            .ifEqual(bytes("from"), bytes("100"))
            .ifAbsent(bytes("to"))
            .put(bytes("from"), bytes("70"))
            .put(bytes("to"), bytes("30"));
        final BatchResult first = store.write(transfer);
        assertTrue(first.isApplied());
        assertEquals(engine.appliedIndex(), first.index());
        assertEquals(-1, first.failedCondition());
        assertEquals("70", text(store.get(bytes("from"))));
        assertEquals("30", text(store.get(bytes("to"))));

        final BatchResult second = store.write(transfer);
        assertFalse(second.isApplied());
        assertEquals(0, second.failedCondition());
        assertEquals("70", text(store.get(bytes("from"))));

        transfer.clear().ifPresent(bytes("from")).ifNotEqual(bytes("to"), bytes("30")).delete(bytes("from")).delete(bytes("to"));
        assertEquals(1, store.write(transfer).failedCondition());
        transfer.clear().ifPresent(bytes("from")).delete(bytes("from")).delete(bytes("to")).delete(bytes("neither"));
        assertEquals(1, transfer.conditions());
        assertEquals(3, transfer.operations());
        assertTrue(store.write(transfer).isApplied());
        assertNull(store.get(bytes("from")));
        assertTrue(store.write(new WriteBatch()).isApplied());
    }

    @Test
    void shouldRefuseABatchThatNamesAnUnknownTable() {
        store.put(bytes("key"), bytes("value"));
        final WriteBatch batch = new WriteBatch().put(bytes("key"), bytes("new")).put(77, bytes("key"), bytes("value"));
        final KeyValueException refusal = assertThrows(KeyValueException.class, () -> store.write(batch));
        assertEquals(ApplyStatus.UNKNOWN_TABLE, refusal.status());
        assertEquals("value", text(store.get(bytes("key"))));
    }

    @Test
    void shouldKeepTablesApart() {
        assertEquals(List.of("default"), store.tableNames());
        final KeyValueTable users = store.createTable("users");
        final KeyValueTable orders = store.createTable("orders");
        assertEquals(users.id(), store.createTable("users").id(), "creating again opens");
        assertEquals(List.of("default", "users", "orders"), store.tableNames());
        users.put(bytes("1"), bytes("a user"));
        orders.put(bytes("1"), bytes("an order"));
        store.put(bytes("1"), bytes("a default"));
        assertEquals("a user", text(store.table("users").get(bytes("1"))));
        assertEquals("an order", text(orders.get(bytes("1"))));
        assertEquals("a default", text(store.table(KeyValueStore.DEFAULT_TABLE).get(bytes("1"))));
        putLetters(users);
        assertEquals("1 a b", keys(users.scan(KeyRange.all().limit(3))));
        assertEquals(7, users.increment(bytes("n"), 7));
        assertTrue(users.compareAndSet(bytes("n"), bytes("7"), bytes("8")));
        assertTrue(store.write(new WriteBatch()
            .ifEqual(users.id(), bytes("n"), bytes("8"))
            .put(orders.id(), bytes("2"), bytes("another"))
            .delete(users.id(), bytes("n"))).isApplied());
        assertEquals("another", text(orders.get(bytes("2"))));
        assertNull(users.get(bytes("n")));
    }

    @Test
    void shouldRefuseWhatConcernsATableThatIsGone() {
        final KeyValueTable users = store.createTable("users");
        users.put(bytes("1"), bytes("a user"));
        assertTrue(store.dropTable("users"));
        assertFalse(store.dropTable("users"));
        final KeyValueTable again = store.createTable("users");
        assertEquals(ApplyStatus.UNKNOWN_TABLE, assertThrows(KeyValueException.class, () -> users.get(bytes("1"))).status());
        assertEquals(ApplyStatus.UNKNOWN_TABLE, assertThrows(KeyValueException.class, () -> users.put(bytes("1"), OPEN)).status());
        assertNull(again.get(bytes("1")));
        final KeyValueException unknown = assertThrows(KeyValueException.class, () -> store.table("nobody"));
        assertEquals(ApplyStatus.UNKNOWN_TABLE, unknown.status());
        assertTrue(unknown.getMessage().contains("nobody"), unknown.getMessage());
        assertEquals(
            ApplyStatus.TABLE_NAME_INVALID, assertThrows(KeyValueException.class, () -> store.createTable("$secret")).status());
        assertEquals(
            ApplyStatus.TABLE_NAME_INVALID, assertThrows(KeyValueException.class, () -> store.dropTable("default")).status());
    }

    @Test
    void shouldExpireKeysByLogTime() {
        final long index = store.put(bytes("short"), bytes("v"), Duration.ofSeconds(5));
        assertEquals(engine.appliedIndex(), index);
        assertTrue(store.putIfAbsent(bytes("once"), bytes("v"), Duration.ofSeconds(5)));
        store.put(bytes("cas"), bytes("1"));
        assertTrue(store.compareAndSet(bytes("cas"), bytes("1"), bytes("2"), Duration.ofSeconds(5)));
        store.put(bytes("long"), bytes("v"), Duration.ofHours(1));
        store.write(new WriteBatch().put(0, bytes("batch"), bytes("v"), Duration.ofSeconds(5)));
        assertEquals(timeMs.get() + 5_000, store.getRow(bytes("short")).expiryMs());
        assertEquals(timeMs.get() + 5_000, store.scan(bytes("short"), 1).get(0).expiryMs());
        timeMs.addAndGet(4_999);
        store.put(bytes("time"), bytes("moves"));
        assertEquals("batch cas long once short time", keys(store.scan(KeyRange.all())));
        timeMs.addAndGet(1);
        store.put(bytes("time"), bytes("moves"));
        assertEquals("long time", keys(store.scan(KeyRange.all())));
        assertNull(store.getRow(bytes("short")));
        assertTrue(store.putIfAbsent(bytes("once"), bytes("again"), Duration.ofSeconds(5)));
        assertThrows(IllegalArgumentException.class, () -> store.put(bytes("k"), OPEN, Duration.ofMillis(-1)));
        assertThrows(IllegalArgumentException.class, () -> store.put(bytes("k"), OPEN, Duration.ofNanos(1)));
    }

    @Test
    void shouldSayWhatIsWrongWithARequest() {
        assertRefused(ApplyStatus.KEY_EMPTY, () -> store.put(OPEN, OPEN));
        assertRefused(ApplyStatus.KEY_TOO_LONG, () -> store.put(new byte[1_025], OPEN));
        assertRefused(ApplyStatus.VALUE_TOO_LONG, () -> store.put(bytes("k"), new byte[130_000]));
        assertRefused(ReplyStatus.TOO_LARGE, () -> store.put(bytes("k"), new byte[1 << 20]));
        store.put(bytes("word"), bytes("not a number"));
        assertRefused(ApplyStatus.NOT_A_NUMBER, () -> store.increment(bytes("word"), 1));
        assertThrows(NullPointerException.class, () -> store.put(null, OPEN));
        assertEquals("not a number", text(store.get(bytes("word"))));
    }

    private static void assertRefused(final int status, final org.junit.jupiter.api.function.Executable request) {
        final KeyValueException refusal = assertThrows(KeyValueException.class, request);
        assertEquals(status, refusal.status(), refusal.getMessage());
        assertTrue(refusal.getMessage().startsWith(ReplyStatus.name(status) + ": "), refusal.getMessage());
        assertFalse(refusal.getMessage().contains("\n"));
    }

    @Test
    void shouldFailNobodyButTheCallThatWasRefused() {
        final List<CompletableFuture<Long>> before = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            before.add(store.incrementAsync(bytes("sum"), 1));
        }
        final CompletableFuture<Long> refused = store.putAsync(new byte[2_000], OPEN);
        final CompletableFuture<Long> alsoRefused = store.putAsync(OPEN, OPEN);
        final List<CompletableFuture<Long>> behind = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            behind.add(store.incrementAsync(bytes("sum"), 1));
        }
        before.forEach(store::await);
        assertEquals(ApplyStatus.KEY_TOO_LONG, assertThrows(KeyValueException.class, () -> store.await(refused)).status());
        assertEquals(ApplyStatus.KEY_EMPTY, assertThrows(KeyValueException.class, () -> store.await(alsoRefused)).status());
        assertEquals(
            IntStream.rangeClosed(21, 40).mapToObj(i -> (long)i).toList(), behind.stream().map(store::await).toList());
    }

    @Test
    void shouldGoOnInANewSessionWhenItsOwnHasExpired() {
        assertEquals(1, store.increment(bytes("n"), 1));
        for (int step = 0; step < 20; step++) {
            timeMs.addAndGet(10_000);
            engine.doWork();
        }
        final CompletableFuture<Long> second = store.incrementAsync(bytes("n"), 1);
        final CompletableFuture<Long> third = store.incrementAsync(bytes("n"), 1);
        assertEquals(2, store.await(second));
        assertEquals(3, store.await(third));
    }

    @Test
    void shouldLeaveNoSessionBehindWhenItIsClosed() {
        try (KeyValueStore reader = engine.keyValueStore()) {
            assertNull(reader.get(bytes("nothing")));
        }
        final long before = engine.appliedIndex();
        try (KeyValueStore writer = engine.keyValueStore()) {
            writer.put(bytes("k"), bytes("v"));
        }
        assertEquals(before + 3, engine.appliedIndex(), "opening, put, closing; the reader needs no session");
        timeMs.addAndGet(10_000);
        engine.doWork();
        engine.doWork();
        assertEquals(before + 3, engine.appliedIndex(), "with no session and no key that expires an idle engine logs nothing");
    }

    @Test
    void shouldTakeMoreThanASessionsWindowInFlight() {
        final List<CompletableFuture<Long>> futures = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            futures.add(store.incrementAsync(bytes("n"), 1));
        }
        for (int i = 0; i < futures.size(); i++) {
            assertEquals(i + 1, store.await(futures.get(i)));
        }
    }

    @Test
    void shouldAnswerEverythingAsClosedAfterwards() throws InterruptedException {
        store.close();
        final CompletableFuture<Long> late = store.putAsync(bytes("k"), bytes("v"));
        final ExecutionException failure = assertThrows(ExecutionException.class, late::get);
        assertEquals(ReplyStatus.CLOSED, ((KeyValueException)failure.getCause()).status());
        assertRefused(ReplyStatus.CLOSED, () -> store.get(bytes("k")));
        store.close();
    }

    @Test
    void shouldStopWaitingWhenInterrupted() {
        final CompletableFuture<byte[]> never = new CompletableFuture<>();
        Thread.currentThread().interrupt();
        final KeyValueException refusal = assertThrows(KeyValueException.class, () -> store.await(never));
        assertEquals(ReplyStatus.UNKNOWN, refusal.status());
        assertTrue(Thread.interrupted());
    }

    @Test
    void shouldKeepTablesAndExpiriesOverARestart() {
        final KeyValueTable users = store.createTable("users");
        users.put(bytes("1"), bytes("a user"), Duration.ofSeconds(30));
        store.close();
        engine.close();
        launch();
        assertEquals("a user", text(store.table("users").get(bytes("1"))));
        assertEquals(users.id(), store.table("users").id());
        timeMs.addAndGet(30_000);
        store.put(bytes("time"), bytes("moves"));
        assertNull(store.table("users").get(bytes("1")));
    }

    @Test
    void shouldReadBackAValueAsLongAsTheLimit() {
        final byte[] value = new byte[120_000];
        java.util.Arrays.fill(value, (byte)7);
        store.put(bytes("long"), value);
        assertArrayEquals(value, store.get(bytes("long")));
        assertArrayEquals(value, store.scan(bytes("long"), 1).get(0).value());
    }
}
