package io.cairn.fsm;

import io.cairn.fsm.page.PageArena;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Refuses commands while there is still room to apply every command that was admitted before, because running out of pages must never be the result
 * of applying one. The admitting thread reserves a command's {@link StateMachine#pagesBound} before it is logged; the Applier releases it afterwards.
 * One writer per counter.
 * <p>
 * Order: the Applier takes pages from the arena first and releases the reservation afterwards; here the releases are read first and the available
 * pages afterwards. So a page is at worst counted twice, as taken and as reserved, and never not at all.
 * <p>
 * A command that only frees pages (its bound is negative) still copies some; it may use half of the headroom, so that a full state can be emptied.
 */
public final class StateAdmission {
    private static final VarHandle RELEASED;
    private static final VarHandle TIMER_PAGES;

    static {
        try {
            RELEASED = MethodHandles.lookup().findVarHandle(StateAdmission.class, "released", long.class);
            TIMER_PAGES = MethodHandles.lookup().findVarHandle(StateAdmission.class, "timerPages", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final long headroomPages;
    private volatile PageArena arena;
    /** Sum of all reservations. Admitting thread. */
    private long reserved;
    /** Sum of all releases. Applier. */
    private long released;
    /** What the passing of time may take. Applier. */
    private long timerPages;

    /**
     * Over an arena.
     *
     * @param arena         whose pages are handed out.
     * @param headroomPages never handed out: for what apply does besides commands (expiry, sessions) and for path copies after a freeze.
     */
    public StateAdmission(final PageArena arena, final long headroomPages) {
        this.arena = arena;
        this.headroomPages = headroomPages;
    }

    /**
     * Another state takes the place of the one before. Applier; what was reserved and not released is given back by {@link #cancel}.
     *
     * @param other whose pages are handed out from now on, of the same bound.
     */
    public void arena(final PageArena other) {
        arena = other;
    }

    /**
     * A headroom that suits an arena: a sixteenth of it.
     *
     * @param pagesMax bound on the arena's pages.
     * @return pages.
     */
    public static long headroomFor(final int pagesMax) {
        return Math.max(16, pagesMax / 16);
    }

    /**
     * Reserves pages for a command. Admitting thread.
     *
     * @param pagesBound of the command; negative: it only frees.
     * @return false, and nothing reserved, when the command is to be refused with {@link ApplyStatus#STATE_FULL}.
     */
    public boolean tryReserve(final int pagesBound) {
        final long pages = Math.abs((long) pagesBound);
        final long keep = pagesBound < 0 ? headroomPages / 2 : headroomPages + (long) TIMER_PAGES.getAcquire(this);
        final long releasedSoFar = (long) RELEASED.getAcquire(this);
        final long available = arena.availablePages();
        if (available - (reserved - releasedSoFar) - pages < keep) {
            return false;
        }
        reserved += pages;
        return true;
    }

    /**
     * Gives a reservation back after the command was applied. Applier.
     *
     * @param pagesBound as reserved.
     */
    public void release(final int pagesBound) {
        RELEASED.setRelease(this, released + Math.abs((long) pagesBound));
    }

    /**
     * Keeps pages back for what expires by itself. Applier, after it applied entries.
     *
     * @param pages {@link StateMachine#timerPagesBound}.
     */
    public void timerPages(final long pages) {
        if (pages != timerPages) {
            TIMER_PAGES.setRelease(this, pages);
        }
    }

    /**
     * Gives a reservation back whose command did not reach the log. Admitting thread.
     *
     * @param pagesBound as reserved.
     */
    public void cancel(final int pagesBound) {
        reserved -= Math.abs((long) pagesBound);
    }
}
