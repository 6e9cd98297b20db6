package io.cairn.snapshot;

import io.cairn.fsm.page.PageArena;

/**
 * Makes the arena that a snapshot is restored into. Called once for each snapshot that is tried: what a damaged one left behind is closed.
 */
@FunctionalInterface
public interface ArenaFactory {
    /**
     * A blank arena.
     *
     * @param pageSize  of the snapshot, in bytes.
     * @param pageCount page ids of the snapshot are below this.
     * @return an arena of that page size that may grow beyond that count; closed by the reader if the snapshot turns out damaged.
     * @throws RuntimeException if the configuration does not allow it (another page size, too little memory): the restore ends with it.
     */
    PageArena newArena(int pageSize, int pageCount);
}
