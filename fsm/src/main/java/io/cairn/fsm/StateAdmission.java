package io.cairn.fsm;

import io.cairn.fsm.page.PageArena;

/**
 * Refuses commands while there is still room to apply every command that was admitted before, because running out of pages must never be the result
 * of applying one. The admitting thread reserves a command's {@link StateMachine#pagesBound} before it is logged; the Applier releases it afterwards.
 * One writer per counter.
 */
public final class StateAdmission {
    /**
     * Over an arena.
     *
     * @param arena         whose pages are handed out.
     * @param headroomPages never handed out: for what apply does besides commands (expiry, sessions) and for path copies after a freeze.
     */
    public StateAdmission(final PageArena arena, final long headroomPages) {
        throw new UnsupportedOperationException();
    }

    /**
     * Reserves pages for a command. Admitting thread.
     *
     * @param pages upper bound of what applying it takes.
     * @return false, and nothing reserved, when the command is to be refused with {@link ApplyStatus#STATE_FULL}.
     */
    public boolean tryReserve(final int pages) {
        throw new UnsupportedOperationException();
    }

    /**
     * Gives a reservation back after the command was applied, or did not reach the log. Applier.
     *
     * @param pages as reserved.
     */
    public void release(final int pages) {
        throw new UnsupportedOperationException();
    }
}
