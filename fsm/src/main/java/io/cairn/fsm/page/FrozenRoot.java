package io.cairn.fsm.page;

/**
 * A version of all tables of an arena, as of one freeze. Immutable; readable from any thread. The pages below it never change, and are
 * kept for as long as a {@link Pin} holds it (or it is the newest).
 *
 * @param epoch       epoch that was frozen: every page below the root has a page epoch of at most this.
 * @param catalogRoot page id of the root of the catalog tree, or {@link PageArena#NULL_PAGE} when there is no table.
 * @param pageCount   page ids below the root are less than this (the arena's high water when it was frozen).
 * @param livePages   number of pages reachable from the root.
 */
public record FrozenRoot(long epoch, int catalogRoot, int pageCount, int livePages)
{
}
