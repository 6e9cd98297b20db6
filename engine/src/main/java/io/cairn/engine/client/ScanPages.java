package io.cairn.engine.client;

import io.cairn.engine.client.KeyValueTable.Page;
import io.cairn.engine.client.KeyValueTable.Row;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Follows the pages of a scan until there is no more, or enough. */
final class ScanPages {
    private ScanPages() {
    }

    static void follow(final KeyValueTable table, final KeyRange rest, final List<Row> rows, final CompletableFuture<List<Row>> result) {
        table.pageAsync(rest).whenComplete((page, failure) -> {
            if (null != failure) {
                result.completeExceptionally(failure);
                return;
            }
            rows.addAll(page.rows());
            final int left = KeyRange.UNLIMITED == rest.limit() ? KeyRange.UNLIMITED : rest.limit() - page.rows().size();
            if (isLast(page) || KeyRange.UNLIMITED != rest.limit() && left <= 0) {
                result.complete(rows);
            } else {
                follow(table, rest.after(page.rows().get(page.rows().size() - 1).key()).limit(left), rows, result);
            }
        });
    }

    private static boolean isLast(final Page page) {
        return !page.hasMore() || page.rows().isEmpty();
    }
}
