package io.cairn.snapshot;

import org.agrona.concurrent.UnsafeBuffer;

/** Where the pages of a new snapshot come from: an arena, or the files of a chain. Asked in ascending order of id. */
@FunctionalInterface
interface PageProvider {
    /**
     * Copies a page and returns its CRC32C, computed over the source or known from its file, never over the copy.
     *
     * @param pageId of the page.
     * @param dst    to copy to.
     * @param offset in it.
     * @return CRC32C of the page.
     */
    int copy(int pageId, UnsafeBuffer dst, int offset);
}
