package io.cairn.snapshot;

import io.cairn.fsm.SnapshotSource;
import io.cairn.fsm.page.Tables;

/**
 * A state restored from a snapshot.
 *
 * @param manifest  of the snapshot.
 * @param tables    restored, with page ids and epochs kept; the caller owns them and their arena.
 * @param source    files of a machine that has some, verified; to be read before the next snapshot is published.
 * @param bytesRead from files.
 */
public record LoadedSnapshot(SnapshotManifest manifest, Tables tables, SnapshotSource source, long bytesRead) {
}
