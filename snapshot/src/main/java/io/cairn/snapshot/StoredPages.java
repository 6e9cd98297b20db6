package io.cairn.snapshot;

/**
 * Goes over the pages that a chain takes from one element, in ascending order of id, and knows each one's slot and checksum. Amortised O(1) a page.
 *
 * <p>Owner: one thread.
 */
final class StoredPages {
    private final ChainElement element;
    private final PageBitmap stored;
    private final PageBitmap assigned;
    private final int end;
    private int page;
    private int rank;

    /** Pages with ids from {@code from} to below {@code end}. */
    StoredPages(final ChainElement element, final int from, final int end) {
        this.element = element;
        this.end = end;
        stored = element.index().stored();
        assigned = element.assigned();
        page = stored.next(from);
        rank = stored.rank(page);
        skip();
    }

    SnapshotManifest.PageImage image() {
        return element.image();
    }

    boolean isThere() {
        return page < end;
    }

    int page() {
        return page < end ? page : -1;
    }

    int slot() {
        return element.slot(page, rank);
    }

    int checksum() {
        return element.index().checksum(rank);
    }

    void advance() {
        page = stored.next(page + 1);
        rank++;
        skip();
    }

    private void skip() {
        while (page < end && !assigned.contains(page)) {
            page = stored.next(page + 1);
            rank++;
        }
    }
}
