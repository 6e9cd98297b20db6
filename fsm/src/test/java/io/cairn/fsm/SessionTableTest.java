package io.cairn.fsm;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SessionTableTest {
    private static final long TIMEOUT_MS = 1_000;

    private final MachineFixture fixture = new MachineFixture(4096, 1 << 16);
    private final KeyValueCommands commands = new KeyValueCommands();
    private final UnsafeBuffer command = MachineFixture.buffer(1024);
    private final Reply reply = new Reply().wrap(MachineFixture.buffer(64 * 1024), 0, 64 * 1024);
    private final UnsafeBuffer key = new UnsafeBuffer("counter".getBytes(US_ASCII));

    @AfterEach
    void tearDown() {
        fixture.close();
    }

    @Test
    void shouldApplyACommandOnceWhenItIsSentAgain() {
        final long id = open("", 8);
        assertEquals(SessionTable.NEW, increment(id, 1, 0));
        final long index = fixture.index();
        fixture.restart();
        assertEquals(SessionTable.DUPLICATE, increment(id, 1, 0));
        assertEquals(1, reply.buffer().getLong(0));
        assertEquals(index, fixture.sessions().duplicateIndex());
        assertEquals(SessionTable.NEW, increment(id, 2, 0));
        assertEquals(2, reply.buffer().getLong(0));
    }

    @Test
    void shouldRefuseWhenASerialIsMissingOrTheSessionIsUnknown() {
        final long id = open("", 8);
        assertEquals(SessionTable.REFUSED, increment(id, 2, 0));
        assertEquals(ApplyStatus.SESSION_GAP, reply.status());
        assertEquals(SessionTable.REFUSED, increment(id, 0, 0));
        assertEquals(ApplyStatus.SESSION_GAP, reply.status());
        assertEquals(SessionTable.REFUSED, increment(id + 1, 1, 0));
        assertEquals(ApplyStatus.SESSION_EXPIRED, reply.status());
        assertEquals(SessionTable.NEW, increment(id, 1, 0));
    }

    @Test
    void shouldRefuseWhenTheWindowIsFullUntilTheClientAcknowledges() {
        final long id = open("", 3);
        for (int serial = 1; serial <= 3; serial++) {
            assertEquals(SessionTable.NEW, increment(id, serial, 0));
        }
        assertEquals(SessionTable.REFUSED, increment(id, 4, 0));
        assertEquals(ApplyStatus.SESSION_WINDOW_EXCEEDED, reply.status());
        assertEquals(SessionTable.NEW, increment(id, 4, 1));
        assertEquals(4, reply.buffer().getLong(0), "the refused one was not executed");
        assertEquals(SessionTable.REFUSED, increment(id, 5, 1));
        assertEquals(ApplyStatus.OK, fixture.sessions().keepAlive(id, 4, fixture.timestampMs()));
        assertEquals(SessionTable.NEW, increment(id, 5, 0));
    }

    @Test
    void shouldRefuseWhenRepliesWaitingHoldTooManyBytes() {
        final long id = open("", Limits.SESSION_WINDOW_MAX);
        final Reply large = new Reply().wrap(MachineFixture.buffer(1 << 20), 0, 1 << 20);
        for (int serial = 1; serial <= 4; serial++) {
            assertEquals(SessionTable.NEW, fixture.sessions().check(id, serial, 0, reply));
            large.reset().length(1 << 20);
            fixture.nextEntry(null, 0, 0);
            fixture.sessions().record(id, serial, 0, fixture.index(), fixture.timestampMs(), large);
        }
        assertEquals(SessionTable.REFUSED, fixture.sessions().check(id, 5, 0, reply));
        assertEquals(ApplyStatus.SESSION_WINDOW_EXCEEDED, reply.status());
        assertEquals(SessionTable.NEW, fixture.sessions().check(id, 5, 1, reply));
        final int livePages = fixture.arena().livePages();
        fixture.sessions().keepAlive(id, 4, fixture.timestampMs());
        fixture.tables().arena();
        assertTrue(fixture.arena().livePages() < livePages - 900, "long replies leave with their acknowledgement");
        fixture.restart();
        assertEquals(SessionTable.NEW, fixture.sessions().check(id, 5, 0, reply));
    }

    @Test
    void shouldExpireByLogTimeWhenASessionIsSilent() {
        final long silent = open("silent", 8);
        final long busy = open("busy", 8);
        fixture.advance(TIMEOUT_MS - 1);
        assertEquals(SessionTable.NEW, increment(busy, 1, 0));
        assertEquals(2, fixture.sessions().count());
        fixture.advance(1);
        fixture.tick();
        assertEquals(1, fixture.sessions().count());
        assertEquals(SessionTable.REFUSED, increment(silent, 1, 0));
        assertEquals(ApplyStatus.SESSION_EXPIRED, reply.status());
        assertEquals(SessionTable.UNKNOWN, fixture.sessions().byName(name("silent")));
        assertTrue(fixture.sessions().hasTimers());
        fixture.advance(TIMEOUT_MS);
        fixture.tick();
        assertFalse(fixture.sessions().hasTimers());
        assertEquals(0, fixture.tables().table(SessionTable.TABLE_NAME).size());
    }

    @Test
    void shouldResumeWhenASessionIsOpenedUnderItsName() {
        final long id = open("job", 8);
        increment(id, 1, 0);
        increment(id, 2, 1);
        fixture.restart();
        assertEquals(id, open("job", 8));
        assertEquals(ApplyStatus.SESSION_RESUMED, reply.status());
        assertEquals(2, reply.buffer().getLong(8));
        assertEquals(1, reply.buffer().getLong(16));
        assertEquals(ApplyStatus.OK, fixture.sessions().close(id));
        assertEquals(ApplyStatus.SESSION_EXPIRED, fixture.sessions().close(id));
        assertTrue(open("job", 8) > id);
        assertEquals(ApplyStatus.OK, reply.status());
    }

    @Test
    void shouldEvictTheLeastRecentlyActiveWhenThereAreTooMany() {
        final long first = open("", 1);
        final long second = open("", 1);
        for (int i = 2; i < Limits.SESSIONS_MAX; i++) {
            open("", 1);
        }
        fixture.advance(1);
        increment(first, 1, 0);
        assertEquals(Limits.SESSIONS_MAX, fixture.sessions().count());
        open("", 1);
        assertEquals(Limits.SESSIONS_MAX, fixture.sessions().count());
        assertEquals(SessionTable.UNKNOWN, fixture.sessions().lastSerial(second));
        assertEquals(1, fixture.sessions().lastSerial(first));
    }

    @Test
    void shouldRefuseToOpenWhenNameTimeoutOrWindowIsOutOfRange() {
        assertEquals(SessionTable.UNKNOWN, open("x".repeat(Limits.SESSION_NAME_BYTES_MAX + 1), 1));
        assertEquals(ApplyStatus.SESSION_INVALID, reply.status());
        assertEquals(SessionTable.UNKNOWN, open("", 0));
        assertEquals(SessionTable.UNKNOWN, open("", Limits.SESSION_WINDOW_MAX + 1));
        assertEquals(SessionTable.UNKNOWN, fixture.sessions().open(1, 1, new Bytes(), 0, 1, reply.reset()));
        assertEquals(0, fixture.sessions().count());
    }

    private long open(final String sessionName, final int window) {
        fixture.tick();
        return fixture.sessions().open(fixture.index(), fixture.timestampMs(), name(sessionName), TIMEOUT_MS, window, reply.reset());
    }

    private int increment(final long id, final long serial, final long acknowledged) {
        final int length = commands.encodeIncrement(command, 0, 0, key, 0, key.capacity(), 1);
        return fixture.applyInSession(id, serial, acknowledged, command, length, reply);
    }

    private static Bytes name(final String text) {
        return new Bytes().wrap(new UnsafeBuffer(text.getBytes(US_ASCII)), 0, text.length());
    }
}
