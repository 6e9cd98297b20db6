package io.cairn.engine.remote;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Whom to try next: the leader where one is named and wanted, otherwise every place in turn; longer pauses as rounds without success go on. Owner:
 * the thread of the client.
 */
final class LeaderSearch {
    private static final long PAUSE_FIRST_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long PAUSE_MAX_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final int SHIFT_MAX = 6;

    private final ClusterView view;
    private final boolean isLeaderWanted;
    private int next;
    private int failuresInRow;
    private String lastFailed = "";
    private long notBeforeNs;
    private boolean pausing;

    LeaderSearch(final ClusterView view, final boolean isLeaderWanted) {
        this.view = view;
        this.isLeaderWanted = isLeaderWanted;
    }

    /** @return where to try, or empty while it is too early. */
    String next(final long nowNs) {
        if (pausing && nowNs - notBeforeNs < 0) {
            return "";
        }
        pausing = false;
        final String leader = view.leader();
        if (isLeaderWanted && !leader.isEmpty() && !leader.equals(lastFailed)) {
            return leader;
        }
        final List<String> targets = view.targets();
        for (int i = 0; i < targets.size(); i++) {
            final String target = targets.get(next++ % targets.size());
            if (!target.equals(lastFailed) || 1 == targets.size()) {
                return target;
            }
        }
        return lastFailed;
    }

    /** It did not work there. */
    void failed(final String target, final long nowNs) {
        lastFailed = target;
        failuresInRow++;
        final int rounds = failuresInRow / Math.max(1, view.targets().size());
        if (rounds > 0) {
            pausing = true;
            notBeforeNs = nowNs + Math.min(PAUSE_MAX_NS, PAUSE_FIRST_NS << Math.min(rounds - 1, SHIFT_MAX));
        }
    }

    /** It worked. */
    void succeeded() {
        failuresInRow = 0;
        lastFailed = "";
        pausing = false;
    }
}
