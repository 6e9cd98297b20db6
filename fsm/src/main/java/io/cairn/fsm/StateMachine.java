package io.cairn.fsm;

import org.agrona.DirectBuffer;

/**
 * What a replicated log drives: {@link #apply}, {@link #snapshot} and {@link #restore}, plus {@link #query}.
 * <p>
 * The same entries in the same order must give the same state and the same replies on every replica: an implementation reads no clock, draws no
 * random number and depends on no iteration order of a hash table. All methods but {@link #validate} and {@link #pagesBound} are called by one
 * thread, the Applier; those two are called by the thread that admits commands to the log, concurrently with the Applier, and therefore touch no
 * mutable state of the machine.
 * <p>
 * An exception thrown by {@code apply}, {@code tick} or {@code restore} stops the node: the state may have diverged.
 */
public interface StateMachine extends AutoCloseable {

    /**
     * Called once, before anything else, with the (empty or restored) tables that the engine freezes and snapshots.
     *
     * @param context limits and tables of this node.
     */
    void open(StateMachineContext context);

    /**
     * Applies one committed command. A command that cannot be decoded answers {@link ApplyStatus#BAD_COMMAND} and changes nothing.
     *
     * @param entry valid during the call only.
     * @param reply reset by the caller; takes the status and at most {@link Reply#capacity()} bytes.
     */
    void apply(LogEntry entry, Reply reply);

    /**
     * Whether {@link #expect} and {@link #prepare} are worth their time now. Asked before every few commands.
     *
     * @return false while what commands need is near anyway.
     */
    default boolean isLookingAhead() {
        return true;
    }

    /**
     * Tells of a command that will soon be applied, so that {@link #prepare} can load what several of them need at once. A hint: it changes nothing,
     * neither in the state nor in any reply, and it may come for commands that are never applied, or not come at all.
     *
     * @param command of which {@code length} bytes at {@code offset} may be the command: nothing of them has been verified.
     * @param offset  of the command.
     * @param length  of the command in bytes.
     */
    default void expect(final DirectBuffer command, final int offset, final int length) {
    }

    /**
     * The commands that {@link #expect} told of since the last call come next, in that order.
     */
    default void prepare() {
    }

    /**
     * Log time moved without a command (an idle leader's tick, an entry of the protocol): expire what is due, a bounded number at a time.
     *
     * @param entry without a payload for the machine; only index, term and timestamp count.
     */
    default void tick(final LogEntry entry) {
    }

    /**
     * Answers a read-only request between two entries.
     *
     * @param request   of which {@code length} bytes at {@code offset} are the query.
     * @param offset    of the query.
     * @param length    of the query in bytes.
     * @param logTimeMs the log time of the read: what expires at or before it is absent.
     * @param reply     reset by the caller.
     */
    void query(DirectBuffer request, int offset, int length, long logTimeMs, Reply reply);

    /**
     * Whether state waits for log time to move, so that an idle leader has to log ticks.
     *
     * @return true while something will expire.
     */
    default boolean hasTimers() {
        return false;
    }

    /**
     * Upper bound on the pages that the passing of time alone may take from the arena while everything touched has to be copied. Nobody can be
     * refused when keys expire, so admission keeps these pages back. Applier.
     *
     * @return pages; 0 for a machine without timers or without pages.
     */
    default long timerPagesBound() {
        return 0;
    }

    /**
     * What will be persisted later, on another thread, of the state as it is now. O(1); called between two entries.
     *
     * @return {@link MachineSnapshot#IN_TABLES} where the whole state lives in the context's tables.
     */
    MachineSnapshot snapshot();

    /**
     * Takes the state over from a snapshot. The context's tables have been restored already.
     *
     * @param source what {@link MachineSnapshot#writeTo} wrote; empty where the state is in the tables.
     */
    void restore(SnapshotSource source);

    /**
     * Checks a command before it is logged. Pure, and called on the admitting thread.
     *
     * @param command of which {@code length} bytes at {@code offset} are the command.
     * @param offset  of the command.
     * @param length  of the command in bytes.
     * @return 0, or the negative {@link ApplyStatus} with which the command is refused.
     */
    int validate(DirectBuffer command, int offset, int length);

    /**
     * Upper bound on the pages that applying a command may take from the arena, so that admission can refuse it while there is room to apply
     * everything admitted before. Pure, and called on the admitting thread after {@link #validate} accepted the command.
     *
     * @param command of which {@code length} bytes at {@code offset} are the command.
     * @param offset  of the command.
     * @param length  of the command in bytes.
     * @return pages; negative: that many, for a command that only frees; 0 for a machine that keeps nothing in the arena.
     */
    default int pagesBound(final DirectBuffer command, final int offset, final int length) {
        return 0;
    }

    /**
     * Releases what {@link #open} took. The tables belong to the engine and stay open.
     */
    @Override
    void close();
}
