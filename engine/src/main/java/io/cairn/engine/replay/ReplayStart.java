package io.cairn.engine.replay;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.memory.AnonymousExtentSource;
import io.cairn.fsm.page.PageArena;
import io.cairn.snapshot.LoadedSnapshot;
import io.cairn.snapshot.SnapshotArchive;
import io.cairn.snapshot.SnapshotManifest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Where a replay starts: from one of the snapshots, or from nothing. One thread.
 */
final class ReplayStart {
    private final SnapshotArchive archive;
    private final Path walDirectory;
    private final long firstIndex;

    /**
     * @param archive      the snapshots.
     * @param walDirectory for messages.
     * @param firstIndex   of the log.
     */
    ReplayStart(final SnapshotArchive archive, final Path walDirectory, final long firstIndex) {
        this.archive = archive;
        this.walDirectory = walDirectory;
        this.firstIndex = firstIndex;
    }

    static PageArena newArena(final int pageSize) {
        return new PageArena(new AnonymousExtentSource(false), pageSize, PageArena.EXTENT_PAGES_DEFAULT, Integer.MAX_VALUE - 8);
    }

    /**
     * @param from as in {@link LogReplayContext#from}.
     * @param to   last entry that is to be applied.
     * @return the state, or null where the replay starts from nothing.
     */
    LoadedSnapshot load(final long from, final long to) {
        final boolean isFromNothing = from == LogReplayContext.FROM_NOTHING || from == LogReplayContext.FROM_EARLIEST && firstIndex == 1;
        if (!isFromNothing) {
            final List<SnapshotManifest> candidates = candidates(from, Math.min(to, from > 0 ? from : Long.MAX_VALUE));
            for (final SnapshotManifest candidate : candidates) {
                final LoadedSnapshot loaded = archive.restore(candidate, (pageSize, pageCount) -> newArena(pageSize));
                if (null != loaded) {
                    return loaded;
                }
            }
            if (from > 0 && candidates.isEmpty() && !archive.list().isEmpty() && firstIndex > 1) {
                throw new EngineException("no snapshot at or below entry " + from + " that the log continues, which begins at " + firstIndex +
                    "; see cairn snapshot list");
            }
        }
        if (firstIndex > 1) {
            throw new EngineException(
                walDirectory + ": the log begins at entry " + firstIndex + ", what lies before is in snapshots only: " +
                    (isFromNothing ? "start from one of them" : archive.findings().isEmpty() ? "bring them back" : "" + archive.findings().get(0)));
        }
        return null;
    }

    /** Those that the log continues, in the order in which they are tried. */
    private List<SnapshotManifest> candidates(final long from, final long indexMax) {
        final List<SnapshotManifest> candidates = new ArrayList<>(archive.list());
        candidates.removeIf(manifest -> manifest.index() < firstIndex - 1 || manifest.index() > indexMax);
        if (from != LogReplayContext.FROM_EARLIEST) {
            Collections.reverse(candidates);
        }
        return candidates;
    }
}
