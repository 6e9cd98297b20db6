package io.cairn.fsm;

import io.cairn.fsm.page.DirectExtentSource;
import io.cairn.fsm.page.FrozenRoot;
import io.cairn.fsm.page.PageArena;
import io.cairn.fsm.page.Pin;
import io.cairn.fsm.page.Tables;
import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A key-value machine with its sessions over an arena of direct buffers, driven by hand: entry indexes count up, log time moves when told. It can be
 * stopped and restored from a page image at any entry.
 */
public final class MachineFixture implements AutoCloseable {
    private final LogEntry entry = new LogEntry();
    private final int pageSize;
    private final int pagesMax;
    private PageArena arena;
    private Tables tables;
    private KeyValueStateMachine machine;
    private SessionTable sessions;
    private ReadViews views;
    private long index;
    private long timestampMs = 1_000_000;

    /**
     * A blank state.
     *
     * @param pageSize of the arena.
     * @param pagesMax of the arena.
     */
    public MachineFixture(final int pageSize, final int pagesMax) {
        this.pageSize = pageSize;
        this.pagesMax = pagesMax;
        arena = newArena();
        tables = new Tables(arena);
        open();
    }

    /** @return the machine. */
    public KeyValueStateMachine machine() {
        return machine;
    }

    /** @return the sessions. */
    public SessionTable sessions() {
        return sessions;
    }

    /** @return the views. */
    public ReadViews views() {
        return views;
    }

    /** @return the tables. */
    public Tables tables() {
        return tables;
    }

    /** @return the arena. */
    public PageArena arena() {
        return arena;
    }

    /** @return index of the last entry. */
    public long index() {
        return index;
    }

    /** @return log time of the last entry. */
    public long timestampMs() {
        return timestampMs;
    }

    /**
     * Moves log time of the entries to come.
     *
     * @param byMs milliseconds.
     */
    public void advance(final long byMs) {
        timestampMs += byMs;
    }

    /**
     * The next entry of the log.
     *
     * @param command of it.
     * @param offset  of the command.
     * @param length  of the command.
     * @return the flyweight.
     */
    public LogEntry nextEntry(final DirectBuffer command, final int offset, final int length) {
        return entry.wrap(++index, 1, timestampMs, command, offset, length);
    }

    /**
     * Applies a command outside of a session.
     *
     * @param command of the entry.
     * @param offset  of the command.
     * @param length  of the command.
     * @param reply   is reset.
     * @return its status.
     */
    public int apply(final DirectBuffer command, final int offset, final int length, final Reply reply) {
        reply.reset();
        nextEntry(command, offset, length);
        sessions.expire(timestampMs);
        machine.apply(entry, reply);
        return reply.status();
    }

    /**
     * Applies a command of a session as the engine does.
     *
     * @param sessionId    id.
     * @param serial       of the command.
     * @param acknowledged by the client.
     * @param command      of the entry.
     * @param length       of the command, at offset 0.
     * @param reply        is reset.
     * @return what the session table decided.
     */
    public int applyInSession(
        final long sessionId, final long serial, final long acknowledged, final DirectBuffer command, final int length, final Reply reply) {
        reply.reset();
        nextEntry(command, 0, length);
        sessions.expire(timestampMs);
        final int decision = sessions.check(sessionId, serial, acknowledged, reply);
        if (decision == SessionTable.NEW) {
            machine.apply(entry, reply);
            sessions.record(sessionId, serial, acknowledged, index, timestampMs, reply);
        }
        return decision;
    }

    /** Log time moves on without a command. */
    public void tick() {
        nextEntry(null, 0, 0);
        sessions.expire(timestampMs);
        machine.tick(entry);
    }

    /**
     * Freezes.
     *
     * @return the root.
     */
    public FrozenRoot freeze() {
        return views.freeze(index, timestampMs);
    }

    /**
     * Digest of the state as it is now.
     *
     * @param includeSystem whether sessions count.
     * @return the digest.
     */
    public long digest(final boolean includeSystem) {
        freeze();
        try (ReadView view = views.open()) {
            return StateDigest.of(view, includeSystem);
        }
    }

    /** Freezes, copies the image of every page aside, and goes on from a new arena restored from it. */
    public void restart() {
        final FrozenRoot root = freeze();
        final PageArena restored = newArena();
        restored.beginRestore(root.pageCount());
        try (Pin pin = tables.pinNewest()) {
            final UnsafeBuffer from = new UnsafeBuffer(0, 0);
            final UnsafeBuffer to = new UnsafeBuffer(0, 0);
            tables.forEachPage(pin.root(), 0, (pageId, address, epoch, type) -> {
                from.wrap(address, pageSize);
                to.wrap(restored.address(pageId), pageSize);
                to.putBytes(0, from, 0, pageSize);
            });
        }
        arena.close();
        arena = restored;
        tables = Tables.restore(restored, root);
        open();
        machine.restore(SnapshotSource.EMPTY);
    }

    @Override
    public void close() {
        machine.close();
        arena.close();
    }

    /**
     * A buffer on the heap.
     *
     * @param bytes capacity.
     * @return the buffer.
     */
    public static UnsafeBuffer buffer(final int bytes) {
        return new UnsafeBuffer(ByteBuffer.allocateDirect(bytes));
    }

    private PageArena newArena() {
        return new PageArena(new DirectExtentSource(), pageSize, 256, pagesMax);
    }

    private void open() {
        machine = new KeyValueStateMachine();
        machine.open(new StateMachineContext().tables(tables).conclude());
        sessions = new SessionTable(tables);
        views = new ReadViews(tables);
    }
}
